"""`topogroup regroup`: a new model, difference models or operating states into a store, or what they would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cim_models import importing
from topogroup.cli import inputs, kept_answers, output, stores
from topogroup.cli.grouping import print_changes
from topogroup.engine.commands import ActivateModel, RequestKey, Switching
from topogroup.engine.decide import decide
from topogroup.engine.engine import Engine, check_same
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


@dataclass(frozen=True)
class Asked:
    """What a run is asked for.

    Attributes:
        models: the files.
        dry_run: show what would change, and change nothing.
        source, sequence: what makes it the same run when it is started again; both or neither.
    """

    models: Sequence[Path]
    dry_run: bool = False
    source: str | None = None
    sequence: str | None = None


def run(asked: Asked, flags: Mapping[str, Any], as_json: bool) -> None:
    """Read the files, and apply them or show what they would change; nothing is half applied.

    Args:
        asked: the files, and what is to be done with them.
        flags: settings by name as the command line says them, None = not said.
        as_json: print JSON.

    Raises:
        TopogroupError: the files cannot be used, or a service runs on the directory.
    """
    from topogroup.settings import read_settings

    importing.check_there(asked.models)
    settings = read_settings(**flags)
    if asked.dry_run:
        report = _tried(settings, asked)
    else:
        with stores.only_warnings():
            report = _applied(settings, asked)
    if as_json:
        output.print_json(report)
    else:
        _print(report)


def _tried(settings: Settings, asked: Asked) -> dict[str, Any]:
    """Return what the files would change."""
    with stores.trial(settings) as (view, shelf, scratch, journal), inputs.progress("reading") as line:
        request = _request(settings, asked, shelf)
        if request is not None and journal is not None and (earlier := _earlier(settings, request, journal)):
            return earlier
        update = update_of(view, asked.models, shelf, scratch, line)
        command = _keyed(update.command, request)
        step = None if command is None else decide(view, command, datetime.now(UTC))
        return _report(update, step, True, view.revision)


def _applied(settings: Settings, asked: Asked) -> dict[str, Any]:
    """Carry out what the files say, and return what that changed."""
    from topogroup.engine.ownership import Ownership
    from topogroup.iec61968.rendering import MessageRenderer

    owned = Ownership(settings.data_dir, _MEND)
    try:
        journal = stores.journal_of(settings)
        try:
            shelf = stores.shelf_on(settings, journal)
            request = _request(settings, asked, shelf)
            if request is not None and (earlier := _earlier(settings, request, journal)):
                return earlier
            shelf.remove_unfinished()
            engine = Engine(journal, shelf, MessageRenderer(settings.source), lambda: datetime.now(UTC))
            try:
                engine.start()
                return _executed(settings, asked, engine, shelf, request)
            finally:
                engine.stop()
        finally:
            journal.close()
    finally:
        owned.release()


def _executed(
    settings: Settings, asked: Asked, engine: Engine, shelf: ModelShelf, request: RequestKey | None
) -> dict[str, Any]:
    view = engine.view
    with inputs.progress("reading") as line:
        update = update_of(view, asked.models, shelf, shelf, line)
    command = _keyed(update.command, request)
    if command is None and request is not None and view.model is not None:
        # the number must be known from now on, though nothing changes
        command = ActivateModel(shelf.prepared(view.model.id), request)
    if command is None:
        return _report(update, None, False, view.revision)
    # decided once on the side: what changes nothing is not written, unless its number must be
    step = decide(view, command, datetime.now(UTC))
    if request is None and (update.command is None or changes_nothing(step)):
        return _report(update, None, False, view.revision)
    report = _report(update, step if update.command is not None else None, False, view.revision + 1)
    if request is not None:
        kept_answers.keep(settings.data_dir, request, report)
    engine.execute(command)
    return report


def _keyed(command: ActivateModel | Switching | None, request: RequestKey | None) -> ActivateModel | Switching | None:
    return command if command is None or request is None else replace(command, request=request)


def _request(settings: Settings, asked: Asked, shelf: ModelShelf) -> RequestKey | None:
    return kept_answers.key_of(asked.source, asked.sequence, asked.models, settings.conventions, shelf.given)


def _earlier(settings: Settings, request: RequestKey, journal: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Return the first answer to a run that was carried out before; None where it was not.

    Raises:
        ConflictError: source and sequence are those of another one.
    """
    known = journal.earlier(request.source, request.sequence)
    if known is None:
        return None
    check_same(request, known.digest)
    report = kept_answers.kept(settings.data_dir, request)
    if report is None:
        # what the journal has of it; the places of its DER and its groups are not known any more
        said = known.answer
        kind = "model" if "model" in said else "states"
        names = ("model", "switches_kept", "rejected", "findings")
        parts = {name: said.get(name, [] if name in ("rejected", "findings") else None) for name in names}
        report = {"kind": kind, "dry_run": False, "unchanged": None, "ders": None, "changes": None, **parts}
    return {**report, "revision": known.revision}


def _report(update: Update, step: Step | None, dry_run: bool, revision: int) -> dict[str, Any]:
    if step is not None and changes_nothing(step):
        step = None
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


def _print(report: dict[str, Any]) -> None:
    word = "would change" if report["dry_run"] else "changed"
    if report["changes"] is None:
        output.print_line(f"Done before as revision {report['revision']}; what it changed is not kept any more.")
    elif report["unchanged"]:
        output.print_line("Nothing changes: the store has all of it already.")
    else:
        moves = sorted(report["ders"], key=lambda one: output.in_human_order(one["name"]))
        if moves:
            rows = [(one["name"], one["change"], _told(one["before"]), _told(one["after"])) for one in moves]
            output.print_line(f"{len(moves)} DER {word} place:")
            output.print_table("", ("DER", "", "from", "to"), rows)
            output.print_line()
        print_changes(report["changes"])
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
