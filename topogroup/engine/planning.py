"""Planning: a switching plan tried on a view; the engine and its state are not touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from cim_models import limits
from cim_models.aliases import Aliases
from cim_models.errors import ConflictError, OptionError
from topogroup.engine.regroup import regrouped
from topogroup.engine.standing import found_in
from topogroup.engine.view import View
from topogroup.groups.plan import StepEffect, plan_report
from topogroup.topology.switching.consequences import Course
from topogroup.topology.switching.devices import DeviceGrids
from topogroup.topology.switching.plan import PlanReader, Situation, needs_phases, situations
from topogroup.topology.tracing.leading import led_on, traced_anew


def planned(
    view: View, rows: Iterable[Mapping[str, str]], aliases: Aliases | None = None, source: str = ""
) -> dict[str, Any]:
    """Try a plan.

    Args:
        view: the view to start from; use from any thread.
        rows: the rows of the plan, as `topology.plan.PlanReader` takes them.
        aliases: further names of switches and places, None = those of the model alone.
        source: whose plan it is.

    Returns:
        What `groups.plan.plan_report` says of it, with the revision that it starts from.

    Raises:
        ConflictError: no model is active.
        IdError: a row names something that is not there.
        OptionError: a row is impossible, or the plan takes longer than `limits.PLAN_TIME_MAX_S`.
    """
    ends = monotonic() + limits.PLAN_TIME_MAX_S
    model = view.model
    if model is None or view.state is None or view.current is None:
        raise ConflictError("no_active_model", "No model is active, so no plan can be tried; load one first.")
    start = Situation(view.state, tuple(found_in(model, view.devices).values()))
    steps = PlanReader(model.network, model.places, model.switches, aliases, source).steps(rows, view.devices)
    if model.grid.graph.slots.width == 1 and needs_phases(model.network, situations(model.network, start, steps)):
        model = model.with_phases_apart()
    # grids of its own: those that the engine keeps for what stands now must not make room for what is only tried
    present, tried = model.device_grids.of(start.devices), DeviceGrids(model.grid)
    traced = traced_anew(present, model.rows, start.state, view.traced)
    first = replace(view, model=model, traced=traced)
    effects: list[StepEffect] = []
    before, course = first, Course(traced)
    for step, situation in zip(steps, situations(model.network, start, steps), strict=True):
        if monotonic() > ends:
            message = f"{len(effects)} of {len(steps)} steps took {limits.PLAN_TIME_MAX_S:.0f} s; part the plan there."
            raise OptionError("plan_too_long", message, step.name[:60])
        grid = present if situation.devices == start.devices else tried.of(situation.devices)
        traced, moved = led_on(traced, grid, model.rows, situation.state)
        found = regrouped(before, replace(before, state=situation.state, traced=traced), moved)
        changes = [change.change for change in found.changes]
        effects.append(StepEffect(step, changes, course.step(traced, moved)))
        before = found.view
    net = regrouped(first, replace(first, state=before.state, traced=before.traced))
    mrids, substations = model.normal_view.der_mrids, model.grid.zones.substations
    report = plan_report(effects, [change.change for change in net.changes], mrids, substations)
    return {"revision": view.revision, **report}
