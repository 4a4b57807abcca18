"""The network as a page draws it: places that never change, and what feeds each section at one revision."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cim_models import catalogue, limits
from cim_models import phase_codes as codes
from topogroup.engine.model import ActiveModel, described
from topogroup.engine.view import View
from topogroup.topology.pictures.diagram import Joints, Layout
from topogroup.topology.structure.grid import Grid, feeder_substation
from topogroup.topology.supplying.area_supply import PRIMARY_LEVEL, area_supply
from topogroup.topology.supplying.attachment import Attachments

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def network_document(view: View, layout: Layout | None) -> dict[str, Any]:
    """Describe the network of a view for drawing.

    Args:
        view: the view.
        layout: of its model, None where no model is active.

    Returns:
        The document of `GET /v1/network`. Lines are straight pieces: `points` holds their two ends one after the
        other. `energised` says that a grid source feeds some phase, `partially` that it lacks another one.
    """
    if view.model is None or view.current is None or layout is None:
        empty: dict[str, Any] = {"sections": [], "switches": [], "transformers": [], "feeders": []}
        return {"revision": view.revision, "model": None, "layout": "diagram", "bounds": [0, 0, 1, 1], **empty}
    return {
        "revision": view.revision,
        "model": described(view.model),
        "layout": layout.kind,
        "bounds": [round(value, 1) for value in layout.bounds],
        "sections": _sections(view.model, view.current, layout),
        "switches": _switches(view, layout),
        "transformers": _joints(view.model, layout.transformers),
        "feeders": _feeders(view.model.grid),
    }


def _sections(model: ActiveModel, current: Attachments, layout: Layout) -> list[dict[str, Any]]:
    count = len(layout.items)
    mrids = [one.mrid for one in model.grid.levels[PRIMARY_LEVEL].items]
    fed = area_supply(model.grid, current, layout.of_node, count)
    feeders = {area: [mrids[i] for i in own] for area, own in fed.feeders.items()}
    node = model.rows.node[model.rows.node >= 0]
    ders = np.bincount(layout.of_node[node], minlength=count).tolist()
    points = _points(layout)
    x_y = layout.x.round(1).tolist(), layout.y.round(1).tolist()
    columns = layout.items, *x_y, fed.energised.tolist(), fed.partially.tolist(), ders
    result = []
    for i, (item, x, y, live, lacking, own) in enumerate(zip(*columns, strict=True)):
        section = {"mrid": item.mrid, "name": item.name, "x": x, "y": y}
        if i in points:
            section["points"] = points[i]
        section |= {"feeders": feeders.get(i, []), "energised": live, "partially": lacking, "ders": own}
        section["paralleled"] = i in fed.paralleled
        result.append(section)
    return result


def _points(layout: Layout) -> dict[int, list[list[float]]]:
    """Return the straight pieces of the lines of each section, two points each."""
    lines = layout.lines
    inner = np.ones(lines.x.size, np.bool_)
    inner[lines.start[1:] - 1] = False
    first = np.flatnonzero(inner)
    if not 0 < 2 * first.size <= limits.NETWORK_LINE_POINTS_MAX:
        return {}
    ends = np.stack([first, first + 1], axis=1).reshape(-1)
    owner = np.repeat(lines.section, np.diff(lines.start))[ends]
    points = np.stack([lines.x[ends], lines.y[ends]], axis=1).round(1)
    sections, start = np.unique(owner, return_index=True)
    parts = np.split(points, start[1:])
    return {section: part.tolist() for section, part in zip(sections.tolist(), parts, strict=True)}


def _joints(model: ActiveModel, joints: Joints) -> list[dict[str, Any]]:
    """Return name and ends of switches or transformers, and their place where the map has one."""
    table = model.network.equipment
    result = []
    columns = joints.equipment, joints.a, joints.b, joints.x.round(1), joints.y.round(1)
    for e, a, b, x, y in zip(*(column.tolist() for column in columns), strict=True):
        joint = {"mrid": table.id[e], "name": table.name[e], "a": a, "b": b}
        if not np.isnan(x):
            joint |= {"x": x, "y": y}
        result.append(joint)
    return result


def _switches(view: View, layout: Layout) -> list[dict[str, Any]]:
    """Return the switches with current and normal state; one that is open on a phase is open, and says which."""
    model, state = view.model, view.state
    if model is None or state is None:
        return []
    network, pole = model.network, model.network.pole
    size = len(network.equipment.id)
    side, opened, normally = (np.zeros(size, np.uint8) for _ in range(3))
    np.bitwise_or.at(side, pole.equipment, pole.side1)
    np.bitwise_or.at(opened, pole.equipment, state.open)
    np.bitwise_or.at(normally, pole.equipment, np.where(pole.normal_open, pole.side1, 0).astype(np.uint8))
    result = _joints(model, layout.switches)
    for switch, e in zip(result, layout.switches.equipment.tolist(), strict=True):
        switch["class"] = catalogue.CLASSES[int(network.equipment.class_code[e])] or "Switch"
        switch["open"], switch["normal_open"] = bool(opened[e]), bool(normally[e])
        if opened[e] and opened[e] != side[e]:
            switch["phases_open"] = codes.code_of(int(opened[e]))
    return result


def _feeders(grid: Grid) -> list[dict[str, Any]]:
    """Return the feeders of the medium range, which give sections their colours."""
    level = grid.levels[PRIMARY_LEVEL]
    return [
        {"mrid": item.mrid, "name": item.name, "substation": feeder_substation(grid, grid.feeders[at])}
        for item, at in zip(level.items, level.position.tolist(), strict=True)
    ]
