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
from cim_models.difference.model import Difference
from cim_models.difference.reading import read_difference
from cim_models.difference.states import (
    SWITCH_PROPERTIES,
    read_statements,
    states_of,
    sv_without_switch,
    touches_states_only,
)
from cim_models.difference.versions import check_base, digest_of
from cim_models.errors import ConflictError, OptionError
from cim_models.findings import Finding, finding
from cim_models.intake import Document, documents
from topogroup.engine.commands import ActivateModel, Switching
from topogroup.engine.shelf import ModelShelf, Progress
from topogroup.engine.state_files import ToldStates, together, told, told_by
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
        # without a number: what is known already is not written again, see `changes_nothing`
        command, more = switching_of(differences, shelf, view.model.id, keyed=False)
        return Update("states", command, (*findings, *more))
    assert kinds == {STATES}
    return _states(found, findings)


def switching_of(
    differences: Sequence[Difference], shelf: ModelShelf, model: str, *, keyed: bool
) -> tuple[Switching, list[Finding]]:
    """Return differences that change switch states alone as one batch, taken whole or not at all.

    Args:
        differences: in the order in which they are applied; the last one counts.
        shelf: where the model lies whose states they change.
        model: its id.
        keyed: the same differences again get the first answer, where their headers name source and id.

    Returns:
        The batch, with their preconditions; and a finding for each model that they depend on and that is not there.

    Raises:
        ConflictError: one supersedes another version.
        FileError: a state or a precondition is none that switching knows.
    """
    headers = list(shelf.headers(model))
    findings: list[Finding] = []
    for difference in differences:
        findings += check_base(difference, headers)
        headers.append(difference.header)
    return together([told_by(one) for one in differences], atomic=True, keyed=keyed), findings


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


def _states(found: Sequence[Document], findings: list[Finding]) -> Update:
    parts: list[ToldStates] = []
    others: set[str] = set()
    lost: list[str] = []
    for document in found:
        header, statements = read_statements(document)
        changes = states_of(statements, document.name)
        others |= {change.object for change in changes if change.property not in SWITCH_PROPERTIES}
        lost += sv_without_switch(statements)
        parts.append(told(header, changes))
    if others:
        message = (
            f"The states of {len(others)} terminals and pieces of equipment (connected, inService) are not taken: "
            "reports are of switches alone; where they changed, give the file together with the whole model."
        )
        findings.append(finding("state_not_taken", message, sorted(others)))
    if lost:
        message = f"{len(lost)} SvSwitch objects name no switch, such as {lost[0][:60]}; their states are not taken."
        findings.append(finding("state_not_taken", message, lost))
    return Update("states", together(parts, atomic=False, keyed=False), tuple(findings))


def _name(paths: Sequence[Path]) -> str:
    return " + ".join(path.name for path in paths)[: limits.MODEL_NAME_CHARACTERS_MAX]
