"""Deep networks and operations by the dice, the same ones on every run: many more of both than Hypothesis draws.

Hypothesis looks for the simplest network that fails, and so draws small ones. What goes wrong in a trace as a rule
takes many switches, so here each network sees dozens of batches.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from cim_models import load_text, machine_code
from tests.properties.beside import Beside
from tests.properties.deep_networks import Deep, deep_network
from tests.properties.maker import Maker
from topogroup.topology.graph.states import current_state, normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import der_rows
from topogroup.topology.tracing import areas, room

T = TypeVar("T")
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

NETWORKS, BATCHES = 80, 24
BATCH_SIZES = (1, 1, 1, 1, 2, 3, 5, 8, 20)


class Dice(Maker):
    """A maker that asks no strategy."""

    def __init__(self, seed: int) -> None:
        """Begin an empty network."""
        super().__init__(cast("st.DrawFn", _no_strategy))
        self._random = random.Random(seed)

    def chance(self, percent: int) -> bool:
        """Throw true in so many cases out of a hundred."""
        return self._random.randrange(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        """Throw one of these."""
        return self._random.choice(choices)

    def number(self, low: int, high: int) -> int:
        """Throw a number."""
        return self._random.randint(low, high)


def _no_strategy(_strategy: object) -> object:
    raise AssertionError("dice need no strategy")


def thrown(rng: np.random.Generator, one: Beside, last: I64) -> tuple[I64, U8]:
    """Throw a batch: often poles of the one before again, often the other way round from what they are."""
    side = one.grid.network.pole.side1
    size = min(side.size, int(rng.choice(BATCH_SIZES)))
    poles = rng.choice(side.size, size, replace=False)
    if rng.random() < 0.25:
        poles = rng.permutation(np.unique(np.concatenate([poles[: size // 2], last])))
    masks = rng.choice(np.array([0, 0, 0, 255, 255, 1, 2, 4, 6], np.uint8), poles.size)
    if rng.random() < 0.3:
        masks = np.where(one.state.open[poles] > 0, 0, 255).astype(np.uint8)
    return poles, masks & side[poles]


@pytest.mark.parametrize(
    "seed", [pytest.param(at, marks=[pytest.mark.thorough] * (at % 4 == 3)) for at in range(NETWORKS)]
)
def test_dozens_of_batches(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch does in the trace what it does in a full recompute; one network in four has compiled kernels."""
    rng = np.random.default_rng(seed)
    monkeypatch.setenv(machine_code.SWITCH, "1" if seed % 4 == 3 else "0")
    monkeypatch.setattr(areas, "BUDGET_MIN", int(rng.choice([2_000, 2_000, 3, 10, 50])))
    monkeypatch.setattr(room, "SPARE_AREAS_MIN", int(rng.choice([1_000, 1, 3])))
    monkeypatch.setattr(room, "ROWS_MIN", int(rng.choice([2_000, 2_000, 1, 3])))
    drawn: Deep = deep_network(Dice(seed), 3 + seed % 10)
    network = load_text(drawn.builder.to_xml())
    grid = prepare(network, per_phase=seed % 3 > 0, heads=drawn.heads)
    state = normal_state(network) if seed % 2 else current_state(network)
    one, poles = Beside(grid, der_rows(grid), state, None), np.zeros(1, np.int64)
    for _ in range(BATCHES):
        poles, opened = thrown(rng, one, poles)
        doubt = rng.random(opened.size) < 0.1
        conflict = np.isin(np.arange(state.open.size), poles[doubt]) if rng.random() < 0.1 else None
        one.operate(poles, opened, conflict)
    one.rebuild()
