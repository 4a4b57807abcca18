"""The database under the journal: how it is opened, and brought to the tables of this release."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from cim_models.errors import JournalError

BUSY_TIMEOUT_MS: Final = 5_000
"""How long a connection waits for another one's lock; ours hold it for milliseconds."""

_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
)
"""WAL lets readers go on while a revision is written; FULL makes a commit durable before it is answered."""


def open_sqlite(path: Path) -> Engine:
    """Open or make a SQLite database for one writer and many readers.

    Args:
        path: the file; made with mode 0600 where it is missing.

    Returns:
        The connections. Transactions begin where we say, with BEGIN IMMEDIATE for the writer.

    Raises:
        JournalError: the file cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise JournalError("journal_unusable", f"{path} cannot be written: {error.strerror}.", str(path)) from error
    # readers come from a pool of threads; a connection is used by one of them at a time
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False}, pool_size=8, max_overflow=24)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
        # the driver must not begin transactions on its own: it would do so too late and without IMMEDIATE
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        how = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {how}")

    return engine


@contextmanager
def told(what: str) -> Iterator[None]:
    """Tell what the database refuses as one sentence.

    Raises:
        JournalError: the database refused.
    """
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        code = "journal_full" if "full" in str(cause) else "journal_unusable"
        raise JournalError(code, f"The journal cannot be {what}: {cause}; nothing was applied.") from error


def migrate(engine: Engine) -> None:
    """Bring a database to the tables of this release; a new one gets all of them.

    Raises:
        JournalError: a newer release wrote it, or it cannot be changed.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with told("opened"), engine.execution_options(writes=True).begin() as connection:
        _check_file(connection)
        current = MigrationContext.configure(connection).get_current_revision()
        known = {step.revision for step in script.walk_revisions()}
        if current is not None and current not in known:
            message = f"The journal is of a newer release (tables {current}); use that one, or restore a backup."
            raise JournalError("journal_newer", message)
        if current == script.get_current_head():
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _check_file(connection: Connection) -> None:
    """Refuse a file whose pages SQLite itself finds broken."""
    answer = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if answer != "ok":
        raise JournalError("journal_damaged", f"The journal is damaged ({answer}); restore a backup.")
