"""The state of a switch: which statement counts, and what the normal state is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.support import DEAD, check, feeder, grid, on, partly, station
from topogroup.testing import NetworkBuilder

F1 = on("~F1", "T1", "S1")


def switched(**state: Any) -> NetworkBuilder:  # noqa: ANN401 - passed on
    """Return F1, its breaker with a normal state, and PV2 behind a switch SW of the state given."""
    b = feeder(station(grid()), 1).load_break_switch("SW", "f1b", "f2a", **state)
    return b.line("L2", "f2a", "f2b").pv("PV2", "f2b")


@pytest.mark.parametrize(
    ("state", "current", "normal"),
    [
        ({"open": False, "normal_open": True}, True, False),
        ({"open": True, "normal_open": False}, False, True),
        ({"open": None, "normal_open": True}, False, False),
        ({"open": None, "normal_open": False}, True, True),
        ({"open": None, "normal_open": False, "sv_open": True}, False, True),
        ({"open": None, "normal_open": True, "sv_open": False}, True, False),
        ({"open": False, "normal_open": False, "sv_open": True}, True, True),
        ({"open": True, "normal_open": True, "sv_open": False}, False, False),
        ({"open": None, "with_normal": False}, True, True),
    ],
)
def test_precedence(state: dict[str, Any], current: bool, normal: bool) -> None:
    """PV1--SW--PV2: Switch.open before SvSwitch.open before normalOpen before closed."""
    live, dead = {"PV1": F1, "PV2": F1}, {"PV1": F1, "PV2": DEAD}
    check(switched(**state), live if current else dead, normal=live if normal else dead)


def test_pole_before_switch() -> None:
    """PV1--SW--PV2: SwitchPhase.closed false on pole A counts against Switch.open false."""
    b = switched(phases="ABC", open_phases="A", normal_open_phases="").say("SW", "Switch.open", False)
    one_dead = partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": F1, "C": F1})
    check(b, {"PV1": F1, "PV2": one_dead}, normal={"PV1": F1, "PV2": F1})


def test_pole_before_switch_in_the_normal_state() -> None:
    """PV1--SW--PV2: SwitchPhase.normalOpen on pole B counts against Switch.normalOpen false."""
    b = switched(phases="ABC", open=False, normal_open_phases="B").say("SW", "Switch.normalOpen", False)
    one_dead = partly("~F1", "T1", "S1", by_phase={"A": F1, "B": DEAD, "C": F1})
    check(b, {"PV1": F1, "PV2": F1}, normal={"PV1": F1, "PV2": one_dead})


def test_current_state_starts_from_the_normal_one_on_demand() -> None:
    """PV1--SW(open, normally closed)--PV2 with `--state normal`:
    PV2 is live, and switching starts from there.
    """
    live = {"PV1": F1, "PV2": F1}
    b = switched(open=True, normal_open=False)
    check(b, live, state="normal")
    check(b, {"PV1": DEAD, "PV2": DEAD}, normal=live, state="normal", opened=["F1"])
    check(b, {"PV1": F1, "PV2": DEAD}, normal=live, state="normal", opened=["SW"])


def test_model_without_any_normal_state() -> None:
    """PV1--SW(open)--PV2, no normalOpen anywhere:
    the first known state is taken for normal, with a finding.
    """
    b = station(grid()).breaker("F1", "bus1", "f1a", with_normal=False).line("L1", "f1a", "f1b").pv("PV1", "f1b")
    b.switch("SW", "f1b", "f2a", open=True, with_normal=False).line("L2", "f2a", "f2b").pv("PV2", "f2b")
    dead = {"PV1": F1, "PV2": DEAD}
    assert "normal_state_assumed" in check(b, dead).findings
    check(b, {"PV1": F1, "PV2": F1}, normal=dead, closed=["SW"])


def test_no_operating_value_shapes_the_normal_state() -> None:
    """PV1--SW--PV2: open, disconnected and out of service now; whole normally."""
    b = feeder(station(grid()), 1)
    b.switch("SW", "f1b", "f2a", open=True, normal_open=False, connected=(False, True), in_service=False)
    b.line("L2", "f2a", "f2b").pv("PV2", "f2b")
    check(b, {"PV1": F1, "PV2": DEAD}, normal={"PV1": F1, "PV2": F1})
    check(b, {"PV1": F1, "PV2": DEAD}, normal={"PV1": F1, "PV2": F1}, closed=["SW"])
