"""Blocks: what lies on some way from one vertex to another, ways that pass no vertex twice.

A block is a largest piece of a graph that no single vertex parts. Seen from a start the blocks form a tree, and every
edge of the blocks between the start and a vertex lies on some way there, no other edge does. The edges of a tree of
shortest ways and one that is left out, which closes a ring with them, are of one block; rings with a common edge
too. Networks are almost trees: few edges are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class BlockTree:
    """The blocks of a graph as seen from a start.

    Attributes:
        start: the vertex from which all ways lead.
        before: int64[n_vertices]; the vertex before each on a shortest way, -1 at the start and out of reach.
        depth: int64[n_vertices]; edges on a shortest way, -1 = out of reach.
        block: int64[n_vertices]; the block through which ways come to a vertex, named by one of its vertices.
        entry: int64[n_vertices]; the vertex at which ways enter that block; itself at the start and out of reach.
        of_edge: int64[n_edges]; the block of each edge, -1 = out of reach.
    """

    start: int
    before: I64
    depth: I64
    block: I64
    entry: I64
    of_edge: I64

    def behind(self, marked: Bools) -> Bools:
        """Return to which vertices a marked edge lies on some way.

        Args:
            marked: bool[n_edges].

        Returns:
            bool[n_vertices].
        """
        in_block = np.zeros(self.block.size, np.bool_)
        in_block[self.of_edge[marked & (self.of_edge >= 0)]] = True
        found: Bools = in_block[self.block]
        jump = self.entry
        while True:
            found = found | found[jump]
            further = jump[jump]
            if np.array_equal(further, jump):
                return found
            jump = further

    def on_ways(self, vertex: int) -> Bools:
        """Return which edges lie on some way to a vertex: bool[n_edges]."""
        passed = np.zeros(self.block.size + 1, np.bool_)
        while self.entry[vertex] != vertex:
            passed[self.block[vertex]] = True
            vertex = int(self.entry[vertex])
        return passed[self.of_edge]

    def way(self, vertex: int) -> list[int]:
        """Return the vertices of a shortest way from a vertex back to the start, both included; none out of reach."""
        if self.depth[vertex] < 0:
            return []
        found = [vertex]
        while found[-1] != self.start:
            found.append(int(self.before[found[-1]]))
        return found


def block_tree(size: int, u: I64, v: I64, start: int) -> BlockTree:
    """Find the blocks of a graph.

    Args:
        size: number of vertices.
        u: int64[n_edges]; the vertex at one end of each edge.
        v: int64[n_edges]; the vertex at the other.
        start: the vertex from which all ways lead.

    Returns:
        The blocks; of equally short ways that over the lowest vertices counts.
    """
    before, depth = _shortest_ways(size, u, v, start)
    block, entry = np.arange(size), np.where(before >= 0, before, np.arange(size))
    within = (depth[u] >= 0) & (u != v)
    left_out = np.flatnonzero(within & (before[u] != v) & (before[v] != u))
    rings = _Rings(before, depth)
    for one, other in zip(u[left_out].tolist(), v[left_out].tolist(), strict=True):
        rings.close(one, other)
    for vertex in rings.leader:
        block[vertex] = rings.block_of(vertex)
        entry[vertex] = rings.top[int(block[vertex])]
    deeper = np.where(depth[u] > depth[v], u, v)
    return BlockTree(start, before, depth, block, entry, np.where(within, block[deeper], -1))


def _shortest_ways(size: int, u: I64, v: I64, start: int) -> tuple[I64, I64]:
    """Return the vertex before each on a shortest way from the start, and the number of edges to it."""
    # 32-bit positions, which scipy takes as they are
    both = np.concatenate([u, v]).astype(np.int32), np.concatenate([v, u]).astype(np.int32)
    matrix = coo_array((np.ones(both[0].size, np.int8), both), shape=(size, size)).tocsr()
    matrix.sort_indices()
    order, found = breadth_first_order(matrix, start)
    order = order.astype(np.int64)
    before, depth = np.full(size, -1), np.full(size, -1)
    before[order[1:]] = found[order[1:]]
    place = np.empty(size, np.int64)
    place[order] = np.arange(order.size)
    # vertices stand in the order of the vertices before them, so each distance is one run of the order
    parent = place[before[order[1:]]]
    first, last, distance = 0, 1, 0
    while first < last:
        depth[order[first:last]] = distance
        first, last, distance = last, 1 + int(np.searchsorted(parent, last)), distance + 1
    return before, depth


class _Rings:
    """Joins the edges of a tree that lie on common rings; an edge is named by its lower vertex."""

    def __init__(self, before: I64, depth: I64) -> None:
        self._before, self._depth = before, depth
        self.leader: dict[int, int] = {}
        self.top: dict[int, int] = {}
        """By leader, the uppermost vertex of its block."""

    def block_of(self, vertex: int) -> int:
        """Return the leader of the block of the edge above a vertex."""
        leader = self.leader
        if vertex not in leader:
            leader[vertex], self.top[vertex] = vertex, int(self._before[vertex])
        while leader[vertex] != vertex:
            leader[vertex] = vertex = leader[leader[vertex]]
        return vertex

    def close(self, one: int, other: int) -> None:
        """Join all edges on the ring that two vertices close, block by block up to where their ways meet."""
        depth, group = self._depth, -1
        while one != other:
            if depth[one] < depth[other]:
                one, other = other, one
            block = self.block_of(one)
            one = self.top[block]
            if group not in (-1, block):
                high = min(self.top[group], self.top[block], key=lambda vertex: int(depth[vertex]))
                self.leader[block] = group
                self.top[group] = high
            group = block if group < 0 else group
