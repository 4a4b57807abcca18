"""What the engine and the readers of events need of a journal, whatever it is kept in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from topogroup.journal.records import Activation, Commit, Earlier, LogRow, Saved, StoredEvent


class Journal(Protocol):
    """Log, state and outgoing messages in one place. `commit` is called from one thread, the rest from any."""

    def load(self) -> Saved:
        """Return the committed state.

        Raises:
            JournalError: it cannot be read, or is damaged.
        """

    def commit(self, commits: Sequence[Commit]) -> None:
        """Make some revisions durable, all of them or none.

        Raises:
            JournalError: nothing of them is durable, or nobody can tell (`head` can).
        """

    def head(self) -> int:
        """Return the last committed revision."""

    def earlier(self, source: str, sequence: str) -> Earlier | None:
        """Return the command that a source sent under a number, None = none was carried out."""

    def events(self, generation: int, after: int, limit: int) -> list[StoredEvent]:
        """Return events in their order, those after a number."""

    def event(self, generation: int, n: int) -> StoredEvent | None:
        """Return one event, None = there is none."""

    def message(self, generation: int, n: int, part: int) -> bytes | None:
        """Return one IEC 61968 message of an event, parts count from 1; None = there is none."""

    def activations(self) -> list[Activation]:
        """Return which models became active, in order; a model that was prepared anew stands once more."""

    def log(self, after: int, limit: int) -> list[LogRow]:
        """Return the rows of the log after a revision."""

    def broken_chain(self) -> int | None:
        """Return the first revision whose row is not what was written (hash chain), None = all are."""

    def all_log(self) -> Iterator[LogRow]:
        """Yield the whole log."""

    def close(self) -> None:
        """Let go of files and connections."""
