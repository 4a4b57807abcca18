"""Placing: temporary devices put into the network and taken away, each one net change of its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cim_models import limits, phase_codes
from cim_models.errors import ConflictError, NotFoundError
from topogroup.engine.commands import Answer, PlaceDevice, RemoveDevice
from topogroup.engine.model import ActiveModel
from topogroup.engine.regroup import Regrouped, moved_count, regrouped
from topogroup.engine.standing import grid_with
from topogroup.engine.step import Cause, Step, changes_in_short
from topogroup.engine.view import View
from topogroup.journal.records import DeviceRow
from topogroup.topology.tracing.leading import traced_anew


def decide_place(view: View, command: PlaceDevice, at: datetime) -> Step:
    """Decide a new temporary device.

    Args:
        view: the committed view.
        command: the device.
        at: now.

    Returns:
        The step.

    Raises:
        ConflictError: no model is active, the id is taken, or there are too many.
        IdError: a place is unknown or ambiguous.
        OptionError: the device is impossible there.
    """
    model = _model(view)
    if command.id in view.devices:
        shown = command.id[:60]
        raise ConflictError("device_exists", f"A device {shown!r} is in place; take it away first.", shown)
    if len(view.devices) >= limits.DEVICES_MAX:
        message = f"There are {limits.DEVICES_MAX} temporary devices already; take some away."
        raise ConflictError("too_many_devices", message, command.id[:60])
    device = model.places.device(command.id, command.what, command.place, command.phases)
    source = command.request.source if command.request else ""
    code = phase_codes.code_of(device.phases) if device.phases else ""
    placed = DeviceRow(device.id, device.kind, device.words, code, command.until, source, at, view.revision + 1)
    if model.grid.graph.slots.width == 1 and device.per_phase:
        # the first device on single phases: the graph needs its phases apart from now on
        model = model.with_phases_apart()
    found = _regrouped(view, model, {**view.devices, placed.id: placed}, at)
    return _step(view, command, at, found, placed, "place")


def decide_remove(view: View, command: RemoveDevice, at: datetime) -> Step:
    """Decide the end of a temporary device.

    Raises:
        ConflictError: no model is active.
        NotFoundError: there is no such device.
    """
    model = _model(view)
    placed = view.devices.get(command.id)
    if placed is None:
        shown = command.id[:60]
        raise NotFoundError("unknown_device", f"There is no temporary device {shown!r}.", shown)
    left = {id_: device for id_, device in view.devices.items() if id_ != placed.id}
    return _step(view, command, at, _regrouped(view, model, left, at), placed, "remove")


def _model(view: View) -> ActiveModel:
    if view.model is None:
        raise ConflictError("no_active_model", "No model is active, so no place is known; load one first.")
    return view.model


def _regrouped(view: View, model: ActiveModel, devices: Mapping[str, DeviceRow], at: datetime) -> Regrouped:
    """Trace the network with other devices, and regroup."""
    assert view.state is not None
    traced = traced_anew(grid_with(model, devices), model.rows, view.state)
    after = replace(view, revision=view.revision + 1, at=at, model=model, devices=devices, traced=traced)
    return regrouped(view, after)


def _step(
    view: View,
    command: PlaceDevice | RemoveDevice,
    at: datetime,
    found: Regrouped,
    placed: DeviceRow,
    action: str,
) -> Step:
    request, revision = command.request, found.view.revision
    said = placed.as_dict()
    operation: dict[str, Any] = {"device": said["id"], "action": action, **{k: v for k, v in said.items() if k != "id"}}
    cause = Cause("device", request.source if request else None, request.sequence if request else None, (operation,))
    body = {"revision": revision, **said, **changes_in_short(found.changes, moved_count(view, found.view))}
    new = (placed.id,) if action == "place" else ()
    gone = (placed.id,) if action == "remove" else ()
    answer = Answer(revision, body, created=bool(new))
    return Step(command, at, view, found.view, cause, found.changes, answer, devices=new, ended_devices=gone)
