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

from cim_models import phase_codes as codes
from cim_models.findings import Finding, finding, first_of
from cim_models.network import Network
from topogroup.topology.arrays.components import components

__all__ = ["Slots", "centre_taps", "components", "is_balanced", "slots"]

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

    def vertex(self, node: npt.NDArray[np.integer], bit: int) -> I64:
        """Return the vertex of a phase (or a second way of it) at each node."""
        column = self.slot[:, _COLUMN[bit]]
        result = node.astype(np.int64) * self.width
        result += column[node] if column.size > 1 else column
        return result

    def ways(self, bit: int) -> tuple[int, ...]:
        """Return the ways in which a phase is traced: itself, and a second one where split phases need it."""
        return (bit, _SECOND_WAY[bit]) if self.width == 7 and bit in _SECOND_WAY else (bit,)


def is_balanced(network: Network) -> bool:
    """Tell whether the model says nothing that differs between phases."""

    def whole(masks: npt.NDArray[np.uint8]) -> bool:
        present = np.flatnonzero(np.bincount(masks, minlength=1))
        return bool(np.isin(present & codes.ALL, (0, codes.ABC, codes.ALL)).all())

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
    of_letter = np.log2(letter[named]).astype(np.int64)
    for column in (3, 4, 5, 6):
        slot[named, column] = of_letter
    bare = bool((_uses_split(network, letter.size) & ~named).any())
    if not named.any() and not bare:
        slot = own
    return Slots(7 if bare else 3, slot, node_phases), _named_by_primary(network, letter, node_phases)


def _or_at(size: int, pairs: Sequence[tuple[npt.NDArray[np.integer], U8]]) -> U8:
    """Return the union of the masks given at each of `size` places; at a negative place nothing is given."""
    result = np.zeros(size, np.uint8)
    for place, mask in pairs:
        there = np.flatnonzero((place >= 0) & (mask > 0))
        at, given = (place, mask) if there.size == place.size else (place[there], mask[there])
        values = np.flatnonzero(np.bincount(given))
        if (values[:-1] & values[1:] == values[:-1]).all():
            # each mask holds the smaller ones: their union is the greatest, which takes a fifth of the time
            own = np.zeros(size, np.uint8)
            np.maximum.at(own, at, given)
            result |= own
        else:
            np.bitwise_or.at(result, at, given)
    return result


def _explicit(side: U8) -> U8:
    """Return the phases that poles name, 0 for a switch of all phases."""
    return np.where(side == codes.ALL, 0, side).astype(np.uint8)


def _node_phases(network: Network) -> U8:
    """Return the phases of each node: those of the lines, windings and poles at it, over switches of all phases.

    A one-terminal load that names no phase counts as ABC in the files and says nothing about its node.
    """
    pole, branch, size = network.pole, network.branch, len(network.node.id)
    mask = _or_at(
        size,
        [
            (branch.node1, branch.phases1),
            (branch.node2, branch.phases2),
            (network.end.node, network.end.phases),
            (pole.node1, _explicit(pole.side1)),
            (pole.node2, _explicit(pole.side2)),
        ],
    )
    joined = np.flatnonzero((pole.side1 == codes.ALL) & (pole.node1 >= 0) & (pole.node2 >= 0))
    one, other = pole.node1[joined], pole.node2[joined]
    # only the nodes at such switches share their phases with others
    switched = np.zeros(size, np.bool_)
    switched[one] = switched[other] = True
    nodes = np.flatnonzero(switched)
    number = np.cumsum(switched) - 1
    label = components(nodes.size, number[one], number[other])
    mask[nodes] = _or_at(nodes.size, [(label, mask[nodes])])[label]
    mask &= codes.ALL
    bare = mask == 0
    if bare.any():
        terminal = network.terminal
        rows = np.flatnonzero((terminal.node >= 0) & bare[terminal.node])
        said = _or_at(size, [(terminal.node[rows], terminal.phases[rows])]) & codes.ALL
        mask[bare] = np.where(said[bare] > 0, said[bare], codes.ABC)
    return mask


def _uses_split(network: Network, size: int) -> Bools:
    """Return the nodes at which something names s1 or s2."""
    der_node = np.where(network.der.terminal >= 0, network.terminal.node[network.der.terminal], -1)
    pole = network.pole
    pairs = [
        (network.branch.node1, network.branch.phases1),
        (network.branch.node2, network.branch.phases2),
        (network.end.node, network.end.phases),
        (pole.node1, _explicit(pole.side1)),
        (pole.node2, _explicit(pole.side2)),
        (der_node, network.der.phases),
    ]
    result = np.zeros(size, np.bool_)
    for node, mask in pairs:
        there = np.flatnonzero((mask & codes.SPLIT > 0) & (node >= 0))
        result[node[there]] = True
    return result


def centre_taps(network: Network) -> tuple[I64, I64, U8]:
    """Return the ends with split phases: end row, row of the primary end of their unit, its letters."""
    end = network.end
    if not end.phases.size:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8)
    is_split = (end.phases & codes.SPLIT) > 0
    new = (np.diff(end.equipment, prepend=-1) != 0) | (np.diff(end.tank, prepend=-1) != 0)
    unit = np.cumsum(new) - 1
    # the first end of a unit without split phases
    plain = np.flatnonzero(~is_split)
    first = np.full(int(unit[-1]) + 1, -1)
    first[unit[plain[::-1]]] = plain[::-1]
    tap = np.flatnonzero(is_split & (first[unit] >= 0))
    primary = first[unit[tap]]
    return tap, primary, (end.phases[primary] & codes.ABC).astype(np.uint8)


def _split_letters(network: Network) -> U8:
    """Return for each node the primary letter that its split phases stand for, 0 = none.

    A piece of secondary network takes the letter of its own centre taps (the lowest of several); one without a tap
    that of the piece across a switch, closed ones first.
    """
    size, branch, pole = len(network.node.id), network.branch, network.pole
    tap, _, letters = centre_taps(network)
    single = np.flatnonzero(np.isin(letters, (codes.A, codes.B, codes.C)))
    if not single.size:
        return np.zeros(size, np.uint8)
    piece = components(size, branch.node1, branch.node2)
    letter = np.full(int(piece.max()) + 1, 255, np.uint8)
    np.minimum.at(letter, piece[network.end.node[tap[single]]], letters[single])
    joined = (pole.node1 >= 0) & (pole.node2 >= 0)
    for rows in (np.flatnonzero(joined & ~pole.normal_open), np.flatnonzero(joined)):
        _spread_letters(letter, piece[pole.node1[rows]], piece[pole.node2[rows]])
    letter[letter == 255] = 0
    return letter[piece]


def _spread_letters(letter: U8, one: I64, other: I64) -> None:
    """Give pieces without a letter (255) that of a neighbour, the lowest of several, step by step."""
    while True:
        # what both sides know, or neither can ever learn, is not looked at again
        open_ = np.flatnonzero((letter[one] == 255) | (letter[other] == 255))
        one, other = one[open_], other[open_]
        before = letter.copy()
        learnt = False
        for a, b in ((one, other), (other, one)):
            fresh = np.flatnonzero((before[a] == 255) & (before[b] < 255))
            np.minimum.at(letter, a[fresh], before[b[fresh]])
            learnt |= fresh.size > 0
        if not learnt:
            return


def _named_by_primary(network: Network, letter: U8, node_phases: U8) -> list[Finding]:
    """Report DER behind a centre tap that are named by the primary's letter."""
    der, table = network.der, network.equipment
    node = np.where(der.terminal >= 0, network.terminal.node[der.terminal], -1)
    phases = np.where((der.phases > 0) | (node < 0), der.phases, node_phases[node])
    rows = np.flatnonzero((node >= 0) & (letter[node] > 0) & (phases & codes.ABC > 0))

    def named(row: int) -> Finding:
        e, primary = int(der.equipment[row]), codes.code_of(int(letter[node[row]]))
        return finding(
            "secondary_phase_by_primary",
            f"{table.name[e]} hangs behind a centre tap on phase {primary} and names phase "
            f"{codes.code_of(int(phases[row]))}; s1, s2 and {primary} are one there.",
            [table.id[e]],
        )

    return first_of("secondary_phase_by_primary", rows, named)
