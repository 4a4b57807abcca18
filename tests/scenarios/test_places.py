"""Where a DER can stand: on a busbar, at high voltage, at a node without lines, nowhere;
and what kind it is.
"""

from __future__ import annotations

import pytest

from cim_models.identifiers import derived
from tests.scenarios.support import DEAD, UNATTACHED, check, feeder, grid, on, station


def test_der_on_the_busbar() -> None:
    """hv--T1--bus1(PVb)--F1--PV1: the DER has a transformer and a substation and no feeder."""
    b = feeder(station(grid(), breaker=True), 1).breaker("F2", "bus1", "f2a").line("L2", "f2a", "f2b").pv("PVb", "bus1")
    base = {"PVb": on("", "T1", "S1"), "PV1": on("~F1", "T1", "S1")}
    check(b, base)
    check(b, base | {"PV1": DEAD}, opened=["F1"])
    check(b, dict.fromkeys(base, DEAD), opened=["T1-M"])


def test_der_at_high_voltage() -> None:
    """grid--hv(PVa)--LH--h2(PVh, in a voltage level of S1;
    PVn at a node without container)--T1--bus1--F1--PV1.
    """
    b = grid().line("LH", "hv", "h2").line("LN", "h2", "h3")
    station(b, hv="h2").voltage_level("S1-110", "S1", 110_000).node("h2", container="S1-110")
    b.pv("PVh", "h2").pv("PVn", "h3")
    feeder(b, 1)
    check(b, {"PVh": on("", "", "S1"), "PVn": on(), "PV1": on("~F1", "T1", "S1")})


def test_der_at_high_voltage_behind_an_open_breaker() -> None:
    """grid--hv--(HB open)--h2(PVh): dead like any other."""
    b = feeder(station(grid().breaker("HB", "hv", "h2").pv("PVh", "h2")), 1)
    base = {"PVh": on(), "PV1": on("~F1", "T1", "S1")}
    check(b, base)
    check(b, base | {"PVh": DEAD}, opened=["HB"])


def test_node_between_switches_only() -> None:
    """…f1b--SW1--x(PVx)--SW2--f2a--L2--PV2: a node that nothing but closed switches touches is a place
    too.
    """
    b = feeder(station(grid()), 1).switch("SW1", "f1b", "x").pv("PVx", "x").switch("SW2", "x", "f2a")
    b.line("L2", "f2a", "f2b").pv("PV2", "f2b")
    feeder_1 = on("~F1", "T1", "S1")
    check(b, {"PV1": feeder_1, "PVx": feeder_1, "PV2": feeder_1})
    check(b, {"PV1": feeder_1, "PVx": DEAD, "PV2": DEAD}, opened=["SW1"])
    check(b, {"PV1": feeder_1, "PVx": feeder_1, "PV2": DEAD}, opened=["SW2"])


def test_unattached_der() -> None:
    """bus1--F1--PV1, PVu without a node: it is said, and nothing is guessed from its container."""
    b = feeder(station(grid()), 1).feeder("FD", substation="S1").pv("PVu", None, container="FD")
    check(b, {"PV1": on("~F1", "T1", "S1"), "PVu": UNATTACHED})


def test_der_out_of_service_is_attached_as_its_node_is() -> None:
    """bus1--F1--PV1, PVo out of service at the same node."""
    b = feeder(station(grid()), 1).pv("PVo", "f1b", in_service=False)
    feeder_1, out = on("~F1", "T1", "S1"), on("~F1", "T1", "S1", in_service=False)
    check(b, {"PV1": feeder_1, "PVo": out}, normal={"PV1": feeder_1, "PVo": feeder_1})
    dead = {"PV1": DEAD, "PVo": on(energisation="unsupplied", in_service=False)}
    check(b, dead, normal={"PV1": feeder_1, "PVo": feeder_1}, opened=["F1"])


def test_der_normally_out_of_service() -> None:
    """PVo is in service now and not normally; in the normal state its flag is false."""
    b = feeder(station(grid()), 1).pv("PVo", "f1b", in_service=True, normally_in_service=False)
    feeder_1, out = on("~F1", "T1", "S1"), on("~F1", "T1", "S1", in_service=False)
    check(b, {"PV1": feeder_1, "PVo": feeder_1}, normal={"PV1": feeder_1, "PVo": out})


def test_der_with_a_disconnected_terminal_is_unsupplied() -> None:
    """bus1--F1--PV1 beside PVd -x-: unsupplied now; normally every terminal is connected."""
    b = feeder(station(grid()), 1).pv("PVd", "f1b", connected=False)
    feeder_1 = on("~F1", "T1", "S1")
    check(b, {"PV1": feeder_1, "PVd": DEAD}, normal={"PV1": feeder_1, "PVd": feeder_1})


@pytest.mark.parametrize(("phases", "code"), [("A", "A"), ("BC", "BC"), ("ABCN", "ABC"), (None, "ABC")])
def test_der_without_phases_takes_those_of_its_node(phases: str | None, code: str) -> None:
    """bus1--F1--L1(phases)--f1b--PVn: no phases of its own."""
    b = station(grid()).breaker("F1", "bus1", "f1a").line("L1", "f1a", "f1b", phases=phases).pv("PVn", "f1b")
    answer = check(b, {"PVn": on("~F1", "T1", "S1")})
    assert answer.ders["PVn"]["phases"] == code


def test_kinds_and_end_devices() -> None:
    """bus1--F1--one DER of each kind; one of them is a program's EndDevice."""
    b = feeder(station(grid()), 1).battery("BA", "f1b").wind("WI", "f1b").hybrid("HY", "f1b")
    b.power_electronics("NO", "f1b")
    b.synchronous_machine("SM", "f1b").asynchronous_machine("AM", "f1b").generation_source("ES", "f1b")
    b.synchronous_machine("SW", "f1b", unit="wind").equivalent_injection("EI", "f1b")
    b.synchronous_machine("CON", "f1b", mode="condenser").asynchronous_machine("MOT", "f1b", motor=True)
    b.end_device("ED1", "BA", group="G").end_device("ED2", "WI", link="usage_point")
    names = ("PV1", "BA", "WI", "HY", "NO", "SM", "AM", "ES", "SW", "EI")
    answer = check(b, dict.fromkeys(names, on("~F1", "T1", "S1")))
    assert {name: answer.ders[name]["kind"] for name in names} == {
        "PV1": "pv",
        "BA": "battery",
        "WI": "wind",
        "HY": "hybrid",
        "NO": "other",
        "SM": "machine",
        "AM": "machine",
        "ES": "other",
        "SW": "wind",
        "EI": "other",
    }
    devices = {name: [item["mrid"] for item in answer.ders[name]["end_devices"]] for name in names}
    assert {name: mrids for name, mrids in devices.items() if mrids} == {"BA": ["ED1"], "WI": ["ED2"]}
    assert sorted(answer.ders["HY"]["unit_kinds"]) == ["battery", "pv"]
    assert answer.ders["SM"]["unit_kinds"] == []


def test_several_units_of_one_kind_are_one_der() -> None:
    """bus1--F1--PV1, TWO (two photovoltaic units on one connection): one DER; of one kind, it is of that kind."""
    b = feeder(station(grid()), 1).power_electronics("TWO", "f1b", ["pv", "pv"])
    answer = check(b, dict.fromkeys(("PV1", "TWO"), on("~F1", "T1", "S1")))
    assert (answer.ders["TWO"]["kind"], answer.ders["TWO"]["unit_kinds"]) == ("pv", ["pv"])


def test_sections() -> None:
    """bus1(PVb)--F1--L1--f1b(PV1, PV1b)--ST--lv(PVlv), f1b--SW--L2--PV2:
    cut at switches, through transformers.
    """
    b = feeder(station(grid()), 1).pv("PV1b", "f1b").transformer("ST", [("f1b", 20_000), ("lv", 400)])
    b.pv("PVlv", "lv").switch("SW", "f1b", "f2a").line("L2", "f2a", "f2b").pv("PV2", "f2b").pv("PVb", "bus1")
    feeder_1, low = on("~F1", "T1", "S1"), on("~F1", "T1", "S1", service="ST")
    base = {"PV1": feeder_1, "PV1b": feeder_1, "PV2": feeder_1, "PVlv": low, "PVb": on("", "T1", "S1")}
    sections = {
        "PV1": derived("section:L1"),
        "PV1b": derived("section:L1"),
        "PVlv": derived("section:L1"),
        "PV2": derived("section:L2"),
        "PVb": derived("section:BB1"),
    }
    answer = check(b, base)
    assert {name: answer.section(name) for name in base} == sections
    answer = check(b, base | {"PV1": DEAD, "PV1b": DEAD, "PVlv": DEAD, "PV2": DEAD}, opened=["F1", "SW"])
    assert {name: answer.section(name) for name in base} == sections
