"""Rated powers of DER in W and VA, whatever the files say and in which unit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cim_models import limits, load_text
from cim_models.model import Network
from tests.cim_models.small import BODY, NODES, equipment, found, rdf, to, value
from topogroup.testing import NetworkBuilder

CONNECTION = "PowerElectronicsConnection"
MAX_P = "PowerElectronicsUnit.maxP"
RATED_S = f"{CONNECTION}.ratedS"
GRID = NODES + equipment("ExternalNetworkInjection", "G", "n1") + equipment("ACLineSegment", "L", "n1 n2")


def unit(name: str, of: str, more: str = "", cls: str = "PhotovoltaicUnit") -> str:
    return f'<cim:{cls} rdf:ID="_{name}">{to(f"PowerElectronicsUnit.{CONNECTION}", of)}{more}</cim:{cls}>\n'


def plates(body: str) -> dict[str, tuple[float | None, float | None]]:
    """Return mRID → (p_max_w, s_rated_va) of all DER; None = not said."""
    network = load_text(rdf(GRID + body))
    table = network.der
    assert str(table.p_max_w.dtype) == str(table.s_rated_va.dtype) == "float32"
    active, apparent = (
        [None if math.isnan(v) else v for v in column.tolist()] for column in (table.p_max_w, table.s_rated_va)
    )
    return dict(zip(network.ders(), zip(active, apparent, strict=True), strict=True))


def one_connection(own: str = "", units: str = "") -> tuple[float | None, float | None]:
    return plates(equipment(CONNECTION, "D", "n2", own) + units)["D"]


@pytest.mark.parametrize(
    ("own", "units", "expected"),
    [
        ("", "", (None, None)),
        ("", unit("U", "D"), (None, None)),
        ("", unit("U", "D", value(MAX_P, "5000")), (5000, None)),
        (value(RATED_S, "6000"), unit("U", "D", value(MAX_P, "5e3")), (5000, 6000)),
        (value(RATED_S, "6000"), unit("U", "D"), (None, 6000)),
        (value(RATED_S, "6000"), unit("U", "D", value(MAX_P, "0")), (0, 6000)),
        (value(RATED_S, " 6000.5 "), "", (None, 6000.5)),
        ("", unit("U", "D", value(MAX_P, "5000")) + unit("V", "D", value(MAX_P, "2500"), "BatteryUnit"), (7500, None)),
        # a sum with a part missing would be wrong
        ("", unit("U", "D", value(MAX_P, "5000")) + unit("V", "D"), (None, None)),
        # what the connection says of itself counts more than its units
        (value(f"{CONNECTION}.maxP", "6000"), unit("U", "D", value(MAX_P, "5000")), (6000, None)),
        (value(f"{CONNECTION}.maxP", "6000"), unit("U", "D"), (6000, None)),
        # a class of unit that is not known is a unit all the same
        ("", unit("U", "D", value(MAX_P, "5000"), "FuelCellUnit"), (5000, None)),
        # linked at both ends, the unit counts once
        (to(f"{CONNECTION}.PowerElectronicsUnit", "U"), unit("U", "D", value(MAX_P, "5000")), (5000, None)),
    ],
)
def test_a_connection_and_its_units(own: str, units: str, expected: tuple[float | None, float | None]) -> None:
    assert one_connection(own, units) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"maxOperatingP": 9000, "ratedGrossMaxP": 8000, "nominalP": 7000}, 9000),
        ({"ratedGrossMaxP": 8000, "nominalP": 7000}, 8000),
        ({"nominalP": 7000}, 7000),
        ({}, None),
    ],
)
@pytest.mark.parametrize("rated", ["RotatingMachine.ratedS", "SynchronousMachine.ratedS"])
def test_a_machine_and_its_generating_unit(said: dict[str, int], expected: float | None, rated: str) -> None:
    powers = "".join(value(f"GeneratingUnit.{name}", str(power)) for name, power in said.items())
    machine = value(rated, "10000") + to("RotatingMachine.GeneratingUnit", "U")
    body = equipment("SynchronousMachine", "D", "n2", machine)
    body += f'<cim:ThermalGeneratingUnit rdf:ID="_U">{powers}</cim:ThermalGeneratingUnit>'
    assert plates(body) == {"D": (expected, 10_000)}


def test_a_unit_of_two_machines_says_nothing_of_either() -> None:
    link = to("RotatingMachine.GeneratingUnit", "U")
    body = equipment("SynchronousMachine", "A", "n2", link) + equipment("SynchronousMachine", "B", "n2", link)
    body += f'<cim:GeneratingUnit rdf:ID="_U">{value("GeneratingUnit.maxOperatingP", "9000")}</cim:GeneratingUnit>'
    assert plates(body) == {"A": (None, None), "B": (None, None)}


def two(first: str, second: str) -> str:
    """Write a DER with ratedS `first` whose unit has maxP `second`."""
    return equipment(CONNECTION, "D", "n2", value(RATED_S, first)) + unit("U", "D", value(MAX_P, second))


@pytest.mark.parametrize(
    ("rated", "power", "expected", "assumed"),
    [
        ("0.025", "0.021", (21_000, 25_000), "MW and MVA: their largest value is 0.025."),
        ("350", "300", (3e8, 3.5e8), "MW and MVA: their largest value is 350."),
        ("2499", "0.005", (5_000, 2.499e9), "MW and MVA: their largest value is 2499."),
        # judged together: one in watts means that the other is, too
        ("2500", "300", (300, 2_500), "W and VA: their largest value is 2500."),
        ("300", "2500", (2_500, 300), "W and VA: their largest value is 2500."),
        ("0", "0", (0, 0), None),
        ("0", "0.4", (4e5, 0), "MW and MVA: their largest value is 0.4."),
    ],
)
def test_megawatts_are_told_by_the_largest_value(
    rated: str, power: str, expected: tuple[float, float], assumed: str | None
) -> None:
    network = load_text(rdf(GRID + two(rated, power)))
    assert plates(two(rated, power))["D"] == tuple(float(np.float32(v)) for v in expected)
    said = [f.message for f in found(network, "power_unit_assumed")]
    sentence = f"maxP and ratedS of what generates are read as {assumed}"
    assert said == ([] if assumed is None else [sentence])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-5000", "power_unbelievable"),
        ("2e12", "power_unbelievable"),
        ("1e300", "power_unbelievable"),
        ("much", "value_unreadable"),
        ("NaN", "value_unreadable"),
        ("inf", "value_unreadable"),
    ],
)
def test_what_is_no_power_counts_as_not_said(text: str, code: str) -> None:
    """It decides nothing on the unit either: without it 20 is the largest value."""
    body = two(text, "20")
    assert plates(body) == {"D": (2e7, None)}
    (one,) = found(load_text(rdf(GRID + body)), "power_unbelievable", "value_unreadable")
    assert (one.code, one.severity, one.objects) == (code, "warning", ("D",))
    assert one.message.startswith(f"PowerElectronicsConnection D (D): {RATED_S} is ")
    assert plates(two("20", text)) == {"D": (None, 2e7)}


def test_the_largest_power_that_is_believed() -> None:
    assert plates(two(f"{limits.POWER_MAX_W:.0f}", "5000"))["D"] == (5000, float(np.float32(limits.POWER_MAX_W)))


def test_an_equivalent_has_no_nameplate() -> None:
    """Its maxP is a modeller's bound, often 9999, and must not decide what the unit of all others is."""
    equivalent = equipment("EquivalentInjection", "E", "n2", value("EquivalentInjection.maxP", "9999"))
    assert plates(two("0.025", "0.021") + equivalent) == {"D": (21_000, 25_000), "E": (None, None)}


def sourced() -> Network:
    """A machine that is the grid source, and a DER."""
    machine = value("RotatingMachine.ratedS", "90000") + value("SynchronousMachine.referencePriority", "1")
    body = NODES + equipment("SynchronousMachine", "A", "n1", machine) + equipment("ACLineSegment", "L", "n1 n2")
    return load_text(rdf(body + two("6000", "5000")))


def test_columns_follow_their_der_when_sources_change() -> None:
    network = sourced()
    assert network.ders() == ["D"]
    assert network.der.s_rated_va.tolist() == [6000]
    assert network.der.p_max_w.tolist() == [5000]
    assert network.generation.s_rated_va.tolist() == [90_000, 6000]
    assert np.isnan(network.generation.p_max_w).tolist() == [True, False]


def test_the_sum_does_not_depend_on_the_order_of_the_file() -> None:
    powers = ["1e11", "3333.3333", "-0.0", "7777.7777", "1e-3"]
    lines = [unit(f"U{i}", "D", value(MAX_P, power)) for i, power in enumerate(powers)]
    sums = {one_connection("", "".join(order)) for order in (lines, lines[::-1], lines[2:] + lines[:2])}
    assert sums == {(float(np.float32(math.fsum(map(float, powers)))), None)}


def test_the_builder_says_the_power_of_each_unit() -> None:
    b = NetworkBuilder().external_network_injection("G", "a", 20_000).line("L", "a", "b")
    network = b.power_electronics("H", "b", ["pv", "battery"], power_w=4_000).pv("P", "b").build()
    assert dict(zip(network.ders(), network.der.p_max_w.tolist(), strict=True)) == {"H": 8_000, "P": 10_000}


def test_the_small_model_says_nothing() -> None:
    network = load_text(rdf(BODY))
    assert np.isnan(network.der.p_max_w).all()
    assert np.isnan(network.der.s_rated_va).all()
    assert not found(network, "power_unit_assumed", "power_unbelievable")
