"""Paths, neighbours and common supply answered plainly, each by the sentence of the design that defines it.

What lies on a way without repeated vertices from one vertex to another is what stands in one block with an edge that
joins the two directly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import networkx as nx

from tests.oracle.attach import Config
from tests.oracle.elements import Vertex
from tests.oracle.resources import Der
from tests.topology.plain import PlainState

LEVELS: Final = {
    "service": "service_transformer",
    "low_voltage": "lv_feeder",
    "primary": "feeder",
    "subtransmission": "subtransmission_feeder",
    "transformers": "transformer",
}
"""Levels as the oracle names them → as answers name them."""

_GRID: Final[Vertex] = ("", "grid")


class Piece:
    """A piece of the network: its vertices, and what equipment joins each two of them."""

    def __init__(self, joined: Iterable[tuple[Vertex, Vertex, str]]) -> None:
        """Keep (vertex, vertex, mRID of what joins them)."""
        self.graph: nx.Graph[Vertex] = nx.Graph()
        self._owners: dict[frozenset[Vertex], set[str]] = {}
        for u, v, owner in joined:
            self.graph.add_edge(u, v)
            self._owners.setdefault(frozenset((u, v)), set()).add(owner)

    def on_ways(self, start: Vertex, end: Vertex) -> set[str]:
        """Return the equipment on ways without repeated vertices between two vertices."""
        if start == end:
            return set()
        closed = self.graph.copy()
        closed.add_edge(start, end)
        for block in nx.biconnected_component_edges(closed):
            pairs = {frozenset(edge) for edge in block}
            if frozenset((start, end)) in pairs:
                return set().union(*(self._owners.get(pair, set()) for pair in pairs))
        raise AssertionError

    def shortest(self, start: Vertex, end: Vertex) -> int:
        """Return the number of edges between two vertices."""
        return 0 if start == end else int(nx.shortest_path_length(self.graph, start, end))

    def along(self, start: Vertex, end: Vertex, parts: tuple[str, ...]) -> int | None:
        """Return the fewest edges from one vertex to another over all this equipment in its order, None = no way."""
        steps: nx.DiGraph[tuple[Vertex, int]] = nx.DiGraph()
        steps.add_nodes_from([(start, 0), (end, len(parts))])
        for pair, owners in self._owners.items():
            one, other = pair
            for at, part in enumerate(parts):
                if part in owners:
                    for u, v in ((one, other), (other, one)):
                        steps.add_edge((u, at), (v, at + 1))
                        steps.add_edge((u, at + 1), (v, at + 1))
        try:
            return int(nx.shortest_path_length(steps, (start, 0), (end, len(parts))))
        except nx.NetworkXNoPath:
            return None


@dataclass(frozen=True)
class Point:
    """A supply point that conducts, or one edge of it."""

    item: str
    owner: str
    upper: Vertex
    lower: Vertex


class PlainLevel:
    """The parts that remain when the supply points of a level are cut, and the points between them."""

    def __init__(self, ways: PlainWays, name: str) -> None:
        """Cut them."""
        points = ways.points[name]
        self._inside: list[tuple[Vertex, Vertex, str]] = []
        self._points: list[Point] = []
        whole: nx.Graph[Vertex] = nx.Graph()
        whole.add_nodes_from(ways.live)
        for u, v, owner, (at_u, at_v) in ways.edges:
            item, upper = points.get(owner, ("", frozenset[str]()))
            if (at_u in upper) == (at_v in upper):
                self._inside.append((u, v, owner))
                whole.add_edge(u, v)
            else:
                self._points.append(Point(item, owner, *((u, v) if at_u in upper else (v, u))))
        self.part = {vertex: n for n, part in enumerate(nx.connected_components(whole)) for vertex in part}
        self._sources = {self.part[vertex] for vertex in ways.fed_at}
        self._between: nx.Graph[int] = nx.Graph()
        self._between.add_nodes_from(self.part.values())
        self._between.add_edges_from((self.part[p.upper], self.part[p.lower]) for p in self._points)

    def suppliers(self, part: int, taken: frozenset[int] = frozenset()) -> set[Point]:
        """Return the points that supply a part: the three rules of "Who supplies a DER"."""
        if part in self._sources:
            return set()
        without = taken | {part}
        above = {
            p
            for p in self._points
            if self.part[p.lower] == part and self._joined(self.part[p.upper], without)
        }
        if above:
            return above
        below = {self.part[p.lower] for p in self._points if self.part[p.upper] == part}
        beyond = {other for other in below if self._joined(other, without)}
        return set().union(*(self.suppliers(other, without) for other in beyond))

    def pieces(self, start: Vertex, end: Vertex) -> Iterator[Piece]:
        """Yield what a way between two vertices may go over: their part, or the parts passed against the points."""
        down: nx.DiGraph[int] = nx.DiGraph()
        down.add_nodes_from(self.part.values())
        down.add_edges_from((self.part[p.upper], self.part[p.lower]) for p in self._points)
        for chain in nx.all_shortest_paths(down, self.part[start], self.part[end]):
            passed = set(pairwise(chain))
            across = [p for p in self._points if (self.part[p.upper], self.part[p.lower]) in passed]
            inside = [edge for edge in self._inside if self.part[edge[0]] in chain]
            piece = Piece([*inside, *((p.upper, p.lower, p.owner) for p in across)])
            piece.graph.add_nodes_from((start, end))
            yield piece

    def _joined(self, part: int, without: frozenset[int]) -> bool:
        if part in without:
            return False
        left: nx.Graph[int] = nx.Graph(self._between)
        left.remove_nodes_from(without)
        reached: set[int] = nx.node_connected_component(left, part)
        return not self._sources.isdisjoint(reached)


class PlainWays(PlainState):
    """One network in one state, with its levels of supply."""

    def __init__(self, config: Config, state: str, opened: list[str], closed: list[str]) -> None:
        """Operate switches, `ID[:PHASES]`."""
        super().__init__(config.topo, state, opened, closed)
        self._sections = config.sections
        self.points = {LEVELS[level.name]: level.points for level in config.levels}
        self.live = self._live(frozenset(), frozenset())
        self.edges = [
            (u, v, str(edge.owner), (edge.u[0], edge.v[0]))
            for u, v, edge in self._conducting(self.live)
            if u != v and u in self.live
        ]
        """All that conducts and is live: vertices, equipment, nodes."""
        self.fed_at = self._merged(self._source_vertices(set(self.topo.sources), set()))
        self._cut: dict[str, PlainLevel] = {}
        self._left: dict[frozenset[str], set[Vertex]] = {}

    def level(self, name: str) -> PlainLevel:
        """Return the parts of a level."""
        if name not in self._cut:
            self._cut[name] = PlainLevel(self, name)
        return self._cut[name]

    def places(self, der: Der) -> dict[str, Vertex]:
        """Return where a DER hangs, by each of its phases that has supply."""
        return {phase: self._vertex((str(der.node), phase)) for phase in self._phases(der, self.live)}

    @cached_property
    def to_the_grid(self) -> Piece:
        """All ways to the grid, a vertex beyond all sources."""
        joined = [(u, v, owner) for u, v, owner, _ in self.edges]
        for source in self.topo.sources:
            joined += [(_GRID, vertex, source) for vertex in self._merged(self._source_vertices({source}, set()))]
        return Piece(joined)

    # ---- paths

    def suppliers(self, level: str, place: Vertex) -> set[Point]:
        """Return the supply points of a level that supply a place."""
        cut = self.level(level)
        return cut.suppliers(cut.part[place])

    def is_shortest(self, level: str, place: Vertex, point: Point | None, parts: tuple[str, ...]) -> bool:
        """Tell whether some equipment is a shortest way to a supply point, with it as the last; None = the grid."""
        if point is None:
            piece = self.to_the_grid
            return piece.along(place, _GRID, parts) == piece.shortest(place, _GRID)
        ends = {parts[:-1], parts} if parts[-1] == point.owner else set[tuple[str, ...]]()
        return any(
            piece.along(place, point.lower, way) == piece.shortest(place, point.lower)
            for piece in self.level(level).pieces(place, point.lower)
            for way in ends
        )

    def on_ways(self, level: str, place: Vertex, point: Point | None) -> list[set[str]]:
        """Return the equipment on all ways to a supply point, once for every equally short row of parts."""
        if point is None:
            return [self.to_the_grid.on_ways(place, _GRID)]
        pieces = self.level(level).pieces(place, point.lower)
        return [{point.owner} | piece.on_ways(place, point.lower) for piece in pieces]

    # ---- neighbours

    def neighbours(self, equipment: str) -> dict[tuple[str, str], set[str]]:
        """Return (section beside, switch between) → its open phases."""
        nodes = {t.node for t in self.topo.network.by_equipment.get(equipment, ()) if t.node is not None}
        for edge in self.topo.elements.edges:
            if edge.owner == equipment:
                nodes |= {edge.u[0], edge.v[0]}
        own = {self._sections[node] for node in nodes}
        found: dict[tuple[str, str], set[str]] = {}
        for edge in self.topo.elements.edges:
            if edge.pole is None:
                continue
            ends = [self._sections[vertex[0]] for vertex in (edge.u, edge.v)]
            for one, other in (ends, ends[::-1]):
                if one in own and other not in own:
                    switch = str(edge.owner)
                    found[other, switch] = {pole[-1] for pole, is_open in self.poles[switch].items() if is_open}
        return found

    # ---- common supply

    def lowest_common_supply(self, a: Der, b: Der) -> set[tuple[str, str]]:
        """Return (level, supply point) without which both are dark, below all others that are so; several if equal."""
        places = [set(self.places(der).values()) for der in (a, b)]
        if not all(places):
            return set()
        both = places[0] | places[1]
        on_ways = set().union(*(self.to_the_grid.on_ways(place, _GRID) for place in both))
        needed: dict[tuple[str, str], frozenset[str]] = {}
        for key, owners in self._supplies().items():
            if owners & on_ways and both.isdisjoint(self._live_without(owners)):
                needed[key] = owners
        return {
            key
            for key, owners in needed.items()
            if all(both <= self._joined_to(owners, other - owners) for other in needed.values())
        }

    def _live_without(self, owners: frozenset[str]) -> set[Vertex]:
        if owners not in self._left:
            self._left[owners] = self._live(frozenset(), owners)
        return self._left[owners]

    def _supplies(self) -> dict[tuple[str, str], frozenset[str]]:
        found: dict[tuple[str, str], frozenset[str]] = {("source", one): frozenset([one]) for one in self.topo.sources}
        for level, points in self.points.items():
            for owner, (item, _) in points.items():
                found[level, item] = found.get((level, item), frozenset()) | {owner}
        return found

    def _joined_to(self, owners: frozenset[str], taken: frozenset[str]) -> set[Vertex]:
        """Return what hangs together with some equipment while other equipment is taken away."""
        ends = self._merged(self._source_vertices(owners, set()))
        graph: nx.Graph[Vertex] = nx.Graph()
        for u, v, owner, _ in self.edges:
            if owner in owners:
                ends |= {u, v}
            if owner not in taken:
                graph.add_edge(u, v)
        graph.add_nodes_from(ends)
        return set().union(*(nx.node_connected_component(graph, vertex) for vertex in ends))
