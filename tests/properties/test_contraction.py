"""Contraction changes no answer: blocks joined by what conducts are what the vertices themselves are joined to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cim_models import load_text
from tests.properties.networks import Drawn, networks
from tests.properties.test_attachment import examples
from topogroup.topology.arrays.rows import distinct
from topogroup.topology.graph.connectivity import Kind, liveness
from topogroup.topology.graph.states import NetworkState, current_state, normal_state
from topogroup.topology.structure.grid import prepare


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether two numberings make the same sets."""
    pairs = distinct(one, other)[0].size
    return pairs == np.unique(one).size == np.unique(other).size


@examples(0.5)
@given(networks(), st.booleans(), st.integers(0, 2**32), st.floats(0, 1))
def test_blocks_are_joined_as_vertices_are(drawn: Drawn, per_phase: bool, seed: int, share: float) -> None:
    """Under the flags of the normal and of the current state, whatever the switches do and each level cuts."""
    network = load_text(drawn.builder.to_xml())
    grid, chance = prepare(network, per_phase=per_phase), np.random.default_rng(seed)
    graph = grid.graph
    for flags in (normal_state(network), current_state(network)):
        side = network.pole.side1
        opened = np.where(chance.random(side.size) < share, side & chance.integers(0, 256, side.size), 0)
        state: NetworkState = replace(flags, open=opened.astype(np.uint8))
        blocks = grid.contraction(state)
        assert blocks.holds_for(flags)
        plain, quick = (liveness(network, graph, state, joining) for joining in (None, blocks))
        for name in ("conducting", "live", "whole", "source"):
            assert np.array_equal(getattr(plain, name), getattr(quick, name)), name
        assert same_partition(plain.component, quick.component)
        cuts = [np.empty(0, np.int64), np.flatnonzero(graph.edges.kind == Kind.POLE)]
        for cut in (*cuts, *(level.edge for level in grid.levels.values())):
            kept = plain.conducting.copy()
            kept[cut] = False
            assert same_partition(graph.components(kept), blocks.components(kept))


def test_other_flags_need_another_contraction() -> None:
    """A line out of service is no longer part of a block; the two contractions needed last are kept."""
    from topogroup.testing import NetworkBuilder

    built = NetworkBuilder().energy_source("G", "a", 20_000).breaker("B", "a", "b")
    network = built.line("L", "b", "c").pv("PV", "c").build()
    grid, state = prepare(network), normal_state(network)
    without = state.in_service.copy()
    without[network.equipment.id.find("L")] = False
    other = replace(state, in_service=without)
    first, second = grid.contraction(state), grid.contraction(other)
    assert (first.count, second.count) == (2, 3)
    assert grid.contraction(replace(state, open=np.full_like(state.open, 7))) is first
    assert grid.contraction(replace(other, in_service=without.copy())) is second
