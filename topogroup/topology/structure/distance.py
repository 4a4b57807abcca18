"""How far each node is from the nearest grid source in the normal state: looked for only where structure leaves a
choice of sides, which in most networks is nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from cim_models.network import Network
from topogroup.topology.arrays.grouped import grouped
from topogroup.topology.graph.connectivity import ConductorGraph, Joining, Kind, Liveness, fed_from
from topogroup.topology.graph.states import normal_state

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]


_NOTHING: Final = -1
_SEVERAL: Final = -2


class Distance:
    """The number of edges from each node to the nearest grid source in the normal state, inf = dead."""

    def __init__(
        self, network: Network, graph: ConductorGraph, normal: Liveness, joining: Joining, named: Ints
    ) -> None:
        """Remember what to search.

        Args:
            network: the network.
            graph: the graph of (node, phase).
            normal: what is live in the normal state.
            joining: finds what is joined.
            named: the equipment of which the nearest end will be asked.
        """
        self._network, self._graph, self._normal = network, graph, normal
        self._joining, self._named = joining, named

    def __getitem__(self, node: int) -> float:
        """Return the distance of a node; the first time all are found."""
        return float(self._of_node[node])

    def nearest(self, nodes: Sequence[int], equipment: int) -> int:
        """Return the end of a piece of equipment that is nearest to a grid source, the first of several.

        Where no end is live in the normal state, what would be nearest with all switches closed.
        """
        for node in nodes:
            if self._normal.source[self._vertices(node)].any():
                return node
        # what is fed through the equipment alone lies beyond it, and nobody need count how far
        near = [node for node in nodes if not self._hangs_on(node, equipment)]
        if len(near) == 1 and self._is_live(near[0]):
            return near[0]
        if any(self._is_live(node) for node in nodes):
            return min(nodes, key=lambda node: self[node])
        return min(nodes, key=lambda node: float(self._of_node_closed[node]))

    def _vertices(self, node: int) -> slice:
        width = self._graph.slots.width
        return slice(node * width, (node + 1) * width)

    def _is_live(self, node: int) -> bool:
        return bool(self._normal.live[self._vertices(node)].any())

    def _hangs_on(self, node: int, equipment: int) -> bool:
        """Tell whether a node is joined to nothing but through a piece of equipment, on all its phases."""
        part, entrance = self._parts
        ways = entrance[part[self._vertices(node)]]
        return bool(((ways == equipment) | (ways == _NOTHING)).all())

    @cached_property
    def _parts(self) -> tuple[I64, I64]:
        """Cut the named switches: the part of each vertex, and the one that alone leads to a part without source."""
        edges, conducting = self._graph.edges, self._normal.conducting
        is_named = np.zeros(int(edges.equipment.max(initial=-1)) + 1, np.bool_)
        is_named[self._named] = True
        cut = conducting & is_named[edges.equipment] & (edges.kind == Kind.POLE)
        part = self._joining.components(conducting & ~cut)
        count, cut_edges = int(part.max(initial=-1)) + 1, np.flatnonzero(cut)
        lowest, highest = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
        for vertex in (edges.u[cut_edges], edges.v[cut_edges]):
            np.minimum.at(lowest, part[vertex], edges.equipment[cut_edges])
            np.maximum.at(highest, part[vertex], edges.equipment[cut_edges])
        entrance = np.where(highest < 0, _NOTHING, np.where(lowest == highest, highest, _SEVERAL))
        entrance[part[self._normal.source]] = _SEVERAL
        return part, entrance

    @cached_property
    def _of_node(self) -> F64:
        return self._searched(self._normal.conducting)

    @cached_property
    def _of_node_closed(self) -> F64:
        """The same with all switches closed, for heads in pieces that are dead normally."""
        network, graph = self._network, self._graph
        normal = normal_state(network)
        free = graph.conducting(network, replace(normal, open=np.zeros_like(normal.open)))
        return self._searched(fed_from(graph, free, self._normal.source, self._joining)[0])

    def _searched(self, conducting: Bools) -> F64:
        """Search phase by phase: what reaches a node on one phase goes on from it on that phase alone."""
        edges, root = self._graph.edges, self._graph.n_vertices
        used, fed = np.flatnonzero(conducting), np.flatnonzero(self._normal.source)
        u = np.concatenate([edges.u[used], np.full(fed.size, root)]).astype(np.int32)
        v = np.concatenate([edges.v[used], fed]).astype(np.int32)
        start, beyond = grouped(root + 1, np.concatenate([u, v]), np.concatenate([v, u]))
        matrix = csr_array((np.ones(beyond.size), beyond, start), shape=(root + 1, root + 1))
        order, before = breadth_first_order(matrix, root, directed=True)
        distance = np.full(root + 1, np.inf)
        distance[order] = _depths(order, before)
        nearest: F64 = distance[:root].reshape(-1, self._graph.slots.width).min(axis=1, initial=np.inf)
        return nearest


def _depths(order: npt.NDArray[np.int32], before: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return the depth of each vertex of a search, in its order.

    The search visits depth by depth, and one depth in the order in which it met those before: so the places of the
    vertices from which others were met ascend, and each depth ends where they reach the end of the last one.
    """
    place = np.empty(before.size, np.int64)
    place[order] = np.arange(order.size)
    met_from = place[before[order[1:]]]
    depth = np.zeros(order.size, np.int64)
    first, last = 0, 1
    while last < order.size:
        first, last = last, int(np.searchsorted(met_from, last)) + 1
        depth[first] = 1
    return np.cumsum(depth)
