"""Membership changes: the exact list for each event."""

from __future__ import annotations

from tests.groups.feeders import lost, normal_state, on, switched
from tests.groups.plain import Place, PlainState, name_of, view_pair
from topogroup.groups.changes import (
    ChangedMember,
    MembershipChange,
    Reason,
    Verb,
    all_membership_changes,
    membership_changes,
)
from topogroup.groups.template import parse_template, parse_templates
from topogroup.groups.version import FIRST_VERSION, Version
from topogroup.topology.arrays.links import Item

V1, V2 = Version(1, 0, 0), Version(1, 1, 0)


def members(pairs: tuple[tuple[str, Reason], ...]) -> tuple[ChangedMember, ...]:
    """Return members in full from (mRID, reason) pairs."""
    return tuple(ChangedMember(mrid, name_of(mrid), reason) for mrid, reason in pairs)


def change(
    text: str,
    key: list[str],
    verb: Verb,
    *,
    joined: tuple[tuple[str, Reason], ...] = (),
    left: tuple[tuple[str, Reason], ...] = (),
    version: Version = V2,
    previous: Version | None = V1,
) -> MembershipChange:
    """Return a change in full from the objects of its key and (mRID, reason) pairs."""
    group = parse_template(text).group(Item(mrid, name_of(mrid), False) for mrid in key)
    return MembershipChange(group, verb, members(joined), members(left), version, previous)


def changes(text: str, before: PlainState, after: PlainState) -> list[MembershipChange]:
    """Return the changes between two plain states."""
    return membership_changes(parse_template(text), view_pair(before), view_pair(after))


def in_order(*found: MembershipChange) -> list[MembershipChange]:
    """Return changes as they must come: by the group's mRID."""
    return sorted(found, key=lambda one: one.group.mrid)


def test_nothing_happens_when_nothing_changes() -> None:
    """No change, no message."""
    assert changes("feeder,kind", normal_state(), normal_state()) == []


def test_a_der_that_moves_leaves_one_group_and_joins_another() -> None:
    """d1 goes from F1 to F2; its substation sees nothing of it."""
    after = switched(d1=on("F2"))
    assert changes("feeder", normal_state(), after) == in_order(
        change("feeder", ["F1"], "executed", left=(("d1", "moved"),)),
        change("feeder", ["F2"], "changed", joined=(("d1", "moved"),)),
    )
    assert changes("substation", normal_state(), after) == []


def test_members_that_leave_and_join_at_once_are_one_change() -> None:
    """d1 and d3 swap feeders."""
    after = switched(d1=on("F2"), d3=on("F1"))
    assert changes("feeder", normal_state(), after) == in_order(
        change("feeder", ["F1"], "executed", joined=(("d3", "moved"),), left=(("d1", "moved"),)),
        change("feeder", ["F2"], "executed", joined=(("d1", "moved"),), left=(("d3", "moved"),)),
    )


def test_lost_and_restored_supply_are_told_from_moves() -> None:
    """F1 dies; then d2 comes back over F2, d1 where it was."""
    dead = switched(d1=lost(), d2=lost())
    assert changes("feeder", normal_state(), dead) == [
        change("feeder", ["F1"], "executed", left=(("d1", "lost_supply"), ("d2", "lost_supply")))
    ]
    assert changes("feeder", dead, switched(d2=on("F2"))) == in_order(
        change("feeder", ["F1"], "changed", joined=(("d1", "supply_restored"),)),
        change("feeder", ["F2"], "changed", joined=(("d2", "supply_restored"),)),
    )


def test_paralleling_feeders_moves_nobody_from_the_normal_group() -> None:
    """The tie is closed, then the old head opened: one move, at the second step."""
    parallel, moved = switched(d1=on("F1", "F2")), switched(d1=on("F2"))
    assert changes("feeder", normal_state(), parallel) == []
    assert [(c.group.name, c.verb) for c in changes("feeder", parallel, moved)] == [
        (c.group.name, c.verb) for c in changes("feeder", normal_state(), moved)
    ]


def test_a_der_that_ends_on_the_busbar_has_moved() -> None:
    """It is supplied, but over no feeder."""
    assert changes("feeder", normal_state(), switched(d3=on())) == [
        change("feeder", ["F2"], "executed", left=(("d3", "moved"),))
    ]


def test_a_new_combination_is_created_and_the_old_one_stays() -> None:
    """F2 is fed from S2: (S1, F2) loses its member and lives on; the way back deletes nothing."""
    after = switched(d3=Place(True, {"feeder": {"F2"}, "substation": {"S2"}}))
    created = change(
        "substation,feeder",
        ["S2", "F2"],
        "created",
        joined=(("d3", "moved"),),
        version=FIRST_VERSION,
        previous=None,
    )
    emptied = change("substation,feeder", ["S1", "F2"], "executed", left=(("d3", "moved"),))
    assert changes("substation,feeder", normal_state(), after) == in_order(created, emptied)
    assert changes("substation,feeder", after, normal_state()) == in_order(
        change("substation,feeder", ["S2", "F2"], "executed", left=(("d3", "moved"),)),
        change("substation,feeder", ["S1", "F2"], "changed", joined=(("d3", "moved"),)),
    )


def test_a_known_group_counts_on_and_is_not_created_again() -> None:
    """Versions given by the caller say which groups exist, also those of combinations that had gone."""
    template = parse_template("substation,feeder")
    after = switched(d3=Place(True, {"feeder": {"F2"}, "substation": {"S2"}}))
    first = membership_changes(template, view_pair(normal_state()), view_pair(after))
    versions = {one.group.mrid: Version(3, 7, 2) for one in first}
    again = membership_changes(template, view_pair(normal_state()), view_pair(after), versions)
    assert {(c.verb, str(c.previous_version), str(c.version)) for c in again} == {
        ("changed", "3.7.2", "3.8.0"),
        ("executed", "3.7.2", "3.8.0"),
    }


def test_a_new_model_creates_and_deletes_groups() -> None:
    """F3 goes, F4 comes with d5; d1 is no longer in the model; groups that stay only change."""
    after = normal_state()
    after.objects["feeder"] = {"F1", "F2", "F4"}
    for places in (after.current, after.normal):
        del places["d1"]
        places["d5"] = Place(True, {"feeder": {"F4"}, "substation": {"S2"}})
    del after.kinds["d1"]
    after.kinds["d5"] = "pv"
    created = change("feeder", ["F4"], "created", joined=(("d5", "model"),), version=V1, previous=None)
    assert changes("feeder", normal_state(), after) == in_order(
        change("feeder", ["F1"], "executed", left=(("d1", "model"),)),
        change("feeder", ["F3"], "deleted", version=V1),
        created,
    )


def test_a_deleted_group_names_its_last_members_and_keeps_its_last_version() -> None:
    """F1 leaves the model; d1 hangs on F2, d2 on nothing."""
    after = switched(d1=on("F2"), d2=lost())
    after.objects["feeder"] = {"F2", "F3"}
    after.normal.update(d1=on("F2"), d2=lost())
    assert changes("feeder", normal_state(), after) == in_order(
        change("feeder", ["F1"], "deleted", left=(("d1", "moved"), ("d2", "lost_supply")), version=V1),
        change("feeder", ["F2"], "changed", joined=(("d1", "moved"),)),
    )


def test_a_new_kind_of_der_creates_its_groups_on_every_feeder() -> None:
    """Also empty ones, as for every other kind."""
    after = normal_state()
    after.kinds["d5"] = "wind"
    after.current["d5"] = after.normal["d5"] = on("F3")
    found = changes("feeder,kind", normal_state(), after)
    assert [
        (c.verb, c.group.items[0].mrid, [m.mrid for m in c.joined])
        for c in sorted(found, key=lambda c: c.group.name)
    ] == [
        ("created", "F1", []),
        ("created", "F2", []),
        ("created", "F3", ["d5"]),
    ]


def test_several_templates_come_as_one_sorted_list() -> None:
    """The order does not depend on the order of the templates."""
    before, after = view_pair(normal_state()), view_pair(switched(d1=on("F2"), d2=lost()))
    one = all_membership_changes(parse_templates(["feeder", "kind"]), before, after)
    other = all_membership_changes(parse_templates(["kind", "feeder"]), before, after)
    assert one == other
    assert [c.group.mrid for c in one] == sorted(c.group.mrid for c in one)
    assert sorted(c.group.name for c in one) == ["battery", "name of F1", "name of F2"]


def test_changes_are_values() -> None:
    """They can be compared, kept in sets and used as keys."""
    found = changes("feeder", normal_state(), switched(d1=on("F2")))
    assert len({*found, *changes("feeder", normal_state(), switched(d1=on("F2")))}) == 2
