"""The database under the journal: how it is opened, and brought to the tables of this release."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
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


_PRAGMAS_OF_READERS: Final = ("query_only = ON", *_PRAGMAS[3:])
"""Those that change nothing in the file."""


def open_sqlite(path: Path, *, read_only: bool = False) -> Engine:
    """Open or make a SQLite database for one writer and many readers.

    Args:
        path: the file; made with mode 0600 where it is missing.
        read_only: open it to look at alone; it must be there.

    Returns:
        The connections. Transactions begin where we say, with BEGIN IMMEDIATE for the writer.

    Raises:
        JournalError: the file cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        word = "read" if read_only else "written"
        raise JournalError("journal_unusable", f"{path} cannot be {word}: {error.strerror}.", str(path)) from error
    url = URL.create("sqlite", database=str(path))
    if read_only:
        url = URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query={"mode": "ro", "uri": "true"})
    # readers come from a pool of threads; a connection is used by one of them at a time
    engine = create_engine(url, connect_args={"check_same_thread": False}, pool_size=8, max_overflow=24)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
        # the driver must not begin transactions on its own: it would do so too late and without IMMEDIATE
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS_OF_READERS if read_only else _PRAGMAS:
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

    config = _migrations()
    with told("opened"), engine.execution_options(writes=True).begin() as connection:
        _check_file(connection)
        if not _is_current(connection, config):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def check_tables(engine: Engine) -> None:
    """Refuse a database whose tables are not those of this release; nothing is changed in it.

    Raises:
        JournalError: they are those of a newer release, or of an earlier one.
    """
    with told("read"), engine.begin() as connection:
        if not _is_current(connection, _migrations()):
            message = (
                "The journal has the tables of an earlier release, and looking at it must not change it; start the "
                "service of this release once, which brings it up to date."
            )
            raise JournalError("journal_older", message)


def _migrations() -> Any:  # noqa: ANN401 - a library that is slow to import
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _is_current(connection: Connection, config: Any) -> bool:  # noqa: ANN401 - as above
    """Tell whether the tables are those of this release.

    Raises:
        JournalError: they are those of a newer one.
    """
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        message = f"The journal is of a newer release (tables {current}); use that one, or restore a backup."
        raise JournalError("journal_newer", message)
    return bool(current == script.get_current_head())


def _check_file(connection: Connection) -> None:
    """Refuse a file whose pages SQLite itself finds broken."""
    answer = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if answer != "ok":
        raise JournalError("journal_damaged", f"The journal is damaged ({answer}); restore a backup.")
