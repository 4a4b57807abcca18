"""What SPARQL 1.1 endpoints answer: TSV for SELECT, JSON for ASK, N-Triples for CONSTRUCT and DESCRIBE."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from cim_models import limits
from cim_models.errors import RefusedError
from cim_models.store.port import QueryForm, Table
from cim_models.store.terms import id_of

MEDIA_TYPES: Final[dict[QueryForm, str]] = {
    "select": "text/tab-separated-values",
    "ask": "application/sparql-results+json",
    "graph": "application/n-triples",
}
"""What a client asks for, by form of query; every store has these, and all but ASK can be read line by line."""

_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@[A-Za-z0-9-]+|\^\^\S+)?', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_SHORT: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_TRIPLE: Final = re.compile(r"(<[^<>]*>|_:\S+)\s+(<[^<>]*>)\s+(.+?)\s*\.\s*")


def table(form: QueryForm, lines: Iterable[str]) -> Table:
    """Return an answer as a table, at most as long as a store gives.

    Args:
        form: of the query.
        lines: the body of the answer; no more of it is read than needed.

    Raises:
        RefusedError: it is not what was asked for.
    """
    if form == "ask":
        return _boolean("\n".join(lines))
    found = iter(lines)
    columns: tuple[str, ...] = ("subject", "predicate", "object")
    if form == "select":
        head = next(found, "")
        columns = tuple(one.lstrip("?$") for one in head.split("\t")) if head else ()
    rows: list[tuple[str | None, ...]] = []
    size = 0
    for row in _solutions(len(columns), found) if form == "select" else _triples(found):
        size += sum(len(cell) + 4 for cell in row if cell is not None) + 4
        if len(rows) >= limits.STORE_ROWS_MAX or size > limits.STORE_ANSWER_BYTES_MAX:
            return Table(columns, tuple(rows), True, form)
        rows.append(row)
    return Table(columns, tuple(rows), False, form)


def cell_of(term: str) -> str | None:
    r"""Return a term of TSV as tables have it: an id, a name, a text, or None where nothing is bound.

    >>> cell_of("<urn:uuid:276809df-6493-4dae-a7bb-ad78a5f0da95>"), cell_of('"a\\tb"@en'), cell_of("12"), cell_of("")
    ('276809df-6493-4dae-a7bb-ad78a5f0da95', 'a\tb', '12', None)
    """
    if not term:
        return None
    if term.startswith("<") and term.endswith(">"):
        return id_of(_plain(term[1:-1]))
    if term.startswith("_:"):
        return term[2:]
    found = _LITERAL.fullmatch(term)
    return _plain(found[1]) if found else term


def _solutions(width: int, lines: Iterator[str]) -> Iterator[tuple[str | None, ...]]:
    for line in lines:
        cells = line.split("\t")
        if len(cells) != max(width, 1):
            raise _strange(line)
        yield tuple(cell_of(cell) for cell in cells[:width])


def _triples(lines: Iterator[str]) -> Iterator[tuple[str | None, ...]]:
    for line in lines:
        if line and not line.startswith("#"):
            found = _TRIPLE.fullmatch(line)
            if found is None:
                raise _strange(line)
            yield found[1], found[2], found[3]


def _boolean(text: str) -> Table:
    try:
        said = json.loads(text)["boolean"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _strange(text) from None
    return Table(("answer",), (("true" if said is True else "false",),), False, "ask")


def _plain(text: str) -> str:
    """Return a text without the escapes of Turtle."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "uU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    return _SHORT.get(code, code)


def _strange(text: str) -> RefusedError:
    return RefusedError("store_answer", f"The RDF store answers in a form that was not asked for: {text[:80]!r}.")
