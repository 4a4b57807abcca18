"""The Feeder containers of a model: what they hold, which of them can be a boundary, and where that lies."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import Role
from cim_models.findings import Finding, finding
from cim_models.network import Network
from topogroup.topology.arrays.grouped import grouped
from topogroup.topology.structure.incidence import Incidence
from topogroup.topology.structure.zones import Zones

Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class FeederContainers:
    """Feeder containers with their members.

    Attributes:
        usable: the containers that can be a boundary.
        findings: why others cannot.
    """

    def __init__(self, network: Network, incidence: Incidence, zones: Zones) -> None:
        """Sort the members by container and judge the containers."""
        self._network, self._incidence, self._zones = network, incidence, zones
        table, size = network.membership, len(network.container.id)
        self._start, self._members = grouped(size, table.container, table.equipment)
        self.findings: list[Finding] = []
        self.usable = self._usable()
        is_usable = np.zeros(size, np.bool_)
        is_usable[list(self.usable)] = True
        rows = np.flatnonzero(is_usable[table.container])
        home = np.full(len(network.equipment.id), size, np.int32)
        np.minimum.at(home, table.equipment[rows], table.container[rows])
        home[home == size] = -1
        self._home = home

    def members(self, container: int) -> Ints:
        """Return the equipment in a container."""
        return self._members[self._start[container] : self._start[container + 1]]

    def home(self, e: int) -> int:
        """Return the usable container of a piece of equipment, the lowest of several, -1 = none."""
        return int(self._home[e])

    def members_at_zones(self, container: int) -> Ints:
        """Return the members of a container that stand at a node of a busbar zone."""
        members = self.members(container)
        return members[self._at_zone[members]]

    @cached_property
    def _at_zone(self) -> Bools:
        """Which equipment stands at a node of some zone: bool[n_equipment]."""
        result = np.zeros(len(self._network.equipment.id), np.bool_)
        result[self._incidence.all_at(np.array(list(self._zones.zone_of_node), np.int64))] = True
        return result

    def _usable(self) -> set[int]:
        """Return the containers that hold something, but no substation transformer, source or several busbars."""
        network, table = self._network, self._network.membership
        size = len(network.container.id)

        def holders(equipment: Ints) -> Bools:
            is_one, result = np.zeros(len(network.equipment.id), np.bool_), np.zeros(size, np.bool_)
            is_one[equipment] = True
            result[table.container[is_one[table.equipment]]] = True
            return result

        ends = np.array([row for zone in self._zones.zones for row in zone.lower_ends], np.int64)
        with_transformer, with_source = holders(network.end.equipment[ends]), holders(network.source.equipment)
        is_busbar = network.equipment.role[table.equipment] == Role.BUSBAR
        busbars = np.bincount(table.container[is_busbar], minlength=size)
        usable: set[int] = set()
        for container in network.feeder.container.tolist():
            held = ["a substation transformer"] if with_transformer[container] else []
            held += ["a grid source"] if with_source[container] else []
            held += [f"{busbars[container]} busbars"] if busbars[container] > 1 else []
            if held:
                what = " and ".join(held)
                message = f"Feeder {network.container.name[container]} holds {what}; its equipment is no boundary."
                self.findings.append(finding("feeder_unusable", message, [network.container.id[container]]))
            elif self.members(container).size:
                usable.add(container)
        return usable
