"""Groups, templates and models by command: exactly these events, versions and refusals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cim_models import limits
from cim_models.errors import ConflictError, IdError, NotFoundError, OptionError, PreconditionError, TopogroupError
from tests.engine.made import Running
from topogroup.engine.commands import ChangeGroup, Command, CreateGroup, CreateTemplate, DeleteGroup, DeleteTemplate
from topogroup.groups.criteria import parse_criteria
from topogroup.groups.definition import RuleDefinition, StaticDefinition
from topogroup.groups.template import parse_template


def listed(*members: str) -> StaticDefinition:
    """Return a definition by list."""
    return StaticDefinition(members)


def test_a_group_by_list_from_its_creation_to_its_end(running: Running) -> None:
    """Version and sequence at every step; switching does not touch it."""
    made = running.does(CreateGroup("mine", listed("PV2", "_B1", "PV2"), "G1"))
    assert made.created and made.body == {
        "mrid": "G1", "name": "mine", "version": "1.0.0", "members": 2, "sequence": 1, "revision": 3,
    }  # fmt: skip
    running.switch("-F1", "-F2")
    running.new_events()
    changed = running.does(ChangeGroup("G1", "ours", listed("PV2", "PV1"), "1-1"))
    assert (changed.body["version"], changed.body["sequence"]) == ("2.0.0", 2)
    running.does(ChangeGroup("G1", "all", listed("PV2", "PV1"), "*"))
    running.does(ChangeGroup("G1", "all", listed("PV2", "PV1", "B1"), None))
    running.does(ChangeGroup("G1", "all", listed("PV2", "PV1", "B1"), None))
    running.does(DeleteGroup("_G1", "1-4"))
    assert running.new_events() == [
        "r5 executed ours 2.0.0 +PV1(rule) -B1(rule)",
        "r6 changed all 3.0.0",
        "r7 changed all 4.0.0 +B1(rule)",
        "r9 deleted all 4.0.0 -B1(rule) -PV1(rule) -PV2(rule)",
    ]
    running.restart()
    again = running.does(CreateGroup("all", listed("PV1"), "G1"))
    assert (again.body["version"], again.body["sequence"]) == ("1.0.0", 6)
    assert running.new_events() == ["r10 created all 1.0.0 +PV1(rule)"]


def by(text: str) -> RuleDefinition:
    """Return a definition by criteria."""
    return RuleDefinition(parse_criteria(text))


def test_a_group_by_criteria_follows_every_operation(running: Running) -> None:
    """Exactly these events; what criteria do not see is no event, and a restart changes nothing."""
    running.does(CreateGroup("south", by("substation = 'S2'"), "G1"))
    running.does(CreateGroup("batteries", by("kind = 'battery'"), "G2"))
    running.switch("-F1")
    running.restart()
    running.switch("+TIE")
    running.switch("+F1")
    running.does(ChangeGroup("G2", "dark", by("NOT supplied"), "1-3"))
    running.switch("-F1", "-TIE")
    own = [event for event in running.new_events() if event.split()[2] in ("south", "batteries", "dark")]
    assert own == [
        "r3 created south 1.0.0 +PV2(rule)",
        "r4 created batteries 1.0.0 +B1(rule)",
        "r5 executed batteries 1.1.0 -B1(lost_supply)",
        "r6 changed south 1.1.0 +B1(supply_restored) +PV1(supply_restored)",
        "r6 changed batteries 1.2.0 +B1(supply_restored)",
        "r8 executed dark 2.0.0 -B1(rule)",
        "r9 executed south 1.2.0 -B1(lost_supply) -PV1(lost_supply)",
        "r9 changed dark 2.1.0 +B1(lost_supply) +PV1(lost_supply)",
    ]


def test_a_group_by_a_place_follows_switches_far_away(running: Running) -> None:
    """Also where no DER moves: with the tie closed, F1 alone no longer makes its own DER dark."""
    running.does(CreateGroup("behind F1", by("downstream('F1')"), "G1"))
    running.does(CreateGroup("through F2", by("fed_through('_F2')"), "G2"))
    running.switch("+TIE")
    running.restart()
    running.switch("-F2")
    running.switch("-TIE", "+F2")
    own = [event for event in running.new_events() if "behind" in event or "through" in event]
    assert own == [
        "r3 created behind F1 1.0.0 +B1(rule) +PV1(rule)",
        "r4 created through F2 1.0.0 +PV2(rule)",
        "r5 executed behind F1 1.1.0 -B1(moved) -PV1(moved)",
        "r5 changed through F2 1.1.0 +B1(moved) +PV1(moved)",
        "r6 changed behind F1 1.2.0 +B1(moved) +PV1(moved) +PV2(moved)",
        "r6 executed through F2 1.2.0 -B1(moved) -PV1(moved) -PV2(moved)",
        "r7 executed behind F1 1.3.0 -PV2(moved)",
        "r7 changed through F2 1.3.0 +PV2(moved)",
    ]


def test_a_place_that_is_not_there_is_refused_unless_it_was_there(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New criteria name what the model has; a later model may lose it, and then nobody is behind it."""
    running.activate("second")
    running.does(CreateGroup("third", by("downstream('F3')"), "G1"))
    running.activate("first")
    running.does(ChangeGroup("G1", "third, still", by("downstream('F3')"), None))
    with pytest.raises(IdError, match="'F9' names no equipment"):
        running.does(ChangeGroup("G1", "third", by("downstream('F3') OR downstream('F9')"), None))
    with pytest.raises(OptionError, match="carries no supply"):
        running.does(CreateGroup("behind a DER", by("downstream('PV1')")))
    assert running.members()["third, still"] == set()
    monkeypatch.setattr(limits, "GROUPS_WITH_PLACES_MAX", 1)
    running.does(ChangeGroup("G1", "third, still", by("downstream('F3') AND kind = 'pv'"), None))
    with pytest.raises(ConflictError, match="There are 1 groups already whose criteria name places"):
        running.does(CreateGroup("another", by("fed_through('F1')")))
    running.restart()
    running.activate("second")
    assert running.members()["third, still"] == {"PV2"}


REFUSED: list[tuple[str, type[TopogroupError], str, Callable[[], Command]]] = [
    ("name in use", ConflictError, "group_name_taken", lambda: CreateGroup("mine", listed())),
    ("id in use", ConflictError, "group_exists", lambda: CreateGroup("other", listed(), "_G1")),
    ("no such DER", IdError, "unknown_id", lambda: CreateGroup("other", listed("F1"))),
    ("empty name", OptionError, "group_name", lambda: CreateGroup(" ", listed())),
    ("long name", OptionError, "group_name", lambda: CreateGroup("x" * 257, listed())),
    ("line end", OptionError, "group_name", lambda: CreateGroup("a\nb", listed())),
    ("bad id", IdError, "group_id", lambda: CreateGroup("other", listed(), "a b")),
    ("no such group", NotFoundError, "unknown_group", lambda: ChangeGroup("G2", "x", listed())),
    ("old tag", PreconditionError, "group_changed", lambda: ChangeGroup("G1", "x", listed(), "1-9")),
    ("old tag at the end", PreconditionError, "group_changed", lambda: DeleteGroup("G1", "1-0")),
    ("same template", ConflictError, "template_exists", lambda: CreateTemplate(parse_template("feeder"))),
    ("no such template", NotFoundError, "unknown_template", lambda: DeleteTemplate("nobody")),
]


@pytest.mark.parametrize(("error", "code", "command"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_refusals_change_nothing(
    running: Running, error: type[TopogroupError], code: str, command: Callable[[], Command]
) -> None:
    """One sentence with a code; no revision, no event."""
    running.does(CreateGroup("mine", listed("PV1"), "G1"))
    running.new_events()
    with pytest.raises(error) as refused:
        running.does(command())
    assert refused.value.code == code
    assert running.engine.view.revision == 3 and running.new_events() == []


def test_groups_of_a_template_are_not_changed_one_by_one(running: Running) -> None:
    """Nor deleted."""
    mrid = next(iter(running.engine.view.groups))
    for command in (ChangeGroup(mrid, "x", listed()), DeleteGroup(mrid)):
        with pytest.raises(ConflictError) as refused:
            running.does(command)
        assert refused.value.code == "template_group"


def test_the_end_of_a_template_and_its_return(running: Running) -> None:
    """Its groups end with their members, and come back with their keys and sequences."""
    (mrid,) = running.engine.view.templates
    keys = {record.group.name: record.key for record in running.engine.view.groups.values()}
    assert running.does(DeleteTemplate(mrid)).body == {"mrid": mrid, "groups": 2, "revision": 3}
    assert running.new_events() == [
        "r3 deleted F1 1.0.0 -B1(rule) -PV1(rule)", "r3 deleted F2 1.0.0 -PV2(rule)",
    ]  # fmt: skip
    running.restart()
    running.template("feeder")
    assert running.new_events() == ["r4 created F1 1.0.0 +B1(rule) +PV1(rule)", "r4 created F2 1.0.0 +PV2(rule)"]
    assert {r.group.name: (r.key, r.sequence) for r in running.engine.view.groups.values()} == {
        name: (key, 3) for name, key in keys.items()
    }


def test_another_model(running: Running) -> None:
    """DER gone, DER new, DER elsewhere, objects gone and new, reports kept, keys kept: in one revision each."""
    running.template("substation,kind")
    running.does(CreateGroup("mine", listed("PV1", "B1")))
    running.switch("-F2")
    keys = dict(zip(*key_table(running), strict=True))
    running.new_events()
    running.activate("second")
    assert sorted(running.new_events()) == [
        "r6 changed S2 pv 1.2.0 +PV2(supply_restored)",
        "r6 created F3 1.0.0 +PV2(supply_restored)",
        "r6 deleted S1 battery 1.0.0 -B1(model)",
        "r6 deleted S2 battery 1.0.0",
        "r6 executed F1 1.1.0 -B1(model)",
        "r6 executed mine 1.1.0 -B1(model)",
    ]
    assert running.members() == {
        "F1": {"PV1"}, "F2": set(), "F3": {"PV2"}, "S1 pv": {"PV1"}, "S2 pv": {"PV2"}, "mine": {"PV1"},
    }  # fmt: skip
    now = dict(zip(*key_table(running), strict=True))
    assert {mrid: now[mrid] for mrid in now.keys() & keys.keys()} == {m: keys[m] for m in now.keys() & keys.keys()}
    assert not {now[mrid] for mrid in now.keys() - keys.keys()} & set(keys.values())
    running.restart()
    running.switch("+F2")
    assert running.new_events() == ["r7 changed S2 pv 1.3.0 +PV3(supply_restored)", "r7 changed F2 1.2.0 +PV3(supply_restored)"]  # noqa: E501
    running.activate("first")
    assert "r8 changed mine 1.2.0 +B1(model)" in running.new_events()


def key_table(running: Running) -> tuple[list[str], list[int]]:
    """Return mRIDs and permanent keys of all equipment."""
    model = running.engine.view.model
    assert model is not None
    return list(model.network.equipment.id), model.network.equipment.key.tolist()
