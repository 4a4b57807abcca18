"""Feeder heads that somebody gave: heads file, NormalHeadTerminal, TraceStart, Feeder containers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.support import DEAD, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder


def two_switches(**feeder_options: Any) -> NetworkBuilder:  # noqa: ANN401 - passed on
    """Return a feeder `FD` with its breaker F1 and a recloser R1 in the middle, and a derived feeder
    beside it.
    """
    b = feeder(station(grid()), 9).feeder("FD", substation="S1", **feeder_options).inside("FD")
    b.breaker("F1", "bus1", "f1a", container="S1").line("L0", "f1a", "f1b").pv("PV0", "f1b")
    return b.recloser("R1", "f1b", "f1c").line("L1", "f1c", "f1d").pv("PV1", "f1d").inside(None)


FROM_THE_BREAKER = {
    "PV0": on("FD", "T1", "S1"),
    "PV1": on("FD", "T1", "S1"),
    "PV9": on("~F9", "T1", "S1"),
}
FROM_THE_RECLOSER = FROM_THE_BREAKER | {"PV0": on("", "T1", "S1")}


def test_feeder_container_without_a_head_keeps_its_name() -> None:
    """bus1--F1--L0--PV0--R1--L1--PV1 in container FD: the head is derived, mRID and name are FD's."""
    check(two_switches(), FROM_THE_BREAKER)


@pytest.mark.parametrize("sequence", [1, 2])
def test_normal_head_terminal_on_a_switch(sequence: int) -> None:
    """bus1--F1--PV0--[R1]--PV1: the head is R1, whichever of its terminals is named."""
    check(two_switches(head_terminal_of=("R1", sequence)), FROM_THE_RECLOSER)


def test_normal_head_terminal_on_a_line_names_a_place() -> None:
    """bus1--[F1]--L0: the terminal of L0 at f1a names the place;
    the switch there on the source side is F1.
    """
    check(two_switches(head_terminal_of=("L0", 1)), FROM_THE_BREAKER)


def test_normal_head_terminal_on_a_line_behind_a_switch() -> None:
    """bus1--F1--PV0--[R1]--L1: the terminal of L1 at f1c names R1."""
    check(two_switches(head_terminal_of=("L1", 1)), FROM_THE_RECLOSER)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("F1", FROM_THE_BREAKER),
        ("f1a", FROM_THE_BREAKER),
        ("R1", FROM_THE_RECLOSER),
        ("f1c", FROM_THE_RECLOSER),
    ],
)
def test_trace_start(start: str, expected: dict[str, Any]) -> None:
    """bus1--F1--f1a--PV0--R1--f1c--PV1: TraceStart is a switch, or a node with the switch on its source
    side.
    """
    check(two_switches(trace_start=start), expected)


def test_normal_head_terminal_before_trace_start() -> None:
    """NormalHeadTerminal R1 beside TraceStart F1: R1."""
    check(two_switches(head_terminal_of=("R1", 1), trace_start="F1"), FROM_THE_RECLOSER)


def test_heads_file_before_everything() -> None:
    """Heads file F1 beside NormalHeadTerminal R1, and the other way round: the file wins."""
    given = two_switches(head_terminal_of=("R1", 1), trace_start="R1")
    check(given, FROM_THE_BREAKER, heads=[{"name": "FD", "head": "F1"}])
    given = two_switches(head_terminal_of=("F1", 1), trace_start="F1")
    check(given, FROM_THE_RECLOSER, heads=[{"name": "FD", "head": "R1"}])


def test_heads_file_names_a_feeder_that_the_model_does_not_have() -> None:
    """bus1--F1--PV1--[R1]--PV2: `New` begins at R1 and is nested in the derived feeder of F1."""
    b = feeder(station(grid()), 1).recloser("R1", "f1b", "f2a").line("L2", "f2a", "f2b").pv("PV2", "f2b")
    base = {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F1", "T1", "S1")}
    check(b, base)
    named = base | {"PV2": on("~New", "T1", "S1", upstream="~F1")}
    check(b, named, heads=[{"name": "New", "head": "R1"}])


def test_missing_normal_head_terminal_beside_a_given_one() -> None:
    """Two containers, one with a NormalHeadTerminal and one without: both are feeders."""
    b = station(grid()).feeder("FD1", substation="S1", head_terminal_of=("F1", 2)).feeder("FD2", substation="S1")
    feeder(b.inside("FD1"), 1)
    feeder(b.inside("FD2"), 2)
    base = {"PV1": on("FD1", "T1", "S1"), "PV2": on("FD2", "T1", "S1")}
    check(b, base)
    check(b, base | {"PV2": DEAD}, opened=["F2"])


def test_feeder_container_that_touches_no_busbar() -> None:
    """bus1--F1--L1--PV1--(R--LN--PVn in container FN): its head is the switch on its border, source side."""
    b = feeder(station(grid()), 1).feeder("FN", substation="S1").inside("FN")
    b.recloser("R", "f1b", "na").line("LN", "na", "nb").pv("PVn", "nb")
    base = {"PV1": on("~F1", "T1", "S1"), "PVn": on("FN", "T1", "S1", upstream="~F1")}
    check(b, base)
    check(b, base | {"PVn": DEAD}, opened=["R"])


def test_feeder_container_that_holds_the_whole_substation_is_no_boundary() -> None:
    """One Feeder holds transformer, busbar and both lines: the feeders are derived, one per line."""
    b = grid().substation("S1").feeder("ALL", substation="S1").inside("ALL")
    b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)])
    feeder(feeder(b, 1), 2)
    base = {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T1", "S1")}
    check(b, base)
    check(b, base | {"PV2": DEAD}, opened=["F2"])


def test_container_disagrees_with_the_trace() -> None:
    """PV2 is filed under feeder FD1 and hangs on FD2: what counts is the trace."""
    b = station(grid()).feeder("FD1", substation="S1").feeder("FD2", substation="S1")
    feeder(b.inside("FD1"), 1)
    b.inside("FD2").breaker("F2", "bus1", "f2a").line("L2", "f2a", "f2b").pv("PV2", "f2b", container="FD1")
    check(b, {"PV1": on("FD1", "T1", "S1"), "PV2": on("FD2", "T1", "S1")})
