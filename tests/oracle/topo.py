"""Everything static about one model in one place, with the walks that zones and heads need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .elements import Edge, Elements
from .network import ABC, LETTERS, MACHINES, SECONDARY, Network
from .reading import Store
from .resources import Der, grid_sources, read_ders
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
    voltage: dict[str, float] = field(default_factory=dict)

    def source_vertices(self, state: str) -> set[tuple[str, str]]:
        """The vertices at which a grid source in service stands."""
        found: set[tuple[str, str]] = set()
        for key in self.sources:
            if not self.states.in_service(key, state):
                continue
            for terminal in self.network.by_equipment.get(key, ()):
                if terminal.node is not None and self.states.connected(terminal.id, state):
                    found.update((terminal.node, phase) for phase in self.network.phases(terminal))
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

    def live_without(self, taken: set[str]) -> set[str]:
        """Nodes with a live phase in the normal state, with this equipment taken away."""
        starts = self.source_vertices(NORMAL)
        seen = set(starts)
        todo = list(seen)
        adjacent = self._adjacent()
        while todo:
            for edge, other in adjacent.get(todo.pop(), ()):
                if other not in seen and edge.owner not in taken and self.states.conducts_normally(edge):
                    seen.add(other)
                    todo.append(other)
        return {node for node, _ in seen}

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
