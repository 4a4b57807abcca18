"""Replay: the whole log decided again from nothing; what comes out must be what the journal holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from topogroup.engine.commands import (
    ActivateModel,
    ChangeGroup,
    Command,
    CreateGroup,
    CreateTemplate,
    DeleteGroup,
    DeleteTemplate,
    PlaceDevice,
    RemoveDevice,
    RequestKey,
    Switching,
    SwitchOperation,
)
from topogroup.engine.decide import decide
from topogroup.engine.recovery import ModelSource, reannounced
from topogroup.engine.view import View
from topogroup.groups.definition import definition_from_dict
from topogroup.groups.template import Template
from topogroup.journal.records import LogRow


def replayed(rows: Iterable[LogRow], models: ModelSource, generation: int) -> View:
    """Decide a log again.

    Args:
        rows: the whole log.
        models: opens the models that the log names.
        generation: the history.

    Returns:
        The view after the last row.

    Raises:
        TopogroupError: a row cannot be decided again, such as one whose model is gone.
    """
    view = View(generation=generation, revision=0, at=None)
    for row in rows:
        if row.kind == "restart":
            step = reannounced(view, row.at)
            # this release agrees with itself: what an older one judged otherwise needs no second telling
            view = replace(view, revision=row.revision, at=row.at) if step is None else step.after
        else:
            view = decide(view, _command(row, models), row.at).after
    return view


def differences(stored: View, again: View) -> list[str]:
    """Say what differs between two views of the same revision, in sentences; an empty list means nothing.

    Args:
        stored: the view that the journal gives.
        again: the view that its log gives.
    """
    found = [
        f"{word} is {getattr(stored, word)}, by the log {getattr(again, word)}"
        for word in ("generation", "revision", "last_event", "next_group_key", "next_equipment_key")
        if getattr(stored, word) != getattr(again, word)
    ]
    if _model_of(stored) != _model_of(again):
        found.append("another model is active by the log")
    if dict(stored.reports) != dict(again.reports):
        found.append("the reported switch states differ")
    if dict(stored.devices) != dict(again.devices):
        found.append("the temporary devices differ")
    if stored.state is not None and again.state is not None and _model_of(stored) == _model_of(again):
        same = np.array_equal(stored.state.open, again.state.open)
        found += [] if same else ["the current switch states differ"]
    if dict(stored.gone) != dict(again.gone):
        found.append("the keys of what earlier models had differ")
    if stored.templates.keys() != again.templates.keys():
        found.append("the templates differ")
    if dict(stored.graves) != dict(again.graves):
        found.append("the deleted groups differ")
    for mrid in sorted(stored.groups.keys() | again.groups.keys()):
        if _said(stored, mrid) != _said(again, mrid):
            found.append(f"group {mrid} differs")
    return found


def _model_of(view: View) -> str | None:
    return None if view.model is None else view.model.id


def _said(view: View, mrid: str) -> tuple[Any, ...] | None:
    record = view.groups.get(mrid)
    if record is None:
        return None
    members = [] if view.model is None else sorted(view.model.der_keys[record.members].tolist())
    return (
        record.key,
        record.group,
        record.definition,
        record.template,
        record.version,
        record.sequence,
        record.created_revision,
        members,
    )


def _command(row: LogRow, models: ModelSource) -> Command:
    request = None
    if row.source is not None and row.sequence is not None:
        request = RequestKey(row.source, row.sequence, row.digest or "")
    return _MAKERS[row.kind](row.body, request, models)


def _switching(body: Mapping[str, Any], request: RequestKey | None, _: ModelSource) -> Command:
    operations = tuple(SwitchOperation.from_dict(said) for said in body["operations"])
    return Switching(operations, body["atomic"], request)


def _create_group(body: Mapping[str, Any], request: RequestKey | None, _: ModelSource) -> Command:
    return CreateGroup(body["name"], definition_from_dict(body["definition"]), body["mrid"], request)


def _change_group(body: Mapping[str, Any], request: RequestKey | None, _: ModelSource) -> Command:
    return ChangeGroup(body["mrid"], body["name"], definition_from_dict(body["definition"]), None, request)


def _delete_group(body: Mapping[str, Any], request: RequestKey | None, _: ModelSource) -> Command:
    return DeleteGroup(body["mrid"], None, request)


def _create_template(body: Mapping[str, Any], request: RequestKey | None, _: ModelSource) -> Command:
    return CreateTemplate(Template(tuple(body["by"])), request)


def _delete_template(body: Mapping[str, Any], request: RequestKey | None, _: ModelSource) -> Command:
    return DeleteTemplate(body["mrid"], request)


def _activate_model(body: Mapping[str, Any], request: RequestKey | None, models: ModelSource) -> Command:
    return ActivateModel(replace(models.prepared(body["model"]), name=body["name"]), request)


def _place_device(body: Mapping[str, Any], request: RequestKey | None, _: ModelSource) -> Command:
    until = None if body["until"] is None else datetime.fromisoformat(body["until"])
    return PlaceDevice(body["id"], body["what"], tuple(body["place"]), body["phases"], until, request)


def _remove_device(body: Mapping[str, Any], request: RequestKey | None, _: ModelSource) -> Command:
    return RemoveDevice(body["id"], request)


_MAKERS: dict[str, Callable[[Mapping[str, Any], RequestKey | None, ModelSource], Command]] = {
    "switching": _switching,
    "create_group": _create_group,
    "change_group": _change_group,
    "delete_group": _delete_group,
    "create_template": _create_template,
    "delete_template": _delete_template,
    "activate_model": _activate_model,
    "place_device": _place_device,
    "remove_device": _remove_device,
}
