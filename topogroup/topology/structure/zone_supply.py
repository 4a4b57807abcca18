"""Whether a node of a busbar zone reaches what supplies the zone: a transformer's lower end, else a grid source."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from cim_models.network import Network
from topogroup.topology.structure.incidence import Incidence
from topogroup.topology.structure.zones import Zones


class ZoneSupply:
    """Looks for supply inside busbar zones; what it finds out about a zone it keeps, for each line of it asks."""

    def __init__(self, network: Network, incidence: Incidence, zones: Zones) -> None:
        """Remember where to look."""
        self._network, self._incidence, self._zones = network, incidence, zones
        self._sources = set(network.terminal.node[network.source.terminal].tolist())
        self._nearer: dict[int, dict[int, tuple[int, int]]] = {}

    def reaches(self, start: int, without: Sequence[int]) -> bool:
        """Tell whether a node reaches a transformer's lower end or a source in a zone of it without some things."""
        zone = self._zones.zone_of_node.get(start)
        if zone is None:
            return False
        zones = [zone, *self._zones.further.get(start, ())]
        return any(self.reaches_in(one, start, without) for one in zones)

    def reaches_in(self, zone: int, start: int, without: Sequence[int]) -> bool:
        """Tell the same of one zone, which holds the node."""
        if zone not in self._nearer:
            self._nearer[zone] = self._ways_to_supply(zone)
        nearer, seen, queue = self._nearer[zone], {start}, [start]
        if start not in nearer:
            return False
        # as a rule the shortest way is free or there is none
        while queue:
            node = queue.pop()
            if self._is_free(nearer, node, without):
                return True
            for e, other in self._ways_from(zone, node):
                if e not in without and other not in seen:
                    seen.add(other)
                    queue.append(other)
        return False

    @staticmethod
    def _is_free(nearer: dict[int, tuple[int, int]], node: int, without: Sequence[int]) -> bool:
        """Tell whether the shortest way from a node to supply uses none of some equipment."""
        while True:
            e, towards = nearer[node]
            if towards == node:
                return True
            if e in without:
                return False
            node = towards

    def _ways_to_supply(self, zone: int) -> dict[int, tuple[int, int]]:
        """Return for each node of a zone that reaches supply by which element and over which node it does so."""
        own = self._zones.zones[zone]
        goals = self._network.end.node[own.lower_ends].tolist() if own.lower_ends else self._sources & own.nodes
        found, queue = {node: (-1, node) for node in goals}, deque(goals)
        while queue:
            node = queue.popleft()
            for e, other in self._ways_from(zone, node):
                if other not in found:
                    found[other] = e, node
                    queue.append(other)
        return found

    def _ways_from(self, zone: int, node: int) -> list[tuple[int, int]]:
        """Return where the zone elements at a node lead in the zone: element and node."""
        own = self._zones.zones[zone]
        here = [e for e in self._incidence.at(node) if e in own.elements]
        return [(e, other) for e in here for other in self._incidence.nodes(e) if other != node and other in own.nodes]
