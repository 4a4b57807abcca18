"""Questions on the real models in random states: the engine as a plain search over (node, phase) answers them."""

from __future__ import annotations

import random

import pytest

from tests.models.conftest import ByName
from tests.models.loaded import FILES
from tests.oracle.topo import build
from tests.topology.plain import PlainState
from tests.topology.test_questions import carriers, in_words, mrids, plainly
from topogroup.topology.graph.states import current_state, operated
from topogroup.topology.graph.states import operations as named_operations
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.questions.paths import fed_through
from topogroup.topology.questions.reach import Nearness, downstream
from topogroup.topology.structure.grid import prepare

_ASKED = {"01": (4, 8, 2), "10": (2, 4, 1), "11": (4, 8, 2)}
"""States of a model; in each, questions about who is downstream or near, and about who is fed through."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(f"model{name}")) for name in _ASKED])
def test_questions_as_a_plain_search_says(model: ByName, name: str) -> None:
    """Of any equipment, open or closed, while other switches are operated."""
    network, topo = model(name).network, build(model(name).oracle.store, None)
    chance = random.Random(FILES[name])
    switches = sorted(set(network.pole.equipment.tolist()))
    states, near, through = _ASKED[name]
    asked = 0
    for _ in range(states):
        drawn = chance.sample(switches, min(len(switches), chance.randint(0, 4)))
        half = len(drawn) // 2
        opened, closed = ([network.equipment.id[e] for e in part] for part in (drawn[:half], drawn[half:]))
        state = operated(network, current_state(network), named_operations(network, opened, closed))
        known = KnownState.of(prepare(network, per_phase=True), state)
        plain, nearness = PlainState(topo, "current", opened, closed), Nearness.of(known)
        for x in chance.choices(carriers(known), k=near):
            said = mrids(network, x)
            assert in_words(downstream(known, x)) == plainly(plain.downstream(said)), said
            most = chance.randint(0, 3)
            found = {one["mrid"] for one in nearness.within_switches([x[0]], most).as_dict()["ders"]}
            assert found == plain.within_switches(network.equipment.id[x[0]], most), said
            asked += 1
        for x in chance.choices(carriers(known), k=through):
            said = mrids(network, x)
            assert in_words(fed_through(known, x)) == plainly(plain.fed_through(said)), said
    assert asked == states * near
