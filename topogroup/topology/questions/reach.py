"""Reach: who goes dark with a piece of equipment, and who is near a place, counted in switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes
from cim_models.errors import OptionError
from cim_models.network import Network
from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.connectivity import Joining, fed_from
from topogroup.topology.questions.known_state import DerPhases, KnownState, Part, require_carrier
from topogroup.topology.structure.grid import Grid

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def downstream(known: KnownState, equipment: Sequence[int]) -> DerPhases:
    """Find the DER that have supply with a piece of equipment closed and none with it open, the rest unchanged.

    Args:
        known: the state; it does not matter whether the equipment is closed or open in it.
        equipment: positions; one, or the heads of one feeder, all closed or all open.

    Returns:
        The DER with the phases that are live in one case and not in the other. Closed: in service, its terminals
        connected, all its poles closed; open: it does not conduct, and as a grid source does not feed.

    Raises:
        OptionError: it carries no supply.
    """
    require_carrier(known.grid, equipment)
    network, state, graph = known.network, known.state, known.grid.graph
    mine = np.isin(graph.edges.equipment, equipment)
    free = graph.conducting(network, state)
    with_it, without = free | mine, free & ~mine
    with_it[graph.cut_edges] = False
    own = np.zeros(state.in_service.size, np.bool_)
    own[list(equipment)] = True
    connected = state.connected | own[network.terminal.equipment]
    feeding = replace(state, in_service=state.in_service | own, connected=connected)
    idle = replace(state, in_service=state.in_service & ~own)
    joining = _joining(known, mine)
    live = [
        fed_from(graph, conducting, graph.sources(network, sources), joining)[2][known.rows.vertex] & known.joined
        for conducting, sources in ((with_it, feeding), (without, idle))
    ]
    return known.ders(known.phases_at(live[0]) & ~known.phases_at(live[1]))


def _joining(known: KnownState, changed: Bools) -> Joining:
    """Return the quickest way to find what is joined while some edges change: blocks, unless edges lie inside them."""
    blocks = known.grid.contraction(known.state)
    return blocks if np.isin(np.flatnonzero(changed), blocks.edge).all() else known.grid.graph


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A section beside another, and a switch between the two.

    Attributes:
        section: the section beside.
        switch: the switch.
        phases: all its phases.
        open_phases: those that are open; empty = closed.
    """

    section: Item
    switch: Part
    phases: str
    open_phases: str

    def as_dict(self) -> dict[str, Any]:
        """Return the neighbour as answers show it."""
        return {
            "section": self.section._asdict(),
            "switch": self.switch.as_dict(),
            "open": self.open_phases == self.phases,
            "open_phases": self.open_phases,
        }


class Nearness:
    """Sections and the switches between them, whatever the position of these; the same in every state."""

    def __init__(self, grid: Grid, der_node: I64, der_phases: npt.NDArray[np.uint8]) -> None:
        """Keep the sections.

        Args:
            grid: the prepared network.
            der_node: int64[n_ders]; node of each DER, -1 = none.
            der_phases: uint8[n_ders].
        """
        self._grid, self._node, self._phases = grid, der_node, der_phases

    @classmethod
    def of(cls, known: KnownState) -> Nearness:
        """Return the sections of the network of a state."""
        return cls(known.grid, known.rows.node, known.rows.phases)

    def same_section(self, equipment: Sequence[int]) -> DerPhases:
        """Return the DER of the sections that some equipment touches; a DER is in its own."""
        return self.within_switches(equipment, 0)

    def within_switches(self, equipment: Sequence[int], most: int) -> DerPhases:
        """Return the DER that are reached from some equipment over so many switches at most.

        Args:
            equipment: positions of DER or any equipment; a switch begins on both its sides.
            most: how many switches lie between at most.

        Raises:
            OptionError: that is less than none.
        """
        if most < 0:
            raise OptionError("bad_switches", f"The number of switches is 0 or more, not {most}.", str(most))
        near = self._touched(equipment)
        switch, section = self._incidence
        passed = np.zeros(len(self._grid.network.equipment.id), np.bool_)
        for _ in range(most):
            passed[switch[near[section]]] = True
            reached = section[passed[switch]]
            if near[reached].all():
                break
            near[reached] = True
        there = self._node >= 0
        there[there] = near[self._grid.sections.of_node[self._node[there]]]
        der = np.flatnonzero(there)
        return DerPhases(self._grid.network, der, self._phases[der])

    def neighbours(self, known: KnownState, equipment: Sequence[int]) -> tuple[Neighbour, ...]:
        """Return the sections beside those that some equipment touches.

        Args:
            known: the state of the switches.
            equipment: positions of DER or any equipment.

        Returns:
            One entry for every switch and section beyond it, by the mRID of the section and of the switch.
        """
        network, sections = self._grid.network, self._grid.sections
        near = self._touched(equipment)
        switch, section = self._incidence
        beside = np.isin(switch, switch[near[section]]) & ~near[section]
        found = []
        for e, other in sorted(set(zip(switch[beside].tolist(), section[beside].tolist(), strict=True))):
            first, last = np.searchsorted(network.pole.equipment, [e, e + 1]).tolist()
            masks = [
                int(np.bitwise_or.reduce(column[first:last])) for column in (network.pole.side1, known.state.open)
            ]
            phases, opened = (phase_codes.code_of(mask & phase_codes.ABC or mask) for mask in masks)
            found.append(Neighbour(sections.item(network, other), known.part(e), phases, opened))
        return tuple(sorted(found, key=lambda one: (one.section.mrid, one.switch.item.mrid)))

    def _touched(self, equipment: Sequence[int]) -> Bools:
        """Return the sections that some equipment touches: bool[n_sections]."""
        network = self._grid.network
        near = np.zeros(self._grid.sections.lowest.size, np.bool_)
        for table, columns in _nodes_of(network):
            rows = np.isin(table, equipment)
            for column in columns:
                node = column[rows]
                near[self._grid.sections.of_node[node[node >= 0]]] = True
        return near

    @cached_property
    def _incidence(self) -> tuple[I64, I64]:
        """Return (switch, section that it touches) pairs."""
        pole, of_node = self._grid.network.pole, self._grid.sections.of_node
        usable = np.flatnonzero((pole.node1 >= 0) & (pole.node2 >= 0))
        switch = pole.equipment[usable].astype(np.int64)
        ends = of_node[pole.node1[usable]], of_node[pole.node2[usable]]
        return np.concatenate([switch, switch]), np.concatenate(ends)


def _nodes_of(network: Network) -> tuple[tuple[npt.NDArray[np.int32], tuple[npt.NDArray[np.int32], ...]], ...]:
    """Return equipment and nodes of all tables that say where equipment stands; pieces of cut lines stand in two."""
    branch, pole, terminal = network.branch, network.pole, network.terminal
    return (
        (terminal.equipment, (terminal.node,)),
        (branch.equipment, (branch.node1, branch.node2)),
        (pole.equipment, (pole.node1, pole.node2)),
    )
