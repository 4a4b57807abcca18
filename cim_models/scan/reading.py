"""Reading a large document the fast way: all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from lxml import etree

from cim_models import limits
from cim_models.errors import ModelError
from cim_models.headers import fill_header
from cim_models.scan import choosing
from cim_models.screen import Bounded
from cim_models.statements import Header, StatementBuilder

if TYPE_CHECKING:
    from cim_models.intake import Document
    from cim_models.scan.linked import Linked
    from cim_models.scan.names import Names
    from cim_models.scan.scanner import Scanner, Stream, Window

_PIECE_BYTES: Final = 1 << 20
_TAGS: Final = 2_048


class _Rewound:
    """A stream whose beginning was read already."""

    def __init__(self, pieces: list[bytes], stream: Bounded) -> None:
        self._pieces = pieces[::-1]
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        if not self._pieces:
            return self._stream.read(size)
        piece = self._pieces.pop()
        if len(piece) > size:
            self._pieces.append(piece[size:])
        return piece[:size]


def read(document: Document, builder: StatementBuilder) -> bool:
    """Add the statements of a large, well-behaved document.

    Args:
        document: RDF/XML.
        builder: gets exactly what the conforming reader would give it, or nothing.

    Returns:
        Whether that was done. False = the document is small, or for the conforming reader, which also words the error.
    """
    known = document.unpacked_bytes
    if (known is not None and known < limits.SCANNED_BYTES_MIN) or not choosing.is_wanted():
        return False
    from cim_models.scan.scanner import UnprovenError

    try:
        with document.open_raw() as raw:
            stream = Bounded(raw, document.name, document.size_bytes, document.allowance)
            pieces: list[bytes] = []
            missing = limits.SCANNED_BYTES_MIN if known is None else 0
            while missing > 0:
                if not (piece := stream.read(_PIECE_BYTES)):
                    return False
                pieces.append(piece)
                missing -= len(piece)
            rewound = _Rewound(pieces, stream)
            return scan(rewound, Header(document.name), builder)
    except (UnprovenError, ModelError, etree.XMLSyntaxError):
        return False


def scan(stream: Stream, header: Header, builder: StatementBuilder) -> bool:
    """Add the statements of a stream; otherwise as `read`.

    Args:
        stream: the decompressed bytes.
        header: of the document; gets what it says of itself.
        builder: gets the statements, once all are proven.

    Raises:
        ModelError: the stream is too long, or there are too many statements.
        UnprovenError: the document is for the conforming reader.
    """
    from cim_models.scan.adopting import adopt
    from cim_models.scan.linked import Linked
    from cim_models.scan.scanner import WINDOW_BYTES, Scanner

    scanner = Scanner(stream, WINDOW_BYTES)
    linked = Linked(texts_of_ids=not builder.canonical)
    reading = _Document(scanner, linked, header)
    reading.add_all()
    if not reading.is_cim or linked.count + len(builder.canonical) > limits.OBJECTS_MAX:
        return False
    adopt(builder, linked, reading.names, header)
    return True


class _Document:
    """What is known of a document while its windows come in."""

    def __init__(self, scanner: Scanner, linked: Linked, header: Header) -> None:
        self._scanner = scanner
        self._linked = linked
        self._header = header
        self._is_header = np.zeros(_TAGS, np.bool_)
        self._is_known = np.zeros(_TAGS, np.bool_)
        self._names: Names | None = None
        self.is_cim = False

    @property
    def names(self) -> Names:
        """The names of the document; there once a window was added."""
        from cim_models.scan.names import Names

        assert self._scanner.opening is not None
        if self._names is None:
            self._names = Names(self._scanner.opening.namespaces)
        return self._names

    def add_all(self) -> None:
        """Take the statements of all windows, and let go of what only that needed.

        Raises:
            ModelError: the stream is too long.
            UnprovenError: something is for the conforming reader.
        """
        with closing(self._scanner.windows()) as windows:
            for window in windows:
                self.add(window)
        self._linked.let_go()

    def add(self, window: Window) -> None:
        """Take the statements of a window.

        Raises:
            UnprovenError: a name in it is for the conforming reader.
        """
        self._take_names(window)
        if self.names.is_header:
            for element in _headers(window, self._is_header):
                self._take_header(element)
        self._linked.add(window, self._is_header)

    def _take_names(self, window: Window) -> None:
        from cim_models.scan.scanner import UnprovenError

        is_node = np.zeros(_TAGS, np.bool_)
        is_node[window.nodes[:, 0]] = True
        used = is_node.copy()
        used[window.rows[:, 0]] = True
        for tag in np.flatnonzero(used & ~self._is_known).tolist():
            if not self.names.add(tag, self._scanner.tag(tag)):
                raise UnprovenError
            self._is_header[tag] = tag in self.names.is_header
            self._is_known[tag] = True
        nodes = np.flatnonzero(is_node).tolist()
        self.is_cim = self.is_cim or any(tag in self.names.is_cim or self._is_header[tag] for tag in nodes)

    def _take_header(self, element: bytes) -> None:
        assert self._scanner.opening is not None
        opening = self._scanner.opening
        # references in it are character references and the five that XML knows: nothing else is let through
        parser = etree.XMLParser(no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
        root = etree.fromstring(opening.root + element + b"</" + opening.rdf + b":RDF>", parser)
        fill_header(self._header, root[0])


def _headers(window: Window, is_header: npt.NDArray[np.bool_]) -> Iterator[bytes]:
    """Yield the headers in a window as they are written."""
    for node in np.flatnonzero(is_header[window.nodes[:, 0]]).tolist():
        begin = int(window.nodes[node, 6])
        if node + 1 < len(window.nodes):
            yield window.data[begin : int(window.nodes[node + 1, 6])].tobytes()
            continue
        element = window.data[begin : window.end].tobytes()
        yield element[: element.rindex(b"</")] if window.is_last else element
