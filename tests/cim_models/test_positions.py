"""Where equipment and containers lie: every point of small models, written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cim_models import Network, load_text
from tests.cim_models.small import BODY, equal, found, rdf, to, value

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
EPSG_4326 = "urn:ogc:def:crs:EPSG::4326"
LOCATED = "PowerSystemResource.Location"

Rows = dict[str, tuple[str | None, list[tuple[float, float]]]]


def at(equipment: str, location: str, cls: str = "ACLineSegment") -> str:
    """Give equipment that stands elsewhere in the file a location."""
    return f'<cim:{cls} rdf:about="#_{equipment}">{to(LOCATED, location)}</cim:{cls}>\n'


def location(name: str, *points: tuple[str, str | None, str | None], more: str = "") -> str:
    """Write a location and its points: sequence number (empty = none), x, y (None = not written)."""
    text = f'<cim:Location rdf:ID="_{name}">{more}</cim:Location>\n'
    for number, (sequence, x, y) in enumerate(points):
        said = value("PositionPoint.sequenceNumber", sequence) if sequence else ""
        said += "" if x is None else value("PositionPoint.xPosition", x)
        said += "" if y is None else value("PositionPoint.yPosition", y)
        link = to("PositionPoint.Location", name)
        text += f'<cim:PositionPoint rdf:ID="_{name}.P{number}">{link}{said}</cim:PositionPoint>\n'
    return text


def system(name: str, urn: str | None) -> str:
    said = "" if urn is None else value("CoordinateSystem.crsUrn", urn)
    return f'<cim:CoordinateSystem rdf:ID="_{name}">{said}</cim:CoordinateSystem>\n'


def loaded(more: str) -> Network:
    return load_text(rdf(BODY + more))


def rows(network: Network) -> Rows:
    """Return each piece of equipment that has a position: coordinate system and points."""
    table = network.position
    assert [a.dtype for a in (table.equipment, table.start, table.x, table.y, table.crs_code)] == [
        np.int32,
        np.int64,
        np.float64,
        np.float64,
        np.int32,
    ]
    assert table.start.size == table.equipment.size + 1 == table.crs_code.size + 1
    assert table.x.size == table.y.size == table.start[-1]
    assert (np.diff(table.equipment) > 0).all()
    result: Rows = {}
    for i, e in enumerate(table.equipment.tolist()):
        span = slice(int(table.start[i]), int(table.start[i + 1]))
        code = int(table.crs_code[i])
        points = list(zip(table.x[span].tolist(), table.y[span].tolist(), strict=True))
        result[network.equipment.id[e]] = (table.crs[code] if code >= 0 else None, points)
    return result


def test_a_model_without_positions() -> None:
    network = loaded("")
    assert rows(network) == {}
    assert (network.position.start.tolist(), len(network.position.crs)) == ([0], 0)
    assert (network.site.container.size, network.site.start.tolist()) == (0, [0])


def test_points_stand_in_the_order_of_their_numbers() -> None:
    body = at("L", "l") + location("l", ("10", "1", "2"), ("2", "3", "4"), ("1", "-5.5", "6e1"))
    assert rows(loaded(body)) == {"L": (None, [(-5.5, 60.0), (3.0, 4.0), (1.0, 2.0)])}


def test_points_without_a_number_come_last_as_the_file_has_them() -> None:
    body = at("L", "l") + location("l", ("", "9", "9"), ("1", "1", "1"), ("", "2", "2"))
    assert rows(loaded(body)) == {"L": (None, [(1, 1), (9, 9), (2, 2)])}


def test_the_order_of_the_file_changes_nothing() -> None:
    points = [("3", "1", "2"), ("1", "3", "4"), ("2", "5", "6")]
    one = loaded(at("L", "l") + at("PV", "m") + location("l", *points) + location("m", ("1", "7", "8")))
    other = loaded(location("m", ("1", "7", "8")) + location("l", *points) + at("PV", "m") + at("L", "l"))
    equal(one, other)
    assert rows(one) == {"L": (None, [(3, 4), (5, 6), (1, 2)]), "PV": (None, [(7, 8)])}


@pytest.mark.parametrize(
    "links",
    [
        at("L", "l"),
        f'<cim:Location rdf:about="#_l">{to("Location.PowerSystemResources", "L")}</cim:Location>',
        at("L", "l") + f'<cim:Location rdf:about="#_l">{to("Location.PowerSystemResources", "L")}</cim:Location>',
    ],
)
def test_the_link_may_be_written_at_either_end(links: str) -> None:
    network = loaded(links + location("l", ("1", "1", "2")))
    assert rows(network) == {"L": (None, [(1, 2)])}
    assert not found(network, "repeated_value")


def test_points_may_be_listed_by_their_location() -> None:
    points = "".join(
        f'<cim:PositionPoint rdf:ID="_p{i}">{value("PositionPoint.xPosition", str(i))}'
        f"{value('PositionPoint.yPosition', '0')}{value('PositionPoint.sequenceNumber', str(9 - i))}"
        "</cim:PositionPoint>"
        for i in (1, 2)
    )
    links = to("Location.PositionPoints", "p1") + to("Location.PositionPoints", "p2")
    body = at("L", "l") + f'<cim:Location rdf:ID="_l">{links}</cim:Location>' + points
    assert rows(loaded(body)) == {"L": (None, [(2, 0), (1, 0)])}


def test_a_location_that_several_share() -> None:
    body = at("L", "l") + at("CB", "l", "Breaker") + location("l", ("1", "1", "2"), ("2", "3", "4"))
    assert rows(loaded(body)) == {name: (None, [(1, 2), (3, 4)]) for name in ("CB", "L")}


def test_two_locations_of_one_thing_are_a_finding() -> None:
    body = at("L", "l") + at("L", "m") + location("l", ("1", "1", "2")) + location("m", ("1", "3", "4"))
    network = loaded(body)
    assert rows(network) == {"L": (None, [(1, 2)])}
    assert [f.objects for f in found(network, "repeated_value")] == [("L",)]


def test_a_point_without_both_numbers_is_left_out() -> None:
    half = [("2", None, "3"), ("3", "4", None), ("4", "here", "5"), ("5", "6", "nan")]
    points = [("1", "1", "2"), *half, ("6", "7", "8")]
    network = loaded(at("L", "l") + at("CB", "m", "Breaker") + location("l", *points) + location("m", ("1", None, "1")))
    assert rows(network) == {"L": (None, [(1, 2), (7, 8)])}
    (one,) = found(network, "position_incomplete")
    assert one.message == "5 position points have no x or no y and are left out."
    assert one.objects == ("l.P1", "l.P2", "l.P3", "l.P4", "m.P0")
    assert [f.objects for f in found(network, "value_unreadable")] == [("l.P3",), ("l.P4",)]


def test_an_unreadable_sequence_number_counts_as_none() -> None:
    network = loaded(at("L", "l") + location("l", ("first", "1", "2"), ("7", "3", "4")))
    assert rows(network) == {"L": (None, [(3, 4), (1, 2)])}
    assert [f.objects for f in found(network, "value_unreadable")] == [("l.P0",)]


@pytest.mark.parametrize(
    "more",
    [
        at("L", "nowhere"),
        at("L", "l") + location("l"),
        location("l", ("1", "1", "2")),
        f'<cim:PositionPoint rdf:ID="_p">{value("PositionPoint.xPosition", "1")}</cim:PositionPoint>',
    ],
)
def test_what_lies_nowhere_has_no_row(more: str) -> None:
    network = loaded(more)
    assert rows(network) == {}
    assert not found(network, "position_incomplete")


def test_each_row_keeps_its_coordinate_system() -> None:
    """Model 08 has two in one network; model 11 says the same one twice."""
    c1, c2, c3 = (to("Location.CoordinateSystem", name) for name in ("c1", "c2", "c3"))
    body = system("c1", EPSG_4326) + system("c2", "plan of the town") + system("c3", EPSG_4326) + system("c4", None)
    body += at("L", "l") + location("l", ("1", "1", "2"), more=c1)
    body += at("CB", "m", "Breaker") + location("m", ("1", "3", "4"), more=c2)
    body += at("PV", "n") + location("n", ("1", "5", "6"), more=c3)
    body += at("G", "o") + location("o", ("1", "7", "8"), more=to("Location.CoordinateSystem", "c4"))
    network = loaded(body)
    assert list(network.position.crs) == ["plan of the town", EPSG_4326]
    assert rows(network) == {
        "CB": ("plan of the town", [(3, 4)]),
        "G": (None, [(7, 8)]),
        "L": (EPSG_4326, [(1, 2)]),
        "PV": (EPSG_4326, [(5, 6)]),
    }


def test_containers_have_sites() -> None:
    body = f'<cim:Substation rdf:ID="_S">{to(LOCATED, "l")}</cim:Substation><cim:Substation rdf:ID="_R"/>'
    body += f'<cim:Bay rdf:ID="_B">{to(LOCATED, "m")}</cim:Bay>'
    body += location("l", ("2", "1", "2"), ("1", "3", "4"), more=to("Location.CoordinateSystem", "c"))
    body += location("m", ("1", "5", "6")) + system("c", EPSG_4326)
    network = loaded(body)
    assert rows(network) == {}
    site = network.site
    assert [network.container.id[c] for c in site.container.tolist()] == ["B", "S"]
    assert (site.start.tolist(), site.x.tolist(), site.y.tolist()) == ([0, 1, 3], [5, 3, 1], [6, 4, 2])
    assert (site.crs_code.tolist(), list(site.crs)) == ([-1, 0], [EPSG_4326])


def test_a_snapshot_keeps_positions_and_nameplates(tmp_path: Path) -> None:
    unit = f'<cim:PhotovoltaicUnit rdf:about="#_U">{value("PowerElectronicsUnit.maxP", "5000")}</cim:PhotovoltaicUnit>'
    rated = value("PowerElectronicsConnection.ratedS", "6000")
    body = unit + f'<cim:PowerElectronicsConnection rdf:about="#_PV">{rated}</cim:PowerElectronicsConnection>'
    body += f'<cim:Substation rdf:ID="_S">{to(LOCATED, "m")}</cim:Substation>' + location("m", ("1", "5", "6"))
    network = loaded(body + at("L", "l") + location("l", ("1", "0.1", "0.2"), ("2", "1", "2")))
    network.save(tmp_path / "saved")
    opened = Network.open(tmp_path / "saved")
    equal(opened, network)
    assert rows(opened) == {"L": (None, [(0.1, 0.2), (1, 2)])}
    assert (opened.der.p_max_w.tolist(), opened.der.s_rated_va.tolist()) == ([5000], [6000])
    assert opened.site.x.tolist() == [5]


def test_everything_in_the_sample_lies_somewhere() -> None:
    network = Network.load(SAMPLE)
    assert (len(network.equipment.id), network.position.equipment.size, network.position.x.size) == (312, 312, 440)
    assert list(network.position.crs) == [EPSG_4326]
    assert not network.position.crs_code.any()
    assert not np.isnan(network.der.s_rated_va).any()
