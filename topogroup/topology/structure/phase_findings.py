"""Findings on phases that do not match: between the ends of one piece of equipment, and between it and its node.

What passes is decided in `connectivity`; here it is only said. A balanced network has nothing to say.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from cim_models.findings import Finding, finding, first_of
from cim_models.network import Network
from topogroup.topology.arrays.rows import distinct
from topogroup.topology.graph.phases import Slots

Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

_EVERY: Final = 127
"""All conductors of a node: what a switch of all phases has."""


def phase_findings(network: Network, slots: Slots) -> list[Finding]:
    """Find phases that do not match.

    Args:
        network: the network.
        slots: which conductor a phase is at each node.

    Returns:
        The findings, of each code those of lowest mRID.
    """
    if slots.width == 1:
        return []
    branch = network.branch
    said = [
        (terminal < 0) | (network.terminal.phases[terminal] > 0) for terminal in (branch.terminal1, branch.terminal2)
    ]
    pole = network.pole
    joining = (pole.node1 >= 0) & (pole.node2 >= 0) & (pole.node1 != pole.node2)
    return [
        *_between_ends(network, branch.equipment, branch.phases1, branch.phases2, said[0] & said[1], line=True),
        *_between_ends(network, pole.equipment, pole.side1, pole.side2, joining, line=False),
        *_of_branching(network, slots),
        *_of_single_terminal(network, slots),
    ]


def _between_ends(
    network: Network, equipment: npt.NDArray[np.int32], phases1: U8, phases2: U8, said: Bools, *, line: bool
) -> list[Finding]:
    """Compare the phases at both ends; single ones that differ are joined, which is only news of a line."""
    one, other = phases1 & codes.ALL, phases2 & codes.ALL
    single = np.isin(one, codes.BITS) & np.isin(other, codes.BITS)
    differ = (one != other) & (one > 0) & (other > 0)
    table = network.equipment

    def ends(row: int) -> str:
        e = int(equipment[row])
        both = f"{codes.code_of(int(one[row]))} at one end and {codes.code_of(int(other[row]))} at the other"
        return f"{network.label(e)} names phases {both}"

    def transposed(row: int) -> Finding:
        text = f"{ends(row)}: they are joined; where that is no transposition, correct the phases of its terminals."
        return finding("line_transposed", text, [table.id[int(equipment[row])]])

    def mismatch(row: int) -> Finding:
        common = int(one[row] & other[row])
        passes = f"only {codes.code_of(common)} passes" if common else "nothing passes"
        text = f"{ends(row)}: {passes}; correct the phases of its terminals."
        return finding("phase_mismatch", text, [table.id[int(equipment[row])]])

    found = first_of("line_transposed", np.flatnonzero(differ & single), transposed) if line else []
    return [*found, *first_of("phase_mismatch", np.flatnonzero(differ & said & ~single), mismatch)]


def _conductors(slots: Slots, node: Ints, phases: U8) -> U8:
    """Return the conductors that phases are at their nodes, as bit masks of slots: uint8[n]."""
    result = phases & np.uint8(codes.ABC)  # their slots are the same at all nodes
    for column, bit in enumerate(codes.BITS):
        if bit & codes.SPLIT:
            rows = np.flatnonzero(phases & bit)
            place = node[rows] if slots.slot.shape[0] > 1 else np.zeros_like(rows)
            result[rows] |= (1 << slots.slot[place, column]).astype(np.uint8)
    return result


def _of_branching(network: Network, slots: Slots) -> list[Finding]:
    """Find lines, windings and poles that share no phase with anything else that leads on from their node.

    What leads to one far node is looked at together: a line per phase, a bank of single-phase transformers.
    """
    node, far, equipment, mask = _ends(network, slots)
    shared = np.full(len(network.node.id), _EVERY, np.uint8)
    # most have all conductors and change nothing
    every = np.uint8((1 << slots.width) - 1)
    lacking = np.flatnonzero((mask & every) != every)
    np.bitwise_and.at(shared, node[lacking], mask[lacking])
    # where one conductor is in all, all agree: only the rest is looked at piece by piece
    doubtful = np.flatnonzero(shared[node] == 0)
    node, far, equipment = (column[doubtful].astype(np.int64) for column in (node, far, equipment))
    mask = mask[doubtful]
    place, beyond = distinct(node, far)
    own, piece = np.zeros(place.size, np.uint8), np.full(place.size, np.iinfo(np.int64).max)
    span = len(network.node.id)
    at = np.searchsorted(place * span + beyond, node * span + far)
    np.bitwise_or.at(own, at, mask)
    np.minimum.at(piece, at, equipment)
    number = np.searchsorted(np.unique(place), place)
    others = np.zeros(place.size, np.uint8)
    for conductor in range(slots.width):
        has = (own >> conductor) & 1
        others |= (np.bincount(number, has)[number] - has > 0).astype(np.uint8) << np.uint8(conductor)
    rows = np.flatnonzero((own & others == 0) & (others > 0))
    rows = rows[np.argsort(piece[rows], kind="stable")]
    table = network.equipment

    def lone(row: int) -> Finding:
        e, n = int(piece[row]), int(place[row])
        text = (
            f"{network.label(e)} shares no phase with anything else at node {network.node.name[n]}: "
            "nothing passes there; correct its phases or theirs."
        )
        return finding("phase_not_at_node", text, [table.id[e], network.node.id[n]])

    return first_of("phase_not_at_node", rows, lone)


def _ends(network: Network, slots: Slots) -> tuple[Ints, Ints, Ints, U8]:
    """Return node, far node, equipment and conductors of all ends of what leads on: lines, windings, poles."""
    branch, pole, end = network.branch, network.pole, network.end
    lowest = np.full(len(network.equipment.id), np.iinfo(np.int32).max, np.int32)
    highest = np.zeros(lowest.size, np.int32)
    np.minimum.at(lowest, end.equipment, end.node)
    np.maximum.at(highest, end.equipment, end.node)
    across = np.where(end.node == lowest[end.equipment], highest[end.equipment], lowest[end.equipment])
    parts = [
        (branch.node1, branch.node2, branch.equipment, branch.phases1),
        (branch.node2, branch.node1, branch.equipment, branch.phases2),
        (end.node, across, end.equipment, end.phases),
        (pole.node1, pole.node2, pole.equipment, pole.side1),
        (pole.node2, pole.node1, pole.equipment, pole.side2),
    ]
    node, far, equipment, phases = (np.concatenate(column) for column in zip(*parts, strict=True))
    there = np.flatnonzero((node >= 0) & (far >= 0) & (node != far) & (phases & codes.ALL > 0))
    node, far, equipment, phases = node[there], far[there], equipment[there], phases[there]
    mask = _conductors(slots, node, phases)
    mask[phases == codes.ALL] = _EVERY
    return node, far, equipment, mask


def _of_single_terminal(network: Network, slots: Slots) -> list[Finding]:
    """Find DER and grid sources that name a phase which nothing brings to their node."""
    table, found = network.equipment, list[Finding]()
    for owner in (network.der, network.source):
        rows = np.flatnonzero((owner.terminal >= 0) & (owner.phases & codes.ALL > 0))
        node = network.terminal.node[owner.terminal[rows]].astype(np.int64)
        there, own = (_conductors(slots, node, mask) for mask in (slots.node_phases[node], owner.phases[rows]))
        equipment, phases = owner.equipment[rows], owner.phases[rows]

        def missing(
            i: int, equipment: npt.NDArray[np.int32] = equipment, phases: U8 = phases, node: Ints = node
        ) -> Finding:
            e, n = int(equipment[i]), int(node[i])
            named, has = codes.code_of(int(phases[i]) & codes.ALL), codes.code_of(int(slots.node_phases[n]))
            text = (
                f"{network.label(e)} names phases {named}, its node {network.node.name[n]} has {has}: "
                "on the others it hangs on nothing; correct its phases or those of what leads to the node."
            )
            return finding("phase_not_at_node", text, [table.id[e], network.node.id[n]])

        found += first_of("phase_not_at_node", np.flatnonzero(own & ~there), missing)
    return found
