"""Temporary devices that can be written into the model as well, so that the oracle, which knows none, can be asked."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cim_models import load_text
from cim_models import phase_codes as codes
from cim_models.catalogue import SWITCHING_ROLES, Role
from cim_models.network import Network
from tests.oracle import OracleModel
from topogroup.testing import NetworkBuilder
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.switching.devices import Device

Bools = npt.NDArray[np.bool_]


class Standing:
    """A network with sources that stand by, and what of it can be cut, joined by a jumper or fed.

    Attributes:
        xml: the network.
        devices: what can stand: cuts of lines, jumpers beside switches, mobile sources.
    """

    def __init__(self, builder: NetworkBuilder, sources: Iterable[int]) -> None:
        """Let sources stand by at some nodes; numbers count modulo the nodes there are."""
        nodes = load_text(builder.to_xml()).node.name
        self._builder = deepcopy(builder)
        self._sources = {f"MOBILE{number}": nodes[at % len(nodes)] for number, at in enumerate(sources)}
        for name, node in self._sources.items():
            self._builder.equipment(
                "ExternalNetworkInjection", name, [node], normally_in_service=False
            )
        self.xml = self._builder.to_xml()
        self.devices: list[Device] = []
        self._switches: dict[str, int] = {}

    def find(self, grid: Grid, oracle: OracleModel) -> None:
        """Find what devices can stand in the prepared network."""
        network = grid.network
        lines = np.flatnonzero((network.equipment.role == int(Role.LINE)) & network.equipment.in_service)
        for line in lines.tolist():
            mrid = network.equipment.id[line]
            if oracle.store.flag(mrid, "Equipment.inService") is None:
                self.devices.append(Device(network.equipment.name[line], "cut", (line,), (mrid,)))
        for switch in np.flatnonzero(_beside_which_a_jumper_fits(grid)).tolist():
            rows = np.flatnonzero(network.pole.equipment == switch)
            mask = int(np.bitwise_or.reduce(network.pole.side1[rows]))
            ends = int(network.pole.node1[rows[0]]), int(network.pole.node2[rows[0]])
            phases = 0 if mask == codes.ALL or grid.graph.slots.width == 1 else mask
            name = network.equipment.name[switch]
            self._switches[name] = switch
            self.devices.append(Device(name, "jumper", ends, ("one", "other"), phases))
        for name, at in self._sources.items():
            node = list(network.node.name).index(at)
            self.devices.append(Device(name, "source", (node,), (network.node.id[node],)))

    def written(self, devices: Iterable[Device]) -> str:
        """Return the network with cuts and mobile sources written into it; jumpers are left to `joined`."""
        builder = deepcopy(self._builder)
        for device in devices:
            if device.kind == "cut":
                builder.say(device.id, "Equipment.inService", False)
            elif device.kind == "source":
                builder.say(device.id, "Equipment.inService", True)
        return builder.to_xml()

    def joined(self, network: Network, state: NetworkState, devices: Iterable[Device]) -> NetworkState:
        """Return a state with the switches closed beside which jumpers stand."""
        switches = [self._switches[device.id] for device in devices if device.kind == "jumper"]
        return replace(state, open=np.where(np.isin(network.pole.equipment, switches), 0, state.open).astype(np.uint8))


def _beside_which_a_jumper_fits(grid: Grid) -> Bools:
    """Return which switches do what a jumper beside them does: straight through, connected, no supply point."""
    network, edges, pole = grid.network, grid.graph.edges, grid.network.pole
    fit = np.isin(network.equipment.role, [int(role) for role in SWITCHING_ROLES]) & network.equipment.in_service
    for level in grid.levels.values():
        fit[edges.equipment[level.edge]] = False
    has_poles = np.zeros(fit.size, np.bool_)
    has_poles[pole.equipment] = True
    ends = (pole.terminal1, pole.terminal2)
    crooked = (pole.side1 != pole.side2) | (pole.node1 < 0) | (pole.node2 < 0)
    crooked |= ~np.all([network.terminal.connected[end] & (end >= 0) for end in ends], axis=0)
    fit[pole.equipment[crooked]] = False
    found: Bools = fit & has_poles
    return found
