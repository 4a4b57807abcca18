"""What every peer is given: the graph of (node, phase) without supply points, and what no switch changes.

A peer's components of that graph are *pieces*. Supply points join pieces; there are few of them, so that who
supplies what is found on the small graph of pieces by arrays, whichever library found the pieces. A low-voltage
network that hangs on one service transformer, without a switch, is part of the piece above it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.connectivity import Kind
from topogroup.topology.graph.phases import components
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import SERVICE_LEVEL, TIER_LEVELS, TRANSFORMER_LEVEL
from topogroup.topology.supplying.attachment import DerRows

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

LEVELS: Final = (TRANSFORMER_LEVEL, *TIER_LEVELS.values(), SERVICE_LEVEL)


def lists(owner: I64, count: int) -> tuple[I64, I64]:
    """Return the positions of `owner` by owner, as starts and a flat array."""
    start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=count), out=start[1:])
    return start, np.argsort(owner, kind="stable")


def picked(start: I64, flat: I64, owners: npt.NDArray[np.integer]) -> I64:
    """Return all entries of the lists of some owners."""
    length = start[owners + 1] - start[owners]
    offset = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    found: I64 = flat[np.repeat(start[owners], length) + offset]
    return found


class Frame:
    """The graph without supply points, and the supply points between.

    Attributes:
        n_vertices: vertices of the graph of (node, phase).
        u, v: int64[n_edges]; ends of all edges.
        inner: bool[n_edges]; edges that the library holds while they conduct.
        on: bool[n_edges]; what conducts in the state at hand.
        links: int64[n]; the other edges: supply points, and windings that can lack a phase.
        point: int64[n_levels, n]; which point of a level each link is, -1 = none.
        source: int64[n]; vertices with a grid source.
    """

    def __init__(self, grid: Grid, rows: DerRows, state: NetworkState) -> None:
        """Prepare.

        Args:
            grid: the prepared network.
            rows: its DER.
            state: the state to begin with.
        """
        network, graph = grid.network, grid.graph
        edges = graph.edges
        assert not graph.gates.tap_edge.size, "phase-to-phase centre taps are not compared"
        self.grid, self.rows, self.n_vertices = grid, rows, graph.n_vertices
        self.u, self.v, self.bit = edges.u, edges.v, edges.bit
        self.open = state.open.copy()
        never = graph.conducting(network, replace(state, open=np.zeros_like(state.open)))
        self.on = graph.conducting(network, state)
        self.source = np.flatnonzero(graph.sources(network, state))
        is_pole = edges.kind == Kind.POLE
        gated = np.zeros(len(edges), np.bool_)
        gated[np.isin(edges.row, graph.gates.unit) & (edges.kind == Kind.WINDING)] = True
        is_link = gated.copy()
        for level in grid.levels.values():
            is_link[level.edge] = True
        is_link &= never
        leaf = self._leaves(is_link, never & ~is_link & ~is_pole, never & ~is_link & is_pole)
        self.links = np.flatnonzero(is_link)
        self.inner = never & ~is_link
        self.point = np.full((len(LEVELS), self.links.size), -1, np.int64)
        self.upper_is_u = np.zeros(self.point.shape, np.bool_)
        place = np.full(len(edges), -1, np.int64)
        place[self.links] = np.arange(self.links.size)
        for number, name in enumerate(LEVELS):
            level = grid.levels[name]
            at = place[level.edge]
            here = np.flatnonzero(at >= 0)
            self.point[number, at[here]] = here
            self.upper_is_u[number, at[here]] = level.upper[here] == edges.u[level.edge[here]]
        self.unit = np.where(gated, edges.row, -1)
        self._poles = is_pole & never
        self._edges_of_pole = lists(np.where(self._poles, edges.row, network.pole.side1.size), self.open.size + 1)
        self._set_rows(leaf, state)
        self._set_machines(state)

    def _leaves(self, is_link: Bools, fixed: Bools, switched: Bools) -> I64:
        """Take service transformers above a network without switches from the links; return vertex -> edge, -1."""
        raw = components(self.n_vertices, self.u[fixed], self.v[fixed])
        count = int(raw.max(initial=-1)) + 1
        moving = np.flatnonzero(is_link | switched)
        degree = np.bincount(raw[self.u[moving]], minlength=count) + np.bincount(raw[self.v[moving]], minlength=count)
        level = self.grid.levels[SERVICE_LEVEL]
        others = np.concatenate([self.grid.levels[name].edge for name in LEVELS if name != SERVICE_LEVEL])
        alone = degree[raw[level.lower]] == 1
        alone &= is_link[level.edge] & ~np.isin(level.edge, others) & ~np.isin(raw[level.lower], raw[self.source])
        is_link[level.edge[alone]] = False
        edge_of = np.full(count, -1, np.int64)
        edge_of[raw[level.lower[alone]]] = level.edge[alone]
        return edge_of[raw]

    def _set_rows(self, leaf: I64, state: NetworkState) -> None:
        """Note which rows lie in a leaf, and on which other vertices the energisation of a row depends."""
        rows, gates = self.rows, self.grid.graph.gates
        self.in_leaf = leaf[rows.vertex] >= 0
        unit = np.where(self.in_leaf, self.unit[leaf[rows.vertex]], -1)
        count = int(max(gates.unit.max(initial=-1), self.unit.max(initial=-1))) + 1
        self.gates_of_unit = lists(gates.unit, count)
        gated = np.flatnonzero(unit >= 0)
        length = np.diff(self.gates_of_unit[0])[unit[gated]] if count else np.zeros(0, np.int64)
        self.gate_row = np.repeat(gated, length)
        self.gate_vertex = gates.vertex[picked(*self.gates_of_unit, unit[gated])] if count else self.gate_row
        joined = np.zeros(self.rows.phases.size, np.bool_)
        terminal = self.grid.network.der.terminal
        joined[terminal >= 0] = state.connected[terminal[terminal >= 0]]
        self.row_joined = joined[rows.der]

    def _set_machines(self, state: NetworkState) -> None:
        network, rows = self.grid.network, self.rows
        able = network.der.forms_island & state.in_service[network.der.equipment] & (rows.node >= 0)
        self.machine_row = np.flatnonzero(able[rows.der])

    def switched(self, poles: I64, opened: U8) -> tuple[I64, I64]:
        """Give poles other open phases; return the edges that opened and those that closed."""
        self.open[poles] = opened
        edge = picked(*self._edges_of_pole, poles)
        row = self.grid.graph.edges.row[edge]
        per_phase = self.grid.graph.slots.width > 1
        is_open = (self.open[row] & self.bit[edge]) != 0 if per_phase else self.open[row] != 0
        before = self.on[edge]
        self.on[edge] = ~is_open
        return edge[before & is_open], edge[~before & ~is_open]
