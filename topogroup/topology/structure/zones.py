"""Substation transformers, busbar zones and substations (DESIGN section 4).

A busbar zone is what an operator calls the medium-voltage busbars of one substation: all nodes reached from the
lower side of its transformers over switches, regulators and series elements, up to the ties and the lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import Role
from cim_models.network import Network
from topogroup.topology.arrays.components import components
from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.lines import LinePieces
from topogroup.topology.structure.incidence import Incidence
from topogroup.topology.structure.transformers import Transformers, find_transformers, substation_ends

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


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
        zones: in the order of their lowest transformer, then of their lowest source.
        zone_of_node: zone of each node that lies in one, the first of several.
        further: the other zones of nodes that lie in several: dead ones between open switches of theirs.
        substations: CIM and derived substations, as reports name them, ascending by mRID.
        substation_of_end: for the lower end rows of substation transformers, their substation.
        container_substation: for each container its position in `substations`, -1 = none.
        regulators: equipment that is a regulator.
        substation_rules: for each of `substations` the rule by which it is one (`substations.RULE_WORDS`).
    """

    zones: list[Zone]
    zone_of_node: dict[int, int]
    further: dict[int, list[int]]
    substations: list[Item]
    substation_of_end: dict[int, int]
    container_substation: I64
    regulators: set[int]
    substation_rules: list[str] = field(default_factory=list)


def _closed_components(network: Network, transformers: Transformers, lines: LinePieces) -> I64:
    """Return what hangs together with all switches closed: a number for each piece of lines."""
    pole, end = network.pole, network.end
    joined = np.flatnonzero((pole.node1 >= 0) & (pole.node2 >= 0))
    first = transformers.first_end[transformers.of_end]
    return lines.joined((pole.node1[joined], pole.node2[joined]), (end.node[first], end.node))


def find_zones(network: Network, incidence: Incidence, lines: LinePieces, normally_live: Bools) -> Zones:
    """Find the busbar zones.

    Args:
        network: the network.
        incidence: what stands where.
        lines: what lines join.
        normally_live: bool[n_nodes]; live in the normal state on some phase.

    Returns:
        The zones; `substations.name_substations` gives them their substations.
    """
    transformers = find_transformers(network)
    regulators = set(transformers.equipment[transformers.is_regulator].tolist())
    ends = substation_ends(network, incidence, transformers)
    flood = _Flood(network, incidence, normally_live, regulators)
    for row in ends:
        flood.begin(int(network.end.node[row]), row)
    sources = network.terminal.node[network.source.terminal]
    if sources.size:
        whole = _closed_components(network, transformers, lines)
        served = np.zeros(lines.count, np.bool_)
        served[whole[lines.of_node[network.end.node[ends]]]] = True
        for node in sources[~served[whole[lines.of_node[sources]]]].tolist():
            flood.begin(node)
    found = flood.merged()
    first: dict[int, int] = {}
    further: dict[int, list[int]] = {}
    for number, zone in enumerate(found):
        for node in zone.nodes:
            if first.setdefault(node, number) != number:
                further.setdefault(node, []).append(number)
    return Zones(found, first, further, [], {}, np.empty(0, np.int64), regulators)


class _Flood:
    """Grows zones over switches, regulators and series elements."""

    def __init__(self, network: Network, incidence: Incidence, live: Bools, regulators: set[int]) -> None:
        self._zones: list[Zone] = []
        self._at: dict[int, list[int]] = {}
        self._starts: list[int] = []
        self._incidence = incidence
        self._live = live
        self._regulators = regulators
        self._closed = np.zeros(len(network.equipment.id), np.bool_)
        self._closed[network.pole.equipment[~network.pole.normal_open]] = True

    def begin(self, start: int, lower_end: int = -1) -> None:
        """Grow a zone from a node, unless one has grown over it, and let it hang on a lower end of a transformer."""
        self._starts.append(start)
        if start not in self._at:
            self._grow(start)
        if lower_end >= 0:
            self._zones[self._at[start][0]].lower_ends.append(lower_end)

    def _grow(self, start: int) -> None:
        number, zone = len(self._zones), Zone({start}, set())
        self._zones.append(zone)
        queue = [start]
        while queue:
            node = queue.pop()
            self._at.setdefault(node, []).append(number)
            for e in self._incidence.at(node):
                for other in self._across(e, node):
                    zone.elements.add(e)
                    if other not in zone.nodes:
                        zone.nodes.add(other)
                        queue.append(other)

    def merged(self) -> list[Zone]:
        """Return the zones, those that hold the start of one another as one, in the order in which they began."""
        pairs = [(self._at[start][0], other) for start in self._starts for other in self._at[start][1:]]
        ends = np.array(pairs, np.int64).reshape(-1, 2)
        found: dict[int, Zone] = {}
        for number, which in enumerate(components(len(self._zones), ends[:, 0], ends[:, 1]).tolist()):
            zone = found.setdefault(which, self._zones[number])
            if zone is not self._zones[number]:
                zone.nodes |= self._zones[number].nodes
                zone.elements |= self._zones[number].elements
                zone.lower_ends = sorted(zone.lower_ends + self._zones[number].lower_ends)
        for zone in found.values():
            zone.elements |= self._switches_inside(zone)
        return list(found.values())

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
        return others if self._closed[e] else [n for n in others if not self._live[n]]
