"""Cases that a review proved wrong once; each with the answer an operator would give."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_models import load, load_text
from cim_models.errors import IdError, OptionError
from tests.scenarios.support import feeder, grid, station
from topogroup import attach
from topogroup.testing import NetworkBuilder
from topogroup.topology.answers.report import AttachmentReport


def feeders(report: AttachmentReport) -> dict[str, list[str]]:
    return {der.name: [item.name for item in der.current.feeders] for der in report}


def test_a_line_with_a_cut_straight_on_a_busbar_is_its_own_head() -> None:
    """bus1--L(cut K)--y(PV), bus1--F2--…: L is the feeder, before and behind the cut."""
    b = feeder(station(grid()), 2).line("L", "bus1", "y", length_m=100).cut("K", "L", 50, open=False).pv("PV", "y")
    assert feeders(attach(b.build())) == {"PV2": ["F2"], "PV": ["L"]}
    assert [d.current.energisation for d in attach(b.build(), opened=["K"]) if d.name == "PV"] == ["unsupplied"]


def test_a_clamp_sits_on_its_line_and_not_on_its_end() -> None:
    """bus1--F1--f1a--L(clamp C with PV)--y; the far end of L is disconnected: the clamp stays live."""
    b = station(grid()).breaker("F1", "bus1", "f1a")
    b.line("L", "f1a", "y", length_m=100, connected=(True, False)).clamp("C", "L", 30, "c").pv("PV", "c").pv("PVy", "y")
    assert {d.name: d.current.energisation for d in attach(b.build())} == {"PV": "energised", "PVy": "unsupplied"}


def test_a_container_of_loads_keeps_the_head_that_a_line_shares() -> None:
    """bus1--S--n(load LD, PV in container FD0; line LX of none): one feeder, FD0."""
    b = feeder(station(grid()), 9).feeder("FD0", substation="S1").breaker("S", "bus1", "n")
    b.load("LD", "n", container="FD0").pv("PV", "n", container="FD0").line("LX", "n", "x").pv("PVx", "x")
    report = attach(b.build())
    assert feeders(report) == {"PV9": ["F9"], "PV": ["FD0"], "PVx": ["FD0"]}
    assert "feeder_without_head" not in {f.code for f in report.findings}


def test_two_contradicting_solved_states_are_said_and_open_stands() -> None:
    """F1 with two SvSwitch, in both orders."""
    solved = '<cim:SvSwitch rdf:about="urn:uuid:{0}"><cim:SvSwitch.Switch rdf:resource="urn:uuid:F1"/>'
    solved += "<cim:SvSwitch.open>{1}</cim:SvSwitch.open></cim:SvSwitch>"
    xml = feeder(station(grid()), 1, open=None, normal_open=False).to_xml()
    for states in (("true", "false"), ("false", "true")):
        both = "".join(solved.format(f"sv{i}", state) for i, state in enumerate(states))
        report = attach(load_text(xml.replace("</rdf:RDF>", both + "</rdf:RDF>")))
        assert [(d.current.energisation, d.current.uncertain) for d in report] == [("unsupplied", True)]
        assert "switch_state_conflict" in {f.code for f in report.findings}


def test_an_open_switch_of_an_unknown_class_does_not_conduct() -> None:
    xml = feeder(station(grid()), 1, open=True).to_xml().replace("cim:Breaker ", "cim:MktSwitch ")
    xml = xml.replace("</cim:Breaker>", "</cim:MktSwitch>")
    report = attach(load_text(xml))
    assert [d.current.energisation for d in report] == ["unsupplied"]
    assert "class_unknown" in {f.code for f in report.findings}


def test_a_head_that_joins_nothing_is_refused() -> None:
    network = feeder(station(grid()), 1).equipment("Disconnector", "DX", ["f1b"]).build()
    with pytest.raises(IdError) as refused:
        attach(network, heads=[{"name": "X", "head": "DX"}])
    assert refused.value.code == "not_a_head"


def test_a_container_name_that_two_hold_is_refused() -> None:
    b = feeder(station(grid()), 1)
    b.substation("S7").substation("S8")
    xml = b.to_xml().replace(">S7<", ">twin<").replace(">S8<", ">twin<")
    with pytest.raises(IdError) as refused:
        attach(load_text(xml), heads=[{"name": "X", "head": "F1", "substation": "twin"}])
    assert refused.value.code == "ambiguous_id"


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(OptionError):
        attach(NetworkBuilder().energy_source("G", "a", 20_000).pv("PV", "a").build(), state="tomorrow")


def test_rdf_of_another_kind_in_a_folder_is_skipped(tmp_path: Path) -> None:
    feeder(station(grid()), 1).write(tmp_path / "model.xml")
    other = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    (tmp_path / "Manifest.xml").write_text(other)
    network = load([tmp_path])
    assert len(attach(network)) == 1
    assert [f.code for f in network.findings if "Manifest" in f.message] == ["file_skipped"]


def test_a_tank_out_of_service_passes_nothing() -> None:
    """f1b--ST(tanks A, B, C)--lv(PV): without tank A the DER lacks phase A."""
    tanks = {phase: [("f1b", 20_000, f"{phase}N"), ("lv", 400, f"{phase}N")] for phase in "ABC"}
    xml = feeder(station(grid()), 1).tank_transformer("ST", tanks).pv("PV", "lv").to_xml()
    tank = xml.index("<cim:TransformerTank ")
    end = xml.index("</cim:TransformerTank>", tank)
    out = xml[:end] + "<cim:Equipment.inService>false</cim:Equipment.inService>" + xml[end:]
    states = {d.name: (d.current.energisation, d.normal.energisation) for d in attach(load_text(out))}
    assert states == {"PV1": ("energised", "energised"), "PV": ("partially_energised", "energised")}
