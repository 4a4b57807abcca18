"""Groups that a model brings along: taken over, followed from model to model, never over a user's group."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cim_models import limits
from cim_models.errors import ConflictError
from tests.engine.made import Models, Running, two_substations
from tests.engine.same import check_restart_and_replay
from topogroup.engine.commands import ChangeGroup, CreateGroup, DeleteGroup
from topogroup.engine.model_groups import group_findings
from topogroup.groups.definition import StaticDefinition
from topogroup.testing import NetworkBuilder


def with_groups(**groups: str) -> NetworkBuilder:
    """Return the network of two substations with an EndDevice `<DER>.dev` in each group; words are DER."""
    b = two_substations()
    for group, words in groups.items():
        for der in words.split():
            b.end_device(f"{der}.{group}", der, group=group)
    return b


def renamed(b: NetworkBuilder, old: str, new: str) -> str:
    return b.to_xml().replace(f"name>{old}<", f"name>{new}<")


@pytest.fixture
def running(tmp_path: Path) -> Running:
    models = Models(
        {
            "bare": two_substations(),
            "first": with_groups(G1="PV1 B1", G2="PV2"),
            "again": with_groups(G1="PV1 B1", G2="PV2").line("new", "f2b", "f2z"),
            "moved": with_groups(G1="PV1 PV2", G2="PV2"),
            "less": with_groups(G1="PV1 B1"),
        }
    )
    models.xml["renamed"] = renamed(with_groups(G1="PV1 B1", G2="PV2"), "G2", "South")
    return Running(tmp_path, models)


def definitions(running: Running) -> dict[str, Any]:
    return {mrid: group.definition for mrid, group in running.engine.view.groups.items()}


def told(running: Running) -> list[tuple[str, tuple[str, ...]]]:
    return [(f.code, f.objects) for f in group_findings(running.engine.view)]


def test_groups_come_with_their_own_mrid_and_name(running: Running) -> None:
    answer = running.activate("first")
    assert answer.body["groups"] == 2
    assert answer.body["findings"] == []
    assert running.new_events() == [
        "r1 created G1 1.0.0 +B1(model) +PV1(model)",
        "r1 created G2 1.0.0 +PV2(model)",
    ]
    assert definitions(running) == {
        "G1": StaticDefinition(("B1", "PV1"), of_model=True),
        "G2": StaticDefinition(("PV2",), of_model=True),
    }
    assert {group.kind for group in running.engine.view.groups.values()} == {"static"}
    assert running.members() == {"G1": {"B1", "PV1"}, "G2": {"PV2"}}
    check_restart_and_replay(running)
    running.close()


def test_the_same_groups_again_say_nothing(running: Running) -> None:
    running.activate("first")
    running.new_events()
    for name in ("first", "again", "first"):
        assert running.activate(name).body["groups"] == 0
    assert running.new_events() == []
    check_restart_and_replay(running)
    running.close()


def test_only_groups_that_changed_are_told(running: Running) -> None:
    running.activate("first")
    running.new_events()
    running.activate("moved")
    assert running.new_events() == ["r2 executed G1 1.1.0 +PV2(model) -B1(model)"]
    running.activate("less")
    assert running.new_events() == [
        "r3 executed G1 1.2.0 +B1(model) -PV2(model)",
        "r3 deleted G2 1.0.0 -PV2(model)",
    ]
    assert set(definitions(running)) == {"G1"}
    running.activate("first")
    assert running.new_events() == ["r4 created G2 1.0.0 +PV2(model)"]
    running.activate("renamed")
    assert running.new_events() == ["r5 changed South 2.0.0"]
    running.activate("bare")
    assert [line.split()[1:3] for line in running.new_events()] == [["deleted", "G1"], ["deleted", "South"]]
    check_restart_and_replay(running)
    running.close()


def test_a_group_of_a_user_is_never_overwritten(running: Running) -> None:
    running.activate("bare")
    running.does(CreateGroup("mine", StaticDefinition(("PV2",)), "G1"))
    running.new_events()
    answer = running.activate("first")
    assert running.new_events() == ["r3 created G2 1.0.0 +PV2(model)"]
    assert definitions(running)["G1"] == StaticDefinition(("PV2",))
    (finding,) = answer.body["findings"]
    assert (finding["code"], finding["objects"]) == ("group_kept", ["G1"])
    assert "mine" in finding["message"]
    check_restart_and_replay(running)
    # once it is gone, the model's comes with the next activation
    running.does(DeleteGroup("G1"))
    assert told(running) == []
    running.activate("first")
    assert definitions(running)["G1"] == StaticDefinition(("B1", "PV1"), of_model=True)
    assert told(running) == []
    check_restart_and_replay(running)
    running.close()


def test_a_group_that_a_user_changes_is_the_users(running: Running) -> None:
    running.activate("first")
    running.does(ChangeGroup("G1", "G1", StaticDefinition(("B1", "PV1"))))
    running.new_events()
    assert told(running) == [("group_kept", ("G1",))]
    running.activate("moved")
    assert running.new_events() == []
    assert running.members()["G1"] == {"B1", "PV1"}
    running.activate("bare")
    assert [line.split()[1:3] for line in running.new_events()] == [["deleted", "G2"]]
    assert set(definitions(running)) == {"G1"}
    check_restart_and_replay(running)
    running.close()


def test_a_deleted_group_comes_back_with_the_model(running: Running) -> None:
    running.activate("first")
    running.does(DeleteGroup("G2"))
    running.new_events()
    running.switch("-F1")
    assert set(definitions(running)) == {"G1"}
    running.activate("again")
    assert [line.split()[1:3] for line in running.new_events()] == [["created", "G2"]]
    running.close()


def test_switching_leaves_them_alone(running: Running) -> None:
    running.activate("first")
    running.new_events()
    running.switch("-F1", "+TIE")
    # a single pole makes the model to be prepared anew
    running.switch("-F2:A")
    assert running.new_events() == []
    assert running.members() == {"G1": {"B1", "PV1"}, "G2": {"PV2"}}
    check_restart_and_replay(running)
    running.close()


def test_a_shared_name_is_told(running: Running) -> None:
    running.activate("bare")
    running.does(CreateGroup("G1", StaticDefinition(("PV2",)), "other"))
    running.activate("first")
    assert told(running) == [("group_name_shared", ("G1",))]
    assert set(definitions(running)) == {"G1", "G2", "other"}
    running.close()


def test_more_groups_than_there_may_be(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GROUPS_MAX", 2)
    running.activate("first")
    running.activate("bare")
    running.does(CreateGroup("mine", StaticDefinition(("PV2",))))
    with pytest.raises(ConflictError) as caught:
        running.activate("first")
    assert caught.value.code == "too_many_groups"
    assert set(running.members()) == {"mine"}
    running.close()


def test_groups_that_are_there_already_count_once(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one that stays, nor one that goes with its model, nor one that a user took over."""
    running.activate("first")
    running.does(CreateGroup("mine", StaticDefinition(("PV2",))))
    monkeypatch.setattr(limits, "GROUPS_MAX", 3)
    running.activate("again")
    assert set(running.members()) == {"G1", "G2", "mine"}
    monkeypatch.setattr(limits, "GROUPS_MAX", 2)
    running.activate("less")
    assert set(running.members()) == {"G1", "mine"}
    running.does(ChangeGroup("G1", "G1", StaticDefinition(("PV1",))))
    monkeypatch.setattr(limits, "GROUPS_MAX", 3)
    running.activate("first")
    assert set(running.members()) == {"G1", "G2", "mine"}
    running.close()
