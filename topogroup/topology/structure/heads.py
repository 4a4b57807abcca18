"""Feeders and their heads: named in a heads file or in the model, else derived from the busbar zones.

Precedence per feeder (DESIGN section 4): heads file > Feeder.NormalHeadTerminal > Feeder.TraceStart > derived.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import catalogue
from cim_models.catalogue import Role
from cim_models.findings import Finding, finding
from cim_models.heads import HeadEntries, NamedHead
from cim_models.identifiers import derived
from cim_models.network import Network
from topogroup.topology.arrays.links import Item
from topogroup.topology.structure.borders import Borders
from topogroup.topology.structure.distance import Distance
from topogroup.topology.structure.feeder_containers import FeederContainers
from topogroup.topology.structure.incidence import Incidence
from topogroup.topology.structure.transformers import MEDIUM_FROM_V, is_medium
from topogroup.topology.structure.walk import Head, walk_inward
from topogroup.topology.structure.zone_supply import ZoneSupply
from topogroup.topology.structure.zones import Zone, Zones

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

RULE_WORDS: Final = {
    "heads_file": "named in the heads file",
    "normal_head_terminal": "at its NormalHeadTerminal",
    "trace_start": "at its TraceStart",
    "derived_container": "derived from its container",
    "derived": "derived from the busbars",
}

TIERS: Final = ("primary", "low_voltage", "subtransmission")


@dataclass(slots=True)
class Feeder:
    """A feeder with its heads.

    Attributes:
        item: how reports name it.
        rule: heads_file, normal_head_terminal, trace_start, derived_container or derived.
        heads: usually one.
        tier: one of `TIERS`, by the voltage downstream.
        normal_substation: container that normally energises it, else the one its head stands in, -1 = none.
        container: the Feeder container, -1 = derived.
    """

    item: Item
    rule: str
    heads: list[Head] = field(default_factory=list)
    tier: str = TIERS[0]
    normal_substation: int = -1
    container: int = -1


def tier_of(voltage_v: float) -> str:
    """Return the tier of a voltage; an unknown one counts as primary."""
    if voltage_v < MEDIUM_FROM_V:
        return "low_voltage"
    return "primary" if is_medium(voltage_v) or np.isnan(voltage_v) else "subtransmission"


class FeederFinder:
    """Finds the feeders of a network, strongest rule first; a head belongs to one feeder."""

    def __init__(
        self,
        network: Network,
        incidence: Incidence,
        zones: Zones,
        distance: Distance,
        borders: Borders,
        node_voltage: F64,
    ) -> None:
        """Prepare.

        Args:
            network: the network.
            incidence: what stands where.
            zones: its busbar zones.
            distance: steps from a grid source in the normal state, inf = dead.
            borders: finds where supply enters containers that touch no zone.
            node_voltage: float64[n_nodes]; volts, NaN = unknown.
        """
        self._network, self._incidence, self._zones = network, incidence, zones
        self._distance, self._borders, self._voltage = distance, borders, node_voltage
        self.findings: list[Finding] = []
        self._feeders: list[Feeder] = []
        self._by_head: dict[int, Feeder] = {}
        self._by_container: dict[int, Feeder] = {}
        self._containers = FeederContainers(network, incidence, zones)
        self._supply = ZoneSupply(network, incidence, zones)
        self._row_of = {c: row for row, c in enumerate(network.feeder.container.tolist())}
        self.findings += self._containers.findings

    def find(self, heads_file: Sequence[Mapping[str, str]] | None) -> list[Feeder]:
        """Return all feeders, ascending by mRID.

        Args:
            heads_file: entries {name, head, substation?, line?}, or None; errors name the line where it is said.

        Raises:
            IdError: a head or substation of the heads file is unknown, ambiguous or of the wrong kind.
            OptionError: two entries name one head.
        """
        if heads_file:
            entries = HeadEntries(self._network)
            for entry in heads_file:
                self._from_file(entry.get("name", ""), entries.one(entry))
        self._from_head_terminals()
        self._from_trace_starts()
        claims = [claim for zone in range(len(self._zones.zones)) for claim in self._leaving_lines(zone)]
        # lines with the same head are one feeder: that of a container, if one has it
        for head, container in sorted((c for c in claims if c[1] >= 0), key=lambda claim: claim[1]):
            self._claim(head, container)
        usable = self._containers.usable
        off_zones = [c for c in sorted(usable - self._by_container.keys()) if not self._from_zones(c)]
        for head, container in (c for c in claims if c[1] < 0):
            self._claim(head, container)
        self._take_borders(off_zones)
        for container in sorted(usable - self._by_container.keys()):
            name, mrid = self._network.container.name[container], self._network.container.id[container]
            message = f"Feeder {name} has no switch through which supply enters."
            self.findings.append(finding("feeder_without_head", message, [mrid]))
        found = [f for f in self._feeders if f.heads]
        for feeder in found:
            lower = min(min(h.lower_nodes) for h in feeder.heads)
            feeder.tier = tier_of(float(self._voltage[lower]))
            if feeder.normal_substation < 0:
                lowest = min(min(h.equipment) for h in feeder.heads)
                feeder.normal_substation = int(self._network.equipment.container[lowest])
            self._report(feeder)
        return sorted(found, key=lambda f: f.item.mrid)

    # ---- the rules, strongest first

    def _from_file(self, name: str, named: NamedHead) -> None:
        e, rule = named.equipment, "heads_file"
        feeder = self._feeder_of(named.feeder, rule) if named.feeder >= 0 else self._derived(e, rule, name)
        feeder.rule = rule
        if named.substation >= 0:
            feeder.normal_substation = named.substation
        self._add(feeder, self._oriented((e,)))

    def _from_head_terminals(self) -> None:
        feeder, terminal = self._network.feeder, self._network.terminal
        for row in np.flatnonzero(feeder.head_terminal >= 0).tolist():
            container = int(feeder.container[row])
            t = int(feeder.head_terminal[row])
            e = int(terminal.equipment[t])
            self._named_place(container, e, int(terminal.node[t]), "normal_head_terminal")

    def _from_trace_starts(self) -> None:
        feeder = self._network.feeder
        for row in range(feeder.container.size):
            e, node = int(feeder.trace_equipment[row]), int(feeder.trace_node[row])
            if e >= 0 or node >= 0:
                self._named_place(int(feeder.container[row]), e, node, "trace_start")

    def _named_place(self, container: int, e: int, node: int, rule: str) -> None:
        """Take a switch that the model names, or the switch on the source side of the place it names."""
        if container in self._by_container:
            return
        if e >= 0 and node < 0:
            node = self._source_end(e)
        if e < 0 or self._incidence.role(e) != Role.SWITCH:
            on_line = e >= 0 and self._incidence.role(e) == Role.LINE
            at_place = self._switch_towards_source(node) if node >= 0 else -1
            if on_line and (at_place < 0 or self._is_busbar(node, e)):
                at_place = e
            e = at_place
        if e < 0 or e in self._by_head or len(self._incidence.nodes(e)) < 2:
            network = self._network
            self.findings.append(
                finding(
                    "head_not_found",
                    f"Feeder {network.container.name[container]}: its {rule.replace('_', ' ')} leads to no switch "
                    "that could be its head.",
                    [network.container.id[container]],
                )
            )
            return
        self._add(self._feeder_of(container, rule), self._oriented((e,)))

    def _source_end(self, e: int) -> int:
        """Return the node of a piece of equipment from which a switch leads to the source, else the nearest one."""
        nodes = self._incidence.nodes(e)
        switched = [n for n in nodes if self._switch_towards_source(n) >= 0]
        return min(switched or nodes, key=lambda n: self._distance[n], default=-1)

    def _switch_towards_source(self, node: int) -> int:
        """Return the switch at a node through which it is supplied in the normal state, -1 = none."""
        best, nearest = -1, self._distance[node]
        for e in self._incidence.at(node):
            if self._incidence.role(e) == Role.SWITCH:
                for other in self._incidence.nodes(e):
                    if other != node and self._distance[other] < nearest:
                        best, nearest = e, self._distance[other]
        return best

    def _is_busbar(self, node: int, line: int) -> bool:
        """Tell whether more than one switch or other line meets a line's end: no switch there is the line's own."""
        others = [e for e in self._incidence.at(node) if e != line]
        switches = sum(self._incidence.role(e) == Role.SWITCH for e in others)
        return switches > 1 or any(self._incidence.role(e) == Role.LINE for e in others)

    def _leaving_lines(self, number: int) -> list[tuple[Head, int]]:
        """Return the heads of the lines that leave a zone (the walk's choice, else the line) with their containers."""
        claims, zone = [], self._zones.zones[number]
        for node in sorted(zone.nodes):
            lines = [e for e in self._incidence.at(node) if self._incidence.role(e) == Role.LINE]
            lines = [e for e in lines if self._leaves(e, zone) and not self._headed(e)]
            for bank in self._incidence.banks(lines):
                head = self._walk_inward(number, node) or self._oriented(tuple(bank))
                claims.append((head, self._containers.home(bank[0])))
        return claims

    def _leaves(self, e: int, zone: Zone) -> bool:
        """Tell whether a line leads out of a zone; one with both ends in it is a coupler."""
        return any(node not in zone.nodes for node in self._incidence.nodes(e))

    def _walk_inward(self, zone: int, node: int) -> Head | None:
        """Return the head of what hangs at a node of a zone, None where no switch separates it from its supply."""
        return walk_inward(self._incidence, self._zones.zones[zone], node, partial(self._supply.reaches_in, zone))

    def _headed(self, e: int) -> bool:
        """Tell whether a line lies in a usable container whose head the model or the user names."""
        feeder = self._by_container.get(self._containers.home(e))
        return feeder is not None and not feeder.rule.startswith("derived")

    def _claim(self, head: Head, container: int) -> None:
        holder = self._by_head.get(head.equipment[0])
        if holder is not None:
            return
        if container >= 0:
            self._add(self._feeder_of(container, "derived_container"), head)
        else:
            self._add(self._derived(head.equipment[0], "derived"), head)

    def _from_zones(self, container: int) -> bool:
        """Find the head of a usable container from which no line leaves a zone, where it touches one.

        Returns:
            Whether the container touches a zone at all.
        """
        zone_of_node, incidence = self._zones.zone_of_node, self._incidence
        touches = False
        for e in self._containers.members_at_zones(container).tolist():
            for node in incidence.nodes(e):
                if node in zone_of_node:
                    touches = True
                    if incidence.role(e) != Role.SWITCH:
                        head = self._walk_inward(zone_of_node[node], node)
                        if head is not None:
                            self._claim(head, container)
        return touches

    def _take_borders(self, containers: Sequence[int]) -> None:
        """Take the switches on the borders of containers that touch no zone."""
        members = [self._containers.members(container) for container in containers]
        for container, heads in zip(containers, self._borders.heads(members), strict=True):
            for head in heads:
                self._claim(head, container)

    # ---- feeders and heads

    def _feeder_of(self, container: int, rule: str) -> Feeder:
        feeder = self._by_container.get(container)
        if feeder is None:
            table = self._network.container
            feeder = Feeder(Item(table.id[container], table.name[container], False), rule, container=container)
            if container in self._row_of:
                feeder.normal_substation = int(self._network.feeder.normal_substation[self._row_of[container]])
            self._by_container[container] = feeder
            self._feeders.append(feeder)
        return feeder

    def _derived(self, e: int, rule: str, name: str | None = None) -> Feeder:
        table = self._network.equipment
        feeder = Feeder(Item(derived(f"feeder:{table.id[e]}"), name or table.name[e], True), rule)
        home = self._row_of.get(int(table.container[e]), -1)
        if home >= 0:
            feeder.normal_substation = int(self._network.feeder.normal_substation[home])
        self._feeders.append(feeder)
        return feeder

    def _add(self, feeder: Feeder, head: Head) -> None:
        feeder.heads.append(head)
        for e in head.equipment:
            self._by_head[e] = feeder

    def _oriented(self, equipment: tuple[int, ...]) -> Head:
        """Give a named head its sides: the one from which the zone's transformer or source is reached is the upper.

        Where structure does not tell, the side nearer to a grid source in the normal state; else the first end.
        """
        nodes = self._incidence.nodes(equipment[0])
        upper = frozenset(n for n in nodes if self._supply.reaches(n, equipment))
        if len(upper) in (0, len(nodes)):
            upper = frozenset({self._distance.nearest(nodes, equipment[0])})
        return Head(equipment, upper, frozenset(nodes) - upper)

    def _report(self, feeder: Feeder) -> None:
        network = self._network
        names = ", ".join(network.equipment.name[h.equipment[0]] for h in feeder.heads)
        classes = catalogue.CLASSES[int(network.equipment.class_code[feeder.heads[0].equipment[0]])]
        objects = [feeder.item.mrid, *(network.equipment.id[e] for h in feeder.heads for e in h.equipment)]
        message = f"Feeder {feeder.item.name}: head {names} ({classes}), {RULE_WORDS[feeder.rule]}."
        self.findings.append(finding("feeder_rule", message, objects))
