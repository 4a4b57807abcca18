"""The (node, phase) graph with everything contracted that no switch and no level of supply points cuts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from .elements import Edge, Vertex
from .states import Poles
from .topo import Topo
from .transformers import End


@dataclass(frozen=True)
class Link:
    """A remaining edge between two contracted vertices."""

    edge: Edge
    a: int
    b: int


class Skeleton:
    """Contracted vertices and the links between them, for one state of service and connection."""

    def __init__(self, topo: Topo, state: str, points: set[str]) -> None:
        self.topo = topo
        self.state = state
        self.gated = gated_units(topo)
        fixed: nx.Graph[Vertex] = nx.Graph()
        moving: list[Edge] = []
        for edge in topo.elements.edges:
            fixed.add_nodes_from((edge.u, edge.v))
            if not topo.states.passes(edge, state):
                continue
            if (
                edge.pole is not None
                or edge.gate is not None
                or edge.owner in points
                or edge.unit in self.gated
            ):
                moving.append(edge)
            else:
                fixed.add_edge(edge.u, edge.v)
        self.index: dict[Vertex, int] = {}
        for number, component in enumerate(nx.connected_components(fixed)):
            for vertex in component:
                self.index[vertex] = number
        self.count = number + 1 if self.index else 0
        self.links = [Link(e, self.number(e.u), self.number(e.v)) for e in moving]
        self.sources = {self.number(vertex) for vertex in sorted(topo.source_vertices(state))}

    def number(self, vertex: Vertex) -> int:
        """The contracted vertex; a vertex that no edge touches stands alone."""
        known = self.index.get(vertex)
        if known is None:
            known = self.index[vertex] = self.count
            self.count += 1
        return known

    def conducting(self, poles: Poles) -> list[Link]:
        """The links that conduct under these switch states (gates not yet judged)."""
        return [
            link
            for link in self.links
            if link.edge.pole is None or not poles[link.edge.owner or ""][link.edge.pole]
        ]


def gated_units(topo: Topo) -> dict[str, list[End]]:
    """Units (tanks, or whole transformers without tanks) with the ends of theirs that need all their phases."""
    result: dict[str, list[End]] = {}
    for transformer in topo.elements.transformers.values():
        for unit, ends in transformer.units.items():
            needing = [end for end in ends if end.needs_all]
            if needing:
                result[unit] = needing
    return result


class Flow:
    """What is live under one set of switch states, and what only by half-dead transformers."""

    def __init__(self, skeleton: Skeleton, poles: Poles) -> None:
        self.skeleton = skeleton
        self.links = skeleton.conducting(poles)
        self.live, self.active_gates = self._live(skeleton.sources, set())
        half_dead = self._half_dead()
        self.sound = self._live(skeleton.sources, half_dead)[0] if half_dead else self.live

    def _live(self, sources: Iterable[int], taken: set[str]) -> tuple[set[int], set[int]]:
        """Vertices joined to a source; a phase-to-phase primary passes only when all its phases live."""
        adjacent: dict[int, list[int]] = {}
        outputs: dict[int, list[int]] = {}
        for link in self.links:
            if link.edge.unit is not None and link.edge.unit in taken:
                continue
            if link.edge.gate is not None:
                outputs.setdefault(link.edge.gate, []).append(link.b)
            else:
                adjacent.setdefault(link.a, []).append(link.b)
                adjacent.setdefault(link.b, []).append(link.a)
        live: set[int] = set()
        active: set[int] = set()
        todo = list(sources)
        while todo:
            while todo:
                vertex = todo.pop()
                if vertex not in live:
                    live.add(vertex)
                    todo.extend(adjacent.get(vertex, ()))
            for gate, reached in outputs.items():
                inputs = self.skeleton.topo.elements.gates[gate].inputs
                if gate not in active and all(self.skeleton.number(v) in live for v in inputs):
                    active.add(gate)
                    todo.extend(reached)
        return live, active

    def _half_dead(self) -> set[str]:
        """DESIGN: "A delta, ungrounded or phase-to-phase end needs all its phases: if one is dead ..."."""
        present = {link.edge.unit for link in self.links}
        found: set[str] = set()
        for unit, ends in self.skeleton.gated.items():
            for end in ends if unit in present else ():
                states = {self.skeleton.number((end.node, p)) in self.live for p in end.phases if p in "ABC"}
                if len(states) == 2:
                    found.add(unit)
        return found

    def island(self, machines: Iterable[int]) -> set[int]:
        """Vertices joined to one of these machines without being live."""
        return self._live([m for m in machines if m not in self.live], set())[0] - self.live

    def usable_links(self, variant: int) -> list[Link]:
        """Links for the supply rule: of a phase-to-phase primary one phase at a time, and only if all
        live.
        """
        result = []
        for link in self.links:
            gate = link.edge.gate
            if gate is None:
                result.append(link)
            elif gate in self.active_gates:
                inputs = len(self.skeleton.topo.elements.gates[gate].inputs)
                if link.edge.variant == min(variant, inputs - 1):
                    result.append(link)
        return result
