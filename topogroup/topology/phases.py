"""Which phases each node has, and which conductor a phase is: the bit masks behind the graph of (node, phase).

Behind a single-phase centre tap s1, s2 and the primary's letter are one conductor, so the split phases of a node
are written in the slot of that letter. A network without a single per-phase statement has one slot per node: a
balanced model costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cim_models import phase_codes as codes
from cim_models.findings import Finding, finding
from cim_models.network import Network

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_COLUMN: Final = {codes.A: 0, codes.B: 1, codes.C: 2, codes.S1: 3, codes.S2: 4, 64: 5, 128: 6}
_SECOND_WAY: Final = {codes.S1: 64, codes.S2: 128}
"""Behind a phase-to-phase centre tap s1 and s2 are supplied by two phases: traced one at a time, in slots of their own,
so that the two phases are never joined."""


@dataclass(frozen=True, slots=True)
class Slots:
    """How (node, phase) becomes a vertex.

    Attributes:
        width: slots per node: 1 (balanced), 3, or 7 where split phases have no single primary letter.
        slot: int64[n_nodes, 7] or int64[1, 7]; slot of A, B, C, s1, s2 and the second ways of s1, s2 at each node.
        node_phases: uint8[n_nodes]; the phases each node has.
    """

    width: int
    slot: I64
    node_phases: U8

    def vertex(self, node: I64, bit: int) -> I64:
        """Return the vertex of a phase (or a second way of it) at each node."""
        column = _COLUMN[bit]
        row = node if self.slot.shape[0] > 1 else np.zeros_like(node)
        result: I64 = node * self.width + self.slot[row, column]
        return result

    def ways(self, bit: int) -> tuple[int, ...]:
        """Return the ways in which a phase is traced: itself, and a second one where split phases need it."""
        return (bit, _SECOND_WAY[bit]) if self.width == 7 and bit in _SECOND_WAY else (bit,)


def components(size: int, u: I64, v: I64) -> I64:
    """Return a component number for each of `size` vertices joined by edges (u, v)."""
    graph = coo_array((np.ones(u.size, np.int8), (u, v)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def is_balanced(network: Network) -> bool:
    """Tell whether the model says nothing that differs between phases."""

    def whole(masks: npt.NDArray[np.uint8]) -> bool:
        return bool(np.isin(masks & codes.ALL, (0, codes.ABC, codes.ALL)).all())

    tables = (network.branch.phases1, network.branch.phases2, network.pole.side1, network.pole.side2)
    return all(whole(m) for m in (*tables, network.end.phases, network.source.phases, network.der.phases))


def slots(network: Network, *, per_phase: bool) -> tuple[Slots, list[Finding]]:
    """Decide the slots of all nodes.

    Args:
        network: the network.
        per_phase: some switch is to be operated on single phases, so a balanced model must be taken apart too.

    Returns:
        The slots, and findings on secondary phases named by the primary's letter.
    """
    node_phases = _node_phases(network)
    own = np.array([list(_COLUMN.values())], np.int64)
    if is_balanced(network) and not per_phase:
        return Slots(1, np.zeros_like(own), node_phases), []
    letter = _split_letters(network)
    slot = np.repeat(own, letter.size, axis=0)
    named = letter > 0
    for column in (3, 4, 5, 6):
        slot[named, column] = np.log2(letter[named]).astype(np.int64)
    bare = bool((_uses_split(network, letter.size) & ~named).any())
    if not named.any() and not bare:
        slot = own
    return Slots(7 if bare else 3, slot, node_phases), _named_by_primary(network, letter, node_phases)


def _or_at_nodes(size: int, pairs: Sequence[tuple[npt.NDArray[np.int32], U8]]) -> U8:
    result = np.zeros(size, np.uint8)
    for node, mask in pairs:
        there = node >= 0
        np.bitwise_or.at(result, node[there], mask[there])
    return result


def _node_phases(network: Network) -> U8:
    """Return the phases of each node: those of the lines, windings and poles at it, over switches of all phases.

    A one-terminal load that names no phase counts as ABC in the files and says nothing about its node.
    """
    pole, branch, size = network.pole, network.branch, len(network.node.id)
    all_phases = pole.side1 == codes.ALL
    mask = _or_at_nodes(
        size,
        [
            (branch.node1, branch.phases1),
            (branch.node2, branch.phases2),
            (network.end.node, network.end.phases),
            (pole.node1, np.where(all_phases, 0, pole.side1).astype(np.uint8)),
            (pole.node2, np.where(all_phases, 0, pole.side2).astype(np.uint8)),
        ],
    )
    joined = all_phases & (pole.node1 >= 0) & (pole.node2 >= 0)
    label = components(size, pole.node1[joined].astype(np.int64), pole.node2[joined].astype(np.int64))
    shared = np.zeros(size, np.uint8)
    np.bitwise_or.at(shared, label, mask)
    mask = (shared[label] & codes.ALL).astype(np.uint8)
    said = _or_at_nodes(size, [(network.terminal.node, network.terminal.phases)]) & codes.ALL
    return np.where(mask > 0, mask, np.where(said > 0, said, codes.ABC)).astype(np.uint8)


def _uses_split(network: Network, size: int) -> Bools:
    """Return the nodes at which something names s1 or s2."""
    der_node = np.where(network.der.terminal >= 0, network.terminal.node[network.der.terminal], -1)
    pole = network.pole
    explicit1 = np.where(pole.side1 == codes.ALL, 0, pole.side1).astype(np.uint8)
    explicit2 = np.where(pole.side2 == codes.ALL, 0, pole.side2).astype(np.uint8)
    pairs = [
        (network.branch.node1, network.branch.phases1),
        (network.branch.node2, network.branch.phases2),
        (network.end.node, network.end.phases),
        (pole.node1, explicit1),
        (pole.node2, explicit2),
        (der_node.astype(np.int32), network.der.phases),
    ]
    return (_or_at_nodes(size, pairs) & codes.SPLIT) > 0


def centre_taps(network: Network) -> tuple[I64, I64, U8]:
    """Return the ends with split phases: end row, row of the primary end of their unit, its letters."""
    end = network.end
    split = np.flatnonzero((end.phases & codes.SPLIT) > 0)
    unit = end.equipment.astype(np.int64) * (end.tank.max(initial=0) + 2) + end.tank + 1
    primary_of: dict[int, int] = {}
    for row in np.flatnonzero((end.phases & codes.SPLIT) == 0).tolist():
        primary_of.setdefault(int(unit[row]), row)
    rows = [(s, primary_of[int(unit[s])]) for s in split.tolist() if int(unit[s]) in primary_of]
    tap = np.array([s for s, _ in rows], np.int64)
    primary = np.array([p for _, p in rows], np.int64)
    return tap, primary, (end.phases[primary] & codes.ABC).astype(np.uint8)


def _split_letters(network: Network) -> U8:
    """Return for each node the primary letter that its split phases stand for, 0 = none.

    A piece of secondary network takes the letter of its own centre taps (the lowest of several); one without a tap
    that of the piece across a switch, closed ones first.
    """
    size, branch, pole = len(network.node.id), network.branch, network.pole
    tap, _, letters = centre_taps(network)
    single = np.isin(letters, (codes.A, codes.B, codes.C))
    result = np.full(size, 255, np.int64)
    if not single.any():
        return np.zeros(size, np.uint8)
    piece = components(size, branch.node1.astype(np.int64), branch.node2.astype(np.int64))
    np.minimum.at(result, piece[network.end.node[tap[single]]], letters[single])
    joined = (pole.node1 >= 0) & (pole.node2 >= 0)
    for rows in (np.flatnonzero(joined & ~pole.normal_open), np.flatnonzero(joined)):
        one, other = piece[pole.node1[rows]], piece[pole.node2[rows]]
        while True:
            before = result.copy()
            for a, b in ((one, other), (other, one)):
                fresh = (before[a] == 255) & (before[b] < 255)
                np.minimum.at(result, a[fresh], before[b[fresh]])
            if np.array_equal(before, result):
                break
    return np.where(result == 255, 0, result)[piece].astype(np.uint8)


def _named_by_primary(network: Network, letter: U8, node_phases: U8) -> list[Finding]:
    """Report DER behind a centre tap that are named by the primary's letter."""
    der = network.der
    found = []
    for i in np.flatnonzero(der.terminal >= 0).tolist():
        node = int(network.terminal.node[der.terminal[i]])
        mask = int(der.phases[i]) or int(node_phases[node])
        if letter[node] and mask & codes.ABC:
            e, primary = int(der.equipment[i]), codes.code_of(int(letter[node]))
            found.append(
                finding(
                    "secondary_phase_by_primary",
                    f"{network.equipment.name[e]} hangs behind a centre tap on phase {primary} and names phase "
                    f"{codes.code_of(mask)}; s1, s2 and {primary} are one there.",
                    [network.equipment.id[e]],
                )
            )
    return found
