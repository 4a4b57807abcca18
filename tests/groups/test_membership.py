"""Membership: exact lists for each policy."""

from __future__ import annotations

import numpy as np
import pytest

from tests.groups.feeders import lost, normal_state, on, switched
from tests.groups.plain import Place, PlainState, view_pair
from topogroup.groups.keys import numbered, packed
from topogroup.groups.membership import Membership, membership, preferring_normal
from topogroup.groups.template import parse_template
from topogroup.topology.arrays.links import Links


def members_of(text: str, state: PlainState) -> dict[tuple[str, ...], list[str]]:
    """Return all groups by the mRIDs of their key, with the mRIDs of their members in the order given."""
    views = view_pair(state)
    found = membership(parse_template(text), views)
    return {key_of(found, i): [views[0].der_mrids[d] for d in found.members(i)] for i in range(len(found))}


def key_of(found: Membership, number: int) -> tuple[str, ...]:
    """Return the mRIDs of a group's key."""
    return tuple(item.mrid for item in found.group(number).items)


def test_each_object_has_its_group_also_an_empty_one() -> None:
    """F3 has no DER; d4 on the busbar has no feeder."""
    assert members_of("feeder", normal_state()) == {("F1",): ["d1", "d2"], ("F2",): ["d3"], ("F3",): []}
    assert members_of("substation", normal_state()) == {("S1",): ["d1", "d2", "d3", "d4"], ("S2",): []}


def test_times_kind_each_object_has_one_group_for_each_kind_of_the_model() -> None:
    """Kinds that no DER of the model has make no group."""
    assert members_of("feeder,kind", normal_state()) == {
        ("F1", "battery"): ["d2"],
        ("F1", "pv"): ["d1"],
        ("F2", "battery"): [],
        ("F2", "pv"): ["d3"],
        ("F3", "battery"): [],
        ("F3", "pv"): [],
    }
    assert members_of("kind", normal_state()) == {("battery",): ["d2"], ("pv",): ["d1", "d3", "d4"]}


def test_several_objects_make_the_combinations_that_occur() -> None:
    """(S1, F1) and (S1, F2) occur, (S2, F3) has no DER and (S2, F1) nobody ever had."""
    assert members_of("substation,feeder", normal_state()) == {
        ("S1", "F1"): ["d1", "d2"],
        ("S1", "F2"): ["d3"],
    }


def test_a_combination_of_the_normal_state_stays_when_it_is_empty() -> None:
    """All of F2 without supply: its group is there, empty."""
    state = switched(d3=lost())
    assert members_of("substation,feeder", state) == {("S1", "F1"): ["d1", "d2"], ("S1", "F2"): []}


def test_a_combination_that_occurs_only_now_has_a_group() -> None:
    """F2 fed from S2."""
    state = switched(d3=Place(True, {"feeder": {"F2"}, "substation": {"S2"}}))
    assert members_of("feeder,substation", state) == {
        ("F1", "S1"): ["d1", "d2"],
        ("F2", "S1"): [],
        ("F2", "S2"): ["d3"],
    }


def test_without_supply_a_der_is_in_no_group() -> None:
    """Its section is known all the same; that does not make it a member."""
    state = switched(d1=Place(False, {"feeder": {"F1"}, "substation": {"S1"}}))
    assert members_of("feeder", state) == {("F1",): ["d2"], ("F2",): ["d3"], ("F3",): []}
    assert members_of("kind", state) == {("battery",): ["d2"], ("pv",): ["d3", "d4"]}


@pytest.mark.parametrize(
    ("normal", "current", "groups"),
    [
        (["F1"], ["F1", "F2"], ["F1"]),
        (["F3"], ["F1", "F2"], ["F1", "F2"]),
        ([], ["F1", "F2"], ["F1", "F2"]),
        (["F1", "F2"], ["F1", "F2", "F3"], ["F1", "F2"]),
        (["F1", "F2"], ["F2"], ["F2"]),
        (["F1"], ["F2"], ["F2"]),
    ],
)
def test_a_paralleled_der_is_with_its_normal_objects(
    normal: list[str], current: list[str], groups: list[str]
) -> None:
    """Normal ones among the present ones, else all present ones."""
    state = switched(d1=on(*current))
    state.normal["d1"] = on(*normal)
    assert [key[0] for key, ders in members_of("feeder", state).items() if "d1" in ders] == groups


def test_the_policy_holds_for_each_dimension_by_itself() -> None:
    """Normal feeder F1 is among the present ones, normal substation S2 is not."""
    state = switched(d1=Place(True, {"feeder": {"F1", "F2"}, "substation": {"S1"}}))
    state.normal["d1"] = Place(True, {"feeder": {"F1"}, "substation": {"S2"}})
    found = members_of("feeder,substation", state)
    assert [key for key, ders in found.items() if "d1" in ders] == [("F1", "S1")]


def test_a_model_without_der_has_empty_groups() -> None:
    """And none by kind."""
    state = PlainState({}, {"feeder": {"F1"}}, {}, {})
    assert members_of("feeder", state) == {("F1",): []}
    assert members_of("kind", state) == {}
    assert members_of("feeder,kind", state) == {}


def test_a_model_without_objects_has_no_groups() -> None:
    """No feeder, no group by feeder, in products neither."""
    state = PlainState({"d": "pv"}, {"feeder": set(), "section": set()}, {"d": Place()}, {"d": Place()})
    assert members_of("feeder", state) == {}
    assert members_of("feeder,section", state) == {}


def test_links_are_untouched_where_nothing_is_paralleled() -> None:
    """The usual case costs nothing."""
    links = Links(np.array([0, 1, 1, 2]), np.array([1, 0], np.int32))
    assert preferring_normal(links, links) is links


def test_keys_beyond_64_bits_stay_apart_and_in_order() -> None:
    """Five tables of 2**23 objects have 2**115 combinations: the first position would be shifted out."""
    size = 2**23
    rows = [(1, 0, 0, 0, 1), (0, 0, 0, 0, 1), (2, 0, 0, 0, 0), (0, size - 1, 0, 0, 0), (0, 0, 0, 0, 1)]
    keys, number = numbered(np.array(rows, np.int64), [size] * 5)
    assert [tuple(key) for key in keys.tolist()] == sorted(set(rows))
    assert number.tolist() == [2, 0, 3, 1, 0]
    assert packed(np.empty((0, 5), np.int64), [size] * 5).size == 0
