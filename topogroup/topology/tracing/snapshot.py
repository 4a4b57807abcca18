"""Snapshots: one state of the trace, kept for readers while the trace goes on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.connectivity import Liveness
from topogroup.topology.graph.phases import components
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import TIER_LEVELS
from topogroup.topology.supplying.attachment import Attachments, DerRows, Energisation, LevelAnswer, assembled
from topogroup.topology.supplying.supply import Supply
from topogroup.topology.tracing.areas import Areas
from topogroup.topology.tracing.room import conducting
from topogroup.topology.tracing.sets import KnownAnswers, Points
from topogroup.topology.tracing.settling import UPSTREAM
from topogroup.topology.tracing.tables import BACK_FED_SHIFT, PARTIAL
from topogroup.topology.tracing.working import LEVELS, WorkingGraph

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
Bools = npt.NDArray[np.bool_]

_PRIMARY = LEVELS.index(TIER_LEVELS["primary"])


@dataclass(frozen=True, slots=True, eq=False)
class AreaAnswers:
    """The answers of all areas at one moment.

    Attributes:
        area: int32[n_blocks].
        status, flags, sets: by area.
        row_status: uint8[n_rows of the kernels].
        lacking: bool[n_leaves + 1]; leaves whose service transformer lacks a phase.
        cut_short: by level, areas whose back-feed had too many ways.
        known: what the numbers in `sets` stand for; numbers are only ever added.
    """

    area: I32
    status: U8
    flags: U16
    sets: I32
    row_status: U8
    lacking: Bools
    cut_short: dict[int, list[int]]
    known: KnownAnswers

    @classmethod
    def of(cls, areas: Areas) -> AreaAnswers:
        """Copy what the areas say now."""
        c = areas.c
        return cls(
            area=c.area.copy(),
            status=c.status.copy(),
            flags=c.flags.copy(),
            sets=c.sets.copy(),
            row_status=c.row_status.copy(),
            lacking=areas.lacking(),
            cut_short={level: sorted(found) for level, found in areas.cut_short.items()},
            known=areas.known,
        )


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One state of a network, from which the attachment of every DER is put together when somebody asks.

    Attributes:
        grid, rows: the prepared network and its DER.
        state: the state.
        working: the contracted network.
        doubt: bool[n_rows]; a switch in doubt is on the supply of the row.
        answers: of all areas, None where the network is not traced incrementally.
        full: the attachments, if they are there already.
    """

    grid: Grid
    rows: DerRows
    state: NetworkState
    working: WorkingGraph
    doubt: Bools
    answers: AreaAnswers | None
    full: Attachments | None = None

    @cached_property
    def attachments(self) -> Attachments:
        """Return where every DER hangs; time grows with the network."""
        if self.answers is None:
            assert self.full is not None
            return self.full
        found, graph = self.answers, self.grid.graph
        area = found.area[self.working.block].astype(np.int64)
        status = found.status[area]
        whole = (status == Energisation.ENERGISED) & ~found.lacking[self.working.leaf]
        source = graph.sources(self.grid.network, self.state)
        live = Liveness(np.empty(0, np.bool_), area, status <= PARTIAL, whole, source)
        answers = {name: self._level(found, number, area) for number, name in enumerate(LEVELS)}
        energisation = np.full(self.rows.der.size, Energisation.UNSUPPLIED, np.uint8)
        position = self.working.row_position
        joined = np.flatnonzero(position >= 0)
        energisation[joined] = found.row_status[position[joined]]
        return assembled(self.grid, self.rows, self.state, live, answers, energisation, self.doubt)

    def supplying(self, level: str) -> list[Points]:
        """Return the sets of points of one level, as rows of it, that supply some part together."""
        if self.answers is None:
            return sorted(set(self.attachments.answers[level].supply.items))
        numbers = np.unique(self.answers.sets[:, 1 + LEVELS.index(level)])
        return [self.answers.known.points(number) for number in numbers.tolist()]

    def _level(self, found: AreaAnswers, number: int, area: I64) -> LevelAnswer:
        """Return who supplies what on one level: parts are areas, and leaves on the level of service transformers."""
        level = self.grid.levels[LEVELS[number]]
        items = [found.known.points(one) for one in found.sets[:, 1 + number].tolist()]
        both, back = (((found.flags >> shift) & 1).astype(np.bool_) for shift in (number, BACK_FED_SHIFT + number))
        cut_short = found.cut_short.get(number, [])
        if number < len(LEVELS) - 1:
            part = self._parts(found, number)[area] if number == _PRIMARY else area
            return LevelAnswer(level, part, Supply(items, back, both, cut_short))
        leaves, leaf = self.working.leaves, self.working.leaf
        part = np.where(leaf >= 0, len(items) + leaf, area)
        start, flat = leaves.point_start.tolist(), leaves.point.tolist()
        items += [tuple(flat[start[at] : start[at + 1]]) for at in range(len(start) - 1)]
        none = np.zeros(len(start) - 1, np.bool_)
        supply = Supply(items, np.concatenate([back, none]), np.concatenate([both, none]), cut_short)
        return LevelAnswer(level, part, supply)

    def _parts(self, found: AreaAnswers, number: int) -> I64:
        """Return for each area the lowest one of its part of a level: int64[n_areas].

        Areas of one part have one answer; only who looks for the feeders upstream needs to know which areas those
        are, for no part is passed twice.
        """
        count = found.status.size
        if not found.sets[:, UPSTREAM].any():
            return np.arange(count)
        f = self.working.fixed
        _, link_on = conducting(self.working, self.state.open)
        over = (link_on > 0) & (self.working.links.point[number] < 0)
        u, v = (found.area[end[over]].astype(np.int64) for end in (f.link_u, f.link_v))
        part = components(count, u, v)
        _, lowest = np.unique(part, return_index=True)
        result: I64 = lowest[part]
        return result
