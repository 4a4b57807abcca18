"""The statements of one document while it is scanned: its own objects, numbered as they appear, and columns."""

from __future__ import annotations

from array import array
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cim_models.scan import choosing
from cim_models.scan.scanner import Window

_OBJECTS: Final = 1 << 14
_BLOB_BYTES: Final = 1 << 20
_TAGS: Final = 2_048

Ints = npt.NDArray[np.int64]


class Linked:
    """Objects and statements of one document.

    Attributes:
        objects: int64[n, 6]; key in two halves, is a UUID, end of the canonical id, begin and size of the first
            spelling.
        ids: uint8; canonical ids.
        spellings: uint8; spellings.
        subject, predicate, object: statements; an object or -1 - position of a text.
        ends: where texts end.
        texts: the texts.
        declared: int64[n, 6] a window; object, tag, line, defines, begin and size of the spelling.
        canonical: the canonical ids as texts, if they are wanted.
    """

    def __init__(self, *, texts_of_ids: bool = False) -> None:
        """Start with no statements.

        Args:
            texts_of_ids: make a text of each canonical id, window by window, beside the scan of the next one: at the
                end of all it would take a sixth of the whole time.
        """
        self._texts_of_ids = texts_of_ids
        self.canonical: list[str] = []
        self._kernel: Any = choosing.kernels()
        self._table = np.full(4 * _OBJECTS, -1, np.int32)
        self.objects = np.empty((_OBJECTS, 6), np.int64)
        self.ids = np.empty(_BLOB_BYTES, np.uint8)
        self.spellings = np.empty(_BLOB_BYTES, np.uint8)
        self._counts = np.zeros(3, np.int64)
        self._code_of = np.full(_TAGS, -1, np.int32)
        self._tag_of = np.zeros(_TAGS, np.int32)
        self._codes = np.zeros(1, np.int64)
        self.subject: array[int] = array("i")
        self.predicate: array[int] = array("i")
        self.object: array[int] = array("i")
        self.ends: array[int] = array("q")
        self.texts = bytearray()
        self.declared: list[Ints] = []

    @property
    def count(self) -> int:
        """Number of objects."""
        return int(self._counts[0])

    @property
    def spelling_bytes(self) -> int:
        """How much of `spellings` is used."""
        return int(self._counts[2])

    @property
    def properties(self) -> list[int]:
        """The tag of each property, in the order of first use: the codes in `predicate`."""
        return [int(tag) for tag in self._tag_of[: int(self._codes[0])]]

    def add(self, window: Window, is_header: npt.NDArray[np.bool_]) -> None:
        """Link the rows of a window.

        Args:
            window: what was scanned.
            is_header: bool[n_tags]; nodes that say something of the document.
        """
        n_rows, n_nodes = len(window.rows), len(window.nodes)
        self._make_room(n_rows + n_nodes, window.end)
        out = (
            np.empty((3, n_rows), np.int32),
            np.empty(n_rows, np.int64),
            np.empty(window.texts.size, np.uint8),
            np.empty((n_nodes, 6), np.int64),
        )
        n, n_texts, n_bytes, n_declared = self._kernel.link(
            window.data,
            window.nodes,
            window.rows,
            window.texts,
            is_header,
            (self._code_of, self._tag_of, self._codes),
            (self._table, self.objects, (self.ids, self.spellings), self._counts),
            out,
            (len(self.ends), len(self.texts)),
        )
        statements, ends, texts, declared = out
        self.subject.frombytes(statements[0, :n].view(np.uint8).data)
        self.predicate.frombytes(statements[1, :n].view(np.uint8).data)
        self.object.frombytes(statements[2, :n].view(np.uint8).data)
        self.ends.frombytes(ends[:n_texts].view(np.uint8).data)
        self.texts += texts[:n_bytes].data
        self.declared.append(declared[:n_declared].copy())
        if self._texts_of_ids:
            self._add_canonical()

    def _add_canonical(self) -> None:
        """Make texts of the ids that have none yet."""
        known, count = len(self.canonical), self.count
        first = int(self.objects[known - 1, 3]) if known else 0
        ends = (self.objects[known:count, 3] - first).tolist()
        if ends:
            text = str(self.ids[first : first + ends[-1]].data, "ascii")
            self.canonical += [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    def let_go(self) -> None:
        """Let go of what only `add` needs."""
        self._table = self._table[:0].copy()

    def _make_room(self, objects: int, n_bytes: int) -> None:
        """See to it that a window with so many ids in so many bytes fits in."""
        n, id_bytes, spelling_bytes = self._counts.tolist()
        self.objects = _grown(self.objects, n, n + objects)
        self.ids = _grown(self.ids, id_bytes, id_bytes + n_bytes)
        self.spellings = _grown(self.spellings, spelling_bytes, spelling_bytes + n_bytes)
        if 2 * (n + objects) > self._table.size:
            size = self._table.size
            while size < 2 * (n + objects):
                size *= 2
            self.rehash(size)

    def rehash(self, size: int = 4 * _OBJECTS) -> None:
        """Make a hash table of another size, a power of two, for the same objects."""
        self._table = np.full(size, -1, np.int32)
        self._kernel.rehash(self._table, self.objects, self.count)


def _grown(values: Any, used: int, needed: int) -> Any:  # noqa: ANN401 - an array of any kind
    """Return an array with room for more, the used part of it copied."""
    if needed <= len(values):
        return values
    more = np.empty((max(needed, len(values) * 3 // 2), *values.shape[1:]), values.dtype)
    more[:used] = values[:used]
    return more
