"""Stores as commands open them: to write, or to look at alone while a service may run on them."""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cim_models.errors import JournalError, OptionError
from topogroup.engine.recovery import recovered
from topogroup.engine.shelf import ModelShelf, shelf_with
from topogroup.engine.view import View

if TYPE_CHECKING:
    from topogroup.settings import Settings


@contextmanager
def only_warnings() -> Iterator[None]:
    """Let the engine log warnings alone, on stderr: stdout is for the answer."""
    import structlog

    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)


@contextmanager
def trial(settings: Settings) -> Iterator[tuple[View, ModelShelf, ModelShelf, Any]]:
    """Open a store to look at it alone; new versions lie in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="topogroup-") as folder:
        try:
            journal = journal_of(settings, to_read=True)
        except JournalError as error:
            if error.code != "no_journal":
                raise
            scratch = shelf_on(settings, None, Path(folder))
            yield View(generation=1, revision=0, at=None), scratch, scratch, None
            return
        try:
            shelf = shelf_on(settings, journal)
            scratch = shelf_on(settings, None, Path(folder))
            scratch.given = shelf.given
            yield recovered(journal.load(), shelf), shelf, scratch, journal
        finally:
            journal.close()


def shelf_on(settings: Settings, journal: Any, folder: Path | None = None) -> ModelShelf:  # noqa: ANN401
    """Open a shelf that reads models as the service does, so that the same files are the same model."""
    activations = [] if journal is None else journal.activations()
    active = activations[-1].id if activations else None
    where, most = folder or settings.data_dir / "models", settings.import_memory_bytes
    return shelf_with(where, settings.conventions, settings.given_files, active, most)


def journal_of(settings: Settings, *, to_read: bool = False) -> Any:  # noqa: ANN401 - an extra's class
    """Open the journal of a store.

    Args:
        settings: where it is.
        to_read: to look at it alone; it must be there then.

    Raises:
        JournalError: it is not there, or cannot be read.
        OptionError: the extra is missing, or its URL is none.
    """
    try:
        from topogroup.journal.sqlite import SqliteJournal, sqlite_path
    except ModuleNotFoundError as error:
        message = f"A store needs the package {error.name}; install topogroup[server]."
        raise OptionError("extra_missing", message, error.name) from error
    path = sqlite_path(settings.database) if settings.database else settings.data_dir / "journal.sqlite"
    if to_read and not path.is_file():
        raise JournalError("no_journal", f"There is no journal in {settings.data_dir}.", str(settings.data_dir))
    return SqliteJournal(path, read_only=to_read)
