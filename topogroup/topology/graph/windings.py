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
from topogroup.topology.graph.connectivity import Gates, Kind
from topogroup.topology.graph.joints import Joints
from topogroup.topology.graph.phases import Slots

I32 = npt.NDArray[np.int32]
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


class _Windings(NamedTuple):
    """From the upper end of each unit to each of its lower ends."""

    node1: I32
    node2: I32
    equipment: I32
    terminal1: I32
    terminal2: I32


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
    unit, table = units.of_end[lower], _table(network, units, lower)
    if slots.width == 1:
        nothing = Gates(_NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS)
        every = np.arange(lower.size)
        return [Joints(table, every, Kind.WINDING, codes.A, codes.A, codes.A, unit, lower)], nothing, []
    joints: list[Joints] = []
    tap_edges, tap_vertices, unmatched = [_NO_NUMBERS], [_NO_NUMBERS], [_NO_NUMBERS]
    phases = end.phases[units.upper[unit]].astype(np.int64) * 256 + end.phases[lower]
    for both in np.unique(phases).tolist():
        pairs, needed = _phase_pairs(slots, *divmod(both, 256))
        rows = np.flatnonzero(phases == both)
        for bit1, bit2 in pairs:
            for bit in codes.BITS if needed else ():
                if needed & bit:
                    tap_edges.append(np.arange(offset, offset + rows.size))
                    tap_vertices.append(slots.vertex(table.node1[rows], bit))
            joints.append(Joints(table, rows, Kind.WINDING, bit1, bit2, bit1, unit[rows], lower[rows]))
            offset += rows.size
        if not pairs:
            unmatched.append(lower[rows])
    gates = Gates(*_unit_gates(network, slots, units), np.concatenate(tap_edges), np.concatenate(tap_vertices))
    return joints, gates, _mismatches(network, units, np.sort(np.concatenate(unmatched)))


def _table(network: Network, units: Units, lower: I64) -> _Windings:
    end, upper = network.end, units.upper[units.of_end[lower]]
    return _Windings(end.node[upper], end.node[lower], end.equipment[upper], end.terminal[upper], end.terminal[lower])


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
