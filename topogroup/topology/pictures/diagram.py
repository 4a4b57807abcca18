"""The drawing of a network: a place for every section, the same for every state of the switches.

Sections are cut at the substation transformers, so that each side of one has a place of its own. Where the model says
where most of its equipment lies, the drawing is a map; elsewhere it is a diagram: a tree of layers from the
grid sources downwards, as the normal state feeds them. Drawing units have no meaning of their own; y grows downwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import SWITCHING_ROLES
from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.connectivity import Kind
from topogroup.topology.graph.phases import components
from topogroup.topology.pictures.diagram_map import Lines, map_of, mapped
from topogroup.topology.pictures.diagram_tree import tree_places
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import TRANSFORMER_LEVEL

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Joints:
    """What joins two sections in the drawing: switches, or substation transformers.

    Attributes:
        equipment: int64[n]; ascending.
        a, b: int64[n]; the sections at its two ends, -1 = none.
        x, y: float64[n]; where it lies on the map, NaN = between its sections.
        closed: bool[n]; it conducts in the normal state, on some phase.
    """

    equipment: I64
    a: I64
    b: I64
    x: F64
    y: F64
    closed: Bools


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is drawn.

    Attributes:
        kind: map or diagram.
        bounds: left, top, right and bottom of all that is drawn.
        of_node: int64[n_nodes]; the section of each node, cut at substation transformers.
        items: how reports name the sections; two sides of a transformer have the mRID of the one section they are.
        x, y: float64[n]; the place of each section.
        switches: all switches.
        transformers: the substation transformers.
        lines: the lines of the map; none in a diagram.
    """

    kind: Literal["map", "diagram"]
    bounds: tuple[float, float, float, float]
    of_node: I64
    items: tuple[Item, ...]
    x: F64
    y: F64
    switches: Joints
    transformers: Joints
    lines: Lines


def lay_out(grid: Grid) -> Layout:
    """Give every section of a network a place.

    Args:
        grid: the prepared network.

    Returns:
        The layout; it costs a step per section and switch, and its caller keeps it as long as the model.
    """
    of_node = _sections(grid)
    count = int(of_node.max(initial=-1)) + 1
    first = np.full(count, of_node.size, np.int64)
    np.minimum.at(first, of_node, np.arange(of_node.size))
    whole = {int(s): grid.sections.item(grid.network, int(s)) for s in np.unique(grid.sections.of_node[first])}
    items = tuple(whole[s] for s in grid.sections.of_node[first].tolist())
    switches, transformers = _switches(grid, of_node), _transformers(grid, of_node)
    ends = np.concatenate([switches.a, transformers.a]), np.concatenate([switches.b, transformers.b])
    plan = map_of(grid.network)
    if plan is not None:
        placed = mapped(grid.network, plan, of_node, ends)
        if placed is not None:
            at = [plan.centre(grid.network, joints.equipment) for joints in (switches, transformers)]
            switches, transformers = (
                Joints(j.equipment, j.a, j.b, xy[0], xy[1], j.closed)
                for j, xy in zip((switches, transformers), at, strict=True)
            )
            x, y, lines = placed
            around = _bounds([x, lines.x, switches.x], [y, lines.y, switches.y])
            return Layout("map", around, of_node, items, x, y, switches, transformers, lines)
    sources = np.zeros(count, np.bool_)
    sources[of_node[np.flatnonzero(grid.normal.source) // grid.graph.slots.width]] = True
    names = [grid.network.equipment.name[e] for joints in (switches, transformers) for e in joints.equipment.tolist()]
    closed = np.concatenate([switches.closed, transformers.closed])
    steps_down = np.arange(ends[0].size) >= switches.equipment.size
    x, y = tree_places(ends, closed, steps_down, names, sources)
    return Layout("diagram", _bounds([x], [y]), of_node, items, x, y, switches, transformers, Lines.none())


def _sections(grid: Grid) -> I64:
    """Return the section of each node, cut at the substation transformers and numbered by their lowest node."""
    edges, branch = grid.graph.edges, grid.network.branch
    inside = edges.kind == Kind.WINDING
    inside[grid.levels[TRANSFORMER_LEVEL].edge] = False
    u = np.concatenate([branch.node1.astype(np.int64), edges.node1[inside]])
    v = np.concatenate([branch.node2.astype(np.int64), edges.node2[inside]])
    return components(len(grid.network.node.id), u, v)


def _switches(grid: Grid, of_node: I64) -> Joints:
    """Return all switches; one without nodes joins nothing."""
    pole, table = grid.network.pole, grid.network.equipment
    equipment = np.flatnonzero(np.isin(table.role, [int(role) for role in SWITCHING_ROLES])).astype(np.int64)
    row = np.searchsorted(pole.equipment, equipment)
    there = row < pole.equipment.size
    there[there] = pole.equipment[row[there]] == equipment[there]
    ends = []
    for column in (pole.node1, pole.node2):
        node = np.full(equipment.size, -1, np.int64)
        node[there] = column[row[there]]
        ends.append(np.where(node >= 0, of_node[np.maximum(node, 0)], -1) if of_node.size else node)
    return _joints(grid, equipment, ends[0], ends[1])


def _transformers(grid: Grid, of_node: I64) -> Joints:
    """Return the substation transformers, each with its upper and its lower side."""
    edge = grid.levels[TRANSFORMER_LEVEL].edge
    equipment, at = np.unique(grid.graph.edges.equipment[edge], return_index=True)
    node1, node2 = (column[edge[at]] for column in (grid.graph.edges.node1, grid.graph.edges.node2))
    return _joints(grid, equipment.astype(np.int64), of_node[node1], of_node[node2])


def _joints(grid: Grid, equipment: I64, a: I64, b: I64) -> Joints:
    closed = np.isin(equipment, grid.graph.edges.equipment[grid.normal.conducting])
    nowhere = np.full(equipment.size, np.nan)
    return Joints(equipment, a, b, nowhere, nowhere, closed)


def _bounds(x: list[F64], y: list[F64]) -> tuple[float, float, float, float]:
    """Return what holds all points that are somewhere."""
    xs, ys = (np.concatenate(parts) for parts in (x, y))
    xs, ys = xs[~np.isnan(xs)], ys[~np.isnan(ys)]
    if not xs.size:
        return 0.0, 0.0, 1.0, 1.0
    return float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())
