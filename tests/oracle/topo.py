"""Everything static about one model in one place, with the walks that zones and heads need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

import networkx as nx

from .elements import Edge, Elements, Vertex
from .network import ABC, LETTERS, MACHINES, SECONDARY, Network
from .reading import Store
from .resources import Der, grid_sources, node_phases, read_ders
from .states import NORMAL, States
from .transformers import is_centre_tapped

Allow = Callable[[Edge], bool]


@dataclass
class Topo:
    """The network with its edges, states, grid sources and DER."""

    store: Store
    network: Network
    elements: Elements
    states: States
    sources: list[str]
    ders: list[Der]
    live: set[str] = field(default_factory=set)
    shut: set[int] = field(default_factory=set)
    """Gates, by index, with a primary phase that is dead in the normal state."""
    voltage: dict[str, float] = field(default_factory=dict)

    def source_vertices(self, state: str, taken: Collection[str] = ()) -> set[tuple[str, str]]:
        """The vertices at which a grid source in service stands, with some of them taken away."""
        found: set[tuple[str, str]] = set()
        for key in self.sources:
            if key in taken or not self.states.in_service(key, state):
                continue
            for terminal in self.network.by_equipment.get(key, ()):
                if terminal.node is not None and self.states.connected(terminal.id, state):
                    phases = self.network.stated_phases(terminal)
                    split = node_phases(self.network, self.elements, terminal.node) & set(SECONDARY)
                    found.update((terminal.node, phase) for phase in phases or ABC | split)
        return found

    def reach_nodes(self, starts: Iterable[str], allow: Allow) -> set[str]:
        """Nodes reached from these nodes over allowed edges, whatever their phase."""
        seen = set(starts)
        todo = list(seen)
        while todo:
            node = todo.pop()
            for edge in self.elements.by_node.get(node, ()):
                other = edge.v[0] if edge.u[0] == node else edge.u[0]
                if other not in seen and allow(edge):
                    seen.add(other)
                    todo.append(other)
        return seen

    def live_without(self, taken: Collection[str]) -> set[str]:
        """Nodes with a live phase in the normal state, with this equipment, grid sources too, taken away."""
        seen = self._live_vertices(
            lambda e: e.owner not in taken and e.gate not in self.shut and self.states.conducts_normally(e), taken
        )
        return {node for node, _ in seen}

    def _live_vertices(self, allow: Allow, taken: Collection[str] = ()) -> set[Vertex]:
        """Vertices joined to a grid source over allowed edges, phase by phase."""
        seen = self.source_vertices(NORMAL, taken)
        todo = list(seen)
        adjacent = self._adjacent()
        while todo:
            for edge, other in adjacent.get(todo.pop(), ()):
                if other not in seen and allow(edge):
                    seen.add(other)
                    todo.append(other)
        return seen

    def shut_gates(self, closed: bool) -> set[int]:
        """Gates whose primary phases do not all live, normally or with all switches closed."""
        shut = set(range(len(self.elements.gates)))
        while shut:
            allowed = [e for e in self.elements.edges if e.gate not in shut and self.conducts(e, closed)]
            live = self._live_vertices(set(allowed).__contains__)
            opening = {n for n in shut if all(vertex in live for vertex in self.elements.gates[n].inputs)}
            if not opening:
                break
            shut -= opening
        return shut

    def conducts(self, edge: Edge, closed: bool) -> bool:
        """Whether an edge conducts in the normal state, gates aside, or would with all switches closed."""
        return self.states.passes(edge, NORMAL) if closed else self.states.conducts_normally(edge)

    def steps(self, closed: bool) -> dict[str, int]:
        """How many pieces of equipment lie between each live node and its nearest grid source, phase by phase.

        Args:
            closed: with all switches closed instead of the normal state.
        """
        shut = self.shut_gates(closed)
        graph: nx.Graph[Vertex] = nx.Graph()
        graph.add_nodes_from(self.source_vertices(NORMAL))
        for edge in sorted(self.elements.edges, key=lambda e: e.owner is None):  # names last: they cost nothing
            if edge.gate not in shut and self.conducts(edge, closed):
                graph.add_edge(edge.u, edge.v, steps=0 if edge.owner is None else 1)
        found: dict[str, int] = {}
        lengths = nx.multi_source_dijkstra_path_length(graph, self.source_vertices(NORMAL), weight="steps")
        for (node, _), length in lengths.items():
            found[node] = min(int(length), found.get(node, int(length)))
        return found

    def _adjacent(self) -> dict[tuple[str, str], list[tuple[Edge, tuple[str, str]]]]:
        if not hasattr(self, "_adjacency"):
            self._adjacency: dict[tuple[str, str], list[tuple[Edge, tuple[str, str]]]] = {}
            for edge in self.elements.edges:
                self._adjacency.setdefault(edge.u, []).append((edge, edge.v))
                self._adjacency.setdefault(edge.v, []).append((edge, edge.u))
        return self._adjacency

    def is_switch(self, key: str | None) -> bool:
        """Whether the equipment is a switch of the graph."""
        return key in self.elements.poles


def build(store: Store, chosen_sources: list[str] | None) -> Topo:
    """The static picture of one model."""
    network = Network(store)
    elements = Elements(network)
    states = States(network, elements)
    sources = grid_sources(network, chosen_sources)
    ders = read_ders(network, elements, sources)
    topo = Topo(store, network, elements, states, sources, ders)
    _name_secondaries(topo)
    topo.shut = topo.shut_gates(closed=False)
    topo.live = topo.live_without(set())
    topo.voltage = _node_voltages(topo)
    return topo


def _name_secondaries(topo: Topo) -> None:
    """DESIGN: "Behind a centre tap, s1, s2 and the primary phase's own letter are one conductor"."""
    elements = topo.elements
    starts: dict[str, set[str]] = {}
    for transformer in elements.transformers.values():
        for ends in transformer.units.values():
            if not is_centre_tapped(ends):
                continue
            top = max(ends, key=lambda e: (e.volts or 0.0, -e.number) if e.phases & ABC else (-1.0, 0.0))
            letters = top.phases & ABC
            for end in ends:
                if end.phases & set(SECONDARY) and len(letters) == 1:
                    starts.setdefault(end.node, set()).update(letters)
    names: dict[str, set[str]] = {}
    for node, letters_there in starts.items():
        behind = topo.reach_nodes(
            [node], lambda e: e.owner not in elements.transformers and topo.states.conducts_normally(e)
        )
        for reached in behind:
            names.setdefault(reached, set()).update(letters_there)
    todo = sorted(names)
    while todo:  # what is normally cut off stands behind the centre tap that its open switches lead to
        node = todo.pop(0)
        for other in sorted({v[0] for edge in elements.by_node.get(node, ()) for v in (edge.u, edge.v)} - set(names)):
            joining = [e for e in elements.by_node[other] if node in (e.u[0], e.v[0])]
            if any(edge.owner not in elements.transformers for edge in joining):
                names[other] = set(names[node])
                todo.append(other)
    for node, letters_there in sorted(names.items()):
        for name in (*[x for x in LETTERS if x in letters_there], "s2"):
            elements.add(Edge(None, (node, "s1"), (node, name)))
    elements.reindex()


def _node_voltages(topo: Topo) -> dict[str, float]:
    """A voltage for every node: from equipment there, else from its neighbours at the same voltage."""
    found: dict[str, float] = {}
    for transformer in topo.elements.transformers.values():
        for end in transformer.ends:
            if end.volts:
                found.setdefault(end.node, end.volts)
    for key, terminals in sorted(topo.network.by_equipment.items()):
        if key in topo.elements.transformers or topo.store.is_a(key, MACHINES):
            continue
        volts = topo.network.equipment_voltage(key)
        for terminal in terminals:
            if volts and terminal.node is not None:
                found.setdefault(terminal.node, volts)
    todo = sorted(found)
    while todo:
        node = todo.pop()
        for edge in topo.elements.by_node.get(node, ()):
            if edge.owner in topo.elements.transformers:
                continue
            other = edge.v[0] if edge.u[0] == node else edge.u[0]
            if other not in found:
                found[other] = found[node]
                todo.append(other)
    return found
