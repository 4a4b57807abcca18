"""Hand-made networks for the ways files differ: phases, voltages, heads, cuts, spellings."""

from __future__ import annotations

from pathlib import Path

from . import OracleModel
from .ids import canonical, derived
from .sketch import Sketch
from .test_oracle_networks import at, feeder, fid, station


def test_canonical_ids() -> None:
    """One object in all its spellings."""
    one = "276809df-6493-4dae-a7bb-0123456789ab"
    for text in (
        f"_{one.upper()}",
        f"#_{one}",
        f"urn:uuid:{one.upper()}",
        f"urn:uuid:_{one}",
        f"http://x/y#_{one}",
    ):
        assert canonical(text) == one
    assert canonical("#_FUS0001") == "FUS0001"


def test_switch_phase_sides_and_transposed_line() -> None:
    """A SwitchPhase joins side 1 to side 2; a line from A to B joins these; an open pole is dead behind."""
    s = Sketch()
    station(s)
    feeder(s, "9")
    s.line("L1", "M", "a", "A")
    s.add("Recloser", "W")
    s.terminals("W", "a", "b")
    s.add(
        "SwitchPhase",
        "WP",
        SwitchPhase__Switch="#W",
        SwitchPhase__phaseSide1="@SinglePhaseKind.A",
        SwitchPhase__phaseSide2="@SinglePhaseKind.B",
    )
    s.add("ACLineSegment", "L2")
    s.terminals("L2", "b", phases="B")
    s.add(
        "Terminal",
        "L2-2",
        Terminal__ConductingEquipment="#L2",
        Terminal__ConnectivityNode="#c",
        Terminal__phases="@PhaseCode.C",
        ACDCTerminal__sequenceNumber=2,
    )
    s.pv("PB", "b", "B")
    s.pv("PC", "c", "C")
    s.pv("PX", "c", "B")
    s.pv("PD", "c")
    r = at(s)
    assert [r[p]["energisation"] for p in ("PB", "PC", "PX")] == ["energised", "energised", "unsupplied"]
    assert set(r["PD"]["by_phase"]) == {"C"}  # what PX says of itself says nothing of the node
    assert at(s, opened=[("W", "A")])["PC"]["energisation"] == "unsupplied"


def test_cut_and_clamp() -> None:
    """L1 with a clamp before and one behind a cut: opening the cut leaves only the first live."""
    s = Sketch()
    station(s)
    feeder(s, "2")
    s.line("L1", "M", "e")
    s.add("Cut", "X", Cut__ACLineSegment="#L1", Cut__lengthFromTerminal1=50, Switch__open=False)
    for key, length in (("K1", 20), ("K2", 80)):
        s.one("Clamp", key, f"n{key}", Clamp__ACLineSegment="#L1", Clamp__lengthFromTerminal1=length)
        s.pv(f"P{key}", f"n{key}")
    s.pv("PE", "e")
    assert {d["energisation"] for d in at(s).values()} == {"energised"}
    r = at(s, opened=["X"])
    assert [r[p]["energisation"] for p in ("PK1", "PK2", "PE")] == ["energised", "unsupplied", "unsupplied"]
    assert r["PK1"]["section"] != r["PE"]["section"] == r["PK2"]["section"]


def test_three_windings_and_kilovolts() -> None:
    """110/20/10 with its voltages in kV: one substation transformer, two zones, one Substation."""
    s = Sketch()
    s.source("G", "H")
    s.transformer("T", ("H", 110), ("M", 20), ("N", 10))
    feeder(s, "1", "M")
    feeder(s, "3", "M")
    feeder(s, "2", "N")
    s.parts = [p.replace(">20000<", ">20<") for p in s.parts]
    s.volts = {110, 20, 10}
    s.parts = [p.replace("#U20000", "#U20") for p in s.parts]
    r = at(s)
    assert r["P1"]["transformers"] == r["P2"]["transformers"] == ["T"]
    assert r["P1"]["substations"] == r["P2"]["substations"] == [derived("substation", "T")]
    assert r["P1"]["feeders"] == [fid("B1")] and r["P2"]["feeders"] == [fid("B2")]


def test_generator_step_up_is_no_substation_transformer() -> None:
    """A machine alone behind its transformer hangs on no substation transformer."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    s.transformer("U", ("H", 110_000), ("u", 10_000))
    s.one("SynchronousMachine", "W", "u")
    r = at(s)
    assert r["W"]["energisation"] == "energised" and r["W"]["transformers"] == []
    assert r["W"]["feeders"] == []


def test_heads_file_and_head_terminals() -> None:
    """heads file > NormalHeadTerminal > TraceStart > derived."""
    s = Sketch()
    station(s)
    s.switch("D1", "M", "d", "Disconnector")
    s.switch("B1", "d", "b")
    s.add("Feeder", "F", Feeder__NormalHeadTerminal="#D1-2", Feeder__NormalEnergizingSubstation="#SS")
    s.add("Substation", "SS")
    s.line("L1", "b", "e", Equipment__EquipmentContainer="#F")
    s.pv("P1", "e", Equipment__EquipmentContainer="#F")
    feeder(s, "2")
    m = OracleModel.from_xml(s.text())
    assert {f["mrid"]: f["head"] for f in m.feeders()} == {"F": ["D1"], fid("B2"): ["B2"]}
    heads = [{"name": "F", "head": "L1"}]
    assert {f["mrid"]: f["head"] for f in m.feeders(heads)}["F"] == ["L1"]
    assert m.attach(heads=heads)["P1"]["current"]["feeders"] == ["F"]
    for prop, value in (("TraceStart", "#b"), ("NormalHeadTerminal", "#L1-1")):
        again = OracleModel.from_xml(
            s.text().replace(
                '<cim:Feeder.NormalHeadTerminal rdf:resource="#D1-2"/>',
                f'<cim:Feeder.{prop} rdf:resource="{value}"/>',
            )
        )
        assert {f["mrid"]: f["head"] for f in again.feeders()}["F"] == ["B1"]
    plain = OracleModel.from_xml(
        s.text().replace('<cim:Feeder.NormalHeadTerminal rdf:resource="#D1-2"/>', "")
    )
    assert {f["mrid"]: f["head"] for f in plain.feeders()}["F"] == ["B1"]


def test_low_voltage_feeder_container() -> None:
    """A container behind a service transformer is a low-voltage feeder, upstream of it the primary one."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.transformer("S", ("E1", 20_000), ("e", 400))
    s.add("Feeder", "LV")
    s.switch("W", "e", "w", "Fuse", Equipment__EquipmentContainer="#LV")
    s.line("LL", "w", "z", volts=400, Equipment__EquipmentContainer="#LV")
    s.pv("P", "z", Equipment__EquipmentContainer="#LV")
    r = at(s)["P"]
    assert r["lv_feeders"] == ["LV"] and r["feeders"] == [fid("B1")] and r["upstream_feeders"] == []
    assert r["service_transformers"] == ["S"] and r["transformers"] == ["T"]


def test_sources() -> None:
    """EnergySource as generation beside an ExternalNetworkInjection; a sources file overrides."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.one("EnergySource", "Q", "E1", EnergySource__activePower="-0.0")
    s.one("ExternalNetworkInjection", "X", "H")
    m = OracleModel.from_xml(s.text())
    assert m.sources() == ["G", "X"] and m.attach()["Q"]["kind"] == "other"
    alone = m.attach(sources=["Q"], opened=["B1"])
    assert alone["P1"]["current"]["energisation"] == "energised" and alone["P1"]["current"]["feeders"] == []
    assert alone["P2"]["current"]["energisation"] == "unsupplied"


def test_many_files(tmp_path: Path) -> None:
    """Profiles in several files and spellings join; what is no CIM is skipped in a folder."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    (tmp_path / "eq.xml").write_text("\ufeff" + s.text())
    (tmp_path / "other.xml").write_text("<html/>")
    head = s.text().split("<cim:")[0]
    (tmp_path / "ssh.xml").write_text(
        head.replace(".org/1999/X", "")
        + '<cim:Breaker rdf:about="#_B1"><cim:Switch.open>True</cim:Switch.open>'
        "</cim:Breaker></rdf:RDF>"
    )
    text = (tmp_path / "eq.xml").read_text().replace("<cim:Switch.open>false</cim:Switch.open>", "")
    (tmp_path / "eq.xml").write_text(text)
    r = OracleModel.load([tmp_path]).attach()
    assert (
        r["P1"]["current"]["energisation"] == "unsupplied"
        and r["P1"]["normal"]["energisation"] == "energised"
    )
    assert r["P2"]["current"]["energisation"] == "energised"
