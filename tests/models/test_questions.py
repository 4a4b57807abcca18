"""Questions on model 04: known counts, and the attachment before and after as the judge."""

from __future__ import annotations

import numpy as np
import pytest

from cim_models.lookup import EquipmentNames
from tests.models.conftest import ByName
from topogroup.topology.graph.states import Operation, current_state, normal_state, operated
from topogroup.topology.questions.common_supply import lowest_common_supply
from topogroup.topology.questions.known_state import KnownState, carrier
from topogroup.topology.questions.paths import fed_through, path
from topogroup.topology.questions.reach import Nearness, downstream
from topogroup.topology.questions.way_back import way_back
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import Attachments, Energisation, attachments

pytestmark = pytest.mark.xdist_group("model04")

DERS_OF = {"hvmv69_11sub1": 33, "hvmv69_11sub2": 130, "hvmv69_11sub3": 29}
HEADS = ("hvmv_sub_connector", "hvmv69s2b2_sw", "hvmv69s3b2_sw")


@pytest.fixture(scope="module")
def known(model: ByName) -> KnownState:
    """Return model 04 as it is, its phases apart."""
    network = model("04").network
    return KnownState.of(prepare(network, per_phase=True), current_state(network))


@pytest.fixture(scope="module")
def names(known: KnownState) -> EquipmentNames:
    """Return its equipment by name."""
    return EquipmentNames(known.network, "equipment")


def dark(found: Attachments) -> set[int]:
    """Return the rows of DER without supply."""
    return set(np.flatnonzero(found.row_energisation > Energisation.PARTIALLY_ENERGISED).tolist())


def test_transformers_and_their_ders(known: KnownState, names: EquipmentNames) -> None:
    """All of a radial area is fed through its transformer and its head, and lies downstream of both."""
    for (transformer, count), head in zip(DERS_OF.items(), HEADS, strict=True):
        by_transformer = fed_through(known, carrier(known.grid, names, transformer))
        assert by_transformer.der.size == count
        for x in (transformer, head):
            e = carrier(known.grid, names, x)
            for found in (fed_through(known, e), downstream(known, e)):
                assert found.as_dict() == by_transformer.as_dict()


def test_downstream_of_switches_as_attachments_say(known: KnownState) -> None:
    """For every fortieth switch: what is dark with it open and is not with it closed."""
    network = known.network
    switches = sorted(set(network.pole.equipment.tolist()))[::40]
    seen = set()
    for switch in switches:
        closed, opened = (
            dark(attachments(known.grid, known.rows, operated(network, known.state, [Operation(switch, opens, 0)])))
            for opens in (False, True)
        )
        lost = sorted({int(known.rows.der[row]) for row in opened - closed})
        assert downstream(known, [switch]).der.tolist() == lost
        seen.add(bool(lost))
    assert seen == {True, False}


def test_paths_end_at_the_suppliers(known: KnownState) -> None:
    """Of every tenth DER; the first switch on every way ends the section of the DER."""
    nearness = Nearness.of(known)
    for der in range(0, known.rows.phases.size, 10):
        ways = path(known, der).ways
        for level in ("feeder", "transformer", "service_transformer"):
            items = known.grid.levels[level].items
            expected = {items[i] for i in known.found.links[level].of(der).tolist()}
            assert {way.supply for way in ways if way.level == level} == expected
        equipment = int(known.network.der.equipment[der])
        assert der in nearness.same_section([equipment]).der
        section = {one.switch.item for one in nearness.neighbours(known, [equipment])}
        for way in ways:
            passed = [part.item for part in way.parts if part.switch]
            assert not passed or passed[0] in section


def test_ders_of_two_areas_have_their_source_in_common(known: KnownState, names: EquipmentNames) -> None:
    """Of one area its head or what is nearer, of two areas no feeder."""
    areas = [fed_through(known, carrier(known.grid, names, head)).der.tolist() for head in HEADS]
    for area in areas:
        one = lowest_common_supply(known, area[0], area[-1])
        assert one is not None and one.level in ("feeder", "service_transformer")
    other = lowest_common_supply(known, areas[0][0], areas[1][0])
    assert other is None or other.level in ("transformer", "source", "subtransmission_feeder")


def test_the_way_back_from_another_area(known: KnownState, names: EquipmentNames) -> None:
    """The second area loses its head and is taken over whole by the first that a tie leads to."""
    network = known.network
    head = names.one("hvmv69s2b2_sw")
    area = fed_through(known, [head]).der
    normal = attachments(known.grid, known.rows, normal_state(network))
    assert way_back(known, normal, int(area[0])).status == "home"
    for tie in sorted(set(network.pole.equipment[network.pole.normal_open].tolist())):
        state = operated(network, known.state, [Operation(head, True, 0), Operation(tie, False, 0)])
        away = KnownState(known.grid, known.rows, state)
        supplied = [der for der in area.tolist() if away.found.links["feeder"].of(der).size]
        if supplied:
            found = way_back(away, normal, supplied[0])
            assert found.status == "found"
            assert [(one.mrid, opens) for one, opens in found.operations] == [
                (network.equipment.id[head], False),
                (network.equipment.id[tie], True),
            ]
            return
    pytest.fail("no tie leads to the second area")
