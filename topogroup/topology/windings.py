"""Windings: which phase passes through which transformer unit, and the gates on that.

A winding passes phase k to phase k of the other ends of its unit, in a star from the end of highest voltage.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from cim_models.findings import Finding, finding, first_of
from cim_models.network import Network
from topogroup.topology.connectivity import Gates, Kind
from topogroup.topology.joints import Joints
from topogroup.topology.phases import Slots

I64 = npt.NDArray[np.int64]

_NO_NUMBERS = np.empty(0, np.int64)


class Units(NamedTuple):
    """The units of all transformers: tanks, and whole transformers without tanks.

    Attributes:
        of_end: int64[n_ends]; the unit of each end.
        upper: int64[n_units]; the end of highest voltage; of equal voltages the lowest end number leads.
    """

    of_end: I64
    upper: I64


def units_of(network: Network) -> Units:
    """Return the units of all transformers, in the order of the end table."""
    end = network.end
    if not end.node.size:
        return Units(_NO_NUMBERS, _NO_NUMBERS)
    begins = np.ones(end.node.size, np.bool_)
    begins[1:] = (end.equipment[1:] != end.equipment[:-1]) | (end.tank[1:] != end.tank[:-1])
    of_end = np.cumsum(begins) - 1
    voltage = np.nan_to_num(end.voltage_v, nan=-1.0)
    highest = np.maximum.reduceat(voltage, np.flatnonzero(begins))
    leading = np.flatnonzero(voltage == highest[of_end])[::-1]
    upper = np.empty(highest.size, np.int64)
    # the ends of a unit stand by number: the first of them is written last and stays
    upper[of_end[leading]] = leading
    return Units(of_end, upper)


def winding_joints(network: Network, slots: Slots, offset: int) -> tuple[list[Joints], Gates, list[Finding]]:
    """Return the edges of all windings, and the gates on them.

    Args:
        network: the network.
        slots: how (node, phase) becomes a vertex.
        offset: the number of the first edge.

    Returns:
        The edges, the gates, and findings on ends whose phases do not match.
    """
    end, units = network.end, units_of(network)
    is_lower = np.ones(end.node.size, np.bool_)
    is_lower[units.upper] = False
    lower = np.flatnonzero(is_lower)
    if slots.width == 1:
        nothing = Gates(_NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS)
        return [_joints(network, slots, units, lower, codes.A, codes.A)], nothing, []
    joints: list[Joints] = []
    tap_edges, tap_vertices, unmatched = [_NO_NUMBERS], [_NO_NUMBERS], [_NO_NUMBERS]
    phases = end.phases[units.upper[units.of_end[lower]]].astype(np.int64) * 256 + end.phases[lower]
    for both in np.unique(phases).tolist():
        pairs, needed = _phase_pairs(slots, *divmod(both, 256))
        rows = lower[phases == both]
        node = end.node[units.upper[units.of_end[rows]]]
        for bit1, bit2 in pairs:
            for bit in codes.BITS if needed else ():
                if needed & bit:
                    tap_edges.append(np.arange(offset, offset + rows.size))
                    tap_vertices.append(slots.vertex(node, bit))
            joints.append(_joints(network, slots, units, rows, bit1, bit2))
            offset += rows.size
        if not pairs:
            unmatched.append(rows)
    gates = Gates(*_unit_gates(network, slots, units), np.concatenate(tap_edges), np.concatenate(tap_vertices))
    return joints, gates, _mismatches(network, units, np.sort(np.concatenate(unmatched)))


def _joints(network: Network, slots: Slots, units: Units, lower: I64, bit1: int, bit2: int) -> Joints:
    """Return the edges from some lower ends to the upper ends of their units, from one phase to one phase."""
    end = network.end
    unit = units.of_end[lower]
    upper = units.upper[unit]
    node1, node2 = end.node[upper], end.node[lower]
    balanced = slots.width == 1
    return Joints(
        u=None if balanced else slots.vertex(node1, bit1),
        v=None if balanced else slots.vertex(node2, bit2),
        node1=node1,
        node2=node2,
        kind=Kind.WINDING,
        row=unit,
        bit=bit1,
        equipment=end.equipment[upper],
        terminal1=end.terminal[upper],
        terminal2=end.terminal[lower],
        lower_end=lower,
    )


def _unit_gates(network: Network, slots: Slots, units: Units) -> tuple[I64, I64]:
    """Return (unit, vertex) of all phases of ends that need all of theirs."""
    end = network.end
    unit, vertex = [], []
    for bit in codes.BITS:
        rows = np.flatnonzero(end.needs_all & (end.phases & bit > 0))
        unit.append(units.of_end[rows])
        vertex.append(slots.vertex(end.node[rows], bit))
    return np.concatenate(unit), np.concatenate(vertex)


def _phase_pairs(slots: Slots, upper: int, lower: int) -> tuple[list[tuple[int, int]], int]:
    """Return which phase of one end meets which of another, and the upper phases that must all be live for it."""
    one, other = upper & codes.ALL, lower & codes.ALL
    common = one & other
    if common:
        return [(way, way) for bit in codes.BITS if common & bit for way in slots.ways(bit)], 0
    letters, split = (one & codes.ABC, other & codes.SPLIT)
    if not split and one & codes.SPLIT and other & codes.ABC:
        # a step-up unit: the split side is the upper one
        return [(bit, other & -other) for bit in codes.BITS if one & bit and bit & codes.SPLIT], 0
    if letters and split:
        each = [bit for bit in codes.BITS if letters & bit]
        if len(each) == 1:
            return [(each[0], way) for bit in codes.BITS if split & bit for way in slots.ways(bit)], 0
        # one way over the first phase and one over the second, each only while both are live
        return [pair for bit in codes.BITS if split & bit for pair in zip(each, slots.ways(bit), strict=False)], letters
    if one.bit_count() == 1 and other.bit_count() == 1:
        return [(one, other)], 0
    return [], 0


def _mismatches(network: Network, units: Units, rows: I64) -> list[Finding]:
    """Report lower ends that have no phase in common with the upper end of their unit."""
    end, table = network.end, network.equipment

    def mismatch(row: int) -> Finding:
        e = int(end.equipment[row])
        ends = (int(units.upper[units.of_end[row]]), row)
        one, other = (codes.code_of(int(end.phases[r]) & codes.ALL) for r in ends)
        text = (
            f"{network.label(e)} has ends with phases {one} and {other}: none is "
            "common and nothing passes; correct the phases of its ends."
        )
        return finding("phase_mismatch", text, [table.id[e]])

    return first_of("phase_mismatch", rows, mismatch)
