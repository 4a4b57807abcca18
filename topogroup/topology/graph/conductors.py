"""Builds the graph of (node, phase) of a network: what joins which phase of one node to which of another."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from cim_models.findings import Finding
from cim_models.network import BranchTable, Network, PoleTable
from topogroup.topology.graph.connectivity import ConductorGraph, Kind
from topogroup.topology.graph.joints import Joints, edges_of
from topogroup.topology.graph.phases import Slots
from topogroup.topology.graph.windings import winding_joints

I64 = npt.NDArray[np.int64]
Ints = npt.NDArray[np.integer]

_STATE_BIT: Final = {64: codes.S1, 128: codes.S2}
"""The phase whose pole a second way of it goes through."""


def build_graph(network: Network, slots: Slots) -> tuple[ConductorGraph, list[Finding]]:
    """Build the graph of (node, phase).

    Args:
        network: the network.
        slots: how (node, phase) becomes a vertex.

    Returns:
        The graph, and findings on windings whose phases do not match.
    """
    parts = [*_branch_joints(network, slots), *_pole_joints(network, slots)]
    windings, gates, findings = winding_joints(network, slots, sum(len(part) for part in parts))
    size = len(network.node.id) * slots.width
    return ConductorGraph(slots, size, edges_of(slots, [*parts, *windings]), gates), findings


def _joints(table: BranchTable | PoleTable, kind: Kind, rows: I64, bit1: int, bit2: int) -> Joints:
    """Return the edges that some rows of a table make by joining one phase to one phase."""
    return Joints(table, rows, kind, bit1, bit2, _STATE_BIT.get(bit1, bit1), rows)


def _branch_joints(network: Network, slots: Slots) -> list[Joints]:
    branch = network.branch
    if slots.width == 1:
        return [_joints(branch, Kind.BRANCH, np.arange(branch.node1.size), codes.A, codes.A)]
    one, other = branch.phases1 & codes.ALL, branch.phases2 & codes.ALL
    common = one & other
    found = []
    for bit in codes.BITS:
        rows = np.flatnonzero(common & bit)
        found += [_joints(branch, Kind.BRANCH, rows, way, way) for way in slots.ways(bit)]
    rows = np.flatnonzero((common == 0) & np.isin(one, codes.BITS) & np.isin(other, codes.BITS))
    return found + _across(branch, Kind.BRANCH, rows, one, other)


def _pole_joints(network: Network, slots: Slots) -> list[Joints]:
    pole = network.pole
    usable = (pole.node1 >= 0) & (pole.node2 >= 0) & (pole.node1 != pole.node2)
    if slots.width == 1:
        return [_joints(pole, Kind.POLE, np.flatnonzero(usable), codes.A, codes.A)]
    straight = usable & (pole.side1 == pole.side2)
    found = []
    for bit in codes.BITS:
        is_here = straight & ((pole.side1 & bit) > 0)
        if bit & codes.SPLIT:
            # a switch of all phases has split poles only where the nodes have split phases
            here = slots.node_phases[np.maximum(pole.node1, 0)] | slots.node_phases[np.maximum(pole.node2, 0)]
            is_here &= (pole.side1 != codes.ALL) | ((here & codes.SPLIT) > 0)
        rows = np.flatnonzero(is_here)
        found += [_joints(pole, Kind.POLE, rows, way, way) for way in slots.ways(bit)]
    crossed = usable & (pole.side1 != pole.side2)
    single = np.isin(pole.side1, codes.BITS) & np.isin(pole.side2, codes.BITS)
    for bit in codes.BITS:
        rows = np.flatnonzero(crossed & ~single & (pole.side1 & pole.side2 & bit > 0))
        found.append(_joints(pole, Kind.POLE, rows, bit, bit))
    return found + _across(pole, Kind.POLE, np.flatnonzero(crossed & single), pole.side1, pole.side2)


def _across(table: BranchTable | PoleTable, kind: Kind, rows: I64, one: Ints, other: Ints) -> list[Joints]:
    """Return the edges of rows that join one phase to another one."""
    pair = one[rows].astype(np.int64) * 256 + other[rows]
    return [
        _joints(table, kind, rows[pair == which], *divmod(which, 256)) for which in np.unique(pair).tolist()
    ]
