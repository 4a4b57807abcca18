"""A plain trace over phases, written for these tests alone: triples in, connected pieces of networkx out.

It knows nothing of zones, heads and levels: the test says where to start and what to take away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import networkx as nx

from tests.oracle.network import SWITCHES
from tests.oracle.reading import Store

Vertex = tuple[str, str]
LETTERS = ("A", "B", "C")


class Trace:
    """The graph of (node, phase) of a model, with the equipment on its edges."""

    def __init__(self, store: Store) -> None:
        """Read lines, switches, windings and where DER stand."""
        self.store = store
        self.graph: nx.MultiGraph[Vertex] = nx.MultiGraph()
        self.nodes: dict[str, list[str]] = {}
        self.open: set[tuple[str, str]] = set()
        self._terminal_node: dict[str, str] = {}
        self._base: dict[frozenset[str], nx.MultiGraph[Vertex]] = {}
        for terminal in store.of_type("Terminal"):
            equipment = store.ref(terminal, "Terminal.ConductingEquipment")
            node = store.ref(terminal, "Terminal.ConnectivityNode")
            if equipment and node:
                self.nodes.setdefault(equipment, []).append(node)
                self._terminal_node[terminal] = node
        self._phases = self._phase_objects()
        for line in store.of_type("ACLineSegment", "SeriesCompensator"):
            self._join(line, self.phases(line))
        for switch in store.of_type(*SWITCHES):
            self._join(switch, self.phases(switch))
            if store.flag(switch, "Switch.open"):
                self.open |= {(switch, phase) for phase in self.phases(switch)}
        self._windings()

    def phases(self, key: str) -> list[str]:
        """Return the phases of equipment: its …Phase objects, else ABC."""
        return self._phases.get(key) or list(LETTERS)

    def _phase_objects(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for cls, phase, owner in (
            ("ACLineSegmentPhase", "ACLineSegmentPhase.phase", "ACLineSegmentPhase.ACLineSegment"),
            ("SwitchPhase", "SwitchPhase.phaseSide1", "SwitchPhase.Switch"),
            (
                "PowerElectronicsConnectionPhase",
                "PowerElectronicsConnectionPhase.phase",
                "PowerElectronicsConnectionPhase.PowerElectronicsConnection",
            ),
        ):
            for key in self.store.of_type(cls):
                name, target = self.store.enum(key, phase), self.store.ref(key, owner)
                if name and target and name != "N":
                    found.setdefault(target, []).append(name)
        return found

    def _join(self, equipment: str, phases: Iterable[str]) -> None:
        if len(self.nodes.get(equipment, [])) == 2:
            one, other = self.nodes[equipment]
            for phase in phases:
                self.graph.add_edge((one, phase), (other, phase), by=(equipment, phase))

    def _windings(self) -> None:
        """Join phase k to phase k inside each tank or transformer; a centre tap's s1, s2 to its primary letter."""
        units: dict[str, list[tuple[str, list[str], str]]] = {}
        for end in self.store.of_type("TransformerTankEnd", "PowerTransformerEnd"):
            transformer = self.store.ref(end, "PowerTransformerEnd.PowerTransformer")
            tank = self.store.ref(end, "TransformerTankEnd.TransformerTank")
            if tank:
                transformer = self.store.ref(tank, "TransformerTank.PowerTransformer")
            node = self._terminal_node.get(self.store.ref(end, "TransformerEnd.Terminal") or "")
            code = self.store.enum(end, "TransformerTankEnd.orderedPhases", "TransformerTankEnd.phases") or "ABC"
            phases = [p for p in ("A", "B", "C", "s1", "s2") if p in code]
            if node and transformer:
                units.setdefault(tank or transformer, []).append((node, phases, transformer))
        for (first, phases, transformer), *others in units.values():
            for node, theirs, _ in others:
                for phase in theirs:
                    source = phase if phase in phases else phases[0]
                    self.graph.add_edge((first, source), (node, phase), by=(transformer, phase))

    def second_node(self, transformer: str) -> str:
        """Return the node of the second end of a transformer."""
        for end in self.store.of_type("TransformerTankEnd", "PowerTransformerEnd"):
            terminal = self.store.ref(end, "TransformerEnd.Terminal") or ""
            equipment = self.store.ref(terminal, "Terminal.ConductingEquipment")
            if equipment == transformer and self.store.number(end, "TransformerEnd.endNumber") == 2:
                return self._terminal_node[terminal]
        raise KeyError(transformer)

    def conducting(
        self, without: Iterable[str] = (), opened: Iterable[str] = (), closed: Iterable[str] = ()
    ) -> nx.MultiGraph[Vertex]:
        """Return the graph of what conducts, some equipment taken away."""
        taken, now_open, now_closed = frozenset(without), set(opened), set(closed)
        if not now_open and not now_closed and taken in self._base:
            return self._base[taken]
        graph: nx.MultiGraph[Vertex] = nx.MultiGraph()
        for u, v, key in self.graph.edges(keys=True):
            by = self.graph.edges[u, v, key]["by"]
            cut = by[0] in taken or by[0] in now_open
            if not cut and (by[0] in now_closed or by not in self.open):
                graph.add_edge(u, v, by=by)
        if not now_open and not now_closed:
            self._base[taken] = graph
        return graph

    def places(self, ders: Mapping[str, Iterable[str]]) -> dict[Vertex, set[str]]:
        """Return the DER at each vertex, from the phases of each."""
        found: dict[Vertex, set[str]] = {}
        for der, phases in ders.items():
            for phase in phases:
                found.setdefault((self.nodes[der][0], phase), set()).add(der)
        return found

    def under(
        self,
        starts: Mapping[str, str],
        ders: Mapping[str, Iterable[str]],
        *,
        without: Iterable[str],
        opened: Iterable[str] = (),
        closed: Iterable[str] = (),
    ) -> dict[str, dict[str, set[str]]]:
        """Return for every DER and phase under which starts it hangs.

        Args:
            starts: what a start is called → its node.
            ders: DER → its phases.
            without: equipment taken away, such as all substation transformers.
            opened: switches opened.
            closed: switches closed.
        """
        graph = self.conducting(without, opened, closed)
        places = self.places(ders)
        found: dict[str, dict[str, set[str]]] = {der: {p: set() for p in phases} for der, phases in ders.items()}
        for name, node in starts.items():
            for phase in LETTERS:
                if (node, phase) in graph:
                    for vertex in nx.node_connected_component(graph, (node, phase)):
                        for der in places.get(vertex, ()):
                            found[der][vertex[1]].add(name)
        return found

    def switches_between(self, start: str, tie: str, end: int, without: Iterable[str]) -> list[str] | None:
        """Return the closed switches on the way from a start's node to one end of an open tie, in that order;
        None if there is no way."""
        graph = self.conducting(without)
        for phase in self.phases(tie):
            goal = (self.nodes[tie][end], phase)
            if (start, phase) in graph and goal in graph and nx.has_path(graph, (start, phase), goal):
                way = nx.shortest_path(graph, (start, phase), goal)
                passed = [next(iter(graph[u][v].values()))["by"][0] for u, v in pairwise(way)]
                return [one for one in passed if not self.store.types(one).isdisjoint(SWITCHES)]
        return None
