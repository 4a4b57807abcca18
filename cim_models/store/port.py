"""The port of the RDF store: what the service needs of one, whether at home (`store`) or a remote endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

State = Literal["empty", "filling", "ready", "failed", "closed"]


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a query.

    Attributes:
        columns: the names of the variables.
        rows: a text per column, None = not bound; objects by canonical id, classes and properties by local name.
        cut: there were more rows than a store gives.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How far a store is; `message` says why it failed."""

    state: State
    model: str | None
    quads: int
    quads_total: int
    message: str


class Store(Protocol):
    """An RDF store that holds the statements of one model at a time; all methods may be called from any thread."""

    def start(self) -> None:
        """Make ready for `fill`; raises OptionError where something is not installed."""

    def fill(self, model: str, path: Path) -> None:
        """Hold the statements of a model from now on, from its N-Quads file; returns at once."""

    def status(self) -> Status:
        """Tell how far the store is; never waits."""

    def query(self, name: str, parameters: Mapping[str, str] | None = None) -> Table:
        """Answer a named query within bounded time, rows and bytes."""

    def close(self) -> None:
        """End the store; nothing can be asked any more."""
