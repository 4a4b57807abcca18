"""The variants of real files, by the numbers of the reference on models (section 4), each made by hand.

What the real files hold is tested in `tests/models`; here each variant stands alone, so that its loss is seen.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cim_models import Network, load_text
from cim_models.errors import FileError, IdError
from tests.cim_models.rdf_text import PREFIXES, SAME_BUT
from tests.cim_models.small import (
    BODY,
    BREAKER,
    LINE,
    NODES,
    SMALL,
    SOURCE,
    codes,
    equal,
    equipment,
    found,
    node,
    rdf,
    refused,
    to,
    value,
    zip_bytes,
    zipped,
)
from tests.cim_models.test_refused_files import DIFFERENCE, write
from topogroup import attach

UUID = "276809DF-6493-4DAE-A7BB-AD78A5F0DA95"


def test_variant_01_about_and_id_with_underscore_are_one_object() -> None:
    about = SMALL.replace('rdf:ID="_', 'rdf:about="urn:uuid:').replace('rdf:resource="#_', 'rdf:resource="urn:uuid:')
    equal(load_text(about), load_text(SMALL), but=SAME_BUT)


def test_variant_02_upper_and_lower_case_are_one_object() -> None:
    text = SMALL.replace('rdf:ID="_CB"', f'rdf:about="urn:uuid:_{UUID}"').replace("#_CB", f"#_{UUID.lower()}")
    network = load_text(text)
    assert UUID.lower() in list(network.equipment.id)
    assert network.pole.node1.tolist() == load_text(SMALL).pole.node1.tolist()


def test_variant_03_profiles_join_whatever_file_they_lie_in(tmp_path: Path) -> None:
    ssh = rdf(f'<cim:Breaker rdf:about="#_CB">{value("Switch.open", "true")}</cim:Breaker>')
    network = Network.load(write(tmp_path, SMALL, "eq.xml"), write(tmp_path, ssh, "ssh.xml"))
    assert network.pole.current_open.tolist() == [True]


def test_variant_04_mrids_are_absent_shared_or_no_uuids() -> None:
    same = value("IdentifiedObject.mRID", "istdistd-istd-istd-istd-istdistdistd")
    text = SMALL.replace('rdf:ID="_CB">', f'rdf:ID="_CB">{same}').replace('rdf:ID="_L">', f'rdf:ID="_L">{same}')
    network = load_text(text)
    assert list(network.equipment.id) == ["CB", "G", "L", "PV"]
    (shared,) = found(network, "duplicate_mrid")
    assert (set(shared.objects), shared.file, shared.line is not None) == ({"CB", "L"}, "text", True)


def test_variant_05_names_are_no_keys() -> None:
    twin = equipment("PowerElectronicsConnection", "P2", "n3").replace(">P2<", ">PV<")
    network = load_text(rdf(BODY + twin))
    assert [network.equipment.name[int(e)] for e in network.der.equipment] == ["PV", "PV"]
    ties = (BODY + BREAKER.replace("_CB", "_C2")).replace(">CB<", ">tie<")
    with pytest.raises(IdError) as caught:
        attach(load_text(rdf(ties)), opened=["tie"])
    assert caught.value.code == "ambiguous_id"


def test_variant_06_dangling_references_are_findings_with_a_place() -> None:
    text = rdf(BODY + equipment("Fuse", "F", "n1 n2").split("\n", 1)[1])
    (lost,) = found(load_text(text), "dangling_reference")
    line = 1 + text[: text.index('rdf:ID="_F.T1"')].count("\n")
    assert (lost.objects, lost.file, lost.line) == (("F",), "text", line)
    assert not found(load_text(SMALL), "dangling_reference", "boundary_missing")
    assert found(load_text(rdf(BODY.replace(node("n3"), ""))), "boundary_missing")


@pytest.mark.parametrize(
    "namespace",
    [
        "http://iec.ch/TC57/2013/CIM-schema-cim16#",
        "http://iec.ch/TC57/2016/CIM-schema-cim17#",
        "http://iec.ch/TC57/2012/CIM-schema-cim17#",
        "http://iec.ch/TC57/CIM100#",
        "http://ucaiug.org/61970cim18v02_61968cim14v00#",
        "http://ucaiug.org/ns/CIM#",
        "https://cim.ucaiug.io/ns#",
    ],
)
def test_variant_07_every_namespace(namespace: str) -> None:
    equal(load_text(SMALL.replace("http://iec.ch/TC57/CIM100#", namespace)), load_text(SMALL))


def test_variant_07_an_unknown_namespace_is_named(tmp_path: Path) -> None:
    text = SMALL.replace("http://iec.ch/TC57/CIM100#", "http://example.org/CIM999#")
    assert "http://example.org/CIM999#" in refused("not_cim", write(tmp_path, text)).message


def test_variant_08_two_prefixes_of_one_namespace() -> None:
    body = re.sub(r"(</?)cim:(Terminal)", r"\1ns1:\2", BODY)
    equal(load_text(rdf(body, more=' xmlns:ns1="http://iec.ch/TC57/CIM100#"')), load_text(SMALL))


@pytest.mark.parametrize("first", [True, False])
def test_variant_09_ssh_does_not_take_the_class_away(first: bool) -> None:
    typed = "".join(f'<cim:{kind} rdf:about="#_{of}"/>' for kind, of in (("Equipment", "L"), ("Switch", "CB")))
    network = load_text(rdf(typed + BODY if first else BODY + typed))
    assert (network.counts["ACLineSegment"], network.counts["Breaker"]) == (1, 1)
    assert not {"Equipment", "Switch"} & network.counts.keys()


def test_variant_10_units_in_both_spellings_and_directions() -> None:
    back = re.sub(r"<cim:PowerElectronicsUnit\.Power[^>]*/>", "", BODY).replace("PhotovoltaicUnit", "PhotoVoltaicUnit")
    link = to("PowerElectronicsConnection.PowerElectronicsUnit", "U")
    network = load_text(
        rdf(back + f'<cim:PowerElectronicsConnection rdf:about="#_PV">{link}</cim:PowerElectronicsConnection>')
    )
    assert attach(network)[0].kind == "pv"
    wind = UNIT_OF.format(cls="PowerElectronicsWindUnit", id="W")
    assert attach(load_text(rdf(BODY + wind)))[0].kind == "hybrid"


UNIT_OF = (
    '<cim:{cls} rdf:ID="_{id}"><cim:PowerElectronicsUnit.PowerElectronicsConnection rdf:resource="#_PV"/></cim:{cls}>'
)


def test_variant_11_der_as_energy_sources_machines_and_injections() -> None:
    ders = "".join(
        equipment(cls, cls, "n3", more)
        for cls, more in (
            ("EnergySource", value("EnergySource.activePower", "-0.0")),
            ("SynchronousMachine", ""),
            ("AsynchronousMachine", value("AsynchronousMachine.asynchronousMachineType", "generator")),
            ("EquivalentInjection", ""),
        )
    )
    network = load_text(rdf(NODES + SOURCE + BREAKER + LINE + ders))
    assert sorted(network.ders()) == [
        "AsynchronousMachine",
        "EnergySource",
        "EquivalentInjection",
        "SynchronousMachine",
    ]
    assert [network.equipment.id[int(e)] for e in network.source.equipment] == ["G"]


@pytest.mark.parametrize("text", ["false", "true", "False", "True"])
def test_variant_12_truth_values_in_any_case(tmp_path: Path, text: str) -> None:
    network = load_text(SMALL.replace(">false<", f">{text}<"))
    assert network.pole.normal_open.tolist() == [text.lower() == "true"]
    typed = PREFIXES + f"<#_CB> a cim:Breaker ; cim:Switch.open {text.lower()} ."
    both = Network.load(write(tmp_path, SMALL, "eq.xml"), write(tmp_path, typed, "ssh.ttl"))
    assert both.pole.current_open.tolist() == [text.lower() == "true"]


@pytest.mark.parametrize(
    ("open_", "solved", "normal", "current", "finding"),
    [
        ("true", "false", "false", True, "switch_state_conflict"),
        (None, "true", "false", True, None),
        (None, None, "true", True, None),
        (None, None, None, False, "switch_state_assumed"),
        ("false", None, "true", False, None),
    ],
)
def test_variant_13_the_order_of_states(
    open_: str | None, solved: str | None, normal: str | None, current: bool, finding: str | None
) -> None:
    said = value("Switch.open", open_) if open_ else ""
    said += value("Switch.normalOpen", normal) if normal else ""
    state = value("SvSwitch.open", solved or "")
    sv = f'<cim:SvSwitch rdf:ID="_sv">{to("SvSwitch.Switch", "CB")}{state}</cim:SvSwitch>'
    body = BODY.replace(value("Switch.normalOpen", "false"), said) + (sv if solved else "")
    assert load_text(rdf(body)).pole.current_open.tolist() == [current]
    assert codes(body) & {"switch_state_conflict", "switch_state_assumed"} == ({finding} if finding else set())


@pytest.mark.parametrize(
    "statement",
    [
        f'<cim:Terminal rdf:about="#_L.T1">{value("ACDCTerminal.connected", "false")}</cim:Terminal>',
        f'<cim:Equipment rdf:about="#_L">{value("Equipment.inService", "false")}</cim:Equipment>',
    ],
)
def test_variant_14_what_is_disconnected_or_out_of_service_conducts_not(statement: str) -> None:
    assert attach(load_text(SMALL))[0].current.energisation == "energised"
    assert attach(load_text(rdf(BODY + statement)))[0].current.energisation == "unsupplied"
    ground = LINE.replace("ACLineSegment", "GroundDisconnector")
    assert attach(load_text(rdf(BODY.replace(LINE, ground))))[0].current.energisation == "unsupplied"


def test_variant_15_a_switch_that_is_open_on_one_phase() -> None:
    poles = "".join(
        f'<cim:SwitchPhase rdf:ID="_CB.{phase}">{to("SwitchPhase.Switch", "CB")}'
        f'<cim:SwitchPhase.phaseSide1 rdf:resource="http://iec.ch/TC57/CIM100#SinglePhaseKind.{phase}"/>'
        f"{value('SwitchPhase.closed', str(phase != 'B'))}</cim:SwitchPhase>"
        for phase in "ABC"
    )
    body = BODY.replace('<cim:Breaker rdf:ID="_CB">', '<cim:Breaker rdf:ID="_CB"><cim:Switch.ratedCurrent/>')
    assert attach(load_text(rdf(body + poles)))[0].current.energisation == "partially_energised"


def test_variant_16_a_difference_model_never_loads_as_nothing(tmp_path: Path) -> None:
    assert refused("difference_model", write(tmp_path, rdf(DIFFERENCE))).object
    old = DIFFERENCE.replace(
        "http://iec.ch/TC57/61970-552/DifferenceModel/1#", "http://iec.ch/2002/schema/CIM_difference_model#"
    )
    assert refused("difference_model", write(tmp_path, rdf(old))).object


def test_variant_17_topological_nodes_alone_and_terminals_with_neither() -> None:
    bus = SMALL.replace("ConnectivityNode", "TopologicalNode")
    network = load_text(bus)
    assert found(network, "bus_branch_model")
    assert attach(network)[0].current.energisation == "energised"
    assert "terminal_without_node" in codes(BODY + equipment("Disconnector", "D", "-"))


def test_variant_18_transformers_by_tanks_without_ends() -> None:
    end = "".join(
        f'<cim:TransformerTankEnd rdf:ID="_T.E{n}">{to("TransformerTankEnd.TransformerTank", "K")}'
        f"{to('TransformerEnd.Terminal', f'L.T{n}')}{value('TransformerEnd.endNumber', str(n))}"
        "</cim:TransformerTankEnd>"
        for n in (1, 2)
    )
    tank = f'<cim:TransformerTank rdf:ID="_K">{to("TransformerTank.PowerTransformer", "L")}</cim:TransformerTank>'
    body = BODY.replace("ACLineSegment", "PowerTransformer") + tank + end
    network = load_text(rdf(body))
    assert network.end.number.tolist() == [1, 2]
    assert attach(network)[0].current.energisation == "energised"


def test_variant_19_isolated_nodes_are_normal() -> None:
    assert "isolated_nodes" in codes(BODY + node("alone"))
    assert attach(load_text(rdf(BODY + node("alone"))))[0].current.energisation == "energised"


def test_variant_20_no_source_and_two_sources() -> None:
    assert "source_missing" in codes(BODY.replace(SOURCE, ""))
    two = load_text(rdf(BODY + equipment("ExternalNetworkInjection", "G2", "n3")))
    assert two.source.equipment.size == 2


def test_variant_21_marks_line_ends_comments_and_nested_zips(tmp_path: Path) -> None:
    text = ("\ufeff" + SMALL.replace('"1.0"', "'1.0'").replace("\n<cim:", "\n<!-- x -->\n<cim:")).replace("\n", "\r\n")
    path = zipped(tmp_path / "a.zip", {"b.zip": zip_bytes({"x_eq.rdf": text})})
    equal(Network.load(path), load_text(SMALL))


def test_variant_22_ill_formed_files_are_refused_with_their_place(tmp_path: Path) -> None:
    text = SMALL.replace("</cim:Breaker>", "</cim:Fuse>")
    line = 1 + text[: text.index("</cim:Fuse>")].count("\n")
    error = refused("not_well_formed", write(tmp_path, text))
    assert isinstance(error, FileError)
    assert (error.line, f"line {line}" in error.message) == (line, True)
    quotes = SMALL.replace("<rdf:RDF", '<?iec61970-552 version="3.0" method=\u201dDataSet\u201d?>\n<rdf:RDF')
    equal(load_text(quotes), load_text(SMALL))


def test_variant_23_illegal_iris_are_ids_all_the_same() -> None:
    text = SMALL.replace('"_CB"', '"fuse status"').replace('"#_CB"', '"#fuse status"')
    text = text.replace('"#_n1"', '"#_x#_y#_n1"').replace('"#_n2"', '"#http://iec.ch/TC57/CIM100#_n2"')
    network = load_text(text)
    assert list(network.equipment.id) == ["G", "L", "PV", "fuse status"]
    assert attach(network)[0].current.energisation == "energised"


def test_variant_24_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rdf:RDF'
    refused("document_type_declaration", write(tmp_path, SMALL.replace("<rdf:RDF", bomb, 1)))


def test_variant_25_coordinate_systems_that_are_none() -> None:
    place = (
        f'<cim:Location rdf:ID="_P">{to("Location.CoordinateSystem", "C")}</cim:Location>'
        f'<cim:CoordinateSystem rdf:ID="_C">{value("CoordinateSystem.crsUrn", "OpenDSSLocalBusCoordinates")}'
        f'</cim:CoordinateSystem><cim:PositionPoint rdf:ID="_PP">{to("PositionPoint.Location", "P")}'
        f"{value('PositionPoint.xPosition', '400')}{value('PositionPoint.yPosition', '250')}</cim:PositionPoint>"
    )
    body = BODY.replace('rdf:ID="_PV">', f'rdf:ID="_PV">{to("PowerSystemResource.Location", "P")}') + place
    network = load_text(rdf(body))
    assert (network.position.x.tolist(), network.position.y.tolist()) == ([400.0], [250.0])
    assert list(network.position.crs) == ["OpenDSSLocalBusCoordinates"]


@pytest.mark.parametrize(("written", "volts"), [("12.47", 12470.0), ("12470", 12470.0)])
def test_variant_26_volts_and_kilovolts(written: str, volts: float) -> None:
    base = f'<cim:BaseVoltage rdf:ID="_B">{value("BaseVoltage.nominalVoltage", written)}</cim:BaseVoltage>'
    body = BODY.replace('rdf:ID="_L">', f'rdf:ID="_L">{to("ConductingEquipment.BaseVoltage", "B")}') + base
    table = load_text(rdf(body)).equipment
    assert table.voltage_v[table.id.find("L")] == pytest.approx(volts)


def test_variant_27_machines_without_a_unit_are_der() -> None:
    network = load_text(rdf(NODES + SOURCE + BREAKER + LINE + equipment("SynchronousMachine", "gen1", "n3")))
    assert [(der.mrid, der.kind) for der in attach(network)] == [("gen1", "machine")]
