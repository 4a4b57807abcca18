"""Feeders and their heads: DESIGN.md section 4 "Feeder heads"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .elements import Edge
from .ids import canonical, derived
from .topo import Topo
from .walk import derived_head
from .zones import MEDIUM_HIGH, MEDIUM_LOW, Zone, in_zone

PRIMARY, LOW, SUB = "primary", "low_voltage", "subtransmission"


@dataclass
class Feeder:
    """A feeder with the equipment of its head and the nodes on the upper side of each."""

    mrid: str
    name: str
    head: dict[str, set[str]]
    rule: str
    tier: str = PRIMARY
    substation: str | None = None
    container: str | None = None


class Feeders:
    """All feeders of a model."""

    def __init__(
        self, topo: Topo, zones: list[Zone], transformers: list[str], file: Sequence[Mapping[str, str]]
    ) -> None:
        self.topo = topo
        self.zones = zones
        self.transformers = transformers
        self.found: list[Feeder] = []
        self.used: set[str] = set()
        self._known_steps: dict[bool, dict[str, int]] = {}
        self.members = self._members()
        self.leaving = sorted(self._leaving(), key=lambda found: (self.zones.index(found[2]), found[1], min(found[0])))
        named = {key: entry for entry in file if (key := self._container_of(entry)) is not None}
        for entry in file:
            self._from_file(entry)
        for container in sorted(self.members):
            if container not in named:
                self._from_container(container)
        for bank, start, zone in self.leaving:
            home = self._usable_home(min(bank))
            if home is None:
                self._from_line(bank, start, zone)
        for feeder in self.found:
            feeder.tier = self._tier(feeder)
        self.found.sort(key=lambda f: f.mrid)

    # ---- what there is ----

    def _members(self) -> dict[str, set[str]]:
        """Equipment by Feeder container, additional containers too."""
        store = self.topo.store
        found: dict[str, set[str]] = {key: set() for key in store.of_type("Feeder")}
        for key in self.topo.network.by_equipment:
            for container in (
                *store.refs(key, "Equipment.EquipmentContainer"),
                *store.refs(key, "Equipment.AdditionalEquipmentContainer"),
            ):
                if container in found:
                    found[container].add(key)
        return found

    def usable(self, container: str) -> bool:
        """DESIGN: "one that holds a substation transformer, a grid source or several busbars is no
        boundary".
        """
        members = self.members[container]
        if members & set(self.transformers) or members & set(self.topo.sources):
            return False
        busbars = [m for m in members if self.topo.store.is_a(m, {"BusbarSection"})]
        return bool(members) and len(busbars) < 2

    def _usable_home(self, line: str) -> str | None:
        homes = [c for c in sorted(self.members) if line in self.members[c] and self.usable(c)]
        return homes[0] if homes else None

    def _leaving(self) -> list[tuple[frozenset[str], str, Zone]]:
        """DESIGN: "each line that leaves a busbar zone", single-phase lines in parallel taken as one bank."""
        lines: dict[str, dict[str, set[str]]] = {}
        for edge in self.topo.elements.edges:
            if edge.owner is not None and self.topo.store.is_a(edge.owner, {"ACLineSegment"}):
                key = "|".join(sorted((edge.u[0], edge.v[0])))
                lines.setdefault(key, {}).setdefault(edge.owner, set()).add(edge.u[1])
        found: dict[tuple[frozenset[str], str, int], Zone] = {}
        for key, owners in lines.items():
            for owner in sorted(owners):
                bank = frozenset(o for o in owners if o == owner or not owners[o] & owners[owner])
                ends = key.split("|")
                for node, far in (ends, ends[::-1]):
                    for number, zone in enumerate(self.zones):
                        # A line with both ends in one zone is a coupler: it does not leave.
                        if node in zone.nodes and far not in zone.nodes:
                            found[bank, node, number] = zone
        return [(bank, node, zone) for (bank, node, _), zone in found.items()]

    # ---- the rules ----

    def _container_of(self, entry: Mapping[str, str]) -> str | None:
        """The Feeder of the model that an entry of the heads file speaks of, by id or by name."""
        text = str(entry.get("name", ""))
        if canonical(text) in self.members:
            return canonical(text)
        named = [key for key in self.members if self.topo.store.name(key) == text]
        return named[0] if len(named) == 1 else None

    def _from_file(self, entry: Mapping[str, str]) -> None:
        head = self._find_equipment(str(entry["head"]))
        container = self._container_of(entry)
        mrid = container or derived("feeder", head)
        substation = entry.get("substation")
        up = self._upper_side(head)
        self._add(
            Feeder(
                mrid,
                str(entry.get("name") or self.topo.store.name(head)),
                {head: up},
                "heads_file",
                substation=self._find_substation(substation),
                container=container,
            )
        )

    def _find_equipment(self, text: str) -> str:
        if canonical(text) in self.topo.network.by_equipment:
            return canonical(text)
        named = [key for key in self.topo.network.by_equipment if self.topo.store.name(key) == text]
        return named[0] if len(named) == 1 else canonical(text)

    def _find_substation(self, text: str | None) -> str | None:
        if text is None:
            return None
        named = [key for key in self.topo.store.of_type("Substation") if self.topo.store.name(key) == text]
        return named[0] if len(named) == 1 else canonical(str(text))

    def _from_container(self, container: str) -> None:
        """NormalHeadTerminal, else TraceStart, else derived from a usable container."""
        store = self.topo.store
        for rule, prop in (
            ("normal_head_terminal", "Feeder.NormalHeadTerminal"),
            ("trace_start", "Feeder.TraceStart"),
        ):
            heads: dict[str, set[str]] = {}
            for target in store.refs(container, prop):
                heads.update(self._head_named(target))
            if heads.keys() - self.used:
                self._add(Feeder(container, store.name(container), heads, rule, container=container))
                return
        if self.usable(container):
            heads = self._container_heads(container)
            if heads:
                self._add(Feeder(container, store.name(container), heads, "derived_container", container=container))

    def _head_named(self, target: str) -> dict[str, set[str]]:
        """The terminal's (or named) switch, else the switch at the place, "source side in the normal
        state".
        """
        network = self.topo.network
        terminal = network.terminals.get(target)
        equipment = terminal.equipment if terminal else (target if target in network.by_equipment else None)
        if equipment is not None and self.topo.is_switch(equipment):
            return {equipment: self._upper_side(equipment)}
        if terminal is not None:
            places = [terminal.node]
        elif equipment is not None:
            places = [t.node for t in network.by_equipment[equipment]]
        else:
            places = [target]
        for place in [p for p in places if p is not None]:
            feeding = self._feeding_switches(place)
            if feeding and not self._shared_place(place, equipment, set(feeding)):
                return {switch: {far} for switch, far in feeding.items()}
        if equipment is not None and len(network.by_equipment[equipment]) > 1:
            return {equipment: self._upper_side(equipment)}
        return {}

    def _shared_place(self, place: str, equipment: str | None, feeding: set[str]) -> bool:
        """Whether a head terminal on a line stands on a busbar with other bays, whose switch is not
        its own.
        """
        if equipment is None or not self.topo.store.is_a(equipment, {"ACLineSegment"}):
            return False
        others = {t.equipment for t in self.topo.network.by_node.get(place, ())} - feeding - {equipment}
        return any(self.topo.is_switch(o) or self.topo.store.is_a(o, {"ACLineSegment"}) for o in others)

    def _feeding_switches(self, place: str) -> dict[str, str]:
        """Switches at a node whose far side is live in the normal state when that node's equipment is
        taken away.
        """
        at_place = {t.equipment for t in self.topo.network.by_node.get(place, ())}
        live = self.topo.live_without(at_place)
        found: dict[str, str] = {}
        for edge in self.topo.elements.by_node.get(place, ()):
            if self.topo.is_switch(edge.owner) and edge.owner is not None:
                far = edge.v[0] if edge.u[0] == place else edge.u[0]
                if far in live and self.topo.states.conducts_normally(edge):
                    found[edge.owner] = far
        return found

    def _container_heads(self, container: str) -> dict[str, set[str]]:
        members = self.members[container]
        heads: dict[str, set[str]] = {}
        for bank, start, zone in self.leaving:
            if bank & members and min(bank) in members:
                equipment, upper = self._derived_head(zone, start, bank)
                for key in equipment:
                    heads.setdefault(key, set(upper))
        if heads:
            return heads
        at_zone = self._heads_at_zone(members)
        return self._border_heads(members) if at_zone is None else at_zone

    def _heads_at_zone(self, members: set[str]) -> dict[str, set[str]] | None:
        """DESIGN: only "a usable one that touches no zone" has its head on its border; of one that touches a zone, and
        from which no line leaves, the walk begins at the ends of whatever of it stands in the zone.

        None means that it touches none.
        """
        heads: dict[str, set[str]] = {}
        touches = False
        for key in sorted(members):
            for node in {t.node for t in self.topo.network.by_equipment[key] if t.node is not None}:
                zone = next((zone for zone in self.zones if node in zone.nodes), None)
                touches |= zone is not None
                if zone is not None and not self.topo.is_switch(key):
                    equipment, upper = derived_head(self.topo, zone, node, frozenset())
                    for switch in equipment:
                        heads.setdefault(switch, set(upper))
        return heads if touches else None

    def _border_heads(self, members: set[str]) -> dict[str, set[str]]:
        """DESIGN: "its head are the switches on its border, source side"."""
        network = self.topo.network
        own_switches = {key for key in members if self.topo.is_switch(key)}
        inner = {t.node for key in members - own_switches for t in network.by_equipment[key] if t.node is not None}
        at_inner = {t.equipment for node in inner for t in network.by_node[node]}
        live = self.topo.live_without(members | at_inner) - inner
        ends = {t.node for key in own_switches for t in network.by_equipment[key] if t.node is not None}
        for node in ends - live:
            # the middle of two switches of the container is in it; a live bar from which they lead away is not
            if len({t.equipment for t in network.by_node[node]} & own_switches) > 1:
                inner.add(node)
        heads: dict[str, set[str]] = {}
        for switch, poles in self.topo.states.poles["normal"].items():
            nodes = {t.node for t in network.by_equipment.get(switch, ()) if t.node is not None}
            if nodes & live and nodes & inner and not all(poles.values()):
                heads[switch] = nodes & live
        return heads

    def _from_line(self, bank: frozenset[str], start: str, zone: Zone) -> None:
        equipment, upper = self._derived_head(zone, start, bank)
        head = min(equipment)
        if set(equipment) & self.used:
            return  # "Lines with the same head are one feeder."
        self._add(
            Feeder(
                derived("feeder", head),
                self.topo.store.name(head),
                {key: set(upper) for key in equipment},
                "derived",
            )
        )

    def _add(self, feeder: Feeder) -> None:
        fresh = {key: up for key, up in feeder.head.items() if key not in self.used}
        if fresh:
            feeder.head = fresh
            self.used |= set(fresh)
            self.found.append(feeder)

    def _derived_head(self, zone: Zone, start: str, bank: frozenset[str]) -> tuple[tuple[str, ...], set[str]]:
        """The head of a line that leaves a zone; one that joins two zones has its sides as a named one would."""
        equipment, upper = derived_head(self.topo, zone, start, bank)
        if set(equipment) == bank:
            return equipment, self._upper_side(min(bank))
        return equipment, set(upper)

    # ---- sides and tiers ----

    def _upper_side(self, head: str) -> set[str]:
        """DESIGN: "Sides of a supply point are fixed once per model (normal state, its own bay closed)"."""
        nodes = list(dict.fromkeys(t.node for t in self.topo.network.by_equipment.get(head, ()) if t.node is not None))
        if len(nodes) < 2:
            return set(nodes)
        fed = {node for node in nodes if any(node in self._inside(zone, head) for zone in self.zones)}
        if 0 < len(fed) < len(nodes):
            return fed
        for closed in (False, True):
            steps = self._steps(closed)
            if not steps.keys().isdisjoint(nodes):
                return {min(nodes, key=lambda node: steps.get(node, len(steps)))}  # the first of equally near ones
        return {nodes[0]}

    def _steps(self, closed: bool) -> dict[str, int]:
        if closed not in self._known_steps:
            self._known_steps[closed] = self.topo.steps(closed)
        return self._known_steps[closed]

    def _inside(self, zone: Zone, head: str) -> set[str]:
        """What the zone hangs on reaches inside it, its switches closed, without the head."""

        def allow(edge: Edge) -> bool:
            if edge.owner == head or edge.u[0] not in zone.nodes or edge.v[0] not in zone.nodes:
                return False
            return self.topo.is_switch(edge.owner) or in_zone(self.topo, edge, edge.u[0])

        return self.topo.reach_nodes(zone.starts & zone.nodes, allow)

    def _tier(self, feeder: Feeder) -> str:
        """DESIGN: "Tiers by the voltage downstream"."""
        for head, upper in sorted(feeder.head.items()):
            nodes = [t.node for t in self.topo.network.by_equipment.get(head, ()) if t.node is not None]
            lower = [n for n in nodes if n not in upper] or nodes
            for node in lower:
                volts = self.topo.voltage.get(node)
                if volts is not None:
                    return PRIMARY if MEDIUM_LOW <= volts <= MEDIUM_HIGH else (LOW if volts < MEDIUM_LOW else SUB)
        return PRIMARY
