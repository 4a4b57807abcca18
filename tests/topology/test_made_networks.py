"""The networks that benchmarks make are what their maker says: read by the topology like any other model."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from benchmarks.made import made, made_mesh, made_network, made_path, made_ring
from benchmarks.making.tables import Made
from cim_models.catalogue import Role
from topogroup.topology.answers.attach import attach
from topogroup.topology.graph.phases import is_balanced
from topogroup.topology.graph.states import normal_state
from topogroup.topology.structure.grid import Grid, prepare
from topogroup.topology.supplying.attachment import Attachments, Energisation, attachments, der_rows

KINDS = [(per_phase, order) for per_phase in (False, True) for order in ("natural", "shuffled")]


def traced(one: Made) -> tuple[Grid, Attachments]:
    grid = prepare(one.network)
    return grid, attachments(grid, der_rows(grid), normal_state(one.network))


def feeder_heads(grid: Grid, found: Attachments) -> list[list[int]]:
    """Return the heads of the feeders that each DER hangs on."""
    links, position = found.links["feeder"], grid.levels["feeder"].position
    head = [grid.feeders[p].heads[0].equipment[0] for p in position.tolist()]
    return [[head[i] for i in links.item[a:b].tolist()] for a, b in pairwise(links.start.tolist())]


@pytest.mark.parametrize(("per_phase", "order"), KINDS)
@pytest.mark.parametrize("nodes", [150, 900, 12_000])
def test_every_der_hangs_on_the_feeder_it_was_put_on(nodes: int, per_phase: bool, order: str) -> None:
    one = made(nodes, per_phase=per_phase, order=order, seed=nodes)
    grid, found = traced(one)
    assert grid.graph.slots.width == (3 if per_phase else 1)
    assert is_balanced(one.network) != per_phase
    assert feeder_heads(grid, found) == [[head] for head in one.heads[one.der_feeder].tolist()]
    assert np.unique(found.energisation).tolist() == [Energisation.ENERGISED]
    rules = {(feeder.tier, feeder.rule) for feeder in grid.feeders}
    named = "normal_head_terminal"
    assert rules == {("primary", "derived"), ("low_voltage", named), ("subtransmission", named)}
    assert len(grid.zones.substations) == max(2, -(-one.heads.size // 10))


@pytest.mark.parametrize("shape", [made_path, made_ring, made_mesh])
@pytest.mark.parametrize("order", ["natural", "shuffled"])
def test_special_shapes_are_one_feeder(shape: object, order: str) -> None:
    assert callable(shape)
    one: Made = shape(400, order=order)
    grid, found = traced(one)
    assert set(map(tuple, feeder_heads(grid, found))) == {(int(one.heads[0]),)}
    graph = joined(one)
    feeder = graph.subgraph(nx.node_connected_component(graph, int(one.node_place[-1])))
    rings = feeder.number_of_edges() - feeder.number_of_nodes() + 1
    # the busbars, the breaker and what hangs on them are a tree beside the feeder's own shape
    expected = {made_path: 0, made_ring: 1, made_mesh: 19 * 19}
    assert rings == expected[shape]


def joined(one: Made) -> nx.Graph[int]:
    """Return lines and normally closed switches of medium voltage, feeder breakers left out."""
    network = one.network
    graph: nx.Graph[int] = nx.Graph()
    branch, pole = network.branch, network.pole
    graph.add_edges_from(zip(branch.node1.tolist(), branch.node2.tolist(), strict=True))
    used = ~pole.normal_open & ~np.isin(pole.equipment, one.heads)
    graph.add_edges_from(zip(pole.node1[used].tolist(), pole.node2[used].tolist(), strict=True))
    return graph


@pytest.mark.parametrize(("per_phase", "order"), KINDS)
def test_an_open_head_leaves_exactly_its_own_der_without_grid(per_phase: bool, order: str) -> None:
    one = made(900, per_phase=per_phase, order=order)
    ids = one.network.equipment.id
    for feeder, head in enumerate(one.heads.tolist()):
        report = attach(one.network, opened=[ids[head]])
        off = [i for i, der in enumerate(report) if der.current.energisation in ("unsupplied", "islanded")]
        assert off == np.flatnonzero(one.der_feeder == feeder).tolist()


def test_the_order_of_ids_changes_nothing_but_ids() -> None:
    natural, shuffled = made(2_000), made(2_000, order="shuffled")
    assert natural.network.counts == shuffled.network.counts
    by_feeder = [np.bincount(one.der_feeder, minlength=4).tolist() for one in (natural, shuffled)]
    assert by_feeder[0] == by_feeder[1]
    assert not np.array_equal(natural.heads, shuffled.heads)
    pieces = [sorted(map(len, nx.connected_components(joined(one)))) for one in (natural, shuffled)]
    assert pieces[0] == pieces[1]


def test_there_is_as_much_of_everything_as_asked() -> None:
    one = made(100_000)
    network = one.network
    nodes, lines = len(network.node.id), network.counts["ACLineSegment"]
    assert abs(nodes - 100_000) < 1_000
    assert 18 < lines / one.switches["section"].size < 22
    assert one.switches["tie"].size > 150
    assert 9 < nodes / network.der.equipment.size < 11
    assert one.heads.size == 50
    assert one.switches["lv_head"].size == 50
    assert one.switches["subtransmission_head"].size == 2
    node = network.terminal.node[network.der.terminal]
    low = np.unique(network.branch.node2[network.equipment.voltage_v[network.branch.equipment] < 1_000])
    assert 0.4 < np.isin(node, low).mean() < 0.6


@pytest.mark.parametrize("order", ["natural", "shuffled"])
def test_the_tables_lie_as_the_reader_would_lay_them(order: str) -> None:
    network = made_network(1_500, per_phase=True, order=order)
    for ids in (network.equipment.id, network.node.id, network.container.id):
        assert sorted(set(ids)) == list(ids)
    terminal = network.terminal
    for owner in (terminal.equipment, network.branch.equipment, network.pole.equipment, network.end.equipment):
        assert (np.diff(owner) >= 0).all()
    for table in (network.branch, network.pole):
        assert terminal.equipment[table.terminal1].tolist() == table.equipment.tolist()
        assert terminal.equipment[table.terminal2].tolist() == table.equipment.tolist()
        assert terminal.node[table.terminal1].tolist() == table.node1.tolist()
        assert terminal.node[table.terminal2].tolist() == table.node2.tolist()
    pairs = list(zip(network.pole.equipment.tolist(), network.pole.side1.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert (np.diff(network.der.equipment) > 0).all()
    assert terminal.equipment[network.der.terminal].tolist() == network.der.equipment.tolist()
    roles = network.equipment.role
    assert set(roles[network.pole.equipment].tolist()) == {Role.SWITCH}
    assert set(roles[network.end.equipment].tolist()) == {Role.TRANSFORMER}
