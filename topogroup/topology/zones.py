"""Substation transformers, busbar zones and substations (DESIGN section 4).

A busbar zone is what an operator calls the medium-voltage busbars of one substation: all nodes reached from the
lower side of its transformers over switches, regulators and series elements, up to the ties and the lines.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import Role
from cim_models.findings import Finding, finding
from cim_models.identifiers import derived
from cim_models.network import Network
from topogroup.topology.incidence import Incidence
from topogroup.topology.links import Item
from topogroup.topology.phases import components

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MEDIUM_FROM_V: Final = 1_000.0
MEDIUM_TO_V: Final = 36_000.0
"""The medium-voltage range, both ends included."""

_SAME_VOLTAGE_RATIO: Final = 1.1
"""Ends within this ratio make a regulator, not a transformer between levels."""


def is_medium(voltage_v: float) -> bool:
    """Tell whether a voltage lies in the medium range."""
    return MEDIUM_FROM_V <= voltage_v <= MEDIUM_TO_V * (1 + 1e-6)


@dataclass(frozen=True, slots=True)
class Transformer:
    """A transformer by its ends: rows of the end table, the highest voltage and the others."""

    equipment: int
    upper: list[int]
    lower: list[int]
    voltages: dict[int, float]

    @property
    def upper_v(self) -> float:
        """Voltage of the upper side in volts, NaN if unknown."""
        return self.voltages[self.upper[0]] if self.upper else float("nan")

    def is_regulator(self) -> bool:
        """Tell whether all ends are of about one voltage."""
        known = [v for v in self.voltages.values() if v > 0]
        return len(known) == len(self.voltages) and max(known) <= min(known) * _SAME_VOLTAGE_RATIO


@dataclass(slots=True)
class Zone:
    """A busbar zone: its nodes, the zone elements between them, and the lower ends of transformers that feed it."""

    nodes: set[int]
    elements: set[int]
    lower_ends: list[int] = field(default_factory=list)
    substation: int = -1


@dataclass(slots=True)
class Zones:
    """All zones of a network.

    Attributes:
        zones: in the order of their lowest transformer or source.
        zone_of_node: zone of each node that lies in one.
        substations: CIM and derived substations, as reports name them, ascending by mRID.
        substation_of_end: for the lower end rows of substation transformers, their substation.
        container_substation: for each container its position in `substations`, -1 = none.
        regulators: equipment that is a regulator.
    """

    zones: list[Zone]
    zone_of_node: dict[int, int]
    substations: list[Item]
    substation_of_end: dict[int, int]
    container_substation: I64
    regulators: set[int]


def transformers(network: Network) -> list[Transformer]:
    """Return all transformers with their ends sorted into upper and lower side."""
    end = network.end
    rows: dict[int, list[int]] = defaultdict(list)
    for row, e in enumerate(end.equipment.tolist()):
        rows[e].append(row)
    result = []
    for e, members in rows.items():
        voltages = {row: float(end.voltage_v[row]) for row in members}
        highest = max((v for v in voltages.values() if v > 0), default=float("nan"))
        upper = [row for row, v in voltages.items() if v >= highest / _SAME_VOLTAGE_RATIO]
        lower = [row for row in members if row not in upper]
        result.append(Transformer(e, upper, lower, voltages))
    return result


def substation_ends(network: Network, incidence: Incidence, all_transformers: list[Transformer]) -> list[int]:
    """Return the lower ends of substation transformers: rows of the end table, ascending.

    Lower side in the medium range, upper side above it, or upper side also there and the transformer in a
    Substation other than through a Feeder; not one behind which, without it, there is no load, line or other DER.
    """
    found: list[int] = []
    generating = {*network.der.equipment.tolist(), *network.source.equipment.tolist()}
    upper_nodes = {t.equipment: {int(network.end.node[r]) for r in t.upper} for t in all_transformers}
    for transformer in all_transformers:
        upper_v = transformer.upper_v
        for row in transformer.lower:
            v = transformer.voltages[row]
            if not is_medium(v) or not upper_v > 0:
                continue
            if is_medium(upper_v) and not _stands_in_substation(network, transformer.equipment):
                continue
            if _feeds_something(network, incidence, transformer, row, upper_nodes, generating):
                found.append(row)
    return sorted(found)


def _stands_in_substation(network: Network, e: int) -> bool:
    container = int(network.equipment.container[e])
    if container < 0 or network.container.class_name[container] == "Feeder":
        return False
    return int(network.container.substation[container]) >= 0


def _closed_components(network: Network, all_transformers: list[Transformer]) -> I64:
    """Return the connected pieces of nodes with all switches closed: int64[n_nodes]."""
    u, v = [network.branch.node1], [network.branch.node2]
    joined = (network.pole.node1 >= 0) & (network.pole.node2 >= 0)
    u.append(network.pole.node1[joined])
    v.append(network.pole.node2[joined])
    windings = [
        (network.end.node[min(t.voltages)], network.end.node[row]) for t in all_transformers for row in t.voltages
    ]
    ends = np.array(windings, np.int64).reshape(-1, 2)
    return components(
        len(network.node.id),
        np.concatenate([*u, ends[:, 0]]).astype(np.int64),
        np.concatenate([*v, ends[:, 1]]).astype(np.int64),
    )


def _feeds_something(
    network: Network,
    incidence: Incidence,
    transformer: Transformer,
    row: int,
    upper_nodes: dict[int, set[int]],
    generating: set[int],
) -> bool:
    """Tell whether a load, a line or more than one DER lies behind a lower end, the transformer taken away.

    Other transformers are passed downwards only: what lies above them is not behind this one.
    """
    start = int(network.end.node[row])
    seen, queue, generators = {start}, [start], 0
    while queue:
        here = queue.pop()
        for e in incidence.at(here):
            role = incidence.role(e)
            if e == transformer.equipment or role == Role.GROUND:
                continue
            if role == Role.TRANSFORMER and here not in upper_nodes.get(e, ()):
                continue
            if role in (Role.LINE, Role.LOAD):
                return True
            if e in generating:
                generators += 1
                if generators > 1:
                    return True
                continue
            for node in incidence.nodes(e):
                if node not in seen:
                    seen.add(node)
                    queue.append(node)
    return False


def find_zones(network: Network, incidence: Incidence, normally_live: Bools) -> tuple[Zones, list[Finding]]:
    """Find the busbar zones and their substations.

    Args:
        network: the network.
        incidence: what stands where.
        normally_live: bool[n_nodes]; live in the normal state on some phase.

    Returns:
        The zones, and findings on derived substations.
    """
    all_transformers = transformers(network)
    regulators = {t.equipment for t in all_transformers if t.is_regulator()}
    ends = substation_ends(network, incidence, all_transformers)
    flood = _Flood(network, incidence, normally_live, regulators)
    for row in ends:
        zone = flood.zone_at(int(network.end.node[row]))
        flood.zones[zone].lower_ends.append(row)
    piece = _closed_components(network, all_transformers)
    served = set(piece[network.end.node[ends]].tolist()) if ends else set()
    for terminal in network.source.terminal.tolist():
        node = int(network.terminal.node[terminal])
        if piece[node] not in served:
            flood.zone_at(node)
    result = Zones(flood.zones, flood.zone_of_node, [], {}, np.empty(0, np.int64), regulators)
    return result, _name_substations(network, result)


class _Flood:
    """Grows zones over switches, regulators and series elements."""

    def __init__(self, network: Network, incidence: Incidence, live: Bools, regulators: set[int]) -> None:
        self.zones: list[Zone] = []
        self.zone_of_node: dict[int, int] = {}
        self._starts: list[set[int]] = []
        self._incidence = incidence
        self._live = live
        self._regulators = regulators
        pole = network.pole
        closed = np.unique(pole.equipment[~pole.normal_open])
        self._closed = set(closed.tolist())

    def zone_at(self, start: int) -> int:
        """Return the zone of a node, grown from it if it has none; one that holds the start of another swallows it."""
        if start in self.zone_of_node:
            return self.zone_of_node[start]
        number = len(self.zones)
        zone = Zone({start}, set())
        self.zones.append(zone)
        self._starts.append({start})
        queue, met = [start], set[int]()
        while queue:
            node = queue.pop()
            met.add(self.zone_of_node.get(node, number))
            self.zone_of_node[node] = number
            for e in self._incidence.at(node):
                for other in self._across(e, node):
                    zone.elements.add(e)
                    if other not in zone.nodes:
                        zone.nodes.add(other)
                        queue.append(other)
        for other in sorted(met - {number}):
            if self._starts[other] & zone.nodes:
                self._swallow(other, number)
        zone.elements |= self._switches_inside(zone)
        return number

    def _swallow(self, other: int, number: int) -> None:
        """Make a zone part of another; its place stays, empty."""
        zone, old = self.zones[number], self.zones[other]
        zone.nodes |= old.nodes
        zone.elements |= old.elements
        zone.lower_ends += old.lower_ends
        self._starts[number] |= self._starts[other]
        self.zone_of_node.update(dict.fromkeys(old.nodes, number))
        self.zones[other], self._starts[other] = Zone(set(), set()), set()

    def _switches_inside(self, zone: Zone) -> set[int]:
        """Return the switches between nodes of a zone, whatever their normal state: bypasses, couplers."""
        here = {e for node in zone.nodes for e in self._incidence.at(node)}
        switches = {e for e in here if self._incidence.role(e) == Role.SWITCH}
        return {e for e in switches if zone.nodes.issuperset(self._incidence.nodes(e))}

    def _across(self, e: int, node: int) -> list[int]:
        """Return the nodes that a zone element leads to from a node; none if it is no zone element."""
        if not self._incidence.network.equipment.normally_in_service[e]:
            return []
        role = self._incidence.role(e)
        others = [n for n in self._incidence.nodes(e) if n != node]
        if role == Role.SERIES or e in self._regulators or (role == Role.BUSBAR and others):
            return others
        if role != Role.SWITCH:
            return []
        return others if e in self._closed else [n for n in others if not self._live[n]]


def _name_substations(network: Network, zones: Zones) -> list[Finding]:
    """Give each zone its substation: the one of its transformers, or a derived one."""
    container, findings = network.container, []
    said: list[dict[int, bool]] = []
    holders: dict[int, set[int]] = defaultdict(set)
    family = _families(network, zones)
    for number, zone in enumerate(zones.zones):
        of_zone: dict[int, bool] = {}
        for row in zone.lower_ends:
            substation, direct = _cim_substation(network, int(network.end.equipment[row]))
            if substation >= 0:
                of_zone[substation] = of_zone.get(substation, False) or direct
        said.append(of_zone)
        for substation in of_zone:
            holders[substation].add(family[number])
    items: dict[str, Item] = {}
    cim = [c for c, name in enumerate(container.class_name) if name == "Substation"]
    for c in cim:
        items[container.id[c]] = Item(container.id[c], container.name[c], False)
    chosen: dict[int, str] = {}
    for number, zone in enumerate(zones.zones):
        if not zone.lower_ends:
            continue
        of_zone = said[number]
        shared = any(not direct and len(holders[s]) > 1 for s, direct in of_zone.items())
        if len(of_zone) == 1 and not shared:
            chosen[number] = container.id[next(iter(of_zone))]
            continue
        lowest = min(int(network.end.equipment[row]) for row in zone.lower_ends)
        item = Item(
            derived(f"substation:{network.equipment.id[lowest]}"), network.equipment.name[lowest], True
        )
        items[item.mrid] = item
        chosen[number] = item.mrid
        why = "several substations" if len(of_zone) > 1 else "one shared through feeders" if of_zone else "none"
        findings.append(
            finding(
                "substation_derived",
                f"The busbars behind {item.name} got a substation of their own: their transformers name {why}.",
                [item.mrid, network.equipment.id[lowest]],
            )
        )
    zones.substations = [items[mrid] for mrid in sorted(items)]
    position = {item.mrid: i for i, item in enumerate(zones.substations)}
    for number, mrid in chosen.items():
        zones.zones[number].substation = position[mrid]
        for row in zones.zones[number].lower_ends:
            zones.substation_of_end[row] = position[mrid]
    of_container = container.substation.astype(np.int64)
    feeder = network.feeder
    of_container[feeder.container] = np.where(
        of_container[feeder.container] < 0, feeder.normal_substation, of_container[feeder.container]
    )
    by_container = np.array([position.get(container.id[c], -1) for c in range(of_container.size)], np.int64)
    zones.container_substation = of_container.copy()
    zones.container_substation[of_container >= 0] = by_container[of_container[of_container >= 0]]
    return findings


def _families(network: Network, zones: Zones) -> list[int]:
    """Return a number for each zone, the same for zones that share a transformer: two windings are one place."""
    first: dict[int, int] = {}
    pairs = [
        (first.setdefault(int(network.end.equipment[row]), number), number)
        for number, zone in enumerate(zones.zones)
        for row in zone.lower_ends
    ]
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    family: list[int] = components(len(zones.zones), ends[:, 0], ends[:, 1]).tolist()
    return family


def _cim_substation(network: Network, e: int) -> tuple[int, bool]:
    """Return the substation container of a transformer, and whether it is named other than through a Feeder."""
    home = int(network.equipment.container[e])
    if home < 0:
        return -1, False
    if network.container.class_name[home] != "Feeder":
        return int(network.container.substation[home]), True
    row = np.flatnonzero(network.feeder.container == home)
    return (int(network.feeder.normal_substation[row[0]]) if row.size else -1), False
