"""Activation: another network model, under the switch states that are known already."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np

from cim_models.keys import carried
from topogroup.engine.commands import ActivateModel, Answer
from topogroup.engine.model import ActiveModel, described, prepared
from topogroup.engine.regroup import regrouped
from topogroup.engine.reports import reported_state
from topogroup.engine.standing import found_in, grid_with
from topogroup.engine.step import Cause, Step
from topogroup.engine.view import View
from topogroup.topology.tracing.leading import traced_anew


def decide_activation(view: View, command: ActivateModel, at: datetime) -> Step:
    """Decide another active model: switch states that were reported stay, equipment keeps its keys.

    Args:
        view: the committed view.
        command: the model, prepared.
        at: now.

    Returns:
        The step; all groups are brought up to date with the model in one revision.
    """
    model, next_key = keyed(view, command.model)
    after = traced(replace(view, revision=view.revision + 1, at=at, next_equipment_key=next_key), model)
    found = regrouped(view, after)
    request = command.request
    cause = Cause("model", request.source if request else None, request.sequence if request else None)
    body = {
        "revision": found.view.revision,
        "model": described(model),
        "groups": len(found.changes),
    }
    return Step(command, at, view, found.view, cause, found.changes, Answer(found.view.revision, body))


def traced(view: View, model: ActiveModel) -> View:
    """Return a view with a model and where its DER hang under what was reported and placed; groups stay."""
    state = reported_state(model.network, view.reports)
    devices = found_in(model, view.devices).values()
    apart = state.per_phase(model.network) or any(device.per_phase for device in devices)
    if model.grid.graph.slots.width == 1 and apart:
        model = prepared(model.network, model.id, model.name, per_phase=True)
        state = reported_state(model.network, view.reports)
    traced_ = traced_anew(grid_with(model, view.devices), model.rows, state)
    return replace(view, model=model, state=state, traced=traced_)


def keyed(view: View, model: ActiveModel) -> tuple[ActiveModel, int]:
    """Give the equipment of a model its permanent keys, those of the model before where it was in that."""
    if view.model is None:
        size = len(model.network.equipment.id)
        first = view.next_equipment_key
        return model.with_keys(np.arange(first, first + size, dtype=np.int64)), first + size
    network, next_key = carried(model.network, view.model.network, view.next_equipment_key)
    return model.with_keys(network.equipment.key), next_key
