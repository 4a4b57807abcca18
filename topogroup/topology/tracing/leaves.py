"""Leaves: low-voltage networks that hang on service transformers alone, with no switch in or below them.

Who supplies a leaf on the level of service transformers never changes, so it need not be traced: a leaf belongs to
the block above it, and its transformers are noted once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.connectivity import Kind
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import SERVICE_LEVEL

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """The leaves of a network.

    Attributes:
        base: int64[n_raw]; for each raw block the one that it belongs to: its own number, or that above a leaf.
        of: int64[n_raw]; number of the leaf that a raw block is, -1 = none.
        unit: int64[n_leaves]; the unit whose gates degrade the leaf, -1 = none.
        point_start, point: int64; the supply points of leaf i are `point[point_start[i]:point_start[i + 1]]`.
    """

    base: I64
    of: I64
    unit: I64
    point_start: I64
    point: I64


def find_leaves(grid: Grid, raw: I64, moving: I64, gated: Bools, source: Bools) -> Leaves:
    """Find the leaves.

    Args:
        grid: the prepared network.
        raw: int64[n_vertices]; blocks with every supply point cut.
        moving: int64[n]; the edges between blocks that conduct but for switches and gates.
        gated: bool[n_edges]; windings that other phases can degrade.
        source: bool[n_vertices]; a grid source stands here.

    Returns:
        The leaves.
    """
    edges, level = grid.graph.edges, grid.levels[SERVICE_LEVEL]
    count = int(raw.max(initial=-1)) + 1
    one, other = raw[edges.u[moving]], raw[edges.v[moving]]
    apart = one != other
    degree = np.bincount(one[apart], minlength=count) + np.bincount(other[apart], minlength=count)
    fit = np.zeros(len(edges), np.bool_)
    fit[moving[apart]] = True
    fit &= edges.kind == Kind.WINDING
    for name, own in grid.levels.items():
        if name != SERVICE_LEVEL:
            fit[own.edge] = False
    fit[grid.graph.gates.tap_edge] = False
    points = np.flatnonzero(fit[level.edge])
    upper, lower = raw[level.upper[points]], raw[level.lower[points]]
    is_gated = gated[level.edge[points]]
    unit = np.where(is_gated, edges.row[level.edge[points]], -1)
    highest, lowest = np.full(count, -1), np.full(count, np.iinfo(np.int64).max)
    np.maximum.at(highest, lower, upper)
    np.minimum.at(lowest, lower, upper)
    last, first = np.full(count, -1), np.full(count, np.iinfo(np.int64).max)
    np.maximum.at(last, lower, unit)
    np.minimum.at(first, lower, unit)
    is_leaf = (degree > 0) & (degree == np.bincount(lower, minlength=count)) & (highest == lowest)
    # one way without a gate is enough; two gated units beside each other are left to the graph of parts
    is_leaf &= (first == -1) | (first == last)
    is_leaf[raw[source]] = False
    leaf = np.flatnonzero(is_leaf)
    of = np.full(count, -1)
    of[leaf] = np.arange(leaf.size)
    base = np.arange(count)
    base[leaf] = highest[leaf]
    mine = np.flatnonzero(of[lower] >= 0)
    mine = mine[np.argsort(of[lower[mine]], kind="stable")]
    start = np.concatenate([[0], np.cumsum(np.bincount(of[lower[mine]], minlength=leaf.size))])
    return Leaves(base, of, first[leaf], start.astype(np.int64), points[mine])
