"""One state of all DER as grouping sees it: what each DER hangs on, by the words of templates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cim_models import catalogue
from topogroup.topology.attachment import Attachments, DerRows, Energisation
from topogroup.topology.grid import Grid
from topogroup.topology.links import Item, Links


class ModelTables:
    """What grouping needs to know of a model and no switch changes: made once, shared by the views of its states."""

    def __init__(self, grid: Grid, rows: DerRows) -> None:
        """Keep the arrays."""
        self._grid, self._rows = grid, rows

    @cached_property
    def der_mrids(self) -> Sequence[str]:
        """Return the mRIDs of all DER, ascending."""
        table = self._grid.network.equipment.id
        return [table[e] for e in self._grid.network.der.equipment.tolist()]

    @cached_property
    def der_names(self) -> Sequence[str]:
        """Return the names of the DER, in the order of `der_mrids`."""
        table = self._grid.network.equipment.name
        return [table[e] for e in self._grid.network.der.equipment.tolist()]

    @cached_property
    def der_kinds(self) -> Sequence[str]:
        """Return the kinds of the DER."""
        return [catalogue.KINDS[k] for k in self._grid.network.der.kind.tolist()]

    @cached_property
    def sections(self) -> tuple[Links, Sequence[Item]]:
        """Return the section of each attached DER, and all sections ascending by mRID."""
        sections, network = self._grid.sections, self._grid.network
        items = [sections.item(network, s) for s in range(sections.lowest.size)]
        order = sorted(range(len(items)), key=lambda s: items[s].mrid)
        rank = np.empty(len(items), np.int64)
        rank[order] = np.arange(len(items))
        attached = np.flatnonzero(self._rows.node >= 0)
        at = rank[sections.of_node[self._rows.node[attached]]]
        return Links.from_pairs(self._rows.node.size, attached, at), [items[s] for s in order]


class StateView:
    """The attachments of one state by dimension; satisfies `topogroup.groups.view.AttachmentView`."""

    def __init__(self, grid: Grid, rows: DerRows, state: Attachments, tables: ModelTables | None = None) -> None:
        """Keep the arrays; views of one model may share its tables."""
        self._grid, self._state = grid, state
        self._tables = tables or ModelTables(grid, rows)

    @property
    def der_mrids(self) -> Sequence[str]:
        """Return the mRIDs of all DER, ascending."""
        return self._tables.der_mrids

    @property
    def der_names(self) -> Sequence[str]:
        """Return the names of the DER, in the order of `der_mrids`."""
        return self._tables.der_names

    @property
    def der_kinds(self) -> Sequence[str]:
        """Return the kinds of the DER."""
        return self._tables.der_kinds

    @property
    def supplied(self) -> npt.NDArray[np.bool_]:
        """Return for each DER whether it is neither islanded nor unsupplied nor unattached: bool[n_ders]."""
        return self._state.energisation <= Energisation.PARTIALLY_ENERGISED

    def links(self, dimension: str) -> Links:
        """Return the objects of one kind on which each DER hangs; positions are those of `items`."""
        if dimension == "section":
            return self._tables.sections[0]
        return self._state.links[dimension]

    def items(self, dimension: str) -> Sequence[Item]:
        """Return all objects of one kind in the model, ascending by mRID."""
        if dimension == "section":
            return self._tables.sections[1]
        if dimension == "substation":
            return self._grid.zones.substations
        return self._grid.levels[dimension].items
