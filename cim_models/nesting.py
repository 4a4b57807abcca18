"""Nesting: how deep brackets stand inside brackets in Turtle, TriG and JSON, counted before a parser sees them."""

from __future__ import annotations

import re
from typing import Final

_JSON: Final = re.compile(rb'["\[\]{}]')
_JSON_STRING: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_JSON_ESCAPE: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*\\\Z', re.DOTALL)

_TURTLE: Final = re.compile(
    rb'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|<[^<>\s]*>|<<\(?|\)?>>|#[^\n]*|[\[\](){}]'
)
_LONG_END: Final = {quotes: re.compile(rb"(?:[^\\]|\\.)*?" + quotes, re.DOTALL) for quotes in (b'"""', b"'''")}


class JsonNesting:
    """Counts in pieces of any size."""

    in_text = False
    """Pieces may end anywhere."""

    def __init__(self) -> None:
        """Begin outside everything."""
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def deepest(self, piece: bytes) -> int:
        """Return the greatest depth reached in the next piece of the document."""
        most, at = self._depth, 0
        if self._escaped:
            at, self._escaped = 1, False
        while at < len(piece):
            if self._in_string:
                end = _JSON_STRING.match(piece, at)
                if end is None:
                    self._escaped = _JSON_ESCAPE.match(piece, at) is not None
                    return most
                at, self._in_string = end.end(), False
            found = _JSON.search(piece, at)
            if found is None:
                return most
            at = found.end()
            sign = found.group()
            if sign == b'"':
                self._in_string = True
            else:
                self._depth += 1 if sign in b"[{" else -1
                most = max(most, self._depth)
        return most


class TurtleNesting:
    """Counts in whole lines; only long strings go on from one line to the next."""

    def __init__(self) -> None:
        """Begin outside everything."""
        self._depth = 0
        self._quotes: bytes | None = None

    @property
    def in_text(self) -> bool:
        """Tell whether the last line ended inside a long string."""
        return self._quotes is not None

    def deepest(self, line: bytes) -> int:
        """Return the greatest depth reached in the next line of the document."""
        most, at = self._depth, 0
        while at < len(line):
            if self._quotes is not None:
                end = _LONG_END[self._quotes].match(line, at)
                if end is None:
                    return most
                at, self._quotes = end.end(), None
            found = _TURTLE.search(line, at)
            if found is None:
                return most
            at, sign = found.end(), found.group()
            if sign in (b'"""', b"'''"):
                self._quotes = sign
            elif sign in (b"[", b"(", b"{", b"<<", b"<<("):
                self._depth += 1
                most = max(most, self._depth)
            elif sign in (b"]", b")", b"}", b">>", b")>>"):
                self._depth -= 1
        return most
