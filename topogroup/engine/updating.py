"""Updating: files that change the network, as the command that they stand for.

A whole model or a difference model becomes another version; a difference that touches switch states alone, and files
of operating states, become switch operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cim_models import limits
from cim_models.difference.kinds import DIFFERENCES, MODEL, STATES, kind_of
from cim_models.difference.reading import read_difference
from cim_models.difference.states import StateChange, states_of, switch_states, touches_states_only
from cim_models.difference.states import state_changes as changes_in
from cim_models.difference.versions import digest_of
from cim_models.errors import ConflictError, OptionError
from cim_models.findings import Finding, finding
from cim_models.intake import Document, documents
from topogroup.engine.commands import ActivateModel, Switching, SwitchOperation
from topogroup.engine.shelf import ModelShelf, Progress
from topogroup.engine.step import Step
from topogroup.engine.view import View


@dataclass(frozen=True)
class Update:
    """What some files are to a store.

    Attributes:
        kind: `model`, `difference` or `states`.
        command: what is to be done, None = it is done already.
        findings: what is worth telling.
    """

    kind: str
    command: ActivateModel | Switching | None
    findings: tuple[Finding, ...] = ()


def update_of(
    view: View, paths: Sequence[Path], shelf: ModelShelf, into: ModelShelf, progress: Progress | None = None
) -> Update:
    """Read files and say what they are to a store.

    Args:
        view: the committed view.
        paths: a whole model; or difference models, applied in this order; or files of operating states.
        shelf: where the models of the store lie.
        into: where a new version is put: the same, or another one for a trial.
        progress: as of `ModelShelf.add`.

    Raises:
        TopogroupError: the files cannot be used, are of several kinds, or do not fit the active model.
    """
    found, findings = documents(paths)
    kinds = {kind_of(document) for document in found}
    if DIFFERENCES in kinds and len(kinds) > 1:
        message = "Difference models stand beside other files; give the whole model first, then its differences."
        raise OptionError("several_kinds", message, str(paths[0]))
    if MODEL in kinds:
        return _whole_model(view, paths, shelf, into, progress)
    if view.model is None:
        message = "No model is active that could be changed; give a whole model first."
        raise ConflictError("no_active_model", message, str(paths[0]))
    if kinds == {DIFFERENCES}:
        differences = [read_difference(document) for document in found]
        if not all(touches_states_only(difference) for difference in differences):
            return _difference(view, paths, shelf, into, progress)
        changes = [
            change for difference in differences for change in states_of(difference.forward, difference.header.file)
        ]
        command = Switching(operations_of(changes, view, shelf), atomic=True)
        return Update("states", command, tuple(findings))
    assert kinds == {STATES}
    return _states(view, found, shelf, findings)


def operations_of(changes: Sequence[StateChange], view: View, shelf: ModelShelf) -> tuple[SwitchOperation, ...]:
    """Return states as operations of the switches of the active model.

    Args:
        changes: from `cim_models.difference.state_changes`.
        view: a view with a model.
        shelf: where it lies; asked only where single poles are named.
    """
    poles = any(change.property == "SwitchPhase.closed" for change in changes)
    phases = shelf.switch_phases(view.model.id) if poles and view.model is not None else {}
    return tuple(SwitchOperation(one.switch, one.open, one.phases) for one in switch_states(changes, phases))


def changes_nothing(step: Step) -> bool:
    """Tell whether a step of switching leads to what is known already, but for who said it and when."""
    before, after = step.before, step.after
    if step.changes or before.state is None or after.state is None or before.model is not after.model:
        return False
    said = [(before.reports.get(key), after.reports[key]) for key in step.switches]
    return (
        np.array_equal(before.state.open, after.state.open)
        and np.array_equal(before.state.conflict, after.state.conflict)
        and all(a is not None and (a.known, a.open, a.quality) == (b.known, b.open, b.quality) for a, b in said)
    )


def _whole_model(
    view: View, paths: Sequence[Path], shelf: ModelShelf, into: ModelShelf, progress: Progress | None
) -> Update:
    id_ = shelf.id_of(paths)
    if view.model is not None and view.model.id == id_:
        return Update("model", None)
    at = shelf if shelf.holds(id_) else into
    return _activation("model", at, at.add(paths, _name(paths), progress))


def _difference(
    view: View, paths: Sequence[Path], shelf: ModelShelf, into: ModelShelf, progress: Progress | None
) -> Update:
    assert view.model is not None
    digests = [digest_of(path) for path in paths]
    if shelf.report(view.model.id).get("differences") == digests:
        return Update("difference", None)
    name = _name([Path(view.model.name), *paths])
    return _activation("difference", into, into.add_version(view.model.id, paths, name, progress, of=shelf))


def _activation(kind: str, shelf: ModelShelf, id_: str) -> Update:
    told = tuple(
        Finding(**{**one, "objects": tuple(one["objects"])})
        for one in shelf.report(id_)["findings"]
        if one["severity"] != "info" or one["code"].startswith("difference_")
    )
    return Update(kind, ActivateModel(shelf.prepared(id_)), told)


def _states(view: View, found: Sequence[Document], shelf: ModelShelf, findings: list[Finding]) -> Update:
    changes = [change for document in found for change in changes_in(document)]
    others = [change for change in changes if change.property not in ("Switch.open", "SwitchPhase.closed")]
    if others:
        message = (
            f"{len(others)} states of terminals and equipment (connected, inService) are not taken: reports are of "
            "switches alone; where they changed, give the file together with the whole model."
        )
        findings.append(finding("state_not_taken", message, sorted({change.object for change in others})))
    return Update("states", Switching(operations_of(changes, view, shelf)), tuple(findings))


def _name(paths: Sequence[Path]) -> str:
    return " + ".join(path.name for path in paths)[: limits.MODEL_NAME_CHARACTERS_MAX]
