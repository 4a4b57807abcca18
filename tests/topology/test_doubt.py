"""A contradictory switch state casts doubt on the DER whose supply it touches, and on no others."""

from __future__ import annotations

from typing import Any

from topogroup import attach
from topogroup.testing import NetworkBuilder


def uncertain(b: NetworkBuilder, **options: Any) -> set[str]:  # noqa: ANN401 - the options of attach
    return {der.name for der in attach(b.build(), **options) if der.current.uncertain}


def chain(open: bool, sv_open: bool) -> NetworkBuilder:
    """G--F1--L1(PV1)--SW--L2(PV2)--SX--L3(PV3)."""
    b = NetworkBuilder().energy_source("G", "n0", 20_000).breaker("F1", "n0", "n1").line("L1", "n1", "n2")
    b.switch("SW", "n2", "n3", open=open, sv_open=sv_open, normal_open=False).line("L2", "n3", "n4")
    b.switch("SX", "n4", "n5").line("L3", "n5", "n6")
    return b.pv("PV1", "n2").pv("PV2", "n4").pv("PV3", "n6")


def test_agreeing_statements_leave_no_doubt() -> None:
    assert uncertain(chain(open=False, sv_open=False)) == set()
    assert uncertain(chain(open=True, sv_open=True)) == set()


def test_everything_behind_a_contradictory_switch_is_in_doubt_closed_or_open() -> None:
    assert uncertain(chain(open=False, sv_open=True)) == {"PV2", "PV3"}
    assert uncertain(chain(open=True, sv_open=False)) == {"PV2", "PV3"}


def test_a_certain_open_switch_ends_the_doubt() -> None:
    assert uncertain(chain(open=False, sv_open=True), opened=["SX"]) == {"PV2"}


def test_an_operator_who_says_the_state_ends_the_doubt() -> None:
    assert uncertain(chain(open=False, sv_open=True), opened=["SW"]) == set()
    assert uncertain(chain(open=False, sv_open=True), closed=["SW"]) == set()


def test_normal_state_is_never_in_doubt() -> None:
    assert not any(der.normal.uncertain for der in attach(chain(open=False, sv_open=True).build()))


def test_a_doubtful_tie_to_another_source_casts_doubt_on_both_sides() -> None:
    """G--F1--L1(PV1)--T(?)--L2(PV2)--F2--H."""
    b = NetworkBuilder().energy_source("G", "n0", 20_000).breaker("F1", "n0", "n1").line("L1", "n1", "n2")
    b.switch("T", "n2", "n3", open=True, sv_open=False).line("L2", "n3", "n4").breaker("F2", "n4", "n5")
    b.energy_source("H", "n5", 20_000).pv("PV1", "n2").pv("PV2", "n3")
    assert uncertain(b) == {"PV1", "PV2"}


def test_a_doubtful_tie_between_two_feeders_casts_doubt_on_both() -> None:
    """G--F1--L1(PV1)--T(?)--L2(PV2)--F2--G, F3--PV3: closed, the tie would put PV1 and PV2 on both feeders."""
    b = NetworkBuilder().energy_source("G", "n0", 20_000).breaker("F1", "n0", "n1").line("L1", "n1", "n2")
    b.switch("T", "n2", "n3", open=True, sv_open=False).line("L2", "n3", "n4").breaker("F2", "n4", "n0")
    b.breaker("F3", "n0", "n6").line("L3", "n6", "n7")
    b.pv("PV1", "n2").pv("PV2", "n3").pv("PV3", "n7").pv("PV0", "n0")
    assert uncertain(b) == {"PV1", "PV2"}
