"""Answers of stores and graphs on their way into them, in the forms that both kinds of store share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cim_models import limits
from cim_models.errors import RefusedError
from cim_models.store.port import Table


def pieces(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines in pieces of at most `limits.STORE_PIECE_BYTES_MAX`, at least one, which may be empty.

    Args:
        lines: lines of N-Triples with their line ends, each shorter than a piece.
    """
    held: list[str] = []
    size, none = 0, True
    for line in lines:
        bytes_ = len(line) if line.isascii() else len(line.encode())
        if held and size + bytes_ > limits.STORE_PIECE_BYTES_MAX:
            yield "".join(held)
            held, size, none = [], 0, False
        held.append(line)
        size += bytes_
    if held or none:
        yield "".join(held)


def table_of(answer: dict[str, Any]) -> Table:
    """Return the answer of a store process as a table.

    Raises:
        RefusedError: it is an error.
    """
    if "error" in answer:
        said = str(answer["error"]).rstrip(".")
        raise RefusedError("query_failed", f"The RDF store cannot answer the query: {said}.")
    return Table(tuple(answer["columns"]), tuple(map(tuple, answer["rows"])), answer["cut"], answer["form"])
