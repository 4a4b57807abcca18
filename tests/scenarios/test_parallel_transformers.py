"""Transformers that feed one busbar together, and a bus coupler between two."""

from __future__ import annotations

from tests.scenarios.support import DEAD, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder


def two_on_one_bus() -> NetworkBuilder:
    """Return two transformers with switches on both sides, on one bus with two feeders and a DER."""
    b = grid().substation("S1").busbar("BB1", "bus1", container="S1")
    for n in "12":
        b.breaker(f"T{n}-H", "hv", f"t{n}h", container="S1")
        b.transformer(f"T{n}", [(f"t{n}h", 110_000), (f"t{n}m", 20_000)], container="S1")
        b.breaker(f"T{n}-M", f"t{n}m", "bus1", container="S1")
    return feeder(feeder(b, 1), 2).pv("PVb", "bus1")


def test_parallel_transformers_on_one_busbar() -> None:
    """Both feed everything; that is one substation and one feeder each, so nothing is paralleled.

    hv --T1-H--T1--T1-M--+-- bus1 --F1-- PV1
    hv --T2-H--T2--T2-M--+        \\-F2-- PV2      PVb on bus1
    """
    both = {"PV1": on("~F1", "T1 T2", "S1"), "PV2": on("~F2", "T1 T2", "S1"), "PVb": on("", "T1 T2", "S1")}
    check(two_on_one_bus(), both)


def test_parallel_transformer_switched_off_on_its_lower_side() -> None:
    """hv --T1-H--T1--(T1-M open)-- bus1: T2 feeds alone."""
    alone = {"PV1": on("~F1", "T2", "S1"), "PV2": on("~F2", "T2", "S1"), "PVb": on("", "T2", "S1")}
    check(two_on_one_bus(), alone, opened=["T1-M"])


def test_parallel_transformer_switched_off_on_its_upper_side() -> None:
    """hv --(T1-H open)--T1--T1-M-- bus1: T1 is live from below and supplies nobody."""
    alone = {"PV1": on("~F1", "T2", "S1"), "PV2": on("~F2", "T2", "S1"), "PVb": on("", "T2", "S1")}
    check(two_on_one_bus(), alone, opened=["T1-H"])


def test_parallel_transformers_both_switched_off() -> None:
    """hv --(T1-H open)--T1, T2--(T2-M open)-- bus1: all dead; each is off on another side."""
    check(two_on_one_bus(), {"PV1": DEAD, "PV2": DEAD, "PVb": DEAD}, opened=["T1-H", "T2-M"])


def two_buses(coupler_open: bool) -> NetworkBuilder:
    """Return two transformers of one substation on two buses with a coupler."""
    b = grid().substation("S1")
    for n in "12":
        b.busbar(f"BB{n}", f"bus{n}", container="S1")
        b.transformer(f"T{n}", [("hv", 110_000), (f"t{n}m", 20_000)], container="S1")
        b.breaker(f"T{n}-M", f"t{n}m", f"bus{n}", container="S1")
        feeder(b, int(n), f"bus{n}")
    return b.breaker("BC", "bus1", "bus2", open=coupler_open, container="S1")


APART = {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T2", "S1")}
TOGETHER = {"PV1": on("~F1", "T1 T2", "S1"), "PV2": on("~F2", "T1 T2", "S1")}


def test_bus_coupler_open() -> None:
    """hv--T1--T1-M--bus1--F1--PV1   bus1 --(BC open)-- bus2   hv--T2--T2-M--bus2--F2--PV2."""
    check(two_buses(True), APART)


def test_bus_coupler_closed_for_a_while() -> None:
    """bus1 --(BC closed, normally open)-- bus2: both transformers feed both buses of one substation."""
    check(two_buses(True), TOGETHER, normal=APART, closed=["BC"])


def test_bus_coupler_takes_over_a_transformer() -> None:
    """T1--(T1-M open)--bus1 --BC closed-- bus2--T2: T2 carries both buses, the feeders stay."""
    expected = {"PV1": on("~F1", "T2", "S1"), "PV2": on("~F2", "T2", "S1")}
    check(two_buses(True), expected, normal=APART, closed=["BC"], opened=["T1-M"])


def test_bus_coupler_normally_closed() -> None:
    """T1--bus1 --(BC closed)-- bus2--T2."""
    check(two_buses(False), TOGETHER)


def test_bus_coupler_normally_closed_is_opened() -> None:
    """T1--bus1 --(BC opened)-- bus2--T2: each bus keeps its own transformer."""
    check(two_buses(False), APART, normal=TOGETHER, opened=["BC"])


def test_coupled_buses_of_two_substations_are_paralleled() -> None:
    """S1: T1--bus1 --(BC, normally open, closed)-- bus2--T2 :S2: everything hangs on two substations."""
    b = feeder(feeder(station(station(grid(), 1), 2), 1), 2, "bus2").breaker("BC", "bus1", "bus2", open=True)
    check(b, {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T2", "S2")})
    both = {
        "PV1": on("~F1", "T1 T2", "S1 S2", paralleled=True),
        "PV2": on("~F2", "T1 T2", "S1 S2", paralleled=True),
    }
    check(b, both, closed=["BC"])


def test_three_winding_transformer_feeds_two_voltages() -> None:
    """hv--T1 (110/20/10 kV)--+-- bus20 --F1-- PV1,  +-- bus10 --F2-- PV2."""
    b = grid().substation("S1")
    b.transformer("T1", [("hv", 110_000), ("bus20", 20_000), ("bus10", 10_000)], container="S1")
    feeder(feeder(b, 1, "bus20"), 2, "bus10").pv("PVb", "bus10")
    everywhere = {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T1", "S1"), "PVb": on("", "T1", "S1")}
    check(b, everywhere)
    check(b, everywhere | {"PV2": DEAD}, opened=["F2"])
