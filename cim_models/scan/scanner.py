"""Scanning: windows of a document through the kernels, the scan of one beside the linking of the one before.

A window ends behind a node. Two sets of arrays take turns: while one is filled and scanned by the worker, the rows of
the other are linked. Nothing of it touches the columns that are there before the whole document is proven.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from cim_models.scan import bytes_known, choosing
from cim_models.scan.opening import OPENING_BYTES_MAX, Opening, opening

WINDOW_BYTES: Final = 1024**2
"""Bytes scanned at once: small enough for memory, large enough that hardly anything is scanned twice."""

_PADDING: Final = 128
_ROW_BYTES_MIN: Final = 6
"""The shortest property: `<a:b/>`."""
_NODE_BYTES_MIN: Final = 16
"""The shortest node: `<a:b c:ID="d"/>`, and white space."""
_TAGS: Final = 2_048
_TAG_BYTES: Final = _TAGS * 256
_WHITE: Final = b" \t\r\n"


class Stream(Protocol):
    """Anything with `read`."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class UnprovenError(Exception):
    """The document holds something that is for the conforming reader."""


class Window(NamedTuple):
    """What was scanned, and is settled, of one window; the arrays are those of the kernel.

    Attributes:
        end: where it ends in `data`: behind a node, or behind the end tag of the root in the last window.
    """

    data: npt.NDArray[np.uint8]
    end: int
    nodes: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int64]
    texts: npt.NDArray[np.uint8]
    is_last: bool


class _Arrays:
    """The arrays of one window, used again and again."""

    def __init__(self, size: int) -> None:
        self.data = np.zeros(size + _PADDING, np.uint8)
        self.nodes = np.empty((size // _NODE_BYTES_MIN + 1, 7), np.int32)
        self.rows = np.empty((size // _ROW_BYTES_MIN + 1, 3), np.int64)
        self.texts = np.empty(size + _PADDING, np.uint8)


class Scanner:
    """Scans one document."""

    def __init__(self, stream: Stream, window_bytes: int) -> None:
        """Prepare.

        Args:
            stream: the decompressed bytes.
            window_bytes: size of a window.
        """
        self._kernels = choosing.kernels()
        self._stream = stream
        self._size = window_bytes
        self._rest = np.empty(0, np.uint8)
        self._line = 0
        self._is_read = False
        self._is_done = False
        self._slots = np.full(2 * _TAGS, -1, np.int32)
        self.tag_end = np.zeros(_TAGS, np.int64)
        self.tag_bytes = np.zeros(_TAG_BYTES, np.uint8)
        self._tag_count = np.zeros(1, np.int64)
        self._words: tuple[npt.NDArray[np.uint8], ...] = ()
        self.opening: Opening | None = None

    def tag(self, code: int) -> bytes:
        """Return a name as the document writes it."""
        begin = int(self.tag_end[code - 1]) if code else 0
        return self.tag_bytes[begin : int(self.tag_end[code])].tobytes()

    def windows(self) -> Generator[Window, None, None]:
        """Yield the windows in order; the arrays of one are good until the one after the next is asked for.

        Raises:
            UnprovenError: something in the document is for the conforming reader.
        """
        turns = [_Arrays(self._size), _Arrays(self._size)]
        with ThreadPoolExecutor(1, thread_name_prefix="scan") as worker:
            pending = worker.submit(self._next, turns[0])
            number = 0
            while (window := pending.result()) is not None:
                number += 1
                pending = worker.submit(self._next, turns[number % 2])
                try:
                    yield window
                except GeneratorExit:
                    pending.cancel()
                    raise
        self._rest = np.empty(0, np.uint8)

    def _next(self, arrays: _Arrays) -> Window | None:
        """Fill and scan the next window; None = the document has ended as it should."""
        if self._is_done:
            return None
        data = arrays.data
        end = self._fill(data)
        begin = 0
        if self.opening is None:
            begin = self._open(data[: min(end, OPENING_BYTES_MAX)].tobytes())
        status, done, line, nodes, rows, texts = self._scan(arrays, begin, end)
        self._line = line
        self._is_done = status == bytes_known.DONE
        if status == bytes_known.UNPROVEN or (not self._is_done and (self._is_read or done == begin)):
            raise UnprovenError
        self._rest = data[done:end]
        if self._is_done:
            self._check_end()
        return Window(data, done, arrays.nodes[:nodes], arrays.rows[:rows], arrays.texts[:texts], self._is_done)

    def _scan(self, arrays: _Arrays, begin: int, end: int) -> tuple[int, int, int, int, int, int]:
        tags = (self._slots, self.tag_end, self.tag_bytes, self._tag_count)
        scan: Any = self._kernels.scan
        found: tuple[int, int, int, int, int, int] = scan(
            arrays.data, begin, end, self._line, self._words, tags, arrays.nodes, arrays.rows, arrays.texts
        )
        return found

    def _fill(self, data: npt.NDArray[np.uint8]) -> int:
        """Put what is left of the window before, and bytes behind it, into a window; return where they end."""
        end = self._rest.size
        data[:end] = self._rest
        while end < self._size and not self._is_read:
            piece = self._stream.read(min(self._size - end, 1 << 20))
            self._is_read = not piece
            data[end : end + len(piece)] = np.frombuffer(piece, np.uint8)
            end += len(piece)
        data[end : end + _PADDING] = 0
        return end

    def _open(self, head: bytes) -> int:
        found = opening(head)
        if found is None:
            raise UnprovenError
        self.opening = found
        self._line = found.line
        words = (b":about", b":ID", b":resource", b":RDF")
        self._words = tuple(np.frombuffer(found.rdf + word, np.uint8) for word in words)
        return found.end

    def _check_end(self) -> None:
        """Let nothing but white space stand behind the root."""
        piece = self._rest.tobytes()
        while piece or not self._is_read:
            if piece.strip(_WHITE):
                raise UnprovenError
            piece = self._stream.read(1 << 20)
            self._is_read = not piece
