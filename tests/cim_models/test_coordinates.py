"""Coordinate systems: known places, the way back, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from cim_models.conventions import Conventions
from cim_models.coordinates import System, is_local, system_of, to_degrees
from cim_models.model import Network, load_text
from tests.cim_models.small import BODY, found, rdf, to
from tests.cim_models.test_positions import at, location, system

DEGREES = System("degrees")
SPELLINGS = {
    "urn:ogc:def:crs:EPSG::4326": DEGREES,
    "URN:OGC:DEF:CRS:EPSG::4258": DEGREES,
    "urn:ogc:def:crs:EPSG:9.9.1:4326": DEGREES,
    "http://www.opengis.net/def/crs/EPSG/0/4326": DEGREES,
    "EPSG:4326": DEGREES,
    " epsg::4326 ": DEGREES,
    "urn:ogc:def:crs:OGC:1.3:CRS84": DEGREES,
    "OGC:CRS84": DEGREES,
    "WGS 84": DEGREES,
    "EPSG:3857": System("mercator"),
    "EPSG:32601": System("utm", 1),
    "EPSG:32660": System("utm", 60),
    "EPSG:32756": System("utm", 56, south=True),
    "EPSG:25828": System("utm", 28),
    "EPSG:25838": System("utm", 38),
}
UNKNOWN = ("", "EPSG:4336", "EPSG:32600", "EPSG:32661", "EPSG:25827", "EPSG:25839", "EPSG:31467", "EPSG:2056",
           "OpenDSSLocalBusCoordinates", "EPSG:04326", "EPSG:4326x", "plan", "4326")  # fmt: skip


@pytest.mark.parametrize("urn", SPELLINGS)
def test_systems_by_name(urn: str) -> None:
    assert system_of(urn) == SPELLINGS[urn]


@pytest.mark.parametrize("urn", UNKNOWN)
def test_names_that_are_not_converted(urn: str) -> None:
    assert system_of(urn) is None
    assert is_local(urn) == (urn == "OpenDSSLocalBusCoordinates")


PLACES = [
    # computed with PROJ 9
    ("EPSG:32617", 630084.0, 4833438.0, -79.38714287, 43.64256178),
    ("EPSG:25832", 691607.86, 5334760.2, 11.57555591, 48.1372203),
    ("EPSG:32756", 334873.2, 6252266.09, 151.21500001, -33.85700002),
    ("EPSG:32633", 500000.0, 0.0, 15.0, 0.0),
    ("EPSG:3857", 1288250.0, 6129702.0, 11.57254665, 48.13714932),
    ("EPSG:3857", 0.0, 0.0, 0.0, 0.0),
    ("EPSG:4258", -4.35, 53.23, -4.35, 53.23),
]


@pytest.mark.parametrize(("urn", "x", "y", "longitude", "latitude"), PLACES)
def test_known_places(urn: str, x: float, y: float, longitude: float, latitude: float) -> None:
    known = system_of(urn)
    assert known is not None
    found_x, found_y = to_degrees(known, np.array([x]), np.array([y]))
    assert (found_x[0], found_y[0]) == pytest.approx((longitude, latitude), abs=2e-8)


@pytest.mark.parametrize(
    ("urn", "x", "y"),
    [
        ("EPSG:4326", 180.1, 0.0),
        ("EPSG:4326", 10.0, 90.1),
        ("EPSG:4326", 0.0, 0.0),
        ("EPSG:3857", 2.1e7, 0.0),
        ("EPSG:32633", -1.0, 5e6),
        ("EPSG:32633", 1_000_001.0, 5e6),
        ("EPSG:32633", 5e5, 10_000_001.0),
        ("EPSG:32633", 1e300, 1e300),
    ],
)
def test_numbers_outside_their_system(urn: str, x: float, y: float) -> None:
    known = system_of(urn)
    assert known is not None
    longitude, latitude = to_degrees(known, np.array([x, 15.0]), np.array([y, 1.0]))
    assert np.isnan([longitude[0], latitude[0]]).all()
    assert not np.isnan([longitude[1], latitude[1]]).any()


def lying(crs: str | None, *points: tuple[str, str, str], said: Conventions | None = None) -> Network:
    """Load the small model, its line lying at some points."""
    in_system = "" if crs is None else to("Location.CoordinateSystem", "c")
    body = BODY + at("L", "l") + location("l", *points, more=in_system)
    return load_text(rdf(body + ("" if crs is None else system("c", crs))), said=said or Conventions())


def shape(network: Network) -> tuple[list[bool], list[tuple[float, float]]]:
    table = network.position
    pairs = zip(table.x.round(6).tolist(), table.y.round(6).tolist(), strict=True)
    return table.wgs84.tolist(), list(pairs)


CODES = ("position_local", "position_unconverted", "position_outside")


def test_utm_becomes_degrees() -> None:
    network = lying("urn:ogc:def:crs:EPSG::25832", ("1", "691607.86", "5334760.2"), ("2", "691607.86", "5334760.2"))
    assert shape(network) == ([True], [(11.575556, 48.13722)] * 2)
    assert list(network.position.crs) == ["urn:ogc:def:crs:EPSG::25832"]
    assert found(network, *CODES) == []


@pytest.mark.parametrize(
    ("crs", "code", "word"),
    [
        ("OpenDSSLocalBusCoordinates", "position_local", "the coordinates of a drawing"),
        ("urn:ogc:def:crs:EPSG::4336", "position_unconverted", "EPSG::4336"),
        (None, "position_unconverted", "have no coordinate system"),
    ],
)
def test_other_systems_are_refused_unless_the_user_says_which_it_is(crs: str | None, code: str, word: str) -> None:
    network = lying(crs, ("1", "10", "50"))
    assert shape(network) == ([False], [(10, 50)])
    (told,) = found(network, *CODES)
    assert (told.code, word in told.message) == (code, True)
    said = lying(crs, ("1", "500000", "0"), said=Conventions(local_crs="EPSG:32633"))
    assert (shape(said), found(said, *CODES)) == (([True], [(15, 0)]), [])


def test_what_the_file_says_counts_more_than_the_user() -> None:
    network = lying("EPSG:4326", ("1", "10", "50"), said=Conventions(local_crs="EPSG:32633"))
    assert shape(network) == ([True], [(10, 50)])


def test_points_outside_are_left_out_of_a_line() -> None:
    network = lying("EPSG:4326", ("1", "10", "50"), ("2", "0", "0"), ("3", "11", "95"))
    wgs84, points = shape(network)
    assert (wgs84, points[0]) == ([True], (10, 50))
    assert np.isnan(points[1:]).all()
    (told,) = found(network, *CODES)
    assert told.message.startswith("2 points lie outside EPSG:4326 or at exactly (0, 0)")


def test_sites_are_converted_too() -> None:
    body = f'<cim:Substation rdf:ID="_S">{to("PowerSystemResource.Location", "l")}</cim:Substation>'
    body += location("l", ("1", "500000", "0"), more=to("Location.CoordinateSystem", "c")) + system("c", "EPSG:32633")
    site = load_text(rdf(BODY + body)).site
    assert (site.wgs84.tolist(), site.x.round(6).tolist(), site.y.round(6).tolist()) == ([True], [15], [0])
