"""Tracing: where the DER of a state hang, led on from state to state.

The trace itself goes on with the newest state; earlier ones have their snapshot. Where one goes on from a state that
the trace has left behind, as after a failed commit, a trace is made anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.supplying.attachment import Attachments, DerRows
from topogroup.topology.tracing.snapshot import Snapshot
from topogroup.topology.tracing.trace import Trace


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """Where the DER of one state hang.

    Attributes:
        trace: goes on with the next state; for the thread that leads it on alone.
        number: where the trace stood at this state.
        snapshot: the state, for readers on any thread.
    """

    trace: Trace
    number: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """The DER whose attachment an operation changed.

    Attributes:
        ders: int64[n]; their positions, ascending.
        before, after: the attachments of these DER alone.
    """

    ders: npt.NDArray[np.int64]
    before: Attachments
    after: Attachments


def traced_anew(grid: Grid, rows: DerRows, state: NetworkState, known: Traced | None = None) -> Traced:
    """Trace a state from the ground.

    Args:
        grid: the prepared network, with the devices that stand in it.
        rows: its DER.
        state: the state.
        known: another state, perhaps of the same network; it is only read.
    """
    working = None
    if known is not None and known.snapshot.grid is grid and known.snapshot.state.same_flags(state):
        working = known.snapshot.working
    trace = Trace(grid, rows, state, working)
    return Traced(trace, trace.number, trace.snapshot())


def led_on(known: Traced, grid: Grid, rows: DerRows, state: NetworkState) -> tuple[Traced, Moved | None]:
    """Trace the state after `known`, by what differs between both.

    Args:
        known: the state before; its trace goes on to the new one.
        grid, rows, state: as for `traced_anew`.

    Returns:
        The new state, and which DER that changed; None where all must be compared.
    """
    trace, was = known.trace, known.snapshot
    if trace.number != known.number or was.grid is not grid or not was.state.same_flags(state):
        return traced_anew(grid, rows, state, known), None
    poles = np.flatnonzero(was.state.open != state.open)
    conflict = None if np.array_equal(was.state.conflict, state.conflict) else state.conflict
    change = trace.operate(poles, state.open[poles], conflict)
    both = trace.excerpts(change)
    now = Traced(trace, trace.number, trace.snapshot())
    return now, None if both is None else Moved(change.ders, *both)
