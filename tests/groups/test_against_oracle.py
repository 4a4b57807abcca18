"""Random networks: engine and oracle agree on every group, member, verb and reason."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.groups.plain import Place, PlainState, expected_changes, expected_members, view_pair
from topogroup.groups.changes import membership_changes
from topogroup.groups.membership import membership
from topogroup.groups.template import DIMENSIONS, KIND, Template
from topogroup.groups.version import FIRST_VERSION

KINDS = ["battery", "hybrid", "machine", "pv"]

templates = st.lists(st.sampled_from(DIMENSIONS), min_size=1, max_size=4, unique=True).map(tuple)


def subsets(of: list[str]) -> st.SearchStrategy[set[str]]:
    """Draw a subset by one number, whose bits say which are in."""
    return st.integers(0, 2 ** len(of) - 1).map(
        lambda bits: {one for n, one in enumerate(of) if bits >> n & 1}
    )


@st.composite
def states(
    draw: st.DrawFn, dimensions: tuple[str, ...], same_model_as: PlainState | None = None
) -> PlainState:
    """Draw a state, of a model of its own or of a given one (then only the present state is new)."""
    if same_model_as is None:
        kinds = {
            der: draw(st.sampled_from(KINDS)) for der in sorted(draw(subsets([f"d{n}" for n in range(7)])))
        }
        objects = {d: draw(subsets([f"{d}-{n}" for n in range(3)])) for d in dimensions if d != KIND}
        normal = {der: draw(places(objects)) for der in kinds}
    else:
        kinds, objects, normal = same_model_as.kinds, same_model_as.objects, same_model_as.normal
    current = {der: draw(st.just(normal[der]) | places(objects)) for der in kinds}
    return PlainState(kinds, objects, current, normal)


def places(objects: dict[str, set[str]]) -> st.SearchStrategy[Place]:
    """Draw where a DER hangs: on none, one or several objects of each dimension."""
    on = {dimension: subsets(sorted(mrids)) for dimension, mrids in objects.items()}
    return st.builds(Place, st.sampled_from([True, True, True, False]), st.fixed_dictionaries(on))


@st.composite
def switchings(draw: st.DrawFn) -> tuple[tuple[str, ...], PlainState, PlainState]:
    """Draw a template and the states before and after, of the same model or of two."""
    dimensions = draw(templates)
    before = draw(states(dimensions))
    return dimensions, before, draw(states(dimensions, before) | states(dimensions))


@given(templates.flatmap(lambda words: st.tuples(st.just(words), states(words))))
@settings(max_examples=100, deadline=None)
def test_membership(case: tuple[tuple[str, ...], PlainState]) -> None:
    """The same groups with the same members, each list sorted, each member once."""
    dimensions, state = case
    views = view_pair(state)
    found = membership(Template(dimensions), views)
    lists = {
        tuple(item.mrid for item in found.group(i).items): [views[0].der_mrids[d] for d in found.members(i)]
        for i in range(len(found))
    }
    assert len(lists) == len(found)
    assert list(lists) == sorted(lists)
    assert lists == {key: sorted(ders) for key, ders in expected_members(dimensions, state).items()}


@given(switchings())
@settings(max_examples=200, deadline=None)
def test_changes(case: tuple[tuple[str, ...], PlainState, PlainState]) -> None:
    """The same changes, over switching as over a change of the model."""
    dimensions, before, after = case
    found = membership_changes(Template(dimensions), view_pair(before), view_pair(after))
    assert [one.group.mrid for one in found] == sorted(one.group.mrid for one in found)
    told = {}
    for one in found:
        for side in (one.joined, one.left):
            assert [member.mrid for member in side] == sorted({member.mrid for member in side})
        joined, left = ({m.mrid: m.reason for m in side} for side in (one.joined, one.left))
        told[tuple(item.mrid for item in one.group.items)] = (one.verb, joined, left)
        assert one.previous_version == (None if one.verb == "created" else FIRST_VERSION)
        moved_on = one.verb in {"changed", "executed"}
        assert one.version == (FIRST_VERSION.after_membership_change() if moved_on else FIRST_VERSION)
    assert told == expected_changes(dimensions, before, after)


@given(switchings())
@settings(max_examples=100, deadline=None)
def test_changes_carry_a_receiver_from_one_membership_to_the_next(
    case: tuple[tuple[str, ...], PlainState, PlainState],
) -> None:
    """Who applies the changes to the old lists has the new ones."""
    dimensions, before, after = case
    held = expected_members(dimensions, before)
    for one in membership_changes(Template(dimensions), view_pair(before), view_pair(after)):
        key = tuple(item.mrid for item in one.group.items)
        members = held.setdefault(key, set())
        members -= {member.mrid for member in one.left}
        members |= {member.mrid for member in one.joined}
        if one.verb == "deleted":
            assert not held.pop(key)
    wanted = expected_members(dimensions, after)
    assert {key: ders for key, ders in held.items() if ders} == {
        key: ders for key, ders in wanted.items() if ders
    }
    assert wanted.keys() <= held.keys()
