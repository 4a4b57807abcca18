"""What stands at a node: the network as nodes and equipment, for the few places where single bays are walked."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from cim_models.catalogue import Role
from cim_models.network import Network
from topogroup.topology.arrays.grouped import grouped

Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
I64 = npt.NDArray[np.int64]

_ROLE: Final = {int(role): role for role in Role}


class Incidence:
    """Equipment by node and nodes by equipment."""

    def __init__(self, network: Network) -> None:
        """Sort the terminals by node."""
        self.network = network
        terminal = network.terminal
        node, equipment = terminal.node, terminal.equipment
        if (node < 0).any():
            there = np.flatnonzero(node >= 0)
            node, equipment = node[there], equipment[there]
        self._start, self._by_node = grouped(len(network.node.id), node, equipment)
        count = np.bincount(terminal.equipment, minlength=len(network.equipment.id))
        self._terminals = np.concatenate([[0], np.cumsum(count)])
        self._at: dict[int, list[int]] = {}
        self._nodes: dict[int, list[int]] = {}
        self._phases: dict[int, int] = {}

    def at(self, node: int) -> list[int]:
        """Return the equipment at a node, ascending, each once."""
        known = self._at.get(node)
        if known is None:
            # terminals stand by equipment, and so do those of one node
            found = self._by_node[self._start[node] : self._start[node + 1]].tolist()
            self._at[node] = known = list(dict.fromkeys(found))
        return known

    def nodes(self, equipment: int) -> list[int]:
        """Return the nodes of a piece of equipment in the order of its terminals, each once."""
        known = self._nodes.get(equipment)
        if known is None:
            found = self.network.terminal.node[self._terminals[equipment] : self._terminals[equipment + 1]].tolist()
            self._nodes[equipment] = known = list(dict.fromkeys(n for n in found if n >= 0))
        return known

    def first_nodes(self) -> I64:
        """Return the node of the first terminal of each piece of equipment that has one, -1 = none."""
        terminal, has = self.network.terminal, self._terminals[:-1] < self._terminals[1:]
        result = np.full(has.size, -1)
        result[has] = terminal.node[self._terminals[:-1][has]]
        late = has & (result < 0)
        if late.any():
            rows = np.flatnonzero(late[terminal.equipment] & (terminal.node >= 0))[::-1]
            result[terminal.equipment[rows]] = terminal.node[rows]
        return result

    def all_at(self, nodes: I64) -> Ints:
        """Return the equipment at some nodes, by node, with repeats."""
        return self._by_node[_spans(self._start[nodes], self._start[nodes + 1])[1]]

    def ends(self, equipment: Ints) -> tuple[I64, I64]:
        """Return the nodes of some equipment, terminal by terminal: the position in `equipment`, and the node."""
        owner, terminal = _spans(self._terminals[equipment], self._terminals[equipment + 1])
        node = self.network.terminal.node[terminal]
        there = np.flatnonzero(node >= 0)
        return owner[there], node[there].astype(np.int64)

    def role(self, equipment: int) -> Role:
        """Return the role of a piece of equipment."""
        return _ROLE[int(self.network.equipment.role[equipment])]

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
                # of one type with the table, lest the whole of it be converted
                first, last = np.searchsorted(table, np.array([equipment, equipment + 1], table.dtype))
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


def _spans(start: Ints, end: Ints) -> tuple[I64, I64]:
    """Return the positions `start[i]` to `end[i]` of all i, one after the other, with their i."""
    size = (end - start).astype(np.int64)
    owner = np.repeat(np.arange(size.size), size)
    return owner, np.arange(owner.size) + (start - (np.cumsum(size) - size))[owner]
