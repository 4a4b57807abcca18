"""`topogroup regroup`: a new model, difference models or operating states into a store, or what they would change."""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cim_models import importing
from cim_models.errors import JournalError, OptionError
from topogroup.cli import inputs, output
from topogroup.cli.grouping import print_changes
from topogroup.engine.decide import decide
from topogroup.engine.engine import Engine, Publication
from topogroup.engine.recovery import recovered
from topogroup.engine.shelf import ModelShelf
from topogroup.engine.step import Step
from topogroup.engine.updating import Update, changes_nothing, update_of
from topogroup.engine.view import View
from topogroup.groups.report import changes_report
from topogroup.topology.answers.answer import Attachment

if TYPE_CHECKING:
    from topogroup.settings import Settings

_COMPARED: Final = ("energisation", "substations", "transformers", "feeders", "lv_feeders", "service_transformers")
_MEND: Final = "stop it, or send it the file: POST /v1/models, or POST /v1/models/{id}/differences"


def run(data_dir: Path | None, models: Sequence[Path], dry_run: bool, as_json: bool) -> None:
    """Read the files, and apply them or show what they would change; nothing is half applied.

    Raises:
        TopogroupError: the files cannot be used, or a service runs on the directory.
    """
    from topogroup.settings import read_settings

    importing.check_there(models)
    settings = read_settings(data_dir=data_dir)
    if not dry_run:
        with _only_warnings():
            update, step, revision = _apply(settings, models)
    else:
        with _trial(settings) as (view, shelf, scratch), inputs.progress("reading") as line:
            update = update_of(view, models, shelf, scratch, line)
            step = None if update.command is None else decide(view, update.command, datetime.now(UTC))
            revision = view.revision
    if step is not None and changes_nothing(step):
        step = None
    report = _report(update, step, dry_run, revision)
    if as_json:
        output.print_json(report)
    else:
        _print(report, step)


def _apply(settings: Settings, models: Sequence[Path]) -> tuple[Update, Step | None, int]:
    from topogroup.engine.ownership import Ownership
    from topogroup.iec61968.rendering import MessageRenderer

    owned = Ownership(settings.data_dir, _MEND)
    try:
        journal, shelf = _journal(settings), _shelf(settings, settings.data_dir / "models")
        shelf.remove_unfinished()
        engine = Engine(journal, shelf, MessageRenderer(settings.source), lambda: datetime.now(UTC))
        done: list[Publication] = []
        try:
            engine.start()
            with inputs.progress("reading") as line:
                update = update_of(engine.view, models, shelf, shelf, line)
            if update.command is None:
                return update, None, engine.view.revision
            # decided once on the side: what changes nothing is not written
            step = decide(engine.view, update.command, datetime.now(UTC))
            if changes_nothing(step):
                return update, None, engine.view.revision
            engine.listen(done.append)
            engine.execute(update.command)
            return update, done[-1].steps[-1], engine.view.revision
        finally:
            engine.stop()
            journal.close()
    finally:
        owned.release()


@contextmanager
def _only_warnings() -> Iterator[None]:
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
def _trial(settings: Settings) -> Iterator[tuple[View, ModelShelf, ModelShelf]]:
    """Open a store to look at it alone; new versions lie in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="topogroup-") as folder:
        scratch = _shelf(settings, Path(folder))
        try:
            journal = _journal(settings, to_read=True)
        except JournalError as error:
            if error.code != "no_journal":
                raise
            yield View(generation=1, revision=0, at=None), scratch, scratch
            return
        shelf = _shelf(settings, settings.data_dir / "models")
        try:
            yield recovered(journal.load(), shelf), shelf, scratch
        finally:
            journal.close()


def _shelf(settings: Settings, folder: Path) -> ModelShelf:
    """Open a shelf that reads models as the service does, so that the same files are the same model."""
    return ModelShelf(folder, settings.conventions, memory_bytes=settings.import_memory_bytes)


def _journal(settings: Settings, *, to_read: bool = False) -> Any:  # noqa: ANN401 - an extra's class
    try:
        from topogroup.journal.sqlite import SqliteJournal, sqlite_path
    except ModuleNotFoundError as error:
        message = f"A store needs the package {error.name}; install topogroup[server]."
        raise OptionError("extra_missing", message, error.name) from error
    path = sqlite_path(settings.database) if settings.database else settings.data_dir / "journal.sqlite"
    if to_read and not path.is_file():
        raise JournalError("no_journal", f"There is no journal in {settings.data_dir}.", str(settings.data_dir))
    return SqliteJournal(path, read_only=to_read)


def _report(update: Update, step: Step | None, dry_run: bool, revision: int) -> dict[str, Any]:
    answer = {} if step is None else step.answer.body
    told = [one.as_dict() for one in update.findings] + list(answer.get("findings", []))
    return {
        "kind": update.kind,
        "dry_run": dry_run,
        "unchanged": step is None,
        "revision": revision,
        "model": answer.get("model"),
        "switches_kept": answer.get("switches_kept"),
        "rejected": answer.get("rejected", []),
        "ders": [] if step is None else _moves(step.before, step.after),
        **changes_report([] if step is None else [change.change for change in step.changes]),
        "findings": told,
    }


def _moves(before: View, after: View) -> list[dict[str, Any]]:
    """Return the DER that are new, gone, or hang elsewhere, ascending by mRID."""
    was = {} if before.report is None else {der.mrid: der for der in before.report}
    now = {} if after.report is None else {der.mrid: der for der in after.report}
    found = []
    for mrid in sorted(was.keys() | now.keys()):
        old, new = was.get(mrid), now.get(mrid)
        from_ = None if old is None else _place(old.current)
        to = None if new is None else _place(new.current)
        if from_ != to:
            change = "new" if old is None else "gone" if new is None else "moved"
            one = new or old
            assert one is not None
            found.append({"mrid": mrid, "name": one.name, "change": change, "before": from_, "after": to})
    return found


def _place(attachment: Attachment) -> dict[str, Any]:
    said = attachment.as_dict()
    return {key: said[key] for key in _COMPARED}


def _print(report: dict[str, Any], step: Step | None) -> None:
    word = "would change" if report["dry_run"] else "changed"
    if step is None:
        output.print_line("Nothing changes: the store has all of it already.")
    else:
        moves = sorted(report["ders"], key=lambda one: output.in_human_order(one["name"]))
        if moves:
            rows = [(one["name"], one["change"], _told(one["before"]), _told(one["after"])) for one in moves]
            output.print_line(f"{len(moves)} DER {word} place:")
            output.print_table("", ("DER", "", "from", "to"), rows)
            output.print_line()
        print_changes([change.change for change in step.changes])
        if not report["dry_run"]:
            output.print_line(f"Written as revision {report['revision']}.")
    from cim_models.findings import Finding

    output.print_findings([Finding(**{**one, "objects": tuple(one["objects"])}) for one in report["findings"]])
    for one in report["rejected"]:
        output.print_line(f"Not taken: {one['message']}")


def _told(place: dict[str, Any] | None) -> str:
    if place is None:
        return "–"
    feeders = [*place["feeders"], *place["lv_feeders"]] or place["substations"]
    names = ", ".join(item["name"] for item in feeders) or place["energisation"].replace("_", " ")
    behind = ", ".join(item["name"] for item in place["substations"])
    return f"{names} ({behind})" if behind and feeders is not place["substations"] else names
