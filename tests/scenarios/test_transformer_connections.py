"""One phase lost before a transformer: delta, wye, open delta, centre taps, banks of tanks."""

from __future__ import annotations

import pytest

from tests.scenarios.support import DEAD, Expected, check, feeder, grid, on, partly, station
from topogroup.testing import NetworkBuilder

LINE = on("~F1", "T1", "S1")
FULL = on("~F1", "T1", "S1", service="ST")
GATED = partly("~F1", "T1", "S1", service="ST")


def fused_feeder() -> NetworkBuilder:
    """Return F1 with PVx behind a fuse FU of three poles, for a transformer at node `x`."""
    return feeder(station(grid()), 1).fuse("FU", "f1b", "x", phases="ABC").pv("PVx", "x")


def lv_der(b: NetworkBuilder) -> NetworkBuilder:
    """Add a three-phase DER and one DER per phase at node `lv`, behind a line."""
    b.line("LL", "lv", "lvx").pv("PV3", "lvx")
    for phase in "ABC":
        b.pv(f"PV{phase}", "lvx", phases=phase)
    return b


def all_on(*names: str) -> dict[str, Expected]:
    """Return the expectation with everything on."""
    return {"PV1": LINE, "PVx": LINE} | dict.fromkeys(names or ("PV3", "PVA", "PVB", "PVC"), FULL)


def without_a(**low: Expected) -> dict[str, Expected]:
    """Return the expectation with pole A of the fuse open, the low-voltage part as given."""
    return {"PV1": LINE, "PVx": partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": LINE, "C": LINE}), **low}


@pytest.mark.parametrize("connection", ["D", "Y"])
def test_fuse_with_one_pole_open_before_a_delta_bank(connection: str) -> None:
    """F1--L1--(FU pole A open)--x--ST(D or ungrounded Y / Yn)--lv: A is dead, B and C are at best partial."""
    b = lv_der(fused_feeder().transformer("ST", [("x", 20_000, connection), ("lv", 400, "Yn")]))
    check(b, all_on())
    three = GATED | {"by_phase": {"A": DEAD, "B": GATED, "C": GATED}}
    check(b, without_a(PV3=three, PVA=DEAD, PVB=GATED, PVC=GATED), opened=["FU:A"])
    check(b, dict.fromkeys(all_on(), DEAD) | {"PV1": LINE}, opened=["FU"])


@pytest.mark.parametrize("connection", ["Yn", None])
def test_fuse_with_one_pole_open_before_a_grounded_wye(connection: str | None) -> None:
    """F1--L1--(FU pole A open)--x--ST(Yn, or grounded not given)--lv: B and C are fully live."""
    b = lv_der(fused_feeder().transformer("ST", [("x", 20_000, connection), ("lv", 400, "Yn")]))
    check(b, all_on())
    three = partly("~F1", "T1", "S1", service="ST", by_phase={"A": DEAD, "B": FULL, "C": FULL})
    check(b, without_a(PV3=three, PVA=DEAD, PVB=FULL, PVC=FULL), opened=["FU:A"])


def test_fuse_with_one_pole_open_before_a_bank_of_tanks_in_delta() -> None:
    """…(FU pole A open)--tanks AB/A, BC/B, CA/C:
    A dead; C hangs on a winding with one dead phase; B is whole.
    """
    tanks = {f"t{a}": [("x", 20_000, a + b), ("lv", 400, f"{a}N")] for a, b in ("AB", "BC", "CA")}
    b = lv_der(fused_feeder().tank_transformer("ST", tanks))
    check(b, all_on())
    three = GATED | {"by_phase": {"A": DEAD, "B": FULL, "C": GATED}}
    check(b, without_a(PV3=three, PVA=DEAD, PVB=FULL, PVC=GATED), opened=["FU:A"])


def test_fuse_with_one_pole_open_before_a_bank_of_single_phase_tanks() -> None:
    """…(FU pole A open)--tanks AN/AN, BN/BN, CN/CN--lv: only A is lost."""
    tanks = {phase: [("x", 20_000, f"{phase}N"), ("lv", 400, f"{phase}N")] for phase in "ABC"}
    b = lv_der(fused_feeder().tank_transformer("ST", tanks))
    check(b, all_on())
    three = partly("~F1", "T1", "S1", service="ST", by_phase={"A": DEAD, "B": FULL, "C": FULL})
    check(b, without_a(PV3=three, PVA=DEAD, PVB=FULL, PVC=FULL), opened=["FU:A"])


def test_bank_of_three_transformers_of_one_phase() -> None:
    """…x==STA,STB,STC==lv, one PowerTransformer per phase in parallel: each DER names its own."""
    b = fused_feeder()
    for phase in "ABC":
        b.tank_transformer(f"ST{phase}", {"t": [("x", 20_000, f"{phase}N"), ("lv", 400, f"{phase}N")]})
    own = {f"PV{phase}": on("~F1", "T1", "S1", service=f"ST{phase}") for phase in "ABC"}
    three = on("~F1", "T1", "S1", service="STA STB STC", by_phase={p: own[f"PV{p}"] for p in "ABC"})
    check(lv_der(b), {"PV1": LINE, "PVx": LINE, "PV3": three, **own})


def open_delta() -> NetworkBuilder:
    """Return two tanks AB/AB and BC/BC with DER between each two phases behind them."""
    b = fused_feeder()
    b.tank_transformer(
        "ST",
        {"t1": [("x", 20_000, "AB"), ("lv", 400, "AB")], "t2": [("x", 20_000, "BC"), ("lv", 400, "BC")]},
    )
    b.line("LL", "lv", "lvx").pv("PVAB", "lvx", phases="AB").pv("PVBC", "lvx", phases="BC")
    return b.pv("PV3", "lvx")


def test_open_delta() -> None:
    """F1--L1--FU--x--ST(tanks AB, BC)--lv--PVAB, PVBC, PV3."""
    check(open_delta(), all_on("PVAB", "PVBC", "PV3"))


def test_open_delta_without_an_outer_phase() -> None:
    """…(FU pole A open)--tanks AB, BC: tank BC is whole, so B and C are; A is dead."""
    expected = without_a(
        PVAB=partly("~F1", "T1", "S1", service="ST", by_phase={"A": DEAD, "B": FULL}),
        PVBC=FULL,
        PV3=partly("~F1", "T1", "S1", service="ST", by_phase={"A": DEAD, "B": FULL, "C": FULL}),
    )
    check(open_delta(), expected, opened=["FU:A"])


def test_open_delta_without_the_common_phase() -> None:
    """…(FU pole B open)--tanks AB, BC: both tanks lack a phase; B is dead, A and C at best partial."""
    expected = {
        "PV1": LINE,
        "PVx": partly("~F1", "T1", "S1", by_phase={"A": LINE, "B": DEAD, "C": LINE}),
        "PVAB": GATED | {"by_phase": {"A": GATED, "B": DEAD}},
        "PVBC": GATED | {"by_phase": {"B": DEAD, "C": GATED}},
        "PV3": GATED | {"by_phase": {"A": GATED, "B": DEAD, "C": GATED}},
    }
    check(open_delta(), expected, opened=["FU:B"])


def centre_tapped(phases: str) -> NetworkBuilder:
    """Return a house DER on both halves behind a centre tap, and one on each half."""
    b = fused_feeder().centre_tap("ST", "x", "lv", 20_000, phases=phases)
    b.line("LL", "lv", "house", phases="s1s2").pv("PVh", "house", phases="s1s2")
    return b.pv("PVs1", "house", phases="s1").pv("PVs2", "house", phases="s2").pv("PVn", "house")


HOUSE = ("PVh", "PVs1", "PVs2", "PVn")


def test_centre_tap() -> None:
    """F1--L1--FU--x--ST(AN / s1N, Ns2)--LL--house: dead exactly when phase A is."""
    b = centre_tapped("A")
    answer = check(b, all_on(*HOUSE))
    assert {name: answer.ders[name]["phases"] for name in HOUSE} == {
        "PVh": "s12",
        "PVs1": "s1",
        "PVs2": "s2",
        "PVn": "s12",
    }
    check(b, without_a(**dict.fromkeys(HOUSE, DEAD)), opened=["FU:A"])
    without_b = {"PVx": partly("~F1", "T1", "S1", by_phase={"A": LINE, "B": DEAD, "C": LINE})}
    check(b, all_on(*HOUSE) | without_b, opened=["FU:B"])


@pytest.mark.parametrize("pole", ["A", "B"])
def test_phase_to_phase_centre_tap(pole: str) -> None:
    """F1--L1--FU--x--ST(AB / s1N, Ns2)--LL--house: s1 and s2 live only if both A and B do."""
    b = centre_tapped("AB")
    check(b, all_on(*HOUSE))
    dead = {"A": LINE, "B": LINE, "C": LINE} | {pole: DEAD}
    expected = {"PV1": LINE, "PVx": partly("~F1", "T1", "S1", by_phase=dead)} | dict.fromkeys(HOUSE, DEAD)
    check(b, expected, opened=[f"FU:{pole}"])
    without_c = {"PVx": partly("~F1", "T1", "S1", by_phase={"A": LINE, "B": LINE, "C": DEAD})}
    check(b, all_on(*HOUSE) | without_c, opened=["FU:C"])


def test_secondary_phase_named_by_its_primary_phase() -> None:
    """F1--L1--FU--x--ST(AN / s1N, Ns2)--SW(A)--PVa(A), PVs(s1):
    A behind ST is the same conductor, with a finding.
    """
    b = fused_feeder().centre_tap("ST", "x", "lv", 20_000, phases="A")
    b.switch("SW", "lv", "house", phases="A").pv("PVa", "house", phases="A").pv("PVs", "lv", phases="s1")
    base = all_on("PVa", "PVs")
    assert "secondary_phase_by_primary" in check(b, base).findings
    check(b, base | {"PVa": DEAD}, opened=["SW"])
    check(b, without_a(PVa=DEAD, PVs=DEAD), opened=["FU:A"])


def test_centre_tap_between_phases_fed_by_two_feeders() -> None:
    """F1--L1--x--ST(AB / s1N, Ns2)--house, TIE x--f2b: F1 pole A open and TIE pole A closed puts A on F2:
    the house hangs on both, and is paralleled on none.
    """
    b = feeder(feeder(station(grid()), 1), 2).centre_tap("ST", "f1b", "lv", 20_000, phases="AB")
    b.line("LL", "lv", "house", phases="s1s2").pv("PVh", "house", phases="s1s2")
    b.load_break_switch("TIE", "f1b", "f2b", phases="ABC", open=True)
    house = on("~F1", "T1", "S1", service="ST")
    check(b, {"PV1": LINE, "PV2": on("~F2", "T1", "S1"), "PVh": house})
    moved = on("~F2", "T1", "S1")
    expected = {
        "PV1": on("~F1 ~F2", "T1", "S1", by_phase={"A": moved, "B": LINE, "C": LINE}),
        "PV2": moved,
        "PVh": on("~F1 ~F2", "T1", "S1", service="ST"),
    }
    check(b, expected, opened=["F1:A"], closed=["TIE:A"])
