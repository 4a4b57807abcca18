"""Ties between feeders: who supplies what they join, and whom they leave alone."""

from __future__ import annotations

from tests.scenarios.support import DEAD, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder


def one_bus_two_feeders_and_a_third() -> NetworkBuilder:
    """Return F1 and F2 with a normally open tie between their ends, and F3 beside them."""
    b = station(grid())
    for n in (1, 2, 3):
        feeder(b, n)
    return b.load_break_switch("TIE", "f1b", "f2b", open=True).pv("PVb", "bus1")


BASE = {
    "PV1": on("~F1", "T1", "S1"),
    "PV2": on("~F2", "T1", "S1"),
    "PV3": on("~F3", "T1", "S1"),
    "PVb": on("", "T1", "S1"),
}


def test_tie_open() -> None:
    """bus1--F1--L1--PV1 --(TIE open)-- PV2--L2--F2--bus1,  bus1--F3--L3--PV3."""
    check(one_bus_two_feeders_and_a_third(), BASE)


def test_tie_closed_parallels_two_feeders_and_does_not_leak_through_the_busbar() -> None:
    """bus1--F1--PV1 --(TIE closed)-- PV2--F2--bus1: two feeders each; F3 and the busbar are as before."""
    both = on("~F1 ~F2", "T1", "S1", paralleled=True)
    check(one_bus_two_feeders_and_a_third(), BASE | {"PV1": both, "PV2": both}, normal=BASE, closed=["TIE"])


def test_tie_with_one_head_open() -> None:
    """bus1 --(F1 open)-- PV1 --(TIE closed)-- PV2--F2--bus1: F2 carries both, in one direction only."""
    moved = on("~F2", "T1", "S1")
    expected = BASE | {"PV1": moved, "PV2": moved}
    check(one_bus_two_feeders_and_a_third(), expected, normal=BASE, closed=["TIE"], opened=["F1"])


def test_head_opened_leaves_no_stale_feeder() -> None:
    """bus1 --(F1 open)-- PV1 --(TIE open)-- PV2: exactly PV1 is dead."""
    check(one_bus_two_feeders_and_a_third(), BASE | {"PV1": DEAD}, normal=BASE, opened=["F1"])


def test_tie_with_both_heads_open() -> None:
    """bus1 --(F1 open)-- PV1 --(TIE closed)-- PV2 --(F2 open)-- bus1: both dead."""
    expected = BASE | {"PV1": DEAD, "PV2": DEAD}
    check(one_bus_two_feeders_and_a_third(), expected, closed=["TIE"], opened=["F1", "F2"])


def test_tie_with_one_head_open_between_substations() -> None:
    """S1: bus1 --(F1 open)-- PV1 --(TIE closed)-- PV2--F2--bus2 :S2: PV1 moves to the other substation."""
    b = station(station(grid(), 1), 2)
    feeder(feeder(feeder(b, 1), 2, "bus2"), 3).disconnector("TIE", "f1b", "f2b", open=True)
    base = {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T2", "S2"), "PV3": on("~F3", "T1", "S1")}
    check(b, base)
    check(b, base | {"PV1": on("~F2", "T2", "S2")}, closed=["TIE"], opened=["F1"])


def tie_onto_the_middle() -> NetworkBuilder:
    """Return a tie from bus2 straight onto the middle of the feeder of bus1."""
    b = station(station(grid(), 1), 2)
    b.breaker("F1", "bus1", "f1a").line("L1a", "f1a", "m").line("L1b", "m", "f1b").pv("PV1", "f1b")
    feeder(b, 2, "bus2").breaker("X", "bus2", "m", open=True)
    return b.pv("PVb1", "bus1").pv("PVb2", "bus2")


MIDDLE = {
    "PV1": on("~F1", "T1", "S1"),
    "PV2": on("~F2", "T2", "S2"),
    "PVb1": on("", "T1", "S1"),
    "PVb2": on("", "T2", "S2"),
}


def test_tie_from_one_busbar_onto_the_middle_of_anothers_feeder() -> None:
    """bus1--F1--L1a--m--L1b--PV1,  bus2 --(X open)-- m: X is a tie and no part of the zone of bus2."""
    check(tie_onto_the_middle(), MIDDLE)


def test_tie_onto_the_middle_carries_the_feeder_without_a_head() -> None:
    """bus1 --(F1 open)-- L1a--m--L1b--PV1,  bus2 --(X closed)-- m: fed from bus2 with no feeder between."""
    expected = MIDDLE | {"PV1": on("", "T2", "S2")}
    check(tie_onto_the_middle(), expected, normal=MIDDLE, closed=["X"], opened=["F1"])


def test_tie_onto_the_middle_parallels_two_substations() -> None:
    """bus1--F1--L1a--m--L1b--PV1,  bus2 --(X closed)-- m: all of both substations hang on both."""
    expected = {
        "PV1": on("", "T1 T2", "S1 S2", paralleled=True),
        "PV2": on("~F2", "T1 T2", "S1 S2", paralleled=True),
        "PVb1": on("", "T1 T2", "S1 S2", paralleled=True),
        "PVb2": on("", "T1 T2", "S1 S2", paralleled=True),
    }
    check(tie_onto_the_middle(), expected, normal=MIDDLE, closed=["X"])


def test_tie_end_on_a_live_line_beside_an_open_switch() -> None:
    """bus1--F1--L1--PV1--(SW open)--L2--PV2--(TIE closed)--L3--F3--bus1: PV2 alone moves to F3."""
    b = feeder(feeder(station(grid()), 1), 3)
    b.load_break_switch("SW", "f1b", "f2a").line("L2", "f2a", "f2b").pv("PV2", "f2b")
    b.load_break_switch("TIE", "f2b", "f3b", open=True)
    base = {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F1", "T1", "S1"), "PV3": on("~F3", "T1", "S1")}
    check(b, base)
    check(b, base | {"PV2": on("~F3", "T1", "S1")}, opened=["SW"], closed=["TIE"])
