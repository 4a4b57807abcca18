"""Who feeds an area of the network, such as a section, as lists and pictures show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from topogroup.topology.arrays.rows import distinct
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import TIER_LEVELS
from topogroup.topology.supplying.attachment import Attachments

Bools = npt.NDArray[np.bool_]

PRIMARY_LEVEL: Final = TIER_LEVELS["primary"]


@dataclass(frozen=True, slots=True)
class AreaSupply:
    """Who feeds each area.

    Attributes:
        energised: bool[n_areas]; a grid source feeds some phase.
        partially: bool[n_areas]; it lacks another one.
        feeders: positions of the feeders of each area that has some, ascending.
        paralleled: areas that several feeders feed on one phase.
    """

    energised: Bools
    partially: Bools
    feeders: dict[int, list[int]]
    paralleled: set[int]


def area_supply(grid: Grid, current: Attachments, of_node: npt.NDArray[np.int64], count: int) -> AreaSupply:
    """Find out who feeds each area.

    Args:
        grid: the network.
        current: a state of it.
        of_node: int64[n_nodes]; the area of each node.
        count: number of areas.
    """
    width, standing = grid.graph.slots.width, _standing(grid)
    vertex = np.flatnonzero(standing)
    area = of_node[vertex // width]
    live, lacking = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    live[area[current.live.live[vertex]]] = True
    lacking[area[~current.live.whole[vertex]]] = True
    answer = current.answers[PRIMARY_LEVEL]
    fed = np.flatnonzero(standing & current.live.live)
    pairs = zip(*(one.tolist() for one in distinct(of_node[fed // width], answer.part[fed])), strict=True)
    found: dict[int, set[int]] = {}
    paralleled: set[int] = set()
    item = answer.level.item.tolist()
    for one, part in pairs:
        own = {item[point] for point in answer.supply.items[part]}
        if own:
            found.setdefault(one, set()).update(own)
        if len(own) > 1 or answer.supply.both_ways[part]:
            paralleled.add(one)
    return AreaSupply(live, live & lacking, {one: sorted(own) for one, own in found.items()}, paralleled)


def _standing(grid: Grid) -> Bools:
    """Return which vertices of the graph stand for a phase that their node has: bool[n_vertices]."""
    slots = grid.graph.slots
    if slots.width == 1:
        return np.ones(grid.graph.n_vertices, np.bool_)
    result = np.zeros(grid.graph.n_vertices, np.bool_)
    for bit in codes.BITS:
        here = np.flatnonzero(slots.node_phases & bit)
        for way in slots.ways(bit):
            result[slots.vertex(here, way)] = True
    return result
