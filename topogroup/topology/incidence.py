"""What stands at a node: the network as nodes and equipment, for the few places where single bays are walked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from cim_models.catalogue import Role
from cim_models.network import Network

I64 = npt.NDArray[np.int64]


class Incidence:
    """Equipment by node and nodes by equipment."""

    def __init__(self, network: Network) -> None:
        """Sort the terminals by node."""
        self.network = network
        node = network.terminal.node
        there = np.flatnonzero(node >= 0)
        order = there[np.argsort(node[there], kind="stable")]
        self._by_node = network.terminal.equipment[order].astype(np.int64)
        self._start = np.zeros(len(network.node.id) + 1, np.int64)
        np.cumsum(np.bincount(node[there], minlength=self._start.size - 1), out=self._start[1:])
        count = np.bincount(network.terminal.equipment, minlength=len(network.equipment.id))
        self._terminals = np.concatenate([[0], np.cumsum(count)])
        self._phases: dict[int, int] = {}

    def at(self, node: int) -> list[int]:
        """Return the equipment at a node, ascending, each once."""
        found = self._by_node[self._start[node] : self._start[node + 1]]
        return sorted(set(found.tolist()))

    def nodes(self, equipment: int) -> list[int]:
        """Return the nodes of a piece of equipment in the order of its terminals, each once."""
        span = slice(int(self._terminals[equipment]), int(self._terminals[equipment + 1]))
        return list(dict.fromkeys(n for n in self.network.terminal.node[span].tolist() if n >= 0))

    def role(self, equipment: int) -> Role:
        """Return the role of a piece of equipment."""
        return Role(int(self.network.equipment.role[equipment]))

    def phases(self, equipment: int) -> int:
        """Return all phases that a branch, switch or transformer joins."""
        known = self._phases.get(equipment)
        if known is None:
            network, known = self.network, 0
            for table, column in (
                (network.branch.equipment, network.branch.phases1),
                (network.pole.equipment, network.pole.side1),
                (network.end.equipment, network.end.phases),
            ):
                first, last = np.searchsorted(table, [equipment, equipment + 1])
                known |= int(np.bitwise_or.reduce(column[first:last], initial=0))
            known &= codes.ALL
            self._phases[equipment] = known
        return known

    def banks(self, equipment: list[int]) -> list[list[int]]:
        """Group parallel single-phase equipment of one role between the same nodes into banks.

        Args:
            equipment: ascending.

        Returns:
            Banks and single pieces, each a list ascending by mRID.
        """
        result: list[list[int]] = []
        open_banks: dict[tuple[int, frozenset[int]], tuple[list[int], int]] = {}
        for e in equipment:
            key = (int(self.role(e)), frozenset(self.nodes(e)))
            mask = self.phases(e)
            bank = open_banks.get(key)
            if bank is not None and not bank[1] & mask:
                bank[0].append(e)
                open_banks[key] = (bank[0], bank[1] | mask)
                continue
            members = [e]
            result.append(members)
            if mask and mask & codes.ABC != codes.ABC and mask != codes.ALL:
                open_banks[key] = (members, mask)
        return result
