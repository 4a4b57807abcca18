"""A difference model as plain values: its header and its three lists of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cim_models.difference.statement import Statement
from cim_models.statements import Header


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from one version of a model to the next (IEC 61970-552, dm:DifferenceModel).

    Attributes:
        header: what it says of itself.
        forward: statements that the next version has and this one lacks.
        reverse: statements that this version has and the next one lacks.
        preconditions: statements that this version must have, and keeps.
        spelling: the id of each object as the file writes it, by canonical id.
        line: where statements stand in the file; empty for a difference that was not read.
    """

    header: Header
    forward: tuple[Statement, ...] = ()
    reverse: tuple[Statement, ...] = ()
    preconditions: tuple[Statement, ...] = ()
    spelling: Mapping[str, str] = field(default_factory=dict)
    line: Mapping[Statement, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Statement]:
        """Yield all statements: preconditions, reverse, forward."""
        yield from self.preconditions
        yield from self.reverse
        yield from self.forward

    @property
    def is_empty(self) -> bool:
        """Return whether it changes nothing."""
        return not self.forward and not self.reverse

    def place(self, statement: Statement) -> str:
        """Return the file and line of a statement, as errors begin."""
        line = self.line.get(statement)
        return self.header.file if line is None else f"{self.header.file} line {line}"


def said(header: Header, name: str) -> list[str]:
    """Return what a header says under one name, such as `Model.Supersedes`."""
    return [value for key, value in header.said if key == name]
