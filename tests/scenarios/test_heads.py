"""Feeder heads that are derived: which switch a feeder begins at."""

from __future__ import annotations

import pytest

from tests.scenarios.support import DEAD, check, feeder, grid, on, station

BESIDE = {"PV9": on("~F9", "T1", "S1")}


def test_head_is_the_breaker_before_the_disconnector() -> None:
    """bus1--D--x--CB--f1a--L1--PV1: of breaker and disconnector in series the breaker is the head."""
    b = feeder(station(grid()), 9)
    b.disconnector("D", "bus1", "x").breaker("CB", "x", "f1a").line("L1", "f1a", "f1b").pv("PV1", "f1b")
    check(b, BESIDE | {"PV1": on("~CB", "T1", "S1")})
    check(b, BESIDE | {"PV1": DEAD}, opened=["D"])
    check(b, BESIDE | {"PV1": DEAD}, opened=["CB"])


def test_head_is_the_breaker_behind_the_disconnector() -> None:
    """bus1--CB--x--D--f1a--L1--PV1: the breaker again."""
    b = feeder(station(grid()), 9)
    b.breaker("CB", "bus1", "x").disconnector("D", "x", "f1a").line("L1", "f1a", "f1b").pv("PV1", "f1b")
    check(b, BESIDE | {"PV1": on("~CB", "T1", "S1")})
    check(b, BESIDE | {"PV1": DEAD}, opened=["D"])
    check(b, BESIDE | {"PV1": DEAD}, opened=["CB"])


def test_head_between_two_disconnectors() -> None:
    """bus1--D1--x--CB--y--D2--f1a--L1--PV1: a whole bay; its earthing switch changes nothing."""
    b = feeder(station(grid()), 9)
    b.disconnector("D1", "bus1", "x").breaker("CB", "x", "y").disconnector("D2", "y", "f1a")
    b.ground_disconnector("ES", "f1a", open=True).line("L1", "f1a", "f1b").pv("PV1", "f1b")
    check(b, BESIDE | {"PV1": on("~CB", "T1", "S1")})


def test_head_bay_with_an_earthing_switch_between_breaker_and_disconnector() -> None:
    """bus1--CB--x--D--f1a--L1--PV1, ES at x: an earthing switch is no path, so the breaker stays the head."""
    b = feeder(station(grid()), 9)
    b.breaker("CB", "bus1", "x").disconnector("D", "x", "f1a").line("L1", "f1a", "f1b").pv("PV1", "f1b")
    b.ground_disconnector("ES", "x", open=True)
    check(b, BESIDE | {"PV1": on("~CB", "T1", "S1")})


def test_head_of_a_double_busbar_bay() -> None:
    """bus1--Da--x, bus2--(Db open)--x, x--CB--f1a--L1--PV1; BC couples the bars: CB is the head."""
    b = feeder(station(grid()), 9)
    b.busbar("BB2", "bus2", container="S1").breaker("BC", "bus1", "bus2")
    b.disconnector("Da", "bus1", "x").disconnector("Db", "bus2", "x", open=True)
    b.breaker("CB", "x", "f1a").line("L1", "f1a", "f1b").pv("PV1", "f1b")
    base = BESIDE | {"PV1": on("~CB", "T1", "S1")}
    check(b, base)
    check(b, base, opened=["Da"], closed=["Db"])
    check(b, base | {"PV1": DEAD}, opened=["Da"])


def test_what_hangs_off_a_node_behind_a_switch_ends_the_bay() -> None:
    """bus1--CB--x--D--f1a--L1--PV1, PVx at x: behind CB lies more than the line, so D is the line's head."""
    b = feeder(station(grid()), 9)
    b.breaker("CB", "bus1", "x").pv("PVx", "x").disconnector("D", "x", "f1a")
    b.line("L1", "f1a", "f1b").pv("PV1", "f1b")
    base = BESIDE | {"PV1": on("~D", "T1", "S1"), "PVx": on("", "T1", "S1")}
    check(b, base)
    check(b, base | {"PV1": DEAD}, opened=["D"])
    check(b, base | {"PV1": DEAD, "PVx": DEAD}, opened=["CB"])


@pytest.mark.parametrize(
    ("first", "second", "head"),
    [
        ("Disconnector", "DisconnectingCircuitBreaker", "second"),
        ("Recloser", "Breaker", "second"),
        ("Recloser", "LoadBreakSwitch", "first"),
        ("LoadBreakSwitch", "Fuse", "first"),
        ("Fuse", "Disconnector", "first"),
        ("Disconnector", "Jumper", "first"),
        ("Disconnector", "Disconnector", "second"),
        ("Breaker", "Breaker", "second"),
        ("Jumper", "Switch", "second"),
    ],
)
def test_head_by_class_then_nearest_the_line(first: str, second: str, head: str) -> None:
    """bus1--first--x--second--f1a--L1--PV1: the better class; of equals the one nearest the line."""
    b = feeder(station(grid()), 9)
    b.switch("first", "bus1", "x", cls=first).switch("second", "x", "f1a", cls=second)
    b.line("L1", "f1a", "f1b").pv("PV1", "f1b")
    check(b, BESIDE | {"PV1": on(f"~{head}", "T1", "S1")})


def test_line_straight_on_a_busbar_behind_the_transformers_own_breaker() -> None:
    """T1--T1-M--bus1--L1--PV1, bus1--L2--PV2, PVb on bus1:
    the transformer's breaker is the head of one feeder.
    """
    b = station(grid(), breaker=True)
    b.line("L1", "bus1", "f1b").pv("PV1", "f1b").line("L2", "bus1", "f2b").pv("PV2", "f2b").pv("PVb", "bus1")
    everywhere = dict.fromkeys(("PV1", "PV2", "PVb"), on("~T1-M", "T1", "S1"))
    check(b, everywhere)
    check(b, dict.fromkeys(everywhere, DEAD), opened=["T1-M"])


def test_lines_straight_on_a_busbar_between_two_transformers() -> None:
    """T1--T1-M--bus1--T2-M--T2, bus1--L1--PV1, bus1--L2--PV2: no switch is theirs, so each line is a head."""
    b = station(grid(), breaker=True)
    b.transformer("T2", [("hv", 110_000), ("t2m", 20_000)], container="S1")
    b.breaker("T2-M", "t2m", "bus1", container="S1")
    b.line("L1", "bus1", "f1b").pv("PV1", "f1b").line("L2", "bus1", "f2b").pv("PV2", "f2b").pv("PVb", "bus1")
    base = {
        "PV1": on("~L1", "T1 T2", "S1"),
        "PV2": on("~L2", "T1 T2", "S1"),
        "PVb": on("", "T1 T2", "S1"),
    }
    check(b, base)


def test_two_lines_behind_one_breaker_are_one_feeder() -> None:
    """bus1--F1--f1a--L1--PV1, f1a--L2--PV2."""
    b = feeder(feeder(station(grid()), 9), 1).line("L2", "f1a", "f2b").pv("PV2", "f2b")
    base = BESIDE | {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F1", "T1", "S1")}
    check(b, base)
    check(b, BESIDE | {"PV1": DEAD, "PV2": DEAD}, opened=["F1"])


def test_bays_of_der_loads_capacitors_and_couplers_are_no_feeders() -> None:
    """bus1--CB--x--D--PVx, bus1--CC--capacitor, bus1--CL--load:
    PVx hangs on the busbar through its own bay.
    """
    b = feeder(station(grid()), 9)
    b.breaker("CB", "bus1", "x").disconnector("D", "x", "y").pv("PVx", "y")
    b.breaker("CC", "bus1", "c").capacitor("CAP", "c").breaker("CL", "bus1", "d").load("LOAD", "d")
    check(b, BESIDE | {"PVx": on("", "T1", "S1")})
    check(b, BESIDE | {"PVx": DEAD}, opened=["CB"])
    check(b, BESIDE | {"PVx": DEAD}, opened=["D"])


@pytest.mark.parametrize("bank", [False, True])
@pytest.mark.parametrize("container", [None, "S1"])
def test_regulator_bank_behind_the_breaker(bank: bool, container: str | None) -> None:
    """bus1--F1--r1--REG--r2--L1--PV1, PVr at r1:
    the head is F1, and a regulator is no substation transformer.
    """
    b = feeder(station(grid()), 9).breaker("F1", "bus1", "r1").pv("PVr", "r1")
    b.regulator("REG", "r1", "r2", 20_000, bank=bank, container=container)
    b.line("L1", "r2", "f1b").pv("PV1", "f1b")
    base = BESIDE | {"PV1": on("~F1", "T1", "S1"), "PVr": on("~F1", "T1", "S1")}
    check(b, base)
    check(b, BESIDE | {"PV1": DEAD, "PVr": DEAD}, opened=["F1"])


def test_regulator_before_the_breakers() -> None:
    """T1--t1--REG--bus1--F1--PV1, bus1--F2--PV2: a regulator of the whole busbar."""
    b = grid().substation("S1").transformer("T1", [("hv", 110_000), ("t1", 20_000)], container="S1")
    b.regulator("REG", "t1", "bus1", 20_000, container="S1")
    check(feeder(feeder(b, 1), 2), {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T1", "S1")})


def test_series_reactor_in_the_bay() -> None:
    """bus1--F1--r1--SC--r2--L1--PV1."""
    b = feeder(station(grid()), 9).breaker("F1", "bus1", "r1").series_compensator("SC", "r1", "r2")
    b.line("L1", "r2", "f1b").pv("PV1", "f1b")
    check(b, BESIDE | {"PV1": on("~F1", "T1", "S1")})


def test_parallel_lines_of_single_phases_are_one_feeder() -> None:
    """bus1--F1--f1a==LA,LB,LC==f1b--PV1: three single-phase lines behind one breaker."""
    b = feeder(station(grid()), 9).breaker("F1", "bus1", "f1a").pv("PV1", "f1b")
    for phase in "ABC":
        b.line(f"L{phase}", "f1a", "f1b", phases=phase)
    check(b, BESIDE | {"PV1": on("~F1", "T1", "S1")})


def test_spare_feeder_that_is_normally_open() -> None:
    """bus1 --(F1 normally open)-- L1--PV1: the head of a feeder that is usually off; closing it feeds PV1."""
    b = feeder(feeder(station(grid()), 9), 1, open=True)
    check(b, BESIDE | {"PV1": DEAD})
    check(b, BESIDE | {"PV1": on("~F1", "T1", "S1")}, closed=["F1"])
