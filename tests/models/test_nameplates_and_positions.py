"""Rated powers and positions of the real models, as one finds them in the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cim_models import Network
from tests.models.conftest import ByName
from tests.models.loaded import each

EPSG_4326 = "urn:ogc:def:crs:EPSG::4326"
OPENDSS = "OpenDSSLocalBusCoordinates"
SAID = {
    "01": (5, 510_000, 5, 510_000),
    "03": (14, 3_320_000, 14, 3_320_000),
    "03-areas": (14, 3_320_000, 14, 3_320_000),
    "03-rdf-id": (14, 3_320_000, 14, 3_320_000),
    "04": (180, 3_454_660, 192, 13_555_590),
    "05": (1, 0, 1, 0),
    "06": (0, 0, 0, 0),
    "07": (3, 225_500_000, 3, 260_000_000),
    "10": (0, 0, 12, 368_500_000),
    "11": (5, 510_000, 5, 510_000),
}
"""DER with p_max_w, their sum in W, DER with s_rated_va, their sum in VA."""

LYING = {
    "01": (44, 66, OPENDSS, 0),
    "03": (323, 618, OPENDSS, 0),
    "03-areas": (323, 618, OPENDSS, 0),
    "03-rdf-id": (323, 618, OPENDSS, 0),
    "04": (6806, 13_409, OPENDSS, 0),
    "05": (31, 38, EPSG_4326, 0),
    "06": (1189, 2016, EPSG_4326, 605),
    "07": (0, 0, None, 0),
    "10": (48, 70, OPENDSS, 0),
    "11": (77, 114, OPENDSS, 0),
}
"""Equipment with a position, its points, their coordinate system, containers with a position."""


def plate(network: Network, name: str) -> tuple[float, float]:
    """Return p_max_w and s_rated_va of the one DER of this name."""
    table = network.der
    (row,) = [i for i, e in enumerate(table.equipment.tolist()) if network.equipment.name[e] == name]
    return float(table.p_max_w[row]), float(table.s_rated_va[row])


def points(network: Network, name: str) -> list[tuple[float, float]]:
    """Return the points of the one positioned piece of equipment of this name."""
    table = network.position
    (row,) = [i for i, e in enumerate(table.equipment.tolist()) if network.equipment.name[e] == name]
    span = slice(int(table.start[row]), int(table.start[row + 1]))
    return list(zip(table.x[span].tolist(), table.y[span].tolist(), strict=True))


def said_of(network: Network, *codes: str) -> list[str]:
    return [f.message for f in network.findings if f.code in codes]


MW_BY_HEADER = "Powers are read as MW and MVA: the header names CGMES profiles."
W_BY_EXPORTER = "Powers are read as W and VA: the files are those of CIMHub or GridAPPS-D."
OF_OPENDSS = ("01", "03", "03-areas", "03-rdf-id", "04", "10", "11")
UNITS = {name: [W_BY_EXPORTER] for name in OF_OPENDSS} | {"05": [], "06": [MW_BY_HEADER], "07": [MW_BY_HEADER]}

LOAD = "Positive p means power taken from the network (load convention): the header names CGMES profiles."
GIVEN = (
    "Positive p is read as power given to the network (generation convention): the files are those of CIMHub or "
    "GridAPPS-D, without a header."
)
SIGNS = {name: [GIVEN] for name in OF_OPENDSS} | {"05": [], "06": [LOAD], "07": [LOAD]}


@pytest.mark.parametrize("name", each(*SAID))
def test_rated_powers(model: ByName, name: str) -> None:
    table = model(name).network.der
    active, apparent = (v[~np.isnan(v)].astype(np.float64) for v in (table.p_max_w, table.s_rated_va))
    assert (active.size, round(active.sum()), apparent.size, round(apparent.sum())) == SAID[name]


@pytest.mark.parametrize("name", each(*SAID))
def test_unit_and_sign_are_said(model: ByName, name: str) -> None:
    network = model(name).network
    units = said_of(network, "power_unit_decided", "power_unit_assumed", "power_unit_doubtful")
    assert units == UNITS[name]
    assert said_of(network, "p_sign_decided", "p_sign_assumed", "p_sign_doubtful") == SIGNS[name]


@pytest.mark.parametrize(
    ("name", "der", "expected"),
    [
        pytest.param(name, *row, marks=pytest.mark.xdist_group(f"model{name}"))
        for name, *row in (
            ("01", "batidle", (100_000, 100_000)),
            ("03", "dg_36", (400_000, 400_000)),
            ("04", "pv_1153", (8_870, 11_100)),
            ("04", "steamgen1", (np.nan, 4_000_000)),
            ("07", "G2", (127_500_000, 100_000_000)),
            ("10", "s8_der_ag2", (np.nan, 3_000_000)),
        )
    ],
)
def test_a_nameplate(model: ByName, name: str, der: str, expected: tuple[float, float]) -> None:
    assert plate(model(name).network, der) == pytest.approx(expected, rel=1e-7, nan_ok=True)


@pytest.mark.parametrize("name", each(*LYING))
def test_positions(model: ByName, name: str) -> None:
    network = model(name).network
    table = network.position
    equipment, count, crs, sites = LYING[name]
    assert (table.equipment.size, table.x.size, network.site.container.size) == (equipment, count, sites)
    assert list(table.crs) == ([] if crs is None else [crs])
    assert not table.crs_code.any()
    assert not [f for f in network.findings if f.code == "position_incomplete"]


@pytest.mark.xdist_group("model04")
def test_a_line_has_its_points_in_order(model: ByName) -> None:
    network = model("04").network
    assert points(network, "steamgen1") == [(-119.2273648, 46.72702242)]
    assert points(network, "ln5710794-3") == [(-119.0743653, 46.69261044), (-119.0748875, 46.69217484)]
    assert {int(n) for n in np.diff(network.position.start)} == {1, 2, 3}


def part(folder: Path, *without: str) -> Network:
    if not folder.exists():
        pytest.skip(f"{folder} is absent; TOPOGROUP_MODELS names the folder of models")
    return Network.load(*(path for path in sorted(folder.glob("*.xml")) if path.name not in without))


def test_a_hybrid_of_the_golden_model_sums_its_units(models: Path) -> None:
    """In megawatts: photovoltaics, a battery and wind behind one inverter of 25 kVA."""
    golden = models / "05-gmdm-tbd-golden" / "golden"
    network = part(golden, "Manifest.xml", "Planning Golden Assembly.xml")
    assert plate(network, "Indiv Res Inverter") == (21_000, 25_000)
    (unit,) = said_of(network, "power_unit_assumed")
    assert unit.endswith("their largest value is 0.025.")
    assert (network.position.equipment.size, network.position.x.size) == (30, 37)


def test_two_coordinate_systems_in_one_network(models: Path) -> None:
    """Medium voltage, lines included, in one; low voltage in another. One SSH file is ill-formed."""
    network = part(models / "08-telemark120-cgmes30-mv-lv", "Telemark-120-LV1_SSH.xml")
    assert (network.position.equipment.size, network.position.x.size) == (4, 8)
    assert network.site.container.size == 12
    assert list(network.site.crs) == [EPSG_4326, "urn:ogc:def:crs:EPSG::4336"]
    assert np.bincount(network.site.crs_code).tolist() == [7, 5]


def test_machines_of_a_transmission_model(models: Path) -> None:
    folder = models / "09-smallgrid-cgmes30-nb"
    if not folder.exists():
        pytest.skip(f"{folder} is absent; TOPOGROUP_MODELS names the folder of models")
    network = Network.load(folder)
    assert plate(network, "Glen Lyn SM") == (4e8, 5e8)
    assert said_of(network, "power_unit_decided", "power_unit_assumed") == [MW_BY_HEADER]
    assert said_of(network, "power_unit_doubtful") == []
    assert (network.position.equipment.size, network.position.x.size) == (176, 754)
