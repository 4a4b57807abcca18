"""Paths, neighbours, common supply and ways back on the real models in random states, as plain searches answer them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import pytest

from tests.models.conftest import ByName
from tests.models.loaded import FILES, each
from tests.oracle.states import CURRENT
from tests.topology.compared_ways import (
    Case,
    config_of,
    same_common_supply,
    same_neighbours,
    same_path,
    same_ways_back,
)
from topogroup.topology.structure.grid import prepare

MODELS: Final = ("01", "03", "04", "10", "11")
STATES: Final = {"01": 8, "03": 6, "04": 2, "10": 8, "11": 12}
EACH: Final = {"04": 50}
"""Of the DER every so many is asked about in each state; all where nothing is said."""


def cases(model: ByName, name: str) -> Iterator[Case]:
    """Yield the model's own state, then states with a few switches moved, single poles among them."""
    one = model(name)
    poles, grid = config_of(one.oracle).topo.states.poles[CURRENT], prepare(one.network, per_phase=True)
    chance = random.Random(FILES[name])
    ties = [switch for switch in sorted(poles) if any(poles[switch].values())]
    yield Case(one.network, one.oracle, grid=grid)
    for _ in range(STATES[name] - 1):
        opened, closed = list[str](), list[str]()
        moved = {*chance.sample(sorted(poles), chance.randint(1, 4)), *chance.sample(ties, min(len(ties), 1))}
        for switch in sorted(moved):
            pole = f":{chance.choice(sorted(poles[switch]))}" if chance.random() < 0.25 else ""
            (closed if switch in ties else opened).append(switch + pole)
        yield Case(one.network, one.oracle, opened, closed, grid=grid)


@pytest.mark.parametrize("name", each(*MODELS, thorough=["04"]))
def test_paths(model: ByName, name: str) -> None:
    """Of every DER to every supply point."""
    seen = set()
    for case in cases(model, name):
        for der in case.ders[:: EACH.get(name, 1)]:
            seen |= same_path(case, der)
    assert {level for level, _ in seen} >= {"feeder", "source"}


@pytest.mark.parametrize("name", each(*MODELS, thorough=["04"]))
def test_neighbours(model: ByName, name: str) -> None:
    """Of any equipment, switches and DER among it."""
    chance, count = random.Random(name), 0
    for case in cases(model, name):
        network = case.network
        drawn = chance.choices(range(len(network.equipment.id)), k=30 if name != "04" else 5)
        known = [*network.pole.equipment.tolist(), *network.der.equipment.tolist()]
        count += same_neighbours(case, {*drawn, *known[:: 1 + len(known) // 30]})
    assert count


@pytest.mark.parametrize("name", each(*MODELS, thorough=["03", "04", "10"]))
def test_lowest_common_supply(model: ByName, name: str) -> None:
    """Of every two DER, by taking away every supply point in thought."""
    levels = set[str]()
    for case in cases(model, name):
        levels |= same_common_supply(case, case.ders[:: EACH.get(name, 1)])
    assert "feeder" in levels


@pytest.mark.parametrize("name", each("01", "03", "10", "11"))
def test_ways_back(model: ByName, name: str) -> None:
    """Of every DER, by carrying out all small sets of operations."""
    seen = set().union(*(same_ways_back(case, case.ders, 2) for case in cases(model, name)))
    assert {status for status, _ in seen} >= {"home", "found"}
