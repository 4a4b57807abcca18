"""Activation: another network model, under the switch states that are known already."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from cim_models.findings import Finding, finding, first_of
from cim_models.keys import carried, positions
from topogroup.engine.commands import ActivateModel, Answer
from topogroup.engine.model import ActiveModel, described
from topogroup.engine.model_groups import group_findings, take_groups
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
    gone = departed(view, model)
    after = replace(view, revision=view.revision + 1, at=at, next_equipment_key=next_key, gone=gone)
    after = traced(after, model)
    found = regrouped(view, after, take=take_groups)
    request = command.request
    cause = Cause("model", request.source if request else None, request.sequence if request else None)
    kept, told = carried_reports(view, model)
    body = {
        "revision": found.view.revision,
        "model": described(model),
        "groups": len(found.changes),
        "switches_kept": kept,
        "findings": [one.as_dict() for one in (*told, *group_findings(found.view))],
    }
    return Step(command, at, view, found.view, cause, found.changes, Answer(found.view.revision, body))


def carried_reports(view: View, model: ActiveModel) -> tuple[int, list[Finding]]:
    """Return how many reported switches another model has, and a finding on each that it does not have.

    Args:
        view: the view before; only switches of its model are told, others were told before.
        model: the other model, with permanent keys.
    """
    keys = np.fromiter(sorted(view.reports), np.int64, len(view.reports))
    there = positions(model.network, keys) >= 0
    if view.model is None:
        return int(there.sum()), []
    before = positions(view.model.network, keys)
    lost = before[(before >= 0) & ~there]
    table = view.model.network.equipment

    def lost_one(row: int) -> Finding:
        report = view.reports[int(table.key[row])]
        message = (
            f"Switch {table.name[row]} ({table.id[row]}), reported by {report.source or 'nobody named'}, is not in "
            f"{model.name}; its report waits for a model that has it."
        )
        return finding("reported_switch_gone", message, [table.id[row]])

    return int(there.sum()), first_of("reported_switch_gone", lost, lost_one)


def departed(view: View, model: ActiveModel) -> dict[str, int]:
    """Return the keys of the DER and switches of all models before that another model does not have, by mRID.

    Should they come back, as when a model is rolled back, reports and histories find them under their old keys.
    """
    known = dict(view.gone)
    if view.model is not None:
        equipment = view.model.network.equipment
        known |= {
            equipment.id[row]: int(equipment.key[row]) for row in np.flatnonzero(_remembered(view.model)).tolist()
        }
    now = model.network.equipment.id
    return {mrid: key for mrid, key in sorted(known.items()) if now.find(mrid) < 0}


def _remembered(model: ActiveModel) -> npt.NDArray[np.bool_]:
    remembered = model.is_switch.copy()
    remembered[model.network.der.equipment] = True
    return remembered


def traced(view: View, model: ActiveModel) -> View:
    """Return a view with a model and where its DER hang under what was reported and placed; groups stay."""
    state = reported_state(model.network, view.reports)
    devices = found_in(model, view.devices).values()
    apart = state.per_phase(model.network) or any(device.per_phase for device in devices)
    if model.grid.graph.slots.width == 1 and apart:
        model = model.with_phases_apart()
        state = reported_state(model.network, view.reports)
    traced_ = traced_anew(grid_with(model, view.devices), model.rows, state)
    return replace(view, model=model, state=state, traced=traced_)


def keyed(view: View, model: ActiveModel) -> tuple[ActiveModel, int]:
    """Give the equipment of a model its permanent keys, those of the model before where it was in that."""
    if view.model is None:
        size = len(model.network.equipment.id)
        first = view.next_equipment_key
        return model.with_keys(np.arange(first, first + size, dtype=np.int64)), first + size
    network, next_key = carried(model.network, view.model.network, view.next_equipment_key, view.gone)
    return model.with_keys(network.equipment.key), next_key
