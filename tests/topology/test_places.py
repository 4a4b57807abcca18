"""Places of temporary devices: what a text names, and what is refused there."""

from __future__ import annotations

import pytest

from cim_models import load_text
from cim_models.errors import TopogroupError
from topogroup.testing import NetworkBuilder
from topogroup.topology.structure.grid import prepare
from topogroup.topology.switching.places import Places


@pytest.fixture
def places() -> Places:
    """Return the places of a feeder with a lateral on phase A and a transformer to 400 V."""
    b = NetworkBuilder().external_network_injection("G", "hv", 110_000).substation("S1")
    b.transformer("T1", [("hv", 110_000), ("bus", 20_000)], container="S1").busbar("BB", "bus", container="S1")
    b.breaker("F1", "bus", "a").line("L1", "a", "b", phases="ABC").line("LA", "b", "c", phases="A")
    b.line("LB", "b", "d", phases="B").pv("PV1", "b").load("twin", "c").load("twin2", "d")
    b.transformer("X1", [("b", 20_000), ("lv", 400)])
    return Places(prepare(load_text(b.to_xml())))


def name_of(places: Places, text: str) -> str:
    """Return the name of the node that a text names."""
    return places._network.node.name[places.node(text)[0]]


def test_a_place_is_equipment_with_one_end_an_end_or_a_node(places: Places) -> None:
    """By mRID in any spelling or by name; it is kept by mRID."""
    for text, node, word in (
        ("PV1", "b", "PV1"),
        ("BB", "bus", "BB"),
        ("_BB", "bus", "BB"),
        ("L1/1", "a", "L1/1"),
        ("L1/2", "b", "L1/2"),
        ("X1/2", "lv", "X1/2"),
        ("PV1/1", "b", "PV1/1"),
        ("n.c", "c", "n.c"),
        ("c", "c", "n.c"),
    ):
        assert (name_of(places, text), places.node(text)[1]) == (node, word), text


@pytest.mark.parametrize(
    ("kind", "place", "phases", "code", "says"),
    [
        ("jumper", ("L1", "c"), "", "place_unclear", "'L1' has 2 ends; say which one: L1/1 or L1/2."),
        ("jumper", ("L1/3", "c"), "", "unknown_end", "'L1/3': L1 has 2 ends."),
        ("jumper", ("b", "nowhere"), "", "unknown_place", "'nowhere' names no equipment and no node"),
        ("jumper", ("b",), "", "device_place", "The jumper 'D' needs its two places and nothing else."),
        ("source", ("b", "c"), "", "device_place", "The source 'D' needs its place and nothing else."),
        ("jumper", ("b", "PV1"), "", "same_place", "lie on one node"),
        ("jumper", ("b", "lv"), "", "jumper_voltage", "would join n.b with 20000 V and n.lv with 400 V."),
        ("jumper", ("c", "d"), "", "jumper_phases", "would join n.c with phases A and n.d with B."),
        ("jumper", ("b", "c"), "B", "unknown_phase", "n.c has no phase B."),
        ("jumper", ("b", "c"), "X", "unknown_phase", "'X' is no phase code"),
        ("source", ("c",), "BC", "unknown_phase", "n.c has no phase BC."),
        ("cut", ("LA",), "B", "unknown_phase", "LA has no phase B."),
        ("cut", ("F1",), "", "not_a_line", "'F1' is no line, and only lines can be cut."),
        ("cut", ("L9",), "", "unknown_id", "'L9' names no line of this model"),
        ("clamp", ("b",), "", "device_kind", "its kind is cut, jumper or source, not 'clamp'."),
    ],
)
def test_what_is_impossible_is_refused(
    places: Places, kind: str, place: tuple[str, ...], phases: str, code: str, says: str
) -> None:
    """With one sentence."""
    with pytest.raises(TopogroupError) as refused:
        places.device("D", kind, place, phases)
    assert refused.value.code == code
    assert says in refused.value.message and "\n" not in refused.value.message


@pytest.mark.parametrize("id_", ["", " ", "x" * 257, "a\nb"])
def test_ids_are_printable(places: Places, id_: str) -> None:
    """Nothing else can be taken away by its id."""
    with pytest.raises(TopogroupError, match="printable"):
        places.device(id_, "source", ("b",))


def test_until_is_a_time_with_a_zone(places: Places) -> None:
    """It is kept as it was written."""
    assert places.device("D", "source", ("b",), until="2026-05-01T16:00+02:00").until == "2026-05-01T16:00+02:00"
    for text in ("tomorrow", "2026-05-01", "2026-05-01T16:00"):
        with pytest.raises(TopogroupError, match="a time with a zone"):
            places.device("D", "source", ("b",), until=text)


def test_what_a_device_says(places: Places) -> None:
    """What is not said is left out."""
    jumper = places.device("J", "jumper", ("L1/1", "c"), "A", "2026-05-01T16:00Z")
    assert jumper.as_dict() == {
        "id": "J", "kind": "jumper", "place": "L1/1", "place2": "n.c", "phases": "A", "until": "2026-05-01T16:00Z",
    }  # fmt: skip
    assert places.device("C", "cut", ("L1",)).as_dict() == {"id": "C", "kind": "cut", "place": "L1"}
