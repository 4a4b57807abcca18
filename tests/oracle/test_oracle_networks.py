"""Hand-made networks: the oracle itself must give the answer an operator would give."""

from __future__ import annotations

from typing import Any

from . import OracleModel
from .ids import derived
from .sketch import Sketch


def fid(head: str) -> str:
    """The mRID of a derived feeder."""
    return derived("feeder", head)


def station(s: Sketch, n: str = "") -> None:
    """HV source - transformer T - breaker - MV busbar M."""
    s.source(f"G{n}", f"H{n}")
    s.transformer(f"T{n}", (f"H{n}", 110_000), (f"t{n}", 20_000))
    s.switch(f"TB{n}", f"t{n}", f"M{n}")
    s.one("BusbarSection", f"BB{n}", f"M{n}")


def feeder(s: Sketch, n: str, bus: str = "M", is_open: bool = False) -> None:
    """Bus - breaker Bn - line Ln - node En with a load and PV Pn."""
    s.switch(f"B{n}", bus, f"b{n}", open=is_open)
    s.line(f"L{n}", f"b{n}", f"E{n}")
    s.load(f"C{n}", f"E{n}")
    s.pv(f"P{n}", f"E{n}")


def at(s: Sketch, **kw: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - as OracleModel.attach
    """Current attachments by DER."""
    return {key: value["current"] for key, value in OracleModel.from_xml(s.text()).attach(**kw).items()}


def test_two_feeders_and_a_tie() -> None:
    """M -B1- L1 - E1 .. tie .. E2 - L2 -B2- M."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.switch("X", "E1", "E2", open=True)
    m = OracleModel.from_xml(s.text())
    assert {f["name"] for f in m.feeders()} == {"B1", "B2"}
    base = m.attach()
    assert base["P1"]["current"]["feeders"] == [fid("B1")]
    moved = m.attach(closed=["X"], opened=["B1"])["P1"]
    assert moved["current"]["feeders"] == [fid("B2")] and not moved["current"]["paralleled"]
    assert moved["normal"]["feeders"] == [fid("B1")]
    both = m.attach(closed=["X"])["P2"]["current"]
    assert both["paralleled"] and both["feeders"] == sorted([fid("B1"), fid("B2")])
    assert m.attach(opened=["B1"])["P1"]["current"]["energisation"] == "unsupplied"


def test_parallel_transformers_on_one_busbar() -> None:
    """Both transformers supply; one substation, so nothing is paralleled."""
    s = Sketch()
    station(s)
    s.transformer("T9", ("H", 110_000), ("t9", 20_000))
    s.switch("TB9", "t9", "M")
    feeder(s, "1")
    feeder(s, "2")
    a = at(s)["P1"]
    assert a["transformers"] == ["T", "T9"] and not a["paralleled"] and len(a["substations"]) == 1
    assert at(s, opened=["TB"])["P1"]["transformers"] == ["T9"]


def test_feeder_on_a_back_fed_busbar() -> None:
    """Transformer breaker open, bus fed backwards through feeder 1 from another station's feeder 3."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.pv("PB", "M")
    station(s, "z")
    feeder(s, "3", "Mz")
    feeder(s, "4", "Mz")
    s.switch("X", "E1", "E3", open=True)
    r = at(s, opened=["TB"], closed=["X"])
    assert r["P2"]["feeders"] == [fid("B2")] and r["P2"]["upstream_feeders"] == [fid("B3")]
    assert not r["P2"]["back_fed"] and r["P2"]["transformers"] == ["Tz"]
    assert r["PB"]["feeders"] == [fid("B3")] and r["PB"]["back_fed"]
    assert r["P1"]["feeders"] == [fid("B3")] and not r["P1"]["paralleled"]


def test_ring_of_two_heads_on_a_dead_busbar() -> None:
    """Feeders 1 and 2 ring, bus dead, fed through feeder 3 of another station."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.switch("X", "E1", "E2")
    station(s, "z")
    feeder(s, "3", "Mz")
    s.switch("Y", "E2", "E3", open=True)
    s.pv("PB", "M")
    r = at(s, opened=["TB"], closed=["Y"])
    assert r["P1"]["feeders"] == r["P2"]["feeders"] == [fid("B3")]
    assert r["PB"]["back_fed"] and r["PB"]["feeders"] == [fid("B3")]


def test_line_straight_on_a_busbar_behind_the_transformers_breaker() -> None:
    """No switch of its own: with other bays on the bus the line is the head."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    s.line("L5", "M", "E5")
    s.pv("P5", "E5")
    m = OracleModel.from_xml(s.text())
    assert {f["name"] for f in m.feeders()} == {"B1", "L5"}
    assert m.attach()["P5"]["current"]["feeders"] == [fid("L5")]


def test_breaker_and_disconnector_in_series() -> None:
    """The breaker is the head, opening the disconnector kills the feeder."""
    s = Sketch()
    station(s)
    feeder(s, "2")
    s.switch("D1", "M", "d", "Disconnector")
    s.switch("K1", "d", "k")
    s.line("L1", "k", "E1")
    s.pv("P1", "E1")
    assert at(s)["P1"]["feeders"] == [fid("K1")]
    assert at(s, opened=["D1"])["P1"]["energisation"] == "unsupplied"


def test_single_pole_and_delta_bank() -> None:
    """Fuse pole A open before a delta transformer: A dead behind it, B and C at best partially energised."""
    s = Sketch()
    station(s)
    feeder(s, "2")
    s.switch("B1", "M", "b")
    s.line("L1", "b", "c")
    s.switch("F", "c", "d", "Fuse")
    s.transformer("S", ("d", 20_000, "DU"), ("e", 400))
    for phase in "ABC":
        s.pv(f"P{phase}", "e", phase)
    s.pv("P3", "e", "ABC")
    r = at(s, opened=[("F", "A")])
    assert r["PA"]["energisation"] == "unsupplied"
    assert (
        r["PB"]["energisation"] == r["PC"]["energisation"] == r["P3"]["energisation"] == "partially_energised"
    )
    assert r["P3"]["by_phase"]["A"]["energisation"] == "unsupplied"
    assert r["PB"]["service_transformers"] == ["S"]
    assert at(s)["P3"]["energisation"] == "energised"


def test_phase_to_phase_centre_tap() -> None:
    """s1, s2 live only if both phases of the primary do; an open pole never comes back to life."""
    s = Sketch()
    station(s)
    feeder(s, "2")
    s.switch("B1", "M", "b")
    s.line("L1", "b", "c")
    s.switch("F", "c", "d", "Fuse")
    s.tanks("S", [("d", 20_000, "AB"), ("e", 240, "s1N"), ("e", 240, "Ns2")])
    s.pv("P1", "e", "s1")
    s.pv("PA", "d", "A")
    assert at(s)["P1"]["energisation"] == "energised"
    for pole in "AB":
        r = at(s, opened=[("F", pole)])
        assert r["P1"]["energisation"] == "unsupplied"
        assert r["PA"]["energisation"] == ("unsupplied" if pole == "A" else "energised")
    assert at(s, opened=[("F", "C")])["P1"]["energisation"] == "energised"


def test_centre_tap_named_by_its_primary() -> None:
    """A DER and a switch behind a tap on B may say B, s1 or s2; the one service transformer supplies all."""
    s = Sketch()
    station(s)
    s.line("L1", "M", "d")
    s.tanks("S", [("d", 20_000, "BN"), ("e", 240, "s1N"), ("e", 240, "Ns2")])
    s.switch("W", "e", "g", "Switch", phases="B")
    s.pv("P1", "g", "s1")
    s.pv("P2", "g", "B")
    s.pv("P3", "e", "s2")
    s.pv("P4", "e", "A")
    r = at(s)
    assert [r[p]["energisation"] for p in ("P1", "P2", "P3", "P4")] == ["energised"] * 3 + ["unsupplied"]
    assert r["P2"]["service_transformers"] == ["S"]


def test_head_pole_open_and_tie_pole_closed() -> None:
    """On phase A the tie feeds, on B and C the own head: two feeders, not paralleled on any phase."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.switch("X", "E1", "E2", open=True)
    r = at(s, opened=[("B1", "A")], closed=[("X", "A")])["P1"]
    assert r["feeders"] == sorted([fid("B1"), fid("B2")]) and not r["paralleled"]
    assert r["by_phase"]["A"]["feeders"] == [fid("B2")] and r["by_phase"]["B"]["feeders"] == [fid("B1")]
    assert r["energisation"] == "energised"


def test_islands_with_and_without_a_machine() -> None:
    """Behind an open breaker: islanded where a battery or machine runs, unsupplied where only PV does."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.pv("Q1", "E1", unit="BatteryUnit")
    r = at(s, opened=["B1", "B2"])
    assert r["P1"]["energisation"] == r["Q1"]["energisation"] == "islanded"
    assert r["P2"]["energisation"] == "unsupplied" and r["P1"]["feeders"] == []
    assert at(s, opened=[("B1", "A")])["P1"]["by_phase"]["A"]["energisation"] == "unsupplied"


def test_nested_feeder_container_and_restoring_through_it() -> None:
    """Mother feeder B1 with a nested container N behind a recloser, restored backwards from feeder 3."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.add("Feeder", "N")
    s.switch("R", "E1", "n", "Recloser", Equipment__EquipmentContainer="#N")
    s.line("LN", "n", "EN", Equipment__EquipmentContainer="#N")
    s.pv("PN", "EN", Equipment__EquipmentContainer="#N")
    station(s, "z")
    feeder(s, "3", "Mz")
    s.switch("X", "EN", "E3", open=True)
    m = OracleModel.from_xml(s.text())
    assert {f["mrid"]: f["head"] for f in m.feeders()}["N"] == ["R"]
    base = {k: v["current"] for k, v in m.attach().items()}
    assert base["PN"]["feeders"] == ["N"] and base["PN"]["upstream_feeders"] == [fid("B1")]
    assert base["P1"]["feeders"] == [fid("B1")]
    r = {k: v["current"] for k, v in m.attach(opened=["B1"], closed=["X"]).items()}
    assert r["PN"]["feeders"] == [fid("B3")] and r["P1"]["back_fed"] and r["P1"]["feeders"] == [fid("B3")]
    both = {k: v["current"] for k, v in m.attach(closed=["X"]).items()}
    assert both["PN"]["paralleled"] and both["PN"]["feeders"] == sorted(["N", fid("B3")])
    assert both["P1"]["feeders"] == [fid("B1")] and both["P1"]["paralleled"]


def test_spot_network() -> None:
    """Two service transformers from two feeders on one low-voltage bus."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    for n in "12":
        s.transformer(f"S{n}", (f"E{n}", 20_000), (f"e{n}", 400))
        s.switch(f"W{n}", f"e{n}", "N")
    s.pv("P", "N")
    r = at(s)["P"]
    assert r["service_transformers"] == ["S1", "S2"] and r["paralleled"] and len(r["feeders"]) == 2
    one = at(s, opened=["B1"])
    assert one["P"]["service_transformers"] == ["S2"] and one["P"]["feeders"] == [fid("B2")]
    assert one["P1"]["feeders"] == [fid("B2")] and one["P1"]["back_fed"]


def test_high_voltage_der_and_dead_bar() -> None:
    """A DER at high voltage hangs on no transformer; a dead bar beside a live one supplies nobody."""
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.switch("HC", "H", "H2")
    s.transformer("T2", ("H2", 110_000), ("M2", 20_000))
    s.switch("BC", "M", "M2", open=True)
    feeder(s, "7", "M2")
    s.pv("PH", "H2")
    r = at(s)
    assert r["PH"]["energisation"] == "energised" and r["PH"]["transformers"] == []
    assert r["P7"]["transformers"] == ["T2"]
    dead = at(s, opened=["HC"])
    assert dead["P7"]["energisation"] == "unsupplied"
    back = at(s, opened=["HC"], closed=["BC"])
    assert back["P7"]["transformers"] == ["T"] and back["PH"]["back_fed"]
    assert back["PH"]["transformers"] == ["T"] and not back["P7"]["paralleled"]


def test_single_phase_bank_and_regulators() -> None:
    """Three single-phase regulators in parallel are one bank inside the zone."""
    s = Sketch()
    station(s)
    for phase in "ABC":
        s.tanks(f"V{phase}", [("M", 20_000, f"{phase}N"), ("r", 20_000, f"{phase}N")])
    s.line("L1", "r", "E1")
    s.pv("P1", "E1")
    m = OracleModel.from_xml(s.text())
    assert [f["name"] for f in m.feeders()] == ["TB"]
    assert m.attach()["P1"]["current"]["feeders"] == [fid("TB")]


def test_service_and_connection() -> None:
    """Disconnected: unsupplied now, supplied normally; no node: unattached; out of service: as its
    node is.
    """
    s = Sketch()
    station(s)
    feeder(s, "1")
    feeder(s, "2")
    s.pv("PX", "E1", connected=False)
    s.pv("PO", "E1", Equipment__inService=False)
    s.add("PowerElectronicsConnection", "PU")
    m = OracleModel.from_xml(s.text())
    r = m.attach()
    assert (
        r["PX"]["current"]["energisation"] == "unsupplied"
        and r["PX"]["normal"]["energisation"] == "energised"
    )
    assert r["PO"]["current"]["energisation"] == "energised" and not r["PO"]["current"]["in_service"]
    assert r["PO"]["normal"]["in_service"] and r["PU"]["current"]["energisation"] == "unattached"
