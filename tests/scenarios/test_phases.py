"""Switching by pole, single-phase ties, phases that change their name."""

from __future__ import annotations

from tests.scenarios.support import DEAD, ISLANDED, check, feeder, grid, on, partly, station
from topogroup.testing import NetworkBuilder


def poles() -> NetworkBuilder:
    """Return F1 and F2 with poles, a tie with poles between them, and single-phase DER on F1."""
    b = station(grid())
    feeder(feeder(b, 1, phases="ABC"), 2, phases="ABC")
    b.recloser("TIE", "f1b", "f2b", phases="ABC", open=True)
    for phase in "ABC":
        b.pv(f"PV1{phase}", "f1b", phases=phase)
    return b


F1, F2 = on("~F1", "T1", "S1"), on("~F2", "T1", "S1")
POLES = {"PV1": F1, "PV1A": F1, "PV1B": F1, "PV1C": F1, "PV2": F2}


def test_all_poles_closed() -> None:
    """bus1--F1--PV1,PV1A,PV1B,PV1C --(TIE open)-- PV2--F2--bus1."""
    check(poles(), POLES)


def test_one_head_pole_open() -> None:
    """bus1 --(F1 pole A open)-- …: phase A is dead, and with it one phase of PV1."""
    expected = POLES | {
        "PV1": partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": F1, "C": F1}),
        "PV1A": DEAD,
    }
    check(poles(), expected, normal=POLES, opened=["F1:A"])


def test_head_pole_open_and_tie_pole_closed_on_one_phase() -> None:
    """bus1 --(F1 pole A open)-- … --(TIE pole A closed)-- F2: phase A moves to F2, nothing is paralleled."""
    expected = POLES | {
        "PV1": on("~F1 ~F2", "T1", "S1", by_phase={"A": F2, "B": F1, "C": F1}),
        "PV1A": F2,
    }
    check(poles(), expected, normal=POLES, opened=["F1:A"], closed=["TIE:A"])


def test_head_open_and_tie_pole_closed_restores_only_its_phase() -> None:
    """bus1 --(F1 open)-- … --(TIE pole A closed)-- F2: only phase A comes back."""
    expected = {
        "PV1": partly("~F2", "T1", "S1", by_phase={"A": F2, "B": DEAD, "C": DEAD}),
        "PV1A": F2,
        "PV1B": DEAD,
        "PV1C": DEAD,
        "PV2": F2,
    }
    check(poles(), expected, normal=POLES, opened=["F1"], closed=["TIE:A"])


def test_tie_pole_closed_parallels_one_phase() -> None:
    """bus1--F1-- … --(TIE pole A closed)-- F2: phase A has two feeders, the others one."""
    both = on("~F1 ~F2", "T1", "S1", paralleled=True)
    expected = {
        "PV1": both | {"by_phase": {"A": both, "B": F1, "C": F1}},
        "PV1A": both,
        "PV1B": F1,
        "PV1C": F1,
        "PV2": both | {"by_phase": {"A": both, "B": F2, "C": F2}},
    }
    check(poles(), expected, normal=POLES, closed=["TIE:A"])


def test_several_poles_at_once() -> None:
    """bus1 --(F1 poles A and C open)-- …: what hangs on B stays."""
    expected = POLES | {
        "PV1": partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": F1, "C": DEAD}),
        "PV1A": DEAD,
        "PV1C": DEAD,
    }
    check(poles(), expected, normal=POLES, opened=["F1:AC"])


def test_single_phase_tie() -> None:
    """bus1 --(F1 open)-- PV1,PV1A --(TIE of phase A only, closed)-- PV2--F2--bus1."""
    b = feeder(feeder(station(grid()), 1), 2).switch("TIE", "f1b", "f2b", phases="A", open=True)
    b.pv("PV1A", "f1b", phases="A").pv("PV1B", "f1b", phases="B")
    check(b, {"PV1": F1, "PV1A": F1, "PV1B": F1, "PV2": F2})
    expected = {
        "PV1": partly("~F2", "T1", "S1", by_phase={"A": F2, "B": DEAD, "C": DEAD}),
        "PV1A": F2,
        "PV1B": DEAD,
        "PV2": F2,
    }
    check(b, expected, opened=["F1"], closed=["TIE"])


def test_single_phase_lateral() -> None:
    """bus1--F1--L1--(FU, phase B)--LB--y(PVB, PVn)--LC--z(PVA):
    one phase; PVA has no conductor of its own.
    """
    b = feeder(station(grid()), 1, phases="ABC").fuse("FU", "f1b", "x", phases="B").line("LB", "x", "y", phases="B")
    b.line("LC", "y", "z", phases="B").pv("PVB", "y", phases="B").pv("PVn", "y").pv("PVA", "z", phases="A")
    base = {"PV1": F1, "PVB": F1, "PVn": F1, "PVA": DEAD}
    answer = check(b, base)
    assert {name: der["phases"] for name, der in answer.ders.items()} == {
        "PV1": "ABC",
        "PVB": "B",
        "PVn": "B",
        "PVA": "A",
    }
    one_dead = {"PV1": partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": F1, "C": F1})}
    check(b, base | one_dead, opened=["F1:A"])
    check(b, base | {"PVB": DEAD, "PVn": DEAD}, opened=["FU"])


def test_transposed_poles() -> None:
    """…f1b--TR(A-B, B-C, C-A)--x--L2--PVA,PVB,PVC: with pole A of F1 open, phase B behind TR is dead."""
    b = feeder(station(grid()), 1, phases="ABC")
    b.switch("TR", "f1b", "x", sides=[("A", "B"), ("B", "C"), ("C", "A")]).line("L2", "x", "y")
    for phase in "ABC":
        b.pv(f"PV{phase}", "y", phases=phase)
    base = {"PV1": F1, "PVA": F1, "PVB": F1, "PVC": F1}
    check(b, base)
    one_dead = {"PV1": partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": F1, "C": F1}), "PVB": DEAD}
    check(b, base | one_dead, opened=["F1:A"])


def test_line_whose_ends_name_different_phases() -> None:
    """…f1b--L2(A at one end, B at the other)--PVB: joined, with a finding; PVB is fed by phase A."""
    b = feeder(station(grid()), 1, phases="ABC").line("L2", "f1b", "x", phases="A", phases2="B")
    b.pv("PVB", "x", phases="B")
    answer = check(b, {"PV1": F1, "PVB": F1})
    assert answer.findings
    one_dead = {"PV1": partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": F1, "C": F1}), "PVB": DEAD}
    check(b, one_dead, opened=["F1:A"])
    one_dead = {"PV1": partly("~F1", "T1", "S1", by_phase={"A": F1, "B": DEAD, "C": F1}), "PVB": F1}
    check(b, one_dead, opened=["F1:B"])


def test_three_phase_machine_with_one_pole_open() -> None:
    """bus1--F1--L1--(FU pole A open)--L2--SM, PVA, PVB:
    the machine runs on B and C and makes no island of A.
    """
    b = feeder(station(grid()), 1).fuse("FU", "f1b", "x", phases="ABC").line("L2", "x", "y")
    b.synchronous_machine("SM", "y").pv("PVA", "y", phases="A").pv("PVB", "y", phases="B")
    base = {"PV1": F1, "SM": F1, "PVA": F1, "PVB": F1}
    check(b, base)
    expected = {
        "PV1": F1,
        "SM": partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": F1, "C": F1}),
        "PVA": DEAD,
        "PVB": F1,
    }
    check(b, expected, opened=["FU:A"])
    check(b, dict.fromkeys(base, ISLANDED) | {"PV1": F1}, opened=["FU"])


def test_open_neutral_is_no_outage() -> None:
    """…f1b--SW(ABCN, pole N open)--L2--PV2: the neutral is shown and never a path."""
    b = feeder(station(grid()), 1).switch("SW", "f1b", "x", phases="ABCN", open_phases="N")
    b.line("L2", "x", "y", phases="ABCN").pv("PV2", "y", phases="ABCN")
    answer = check(b, {"PV1": F1, "PV2": F1})
    assert answer.ders["PV2"]["phases"] == "ABC"
