"""The report of an attachment run: DER with their normal and current attachment, as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from cim_models import catalogue
from cim_models import phase_codes as codes
from cim_models.findings import Finding, bounded, finding
from topogroup.topology.answers.answer import Attachment, DerAttachment
from topogroup.topology.arrays.links import Item
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import SERVICE_LEVEL, TIER_LEVELS, TRANSFORMER_LEVEL
from topogroup.topology.supplying.attachment import Attachments, DerRows, Energisation
from topogroup.topology.supplying.comparison import steps_above

_PRIMARY = TIER_LEVELS["primary"]


class AttachmentReport(Sequence[DerAttachment]):
    """All DER of a network in ascending order of mRID; each is put into words only when it is looked at."""

    def __init__(self, grid: Grid, rows: DerRows, normal: Attachments, current: Attachments) -> None:
        """Keep the arrays."""
        self.grid = grid
        self.rows = rows
        self.normal_state = normal
        self.current_state = current

    @cached_property
    def _states(self) -> dict[str, _StateReader]:
        states = {"normal": self.normal_state, "current": self.current_state}
        return {name: _StateReader(self.grid, self.rows, state) for name, state in states.items()}

    def __len__(self) -> int:
        """Return the number of DER."""
        return int(self.rows.phases.size)

    def __getitem__(self, position: int) -> DerAttachment:  # type: ignore[override]
        """Return one DER by position."""
        if position < 0:
            position += len(self)
        if not 0 <= position < len(self):
            raise IndexError(position)
        network = self.grid.network
        der, e = network.der, int(network.der.equipment[position])
        units = slice(int(der.unit_start[position]), int(der.unit_start[position + 1]))
        devices = range(int(der.end_device_start[position]), int(der.end_device_start[position + 1]))
        return DerAttachment(
            mrid=network.equipment.id[e],
            source_id=network.equipment.source_id[e],
            name=network.equipment.name[e],
            kind=catalogue.KINDS[int(der.kind[position])],
            unit_kinds=tuple(catalogue.KINDS[k] for k in der.unit_kind[units].tolist()),
            end_devices=tuple(Item(der.end_device[d], der.end_device_name[d], False) for d in devices),
            phases=codes.code_of(int(self.rows.phases[position])),
            current=self._states["current"].attachment(position),
            normal=self._states["normal"].attachment(position),
        )

    def __iter__(self) -> Iterator[DerAttachment]:
        """Yield all DER."""
        return (self[position] for position in range(len(self)))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the model, its preparation and this run found."""
        found = [*self.grid.network.findings, *self.grid.findings]
        found += _without_substation(self)
        found += _wrong_container(self)
        found += _cut_short(self)
        return bounded(found)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as `attach --json` prints it."""
        return {
            "model": list(self.grid.network.files),
            "findings": [f.as_dict() for f in self.findings],
            "ders": [der.as_dict() for der in self],
        }

    def to_pandas(self) -> Any:  # noqa: ANN401 - pandas is an extra
        """Return the report as a pandas DataFrame, one row per DER with the columns of `attach --csv`."""
        import pandas

        from topogroup.topology.answers.table import table_of

        header, rows = table_of(self)
        return pandas.DataFrame(rows, columns=header)


class _StateReader:
    """Puts the attachment of single DER in one state into words.

    Arrays are turned into lists once, and the suppliers of a part into items once: single DER are then cheap.
    """

    def __init__(self, grid: Grid, rows: DerRows, state: Attachments) -> None:
        self._grid, self._state = grid, state
        self._start = np.searchsorted(rows.der, np.arange(rows.phases.size + 1)).tolist()
        self._bit, self._node = rows.bit.tolist(), rows.node.tolist()
        self._energisation = state.row_energisation.tolist()
        self._of_der = state.energisation.tolist()
        self._in_service = state.in_service.tolist()
        self._flags = [(bool(p), bool(b), bool(u)) for p, b, u in state.row_flags.tolist()]
        self._part = {name: answer.part[rows.vertex].tolist() for name, answer in state.answers.items()}
        links = state.row_links["substation"]
        self._substations = links.start.tolist(), links.item.tolist()
        self._items_of_part: dict[tuple[str, int], tuple[Item, ...]] = {}
        self._above_part: dict[int, dict[int, int]] = {}
        self._sections: dict[int, Item] = {}

    def attachment(self, der: int) -> Attachment:
        """Return the attachment of a DER, with its phases apart where they differ."""
        span = range(self._start[der], self._start[der + 1])
        rows_of: dict[int, list[int]] = {}
        for row in span:
            rows_of.setdefault(self._bit[row], []).append(row)
        per_phase = {bit: self._of_rows(rows) for bit, rows in rows_of.items()}
        section, in_service = self._section(der), self._in_service[der]
        if len(set(per_phase.values())) == 1:
            whole = next(iter(per_phase.values()))
            return self._make((self._of_der[der], *whole[1:]), in_service, section)
        whole = self._of_rows(list(span))
        by_phase = tuple(
            (codes.LETTERS[bit], self._make(one, in_service, section)) for bit, one in per_phase.items()
        )
        return self._make((self._of_der[der], *whole[1:]), in_service, section, by_phase)

    def _of_rows(self, rows: list[int]) -> _Parts:
        """Return the union of some rows."""
        supplied = [row for row in rows if self._energisation[row] <= Energisation.PARTIALLY_ENERGISED]
        lists = tuple((name, _merged([self._suppliers(name, row) for row in supplied])) for name in self._part)
        substations = _merged([self._substations_of(row) for row in supplied])
        flags = tuple(any(self._flags[row][i] for row in rows) for i in range(3))
        energisation = min((self._energisation[row] for row in rows), default=int(Energisation.UNATTACHED))
        return energisation, flags, (*lists, ("substation", substations)), self._upstream_of(supplied)

    def _suppliers(self, level: str, row: int) -> tuple[Item, ...]:
        part = self._part[level][row]
        known = self._items_of_part.get((level, part))
        if known is None:
            answer = self._state.answers[level]
            own = sorted({int(answer.level.item[p]) for p in answer.supply.items[part]})
            known = self._items_of_part[level, part] = tuple(answer.level.items[i] for i in own)
        return known

    def _substations_of(self, row: int) -> tuple[Item, ...]:
        start, item = self._substations
        return tuple(self._grid.zones.substations[i] for i in item[start[row] : start[row + 1]])

    def _make(
        self,
        parts: _Parts,
        in_service: bool,
        section: Item | None,
        by_phase: tuple[tuple[str, Attachment], ...] = (),
    ) -> Attachment:
        energisation, (paralleled, back_fed, uncertain), lists, upstream = parts
        named = dict(lists)
        return Attachment(
            energisation=Energisation(energisation).name.lower(),
            paralleled=paralleled,
            back_fed=back_fed,
            in_service=in_service,
            uncertain=uncertain,
            substations=named["substation"],
            transformers=named[TRANSFORMER_LEVEL],
            feeders=named[_PRIMARY],
            lv_feeders=named[TIER_LEVELS["low_voltage"]],
            subtransmission_feeders=named[TIER_LEVELS["subtransmission"]],
            upstream_feeders=upstream,
            section=section,
            service_transformers=named[SERVICE_LEVEL],
            by_phase=by_phase,
        )

    def _section(self, der: int) -> Item | None:
        node = self._node[der]
        if node < 0:
            return None
        section = int(self._grid.sections.of_node[node])
        if section not in self._sections:
            self._sections[section] = self._grid.sections.item(self._grid.network, section)
        return self._sections[section]

    def _upstream_of(self, rows: list[int]) -> tuple[Item, ...]:
        """Return the feeders above the feeders of some rows, nearest first, of equal distance by mRID."""
        answer = self._state.answers[_PRIMARY]
        distance: dict[int, int] = {}
        own: set[int] = set()
        for part in {self._part[_PRIMARY][row] for row in rows}:
            feeders = {int(answer.level.item[p]) for p in answer.supply.items[part]}
            own |= feeders
            for feeder, steps in (self._above(part) if feeders else {}).items():
                distance[feeder] = min(distance.get(feeder, steps), steps)
        above = sorted(distance.keys() - own, key=lambda f: (distance[f], f))
        return tuple(answer.level.items[f] for f in above)

    def _above(self, part: int) -> dict[int, int]:
        """Return the feeders that supply the parts above those of a part, then theirs, with the steps to each."""
        known = self._above_part.get(part)
        if known is None:
            known = self._above_part[part] = steps_above(self._state.answers[_PRIMARY], part)
        return known


def _merged(lists: list[tuple[Item, ...]]) -> tuple[Item, ...]:
    """Return the union of lists of items, ascending by mRID."""
    if len(lists) == 1 or len(set(lists)) == 1:
        return lists[0]
    return tuple(sorted({item for one in lists for item in one}))


_Parts = tuple[int, tuple[bool, ...], tuple[tuple[str, tuple[Item, ...]], ...], tuple[Item, ...]]


def _without_substation(report: AttachmentReport) -> list[Finding]:
    state, network = report.normal_state, report.grid.network
    bare = np.diff(state.links["substation"].start) == 0
    bare &= state.energisation <= Energisation.PARTIALLY_ENERGISED
    ids = [network.equipment.id[int(network.der.equipment[i])] for i in np.flatnonzero(bare).tolist()]
    if not ids:
        return []
    return [finding("substation_unknown", f"{len(ids)} DER hang in no substation, by no rule.", ids)]


def _wrong_container(report: AttachmentReport) -> list[Finding]:
    """Compare the container of each DER with its feeder in the normal state, where containers are boundaries."""
    grid, network = report.grid, report.grid.network
    by_container = {f.container: f.item.mrid for f in grid.feeders if f.container >= 0}
    links = report.normal_state.links[_PRIMARY]
    items = report.normal_state.answers[_PRIMARY].level.items
    found = []
    for i, e in enumerate(network.der.equipment.tolist()):
        home = by_container.get(int(network.equipment.container[e]))
        traced = [items[f] for f in links.of(i).tolist()]
        if home is not None and traced and home not in [item.mrid for item in traced]:
            name, feeders = network.equipment.name[e], ", ".join(item.name for item in traced)
            found.append(
                finding(
                    "container_disagrees",
                    f"{name} lies in the container of another feeder than those that normally supply it: {feeders}.",
                    [network.equipment.id[e], home],
                )
            )
    return found


def _cut_short(report: AttachmentReport) -> list[Finding]:
    found = []
    for label, state in (("normal", report.normal_state), ("current", report.current_state)):
        for name, answer in state.answers.items():
            if answer.supply.cut_short:
                count = len(answer.supply.cut_short)
                found.append(
                    finding("supply_too_meshed", f"{count} back-fed parts of level {name} in the {label} state.")
                )
    return found
