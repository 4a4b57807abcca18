"""The journal in SQLite: one file, no server; a commit is on the disk before it is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from cim_models import limits
from cim_models.errors import JournalError
from topogroup.journal import chain, reading, schema, writing
from topogroup.journal.database import check_tables, migrate, open_sqlite, told
from topogroup.journal.records import Activation, Commit, Earlier, LogRow, Saved, StoredEvent


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqliteJournal:
    """Satisfies `topogroup.journal.port.Journal`."""

    def __init__(self, path: Path, now: Callable[[], datetime] = _utc_now, *, read_only: bool = False) -> None:
        """Open the file, make it where it is missing, and bring it to the tables of this release.

        Args:
            path: the file.
            now: the clock, in UTC.
            read_only: look at it alone, beside whoever writes it: it is neither made nor brought up to date, no lock
                is taken that a writer waits for, and `commit` is refused.

        Raises:
            JournalError: it cannot be opened, is damaged, or another release wrote it.
        """
        self._engine = open_sqlite(path, read_only=read_only)
        self._writer = self._engine.execution_options(writes=True)
        if read_only:
            try:
                check_tables(self._engine)
            except BaseException:
                self._engine.dispose()
                raise
            with told("read"), self._engine.begin() as connection:
                self._generation = int(connection.execute(select(schema.store.c.generation)).scalar_one())
            self._chain, self._chain_known = b"", False
            return
        migrate(self._engine)
        with told("opened"), self._writer.begin() as connection:
            generation = connection.execute(select(schema.store.c.generation)).scalar()
            if generation is None:
                generation = 1
                connection.execute(
                    schema.store.insert().values(id=1, generation=generation, created_at=now().isoformat())
                )
            self._chain = chain.last_link(connection)
        self._generation = int(generation)
        self._chain_known = True

    def load(self) -> Saved:
        """Return the committed state; see the port."""
        with told("read"), self._engine.begin() as connection:
            return reading.saved(connection, self._generation)

    def commit(self, commits: Sequence[Commit]) -> None:
        """Make some revisions durable, all of them or none; see the port."""
        with told("written"), self._writer.begin() as connection:
            link = self._chain if self._chain_known else chain.last_link(connection)
            # until the commit is over, nobody can tell what the last link is
            self._chain_known = False
            for commit in commits:
                link = writing.write(connection, self._generation, commit, link)
        self._chain, self._chain_known = link, True

    def head(self) -> int:
        """Return the last committed revision."""
        with told("read"), self._engine.begin() as connection:
            return reading.head(connection)

    def earlier(self, source: str, sequence: str) -> Earlier | None:
        """Return the command that a source sent under a number; see the port."""
        with told("read"), self._engine.begin() as connection:
            return reading.earlier(connection, source, sequence)

    def events(self, generation: int, after: int, limit: int) -> list[StoredEvent]:
        """Return events in their order; see the port."""
        with told("read"), self._engine.begin() as connection:
            return reading.events(connection, generation, after, min(limit, limits.EVENTS_PER_READ_MAX))

    def event(self, generation: int, n: int) -> StoredEvent | None:
        """Return one event, None = there is none."""
        found = self.events(generation, n - 1, 1)
        return found[0] if found and found[0].n == n else None

    def message(self, generation: int, n: int, part: int) -> bytes | None:
        """Return one IEC 61968 message of an event; see the port."""
        with told("read"), self._engine.begin() as connection:
            return reading.message(connection, generation, n, part)

    def activations(self) -> list[Activation]:
        """Return which models became active, in order; see the port."""
        with told("read"), self._engine.begin() as connection:
            return reading.activations(connection)

    def log(self, after: int, limit: int) -> list[LogRow]:
        """Return the rows of the log after a revision."""
        with told("read"), self._engine.begin() as connection:
            return reading.log(connection, after, min(limit, limits.EVENTS_PER_READ_MAX))

    def all_log(self) -> Iterator[LogRow]:
        """Yield the whole log."""
        after = 0
        while rows := self.log(after, limits.EVENTS_PER_READ_MAX):
            yield from rows
            after = rows[-1].revision

    def broken_chain(self) -> int | None:
        """Return the first revision whose row is not what was written, None = all are."""
        with told("read"), self._engine.begin() as connection:
            return chain.first_broken(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def sqlite_path(url: str) -> Path:
    """Return the file of a database URL.

    Raises:
        JournalError: it is no sqlite URL.
    """
    head = "sqlite:///"
    if not url.startswith(head) or len(url) == len(head):
        shown = url.partition(":")[0][:20]
        message = f"Databases of kind {shown!r} are not supported yet; use sqlite:///FILE, or leave --database out."
        raise JournalError("database_unsupported", message, shown)
    return Path(url[len(head) :])
