"""Dirty data: each fault has a defined behaviour, in engine and oracle, and a finding that names it and its mend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cim_models.findings import CODES
from tests.cli.conftest import Cli, cli
from tests.scenarios.support import DEAD, UNATTACHED, Expected, ask_engine, check, feeder, grid, on, partly, station
from topogroup.testing import NetworkBuilder

__all__ = ["cli"]

F1 = on("~F1", "T1", "S1")


def clean() -> NetworkBuilder:
    """Return bus1--F1--L1--f1b(PV1)."""
    return feeder(station(grid()), 1)


def behind() -> NetworkBuilder:
    """Return the same with f1b--L2--f2b(PV2) behind it."""
    return clean().line("L2", "f1b", "f2b").pv("PV2", "f2b")


def found(b: NetworkBuilder, code: str) -> list[tuple[list[str], str]]:
    """Return objects and message of all findings of a code, each with the severity of the table."""
    raised = [f for f in ask_engine(b.to_xml(), {})["findings"] if f["code"] == code]
    assert all(f["severity"] == CODES[code][0] for f in raised)
    return [(f["objects"], f["message"]) for f in raised]


def says(b: NetworkBuilder, code: str, *objects: str, name: str, mend: str) -> None:
    """Require exactly one finding of a code, about these objects, that names one and says how to mend it."""
    assert not found(behind(), code), "the clean network has no such finding"
    ((about, message),) = found(b, code)
    assert about == list(objects)
    assert name in message and mend in message and message.endswith(".")


def both(live: bool = True) -> dict[str, Expected]:
    """Return the expectation for PV1 and for PV2 behind it."""
    return {"PV1": F1, "PV2": F1 if live else DEAD}


# ---- switches


def test_switch_with_both_terminals_on_one_node() -> None:
    """f2b has SW on itself: whatever it does, nothing changes."""
    b = behind().load_break_switch("SW", "f2b", "f2b")
    check(b, both())
    check(b, both(), opened=["SW"])
    says(b, "switch_same_node", "SW", name="LoadBreakSwitch SW (SW)", mend="give the far end a node of its own")


def test_switch_with_both_terminals_on_one_node_in_a_bay_is_no_head() -> None:
    """bus1(SW on itself)--F1--L1: F1 is the head, and SW separates nothing."""
    b = station(grid()).breaker("SW", "bus1", "bus1").breaker("F1", "bus1", "f1a").disconnector("D", "f1a", "f1a")
    b.line("L1", "f1a", "f1b").pv("PV1", "f1b")
    check(b, {"PV1": F1})
    check(b, {"PV1": F1}, opened=["SW", "D"])
    assert [objects for objects, _ in found(b, "switch_same_node")] == [["D"], ["SW"]]


@pytest.mark.parametrize("state", [False, True])
def test_switch_with_one_terminal(state: bool) -> None:
    """f1b--SW, and no second terminal: it leads nowhere, and its node is as before."""
    b = behind().switch("SW", "f1b", None, cls="Disconnector", open=state)
    check(b, both())
    says(b, "switch_one_terminal", "SW", name="Disconnector SW (SW)", mend="give it the terminal or the node")


def test_switch_whose_second_terminal_has_no_node() -> None:
    """f1b--SW--(nothing), f2a--L2--PV2: PV2 stays dead; switch and terminal are both named."""
    b = clean().equipment("Fuse", "SW", ["f1b", None]).say("SW", "Switch.open", False)
    b.line("L2", "f2a", "f2b").pv("PV2", "f2b")
    check(b, both(live=False))
    check(b, both(live=False), closed=["SW"])
    says(b, "switch_one_terminal", "SW", name="Fuse SW (SW)", mend="give it the terminal or the node")
    says(b, "terminal_without_node", "SW.T2", "SW", name="SW_T2", mend="give it a Terminal.ConnectivityNode")


def test_switch_without_any_terminal() -> None:
    """SW stands in the model and nowhere in the network."""
    b = behind().equipment("Recloser", "SW", []).say("SW", "Switch.normalOpen", False)
    check(b, both())
    says(b, "switch_one_terminal", "SW", name="Recloser SW (SW)", mend="give it the terminal or the node")


def three_ended(open: bool = False) -> NetworkBuilder:
    """Return f1b--SW--f2a--L2--PV2 with a third end of SW at f3a--L3--PV3."""
    b = clean().load_break_switch("SW", "f1b", "f2a", open=open).terminal("SW", "f3a")
    b.line("L2", "f2a", "f2b").pv("PV2", "f2b").line("L3", "f3a", "f3b").pv("PV3", "f3b")
    return b


def test_switch_with_three_terminals() -> None:
    """Closed it joins all three ends, open none."""
    check(three_ended(), both() | {"PV3": F1})
    check(three_ended(), both(live=False) | {"PV3": DEAD}, opened=["SW"])
    check(three_ended(open=True), both(live=False) | {"PV3": DEAD})
    says(three_ended(), "switch_many_terminals", "SW", name="LoadBreakSwitch SW (SW) has 3 ends", mend="make each a")


def test_switch_with_three_terminals_bounds_three_sections() -> None:
    """No two of its three sides are one section, not even while it is closed."""
    answer = check(three_ended(), both() | {"PV3": F1})
    assert len({answer.section(name) for name in ("PV1", "PV2", "PV3")}) == 3


def test_switch_with_three_terminals_as_head() -> None:
    """bus1--F1(three ends)--L1--PV1 and L2--PV2: two lines behind one head are one feeder."""
    b = station(grid()).breaker("F1", "bus1", "f1a").terminal("F1", "f2a")
    b.line("L1", "f1a", "f1b").pv("PV1", "f1b").line("L2", "f2a", "f2b").pv("PV2", "f2b")
    check(b, both())
    check(b, {"PV1": DEAD, "PV2": DEAD}, normal=both(), opened=["F1"])


def test_switch_with_three_terminals_of_which_two_share_a_node() -> None:
    """f1b--SW--f1b, f2a: the third end is joined all the same."""
    b = clean().switch("SW", "f1b", "f1b").terminal("SW", "f2a").line("L2", "f2a", "f2b").pv("PV2", "f2b")
    check(b, both())
    check(b, both(live=False), normal=both(), opened=["SW"])
    assert not found(b, "switch_same_node")


# ---- terminals and nodes


def test_terminal_without_node() -> None:
    """f1b--L2--(nothing): the line leads nowhere, PV2 beyond is dead, and line and terminal are named."""
    b = clean().equipment("ACLineSegment", "L2", ["f1b", None]).pv("PV2", "f2b")
    check(b, both(live=False))
    says(b, "terminal_without_node", "L2.T2", "L2", name="ACLineSegment L2 (L2)", mend="Terminal.ConnectivityNode")
    says(b, "branch_one_terminal", "L2", name="ACLineSegment L2 (L2)", mend="give it the terminal or the node")


def test_transformer_end_without_node() -> None:
    """f1b--ST--(nothing): a service transformer that feeds nobody."""
    b = clean().equipment("PowerTransformer", "ST", ["f1b", None]).pv("PV2", "lv")
    check(b, both(live=False))
    says(b, "branch_one_terminal", "ST", name="PowerTransformer ST (ST)", mend="give it the terminal or the node")


def test_der_whose_terminal_has_no_node() -> None:
    """PV2 hangs on nothing; its container is no guess."""
    b = clean().pv("PV2", None)
    check(b, {"PV1": F1, "PV2": UNATTACHED})
    says(b, "der_unattached", "PV2", name="PowerElectronicsConnection PV2 (PV2)", mend="a ConnectivityNode")


def test_der_whose_first_terminal_has_no_node_hangs_at_the_second() -> None:
    """A connection with two terminals, of which one has a node."""
    b = behind().equipment("PowerElectronicsConnection", "P", [None, "f2b"])
    check(b, both() | {"P": F1})


def test_terminal_without_equipment() -> None:
    """A terminal that belongs to nothing is at no place, its node is as before."""
    plain = behind().to_xml()
    terminal = '<cim:Terminal rdf:about="urn:uuid:X"><cim:Terminal.ConnectivityNode rdf:resource="urn:uuid:n.f1b"/>'
    xml = plain.replace("</rdf:RDF>", f"{terminal}</cim:Terminal></rdf:RDF>")
    assert ask_engine(xml, {})["ders"] == ask_engine(plain, {})["ders"]
    ((objects, message),) = [
        (f["objects"], f["message"])
        for f in ask_engine(xml, {})["findings"]
        if f["code"] == "terminal_without_equipment"
    ]
    assert objects == ["X"] and "Terminal X belongs to no equipment" in message and "or remove it" in message


def test_isolated_nodes() -> None:
    """Two nodes to which nothing is connected are no part of the network."""
    b = behind().node("lone1").node("lone2", container="S1")
    check(b, both())
    says(b, "isolated_nodes", "n.lone1", "n.lone2", name="2 nodes", mend="remove them, or name them")
    ((_, message),) = found(b, "isolated_nodes")
    assert "such as ConnectivityNode lone1 (n.lone1)" in message


def test_node_with_nothing_but_a_der() -> None:
    """x(PVx): a node is a place, and a dead one where nothing leads to it."""
    check(clean().pv("PVx", "x"), {"PV1": F1, "PVx": DEAD})


@pytest.mark.parametrize("spelling", [{}, {"phases": "terminal"}])
def test_der_beside_another_on_a_lone_node_has_its_phases(spelling: dict[str, Any]) -> None:
    """x(PVx on BC, PVy says nothing): all that is said of x is BC, as …Phase objects or at the terminal."""
    b = clean().pv("PVx", "x", phases="BC").pv("PVy", "x")
    answer = check(b, {"PV1": F1, "PVx": DEAD, "PVy": DEAD}, spelling=spelling)
    assert answer.ders["PVy"]["phases"] == "BC"


# ---- voltages


def without_base_voltages() -> NetworkBuilder:
    """Return the network in which transformer ends alone tell voltages."""
    return feeder(station(grid(base_voltages=False)), 1).line("L2", "f1b", "f2b").pv("PV2", "f2b")


def test_equipment_without_base_voltage() -> None:
    """What it is joined to tells the voltage: F1 is a primary feeder as before."""
    check(without_base_voltages(), both())
    says(
        without_base_voltages(),
        "voltage_by_neighbours",
        *sorted(("grid", "BB1", "F1", "L1", "L2", "PV1", "PV2")),
        name="7 pieces of equipment have no base voltage, such as BusbarSection BB1 (BB1)",
        mend="ConductingEquipment.BaseVoltage",
    )


def test_low_voltage_feeder_without_base_voltage_is_one_by_its_transformer() -> None:
    """f2b--ST--lv--Q--LL(in container LF)--PVl, no base voltage anywhere: LF is a low-voltage feeder by ST's end."""
    b = without_base_voltages().transformer("ST", [("f2b", 20_000), ("lv", 400)]).feeder("LF")
    b.fuse("Q", "lv", "la").line("LL", "la", "lb", container="LF").pv("PVl", "lb")
    check(b, both() | {"PVl": on("~F1", "T1", "S1", low_voltage="LF", service="ST")})


def test_equipment_without_base_voltage_and_without_neighbours_that_tell() -> None:
    """grid(no voltage)--a--F--L--PV1: its feeder counts as primary."""
    b = NetworkBuilder(base_voltages=False).substation("S1")
    b.equipment("ExternalNetworkInjection", "grid", ["bus"]).breaker("F1", "bus", "f1a", container="S1")
    b.line("L1", "f1a", "f1b").pv("PV1", "f1b")
    check(b, {"PV1": on("~F1", "", "S1")})
    says(
        b,
        "voltage_unknown",
        *sorted(("grid", "F1", "L1", "PV1")),
        name="4 pieces of equipment have no base voltage, such as Breaker F1 (F1)",
        mend="a feeder there counts as primary; give each a ConductingEquipment.BaseVoltage",
    )


def test_transformer_without_any_voltage() -> None:
    """f1b--ST(no voltages)--lv(PV2): it conducts, and is no service transformer."""
    b = clean().equipment("PowerTransformer", "ST", ["f1b", "lv"])
    b.pv("PV2", "lv").node("lv", volts=400)
    check(b, both())
    says(b, "voltage_unknown", "ST", name="PowerTransformer ST (ST)", mend="a TransformerEnd.BaseVoltage")


# ---- phases


def test_line_whose_ends_share_no_phase() -> None:
    """f1b--L2(AB at one end, C at the other)--f2b(PV2): nothing passes."""
    b = clean().line("L2", "f1b", "f2b", phases="AB", phases2="C").pv("PV2", "f2b", phases="C")
    check(b, both(live=False))
    message = "ACLineSegment L2 (L2) names phases AB at one end and C at the other: nothing passes"
    says(b, "phase_mismatch", "L2", name=message, mend="correct the phases of its terminals")


def test_line_whose_ends_share_some_phases() -> None:
    """f1b--L2(AB at one end, BC at the other)--f2b: B passes; PV2 on C is dead, PV3 on BC half."""
    b = clean().line("L2", "f1b", "f2b", phases="AB", phases2="BC").pv("PV2", "f2b", phases="C")
    b.pv("PV3", "f2b", phases="BC").pv("PV4", "f2b", phases="B")
    check(b, both(live=False) | {"PV3": partly("~F1", "T1", "S1", by_phase={"B": F1, "C": DEAD}), "PV4": F1})
    says(b, "phase_mismatch", "L2", name="L2 (L2) names phases AB at one end and BC", mend="only B passes; correct")


def test_line_whose_ends_name_different_single_phases() -> None:
    """f1b--L2(A at one end, B at the other)--f2b(PV2 on B): joined, as a transposition."""
    b = clean().line("L2", "f1b", "f2b", phases="A", phases2="B").pv("PV2", "f2b", phases="B")
    check(b, both())
    says(b, "line_transposed", "L2", name="ACLineSegment L2 (L2) names phases A at one end and B", mend="correct the")


def test_line_that_names_its_phases_at_one_end_only() -> None:
    """f1b--L2(AB, nothing said)--f2b: AB passes, and that is no contradiction."""
    b = clean().equipment("ACLineSegment", "L2", ["f1b", "f2b"], terminal_phases=["AB", None])
    check(b.pv("PV2", "f2b", phases="B"), both())
    assert not found(b, "phase_mismatch")


@pytest.mark.parametrize("said", [{"phases": "N"}, {"terminal_phases": ["N", "N"]}, {"terminal_phases": [None, "N"]}])
def test_neutral_conductor_is_no_path(said: dict[str, Any]) -> None:
    """f1b--SW(open)--f2b(PV2), and beside the switch a conductor of N alone: it feeds nobody, whoever says N."""
    b = clean().load_break_switch("SW", "f1b", "f2b", open=True).pv("PV2", "f2b")
    b.equipment("ACLineSegment", "LN", ["f1b", "f2b"], **said)
    check(b, both(live=False))
    check(b, both(), closed=["SW"])
    check(b.pv("PV3", "f1b", phases="A"), both(live=False) | {"PV3": F1})
    says(b, "neutral_only", "LN", name="ACLineSegment LN (LN) names phase N alone", mend="the phases that it carries")


def test_switch_whose_ends_share_no_phase() -> None:
    """f1b--SW(AB at one end, C at the other)--f2a(PV2): closed, nothing passes."""
    b = clean().switch("SW", "f1b", "f2a", terminal_phases=["AB", "C"]).pv("PV2", "f2a", phases="C")
    check(b, both(live=False))
    check(b, both(live=False), closed=["SW"])
    says(b, "phase_mismatch", "SW", name="Switch SW (SW) names phases AB at one end and C", mend="nothing passes")


def test_transformer_whose_ends_share_no_phase() -> None:
    """f1b--ST(AN / BN, CN)--lv: nothing passes."""
    tanks = {"tank": [("f1b", 20_000, "ABN"), ("lv", 400, "CN")]}
    b = clean().tank_transformer("ST", tanks).pv("PV2", "lv", phases="C")
    check(b, both(live=False))
    says(b, "phase_mismatch", "ST", name="ST (ST) has ends with phases AB and C", mend="correct the phases of its")


def test_line_that_shares_no_phase_with_its_node() -> None:
    """f1b--L2(A)--x--L3(B)--f2b(PV2 on B): at x nothing passes; both lines are named."""
    b = clean().line("L2", "f1b", "x", phases="A").line("L3", "x", "f2b", phases="B").pv("PV2", "f2b", phases="B")
    check(b, both(live=False))
    assert [objects for objects, _ in found(b, "phase_not_at_node")] == [["L2", "n.x"], ["L3", "n.x"]]
    assert found(b, "phase_not_at_node")[0][1] == (
        "ACLineSegment L2 (L2) shares no phase with anything else at node x: nothing passes there; "
        "correct its phases or theirs."
    )


def test_laterals_of_other_phases_at_one_node_are_no_mismatch() -> None:
    """f1b with laterals on A, B and C, and three single-phase transformers: each shares one with the trunk."""
    b = clean()
    for phase in "ABC":
        b.line(f"L{phase}", "f1b", f"x{phase}", phases=phase).pv(f"PV{phase}", f"x{phase}", phases=phase)
        b.tank_transformer(f"ST{phase}", {f"tank{phase}": [("f1b", 20_000, f"{phase}N"), ("lv", 400, f"{phase}N")]})
    check(b, {"PV1": F1} | {f"PV{phase}": F1 for phase in "ABC"})
    assert not found(b, "phase_not_at_node")


def test_der_on_a_phase_that_its_node_does_not_have() -> None:
    """f1b--L2(AB)--f2b: PV2 on C hangs on nothing, PV3 on BC on B alone."""
    b = clean().line("L2", "f1b", "f2b", phases="AB").pv("PV2", "f2b", phases="C").pv("PV3", "f2b", phases="BC")
    check(b, both(live=False) | {"PV3": partly("~F1", "T1", "S1", by_phase={"B": F1, "C": DEAD})})
    assert [objects for objects, _ in found(b, "phase_not_at_node")] == [["PV2", "n.f2b"], ["PV3", "n.f2b"]]
    assert found(b, "phase_not_at_node")[0][1] == (
        "PowerElectronicsConnection PV2 (PV2) names phases C, its node f2b has AB: on the others it hangs on nothing; "
        "correct its phases or those of what leads to the node."
    )


@pytest.mark.parametrize("phases", ["A", "s1", "s1s2"])
def test_der_behind_a_centre_tap_named_by_letter_or_half_is_no_mismatch(phases: str) -> None:
    """f1b--ST(AN / s1N, Ns2)--lv(PV2): A, s1 and s2 are one conductor there."""
    b = clean().centre_tap("ST", "f1b", "lv", 20_000, phases="A").pv("PV2", "lv", phases=phases)
    check(b, {"PV1": F1, "PV2": on("~F1", "T1", "S1", service="ST")})
    assert not found(b, "phase_not_at_node")


# ---- all of it at once, as people see it


def dirty() -> NetworkBuilder:
    """Return a network with each of these faults."""
    b = behind().switch("SAME", "f1b", "f1b").switch("ONE", "f1b", None).node("lone")
    b.switch("THREE", "f1b", "t2").terminal("THREE", "t3").equipment("ACLineSegment", "OPEN", ["f1b", None])
    b.line("MIX", "f1b", "m", phases="AB", phases2="C").pv("PVm", "m", phases="A").pv("PVu", None)
    return b.equipment("PowerTransformer", "BARE", ["f1b", "lv"])


def test_inspect_shows_every_fault(cli: Cli, tmp_path: Path) -> None:
    """`inspect --json`: code, severity, objects, message, file and line of each."""
    model = dirty().write(tmp_path / "dirty.xml")
    shown: list[dict[str, Any]] = cli("inspect", model, "--json").json()["findings"]
    faults = {f["code"]: f["objects"] for f in shown}
    expected = {
        "switch_same_node": ["SAME"],
        "switch_one_terminal": ["ONE"],
        "switch_many_terminals": ["THREE"],
        "terminal_without_node": ["PVu.T1", "PVu"],
        "branch_one_terminal": ["OPEN"],
        "isolated_nodes": ["n.lone"],
        "phase_mismatch": ["MIX"],
        "phase_not_at_node": ["PVm", "n.m"],
        "der_unattached": ["PVu"],
        "voltage_unknown": ["BARE"],
    }
    assert {code: faults.get(code) for code in expected} == expected
    lines = model.read_text(encoding="utf-8").splitlines()
    for f in shown:
        if f["code"] in ("switch_same_node", "switch_one_terminal", "isolated_nodes"):
            assert f["file"] == str(model) and f'"urn:uuid:{f["objects"][0]}"' in lines[f["line"] - 1]
    attached = json.loads(cli("attach", model, "--json").out)["findings"]
    assert [f for f in attached if f["code"] in expected] == [f for f in shown if f["code"] in expected]
