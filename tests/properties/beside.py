"""A trace beside the full recompute of the same state: every operation is required to be the same in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from tests.compare import Asked
from tests.compare import in_words as by_mrid
from tests.oracle import OracleModel
from tests.properties.test_trace import in_words, require_excerpts, require_same
from topogroup.topology.answers.report import AttachmentReport
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import TRANSFORMER_LEVEL
from topogroup.topology.supplying.attachment import Attachments, DerRows, attachments, der_rows
from topogroup.topology.supplying.comparison import changed_ders
from topogroup.topology.tracing.trace import Trace

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


class Beside:
    """A trace, the state that it should be in, and what a full recompute says of that state.

    Attributes:
        trace: the trace.
        state: the state, kept apart from the trace.
        full: what a full recompute says of it.
        normal: the same of the normal state, for words; None = compare arrays only.
    """

    def __init__(
        self, grid: Grid, rows: DerRows, state: NetworkState, normal: Attachments | None, trace: Trace | None = None
    ) -> None:
        """Trace a state, or take a trace that is there, and compare."""
        self.grid, self.rows, self.state, self.normal = grid, rows, state, normal
        self.trace = trace or Trace(grid, rows, state)
        self.full = attachments(grid, rows, state)
        self.words = self._words(self.full)
        self.check()

    def check(self) -> None:
        """Require the trace to say in every array what the full recompute says, and to know its state."""
        require_same(self.rows, self.trace.attachments(), self.full)
        assert np.array_equal(self.trace.state.open, self.state.open)
        assert np.array_equal(self.trace.state.conflict, self.state.conflict)

    def operate(self, poles: I64, opened: U8, conflict: Bools | None = None) -> I64:
        """Give poles other open phases and require both to say the same of it; return the DER that it changed."""
        change, before = self.trace.operate(poles, opened, conflict), self.full
        now = self.state.open.copy()
        now[poles] = opened
        self.state = replace(self.state, open=now, conflict=self.state.conflict if conflict is None else conflict)
        self.full = attachments(self.grid, self.rows, self.state)
        self.check()
        assert change.ders.tolist() == changed_ders(self.rows, before, self.full).tolist()
        require_excerpts(self.rows, self.trace, change, (before, self.full))
        words = self._words(self.trace.attachments())
        if self.normal is not None:
            assert change.ders.tolist() == [at for at, one in enumerate(words) if one != self.words[at]]
        self.words = words
        return change.ders

    def rebuild(self) -> None:
        """Require the trace built anew to say what it said."""
        assert self.trace.rebuild().size == 0
        self.check()

    def copy(self) -> Beside:
        """Return a copy that goes its own way."""
        return Beside(self.grid, self.rows, self.state, self.normal, self.trace.copy())

    def _words(self, state: Attachments) -> list[object]:
        return [] if self.normal is None else in_words(self.grid, self.rows, state, self.normal)


def asked_of(
    grid: Grid, state: NetworkState, base: str, heads: Sequence[Mapping[str, str]] | None = None
) -> Asked | None:
    """Return the question whose answer a state of switches is, pole by pole, for engine and oracle.

    Args:
        grid: the prepared network.
        state: the state.
        base: `normal` or `current`: the state that its flags are of.
        heads: entries of the heads file that the grid was prepared with.

    Returns:
        The question; None where no switch can be in that state: the grid has its phases together and some switch is
        partly open, or a pole with several ends is open for some of them only.
    """
    network = grid.network
    if grid.graph.slots.width == 1 and state.per_phase(network):
        return None
    found: dict[str, int] = {}
    columns = (network.pole.equipment, network.pole.side1, state.open)
    for e, side, mask in zip(*(column.tolist() for column in columns), strict=True):
        for bit in codes.BITS:
            pole, is_open = f"{network.equipment.id[e]}:{codes.LETTERS[bit]}", mask & bit
            # a switch of three ends has several rows for one pole
            if side & bit and found.setdefault(pole, is_open) != is_open:
                return None
    opened = [pole for pole, is_open in found.items() if is_open]
    return Asked(opened, [pole for pole, is_open in found.items() if not is_open], base, heads)


def require_same_structure(grid: Grid, oracle: OracleModel, heads: Sequence[Mapping[str, str]] | None = None) -> None:
    """Require engine and oracle to know the same substations with their transformers, and heads with their sides."""
    network = grid.network
    found = {
        feeder.item.mrid: {
            network.equipment.id[e]: {network.node.id[node] for node in head.upper_nodes}
            for head in feeder.heads
            for e in head.equipment
        }
        for feeder in grid.feeders
    }
    feeders = oracle._of(heads, None).feeders
    assert found == {feeder.mrid: {key: set(upper) for key, upper in feeder.head.items()} for feeder in feeders}
    level, substations = grid.levels[TRANSFORMER_LEVEL], grid.zones.substations
    pairs = zip(level.item.tolist(), level.substation.tolist(), strict=True)
    known = {(transformer, one["mrid"]) for one in oracle.substations(heads) for transformer in one["transformers"]}
    assert {(level.items[item].mrid, substations[at].mrid) for item, at in pairs} == known


def words_of(grid: Grid, found: Attachments, normal: Attachments) -> dict[str, Any]:
    """Return what a report says of every DER by mRID, as the oracle would."""
    return by_mrid(AttachmentReport(grid, der_rows(grid), normal, found))
