"""What no switch changes: which stations are one, where supply enters a container, which side of a head is up."""

from __future__ import annotations

import pytest

from tests.scenarios.support import DEAD, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder


@pytest.mark.parametrize("dead", [1, 2, 3])
def test_three_stations_are_one_over_a_dead_busbar(dead: int) -> None:
    """bus--(C open)--dead--(C open)--bus, all behind transformers, the middle one off: all three are one substation.

    The lower side of the middle transformer lies in the busbar zones of both others, whichever comes first.
    """
    b = grid().breaker("Q", "hv", "t", open=True)
    b.transformer(f"T{dead}", [("t", 110_000), ("dead", 20_000)])
    answer = {}
    for n in {1, 2, 3} - {dead}:
        b.transformer(f"T{n}", [("hv", 110_000), (f"bus{n}", 20_000)])
        feeder(b.disconnector(f"C{n}", f"bus{n}", "dead", open=True), n, f"bus{n}")
        answer[f"PV{n}"] = on(f"~F{n}", f"T{n}", "~T1")
    check(b, answer)


def test_a_dead_stub_between_two_stations_makes_them_not_one() -> None:
    """bus1--(C1 open)--x--(C2 open)--bus2 and x--L--PV: two substations; L has a head towards each of them."""
    b = feeder(feeder(station(station(grid()), 2), 1), 2, "bus2")
    b.disconnector("C1", "bus1", "x", open=True).disconnector("C2", "x", "bus2", open=True).line("L", "x", "y")
    b.pv("PV", "y")
    normal = {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T2", "S2"), "PV": DEAD}
    check(b, normal)
    check(b, normal | {"PV": on("~C1", "T1", "S1")}, normal=normal, closed=["C1"])
    check(b, normal | {"PV": on("~C2", "T2", "S2")}, normal=normal, closed=["C2"])


def test_two_windings_of_one_transformer_are_one_substation() -> None:
    """T1 (110/20/10 kV, in S1) feeds busA and busB, T2 (110/10 kV, in S2) busB: all of it is one, the derived ~T1."""
    b = grid().substation("S1").substation("S2")
    b.transformer("T1", [("hv", 110_000), ("busA", 20_000), ("busB", 10_000)], container="S1")
    b.transformer("T2", [("hv", 110_000), ("busB", 10_000)], container="S2")
    feeder(feeder(b, 1, "busA"), 2, "busB")
    check(b, {"PV1": on("~F1", "T1", "~T1"), "PV2": on("~F2", "T1 T2", "~T1")})


def test_where_a_transformer_stands_outranks_what_a_feeder_says() -> None:
    """T1 in S1 and T2 in a Feeder of S2, on one busbar: the busbar is S1."""
    b = grid().substation("S1").substation("S2").feeder("FD", substation="S2")
    b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)], container="S1")
    b.transformer("T2", [("hv", 110_000), ("bus1", 20_000)], container="FD")
    check(feeder(b, 1), {"PV1": on("~F1", "T1 T2", "S1")})


def test_two_machines_behind_two_windings_are_one_and_another() -> None:
    """T (110/20/10 kV) has one machine on each lower winding: the other DER makes it a substation transformer."""
    b = feeder(station(grid()), 1).transformer("T", [("hv", 110_000), ("a", 20_000), ("b", 10_000)])
    b.synchronous_machine("SMa", "a").synchronous_machine("SMb", "b")
    one = on("", "T", "~T")
    check(b, {"PV1": on("~F1", "T1", "S1"), "SMa": one, "SMb": one})


def test_one_der_beside_a_grid_source_is_no_other_der() -> None:
    """hv--T--a with a grid source and one PV: behind T is no load, line or other DER; a source is no DER."""
    b = feeder(station(grid()), 1).transformer("T", [("hv", 110_000), ("a", 20_000)])
    b.energy_source("grid2", "a", 20_000).breaker("Q", "a", "c").pv("PV", "c")
    b.breaker("G", "hv", "h").transformer("U", [("h", 110_000), ("u", 20_000)]).pv("PVu", "u")
    check(b, {"PV1": on("~F1", "T1", "S1"), "PV": on(), "PVu": on()})


def fed_from_two_sides() -> NetworkBuilder:
    """Return bus1--F1--L1--X1--lv1--Q1--(a--L--b)--Q2--z--R--lv2--X2--f1b: container LF between two fuses."""
    b = feeder(station(grid()), 1).feeder("LF")
    for n in (1, 2):
        b.transformer(f"X{n}", [("f1b", 20_000), (f"lv{n}", 400)])
    b.fuse("Q1", "lv1", "a").line("L", "a", "b", container="LF").fuse("Q2", "b", "z")
    return b.line("R", "z", "lv2").pv("PV", "b")


def test_a_container_fed_from_two_sides_has_a_head_on_both() -> None:
    """Q2 lies further from the source than what is in the container, and feeds it all the same."""
    above = ("~F1", "T1", "S1")
    one = on(*above, low_voltage="LF", service="X1 X2")
    live = {"PV1": on(*above), "PV": one}
    check(fed_from_two_sides(), live)
    check(fed_from_two_sides(), live | {"PV": on(*above, low_voltage="LF", service="X2")}, opened=["Q1"])
    check(fed_from_two_sides(), live | {"PV": on(*above, low_voltage="LF", service="X1")}, opened=["Q2"])


@pytest.mark.parametrize("names", [("D", "S"), ("S", "D")])
def test_sides_of_a_head_that_is_dead_normally(names: tuple[str, str]) -> None:
    """f1b--(D open)--x--S--y--L--PV, S in the heads file: x is nearer with all switches closed, and the upper side."""
    opener, head = names
    b = feeder(station(grid()), 1).load_break_switch(opener, "f1b", "x", open=True)
    b.breaker(head, "y", "x").line("L", "y", "z").pv("PV", "z")
    heads = [{"name": "inner", "head": head}]
    fed = on("~F1", "T1", "S1")
    closed = {"PV1": fed, "PV": on("~inner", "T1", "S1", upstream="~F1")}
    check(b, {"PV1": fed, "PV": DEAD}, heads=heads)
    check(b, closed, normal={"PV1": fed, "PV": DEAD}, closed=[opener], heads=heads)


@pytest.mark.parametrize("ends", [("a", "b"), ("b", "a")])
def test_sides_of_a_head_in_a_ring_with_ends_equally_far(ends: tuple[str, str]) -> None:
    """f1b--La--a, f1b--Lb--b and S between a and b: the end of its first terminal is the upper one."""
    b = feeder(station(grid()), 1).line("La", "f1b", "a").line("Lb", "f1b", "b").breaker("S", *ends)
    b.pv("PVa", "a").pv("PVb", "b")
    heads = [{"name": "ring", "head": "S"}]
    fed, far = on("~F1", "T1", "S1"), ends[1]
    live = dict.fromkeys(("PV1", "PVa", "PVb"), fed)
    check(b, live, heads=heads)
    b = feeder(station(grid()), 1).breaker("La", "f1b", "a").breaker("Lb", "f1b", "b").breaker("S", *ends)
    b.pv("PVa", "a").pv("PVb", "b")
    behind = {f"PV{far}": on("~ring", "T1", "S1", upstream="~F1")}
    check(b, live | behind, normal=live, opened=[f"L{far}"], heads=heads)


def test_a_grid_source_without_phases_at_a_split_phase_node() -> None:
    """X(C: s1, s2)--Q(open)--lv--PV with a generator at lv that the sources file names: it feeds s1 and s2."""
    b = feeder(station(grid()), 1).centre_tap("X", "f1b", "t", 20_000, phases="AB")
    b.breaker("Q", "t", "lv", phases="s1s2", open=True).line("L", "lv", "end", phases="s1s2").pv("PV", "end")
    b.generation_source("GEN", "lv")
    check(b, {"PV1": on("~F1", "T1", "S1"), "PV": on()}, sources=["grid", "GEN"])
