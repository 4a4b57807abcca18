"""Busbars, feeders and high-voltage bars that are fed backwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.support import DEAD, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder


def bus_with_a_neighbour() -> NetworkBuilder:
    """Return bus1 with F1, F2, F3 and a DER, and F9 of another substation; ties F1-F2 and F3-F9 are open."""
    b = station(grid(), 2)
    b.breaker("T1-H", "hv", "t1h").substation("S1").busbar("BB1", "bus1", container="S1")
    b.transformer("T1", [("t1h", 110_000), ("t1m", 20_000)], container="S1")
    b.breaker("T1-M", "t1m", "bus1", container="S1").pv("PVb", "bus1")
    for n in (1, 2, 3):
        feeder(b, n)
    feeder(b, 9, "bus2")
    return b.breaker("TIE12", "f1b", "f2b", open=True).breaker("TIE39", "f3b", "f9b", open=True)


NORMAL = {
    "PV1": on("~F1", "T1", "S1"),
    "PV2": on("~F2", "T1", "S1"),
    "PV3": on("~F3", "T1", "S1"),
    "PV9": on("~F9", "T2", "S2"),
    "PVb": on("", "T1", "S1"),
}


def test_bus_with_a_neighbour() -> None:
    """bus1--F1/F2/F3,  bus2--F9,  (TIE12 open) F1-F2,  (TIE39 open) F3-F9."""
    check(bus_with_a_neighbour(), NORMAL)


def test_busbar_without_its_transformer_is_dead() -> None:
    """T1--(T1-M open)--bus1--F1/F2/F3: all of bus1 is dead, the neighbour is not touched."""
    expected = dict.fromkeys(NORMAL, DEAD) | {"PV9": NORMAL["PV9"]}
    check(bus_with_a_neighbour(), expected, normal=NORMAL, opened=["T1-M"])


@pytest.mark.parametrize("switch", ["T1-M", "T1-H"])
def test_feeder_on_a_back_fed_busbar(switch: str) -> None:
    """T1 off; bus2--F9--(TIE39)--F3--bus1--F1/F2: F1 and F2 keep their heads, with F9 above them."""
    through: dict[str, Any] = {"transformers": "T2", "substations": "S2"}
    expected = {
        "PV1": on("~F1", upstream="~F9", **through),
        "PV2": on("~F2", upstream="~F9", **through),
        "PV3": on("~F9", **through),
        "PV9": on("~F9", **through),
        "PVb": on("~F9", back_fed=True, **through),
    }
    check(bus_with_a_neighbour(), expected, normal=NORMAL, opened=[switch], closed=["TIE39"])


@pytest.mark.parametrize("switch", ["T1-M", "T1-H"])
def test_ring_of_two_heads_on_a_dead_busbar_fed_through_a_third_feeder(switch: str) -> None:
    """T1 off; bus2--F9--(TIE39)--F3--bus1, bus1--F1--PV1--(TIE12)--PV2--F2--bus1: the ring has both heads."""
    ring = on("~F1 ~F2", "T2", "S2", upstream="~F9", paralleled=True)
    expected = {
        "PV1": ring,
        "PV2": ring,
        "PV3": on("~F9", "T2", "S2"),
        "PV9": on("~F9", "T2", "S2"),
        "PVb": on("~F9", "T2", "S2", back_fed=True),
    }
    check(bus_with_a_neighbour(), expected, normal=NORMAL, opened=[switch], closed=["TIE12", "TIE39"])


def test_ring_and_neighbour_with_all_transformers_on() -> None:
    """As above with T1 on: F3 and F9 are paralleled, and through them both substations."""
    both: dict[str, Any] = {"transformers": "T1 T2", "substations": "S1 S2", "paralleled": True}
    expected = {
        "PV1": on("~F1 ~F2", **both),
        "PV2": on("~F1 ~F2", **both),
        "PV3": on("~F3 ~F9", **both),
        "PV9": on("~F3 ~F9", **both),
        "PVb": on("", **both),
    }
    check(bus_with_a_neighbour(), expected, normal=NORMAL, closed=["TIE12", "TIE39"])


def nested() -> NetworkBuilder:
    """Return feeder FM with feeder FN behind its recloser, and F9 of another substation at FN's end."""
    b = station(station(grid(), 1), 2)
    b.feeder("FM", substation="S1", head_terminal_of=("M", 1))
    b.feeder("FN", substation="S1", head_terminal_of=("N", 1))
    b.breaker("M", "bus1", "ma", container="FM").line("LM", "ma", "mb", container="FM")
    b.pv("PVm", "mb", container="FM").recloser("N", "mb", "na", container="FN")
    b.line("LN", "na", "nb", container="FN").pv("PVn", "nb", container="FN")
    return feeder(b, 9, "bus2").breaker("TIE", "nb", "f9b", open=True)


NESTED = {
    "PVm": on("FM", "T1", "S1"),
    "PVn": on("FN", "T1", "S1", upstream="FM"),
    "PV9": on("~F9", "T2", "S2"),
}


def test_feeder_nested_in_a_feeder_of_its_voltage() -> None:
    """bus1--M--LM--PVm--N--LN--PVn --(TIE open)-- PV9--F9--bus2."""
    check(nested(), NESTED)


def test_mother_feeder_restored_through_a_nested_one() -> None:
    """bus1 --(M open)-- PVm--N--PVn --(TIE closed)-- PV9--F9--bus2: N carries the mother backwards."""
    expected = {
        "PVm": on("~F9", "T2", "S2", back_fed=True),
        "PVn": on("~F9", "T2", "S2"),
        "PV9": on("~F9", "T2", "S2"),
    }
    check(nested(), expected, normal=NESTED, opened=["M"], closed=["TIE"])


def test_mother_feeder_fed_forwards_and_backwards_at_once() -> None:
    """bus1--M--PVm--N--PVn --(TIE closed)-- PV9--F9--bus2: the mother keeps her head and is paralleled."""
    both: dict[str, Any] = {"transformers": "T1 T2", "substations": "S1 S2", "paralleled": True}
    expected = {
        "PVm": on("FM", **both),
        "PVn": on("FN ~F9", upstream="FM", **both),
        "PV9": on("FN ~F9", upstream="FM", **both),
    }
    check(nested(), expected, normal=NESTED, closed=["TIE"])


def test_nested_feeder_moves_alone() -> None:
    """bus1--M--PVm --(N open)-- PVn --(TIE closed)-- PV9--F9--bus2: only the nested feeder moves."""
    expected = NESTED | {"PVn": on("~F9", "T2", "S2")}
    check(nested(), expected, normal=NESTED, opened=["N"], closed=["TIE"])


def test_nested_feeder_dies_with_its_mother() -> None:
    """bus1 --(M open)-- PVm--N--PVn: both dead."""
    check(nested(), NESTED | {"PVm": DEAD, "PVn": DEAD}, normal=NESTED, opened=["M"])


def test_three_feeders_nested_in_each_other() -> None:
    """bus1--QZ--PVZ--QY--PVY--QX--PVX: upstream feeders are listed from the nearest on."""
    b = station(grid())
    for name, n1, n2 in (("Z", "bus1", "a"), ("Y", "az", "b"), ("X", "bz", "c")):
        b.feeder(f"F{name}", head_terminal_of=(f"Q{name}", 1)).inside(f"F{name}")
        b.recloser(f"Q{name}", n1, n2).line(f"L{name}", n2, f"{n2}z").pv(f"PV{name}", f"{n2}z").inside(None)
    base = {
        "PVZ": on("FZ", "T1", "S1"),
        "PVY": on("FY", "T1", "S1", upstream="FZ"),
        "PVX": on("FX", "T1", "S1", upstream="FY FZ"),
    }
    check(b, base)
    check(b, base | {"PVX": DEAD, "PVY": DEAD}, opened=["QY"])


def two_high_voltage_bars() -> NetworkBuilder:
    """Return hv with T1 and hv2 with T2 behind a coupler, and a closed coupler between bus1 and bus2."""
    b = grid().substation("S1").breaker("HC", "hv", "hv2", container="S1")
    for n, bar in ((1, "hv"), (2, "hv2")):
        b.transformer(f"T{n}", [(bar, 110_000), (f"bus{n}", 20_000)], container="S1")
        feeder(b, n, f"bus{n}")
    b.breaker("MC", "bus1", "bus2", container="S1")
    b.node("hv2", container="S1").node("hv", container="S1")
    return b.pv("PVh", "hv2").pv("PVg", "hv")


BOTH_BARS = {
    "PV1": on("~F1", "T1 T2", "S1"),
    "PV2": on("~F2", "T1 T2", "S1"),
    "PVh": on("", "", "S1"),
    "PVg": on("", "", "S1"),
}


def test_two_live_high_voltage_bars() -> None:
    """grid--hv(PVg)--T1--bus1--MC--bus2--T2--hv2(PVh),  hv --HC-- hv2."""
    check(two_high_voltage_bars(), BOTH_BARS)


def test_dead_high_voltage_bar_beside_a_live_one() -> None:
    """hv --(HC open)-- hv2: T2 carries power backwards to hv2 and supplies nobody else."""
    expected = {
        "PV1": on("~F1", "T1", "S1"),
        "PV2": on("~F2", "T1", "S1"),
        "PVh": on("", "T1", "S1", back_fed=True),
        "PVg": on("", "", "S1"),
    }
    check(two_high_voltage_bars(), expected, normal=BOTH_BARS, opened=["HC"])


def test_high_voltage_bar_cut_off_on_both_sides() -> None:
    """hv --(HC open)-- hv2--T2--bus2 --(MC open)-- bus1: bar and bus2 are dead."""
    expected = {"PV1": on("~F1", "T1", "S1"), "PV2": DEAD, "PVh": DEAD, "PVg": on("", "", "S1")}
    check(two_high_voltage_bars(), expected, normal=BOTH_BARS, opened=["HC", "MC"])
