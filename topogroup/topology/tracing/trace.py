"""The trace: where every DER hangs, kept from operation to operation, so that work grows with the change.

The incremental counterpart of `attachment.attachments`, and always equal to it. Areas are kept by inner edges; what
links change is settled anew in the connected piece around them; beyond a budget everything is built anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.connectivity import liveness
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.supplying.attachment import Attachments, DerRows, attachments, supply_points
from topogroup.topology.supplying.comparison import changed_ders
from topogroup.topology.supplying.doubt import doubtful
from topogroup.topology.tracing.areas import Areas
from topogroup.topology.tracing.excerpt import Excerpts
from topogroup.topology.tracing.snapshot import AreaAnswers, Snapshot
from topogroup.topology.tracing.working import LEVELS, WorkingGraph, working_graph

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class TraceChange:
    """What one batch of operations did.

    Attributes:
        ders: int64[n]; the DER whose attachment is another one than before, ascending.
        touched: how many blocks were looked at.
        built_anew: everything was built anew, because the change was too large.
        number: the number of the operation, for `Trace.excerpts`.
    """

    ders: I64
    touched: int
    built_anew: bool = False
    number: int = 0


class Trace:
    """Where all DER hang in one state; `operate` leads to the next. For one thread at a time.

    Networks with phase-to-phase centre taps are not traced incrementally: there every operation is a full recompute.
    """

    def __init__(self, grid: Grid, rows: DerRows, state: NetworkState, working: WorkingGraph | None = None) -> None:
        """Trace a state from the ground.

        Args:
            grid: the prepared network.
            rows: its DER.
            state: the state to begin with.
            working: the working graph for the flags of this state, if it is there already.
        """
        self._grid, self._rows, self._state = grid, rows, state
        self.working = working or working_graph(grid, rows, state)
        self._full: Attachments | None = None
        self._areas: Areas | None = None
        self.number = 0
        self._doubted = bool(state.conflict.any())
        self._doubt = self._doubt_before = np.zeros(rows.der.size, np.bool_)
        if self.working.has_taps:
            self._full = attachments(grid, rows, state)
            return
        self._areas = Areas(self.working, [grid.levels[name] for name in LEVELS], state.open)
        if self._doubted:
            self._doubt = self._doubtful()

    @property
    def state(self) -> NetworkState:
        """Return the state that is traced, as a copy."""
        if self._areas is None:
            return self._state
        return replace(self._state, open=self._areas.c.open.copy())

    @property
    def nbytes(self) -> int:
        """Return the size of what is kept for this state, room to work included."""
        return self._areas.nbytes if self._areas is not None else 0

    def copy(self) -> Trace:
        """Return a trace of the same state that goes its own way, for what-if questions."""
        return Trace(self._grid, self._rows, self.state, self.working)

    def operate(self, poles: I64, opened: U8, conflict: Bools | None = None) -> TraceChange:
        """Give some poles other open phases; all of it is one change.

        Args:
            poles: int64[n]; rows of the pole table, each once.
            opened: uint8[n]; their open phases from now on.
            conflict: bool[n_poles]; which poles are in doubt from now on, None = as before.

        Returns:
            What changed.
        """
        doubted = self._doubted
        if conflict is not None:
            self._state, self._doubted = replace(self._state, conflict=conflict), bool(conflict.any())
        self.number += 1
        if self._areas is None:
            return self._operate_in_full(poles, opened)
        ders, touched, built_anew = self._areas.operate(poles, opened)
        self._doubt_before = self._doubt
        if doubted or self._doubted:
            self._doubt = self._doubtful()
            ders = np.union1d(ders, self._rows.der[self._doubt_before != self._doubt])
        return TraceChange(ders, touched, built_anew, self.number)

    def excerpts(self, change: TraceChange) -> tuple[Attachments, Attachments] | None:
        """Return the attachments of the changed DER before and after the last operation.

        Args:
            change: what `operate` returned last.

        Returns:
            Both, or None in a network that is not traced incrementally.
        """
        assert change.number == self.number, "only the last operation can be looked back at"
        if self._areas is None:
            return None
        both = Excerpts(self._grid, self._rows, self._areas, self._state, change.ders)
        return both.before(self._doubt_before[both.row]), both.after(self._doubt[both.row])

    def rebuild(self) -> I64:
        """Build everything anew from the state of the poles; return the DER of which it says something else."""
        if self._areas is not None:
            return self._areas.rebuild()
        before, self._full = self._full, attachments(self._grid, self._rows, self._state)
        assert before is not None
        return changed_ders(self._rows, before, self._full)

    def snapshot(self) -> Snapshot:
        """Return the state as it is now, for readers on any thread; a copy of one number per block and area."""
        if self._areas is None:
            return Snapshot(self._grid, self._rows, self._state, self.working, self._doubt, None, self._full)
        return Snapshot(self._grid, self._rows, self.state, self.working, self._doubt, AreaAnswers.of(self._areas))

    def attachments(self) -> Attachments:
        """Return where every DER hangs, in the form of a full recompute; time grows with the network."""
        return self.snapshot().attachments

    def _operate_in_full(self, poles: I64, opened: U8) -> TraceChange:
        before, state = self._full, self._state
        assert before is not None
        now = state.open.copy()
        now[poles] = opened
        self._state = replace(state, open=now)
        self._full = attachments(self._grid, self._rows, self._state)
        ders = changed_ders(self._rows, before, self._full)
        return TraceChange(ders, self.working.blocks, True, self.number)

    def _doubtful(self) -> Bools:
        """Return which rows have a switch in doubt on their supply: bool[n_rows]."""
        grid, state = self._grid, self.state
        blocks = grid.contraction(state)
        live = liveness(grid.network, grid.graph, state, blocks)
        result: Bools = doubtful(grid.graph, state, live, supply_points(grid), blocks)[self._rows.vertex]
        return result
