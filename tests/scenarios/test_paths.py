"""What conducts and what does not: every class of switch, terminals, service, earthing, cuts and clamps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.support import DEAD, Expected, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder

F1 = on("~F1", "T1", "S1")
SWITCHES = [
    "Switch",
    "Breaker",
    "LoadBreakSwitch",
    "Disconnector",
    "Fuse",
    "Recloser",
    "Sectionaliser",
    "Jumper",
    "DisconnectingCircuitBreaker",
]


def sectioned(cls: str = "Switch", **switch: Any) -> NetworkBuilder:  # noqa: ANN401 - passed on
    """Return F1 with a switch SW in its middle and PV2 behind it."""
    b = feeder(station(grid()), 1).switch("SW", "f1b", "f2a", cls=cls, **switch)
    return b.line("L2", "f2a", "f2b").pv("PV2", "f2b")


def answers(live: bool) -> dict[str, Expected]:
    """Return the expectation for PV2 behind the switch."""
    return {"PV1": F1, "PV2": F1 if live else DEAD}


@pytest.mark.parametrize("cls", SWITCHES)
def test_every_class_of_switch(cls: str) -> None:
    """bus1--F1--PV1--SW--L2--PV2: closed it is a path, open it is none, whatever its class."""
    check(sectioned(cls), answers(live=True))
    check(sectioned(cls), answers(live=False), normal=answers(live=True), opened=["SW"])
    check(sectioned(cls, open=True), answers(live=False))
    check(sectioned(cls, open=True), answers(live=True), normal=answers(live=False), closed=["SW"])


@pytest.mark.parametrize("cls", SWITCHES)
def test_every_class_of_switch_with_poles(cls: str) -> None:
    """As above with SwitchPhase poles: `closed` false is open."""
    check(sectioned(cls, phases="ABC"), answers(live=True))
    check(sectioned(cls, phases="ABC", open=True), answers(live=False))
    check(sectioned(cls, phases="ABC"), answers(live=False), normal=answers(live=True), opened=["SW"])


def test_both_opened_and_closed_ends_open() -> None:
    """Closes come first: a switch named in both ends open."""
    check(sectioned(), answers(live=False), normal=answers(live=True), opened=["SW"], closed=["SW"])


def test_switch_with_both_terminals_on_one_node() -> None:
    """…f1b--L2--f2a(SW from f2a to f2a)--PV2: harmless, open or closed."""
    b = feeder(station(grid()), 1).line("L2", "f1b", "f2a").switch("SW", "f2a", "f2a").pv("PV2", "f2a")
    check(b, answers(live=True))
    check(b, answers(live=True), opened=["SW"])


def test_switch_with_three_terminals() -> None:
    """…f1b--SW(three terminals)--L2--PV2 and L3--PV3: open it separates all three."""
    b = sectioned().terminal("SW", "f3a").line("L3", "f3a", "f3b").pv("PV3", "f3b")
    check(b, answers(live=True) | {"PV3": F1})
    check(b, answers(live=False) | {"PV3": DEAD}, opened=["SW"])


def test_switch_with_one_terminal() -> None:
    """…f1b--SW: a switch that leads nowhere."""
    b = feeder(station(grid()), 1).equipment("Disconnector", "SW", ["f1b"])
    b.line("L2", "f1b", "f2b").pv("PV2", "f2b")
    check(b, answers(live=True))


@pytest.mark.parametrize("connected", [(True, False), (False, True), (False, False)])
@pytest.mark.parametrize("place", ["SW", "L2"])
def test_disconnected_terminal(place: str, connected: tuple[bool, bool]) -> None:
    """…f1b--SW--L2--PV2 with a terminal of SW or L2 disconnected: no path now, a path normally."""
    b = feeder(station(grid()), 1)
    b.switch("SW", "f1b", "f2a", connected=connected if place == "SW" else None)
    b.line("L2", "f2a", "f2b", connected=connected if place == "L2" else None).pv("PV2", "f2b")
    check(b, answers(live=False), normal=answers(live=True))


@pytest.mark.parametrize("place", ["SW", "L2"])
def test_out_of_service(place: str) -> None:
    """…f1b--SW--L2--PV2 with SW or L2 out of service: no path now, a path normally."""
    b = feeder(station(grid()), 1)
    b.switch("SW", "f1b", "f2a", in_service=place != "SW")
    b.line("L2", "f2a", "f2b", in_service=place != "L2").pv("PV2", "f2b")
    check(b, answers(live=False), normal=answers(live=True))


def test_normally_out_of_service() -> None:
    """…f1b--SW--L2--PV2, L2 in service now and not normally: a path now, none normally."""
    b = feeder(station(grid()), 1).switch("SW", "f1b", "f2a")
    b.line("L2", "f2a", "f2b", in_service=True, normally_in_service=False).pv("PV2", "f2b")
    check(b, answers(live=True), normal=answers(live=False))


def test_source_and_transformer_out_of_service() -> None:
    """grid--hv--T1--bus1--F1--PV1 with the source, or T1, out of service: dead now, live normally."""
    for dead in ("grid", "T1"):
        b = NetworkBuilder().energy_source("grid", "hv", 110_000, in_service=dead != "grid").substation("S1")
        b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)], container="S1", in_service=dead != "T1")
        check(feeder(b, 1), {"PV1": DEAD}, normal={"PV1": F1})


def test_transformer_with_a_disconnected_terminal() -> None:
    """hv--T1(lower terminal disconnected)--bus1--F1--PV1, T2 beside it: T2 feeds alone now, both normally."""
    b = grid().substation("S1")
    b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)], container="S1", connected=(True, False))
    b.transformer("T2", [("hv", 110_000), ("bus1", 20_000)], container="S1")
    check(feeder(b, 1), {"PV1": on("~F1", "T2", "S1")}, normal={"PV1": on("~F1", "T1 T2", "S1")})


@pytest.mark.parametrize("is_open", [True, False])
def test_ground_disconnector_is_no_path(is_open: bool) -> None:
    """…f1b--GD--x(PVx): not even closed; and an earth on the line changes nothing."""
    b = feeder(station(grid()), 1).ground_disconnector("GD", "f1b", "x", open=is_open).pv("PVx", "x")
    b.ground_disconnector("ES", "f1a", open=is_open)
    check(b, {"PV1": F1, "PVx": DEAD})


def test_ground_is_no_path() -> None:
    """Two nodes that share an earth are not joined: f1b--ES1--earth--ES2--x(PVx)."""
    b = feeder(station(grid()), 1).ground("GND", "earth").pv("PVx", "x")
    b.ground_disconnector("ES1", "f1b", "earth", open=False).ground_disconnector("ES2", "x", "earth", open=False)
    check(b, {"PV1": F1, "PVx": DEAD})


def cut_line(open: bool) -> NetworkBuilder:
    """Return line L2 with a Cut in the middle, DER at its ends and clamps on both pieces."""
    b = feeder(station(grid()), 1).line("L2", "f1b", "f2b", length_m=1000).pv("PV2", "f2b")
    b.cut("CUT", "L2", 500, "c1", "c2", open=open).pv("PVc1", "c1").pv("PVc2", "c2")
    b.clamp("CL1", "L2", 200, "k1").pv("PVk1", "k1").clamp("CL2", "L2", 800, "k2")
    return b.line("LK", "k2", "k3").pv("PVk2", "k3")


def test_cut_closed() -> None:
    """f1b==L2==k1====c1--CUT--c2====k2====f2b: all live."""
    check(cut_line(False), dict.fromkeys(("PV1", "PV2", "PVc1", "PVc2", "PVk1", "PVk2"), F1))


def test_cut_open() -> None:
    """f1b==L2==k1====c1 (CUT open) c2====k2====f2b: what sits beyond the cut is dead."""
    expected = dict.fromkeys(("PV1", "PVc1", "PVk1"), F1) | dict.fromkeys(("PV2", "PVc2", "PVk2"), DEAD)
    check(cut_line(True), expected)
    live = dict.fromkeys(expected, F1)
    check(cut_line(False), expected, normal=live, opened=["CUT"])
    check(cut_line(True), live, normal=expected, closed=["CUT"])


def test_two_cuts_isolate_the_piece_between() -> None:
    """f1b==k1==(CUT1 open)==k2==(CUT2 open)==f2b--TIE--F2: only k2 is dead."""
    b = feeder(feeder(station(grid()), 1), 2).line("LX", "f1b", "x", length_m=1000).switch("TIE", "x", "f2b")
    b.cut("CUT1", "LX", 300).cut("CUT2", "LX", 700)
    for number, at_m in enumerate((100, 500, 900), start=1):
        b.clamp(f"CL{number}", "LX", at_m, f"k{number}").pv(f"PVk{number}", f"k{number}")
    f2 = on("~F2", "T1", "S1")
    check(b, {"PV1": F1, "PV2": f2, "PVk1": F1, "PVk2": DEAD, "PVk3": f2})
