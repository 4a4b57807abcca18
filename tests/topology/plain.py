"""Questions answered plainly: networkx over (node, phase) as the oracle reads it, one search for every question.

A piece of equipment lies on a way to a place without repeated vertices exactly if two ways lead away from its middle,
one to a grid source and one to the place, that share no vertex: a flow of two.
"""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from tests.oracle.elements import Edge, Vertex
from tests.oracle.reading import read_text
from tests.oracle.resources import Der
from tests.oracle.states import Poles
from tests.oracle.topo import Topo, build

Phases = dict[str, set[str]]
"""Phases by mRID of a DER."""


class PlainState:
    """One network in one state."""

    def __init__(self, given: str | Topo, state: str, opened: list[str], closed: list[str]) -> None:
        """Read the network, unless that is done already, and operate its switches, `ID[:PHASES]`."""
        self.topo: Topo = build(read_text(given), None) if isinstance(given, str) else given
        self.state = state
        self.poles: Poles = self.topo.states.operated(state, map(_operation, opened), map(_operation, closed))
        self._one: dict[Vertex, Vertex] = {}
        alias: nx.Graph[Vertex] = nx.Graph()
        alias.add_edges_from((edge.u, edge.v) for edge in self.topo.elements.edges if edge.owner is None)
        for group in nx.connected_components(alias):
            self._one |= dict.fromkeys(group, min(group))

    def supplied(self) -> Phases:
        """Return the DER phases that are joined to a grid source."""
        live = self._live(frozenset(), frozenset())
        return {der.id: found for der in self.topo.ders if (found := self._phases(der, live))}

    def downstream(self, equipment: frozenset[str]) -> Phases:
        """Return the DER phases that are live with some equipment conducting and not with it taken away."""
        with_it, without = self._live(equipment, frozenset()), self._live(frozenset(), equipment)
        lost = {der.id: self._phases(der, with_it) - self._phases(der, without) for der in self.topo.ders}
        return {mrid: phases for mrid, phases in lost.items() if phases}

    def fed_through(self, equipment: frozenset[str]) -> Phases:
        """Return the DER phases to which some equipment lies on a way from a grid source."""
        live = self._live(frozenset(), frozenset())
        found: Phases = {}
        for variant in range(max((len(gate.inputs) for gate in self.topo.elements.gates), default=1)):
            edges = [(u, v, edge) for u, v, edge in self._conducting(live) if self._of_variant(edge, variant)]
            sources = self._merged(self._source_vertices(set(self.topo.sources), set()))
            graph: nx.Graph[object] = nx.Graph([(u, v) for u, v, _ in edges if u != v])
            graph.add_nodes_from(sources)
            graph.add_edges_from(("grid", vertex) for vertex in sources)
            ends: set[tuple[object, object]] = {
                (u, v) for u, v, edge in edges if edge.owner in equipment and u != v
            }
            ends |= {("grid", vertex) for vertex in self._merged(self._source_vertices(equipment, set()))}
            for der in self.topo.ders:
                for phase in self._phases(der, live):
                    place = self._vertex((str(der.node), phase))
                    if any(_between(graph, one, other, place) for one, other in ends):
                        found.setdefault(der.id, set()).add(phase)
        return found

    def within_switches(self, equipment: str, most: int) -> set[str]:
        """Return the DER whose node is reached from some equipment over so many switches."""
        elements = self.topo.elements
        graph: nx.Graph[str] = nx.Graph()
        starts = {str(t.node) for t in self.topo.network.by_equipment.get(equipment, ()) if t.node is not None}
        for edge in elements.edges:
            one, other = edge.u[0], edge.v[0]
            weight = min(int(edge.pole is not None), graph.get_edge_data(one, other, {"weight": 1})["weight"])
            graph.add_edge(one, other, weight=weight)
            if edge.owner == equipment:
                starts |= {one, other}
        graph.add_nodes_from(starts)
        if not starts:
            return set()
        far = nx.multi_source_dijkstra_path_length(graph, starts, most)
        return {der.id for der in self.topo.ders if der.node in far}

    # ---- the graph

    def _vertex(self, vertex: Vertex) -> Vertex:
        return self._one.get(vertex, vertex)

    def _merged(self, vertices: set[Vertex]) -> set[Vertex]:
        return {self._vertex(vertex) for vertex in vertices}

    def _phases(self, der: Der, live: set[Vertex]) -> set[str]:
        if der.node is None or not (der.terminal is None or self.topo.states.connected(der.terminal, self.state)):
            return set()
        return {phase for phase in der.phases if self._vertex((der.node, phase)) in live}

    def _free(self, forced: frozenset[str], taken: frozenset[str]) -> Iterator[Edge]:
        """Yield the edges that conduct, gates not yet looked at."""
        for edge in self.topo.elements.edges:
            if edge.owner in taken:
                continue
            is_open = edge.pole is not None and self.poles[edge.owner or ""][edge.pole]
            if edge.owner in forced or (not is_open and self.topo.states.passes(edge, self.state)):
                yield edge

    def _live(self, forced: frozenset[str], taken: frozenset[str]) -> set[Vertex]:
        free, live = list(self._free(forced, taken)), set[Vertex]()
        while True:
            graph: nx.Graph[Vertex] = nx.Graph()
            sources = self._merged(self._source_vertices(set(self.topo.sources) - taken, set(forced)))
            graph.add_nodes_from(sources)
            graph.add_edges_from((self._vertex(e.u), self._vertex(e.v)) for e in free if self._passes_gate(e, live))
            found = set().union(*(nx.node_connected_component(graph, vertex) for vertex in sources))
            if found == live:
                return live
            live = found

    def _passes_gate(self, edge: Edge, live: set[Vertex]) -> bool:
        inputs = [] if edge.gate is None else self.topo.elements.gates[edge.gate].inputs
        return all(self._vertex(vertex) in live for vertex in inputs)

    def _of_variant(self, edge: Edge, variant: int) -> bool:
        if edge.gate is None:
            return True
        return edge.variant == min(variant, len(self.topo.elements.gates[edge.gate].inputs) - 1)

    def _conducting(self, live: set[Vertex]) -> list[tuple[Vertex, Vertex, Edge]]:
        free = self._free(frozenset(), frozenset())
        return [(self._vertex(e.u), self._vertex(e.v), e) for e in free if self._passes_gate(e, live)]

    def _source_vertices(self, sources: set[str] | frozenset[str], forced: set[str]) -> set[Vertex]:
        states, found = self.topo.states, set[Vertex]()
        for key in sources:
            if key not in self.topo.sources or not (key in forced or states.in_service(key, self.state)):
                continue
            for terminal in self.topo.network.by_equipment.get(key, ()):
                if terminal.node is not None and (key in forced or states.connected(terminal.id, self.state)):
                    found |= {(terminal.node, phase) for phase in self.topo.network.phases(terminal)}
        return found


def _operation(text: str) -> str | tuple[str, str]:
    switch, colon, phases = text.partition(":")
    return (switch, phases) if colon else text


def _between(graph: nx.Graph[object], one: object, other: object, place: object) -> bool:
    """Tell whether an edge lies on some way from the grid to a place."""
    flow: nx.DiGraph[object] = nx.DiGraph()
    for vertex in graph:
        flow.add_edge((vertex, "in"), (vertex, "out"), capacity=1)
    for u, v in graph.edges:
        if {u, v} != {one, other}:
            flow.add_edge((u, "out"), (v, "in"), capacity=1)
            flow.add_edge((v, "out"), (u, "in"), capacity=1)
    flow.add_edges_from(((("middle", (end, "in")) for end in (one, other))), capacity=1)
    flow.add_edges_from((((end, "out"), "end") for end in ("grid", place)), capacity=1)
    if (place, "in") not in flow:
        return False
    found: float = nx.maximum_flow_value(flow, "middle", "end")
    return found == 2
