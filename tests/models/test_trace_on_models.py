"""The incremental trace on every real model: random operations, each equal to a full recompute."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.soak import random_operations
from tests.models.conftest import ByName
from tests.models.loaded import each
from tests.properties.beside import Beside
from tests.properties.test_trace import require_same
from topogroup.topology.graph.states import current_state, normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import attachments, der_rows
from topogroup.topology.supplying.comparison import changed_ders
from topogroup.topology.tracing.trace import Trace

MODELS = ("01", "03", "05", "06", "07", "10", "11")
OPERATIONS = 300
OPERATIONS_OF_04, CHECKED_EVERY = 10_000, 1_000


@pytest.mark.parametrize("per_phase", [False, True])
@pytest.mark.parametrize("name", each(*MODELS))
def test_random_operations(model: ByName, name: str, per_phase: bool) -> None:
    """Arrays, lists of changed DER and excerpts are those of full recomputes after each operation."""
    network = model(name).network
    grid = prepare(network, per_phase=per_phase)
    state = current_state(network)
    one = Beside(grid, der_rows(grid), state, None)
    drawn = random_operations(network, state, np.random.default_rng(int(name)), per_phase=per_phase)
    for _ in range(OPERATIONS // 2):
        one.operate(*next(drawn))
    one.rebuild()


@pytest.mark.xdist_group("model04")
@pytest.mark.thorough
def test_04_after_ten_thousand_operations(model: ByName) -> None:
    """The trace ends equal to a fresh start, is that at every thousandth operation, and listed all that changed."""
    network = model("04").network
    grid = prepare(network, per_phase=True)
    rows, state = der_rows(grid), normal_state(network)
    trace, full = Trace(grid, rows, state), attachments(grid, rows, state)
    drawn = random_operations(network, state, np.random.default_rng(4), per_phase=True)
    listed: set[int] = set()
    for number in range(1, OPERATIONS_OF_04 + 1):
        poles, opened = next(drawn)
        listed |= set(trace.operate(poles, opened).ders.tolist())
        state.open[poles] = opened
        if number % CHECKED_EVERY == 0:
            before, full = full, attachments(grid, rows, state)
            require_same(rows, trace.attachments(), full)
            assert set(changed_ders(rows, before, full).tolist()) <= listed
            listed = set()
    fresh = Trace(grid, rows, state)
    require_same(rows, trace.attachments(), fresh.attachments())
    assert trace.rebuild().size == 0
