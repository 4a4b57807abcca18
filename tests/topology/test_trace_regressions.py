"""What random networks found wrong in the incremental trace, or meet too seldom to find: shrunk and named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tests.properties.beside import Beside
from topogroup.testing import NetworkBuilder
from topogroup.topology.graph.states import current_state, normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import attachments, der_rows

HV, MV, LV = 110_000.0, 34_500.0, 12_000.0


def beside(builder: NetworkBuilder, heads: Sequence[Mapping[str, str]] | None = None, *, per_phase: bool) -> Beside:
    """Trace the current state of a network beside full recomputes."""
    network = builder.build()
    grid = prepare(network, per_phase=per_phase, heads=heads)
    rows = der_rows(grid)
    normal = attachments(grid, rows, normal_state(network))
    return Beside(grid, rows, current_state(network), normal)


def operate(one: Beside, *operations: tuple[str, int]) -> list[str]:
    """Give switches other open phases, in this order and in one batch; return the names of the DER that changed."""
    network = one.grid.network
    poles, masks = [], []
    for name, opened in operations:
        rows = np.flatnonzero(network.pole.equipment == network.equipment.name.index(name))
        poles += rows.tolist()
        masks += (network.pole.side1[rows] & opened).tolist()
    changed = one.operate(np.array(poles, np.int64), np.array(masks, np.uint8))
    return [network.equipment.name[e] for e in network.der.equipment[changed].tolist()]


def test_a_source_joins_a_larger_dead_area_and_leaves_it_in_one_batch() -> None:
    """grid--S--x--T1--bus1--PV1, x--(TIE open)--l1--l2--l3--T2--bus2: TIE closes and S opens in one batch.

    The areas around the larger one, l, are looked at before the source comes to it; those around x must be as well
    when the source goes again.
    """
    b = NetworkBuilder().energy_source("grid", "g", HV).breaker("S", "g", "x").breaker("TIE", "x", "l1", open=True)
    b.breaker("Q1", "l1", "l2").breaker("Q2", "l2", "l3")
    b.transformer("T1", [("x", HV), ("bus1", MV)]).transformer("T2", [("l3", HV), ("bus2", MV)])
    b.pv("PV1", "bus1").load("LD1", "bus1").pv("PV2", "bus2").load("LD2", "bus2").pv("PVx", "x")
    for per_phase in (False, True):
        one = beside(b, per_phase=per_phase)
        assert operate(one, ("TIE", 0), ("S", 255)) == ["PV1", "PVx"]
        assert operate(one, ("S", 0)) == ["PV1", "PV2", "PVx"]


def test_a_dead_area_is_split_and_its_larger_part_brought_to_life_in_one_batch() -> None:
    """hv--T1--m--T2--x, x--(TIE open)--l2, l1--Q--l2--l3--l4: Q opens and TIE closes in one batch.

    Q puts l2 to l4 in question; TIE settles them, with nothing else between them and the source in question.
    """
    b = NetworkBuilder().energy_source("grid", "hv", HV).substation("S1").substation("S2")
    b.transformer("T1", [("hv", HV), ("m", MV)], container="S1").load("LDm", "m")
    b.transformer("T2", [("m", MV), ("x", LV)], container="S2").load("LDx", "x")
    b.breaker("TIE", "x", "l2", open=True).breaker("Q", "l1", "l2").breaker("Q3", "l2", "l3").breaker("Q4", "l3", "l4")
    b.pv("PV1", "l1").pv("PV3", "l3").pv("PV4", "l4")
    for per_phase in (False, True):
        one = beside(b, per_phase=per_phase)
        assert operate(one, ("Q", 255), ("TIE", 0)) == ["PV3", "PV4"]
        assert operate(one, ("Q", 0)) == ["PV1"]


def test_fed_backwards_as_well_changes_nothing_for_who_is_paralleled_already() -> None:
    """hv--T1--n1--C--n2--T2--hv, n1--T4--low--(Q open)--low2--T3--hv: with Q closed n1 is fed both ways, too.

    PV hangs on two substations and is paralleled whether Q is open or closed; none of its words changes.
    """
    b = NetworkBuilder().energy_source("grid", "hv", HV).substation("S1").substation("S2").substation("S3")
    b.transformer("T1", [("hv", HV), ("n1", MV)], container="S1").transformer("T2", [("hv", HV), ("n2", MV)])
    b.breaker("C", "n1", "n2", open=False, normal_open=True).pv("PV", "n1")
    b.transformer("T4", [("n1", MV), ("low", LV)], container="S2").pv("PVlow", "low").load("LD", "low")
    b.transformer("T3", [("hv", HV), ("low2", LV)], container="S3").breaker("Q", "low2", "low", open=True)
    b.load("LD2", "low2")
    one = beside(b, per_phase=False)
    assert one.full.paralleled.tolist() == [True, False]
    assert operate(one, ("Q", 0)) == ["PVlow"]
    assert one.full.paralleled.tolist() == [True, True]
    assert operate(one, ("Q", 255)) == ["PVlow"]


def test_feeders_upstream_of_a_part_of_several_areas_that_lies_above_itself() -> None:
    """bus1--F1--x1--TX--x2, bus2--F2--y1... two feeders that feed each other over two heads, each across a transformer.

    bus1--F1--x1(34.5)--TX--x2(12)      H1 leads from x1 to y1, H2 from y2 to x2: each feeder lies above the other,
    bus2--F2--y2(12)----TY--y1(34.5)    and who looks upstream comes back to where he began in another area of it.
    """
    b = NetworkBuilder().energy_source("grid", "hv", HV).substation("S1").substation("S2")
    b.transformer("T1", [("hv", HV), ("bus1", MV)], container="S1").breaker("F1", "bus1", "x1")
    b.transformer("T2", [("hv", HV), ("bus2", LV)], container="S2").breaker("F2", "bus2", "y2")
    b.transformer("TX", [("x1", MV), ("x2", LV)], container="S1").transformer(
        "TY", [("y1", MV), ("y2", LV)], container="S2"
    )
    b.breaker("H1", "x1", "y1", open=True).breaker("H2", "y2", "x2", open=True)
    for node in ("x1", "x2", "y1", "y2"):
        b.pv(f"PV{node}", node).load(f"LD{node}", node)
    heads = [{"name": name, "head": name} for name in ("F1", "F2", "H1", "H2")]
    one = beside(b, heads, per_phase=False)
    assert operate(one, ("H1", 0), ("H2", 0)) == ["PVx1", "PVx2", "PVy1", "PVy2"]
    assert operate(one, ("H1", 255)) == ["PVx1", "PVx2", "PVy1", "PVy2"]


def test_one_of_the_two_ways_through_a_centre_tap_is_no_longer_whole() -> None:
    """X (AB: s1, s2) hangs on bus1 by phase A and on bus2 by phase B; T2 (delta) loses phase C of hv.

    s1 and s2 are whole by A, and live by B through a unit that lacks a phase: the DER is partially energised.
    """
    b = NetworkBuilder().energy_source("grid", "hv", HV).breaker("Q", "hv", "h2", phases="ABC", open=False)
    b.transformer("T1", [("hv", HV, "Yn"), ("bus1", MV, "Yn")]).transformer("T2", [("h2", HV, "D"), ("bus2", MV, "Yn")])
    b.breaker("F1", "bus1", "n", phases="ABC", open=False).breaker("F2", "bus2", "n", phases="ABC", open=True)
    b.centre_tap("X", "n", "lv", MV, phases="AB").pv("PV", "lv").pv("PVn", "n", phases="A")
    one = beside(b, per_phase=True)
    assert operate(one, ("F1", 2), ("F2", 5)) == ["PV"]
    assert operate(one, ("Q", 4)) == ["PV"]
    assert operate(one, ("Q", 0)) == ["PV"]
