"""Doubt: which vertices have a switch on their supply whose state is in question.

A switch lies on the supply of a vertex if it lies on some path without repeated vertices from a grid source to it,
doubtful switches taken as closed. In the tree of blocks (see `blocks`) that is every vertex in or behind a block that
holds a doubtful switch.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.blocks import block_tree
from topogroup.topology.graph.connectivity import ConductorGraph, Joining, Kind, Liveness
from topogroup.topology.graph.states import NetworkState

Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]


def doubtful(
    graph: ConductorGraph, state: NetworkState, live: Liveness, supply_points: I64, joining: Joining
) -> Bools:
    """Find the vertices with a doubtful switch on their supply.

    Args:
        graph: the graph of (node, phase).
        state: the state; `conflict` marks the doubtful poles.
        live: liveness of the state.
        supply_points: int64[n]; the edges that are supply points of any level, where areas end as at switches.
        joining: finds what is joined.

    Returns:
        bool[n_vertices].
    """
    result = np.zeros(graph.n_vertices, np.bool_)
    edges = graph.edges
    poles = np.flatnonzero(edges.kind == Kind.POLE)
    suspect = np.zeros(len(edges), np.bool_)
    suspect[poles] = state.conflict[edges.row[poles]]
    suspect &= state.in_service[edges.equipment]
    if not suspect.any():
        return result
    inside = live.conducting & (edges.kind != Kind.POLE)
    inside[supply_points] = False
    area = joining.components(inside)
    between = (live.conducting & ~inside) | suspect
    sources = np.unique(area[live.source])
    # one vertex beyond the last area, from which all grid sources hang
    root = int(area.max()) + 1
    u = np.concatenate([area[edges.u[between]], np.full(sources.size, root)])
    v = np.concatenate([area[edges.v[between]], sources])
    marked = np.concatenate([suspect[between], np.zeros(sources.size, np.bool_)])
    return block_tree(root + 1, u, v, root).behind(marked)[area]
