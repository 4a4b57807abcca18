"""One state of all DER as grouping sees it: what each DER hangs on, by the words of templates."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import catalogue, limits
from cim_models import phase_codes as codes
from cim_models.network import ABNORMAL_CATEGORIES, NORMAL_CATEGORIES
from topogroup.topology.answers.nameplate import der_voltages
from topogroup.topology.arrays.links import Item, Links
from topogroup.topology.arrays.words import Words
from topogroup.topology.structure.grid import Grid
from topogroup.topology.supplying.attachment import Attachments, DerRows, Energisation
from topogroup.topology.tracing.leading import Moved
from topogroup.topology.tracing.snapshot import Snapshot

_ENERGISATIONS: Final = tuple(one.name.lower() for one in Energisation)
_PHASES: Final = ("", *(codes.code_of(mask) for mask in range(1, codes.ALL + 1)))
_KINDS: Final = tuple(Item(kind, kind, False) for kind in catalogue.KINDS)


class ModelTables:
    """What grouping needs to know of a model and no switch changes: made once, shared by the views of its states."""

    def __init__(self, grid: Grid, rows: DerRows) -> None:
        """Keep the arrays."""
        self._grid, self._rows = grid, rows
        self._kept: dict[Hashable, npt.NDArray[np.bool_]] = {}
        self._kept_bytes = 0

    def kept(self, question: Hashable, answer: Callable[[], npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
        """Return the answer to a question that no switch changes, found the first time; see `StateView.kept`."""
        known = self._kept.get(question)
        if known is None:
            known = answer()
            self._kept_bytes += known.nbytes
            if self._kept_bytes > limits.ANSWERS_KEPT_BYTES_MAX:
                self._kept, self._kept_bytes = {}, known.nbytes
            self._kept[question] = known
        return known

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
    def unit_kinds(self) -> Links:
        """Return the kinds of the units of each DER, positions in `catalogue.KINDS`."""
        der = self._grid.network.der
        owner = np.repeat(np.arange(der.kind.size), np.diff(der.unit_start))
        return Links.from_pairs(der.kind.size, owner, der.unit_kind.astype(np.int64))

    @cached_property
    def end_devices(self) -> tuple[Links, Sequence[Item]]:
        """Return the EndDevices of each DER, and all of them ascending by mRID."""
        der = self._grid.network.der
        named = {der.end_device[d]: der.end_device_name[d] for d in range(len(der.end_device))}
        items = [Item(mrid, named[mrid], False) for mrid in sorted(named)]
        rank = {item.mrid: at for at, item in enumerate(items)}
        owner = np.repeat(np.arange(der.kind.size), np.diff(der.end_device_start))
        at = np.array([rank[der.end_device[d]] for d in range(len(der.end_device))], np.int64)
        return Links.from_pairs(der.kind.size, owner, at), items

    @cached_property
    def words(self) -> dict[str, Words]:
        """Return the attributes of DER that are one text each and that no switch changes."""
        every = np.arange(len(self.der_mrids))
        return {
            "mrid": Words(every, self.der_mrids),
            "name": Words(every, self.der_names),
            "kind": Words(self._grid.network.der.kind, catalogue.KINDS),
            "phases": Words(self._rows.phases, _PHASES),
            "category_normal": Words(self._grid.network.der.category_normal, NORMAL_CATEGORIES),
            "category_abnormal": Words(self._grid.network.der.category_abnormal, ABNORMAL_CATEGORIES),
        }

    def numbers(self, attribute: str) -> npt.NDArray[np.float32]:
        """Return an attribute of DER that is a number: float32[n_ders], NaN = not known."""
        values = self.voltages if attribute == "voltage_v" else getattr(self._grid.network.der, attribute)
        return np.asarray(values, np.float32)

    @cached_property
    def voltages(self) -> npt.NDArray[np.float32]:
        """Return the base voltage of each DER in volts: float32[n_ders], NaN = not known."""
        return der_voltages(self._grid.network)

    @cached_property
    def section_order(self) -> npt.NDArray[np.int64]:
        """Return the sections of the grid in ascending order of their mRID: int64[n_sections]."""
        items = self._section_items
        return np.array(sorted(range(len(items)), key=lambda s: items[s].mrid), np.int64)

    @cached_property
    def sections(self) -> tuple[Links, Sequence[Item]]:
        """Return the section of each attached DER, and all sections ascending by mRID."""
        items, order = self._section_items, self.section_order
        rank = np.empty(len(items), np.int64)
        rank[order] = np.arange(len(items))
        attached = np.flatnonzero(self._rows.node >= 0)
        at = rank[self._grid.sections.of_node[self._rows.node[attached]]]
        return Links.from_pairs(self._rows.node.size, attached, at), [items[s] for s in order.tolist()]

    @cached_property
    def _section_items(self) -> list[Item]:
        sections = self._grid.sections
        return [sections.item(self._grid.network, s) for s in range(sections.lowest.size)]


class StateView:
    """The attachments of one state by dimension; satisfies the views of grouping and of criteria."""

    def __init__(
        self,
        grid: Grid,
        rows: DerRows,
        state: Attachments | Snapshot,
        tables: ModelTables | None = None,
        behind: Callable[[str, str], npt.NDArray[np.bool_]] | None = None,
    ) -> None:
        """Keep the state, a snapshot until somebody asks; views of one model may share its tables.

        `behind` answers criteria that name places; without it there are none.
        """
        self._grid, self._given, self._behind = grid, state, behind
        self._tables = tables or ModelTables(grid, rows)

    @cached_property
    def _state(self) -> Attachments:
        return self._given.attachments if isinstance(self._given, Snapshot) else self._given

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

    def words(self, attribute: str) -> Words:
        """Return an attribute that is one text for each DER, empty where it is not known."""
        if attribute == "energisation":
            return Words(self._state.energisation, _ENERGISATIONS)
        return self._tables.words[attribute]

    def flags(self, attribute: str) -> npt.NDArray[np.bool_]:
        """Return an attribute that is true or false for each DER: bool[n_ders]."""
        if attribute == "supplied":
            return self.supplied
        return np.asarray(getattr(self._state, attribute), np.bool_)

    def numbers(self, attribute: str) -> npt.NDArray[np.float32]:
        """Return an attribute that is one number for each DER, NaN where it is not known: float32[n_ders]."""
        return self._tables.numbers(attribute)

    def behind(self, relation: str, place: str) -> npt.NDArray[np.bool_]:
        """Return which DER hang behind a place: bool[n_ders]."""
        assert self._behind is not None, "this view knows of no places"
        return self._behind(relation, place)

    def kept(self, question: Hashable, answer: Callable[[], npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
        """Return the answer to a question about the texts or items of the model; all views of the model share it."""
        return self._tables.kept(question, answer)

    def links(self, dimension: str) -> Links:
        """Return the objects of one kind on which each DER hangs; positions are those of `items`."""
        if dimension == "section":
            return self._tables.sections[0]
        if dimension == "end_device":
            return self._tables.end_devices[0]
        if dimension == "unit_kind":
            return self._tables.unit_kinds
        return self._state.links[dimension]

    def items(self, dimension: str) -> Sequence[Item]:
        """Return all objects of one kind in the model, ascending by mRID."""
        if dimension == "section":
            return self._tables.sections[1]
        if dimension == "end_device":
            return self._tables.end_devices[1]
        if dimension == "unit_kind":
            return _KINDS
        if dimension == "substation":
            return self._grid.zones.substations
        return self._grid.levels[dimension].items


class PartView(StateView):
    """Some DER of a state as grouping sees them; positions are those in the list of these DER."""

    def __init__(
        self, grid: Grid, rows: DerRows, state: Attachments, tables: ModelTables, ders: npt.NDArray[np.int64]
    ) -> None:
        """Keep the arrays.

        Args:
            grid: the prepared network.
            rows: all its DER by phase.
            state: the attachments of these DER alone.
            tables: what views of the model share.
            ders: int64[n]; positions of the DER in the model, ascending.
        """
        super().__init__(grid, rows, state, tables)
        self._ders = ders

    @cached_property
    def der_mrids(self) -> Sequence[str]:
        """Return the mRIDs of the DER, ascending."""
        return [self._tables.der_mrids[at] for at in self._ders.tolist()]

    @cached_property
    def der_names(self) -> Sequence[str]:
        """Return the names of the DER."""
        return [self._tables.der_names[at] for at in self._ders.tolist()]

    @cached_property
    def der_kinds(self) -> Sequence[str]:
        """Return the kinds of the DER."""
        return [self._tables.der_kinds[at] for at in self._ders.tolist()]

    def words(self, attribute: str) -> Words:
        """Return an attribute that is one text for each DER, empty where it is not known."""
        found = super().words(attribute)
        return found if attribute == "energisation" else Words(found.code[self._ders], found.words)

    def numbers(self, attribute: str) -> npt.NDArray[np.float32]:
        """Return an attribute that is one number for each DER, NaN where it is not known: float32[n_ders]."""
        return super().numbers(attribute)[self._ders]

    def links(self, dimension: str) -> Links:
        """Return the objects of one kind on which each DER hangs; positions are those of `items`."""
        found = super().links(dimension)
        return found if dimension in self._state.links else found.some(self._ders)


def part_of(state: Attachments, ders: npt.NDArray[np.int64]) -> Attachments:
    """Return the attachments of some DER without their phases: int64[n] positions, ascending."""
    return replace(
        state,
        energisation=state.energisation[ders],
        paralleled=state.paralleled[ders],
        back_fed=state.back_fed[ders],
        in_service=state.in_service[ders],
        uncertain=state.uncertain[ders],
        links={name: links.some(ders) for name, links in state.links.items()},
    )


def part_views(
    grid: Grid, rows: DerRows, tables: ModelTables, normal: Attachments, moved: Moved
) -> tuple[tuple[PartView, PartView], tuple[PartView, PartView]]:
    """Return the views (current, normal) of the DER that moved, before and after.

    Args:
        grid: the prepared network.
        rows: its DER by phase.
        tables: what views of the model share.
        normal: where all DER hang in the normal state.
        moved: the DER that moved.
    """
    before, after, normally = (
        PartView(grid, rows, one, tables, moved.ders)
        for one in (moved.before, moved.after, part_of(normal, moved.ders))
    )
    return (before, normally), (after, normally)
