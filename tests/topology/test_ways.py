"""Paths, common supply, neighbours and the way back in small networks, each answer as an operator would give it."""

from __future__ import annotations

from typing import Any

import pytest

from cim_models.errors import IdError, OptionError
from cim_models.lookup import EquipmentNames
from tests.scenarios.support import feeder, grid, station
from topogroup.testing import NetworkBuilder
from topogroup.topology.graph.states import current_state, normal_state, operated, operations
from topogroup.topology.questions.common_supply import lowest_common_supply
from topogroup.topology.questions.known_state import DerPhases, KnownState, carrier
from topogroup.topology.questions.paths import fed_through, path
from topogroup.topology.questions.reach import Nearness, downstream
from topogroup.topology.questions.way_back import way_back
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import attachments
from topogroup.topology.switching.devices import Device, with_devices

Said = dict[tuple[str, str, str], tuple[str, str]]


class Asked:
    """A network in a state, asked by names."""

    def __init__(self, b: NetworkBuilder, opened: tuple[str, ...] = (), closed: tuple[str, ...] = ()) -> None:
        network = b.build()
        state = operated(network, current_state(network), operations(network, opened, closed))
        self.known = KnownState.of(prepare(network, per_phase=state.per_phase(network)), state)
        self.names = EquipmentNames(network, "equipment")

    def der(self, name: str) -> int:
        """Return the position of a DER."""
        return self.known.network.der.equipment.tolist().index(self.names.one(name))

    def path(self, name: str) -> Said:
        """Return (level, supply, phases) → the shortest way and what lies on others, in names."""
        found = path(self.known, self.der(name)).ways
        said = {
            (way.level, way.supply.name, way.phases): (
                " ".join(part.item.name for part in way.parts),
                " ".join(part.item.name for part in way.others),
            )
            for way in found
        }
        assert len(said) == len(found)
        return said

    def behind(self, x: str) -> dict[str, str]:
        """Return the DER downstream of something, with their phases."""
        return phases(downstream(self.known, carrier(self.known.grid, self.names, x)))

    def fed(self, x: str) -> dict[str, str]:
        """Return the DER fed through something, with their phases."""
        return phases(fed_through(self.known, carrier(self.known.grid, self.names, x)))

    def common(self, a: str, b: str) -> tuple[str, str] | None:
        """Return the lowest common supply."""
        found = lowest_common_supply(self.known, self.der(a), self.der(b))
        return None if found is None else (found.level, found.supply.name)

    def back(self, name: str) -> tuple[str, list[str]]:
        """Return the status of the way back and its operations."""
        normal = attachments(self.known.grid, self.known.rows, normal_state(self.known.network))
        found = way_back(self.known, normal, self.der(name))
        return found.status, [f"{'open' if opens else 'close'} {item.name}" for item, opens in found.operations]


def phases(found: DerPhases) -> dict[str, str]:
    """Return DER by name with their phases."""
    return {one["name"]: one["phases"] for one in found.as_dict()["ders"]}


def two_feeders(**tie: Any) -> NetworkBuilder:  # noqa: ANN401 - of the builder
    """hv--T1--bus1--F1--f1a--L1--f1b(PV1), bus1--F2--f2a--L2--f2b(PV2), f1b--TIE--f2b normally open."""
    b = feeder(feeder(station(grid()), 1), 2)
    return b.load_break_switch("TIE", "f1b", "f2b", open=True, **tie)


def test_the_path_of_a_radial_der() -> None:
    """Level by level, each with the equipment between and the supply point last."""
    b = two_feeders().transformer("X1", [("f1b", 20_000), ("lv", 400)]).fuse("FU", "lv", "lv2").pv("PV3", "lv2")
    assert Asked(b).path("PV3") == {
        ("service_transformer", "X1", "ABC"): ("FU X1", ""),
        ("feeder", "F1", "ABC"): ("FU X1 L1 F1", ""),
        ("transformer", "T1", "ABC"): ("FU X1 L1 F1 T1", ""),
        ("source", "grid", "ABC"): ("FU X1 L1 F1 T1 grid", ""),
    }


def test_parts_say_what_they_are() -> None:
    """As answers show them."""
    known = Asked(two_feeders()).known
    ways = path(known, 0).as_dict()["ways"]
    assert [part["switch"] for part in ways[0]["parts"]] == [False, True]
    assert [part["class"] for part in ways[-1]["parts"]] == [
        "ACLineSegment",
        "Breaker",
        "PowerTransformer",
        "EnergySource",
    ]


def test_the_paths_of_a_closed_ring() -> None:
    """Two feeders: two supply points; beyond the ring both ways are named, the shorter in its order."""
    asked = Asked(two_feeders(), closed=("TIE",))
    assert asked.path("PV1") == {
        ("feeder", "F1", "ABC"): ("L1 F1", ""),
        ("feeder", "F2", "ABC"): ("TIE L2 F2", ""),
        ("transformer", "T1", "ABC"): ("L1 F1 T1", "F2 L2 TIE"),
        ("source", "grid", "ABC"): ("L1 F1 T1 grid", "F2 L2 TIE"),
    }
    assert asked.fed("TIE") == asked.fed("F1") == {"PV1": "ABC", "PV2": "ABC"}
    assert asked.behind("F1") == asked.behind("TIE") == {}


def test_a_ring_within_a_feeder() -> None:
    """F1--a, a--LA--b, a--LB--b, b(PV): of two equal ways the lowest mRID comes first, the other is named beside it."""
    b = station(grid()).breaker("F1", "bus1", "a").line("LA", "a", "b").line("LB", "a", "b").pv("PV", "b")
    assert Asked(b).path("PV")["feeder", "F1", "ABC"] == ("LA F1", "LB")


def test_the_paths_over_parallel_transformers() -> None:
    """Both transformers supply; at the source they are two ways."""
    b = feeder(station(grid()), 1).transformer("T2", [("hv", 110_000), ("bus1", 20_000)], container="S1")
    asked = Asked(b)
    assert asked.path("PV1") == {
        ("feeder", "F1", "ABC"): ("L1 F1", ""),
        ("transformer", "T1", "ABC"): ("L1 F1 T1", ""),
        ("transformer", "T2", "ABC"): ("L1 F1 T2", ""),
        ("source", "grid", "ABC"): ("L1 F1 T1 grid", "T2"),
    }
    assert asked.behind("T1") == {}
    assert asked.fed("T1") == asked.fed("T2") == {"PV1": "ABC"}


def test_the_path_of_a_back_fed_der() -> None:
    """PV0 on bus1, T1 off: fed against the direction of F1, over the tie, from F2 on another busbar."""
    b = feeder(station(grid(), breaker=True), 1).pv("PV0", "bus1")
    b = feeder(station(b, 2), 2, "bus2").load_break_switch("TIE", "f1b", "f2b", open=True)
    asked = Asked(b, opened=("T1-M",), closed=("TIE",))
    assert asked.path("PV0") == {
        ("feeder", "F2", "ABC"): ("F1 L1 TIE L2 F2", ""),
        ("transformer", "T2", "ABC"): ("F1 L1 TIE L2 F2 T2", ""),
        ("source", "grid", "ABC"): ("F1 L1 TIE L2 F2 T2 grid", ""),
    }
    assert asked.behind("TIE") == {"PV0": "ABC", "PV1": "ABC"}


def test_the_paths_of_phases_over_a_tie_of_one_phase() -> None:
    """F1 has lost phase A; the tie brings that phase from F2, the others come as ever."""
    b = feeder(feeder(station(grid()), 1, phases="ABC"), 2).switch("TIE", "f1b", "f2b", phases="A", open=True)
    asked = Asked(b, opened=("F1:A",), closed=("TIE",))
    said = asked.path("PV1")
    assert {key: way for key, (way, _) in said.items() if key[0] == "feeder"} == {
        ("feeder", "F1", "BC"): "L1 F1",
        ("feeder", "F2", "A"): "TIE L2 F2",
    }
    assert asked.fed("TIE") == asked.behind("TIE") == {"PV1": "A"}
    assert asked.fed("F1") == {"PV1": "BC"}
    # with all poles of F1 closed the ring over phase A feeds PV1 on A either way
    assert asked.behind("F1") == {"PV1": "BC"}


def test_no_path_without_supply() -> None:
    """Dark, disconnected or nowhere."""
    b = two_feeders().pv("OFF", "f2b", connected=False).pv("NOWHERE", None)
    asked = Asked(b, opened=("F1",))
    assert asked.path("PV1") == asked.path("OFF") == asked.path("NOWHERE") == {}
    assert "OFF" not in asked.behind("F2") | asked.fed("F2")


def test_downstream_of_what_is_open_now() -> None:
    """An open switch is asked as if it were closed; what is out of service as if it were in."""
    asked = Asked(two_feeders(), opened=("F1",))
    assert asked.behind("F1") == {"PV1": "ABC"}
    assert asked.behind("TIE") == {"PV1": "ABC"}
    assert asked.fed("F1") == asked.fed("TIE") == {}
    b = station(grid()).breaker("F1", "bus1", "a").line("L1", "a", "b", in_service=False).pv("PV1", "b")
    assert Asked(b).behind("L1") == {"PV1": "ABC"}


def test_downstream_of_a_grid_source_and_of_a_feeder() -> None:
    """A source out of service; a feeder by its name, its head by its own."""
    b = two_feeders()
    assert Asked(b).behind("grid") == Asked(b).fed("grid") == {"PV1": "ABC", "PV2": "ABC"}
    contained = station(grid()).feeder("Nord", substation="S1", head_terminal_of=("F1", 1))
    contained = contained.breaker("F1", "bus1", "a").line("L1", "a", "b", container="Nord").pv("PV1", "b")
    assert Asked(contained).behind("Nord") == Asked(contained).fed("Nord") == {"PV1": "ABC"}


def test_what_carries_no_supply_is_refused() -> None:
    """And what is not there."""
    asked = Asked(two_feeders())
    for ask in (asked.behind, asked.fed):
        with pytest.raises(OptionError, match="carries no supply"):
            ask("PV1")
        with pytest.raises(IdError, match="names no equipment"):
            ask("nothing")


def test_what_two_ders_have_in_common() -> None:
    """The nearest that both need: service transformer, feeder, transformer, source, nothing."""
    b = two_feeders().transformer("X1", [("f1b", 20_000), ("lv", 400)]).pv("PV3", "lv").pv("PV4", "lv")
    b = feeder(station(b, 2), 9, "bus2")
    asked = Asked(b)
    assert asked.common("PV3", "PV4") == ("service_transformer", "X1")
    assert asked.common("PV1", "PV3") == asked.common("PV1", "PV1") == ("feeder", "F1")
    assert asked.common("PV1", "PV2") == ("transformer", "T1")
    assert asked.common("PV2", "PV9") == ("source", "grid")
    ring = Asked(b, closed=("TIE",))
    assert ring.common("PV1", "PV2") == ring.common("PV1", "PV1") == ("transformer", "T1")
    assert Asked(b, opened=("F2",)).common("PV1", "PV2") is None
    two = feeder(station(grid().energy_source("grid2", "hv2", 110_000), 1), 1)
    two = feeder(station(two, 2, hv="hv2"), 2, "bus2")
    assert Asked(two).common("PV1", "PV2") is None


def test_what_ders_of_different_phases_have_in_common() -> None:
    """The same head, each on a pole of its own."""
    b = station(grid()).breaker("F1", "bus1", "a", phases="ABC").line("L1", "a", "b")
    assert Asked(b.pv("PVA", "b", phases="A").pv("PVB", "b", phases="B")).common("PVA", "PVB") == ("feeder", "F1")


def test_neighbours_and_what_lies_within_switches() -> None:
    """PV1 and PV2 are one open tie apart; the busbar is one breaker away from each."""
    b = two_feeders().transformer("X1", [("f1b", 20_000), ("lv", 400)]).pv("PV3", "lv").pv("PV0", "bus1")
    asked = Asked(b, opened=("F1",))
    near = Nearness.of(asked.known)
    beside = near.neighbours(asked.known, [asked.names.one("PV1")])
    assert {(one.switch.item.name, one.phases, one.open_phases) for one in beside} == {
        ("F1", "ABC", "ABC"),
        ("TIE", "ABC", "ABC"),
    }
    assert sorted(one.as_dict()["open"] for one in near.neighbours(asked.known, [asked.names.one("PV2")])) == [
        False,
        True,
    ]
    section = {one.switch.item.name: one.section for one in beside}
    assert section["F1"] != section["TIE"]
    of_node = asked.known.grid.sections.of_node
    home = int(asked.known.rows.node[asked.der("PV2")])
    assert section["TIE"] == asked.known.grid.sections.item(asked.known.network, int(of_node[home]))
    assert set(phases(near.same_section([asked.names.one("PV1")]))) == {"PV1", "PV3"}
    assert set(phases(near.within_switches([asked.names.one("PV1")], 1))) == {"PV0", "PV1", "PV2", "PV3"}
    assert set(phases(near.within_switches([asked.names.one("TIE")], 0))) == {"PV1", "PV2", "PV3"}
    with pytest.raises(OptionError, match="0 or more"):
        near.within_switches([asked.names.one("PV1")], -1)


def test_already_home() -> None:
    """Nothing to do."""
    assert Asked(two_feeders()).back("PV1") == ("home", [])


def test_one_switch_back() -> None:
    """A breaker to close; in a ring the tie to open, which puts it back, and not the head of the other feeder."""
    assert Asked(two_feeders(), opened=("F1",)).back("PV1") == ("found", ["close F1"])
    assert Asked(two_feeders(), closed=("TIE",)).back("PV1") == ("found", ["open TIE"])


def test_a_breaker_to_close_and_a_tie_to_open() -> None:
    """After a transfer; others who were not transferred are at home."""
    asked = Asked(two_feeders(), opened=("F1",), closed=("TIE",))
    assert asked.back("PV1") == ("found", ["close F1", "open TIE"])
    assert asked.back("PV2") == ("home", [])


def test_the_way_back_leaves_others_in_supply() -> None:
    """F1--f1a--L1--f1b(PV1)--SEC--f1c(PV3)--TIE--f2b, SEC normally closed and open now: SEC and TIE, no detour."""
    b = feeder(feeder(station(grid()), 1), 2).load_break_switch("SEC", "f1b", "f1c").pv("PV3", "f1c")
    b.load_break_switch("TIE", "f1c", "f2b", open=True)
    asked = Asked(b, opened=("SEC",), closed=("TIE",))
    assert asked.back("PV3") == ("found", ["close SEC", "open TIE"])
    assert asked.back("PV1") == ("home", [])


def test_no_way_back() -> None:
    """The line out of service is no switch; a DER on a busbar has no normal feeder."""
    b = station(grid()).breaker("F1", "bus1", "a").line("L1", "a", "b", in_service=False).pv("PV1", "b")
    b.pv("PV0", "bus1").pv("OFF", "a", connected=False)
    asked = Asked(b)
    assert asked.back("PV1") == ("none_found", [])
    assert asked.back("OFF") == ("none_found", [])
    assert asked.back("PV0") == ("no_normal_feeder", [])


def test_a_jumper_carries_supply_and_has_no_mrid() -> None:
    """A temporary device lies on the path as what it is."""
    asked = Asked(two_feeders(), opened=("F1",))
    known, network = asked.known, asked.known.network
    nodes = [int(known.rows.node[asked.der(name)]) for name in ("PV1", "PV2")]
    assert len(set(nodes)) == 2
    jumped = with_devices(known.grid, [Device("J", "jumper", (nodes[0], nodes[1]), ("f1b", "f2b"))])
    there = KnownState(jumped, known.rows, known.state)
    (way,) = (way for way in path(there, asked.der("PV1")).ways if way.level == "feeder")
    assert [part.as_dict()["name"] for part in way.parts] == ["temporary device", "L2", "F2"]
    assert way.parts[0].as_dict() == {"mrid": "", "name": "temporary device", "class": "", "switch": False}
    assert phases(fed_through(there, [asked.names.one("F2")])) == {"PV1": "ABC", "PV2": "ABC"}
    assert way.as_dict()["supply"]["name"] == "F2" and network.source.equipment.size == 1


def test_a_mobile_source_is_a_way_and_a_cut_line_is_none() -> None:
    """L1 cut, a mobile source behind it: PV1 hangs on nothing but that, and closing F1 changes nothing for it."""
    asked = Asked(two_feeders())
    known = asked.known
    cut = Device("C", "cut", (asked.names.one("L1"),), ("L1",))
    source = Device("M", "source", (int(known.rows.node[asked.der("PV1")]),), ("f1b",))
    standing = KnownState(with_devices(known.grid, [cut, source]), known.rows, known.state)
    (way,) = path(standing, asked.der("PV1")).ways
    assert (way.level, way.supply.mrid, [part.item.name for part in way.parts]) == ("source", "", ["temporary device"])
    for x in ("F1", "L1"):
        assert phases(downstream(standing, [asked.names.one(x)])) == {}
    assert phases(fed_through(standing, [asked.names.one("grid")])) == {"PV2": "ABC"}
    found = lowest_common_supply(standing, asked.der("PV1"), asked.der("PV1"))
    assert found is not None and found.as_dict()["level"] == "source"
    assert lowest_common_supply(standing, asked.der("PV1"), asked.der("PV2")) is None
