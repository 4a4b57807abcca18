"""The port of the RDF store: what the service needs of one, at home (`store`) or on a server (`remote`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

State = Literal["empty", "filling", "ready", "failed", "closed"]

QueryForm = Literal["select", "ask", "graph"]
"""SELECT, ASK, or what answers with triples: CONSTRUCT and DESCRIBE."""


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a query.

    Attributes:
        columns: the names of the variables; `answer` for ASK; subject, predicate, object for triples.
        rows: a text per column, None = not bound; objects by canonical id, classes and properties by local name. ASK
            has one row, `true` or `false`; triples are terms of N-Triples.
        cut: there were more rows than a store gives.
        form: what kind of query was answered.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    cut: bool
    form: QueryForm = "select"


@dataclass(frozen=True, slots=True)
class Beside:
    """A graph beside that of the model, such as what hangs where now; held until another version of it is needed.

    Attributes:
        graph: its IRI, by which queries name it.
        version: tells one content from another.
        lines: makes the content: lines of N-Triples with their line ends; called only where the store lacks it.
    """

    graph: str
    version: str
    lines: Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Status:
    """How far a store is; `message` says why it failed."""

    state: State
    model: str | None
    quads: int
    quads_total: int
    message: str


class TripleStore(Protocol):
    """An RDF store that answers on one model at a time; all methods may be called from any thread.

    Each model is a named graph, `terms.object_iri(model)`; queries see it as their default graph.
    """

    def start(self) -> None:
        """Make ready for `fill`; raises OptionError where something is not installed or not set."""

    def fill(self, model: str, path: Path) -> None:
        """Hold the statements of a model from now on, from its N-Quads file; returns at once."""

    def status(self) -> Status:
        """Tell how far the store is; never waits."""

    def settled(self, seconds: float) -> Status:
        """Wait until the store is no longer filling, or some seconds have passed; return how far it is."""

    def query(self, name: str, parameters: Mapping[str, str] | None = None, beside: Beside | None = None) -> Table:
        """Answer a named query within bounded time, rows and bytes."""

    def free(self, text: str, beside: Beside | None = None) -> Table:
        """Answer a query that a user wrote, screened by `screening` and bounded in memory too."""

    def close(self) -> None:
        """End the store; nothing can be asked any more."""
