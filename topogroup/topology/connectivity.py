"""The graph of (node, phase) and what of it is live in a state.

Three kinds of edges: branches, poles of switches, windings. A winding passes phase k to phase k of the other ends
of its unit, in a star from the end of highest voltage; two phases of one end are never joined. An end that needs
all its phases is a gate: with one phase dead, what hangs behind it alone is at best partially energised.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from cim_models.findings import Finding, finding
from cim_models.network import BranchTable, Network, PoleTable
from topogroup.topology.phases import Slots, components
from topogroup.topology.states import NetworkState

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


class Kind(IntEnum):
    """What an edge is."""

    BRANCH = 0
    POLE = 1
    WINDING = 2


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges of the graph of (node, phase).

    Attributes:
        u, v: int64[n]; vertices; of a winding u is the upper side.
        node1, node2: int64[n]; their nodes.
        kind: uint8[n]; a `Kind`.
        row: int64[n]; row in the branch or pole table; of a winding its unit.
        bit: uint8[n]; phase of side 1.
        equipment, terminal1, terminal2: int64[n]; terminal -1 = none.
        lower_end: int64[n]; of a winding the row of its lower end, else -1.
    """

    u: I64
    v: I64
    node1: I64
    node2: I64
    kind: U8
    row: I64
    bit: U8
    equipment: I64
    terminal1: I64
    terminal2: I64
    lower_end: I64

    def __len__(self) -> int:
        """Return the number of edges."""
        return int(self.u.size)


@dataclass(frozen=True, slots=True)
class Gates:
    """Windings that depend on phases other than their own.

    `unit`/`vertex` pairs: unit u is degraded if a vertex is dead. `tap_edge`/`tap_vertex` pairs: a phase-to-phase
    centre tap conducts at all only while every vertex is live.
    """

    unit: I64
    vertex: I64
    tap_edge: I64
    tap_vertex: I64


@dataclass(frozen=True, slots=True)
class ConductorGraph:
    """All edges, whatever the switches do, and the gates on them."""

    slots: Slots
    n_vertices: int
    edges: Edges
    gates: Gates

    def components(self, conducting: Bools) -> I64:
        """Return a component number for each vertex: int64[n_vertices] from bool[n_edges]."""
        return components(self.n_vertices, self.edges.u[conducting], self.edges.v[conducting])

    def conducting(self, network: Network, state: NetworkState) -> Bools:
        """Return which edges conduct in a state, centre-tap gates not yet looked at: bool[n_edges]."""
        edges = self.edges
        result = state.in_service[edges.equipment].copy()
        for terminal in (edges.terminal1, edges.terminal2):
            there = terminal >= 0
            result[there] &= state.connected[terminal[there]]
        windings = np.flatnonzero(edges.kind == Kind.WINDING)
        result[windings] &= state.ends_in_service[edges.lower_end[windings]]
        poles = np.flatnonzero(edges.kind == Kind.POLE)
        opened = state.open[edges.row[poles]]
        is_open = (opened & edges.bit[poles]) != 0 if self.slots.width > 1 else opened != 0
        result[poles] &= ~is_open
        return result


_COLUMNS: Final = 11
_STATE_BIT: Final = {64: codes.S1, 128: codes.S2}
"""The phase whose pole a second way of it goes through."""


def build_graph(network: Network, slots: Slots) -> tuple[ConductorGraph, list[Finding]]:
    """Build the graph of (node, phase).

    Args:
        network: the network.
        slots: how (node, phase) becomes a vertex.

    Returns:
        The graph, and findings on phases that do not match.
    """
    findings: list[Finding] = []
    parts = [_branch_edges(network, slots, findings), _pole_edges(network, slots)]
    windings, gates = _winding_edges(network, slots, findings, sum(part.shape[1] for part in parts))
    columns = np.concatenate([*parts, windings], axis=1)
    u, v, node1, node2, kind, row, bit, equipment, terminal1, terminal2, lower_end = columns
    small = kind.astype(np.uint8), bit.astype(np.uint8)
    edges = Edges(u, v, node1, node2, small[0], row, small[1], equipment, terminal1, terminal2, lower_end)
    size = len(network.node.id) * slots.width
    return ConductorGraph(slots, size, edges, gates), findings


def _stacked(rows: list[I64]) -> I64:
    return np.concatenate(rows, axis=1) if rows else np.empty((_COLUMNS, 0), np.int64)


def _joints(
    slots: Slots, table: BranchTable | PoleTable, kind: Kind, rows: I64, bit1: int, bit2: int
) -> I64:
    """Return the edges that some rows of a table make by joining one phase to one phase."""
    node1, node2, equipment, terminal1, terminal2 = (
        column[rows].astype(np.int64)
        for column in (table.node1, table.node2, table.equipment, table.terminal1, table.terminal2)
    )
    size = rows.size
    return np.stack(
        [
            slots.vertex(node1, bit1),
            slots.vertex(node2, bit2),
            node1,
            node2,
            np.full(size, int(kind)),
            rows,
            np.full(size, _STATE_BIT.get(bit1, bit1)),
            equipment,
            terminal1,
            terminal2,
            np.full(size, -1),
        ]
    )


def _branch_edges(network: Network, slots: Slots, findings: list[Finding]) -> I64:
    branch = network.branch
    one, other = branch.phases1 & codes.ALL, branch.phases2 & codes.ALL
    if slots.width == 1:
        return _joints(slots, branch, Kind.BRANCH, np.arange(one.size), codes.A, codes.A)
    common = one & other
    found = [
        _joints(slots, branch, Kind.BRANCH, np.flatnonzero(common & bit), way, way)
        for bit in codes.BITS
        for way in slots.ways(bit)
    ]
    for row in np.flatnonzero((common == 0) & (one > 0) & (other > 0)).tolist():
        bits = int(one[row]), int(other[row])
        e = int(branch.equipment[row])
        name, mrid = network.equipment.name[e], network.equipment.id[e]
        ends = f"{codes.code_of(bits[0])} at one end and {codes.code_of(bits[1])} at the other"
        if bits[0].bit_count() == 1 and bits[1].bit_count() == 1:
            found.append(_joints(slots, branch, Kind.BRANCH, np.array([row]), *bits))
            findings.append(finding("line_transposed", f"{name} names phase {ends}; they are joined.", [mrid]))
        else:
            findings.append(finding("phase_mismatch", f"{name} names phases {ends}; it joins nothing.", [mrid]))
    return _stacked(found)


def _pole_edges(network: Network, slots: Slots) -> I64:
    pole = network.pole
    usable = (pole.node1 >= 0) & (pole.node2 >= 0) & (pole.node1 != pole.node2)
    if slots.width == 1:
        return _joints(slots, pole, Kind.POLE, np.flatnonzero(usable), codes.A, codes.A)
    straight = usable & (pole.side1 == pole.side2)
    found = []
    for bit in codes.BITS:
        rows = straight & ((pole.side1 & bit) > 0)
        if bit & codes.SPLIT:
            # a switch of all phases has split poles only where the nodes have split phases
            here = slots.node_phases[np.maximum(pole.node1, 0)] | slots.node_phases[np.maximum(pole.node2, 0)]
            rows &= (pole.side1 != codes.ALL) | ((here & codes.SPLIT) > 0)
        found += [_joints(slots, pole, Kind.POLE, np.flatnonzero(rows), way, way) for way in slots.ways(bit)]
    for row in np.flatnonzero(usable & (pole.side1 != pole.side2)).tolist():
        one, other = int(pole.side1[row]), int(pole.side2[row])
        pairs = [(bit, bit) for bit in codes.BITS if one & other & bit]
        if one.bit_count() == 1 and other.bit_count() == 1:
            pairs = [(one, other)]
        found += [_joints(slots, pole, Kind.POLE, np.array([row]), *pair) for pair in pairs]
    return _stacked(found)


def units_of(network: Network) -> list[list[int]]:
    """Return the units of all transformers as lists of end rows, the end of highest voltage first.

    A unit is a tank, or a whole transformer without tanks; of equal voltages the lowest end number leads.
    """
    end = network.end
    found: dict[tuple[int, int], list[int]] = {}
    for row in range(end.node.size):
        found.setdefault((int(end.equipment[row]), int(end.tank[row])), []).append(row)
    voltage = np.nan_to_num(end.voltage_v, nan=-1.0)
    return [sorted(rows, key=lambda r: (-float(voltage[r]), int(end.number[r]), r)) for rows in found.values()]


def _winding_edges(network: Network, slots: Slots, findings: list[Finding], offset: int) -> tuple[I64, Gates]:
    """Return the edges of all windings, and the gates; edges are numbered from `offset`."""
    end = network.end
    rows: list[tuple[int, int, int, int, int, int, int, int]] = []
    gate: list[tuple[int, int]] = []
    taps: list[tuple[int, int]] = []

    def vertex(node: int, bit: int) -> int:
        return int(slots.vertex(np.array([node]), bit)[0])

    for unit, members in enumerate(units_of(network)):
        upper = members[0]
        for lower in members[1:]:
            pairs, needed = _phase_pairs(slots, int(end.phases[upper]), int(end.phases[lower]))
            if slots.width == 1:
                pairs, needed = [(codes.A, codes.A)], 0
            if not pairs:
                _note_mismatch(network, upper, lower, findings)
            for bit1, bit2 in pairs:
                for bit in codes.BITS if needed else ():
                    if needed & bit:
                        taps.append((offset + len(rows), vertex(int(end.node[upper]), bit)))
                rows.append((upper, lower, unit, bit1, bit2, 0, 0, 0))
        for member in members if slots.width > 1 else ():
            if end.needs_all[member]:
                gate += [(unit, vertex(int(end.node[member]), b)) for b in codes.BITS if int(end.phases[member]) & b]
    columns = _winding_columns(network, slots, np.array(rows, np.int64).reshape(-1, 8))
    unit_gate, tap_gate = np.array(gate, np.int64).reshape(-1, 2), np.array(taps, np.int64).reshape(-1, 2)
    return columns, Gates(unit_gate[:, 0], unit_gate[:, 1], tap_gate[:, 0], tap_gate[:, 1])


def _winding_columns(network: Network, slots: Slots, rows: I64) -> I64:
    end = network.end
    upper, lower = rows[:, 0], rows[:, 1]
    node1, node2 = end.node[upper].astype(np.int64), end.node[lower].astype(np.int64)
    u, v = np.zeros_like(node1), np.zeros_like(node2)
    for target, node, column in ((u, node1, 3), (v, node2, 4)):
        for bit in np.unique(rows[:, column]).tolist():
            here = rows[:, column] == bit
            target[here] = slots.vertex(node[here], bit)
    kind = np.full(upper.size, int(Kind.WINDING))
    equipment = end.equipment[upper].astype(np.int64)
    terminals = end.terminal[upper].astype(np.int64), end.terminal[lower].astype(np.int64)
    return np.stack([u, v, node1, node2, kind, rows[:, 2], rows[:, 3], equipment, *terminals, lower])


def _phase_pairs(slots: Slots, upper: int, lower: int) -> tuple[list[tuple[int, int]], int]:
    """Return which phase of one end meets which of another, and the upper phases that must all be live for it."""
    one, other = upper & codes.ALL, lower & codes.ALL
    common = one & other
    if common:
        return [(way, way) for bit in codes.BITS if common & bit for way in slots.ways(bit)], 0
    letters, split = (one & codes.ABC, other & codes.SPLIT)
    if not split and one & codes.SPLIT and other & codes.ABC:
        # a step-up unit: the split side is the upper one
        return [(bit, other & -other) for bit in codes.BITS if one & bit and bit & codes.SPLIT], 0
    if letters and split:
        each = [bit for bit in codes.BITS if letters & bit]
        if len(each) == 1:
            return [(each[0], way) for bit in codes.BITS if split & bit for way in slots.ways(bit)], 0
        # one way over the first phase and one over the second, each only while both are live
        return [pair for bit in codes.BITS if split & bit for pair in zip(each, slots.ways(bit), strict=False)], letters
    if one.bit_count() == 1 and other.bit_count() == 1:
        return [(one, other)], 0
    return [], 0


def _note_mismatch(network: Network, upper: int, lower: int, findings: list[Finding]) -> None:
    e = int(network.end.equipment[upper])
    one, other = (codes.code_of(int(network.end.phases[r]) & codes.ALL) for r in (upper, lower))
    findings.append(
        finding(
            "phase_mismatch",
            f"{network.equipment.name[e]}: ends with phases {one} and {other} have none in common; nothing passes.",
            [network.equipment.id[e]],
        )
    )


@dataclass(frozen=True, slots=True)
class Liveness:
    """What is live in a state.

    Attributes:
        conducting: bool[n_edges]; with centre-tap gates.
        component: int64[n_vertices].
        live: bool[n_vertices]; joined to a grid source.
        whole: bool[n_vertices]; joined to one without passing a unit that lacks a phase.
        source: bool[n_vertices]; a grid source in service stands here.
    """

    conducting: Bools
    component: I64
    live: Bools
    whole: Bools
    source: Bools


def source_vertices(network: Network, slots: Slots, state: NetworkState, n_vertices: int) -> Bools:
    """Return at which vertices a grid source is in service and connected: bool[n_vertices]."""
    source = network.source
    result = np.zeros(n_vertices, np.bool_)
    active = state.in_service[source.equipment] & state.connected[source.terminal]
    node = network.terminal.node[source.terminal].astype(np.int64)
    phases = np.where(source.phases & codes.ALL, source.phases, slots.node_phases[node]) if node.size else source.phases
    for bit in codes.BITS:
        here = active & ((phases & bit) > 0)
        for way in slots.ways(bit):
            result[slots.vertex(node[here], way)] = True
    return result


class Joining(Protocol):
    """Finds what is joined by the edges that conduct; `contraction.Contraction` does it on few vertices."""

    def components(self, conducting: Bools) -> I64:
        """Return a component number for each vertex: int64[n_vertices] from bool[n_edges]."""


def liveness(
    network: Network, graph: ConductorGraph, state: NetworkState, joining: Joining | None = None
) -> Liveness:
    """Find what is live in a state.

    Args:
        network: the network.
        graph: its graph of (node, phase).
        state: the state.
        joining: finds what is joined; None = the graph itself.

    Returns:
        The liveness of every vertex.
    """
    edges, gates = graph.edges, graph.gates
    source = source_vertices(network, graph.slots, state, graph.n_vertices)
    joining = joining or graph
    conducting, component, live = fed_from(graph, graph.conducting(network, state), source, joining)
    whole = live
    if gates.unit.size:
        degraded = np.zeros(int(edges.row.max()) + 1, np.bool_)
        degraded[gates.unit[~live[gates.vertex]]] = True
        sound = conducting & ~((edges.kind == Kind.WINDING) & degraded[edges.row])
        _, whole = _spread(joining, sound, source)
    return Liveness(conducting, component, live, whole, source)


def fed_from(graph: ConductorGraph, free: Bools, source: Bools, joining: Joining) -> tuple[Bools, I64, Bools]:
    """Find what is joined to some vertices; a phase-to-phase centre tap conducts once all its phases are.

    Args:
        graph: the graph of (node, phase).
        free: bool[n_edges]; the edges that conduct, centre-tap gates not yet looked at.
        source: bool[n_vertices]; where to start.
        joining: finds what is joined.

    Returns:
        The edges that conduct, the component of each vertex, and which vertices are joined to a start.
    """
    gates, conducting = graph.gates, free.copy()
    conducting[gates.tap_edge] = False
    while True:
        component, fed = _spread(joining, conducting, source)
        allowed = free.copy()
        allowed[gates.tap_edge[~fed[gates.tap_vertex]]] = False
        if np.array_equal(allowed, conducting):
            return conducting, component, fed
        conducting = allowed


def _spread(joining: Joining, conducting: Bools, source: Bools) -> tuple[I64, Bools]:
    component = joining.components(conducting)
    fed = np.zeros(int(component.max(initial=-1)) + 1, np.bool_)
    fed[component[source]] = True
    return component, fed[component]
