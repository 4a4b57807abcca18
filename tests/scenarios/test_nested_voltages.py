"""Feeders nested in feeders of a higher voltage, and spot networks."""

from __future__ import annotations

from tests.scenarios.support import DEAD, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder


def low_voltage_feeder() -> NetworkBuilder:
    """Return F1 with a service transformer ST and two low-voltage feeders behind its board."""
    b = feeder(station(grid()), 1).transformer("ST", [("f1b", 20_000), ("lv", 400)]).pv("PVst", "lv")
    for n in "12":
        b.feeder(f"LV{n}", head_terminal_of=(f"Q{n}", 1)).inside(f"LV{n}")
        b.fuse(f"Q{n}", "lv", f"q{n}a").line(f"LL{n}", f"q{n}a", f"q{n}b").pv(f"PVq{n}", f"q{n}b").inside(None)
    return b


LOW = {
    "PV1": on("~F1", "T1", "S1"),
    "PVst": on("~F1", "T1", "S1", service="ST"),
    "PVq1": on("~F1", "T1", "S1", low_voltage="LV1", service="ST"),
    "PVq2": on("~F1", "T1", "S1", low_voltage="LV2", service="ST"),
}


def test_low_voltage_feeder_nested_in_a_feeder() -> None:
    """bus1--F1--L1--f1b(PV1)--ST--lv(PVst)--Q1--LL1--PVq1, lv--Q2--LL2--PVq2."""
    check(low_voltage_feeder(), LOW)


def test_low_voltage_feeder_switched_off() -> None:
    """…lv --(Q1 open)-- PVq1: PVq1 alone is dead."""
    check(low_voltage_feeder(), LOW | {"PVq1": DEAD}, normal=LOW, opened=["Q1"])


def test_low_voltage_feeder_dies_with_its_feeder() -> None:
    """bus1 --(F1 open)-- PV1--ST--PVst--Q1--PVq1: all dead."""
    check(low_voltage_feeder(), dict.fromkeys(LOW, DEAD), normal=LOW, opened=["F1"])


def sub_transmission(container: str) -> NetworkBuilder:
    """Return 115/34.5 kV T1 with feeder F3, and 34.5/12 kV T2 at its end with feeder F1."""
    b = NetworkBuilder().energy_source("grid", "hv", 115_000).substation("S1").substation("S2")
    b.feeder("FD3", substation="S1", head_terminal_of=("F3", 1))
    b.transformer("T1", [("hv", 115_000), ("bus3", 34_500)], container="S1")
    feeder(b.inside("FD3"), 3, "bus3").inside(None)
    b.transformer("T2", [("f3b", 34_500), ("bus1", 12_000)], container=container)
    return feeder(b, 1)


def test_feeder_nested_in_a_feeder_through_a_substation() -> None:
    """T1(115/34.5)--bus3--F3--L3(PV3)--T2(34.5/12, in a Substation)--bus1--F1--L1--PV1: T2 supplies PV1."""
    b = sub_transmission("S2").pv("PVb", "bus1")
    base = {
        "PV3": on("FD3", "T1", "S1"),
        "PVb": on("FD3", "T2", "S2"),
        "PV1": on("~F1", "T2", "S2", upstream="FD3"),
    }
    check(b, base)
    check(b, base | {"PV1": DEAD}, opened=["F1"])
    check(b, dict.fromkeys(base, DEAD), opened=["F3"])


def test_step_down_transformer_inside_a_feeder_is_no_substation_transformer() -> None:
    """T1--bus3--F3--L3(PV3)--T2(34.5/12, in the Feeder)--bus1--SW--L1--PV1: all of it is feeder FD3."""
    b = sub_transmission("FD3")
    base = {"PV3": on("FD3", "T1", "S1"), "PV1": on("FD3", "T1", "S1")}
    check(b, base)
    check(b, base | {"PV1": DEAD}, opened=["F1"])


def spot_network() -> NetworkBuilder:
    """Return two feeders whose network transformers feed one low-voltage bus through protectors, and a
    third.
    """
    b = station(grid())
    for n in (1, 2):
        feeder(b, n).transformer(f"NT{n}", [(f"f{n}b", 20_000), (f"lv{n}", 400)]).breaker(f"NP{n}", f"lv{n}", "lv")
    return feeder(b, 3).pv("PVlv", "lv")


SPOT = {
    "PV1": on("~F1 ~F2", "T1", "S1", paralleled=True),
    "PV2": on("~F1 ~F2", "T1", "S1", paralleled=True),
    "PV3": on("~F3", "T1", "S1"),
    "PVlv": on("~F1 ~F2", "T1", "S1", service="NT1 NT2", paralleled=True),
}


def test_spot_network() -> None:
    """bus1--F1--PV1--NT1--NP1--lv(PVlv)--NP2--NT2--PV2--F2--bus1, bus1--F3--PV3."""
    check(spot_network(), SPOT)


def test_spot_network_with_one_protector_open() -> None:
    """bus1--F1--PV1--NT1--(NP1 open)--lv(PVlv)--NP2--NT2--PV2--F2--bus1: the spot hangs on F2."""
    expected = {
        "PV1": on("~F1", "T1", "S1"),
        "PV2": on("~F2", "T1", "S1"),
        "PV3": on("~F3", "T1", "S1"),
        "PVlv": on("~F2", "T1", "S1", service="NT2"),
    }
    check(spot_network(), expected, normal=SPOT, opened=["NP1"])


def test_spot_network_feeds_a_feeder_backwards() -> None:
    """bus1 --(F1 open)-- PV1--NT1--NP1--lv--NP2--NT2--PV2--F2--bus1: F1 is fed backwards through NT1."""
    expected = {
        "PV1": on("~F2", "T1", "S1", service="NT2", back_fed=True),
        "PV2": on("~F2", "T1", "S1"),
        "PV3": on("~F3", "T1", "S1"),
        "PVlv": on("~F2", "T1", "S1", service="NT2"),
    }
    check(spot_network(), expected, normal=SPOT, opened=["F1"])
