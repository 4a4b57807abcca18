"""What is cut off from every grid source: dead, or an island of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.support import DEAD, ISLANDED, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder

BASE = {"PV1": on("~F1", "T1", "S1"), "PV9": on("~F9", "T1", "S1"), "G": on("~F1", "T1", "S1")}


def island(maker: str, **options: Any) -> NetworkBuilder:  # noqa: ANN401 - passed on
    """Return F1 with PV1 and a generator G at its end, and F9 beside it."""
    b = feeder(feeder(station(grid()), 1), 9)
    getattr(b, maker)("G", "f1b", **options)
    return b


@pytest.mark.parametrize("maker", ["synchronous_machine", "battery"])
def test_island_with_a_machine(maker: str) -> None:
    """bus1 --(F1 open)-- L1--PV1, G: a synchronous machine or a battery carries the island."""
    check(island(maker), BASE)
    check(island(maker), BASE | {"PV1": ISLANDED, "G": ISLANDED}, normal=BASE, opened=["F1"])


@pytest.mark.parametrize("maker", ["pv", "wind", "asynchronous_machine", "generation_source"])
def test_island_without_a_machine(maker: str) -> None:
    """bus1 --(F1 open)-- L1--PV1, G: what only follows a grid dies with it."""
    check(island(maker), BASE)
    check(island(maker), BASE | {"PV1": DEAD, "G": DEAD}, normal=BASE, opened=["F1"])


@pytest.mark.parametrize("maker", ["synchronous_machine", "battery"])
def test_machine_out_of_service_carries_no_island(maker: str) -> None:
    """bus1 --(F1 open)-- L1--PV1, G out of service."""
    b = island(maker, in_service=False)
    check(b, BASE | {"G": on("~F1", "T1", "S1", in_service=False)}, normal=BASE)
    dead = {"PV1": DEAD, "G": on(energisation="unsupplied", in_service=False)}
    check(b, BASE | dead, normal=BASE, opened=["F1"])


@pytest.mark.parametrize("maker", ["synchronous_machine", "battery"])
def test_machine_with_a_disconnected_terminal_carries_no_island(maker: str) -> None:
    """bus1 --(F1 open)-- L1--PV1 -x- G."""
    b = island(maker, connected=False)
    check(b, BASE | {"G": DEAD}, normal=BASE)
    check(b, BASE | {"PV1": DEAD, "G": DEAD}, normal=BASE, opened=["F1"])


def test_island_ends_at_open_switches() -> None:
    """bus1 --(F1 open)-- PV1 --SW-- L2--PV2--SM: opening SW leaves PV1 dead and PV2 on the island."""
    b = feeder(station(grid()), 1).switch("SW", "f1b", "f2a").line("L2", "f2a", "f2b").pv("PV2", "f2b")
    b.synchronous_machine("SM", "f2b")
    check(b, dict.fromkeys(("PV1", "PV2", "SM"), on("~F1", "T1", "S1")))
    check(b, dict.fromkeys(("PV1", "PV2", "SM"), ISLANDED), opened=["F1"])
    check(b, {"PV1": DEAD, "PV2": ISLANDED, "SM": ISLANDED}, opened=["F1", "SW"])
    check(b, {"PV1": on("~F1", "T1", "S1"), "PV2": ISLANDED, "SM": ISLANDED}, opened=["SW"])


def test_island_of_a_busbar() -> None:
    """T1--(T1-M open)--bus1(SM)--F1--PV1: heads inside an island supply nobody."""
    b = feeder(station(grid(), breaker=True).synchronous_machine("SM", "bus1"), 1)
    base = {"PV1": on("~F1", "T1", "S1"), "SM": on("", "T1", "S1")}
    check(b, base)
    check(b, dict.fromkeys(base, ISLANDED), normal=base, opened=["T1-M"])


def test_hybrid_with_a_battery_carries_an_island() -> None:
    """bus1 --(F1 open)-- L1--PV1, G (photovoltaics and a battery behind one connection)."""
    check(island("hybrid"), BASE)
    check(island("hybrid"), BASE | {"PV1": ISLANDED, "G": ISLANDED}, normal=BASE, opened=["F1"])


def test_condenser_carries_no_island() -> None:
    """bus1 --(F1 open)-- L1--PV1, a condenser: it has no power to give, and is no DER."""
    b = feeder(station(grid()), 1).synchronous_machine("CON", "f1b", mode="condenser")
    check(b, {"PV1": on("~F1", "T1", "S1")})
    check(b, {"PV1": DEAD}, opened=["F1"])


def test_single_phase_battery_carries_its_phase() -> None:
    """bus1 --(F1 open)-- L1--PV1, PVA, PVB, BA on phase A: an island of phase A."""
    b = feeder(station(grid()), 1).battery("BA", "f1b", phases="A").pv("PVA", "f1b", phases="A")
    b.pv("PVB", "f1b", phases="B")
    base = dict.fromkeys(("PV1", "BA", "PVA", "PVB"), on("~F1", "T1", "S1"))
    check(b, base)
    three = ISLANDED | {"by_phase": {"A": ISLANDED, "B": DEAD, "C": DEAD}}
    check(b, {"PV1": three, "BA": ISLANDED, "PVA": ISLANDED, "PVB": DEAD}, opened=["F1"])
