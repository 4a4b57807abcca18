"""A known state: one network in one state, with where all DER hang, as questions about it are asked.

What several questions need is found on the first of them and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_models import catalogue, phase_codes
from cim_models.catalogue import SWITCHING_ROLES
from cim_models.errors import IdError, OptionError
from cim_models.identifiers import canonical
from cim_models.lookup import EquipmentNames
from cim_models.network import Network
from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.blocks import BlockTree, block_tree
from topogroup.topology.graph.connectivity import Liveness, liveness, source_vertices
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.supplying.attachment import Attachments, DerRows, Energisation, attachments, der_rows

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class DerPhases:
    """Some DER, with the phases of each that a question is answered for.

    Attributes:
        network: the network.
        der: int64[n]; positions of DER, ascending.
        phases: uint8[n]; never 0.
    """

    network: Network
    der: I64
    phases: U8

    @property
    def mask(self) -> Bools:
        """Return which DER of the network these are: bool[n_ders]."""
        result = np.zeros(self.network.der.equipment.size, np.bool_)
        result[self.der] = True
        return result

    def as_dict(self) -> dict[str, Any]:
        """Return the DER as answers show them."""
        table, equipment = self.network.equipment, self.network.der.equipment[self.der].tolist()
        codes = [phase_codes.code_of(mask) for mask in self.phases.tolist()]
        named = zip(equipment, codes, strict=True)
        return {"ders": [{"mrid": table.id[e], "name": table.name[e], "phases": code} for e, code in named]}


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of equipment as ways name it: what it is, its class, whether it is a switch."""

    item: Item
    class_name: str
    switch: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the equipment as answers show it."""
        return {"mrid": self.item.mrid, "name": self.item.name, "class": self.class_name, "switch": self.switch}


class KnownState:
    """One network in one state, ready for questions; never changed."""

    def __init__(self, grid: Grid, rows: DerRows, state: NetworkState, found: Attachments | None = None) -> None:
        """Keep the parts.

        Args:
            grid: the prepared network, with the temporary devices that stand in it.
            rows: its DER.
            state: the state.
            found: where all DER hang in it, if that is known already.
        """
        self.grid, self.rows, self.state = grid, rows, state
        self._found = found
        self._parts: dict[str, I64] = {}

    @classmethod
    def of(cls, grid: Grid, state: NetworkState) -> KnownState:
        """Return a state of a prepared network, with its DER."""
        return cls(grid, der_rows(grid), state)

    @property
    def network(self) -> Network:
        """Return the arrays of the network."""
        return self.grid.network

    @cached_property
    def found(self) -> Attachments:
        """Return where all DER hang."""
        return self._found or attachments(self.grid, self.rows, self.state)

    @cached_property
    def live(self) -> Liveness:
        """Return what is live."""
        return liveness(self.network, self.grid.graph, self.state, self.grid.contraction(self.state))

    @cached_property
    def supplied(self) -> Bools:
        """Return which rows of DER have supply from the grid: bool[n_rows]."""
        return self.found.row_energisation <= Energisation.PARTIALLY_ENERGISED

    @cached_property
    def joined(self) -> Bools:
        """Return which rows of DER have their terminal connected: bool[n_rows]."""
        terminal = self.network.der.terminal[self.rows.der]
        return (terminal >= 0) & self.state.connected[terminal]

    @cached_property
    def used(self) -> I64:
        """Return the edges that conduct and are live: the first edges of `ways`."""
        return np.flatnonzero(self.live.conducting & self.live.live[self.grid.graph.edges.u])

    @cached_property
    def fed_at(self) -> I64:
        """Return the vertices at which grid sources feed: the vertices of the last edges of `ways`."""
        return np.flatnonzero(self.live.source)

    @cached_property
    def ways(self) -> BlockTree:
        """Return all ways of supply, as seen from a vertex beyond the last of the graph on which all sources hang."""
        graph = self.grid.graph
        root = np.full(self.fed_at.size, graph.n_vertices)
        u = np.concatenate([graph.edges.u[self.used], root])
        v = np.concatenate([graph.edges.v[self.used], self.fed_at])
        return block_tree(graph.n_vertices + 1, u, v, graph.n_vertices)

    def parts(self, level: str) -> I64:
        """Return what hangs together when the supply points of a level are cut: int64[n_vertices]."""
        known = self._parts.get(level)
        if known is None:
            kept = self.live.conducting.copy()
            kept[self.grid.levels[level].edge] = False
            known = self._parts[level] = self.grid.contraction(self.state).components(kept)
        return known

    def rows_of(self, der: int) -> list[int]:
        """Return the rows of one DER that have supply from the grid."""
        first, last = np.searchsorted(self.rows.der, [der, der + 1]).tolist()
        return [row for row in range(first, last) if self.supplied[row]]

    def phases_at(self, rows: Bools) -> U8:
        """Return the phases of each DER that has some rows: uint8[n_ders]."""
        result = np.zeros(self.rows.phases.size, np.uint8)
        np.bitwise_or.at(result, self.rows.der[rows], self.rows.bit[rows])
        return result

    def ders(self, phases: U8) -> DerPhases:
        """Return the DER of which some phases are given: uint8[n_ders]."""
        der = np.flatnonzero(phases)
        return DerPhases(self.network, der, phases[der])

    def part(self, equipment: int) -> Part:
        """Return a piece of equipment as ways name it; below 0 = a temporary device."""
        if equipment < 0:
            return Part(Item("", "temporary device", False), "", False)
        table = self.network.equipment
        switch = int(table.role[equipment]) in SWITCHING_ROLES
        named = catalogue.CLASSES[int(table.class_code[equipment])] or ("Switch" if switch else "Equipment")
        return Part(Item(table.id[equipment], table.name[equipment], False), named, switch)

    def sources_of(self, equipment: Sequence[int]) -> Bools:
        """Return at which vertices some equipment feeds as a grid source: bool[n_vertices]."""
        alone = np.zeros(self.state.in_service.size, np.bool_)
        alone[list(equipment)] = True
        state = replace(self.state, in_service=self.state.in_service & alone)
        return source_vertices(self.network, self.grid.graph.slots, state, self.grid.graph.n_vertices)

    def source_at(self, vertex: int) -> int:
        """Return the grid source that feeds at a vertex, of several the lowest mRID; -1 = a mobile one."""
        return min(self.sources_at(vertex), default=-1)

    def sources_at(self, vertex: int) -> list[int]:
        """Return the grid sources that feed at a vertex, mobile ones left out."""
        source = self.network.source
        node = vertex // self.grid.graph.slots.width
        there = source.equipment[self.network.terminal.node[source.terminal] == node]
        return [e for e in there.tolist() if self.sources_of([e])[vertex]]


def carrier(grid: Grid, names: EquipmentNames, text: str) -> tuple[int, ...]:
    """Return the equipment that a text names: a switch, line, transformer or grid source, or the heads of a feeder.

    Args:
        grid: the prepared network.
        names: all its equipment by id and name.
        text: an mRID in any spelling or a unique name; equipment goes before a feeder of the same name.

    Raises:
        IdError: nothing has that id or name, or several have it.
        OptionError: what it names carries no supply from one place to another.
    """
    holders, mrid = names.holders(text), canonical(text)
    if len(holders) == 1:
        require_carrier(grid, holders)
        return (holders[0],)
    feeders = [one for one in grid.feeders if mrid == one.item.mrid]
    feeders = feeders or [one for one in grid.feeders if text == one.item.name]
    if len(feeders) == 1:
        return tuple(sorted({e for head in feeders[0].heads for e in head.equipment}))
    if not holders and len(feeders) > 1:
        shown = text[:60]
        raise IdError("ambiguous_id", f"{shown!r} is the name of {len(feeders)} feeders; use an mRID.", shown)
    return (names.only(text, holders),)


def require_carrier(grid: Grid, equipment: Sequence[int]) -> None:
    """Require that some equipment can carry supply.

    Raises:
        OptionError: it cannot; the message names it.
    """
    network = grid.network
    if np.isin(grid.graph.edges.equipment, equipment).any() or np.isin(network.source.equipment, equipment).any():
        return
    label, shown = network.label(equipment[0]), network.equipment.id[equipment[0]]
    message = f"{label} carries no supply any further; name a switch, a line, a transformer, a feeder or a grid source."
    raise OptionError("no_carrier", message, shown)
