"""The edges of the (node, phase) graph: DESIGN.md section 4 "Graph" and "Transformers"."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, pairwise

from .network import ABC, LETTERS, SECONDARY, Network, Phases, Terminal, phase_set
from .transformers import Transformer, read_transformers

Vertex = tuple[str, str]

NO_PHASE = "-"


@dataclass(frozen=True)
class Edge:
    """Two vertices that a piece of equipment joins while it conducts.

    Where the ends of equipment share no phase they are joined on `NO_PHASE`, which nothing supplies: structure
    (sections, zones, lines that leave them) sees the equipment, supply does not. `owner` is None for a name-only
    join (secondary phase named by its primary). `pole` names the pole of a switch; `gate` is the index of a
    phase-to-phase primary whose phases must all live, `variant` says which of them this edge starts from.
    """

    owner: str | None
    u: Vertex
    v: Vertex
    terminals: tuple[str, ...] = ()
    unit: str | None = None
    pole: str | None = None
    gate: int | None = None
    variant: int = 0


@dataclass
class Gate:
    """DESIGN: "behind a phase-to-phase primary s1, s2 live only if both phases do"."""

    inputs: list[Vertex]
    edges: list[Edge] = field(default_factory=list)


class Elements:
    """All edges of a network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.transformers: dict[str, Transformer] = read_transformers(network)
        self.edges: list[Edge] = []
        self.gates: list[Gate] = []
        self.poles: dict[str, dict[str, tuple[str, str]]] = {}
        self._pieces()
        switches = {*network.switches, *self.cut_sides}
        bare = [cut for cut in self.cut_sides if cut not in network.by_equipment]
        for key, terminals in sorted([*network.by_equipment.items(), *((cut, []) for cut in bare)]):
            if network.is_no_path(key):
                continue
            if key in self.transformers:
                self._transformer(self.transformers[key])
            elif key in switches:
                self._switch(key, terminals)
            elif key in self.pieces:
                self._cut_line(key, terminals)
            else:
                self._joined(key, terminals)
        self.by_node = self._index()

    def _index(self) -> dict[str, list[Edge]]:
        index: dict[str, list[Edge]] = {}
        for edge in self.edges:
            index.setdefault(edge.u[0], []).append(edge)
            if edge.v[0] != edge.u[0]:
                index.setdefault(edge.v[0], []).append(edge)
        return index

    def add(self, edge: Edge) -> None:
        """One more edge, unknown to `by_node` until it is indexed again."""
        self.edges.append(edge)

    def reindex(self) -> None:
        """After the aliases behind centre taps were added."""
        self.by_node = self._index()

    # ---- plain equipment ----

    def _joined(self, key: str, terminals: list[Terminal]) -> None:
        """DESIGN: "Conducting equipment joins its terminals phase by phase"."""
        usable = [t for t in terminals if t.node is not None]
        for one, other in pairwise(usable):
            pairs = self._pairs(one, other)
            for p, q in pairs or [(NO_PHASE, NO_PHASE)]:
                self.add(Edge(key, (str(one.node), p), (str(other.node), q), (one.id, other.id)))
            for terminal, passing in ((one, {p for p, _ in pairs}), (other, {q for _, q in pairs})):
                for phase in sorted(self.network.phases(terminal) - passing):  # its node has that phase all the same
                    vertex = (str(terminal.node), phase)
                    self.add(Edge(key, vertex, vertex, (terminal.id,)))

    def _pairs(self, one: Terminal, other: Terminal) -> list[tuple[str, str]]:
        """DESIGN: "a line whose ends name different single phases joins them"."""
        p, q = self.network.phases(one), self.network.phases(other)
        if len(p) == 1 and len(q) == 1:
            return [(min(p), min(q))]
        return [(phase, phase) for phase in sorted(p & q)]

    # ---- switches ----

    def _switch(self, key: str, terminals: list[Terminal]) -> None:
        """DESIGN: "a SwitchPhase joins phaseSide1 to phaseSide2"; "without SwitchPhase a switch acts
        on all".
        """
        self.poles[key] = poles = self._read_poles(key, terminals)
        sides = self.cut_sides.get(key)
        if sides is not None:
            nodes: list[tuple[str, tuple[str, ...]]] = [(sides[0], ()), (sides[1], ())]
            for terminal, side in zip(terminals, sides, strict=False):
                if terminal.node is not None:  # a node on the cut's own terminal lies on that piece
                    for phase in sorted(self.network.phases(terminal)):
                        self.add(Edge(key + "/side", (terminal.node, phase), (side, phase), (terminal.id,)))
        else:
            nodes = [(t.node, (t.id,)) for t in terminals if t.node is not None]
        # "Conducting equipment joins its terminals": also a third one, in any order of the terminals
        for (i, (n1, t1)), (_, (n2, t2)) in combinations(enumerate(nodes), 2):
            for pole, (p, q) in poles.items():
                if p == q or i == 0:
                    self.add(Edge(key, (n1, p), (n2, q), t1 + t2, pole=pole))

    def _read_poles(self, key: str, terminals: list[Terminal]) -> dict[str, tuple[str, str]]:
        store = self.network.store
        poles: dict[str, tuple[str, str]] = {}
        for item in self.switch_phases.get(key, ()):
            side1 = phase_set(store.enum(item, "SwitchPhase.phaseSide1"))
            side2 = phase_set(store.enum(item, "SwitchPhase.phaseSide2"))
            p, q = min(side1 or side2 or {""}), min(side2 or side1 or {""})
            if p:
                poles[p] = (p, q)
        if poles:
            return poles
        stated = [t.stated for t in terminals if t.stated]
        if not stated and key in self.cut_sides:  # a Cut "acts on all" phases of its line
            line = self.network.by_equipment.get(self.cut_sides[key][0].rsplit("/", 1)[0])
            return {p: (p, p) for p in sorted(self.network.phases(line[0]) if line else ABC)}
        phases = frozenset.intersection(*stated) if stated else ABC
        if not stated:
            around = [
                self.network.stated_phases(t)
                for own in terminals
                for t in self.network.by_node.get(own.node or "", ())
            ]
            letters = any(found & ABC for found in around if found)
            secondary: Phases = frozenset(p for found in around if found for p in found & set(SECONDARY))
            phases = (ABC | secondary) if letters or not secondary else secondary
        if len(stated) >= 2 and len(stated[0]) == 1 and len(stated[1]) == 1:
            return {min(stated[0]): (min(stated[0]), min(stated[1]))}
        return {phase: (phase, phase) for phase in sorted(phases)}

    # ---- cuts and clamps ----

    def _pieces(self) -> None:
        """DESIGN: "A Cut splits its line in two pieces joined by the Cut, a Clamp joins its node to
        its piece".
        """
        store = self.network.store
        self.switch_phases: dict[str, list[str]] = {}
        for item in store.of_type("SwitchPhase"):
            owner = store.ref(item, "SwitchPhase.Switch")
            if owner:
                self.switch_phases.setdefault(owner, []).append(item)
        cuts: dict[str, list[tuple[float, str]]] = {}
        self.cut_sides: dict[str, tuple[str, str]] = {}
        self.pieces: dict[str, list[float]] = {}
        self.clamps: dict[str, list[tuple[float, str]]] = {}
        for cut in store.of_type("Cut"):
            line = store.ref(cut, "Cut.ACLineSegment")
            if line:
                cuts.setdefault(line, []).append((store.number(cut, "Cut.lengthFromTerminal1") or 0.0, cut))
        for line, found in cuts.items():
            found.sort()
            self.pieces[line] = [length for length, _ in found]
            for index, (_, cut) in enumerate(found):
                self.cut_sides[cut] = (f"{line}/piece{index}", f"{line}/piece{index + 1}")
        for clamp in store.of_type("Clamp"):
            line = store.ref(clamp, "Clamp.ACLineSegment")
            if line:
                length = store.number(clamp, "Clamp.lengthFromTerminal1") or 0.0
                self.clamps.setdefault(line, []).append((length, clamp))
                self.pieces.setdefault(line, [])

    def _cut_line(self, key: str, terminals: list[Terminal]) -> None:
        """The line's ends join its first and its last piece, its clamps the piece they sit on."""
        lengths = self.pieces[key]
        ends = [(t, index) for t, index in zip(terminals, (0, len(lengths)), strict=False)]
        for length, clamp in sorted(self.clamps.get(key, ())):
            index = sum(1 for cut in lengths if cut <= length)
            ends += [(t, index) for t in self.network.by_equipment.get(clamp, ())]
        phases = self.network.phases(terminals[0])
        for terminal, index in ends:
            if terminal.node is None:
                continue
            for phase in sorted(phases):
                piece = (f"{key}/piece{index}", phase)
                self.add(Edge(key, (terminal.node, phase), piece, (terminal.id,)))

    # ---- transformers ----

    def _transformer(self, transformer: Transformer) -> None:
        """DESIGN: "pass phase k to phase k of their other ends"; "two phases of one end are never joined"."""
        before = len(self.edges)
        self._windings(transformer)
        for unit, its_ends in transformer.units.items():
            ends = sorted(its_ends, key=lambda e: (-(e.volts or 0.0), e.number))
            joined = {v[0] for edge in self.edges[before:] if edge.unit == unit for v in (edge.u, edge.v)}
            for end in ends[1:]:
                if end.node not in joined:
                    one, other = (ends[0].node, NO_PHASE), (end.node, NO_PHASE)
                    self.add(Edge(transformer.id, one, other, (ends[0].terminal, end.terminal), unit))

    def _windings(self, transformer: Transformer) -> None:
        for unit, its_ends in transformer.units.items():
            ends = sorted(its_ends, key=lambda e: (-(e.volts or 0.0), e.number))
            letters = [e for e in ends if e.phases & ABC]
            for phase in LETTERS:
                having = [e for e in letters if phase in e.phases]
                for other in having[1:]:
                    self.add(
                        Edge(
                            transformer.id,
                            (having[0].node, phase),
                            (other.node, phase),
                            (having[0].terminal, other.terminal),
                            unit,
                        )
                    )
            tapped = [(e, s) for e in ends for s in SECONDARY if s in e.phases]
            if not letters:
                for phase in SECONDARY:
                    having = [e for e in ends if phase in e.phases]
                    for other in having[1:]:
                        self.add(
                            Edge(
                                transformer.id,
                                (having[0].node, phase),
                                (other.node, phase),
                                (having[0].terminal, other.terminal),
                                unit,
                            )
                        )
                continue
            primary = letters[0]
            names = sorted(primary.phases & ABC)
            gate = None
            if tapped and len(names) > 1:
                self.gates.append(Gate([(primary.node, name) for name in names]))
                gate = len(self.gates) - 1
            for end, secondary in tapped:
                for variant, name in enumerate(names):
                    edge = Edge(
                        transformer.id,
                        (primary.node, name),
                        (end.node, secondary),
                        (primary.terminal, end.terminal),
                        unit,
                        gate=gate,
                        variant=variant,
                    )
                    self.add(edge)
                    if gate is not None:
                        self.gates[gate].edges.append(edge)
