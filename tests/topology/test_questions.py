"""Questions on random networks: as a plain search over (node, phase) answers them, and consistent with one another."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cim_models import load_text, phase_codes
from cim_models.network import Network
from tests.properties.networks import Drawn, networks, operations
from tests.properties.test_attachment import examples
from tests.topology.plain import Phases, PlainState
from topogroup.topology.graph.connectivity import fed_from
from topogroup.topology.graph.states import Operation, current_state, normal_state, operated
from topogroup.topology.graph.states import operations as named_operations
from topogroup.topology.questions.common_supply import lowest_common_supply
from topogroup.topology.questions.known_state import DerPhases, KnownState
from topogroup.topology.questions.paths import LEVELS_UPWARD, fed_through, path
from topogroup.topology.questions.reach import Nearness, downstream
from topogroup.topology.questions.way_back import way_back
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import Attachments, attachments


def in_words(found: DerPhases) -> Phases:
    """Return DER phases as the plain search names them."""
    return {
        one["mrid"]: set(one["phases"].replace("s12", "12").replace("s", "")) for one in found.as_dict()["ders"]
    }


def plainly(found: Phases) -> Phases:
    """Return the phases of the plain search by one letter each."""
    return {mrid: {phase[-1] for phase in phases} for mrid, phases in found.items()}


@st.composite
def known_states(draw: st.DrawFn) -> tuple[KnownState, PlainState]:
    """Draw a network in a state, as engine and plain search know it."""
    drawn: Drawn = draw(networks())
    opened, closed = draw(operations(drawn)), draw(operations(drawn))
    name = draw(st.sampled_from(["current", "normal"]))
    xml = drawn.builder.to_xml()
    network = load_text(xml)
    start = normal_state(network) if name == "normal" else current_state(network)
    state = operated(network, start, named_operations(network, opened, closed))
    grid = prepare(network, per_phase=state.per_phase(network))
    return KnownState.of(grid, state), PlainState(xml, name, opened, closed)


def carriers(known: KnownState) -> list[tuple[int, ...]]:
    """Return all that carries supply: equipment, and the heads of feeders."""
    network = known.network
    single = np.union1d(known.grid.graph.edges.equipment, network.source.equipment)
    heads = [tuple(sorted({e for head in one.heads for e in head.equipment})) for one in known.grid.feeders]
    return [(e,) for e in single.tolist()] + heads


def mrids(network: Network, equipment: tuple[int, ...]) -> frozenset[str]:
    """Return equipment as the plain search names it."""
    return frozenset(network.equipment.id[e] for e in equipment)


@examples(0.6)
@given(known_states(), st.data())
def test_downstream_as_a_plain_search_says(drawn: tuple[KnownState, PlainState], data: st.DataObject) -> None:
    """With any equipment closed and open, whatever it is now."""
    known, plain = drawn
    for _ in range(3):
        x = data.draw(st.sampled_from(carriers(known)))
        assert in_words(downstream(known, x)) == plainly(plain.downstream(mrids(known.network, x)))


@pytest.mark.thorough
@examples(0.4)
@given(known_states(), st.data())
def test_fed_through_as_a_plain_search_says(drawn: tuple[KnownState, PlainState], data: st.DataObject) -> None:
    """On some way from a grid source, phase by phase."""
    known, plain = drawn
    x = data.draw(st.sampled_from(carriers(known)))
    assert in_words(fed_through(known, x)) == plainly(plain.fed_through(mrids(known.network, x)))


@examples(0.6)
@given(known_states(), st.data(), st.integers(0, 4))
def test_near_as_a_plain_search_says(
    drawn: tuple[KnownState, PlainState], data: st.DataObject, most: int
) -> None:
    """Whatever the position of the switches between."""
    known, plain = drawn
    e = data.draw(st.integers(0, len(known.network.equipment.id) - 1))
    found = Nearness.of(known).within_switches([e], most)
    expected = plain.within_switches(known.network.equipment.id[e], most)
    assert {one["mrid"] for one in found.as_dict()["ders"]} == expected
    assert found.phases.tolist() == known.rows.phases[found.der].tolist()


@examples(0.4)
@given(known_states())
def test_a_path_holds_all_through_which_a_der_is_fed(drawn: tuple[KnownState, PlainState]) -> None:
    """`path` and `fed_through` say the same, and neither names a DER without supply."""
    known, plain = drawn
    network = known.network
    fed = {x: fed_through(known, x) for x in carriers(known) if len(x) == 1}
    through = {
        (network.equipment.id[x[0]], network.equipment.id[int(network.der.equipment[der])], bit)
        for x, found in fed.items()
        for der, mask in zip(found.der.tolist(), found.phases.tolist(), strict=True)
        for bit in phase_codes.BITS
        if mask & bit
    }
    on_paths = set()
    for der in range(network.der.equipment.size):
        found = path(known, der)
        phases = {way.level: set[int]() for way in found.ways}
        for way in found.ways:
            mask = phase_codes.mask_of(way.phases) or 0
            bits = {bit for bit in phase_codes.BITS if mask & bit}
            phases[way.level] |= bits
            if way.level == "source":
                on_paths |= {(one.item.mrid, found.der.mrid, b) for one in (*way.parts, *way.others) for b in bits}
        assert phases.get("source", set()) == _bits(plain.supplied().get(found.der.mrid, set()))
    assert on_paths == through


@examples(0.6)
@given(known_states())
def test_paths_lead_to_exactly_the_supply_points(drawn: tuple[KnownState, PlainState]) -> None:
    """Each way begins at the DER, hangs together, ends with its supply point, and names nothing twice."""
    known, _ = drawn
    network, grid = known.network, known.grid
    nodes: dict[str, set[int]] = {}
    edges = grid.graph.edges
    for e, one, other in zip(edges.equipment.tolist(), edges.node1.tolist(), edges.node2.tolist(), strict=True):
        nodes.setdefault(network.equipment.id[e], set()).update((one, other))
    for terminal, e in enumerate(network.terminal.equipment.tolist()):
        nodes.setdefault(network.equipment.id[e], set()).add(int(network.terminal.node[terminal]))
    for der in range(network.der.equipment.size):
        found = path(known, der)
        for name in LEVELS_UPWARD:
            level, links = grid.levels[name], known.found.links[name]
            expected = {level.items[i] for i in links.of(der).tolist()}
            assert {way.supply for way in found.ways if way.level == name} == expected
        for way in found.ways:
            names = [part.item.mrid for part in way.parts]
            assert int(known.rows.node[der]) in nodes[names[0]]
            assert all(nodes[one] & nodes[other] for one, other in pairwise(names))
            others = [part.item.mrid for part in way.others]
            assert len({*names, *others}) == len(names) + len(others)
            if way.level in LEVELS_UPWARD and way.supply.mrid in nodes:
                assert names[-1] == way.supply.mrid


def _bits(phases: set[str]) -> set[int]:
    return {phase_codes.mask_of(phase) or 0 for phase in phases}


@examples(0.6)
@given(known_states(), st.data())
def test_the_lowest_common_supply_is_the_nearest(
    drawn: tuple[KnownState, PlainState], data: st.DataObject
) -> None:
    """Of all supply points without which both are dark, none is dark without a nearer one."""
    known, _ = drawn
    count = known.rows.phases.size
    assume(count > 0)
    a, b = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))
    found = lowest_common_supply(known, a, b)
    assert lowest_common_supply(known, b, a) == found
    rows = known.rows_of(a) + known.rows_of(b)
    if not known.rows_of(a) or not known.rows_of(b):
        assert found is None
        return
    graph, vertices = known.grid.graph, known.rows.vertex[rows]
    common = {}
    for name in LEVELS_UPWARD:
        level = known.grid.levels[name]
        for item in range(len(level.items)):
            own = level.edge[level.item == item]
            free = graph.conducting(known.network, known.state)
            free[own] = False
            live = fed_from(graph, free, known.live.source, graph)[2]
            if not live[vertices].any():
                common[name, level.items[item].mrid] = own, live
    if found is None or found.level == "source":
        assert not common
        return
    nearest, _ = common.pop((found.level, found.supply.mrid))
    on_ways = np.logical_or.reduce([known.ways.on_ways(int(vertex)) for vertex in vertices])
    passed = nearest[np.isin(nearest, known.used[on_ways[: known.used.size]])]
    assert passed.size
    for own, live in common.values():
        assert np.array_equal(own, nearest) or not live[graph.edges.u[passed]].any()


@pytest.mark.thorough
@examples(0.25)
@given(known_states())
def test_no_smaller_way_back(drawn: tuple[KnownState, PlainState]) -> None:
    """All sets of one and of two operations are tried beside it."""
    known, _ = drawn
    network, rows = known.network, known.rows
    switches = sorted(set(network.pole.equipment.tolist()))
    assume(len(switches) <= 9)
    normal = attachments(known.grid, rows, normal_state(network))
    search = [(e, opens) for e in switches for opens in (False, True)]
    traced = {}
    for size in (1, 2):
        for chosen in combinations(search, size):
            if len({e for e, _ in chosen}) == size:
                after = operated(network, known.state, [Operation(e, opens, 0) for e, opens in chosen])
                traced[chosen] = attachments(known.grid, rows, after)
    for der in range(rows.phases.size):
        found = way_back(known, normal, der)
        smallest = min((len(c) for c, after in traced.items() if _home(known, normal, after, der)), default=None)
        if found.status == "home":
            assert _home(known, normal, known.found, der)
        elif found.status == "no_normal_feeder":
            assert not normal.links["feeder"].of(der).size
        elif smallest is not None:
            assert (found.status, len(found.operations)) == ("found", smallest)
        else:
            assert found.status == "none_found" or len(found.operations) > 2


def _home(known: KnownState, normal: Attachments, after: Attachments, der: int) -> bool:
    first, last = np.searchsorted(known.rows.der, [der, der + 1]).tolist()
    links = [one.row_links["feeder"] for one in (normal, after)]
    lit = [one.row_energisation[first:last] <= 1 for one in (normal, after)]
    same = all(links[0].of(row).tolist() == links[1].of(row).tolist() for row in range(first, last))
    return same and bool((lit[1] | ~lit[0]).all())

