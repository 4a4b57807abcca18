"""Excerpts: the attachments of some DER, put together from the numbers of their answers.

An excerpt has the form of a full answer whose only DER are those asked for, so that grouping reads it the same way.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.connectivity import Liveness
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.supplying.attachment import Attachments, DerRows, Energisation, LevelAnswer, assembled
from topogroup.topology.supplying.supply import Supply
from topogroup.topology.tracing.areas import Areas, RowSupply
from topogroup.topology.tracing.sets import Points
from topogroup.topology.tracing.tables import PARTIAL, SERVICE, SUPPLY
from topogroup.topology.tracing.working import LEVELS

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Excerpts:
    """Makes excerpts for one set of DER, from their answers before and after an operation."""

    def __init__(self, grid: Grid, rows: DerRows, areas: Areas, state: NetworkState, ders: I64) -> None:
        """Find the rows of the DER.

        Args:
            grid: the prepared network.
            rows: all DER by phase.
            areas: the areas of the state.
            state: the state; its switches do not matter.
            ders: int64[n]; positions of DER, ascending.
        """
        self._grid, self._areas, self._state, self._ders = grid, areas, state, ders
        start = np.searchsorted(rows.der, ders)
        count = np.searchsorted(rows.der, ders, "right") - start
        own = np.repeat(np.arange(ders.size), count)
        self.row = np.repeat(start, count) + np.arange(own.size) - np.repeat(np.cumsum(count) - count, count)
        self._rows = DerRows(own, rows.bit[self.row], np.arange(own.size), rows.phases[ders], rows.node[ders])
        self._leaf = areas.working.leaf[rows.vertex[self.row]]
        position = areas.working.row_position[self.row]
        self._joined = np.flatnonzero(position >= 0)
        self._position = position[self._joined]

    def before(self, doubt: Bools) -> Attachments:
        """Return the attachments before the last operation; `doubt` as of then: bool[n_rows of the DER]."""
        return self._made(self._areas.before(self._position), doubt)

    def after(self, doubt: Bools) -> Attachments:
        """Return the attachments now; `doubt` as of now: bool[n_rows of the DER]."""
        return self._made(self._areas.after(self._position), doubt)

    def _made(self, supply: RowSupply, doubt: Bools) -> Attachments:
        count = self.row.size
        energisation = np.full(count, Energisation.UNSUPPLIED, np.uint8)
        energisation[self._joined] = supply.status
        number = np.zeros((count, 2), np.int64)
        number[self._joined] = supply.answer
        live = energisation <= PARTIAL
        none = np.zeros(count, np.bool_)
        liveness = Liveness(none[:0], self._rows.vertex, live, energisation == Energisation.ENERGISED, none)
        answers = {name: self._level(at, number) for at, name in enumerate(LEVELS)}
        return assembled(self._grid, self._rows, self._state, liveness, answers, energisation, doubt, self._ders)

    def _level(self, level: int, number: I64) -> LevelAnswer:
        """Return who supplies each row on one level; every row is a part of its own."""
        known, service = self._areas.known, level == len(LEVELS) - 1
        column = number[:, SERVICE if service else SUPPLY]
        numbers, of = np.unique(column, return_inverse=True)
        keys = [known.answer(one) for one in numbers.tolist()]
        points: list[Points] = [known.points(key[1] if service else key[2 + level]) for key in keys]
        # flags are those of all levels above service transformers together: they stand with the first
        kinds = np.array([key[0] & 3 if service or level == 0 else 0 for key in keys], np.int64)[of]
        items = [points[at] for at in of.tolist()]
        if service:
            leaves = self._areas.working.leaves
            for row in np.flatnonzero(self._leaf >= 0).tolist():
                begin, end = leaves.point_start[self._leaf[row]], leaves.point_start[self._leaf[row] + 1]
                items[row] = tuple(leaves.point[begin:end].tolist())
                kinds[row] = 0
        supply = Supply(items, (kinds & 2) > 0, (kinds & 1) > 0)
        return LevelAnswer(self._grid.levels[LEVELS[level]], np.arange(of.size), supply)
