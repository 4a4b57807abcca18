"""Traps that others fell into, each a test by name that fails where the trap is present; engine and oracle agree.

Traps of the engine (stale answers, shared documents, a full queue) stand in tests/engine/test_traps.py.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.scenarios.support import (
    DEAD,
    ISLANDED,
    Expected,
    ask_engine,
    check,
    comparable_engine,
    feeder,
    grid,
    on,
    partly,
    station,
)
from topogroup import attach
from topogroup.testing import NetworkBuilder, Spelling

F1, F2 = on("~F1", "T1", "S1"), on("~F2", "T1", "S1")


def sectioned(cls: str = "LoadBreakSwitch", **switch: Any) -> NetworkBuilder:  # noqa: ANN401 - passed on
    """Return bus1--F1--L1--PV1--SW--L2--PV2."""
    b = feeder(station(grid()), 1).switch("SW", "f1b", "f2a", cls=cls, **switch)
    return b.line("L2", "f2a", "f2b").pv("PV2", "f2b")


def both(live: bool) -> dict[str, Expected]:
    """Return the expectation for PV1 and for PV2 behind the switch."""
    return {"PV1": F1, "PV2": F1 if live else DEAD}


def tied() -> NetworkBuilder:
    """Return bus1--F1--PV1 --(TIE open)-- PV2--F2--bus1, F3--PV3 beside them and PVb on the bus."""
    b = station(grid())
    for n in (1, 2, 3):
        feeder(b, n)
    return b.load_break_switch("TIE", "f1b", "f2b", open=True).pv("PVb", "bus1")


TIED = {"PV1": F1, "PV2": F2, "PV3": on("~F3", "T1", "S1"), "PVb": on("", "T1", "S1")}


def test_stale_feeder_after_opening() -> None:
    """With F1 open PV1 has no feeder, transformer or substation left; over the tie it has F2's alone."""
    check(tied(), TIED | {"PV1": DEAD}, normal=TIED, opened=["F1"])
    check(tied(), TIED | {"PV1": F2}, normal=TIED, opened=["F1"], closed=["TIE"])
    network = tied().build()
    first = attach(network).to_dict()["ders"]
    assert attach(network, opened=["F1"]).to_dict()["ders"] != first
    assert attach(network).to_dict()["ders"] == first, "one answer leaves nothing behind for the next"


def islands() -> NetworkBuilder:
    """Return F1 with three switched parts: a machine in the first, nothing in the second, a battery in the third."""
    b = feeder(station(grid()), 1).synchronous_machine("SM", "f1b")
    b.switch("SW1", "f1b", "x").pv("PVx", "x").line("LX", "x", "x2").pv("PVx2", "x2")
    return b.switch("SW2", "x2", "y").battery("BA", "y").pv("PVy", "y")


def test_der_put_in_the_wrong_island() -> None:
    """(F1 open)--PV1,SM--SW1--x(PVx)--LX--x2--SW2--y(BA,PVy): each DER shares the fate of its own side of a switch."""
    every = ("PV1", "SM", "PVx", "PVx2", "BA", "PVy")
    check(islands(), dict.fromkeys(every, F1))
    middle = {"PVx": DEAD, "PVx2": DEAD}
    apart = dict.fromkeys(every, ISLANDED) | middle
    check(islands(), apart, normal=dict.fromkeys(every, F1), opened=["F1", "SW1", "SW2"])
    fed = {"PV1": F1, "SM": F1, "BA": ISLANDED, "PVy": ISLANDED} | middle
    check(islands(), fed, normal=dict.fromkeys(every, F1), opened=["SW1", "SW2"])
    check(islands(), dict.fromkeys(every, ISLANDED), opened=["F1", "SW1"])


def test_der_put_in_the_section_across_the_switch() -> None:
    """A DER at the very node of a switch lies in the section of its own side, whatever the switch does."""
    for opened in ([], ["SW1", "SW2"]):
        report = {der.name: der.current.section for der in attach(islands().build(), opened=opened)}
        assert report["PV1"] == report["SM"]
        assert report["PVx"] == report["PVx2"]
        assert report["BA"] == report["PVy"]
        assert len(set(report.values())) == 3


def test_nodes_touched_only_by_closed_switches_dropped() -> None:
    """f1b--SW1--x(PVx)--SW2--y--SW3--f2a--L2--PV2: x and y have nothing but switches, and pass supply on."""
    b = feeder(station(grid()), 1).disconnector("SW1", "f1b", "x").breaker("SW2", "x", "y", phases="ABC")
    b.pv("PVx", "x").jumper("SW3", "y", "f2a").line("L2", "f2a", "f2b").pv("PV2", "f2b")
    whole = {"PV1": F1, "PVx": F1, "PV2": F1}
    answer = check(b, whole)
    assert len({answer.section(name) for name in whole}) == 3
    check(b, whole | {"PV2": DEAD}, normal=whole, opened=["SW2"])
    check(b, whole | {"PV2": DEAD, "PVx": DEAD}, normal=whole, opened=["SW1"])


@pytest.mark.parametrize("poles", [None, "ABC"])
def test_closed_flag_polarity(poles: str | None) -> None:
    """`Switch.open` and `normalOpen` true mean open, `SwitchPhase.closed` true means closed."""
    check(sectioned(phases=poles, open=False), both(live=True))
    check(sectioned(phases=poles, open=True), both(live=False))
    check(sectioned(phases=poles, open=True, normal_open=False), both(live=False), normal=both(live=True))
    check(sectioned(phases=poles, open=False, normal_open=True), both(live=True), normal=both(live=False))


def test_closed_flag_polarity_of_a_single_pole() -> None:
    """Pole A open, B and C closed: A alone is dead behind the switch."""
    b = sectioned(phases="ABC", open_phases="A", normal_open_phases="")
    dead_a = partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": F1, "C": F1})
    check(b, {"PV1": F1, "PV2": dead_a}, normal=both(live=True))


def test_trace_leaking_back_through_the_substation_bus_when_feeders_are_paralleled() -> None:
    """F1 and F2 closed over the tie: both have both; F3 on the same bus, and the bus, have neither."""
    parallel = on("~F1 ~F2", "T1", "S1", paralleled=True)
    check(tied(), TIED | {"PV1": parallel, "PV2": parallel}, normal=TIED, closed=["TIE"])


def test_trace_leaking_through_a_second_bus_when_feeders_of_two_buses_are_paralleled() -> None:
    """bus1--F1--(TIE closed)--F2--bus2: F3 and F4 beside them keep themselves; both transformers carry all four."""
    b = grid().substation("S1")
    for n in (1, 2):
        b.busbar(f"BB{n}", f"bus{n}", container="S1")
        b.transformer(f"T{n}", [("hv", 110_000), (f"bus{n}", 20_000)], container="S1")
    for n, bus in ((1, "bus1"), (2, "bus2"), (3, "bus1"), (4, "bus2")):
        feeder(b, n, bus)
    b.load_break_switch("TIE", "f1b", "f2b", open=True)
    base = {f"PV{n}": on(f"~F{n}", f"T{1 + (n + 1) % 2}", "S1") for n in (1, 2, 3, 4)}
    parallel = on("~F1 ~F2", "T1 T2", "S1", paralleled=True)
    beside = {"PV3": on("~F3", "T1 T2", "S1"), "PV4": on("~F4", "T1 T2", "S1")}
    check(b, base, opened=["TIE"])
    check(b, beside | {"PV1": parallel, "PV2": parallel}, normal=base, closed=["TIE"])


def test_three_winding_transformer() -> None:
    """hv--T1(110/20/10)--bus20--F1, bus10--F2: both lower windings feed, and neither feeds the other."""
    b = grid().substation("S1")
    b.transformer("T1", [("hv", 110_000), ("bus20", 20_000), ("bus10", 10_000)], container="S1")
    feeder(feeder(b, 1, "bus20"), 2, "bus10").breaker("HB", "hv", "hx").pv("PVh", "hx")
    base = {"PV1": F1, "PV2": F2, "PVh": on()}
    check(b, base)
    check(b, base | {"PV1": DEAD}, normal=base, opened=["F1"])


def test_three_winding_transformer_fed_from_below() -> None:
    """hv--(H open)--T1(110/20/10), TIE from F9 of T2 onto F1: bus10 is fed through T1's two lower windings."""
    b = station(grid(), 2).breaker("H", "hv", "h").substation("S1")
    b.transformer("T1", [("h", 110_000), ("bus20", 20_000), ("bus10", 10_000)], container="S1")
    feeder(feeder(feeder(b, 1, "bus20"), 2, "bus10"), 9, "bus2").load_break_switch("TIE", "f1b", "f9b", open=True)
    through: dict[str, Any] = {"transformers": "T2", "substations": "S2"}
    base = {"PV1": F1, "PV2": F2, "PV9": on("~F9", **through)}
    check(b, base | {"PV1": DEAD, "PV2": DEAD}, normal=base, opened=["H"])
    carried = check_live(b, ["H"], ["TIE"])
    assert carried == {"PV1": True, "PV2": True, "PV9": True}


def check_live(b: NetworkBuilder, opened: list[str], closed: list[str]) -> dict[str, bool]:
    """Return whether each DER is energised; engine and oracle must agree in every respect."""
    from cim_models import load_text
    from tests.compare import Asked, same
    from tests.oracle import OracleModel

    xml = b.to_xml()
    same(load_text(xml), OracleModel.from_xml(xml), Asked(opened, closed, "current"))
    report = attach(load_text(xml), opened=opened, closed=closed)
    return {der.name: der.current.energisation == "energised" for der in report}


def test_centre_tap_transformer() -> None:
    """f1b--FU(ABC)--x--ST(AN / s1N, Ns2)--house: s1, s2 follow phase A, and no other."""
    b = feeder(station(grid()), 1).fuse("FU", "f1b", "x", phases="ABC").centre_tap("ST", "x", "house", 20_000)
    b.pv("PVs1", "house", phases="s1").pv("PVs2", "house", phases="s2").pv("PVs", "house", phases="s1s2")
    house = on("~F1", "T1", "S1", service="ST")
    live = {"PV1": F1} | dict.fromkeys(("PVs1", "PVs2", "PVs"), house)
    check(b, live)
    check(b, {"PV1": F1} | dict.fromkeys(("PVs1", "PVs2", "PVs"), DEAD), normal=live, opened=["FU:A"])
    check(b, live, opened=["FU:BC"])


@pytest.mark.parametrize("cls", ["LoadBreakSwitch", "Fuse", "Jumper", "Recloser", "Sectionaliser", "Disconnector"])
def test_load_break_switch_fuse_and_jumper_skipped(cls: str) -> None:
    """SW of any class passes supply, parts it when open, and bounds a section."""
    answer = check(sectioned(cls), both(live=True))
    assert answer.section("PV1") != answer.section("PV2")
    check(sectioned(cls), both(live=False), normal=both(live=True), opened=["SW"])


@pytest.mark.parametrize("end", [(False, True), (True, False)])
@pytest.mark.parametrize("of", ["SW", "L2", "PV2", "grid"])
def test_terminal_connected_ignored(of: str, end: tuple[bool, bool]) -> None:
    """A disconnected terminal of switch, line, DER or source: no supply now, supply normally."""
    b = NetworkBuilder().energy_source("grid", "hv", 110_000, connected=False if of == "grid" else None)
    feeder(station(b), 1).switch("SW", "f1b", "f2a", connected=end if of == "SW" else None)
    b.line("L2", "f2a", "f2b", connected=end if of == "L2" else None)
    b.pv("PV2", "f2b", connected=False if of == "PV2" else None)
    expected = both(live=False) | ({"PV1": DEAD} if of == "grid" else {})
    check(b, expected, normal=both(live=True))


@pytest.mark.parametrize("of", ["SW", "L2", "T1", "grid"])
def test_in_service_ignored(of: str) -> None:
    """Switch, line, transformer or source out of service: no supply now, supply normally."""
    b = NetworkBuilder().energy_source("grid", "hv", 110_000, in_service=of != "grid").substation("S1")
    b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)], container="S1", in_service=of != "T1")
    feeder(b, 1).switch("SW", "f1b", "f2a", in_service=of != "SW")
    b.line("L2", "f2a", "f2b", in_service=of != "L2").pv("PV2", "f2b")
    expected = both(live=False) | ({"PV1": DEAD} if of in ("T1", "grid") else {})
    check(b, expected, normal=both(live=True))


def test_switch_with_both_terminals_on_one_node() -> None:
    """SX from f2b to f2b, on the supply path: opening it takes nothing away, and it bounds no section."""
    b = sectioned().breaker("SX", "f2b", "f2b").line("L3", "f2b", "f3b").pv("PV3", "f3b")
    answer = check(b, both(live=True) | {"PV3": F1})
    assert answer.section("PV2") == answer.section("PV3")
    check(b, both(live=True) | {"PV3": F1}, opened=["SX"])


def boundary(order: tuple[str, str, str]) -> NetworkBuilder:
    """Return F1 whose end has a three-terminal switch X: one side is PV1's, two are containers FA and FB."""
    b = feeder(station(grid()), 1).equipment("LoadBreakSwitch", "X", order)
    b.say("X", "Switch.open", False).say("X", "Switch.normalOpen", False)
    for name in ("A", "B"):
        b.feeder(f"F{name}").inside(f"F{name}")
        b.line(f"L{name}", f"x{name}", f"y{name}").pv(f"PV{name}", f"y{name}").inside(None)
    return b


@pytest.mark.parametrize("order", [("f1b", "xA", "xB"), ("xA", "f1b", "xB"), ("xB", "xA", "f1b")])
def test_three_terminal_boundary_switch(order: tuple[str, str, str]) -> None:
    """f1b--X--xA(FA), X--xB(FB): in whatever order its terminals stand, X bounds three sections and heads a feeder."""
    behind = on("FA", "T1", "S1", upstream="~F1")
    live = {"PV1": F1, "PVA": behind, "PVB": behind}
    answer = check(boundary(order), live)
    assert len({answer.section(name) for name in live}) == 3
    check(boundary(order), {"PV1": F1, "PVA": DEAD, "PVB": DEAD}, normal=live, opened=["X"])


@pytest.mark.parametrize("order", [("bus1", "a", "b"), ("a", "bus1", "b"), ("b", "a", "bus1")])
@pytest.mark.parametrize("given", [False, True])
def test_three_terminal_switch_as_feeder_head(order: tuple[str, str, str], given: bool) -> None:
    """bus1--X--a--LA--PVA, X--b--LB--PVB: one head and one feeder, found or given, fed from the bus alone."""
    b = station(grid()).equipment("Breaker", "X", order).say("X", "Switch.normalOpen", False)
    for name in "ab":
        b.line(f"L{name}", name, f"{name}2").pv(f"PV{name}", f"{name}2")
    heads = [{"name": "FX", "head": "X"}] if given else None
    live = dict.fromkeys(("PVa", "PVb"), on("~FX" if given else "~X", "T1", "S1"))
    check(b, live, heads=heads)
    check(b, dict.fromkeys(live, DEAD), normal=live, heads=heads, opened=["X"])


def test_three_terminal_switch_between_two_buses_and_a_line() -> None:
    """bus1--X--bus2 and X--a--LA--PVA: the line's head is X, and both buses are above it."""
    b = grid().substation("S1")
    for n in (1, 2):
        b.busbar(f"BB{n}", f"bus{n}", container="S1")
        b.transformer(f"T{n}", [("hv", 110_000), (f"bus{n}", 20_000)], container="S1")
        feeder(b, n, f"bus{n}")
    b.equipment("Breaker", "X", ["bus1", "a", "bus2"]).say("X", "Switch.normalOpen", False)
    b.line("LA", "a", "a2").pv("PVa", "a2")
    whole = {name: on(f"~{head}", "T1 T2", "S1") for name, head in (("PV1", "F1"), ("PV2", "F2"), ("PVa", "X"))}
    check(b, whole)
    apart = {"PV1": F1, "PV2": on("~F2", "T2", "S1"), "PVa": DEAD}
    check(b, apart, normal=whole, opened=["X"])


def test_missing_normal_head_terminal() -> None:
    """Feeder FD without NormalHeadTerminal, FE with one: both have their own head and keep their names."""
    b = station(grid()).feeder("FD", substation="S1").feeder("FE", substation="S1", head_terminal_of=("F2", 1))
    feeder(b.inside("FD"), 1)
    feeder(b.inside("FE"), 2).inside(None)
    live = {"PV1": on("FD", "T1", "S1"), "PV2": on("FE", "T1", "S1")}
    check(b, live)
    check(b, live | {"PV1": DEAD}, normal=live, opened=["F1"])


def test_normal_head_terminal_that_leads_to_nothing() -> None:
    """FD's NormalHeadTerminal names an object that is nowhere: the head is derived, and it is said."""
    b = station(grid()).feeder("FD", substation="S1", head_terminal_of=("F1", 1))
    xml = re.sub(r'(NormalHeadTerminal rdf:resource="urn:uuid:)[^"]+', r"\1lost", feeder(b.inside("FD"), 1).to_xml())
    answer = ask_engine(xml, {})
    (der,) = answer["ders"]
    assert [item["name"] for item in der["current"]["feeders"]] == ["FD"]
    assert any(f["code"] == "feeder_rule" and "F1" in f["objects"] for f in answer["findings"])


def mixed_case(xml: str) -> str:
    """Write every second reference of a file in lower case, the rest and all declarations in upper case."""
    count = 0

    def lower(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return found.group().lower().replace("rdf:resource", "rdf:resource") if count % 2 else found.group()

    return re.sub(r'rdf:resource="#_[0-9A-F-]{36}"', lower, xml)


def test_underscore_and_upper_case_mrid() -> None:
    """`rdf:ID="_ABC…"`, references `#_abc…` and `#_ABC…`, `urn:uuid:`, with and without IdentifiedObject.mRID."""
    b = sectioned()
    written = {"uuids": "upper", "ids": "rdf_id"}
    texts = [b.to_xml(**written), mixed_case(b.to_xml(**written)), b.to_xml(uuids="lower")]
    texts.append(b.to_xml(**written, mrids=False))
    assert texts[0] != texts[1] and texts[1].lower() == texts[0].lower()
    upper = Spelling(uuids="upper").mrid("SW")
    answers = [
        comparable_engine(ask_engine(text, {"opened": [name]}))
        for text in texts
        for name in (f"_{upper}", upper.lower(), f"#_{upper}", f"urn:uuid:{upper.lower()}")
    ]
    assert all(answer == answers[0] for answer in answers)
    canonical = {name: Spelling(uuids="lower").mrid(name) for name in ("PV1", "PV2")}
    live = {mrid: answers[0][mrid]["current"]["energisation"] for mrid in canonical.values()}
    assert live == {canonical["PV1"]: "energised", canonical["PV2"]: "unsupplied"}
    assert list(answers[0]) == sorted(canonical.values())


def unaddressable() -> NetworkBuilder:
    """Return DER of every standing: with EndDevice and without, with and without unit, on the bus, behind no switch."""
    b = sectioned().battery("BAb", "bus1").equipment("PowerElectronicsConnection", "bare", ["f1a"])
    b.line("L9", "bus1", "n9").pv("PV9", "n9").synchronous_machine("SM", "f2b").end_device("ED1", "PV1")
    return b.pv("PVu", None)


def test_second_iteration_reading_the_same_list() -> None:
    """What no switch or EndDevice addresses is loaded like the rest, and a report read twice says the same twice."""
    report = attach(unaddressable().build())
    names = {"PV1", "PV2", "BAb", "bare", "PV9", "SM", "PVu"}
    assert {der.name for der in report} == names
    assert [der.as_dict() for der in report] == [der.as_dict() for der in report]
    assert report.to_dict() == report.to_dict()
    assert [der.name for der in report if der.end_devices] == ["PV1"]
    assert [der.name for der in report if not der.end_devices] == sorted(names - {"PV1"})
