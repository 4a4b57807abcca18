"""The triples process: it parses Turtle, TriG, N-Triples, N-Quads and JSON-LD where a crash harms nobody.

A context of JSON-LD of 3 MB ends this process with a segmentation fault; as a file of its own it can do no more than
that. It can open no file and no socket, so that no context, graph or namespace is ever fetched from anywhere.

One line of JSON in, then the document. Lines out, fields parted by tabs: `line subject predicate kind object`, kind
`r` for an id and `l` for a literal (tab, line feed, carriage return and backslash escaped); at last one line of JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import IO, Any, Final, cast

import pyoxigraph as ox

from cim_models import child, limits
from cim_models.forms import Form
from cim_models.nesting import JsonNesting, TurtleNesting

_GRAMMARS: Final = {
    Form.TRIG: ox.RdfFormat.TRIG,
    Form.N_QUADS: ox.RdfFormat.N_QUADS,
    Form.JSON_LD: ox.RdfFormat.JSON_LD,
}
_PIECE: Final = 64 * 1024
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class _RefusedError(Exception):
    """The document goes beyond a limit."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Lines:
    """The document as the parser reads it: never more than one line at once, so that the line of a statement is known.

    JSON may be a single line of gigabytes and is handed on in pieces.
    """

    def __init__(self, raw: IO[bytes], form: Form) -> None:
        self._raw = raw
        self._json = form is Form.JSON_LD
        self._nesting = JsonNesting() if self._json else TurtleNesting()
        self._line, self._at = b"", 0
        self.number = 0
        self.refused: _RefusedError | None = None

    def read(self, size: int = -1) -> bytes:
        if self._at >= len(self._line):
            self._next()
        piece = self._line[self._at :] if size < 0 else self._line[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def _next(self) -> None:
        most = _PIECE if self._json else limits.RDF_LINE_BYTES_MAX
        self._line, self._at = self._raw.readline(most + (not self._json)), 0
        if not self._json or self._line.endswith(b"\n") or not self.number:
            self.number += 1
        if not self._json and len(self._line) > most:
            self._refuse("line_too_long", f"is longer than {most} bytes; write a statement a line")
        self._count(self._line)
        if self._nesting.in_text:
            self._line = self._with_text(self._line)

    def _with_text(self, line: bytes) -> bytes:
        """Return a line with the rest of the text that begins in it.

        Fed by lines, the parser would begin that text anew with each, which takes hours if it has many.
        """
        parts, size = [line], 0
        while self._nesting.in_text and (more := self._raw.readline(limits.XML_TEXT_BYTES_MAX + 1)):
            self.number += 1
            size += len(more)
            if size > limits.XML_TEXT_BYTES_MAX:
                self._refuse(
                    "text_too_long", f"holds a text of more than {limits.XML_TEXT_BYTES_MAX} bytes; shorten it"
                )
            self._count(more)
            parts.append(more)
        return b"".join(parts)

    def _count(self, line: bytes) -> None:
        if self._nesting.deepest(line) > limits.RDF_DEPTH_MAX:
            self._refuse("too_deep", f"is nested deeper than {limits.RDF_DEPTH_MAX} brackets")

    def _refuse(self, code: str, message: str) -> None:
        self.refused = _RefusedError(code, message)
        raise self.refused


def main() -> int:
    """Run as the child; returns its exit code."""
    request = json.loads(sys.stdin.buffer.readline())
    child.confine(request["memory_bytes"], request["seconds"])
    child.no_more_files()
    form = Form(request["form"])
    source = _Lines(sys.stdin.buffer, form)
    try:
        _write(_statements(source, form, request["base"]))
    except MemoryError:
        said = {"code": "text_too_long", "line": source.number, "message": "holds something far too long or too deep"}
    except (SyntaxError, ValueError, OSError, _RefusedError) as error:
        said = _told(source.refused or error, source.number)
    else:
        said = {"done": True}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _told(error: Exception, line: int) -> dict[str, Any]:
    if isinstance(error, _RefusedError):
        return {"code": error.code, "line": line, "message": str(error)}
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    at = (error.lineno if isinstance(error, SyntaxError) else None) or line
    return {"code": "not_well_formed", "line": at, "message": " ".join(str(text).split())[:300]}


def _statements(source: _Lines, form: Form, base: str) -> Iterator[str]:
    known = form is not Form.JSON_LD  # the parser of JSON reads ahead
    for quad in ox.parse(cast(IO[bytes], source), format=_GRAMMARS[form], base_iri=base, lenient=True):
        value = quad.object
        literal = isinstance(value, ox.Literal)
        text = value.value if literal else _name(value)
        subject, predicate = _name(quad.subject), quad.predicate.value
        if max(len(text), len(subject), len(predicate)) > limits.XML_TEXT_BYTES_MAX:
            message = f"holds a text or id of more than {limits.XML_TEXT_BYTES_MAX} bytes; shorten it"
            raise _RefusedError("text_too_long", message)
        fields = (subject, predicate, "l" if literal else "r", text)
        line = source.number if known else 0
        yield f"{line}\t" + "\t".join(field.translate(_ESCAPES) for field in fields)


def _name(term: Any) -> str:  # noqa: ANN401 - a node of any kind
    if isinstance(term, ox.NamedNode):
        return term.value
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    raise _RefusedError("not_cim", "holds a statement about a statement, which CIM never has")


def _write(lines: Iterator[str]) -> None:
    waiting: list[str] = []
    try:
        for line in lines:
            waiting.append(line)
            if len(waiting) >= 1000:
                sys.stdout.buffer.write("\n".join(waiting).encode() + b"\n")
                waiting.clear()
    finally:  # what was read before an error is said, too
        if waiting:
            sys.stdout.buffer.write("\n".join(waiting).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
