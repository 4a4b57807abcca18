"""Doubt: which vertices have a switch on their supply whose state is in question.

A switch lies on the supply of a vertex if it lies on some path without repeated vertices from a grid source to it,
doubtful switches taken as closed. In the tree of blocks (maximal parts without a cut vertex) that is every vertex in
or behind a block that holds a doubtful switch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

import networkx as nx
import numpy as np
import numpy.typing as npt

from topogroup.topology.connectivity import ConductorGraph, Joining, Kind, Liveness
from topogroup.topology.states import NetworkState

Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]

_ROOT = -1
"""The one vertex from which all grid sources hang."""


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
    pairs = np.sort(np.stack([area[edges.u[between]], area[edges.v[between]]], axis=1), axis=1)
    doubted = _behind_doubt(pairs, suspect[between], np.unique(area[live.source]))
    result[np.isin(area, doubted)] = True
    return result


def _behind_doubt(pairs: I64, suspect: Bools, sources: I64) -> I64:
    """Return the areas in or behind a block that holds a suspect edge.

    Args:
        pairs: int64[n, 2]; areas joined by edges, ascending.
        suspect: bool[n]; the edge is in doubt.
        sources: int64[m]; areas with a grid source.
    """
    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from((_ROOT, area) for area in sources.tolist())
    graph.add_edges_from((a, b) for a, b in pairs.tolist() if a != b)
    marked = {(a, b) for a, b in pairs[suspect].tolist() if a != b}
    # the stubs take the sets of vertices for vertices
    found = cast("Iterable[set[int]]", nx.biconnected_components(graph))
    blocks = [sorted(block) for block in found]
    block_of: dict[tuple[int, int], int] = {}
    at: dict[int, list[int]] = defaultdict(list)
    for number, block in enumerate(blocks):
        for area in block:
            at[area].append(number)
    for a, b in marked:
        block_of[a, b] = next(iter(set(at[a]) & set(at[b])))
    bad = set(block_of.values())
    doubt, queue, done = {_ROOT: False}, [_ROOT], set[int]()
    while queue:
        here = queue.pop()
        for number in at[here]:
            if number in done:
                continue
            done.add(number)
            for area in blocks[number]:
                if area not in doubt:
                    doubt[area] = doubt[here] or number in bad
                    queue.append(area)
    return np.array(sorted(area for area, is_doubted in doubt.items() if is_doubted), np.int64)
