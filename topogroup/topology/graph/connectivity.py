"""The graph of (node, phase) and what of it is live in a state.

Three kinds of edges: branches, poles of switches, windings. A winding passes phase k to phase k of the other ends
of its unit, in a star from the end of highest voltage; two phases of one end are never joined. An end that needs
all its phases is a gate: with one phase dead, what hangs behind it alone is at best partially energised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from cim_models.network import Network
from topogroup.topology.arrays.components import components
from topogroup.topology.graph.phases import Slots
from topogroup.topology.graph.states import NetworkState

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


class Kind(IntEnum):
    """What an edge is."""

    BRANCH = 0
    POLE = 1
    WINDING = 2
    JUMPER = 3
    """A temporary connection of two nodes; it belongs to no equipment and conducts in every state."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges of the graph of (node, phase).

    Attributes:
        u, v: int64[n]; vertices; of a winding u is the upper side.
        node1, node2: int64[n]; their nodes.
        kind: uint8[n]; a `Kind`.
        row: int64[n]; row in the branch or pole table; of a winding its unit; of a jumper 0.
        bit: uint8[n]; phase of side 1.
        equipment, terminal1, terminal2: int64[n]; -1 = none.
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
    """All edges, whatever the switches do, and the gates on them.

    `cut_edges` are the edges of lines that are cut for a time, `mobile_sources` the vertices at which mobile sources
    stand; both belong to temporary devices, see `devices.with_devices`.
    """

    slots: Slots
    n_vertices: int
    edges: Edges
    gates: Gates
    cut_edges: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    mobile_sources: I64 = field(default_factory=lambda: np.empty(0, np.int64))

    def components(self, conducting: Bools) -> I64:
        """Return a component number for each vertex: int64[n_vertices] from bool[n_edges]."""
        used = np.flatnonzero(conducting)
        return components(self.n_vertices, self.edges.u[used], self.edges.v[used])

    def conducting(self, network: Network, state: NetworkState) -> Bools:
        """Return which edges conduct in a state, centre-tap gates not yet looked at: bool[n_edges]."""
        edges = self.edges
        result = state.in_service[edges.equipment]
        if not state.connected.all():
            for terminal in (edges.terminal1, edges.terminal2):
                result &= state.connected[terminal] | (terminal < 0)
        windings = np.flatnonzero(edges.kind == Kind.WINDING)
        result[windings] &= state.ends_in_service[edges.lower_end[windings]]
        poles = np.flatnonzero(edges.kind == Kind.POLE)
        opened = state.open[edges.row[poles]]
        is_open = (opened & edges.bit[poles]) != 0 if self.slots.width > 1 else opened != 0
        result[poles] &= ~is_open
        result[edges.kind == Kind.JUMPER] = True
        result[self.cut_edges] = False
        return result

    def sources(self, network: Network, state: NetworkState) -> Bools:
        """Return at which vertices a grid source, mobile ones included, feeds in a state: bool[n_vertices]."""
        result = source_vertices(network, self.slots, state, self.n_vertices)
        result[self.mobile_sources] = True
        return result


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
    """Return at which vertices a grid source of the model is in service and connected: bool[n_vertices]."""
    source = network.source
    result = np.zeros(n_vertices, np.bool_)
    active = state.in_service[source.equipment] & state.connected[source.terminal]
    node = network.terminal.node[source.terminal].astype(np.int64)
    # one that says nothing feeds A, B, C, and what a split-phase node has
    unsaid = codes.ABC | (slots.node_phases[node] & codes.SPLIT)
    phases = np.where(source.phases & codes.ALL, source.phases, unsaid) if node.size else source.phases
    for bit in codes.BITS:
        here = active & ((phases & bit) > 0)
        for way in slots.ways(bit):
            result[slots.vertex(node[here], way)] = True
    return result


class Joining(Protocol):
    """Finds what is joined by the edges that conduct; `contraction.Contraction` does it on few vertices."""

    def components(self, conducting: Bools) -> I64:
        """Return a component number for each vertex: int64[n_vertices] from bool[n_edges]."""


def liveness(network: Network, graph: ConductorGraph, state: NetworkState, joining: Joining | None = None) -> Liveness:
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
    source = graph.sources(network, state)
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
