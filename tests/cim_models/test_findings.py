"""Findings: every code is raised by some model, with its severity; docs/findings.md is the same table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from cim_models import limits, load_text
from cim_models.findings import CODES, Finding, bounded, finding, first_of
from cim_models.network import Network
from tests.cim_models.small import (
    BODY,
    BREAKER,
    DER,
    LINE,
    NODES,
    SMALL,
    equipment,
    found,
    node,
    rdf,
    to,
    value,
)
from tests.scenarios.support import feeder, grid, station
from topogroup import attach
from topogroup.testing import NetworkBuilder

DOCS = Path(__file__).parents[2] / "docs" / "findings.md"

UNIT_P = "PowerElectronicsUnit.maxP"
MEGAWATTS = (
    '<md:FullModel xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#" rdf:about="urn:uuid:m">'
    "<md:Model.profile>http://entsoe.eu/CIM/EquipmentCore/3/1</md:Model.profile></md:FullModel>"
)
DEVICE = (
    f'<cim:EndDevice rdf:ID="_E">{to("EndDevice.UsagePoint", "P")}</cim:EndDevice>'
    f'<cim:UsagePoint rdf:about="#_P">{to("UsagePoint.Equipments", "PV")}</cim:UsagePoint>'
)


def plate(**values: str) -> str:
    said = "".join(value(f"PowerElectronicsConnection.{name}", text) for name, text in values.items())
    return f'<cim:PowerElectronicsConnection rdf:about="#_PV">{said}</cim:PowerElectronicsConnection>'


def given_p(p: str) -> str:
    return plate(p=p)


def lying(crs: str) -> str:
    """Write a place for the line."""
    point = to("PositionPoint.Location", "l") + value("PositionPoint.xPosition", "10")
    point += value("PositionPoint.yPosition", "50")
    body = f'<cim:ACLineSegment rdf:about="#_L">{to("PowerSystemResource.Location", "l")}</cim:ACLineSegment>'
    body += f'<cim:Location rdf:ID="_l">{to("Location.CoordinateSystem", "c")}</cim:Location>'
    body += f'<cim:CoordinateSystem rdf:ID="_c">{value("CoordinateSystem.crsUrn", crs)}</cim:CoordinateSystem>'
    return body + f'<cim:PositionPoint rdf:ID="_p">{point}</cim:PositionPoint>'


STATEMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "boundary_missing": (BODY.replace(node("n3"), ""), ("n3",)),
    "class_conflict": (BODY + '<cim:Fuse rdf:about="#_CB"/>', ("CB",)),
    "defined_twice": (BODY + '<cim:Breaker rdf:ID="_CB"/>', ("CB",)),
    "class_unknown": (BODY + equipment("FluxCapacitor", "X", "n1 n2"), ()),
    "dangling_reference": (BODY + equipment("Fuse", "X", "n1 n2").split("\n", 1)[1], ("X",)),
    "repeated_value": (
        BODY + f'<cim:Breaker rdf:about="#_CB">{value("Switch.normalOpen", "true")}</cim:Breaker>',
        ("CB",),
    ),
    "value_unreadable": (BODY.replace(">false<", ">maybe<"), ("CB",)),
    "duplicate_mrid": (
        BODY
        + "".join(
            f'<cim:Substation rdf:ID="_s{i}">{value("IdentifiedObject.mRID", "same")}</cim:Substation>' for i in "12"
        ),
        ("s2", "s1"),
    ),
    "voltage_unit_assumed": (
        BODY + f'<cim:BaseVoltage rdf:ID="_b">{value("BaseVoltage.nominalVoltage", "20")}</cim:BaseVoltage>',
        (),
    ),
    "power_unit_assumed": (BODY.replace("</cim:Ph", value("PowerElectronicsUnit.maxP", "0.005") + "</cim:Ph"), ()),
    "power_unbelievable": (BODY.replace("</cim:Ph", value("PowerElectronicsUnit.maxP", "-5") + "</cim:Ph"), ("U",)),
    "position_incomplete": (
        BODY + f'<cim:PositionPoint rdf:ID="_p">{to("PositionPoint.Location", "l")}</cim:PositionPoint>',
        ("p",),
    ),
    "terminal_without_node": (BODY + equipment("Junction", "J", "-"), ("J.T1", "J")),
    "terminal_without_equipment": (
        BODY + f'<cim:Terminal rdf:ID="_t">{to("Terminal.ConnectivityNode", "n1")}</cim:Terminal>',
        ("t",),
    ),
    "switch_one_terminal": (BODY + equipment("Fuse", "F", "n1"), ("F",)),
    "switch_many_terminals": (BODY + equipment("Fuse", "F", "n1 n2 n3"), ("F",)),
    "switch_same_node": (BODY + equipment("Fuse", "F", "n1 n1"), ("F",)),
    "branch_one_terminal": (BODY + equipment("ACLineSegment", "X", "n1"), ("X",)),
    "isolated_nodes": (BODY + node("alone"), ("alone",)),
    "bus_branch_model": (BODY.replace("ConnectivityNode", "TopologicalNode"), ()),
    "phase_unreadable": (
        BODY.replace(
            '<cim:Terminal rdf:ID="_L.T1">',
            '<cim:Terminal rdf:ID="_L.T1"><cim:Terminal.phases rdf:resource="http://iec.ch/TC57/CIM100#PhaseCode.XY"/>',
        ),
        ("L.T1",),
    ),
    "switch_state_assumed": (BODY + equipment("Fuse", "F", "n1 n2"), ("F",)),
    "switch_state_conflict": (
        BODY.replace(
            ">false<",
            ">false</cim:Switch.normalOpen><cim:Switch.open>false</cim:Switch.open><cim:Switch.normalOpen>false<",
        )
        + f'<cim:SvSwitch rdf:ID="_v">{to("SvSwitch.Switch", "CB")}{value("SvSwitch.open", "true")}</cim:SvSwitch>',
        ("CB",),
    ),
    "normal_state_assumed": (BODY.replace("Switch.normalOpen", "Switch.open"), ()),
    "source_decided": (BODY, ()),
    "source_missing": (NODES + BREAKER + LINE + DER, ()),
    "der_without_unit": (BODY + equipment("PowerElectronicsConnection", "P2", "n3"), ("P2",)),
    "unit_without_connection": (BODY + '<cim:BatteryUnit rdf:ID="_B"/>', ("B",)),
    "der_unattached": (BODY + equipment("SynchronousMachine", "M", "-"), ("M",)),
    "power_unit_decided": (MEGAWATTS + BODY.replace("</cim:Ph", value(UNIT_P, "0.005") + "</cim:Ph"), ()),
    "power_unit_doubtful": (MEGAWATTS + BODY.replace("</cim:Ph", value(UNIT_P, "5000") + "</cim:Ph"), ()),
    "p_sign_decided": (MEGAWATTS + BODY + given_p("-0.1"), ()),
    "p_sign_assumed": (BODY + given_p("5000"), ()),
    "p_sign_doubtful": (MEGAWATTS + BODY + given_p("0.1"), ()),
    "nameplate_partial": (
        BODY.replace("</cim:Ph", value(UNIT_P, "5000") + "</cim:Ph") + DER.split("\n")[-2].replace("_U", "_V"),
        ("PV",),
    ),
    "nameplate_contradicts": (BODY + plate(minQ="2", maxQ="1"), ("PV",)),
    "nameplate_doubtful": (BODY + plate(ratedS="0"), ("PV",)),
    "position_local": (BODY + lying("OpenDSSLocalBusCoordinates"), ()),
    "position_unconverted": (BODY + lying("EPSG:31467"), ()),
    "position_outside": (BODY + lying("EPSG:4326").replace(">10<", ">200<"), ()),
    "der_unmapped": (BODY + DEVICE + equipment("AsynchronousMachine", "M", "n3"), ("M",)),
    "der_of_several_devices": (BODY + DEVICE + DEVICE.replace('"_E"', '"_F"'), ("PV",)),
    "end_device_ambiguous": (
        BODY + DEVICE + equipment("AsynchronousMachine", "M", "n3", to("Equipment.UsagePoints", "P")),
        ("E",),
    ),
    "end_device_unmapped": (BODY + '<cim:EndDevice rdf:ID="_E"/>', ("E",)),
    "group_without_der": (BODY + '<cim:EndDeviceGroup rdf:ID="_X"/>', ("X",)),
    "group_circle": (
        BODY + f'<cim:EndDeviceGroup rdf:ID="_X">{to("EndDeviceGroup.EndDeviceGroups", "X")}</cim:EndDeviceGroup>',
        ("X",),
    ),
    "group_refused": (BODY + '<cim:EndDeviceGroup rdf:ID="_two words"/>', ("two words",)),
}
"""Code → a model whose statements raise it, and the objects that it names."""


@pytest.mark.parametrize("code", STATEMENTS)
def test_statements_raise(code: str) -> None:
    body, objects = STATEMENTS[code]
    network = load_text(rdf(body), "model.xml")
    (one,) = found(network, code)
    assert (one.severity, one.objects) == (CODES[code][0], objects)
    assert one.message
    if objects:
        assert one.file is not None
        assert (one.line is None) == (one.file is None)
    if code != "source_decided":
        assert not found(load_text(SMALL), code), "the model without that fault has no such finding"


def test_a_finding_names_file_and_line() -> None:
    network = load_text(rdf(BODY + equipment("Fuse", "F", "n1")), "model.xml")
    (one,) = found(network, "switch_one_terminal")
    text = rdf(BODY + equipment("Fuse", "F", "n1"))
    line = text[: text.index('rdf:ID="_F"')].count("\n") + 1
    assert one.as_dict() == {
        "code": "switch_one_terminal",
        "severity": "warning",
        "objects": ["F"],
        "message": "Fuse F (F) has fewer than two ends with a node and joins nothing; "
        "give it the terminal or the node that is missing.",
        "file": "model.xml",
        "line": line,
    }


def line_between(phases: str, phases2: str) -> NetworkBuilder:
    return feeder(station(grid()), 1).line("X", "f1b", "x", phases=phases, phases2=phases2)


def split_phase(phase: str) -> NetworkBuilder:
    b = feeder(station(grid()), 1).centre_tap("CT", "f1b", "lv", 20_000, phases="A")
    return b.pv("PVs", "lv", phases=phase)


def two_feeders(member: str) -> NetworkBuilder:
    b = station(grid()).feeder("FD1", substation="S1").feeder("FD2", substation="S1")
    feeder(b.inside("FD1"), 1)
    b.inside("FD2").breaker("F2", "bus1", "f2a").line("L2", "f2a", "f2b")
    return b.pv("PV2", "f2b", container=member)


def without_substation(container: str | None) -> NetworkBuilder:
    b = NetworkBuilder().external_network_injection("G", "bus", 20_000)
    b.substation("S")
    return b.breaker("F", "bus", "a").line("L", "a", "b").pv("PV", "b").node("b", container=container)


def border(of: str) -> NetworkBuilder:
    b = feeder(station(grid()), 1).feeder("FN", substation="S1").inside("FN")
    b.line("LN", "f1b", "na").recloser("R", "na", "nb") if of == "inside" else b.recloser("R", "f1b", "na")
    return b.line("LM", "nb" if of == "inside" else "na", "nc").pv("PVn", "nc")


def headed(equipment_name: str, terminal: int) -> NetworkBuilder:
    b = station(grid()).feeder("FD1", substation="S1", head_terminal_of=(equipment_name, terminal))
    return feeder(b.inside("FD1"), 1)


def ends_without_voltage(volts: float) -> NetworkBuilder:
    b = feeder(station(grid()), 1)
    return (
        b.equipment("PowerTransformer", "X", ["f1b", "lv"])
        if not volts
        else b.transformer("X", [("f1b", 20_000), ("lv", volts)])
    )


def without_home() -> NetworkBuilder:
    return feeder(grid().transformer("T1", [("hv", 110_000), ("bus1", 20_000)]), 1)


TOPOLOGY: dict[str, tuple[Callable[[], NetworkBuilder], Callable[[], NetworkBuilder]]] = {
    "line_transposed": (lambda: line_between("A", "B"), lambda: line_between("A", "A")),
    "neutral_only": (lambda: line_between("N", "N"), lambda: line_between("AN", "AN")),
    "phase_mismatch": (lambda: line_between("AB", "C"), lambda: line_between("AB", "AB")),
    "phase_not_at_node": (lambda: split_phase("B"), lambda: split_phase("A")),
    "secondary_phase_by_primary": (lambda: split_phase("A"), lambda: split_phase("s1")),
    "substation_derived": (without_home, lambda: feeder(station(grid()), 1)),
    "substation_unknown": (lambda: without_substation(None), lambda: without_substation("S")),
    "container_disagrees": (lambda: two_feeders("FD1"), lambda: two_feeders("FD2")),
    "head_not_found": (lambda: headed("PV1", 1), lambda: headed("F1", 1)),
    "feeder_without_head": (lambda: floating_feeder(True), lambda: floating_feeder(False)),
    "voltage_by_neighbours": (lambda: station(grid(base_voltages=False)), lambda: station(grid())),
    "voltage_unknown": (lambda: ends_without_voltage(0), lambda: ends_without_voltage(400)),
}
"""Code → a network that raises it, and one like it that does not."""


def floating_feeder(floating: bool) -> NetworkBuilder:
    """Return a feeder container that supply can enter nowhere, or through a recloser."""
    b = feeder(station(grid()), 1).feeder("FN", substation="S1").inside("FN")
    b.line("LN", "na", "nb").pv("PVn", "nb")
    return b if floating else b.recloser("R", "f1b", "na")


@pytest.mark.parametrize("code", TOPOLOGY)
def test_topology_raises(code: str) -> None:
    with_fault, without = TOPOLOGY[code]
    raised = [f for f in attach(with_fault().build()).findings if f.code == code]
    assert raised
    assert {f.severity for f in raised} == {CODES[code][0]}
    assert code not in {f.code for f in attach(without().build()).findings}


def test_a_feeder_container_that_holds_everything_is_no_boundary() -> None:
    b = grid().substation("S1").feeder("FALL", substation="S1").inside("FALL")
    b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)]).line("L1", "bus1", "n1").pv("PV1", "n1")
    raised = [f for f in attach(b.build()).findings if f.code == "feeder_unusable"]
    assert [f.objects for f in raised] == [("FALL",)]
    assert "a substation transformer" in raised[0].message


def test_feeder_rule_is_said_per_feeder() -> None:
    b = feeder(feeder(station(grid()), 1), 2)
    rules = [f for f in attach(b.build()).findings if f.code == "feeder_rule"]
    assert sorted(f.objects[1] for f in rules) == ["F1", "F2"]


def back_fed_ring() -> NetworkBuilder:
    """bus1 lost its transformer and hangs on F1 and F2, which are tied to F8 and F9 of bus2: a ring of parts."""
    b = station(grid(), 2).breaker("T1-H", "hv", "t1h").substation("S1").busbar("BB1", "bus1", container="S1")
    b.transformer("T1", [("t1h", 110_000), ("bus1", 20_000)], container="S1").pv("PVb", "bus1")
    for number, bus in ((1, "bus1"), (2, "bus1"), (8, "bus2"), (9, "bus2")):
        feeder(b, number, bus)
    return b.breaker("TIE18", "f1b", "f8b", open=True).breaker("TIE29", "f2b", "f9b", open=True)


def test_supply_too_meshed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question with steps enough, and with none."""
    network = back_fed_ring().build()
    monkeypatch.setattr(limits, "BACK_FEED_STEPS_MAX", 0)
    report = attach(network, opened=["T1-H"], closed=["TIE18", "TIE29"])
    raised = [f for f in report.findings if f.code == "supply_too_meshed"]
    assert [(f.severity, f.message) for f in raised] == [
        ("error", "1 back-fed parts of level feeder in the current state.")
    ]
    monkeypatch.undo()
    whole = attach(network, opened=["T1-H"], closed=["TIE18", "TIE29"])
    assert "supply_too_meshed" not in {f.code for f in whole.findings}
    (on_bus,) = [der.current for der in whole if der.mrid == "PVb"]
    assert [item.name for item in on_bus.feeders] == ["F8", "F9"]


FILES = {"file_skipped", "difference_model_skipped", "state_file_broken", "switch_state_unknown"}
"""Raised in test_folders_and_zips."""

OF_GROUPS = {"group_kept", "group_name_shared"}
"""Raised in tests/engine/test_model_groups."""

OF_FEEDS = {"alias_ambiguous", "alias_dangling", "alias_hides_name", "name_unattached", "plan_step_unmapped"}
"""See `test_names`, and `test_aliases` and `test_switching_plan` of their floors."""

OF_VERSIONS = {
    *("difference_adds_known", "difference_without_base", "reported_switch_gone", "state_not_taken"),
    "given_entry_waits",
}
"""Told of versions: `test_difference.py`, `test_versions.py`, `test_given.py`, `engine/test_versions.py`,
`cli/test_regroup.py`."""

ELSEWHERE = (
    FILES
    | OF_VERSIONS
    | OF_GROUPS
    | OF_FEEDS
    | {"feeder_rule", "feeder_unusable", "supply_too_meshed", "more_of_the_same"}
)


def test_every_code_is_raised_by_some_test() -> None:
    assert CODES.keys() == STATEMENTS.keys() | TOPOLOGY.keys() | ELSEWHERE


def test_docs_are_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(code, severity, meaning) for code, (severity, meaning) in CODES.items()] == rows


def test_many_of_one_code_are_counted_and_never_made() -> None:
    """Of 1,003 switches on one node those of lowest mRID are named, the rest are one number."""
    most = limits.FINDINGS_PER_CODE_MAX
    names = [f"F{i:04}" for i in range(most + 3)]
    body = BODY + "".join(equipment("Fuse", name, "n1 n1", value("Switch.open", "true")) for name in reversed(names))
    network = load_text(rdf(body))
    assert [f.objects for f in found(network, "switch_same_node")] == [(name,) for name in names[:most]]
    (more,) = found(network, "more_of_the_same")
    assert more.message == "3 more findings of code switch_same_node are not listed."
    made: list[int] = []

    def make(row: int) -> Finding:
        made.append(row)
        return finding("switch_same_node", "x")

    first = first_of("switch_same_node", np.arange(most + 3), make)
    assert made == list(range(most))
    assert first[-1] == more


def test_an_unknown_code_is_a_bug() -> None:
    with pytest.raises(KeyError):
        finding("no_such_code", "x")


def test_objects_of_a_finding_are_bounded() -> None:
    names = [str(i) for i in range(limits.FINDING_OBJECTS_MAX + 1)]
    assert finding("isolated_nodes", "x", names).objects == tuple(names[:-1])


def test_findings_are_bounded_and_sorted() -> None:
    most = limits.FINDINGS_PER_CODE_MAX
    given: Iterable[Finding] = [
        *(finding("isolated_nodes", "x", [f"{i:05}"]) for i in reversed(range(most + 2))),
        *(finding("class_conflict", "x", [f"{i:05}"]) for i in range(most)),
        finding("supply_too_meshed", "x"),
    ]
    kept = bounded(given)
    assert [f.code for f in kept] == [
        "supply_too_meshed",
        *["class_conflict"] * most,
        *["isolated_nodes"] * most,
        "more_of_the_same",
    ]
    assert [f.objects[0] for f in kept[1 + most : -1]] == [f"{i:05}" for i in range(most)]
    assert kept[-1].message == "2 more findings of code isolated_nodes are not listed."
    assert bounded([]) == ()
    (counted,) = bounded([], {"isolated_nodes": 4, "class_conflict": 0})
    assert counted.message == "4 more findings of code isolated_nodes are not listed."


def test_a_finding_is_said_once() -> None:
    """A property that several parts of extraction look at."""
    body = BODY + "".join(f'<cim:Substation rdf:ID="_s{i}"/>' for i in "12")
    homes = "".join(to("Equipment.EquipmentContainer", f"s{i}") for i in "12")
    body += f'<cim:Breaker rdf:about="#_CB">{homes}</cim:Breaker>'
    network: Network = load_text(rdf(body))
    assert [f.objects for f in found(network, "repeated_value")] == [("CB",)]
    assert network.equipment.container.tolist()[0] == 0
