"""Versions of the model: swapped while switching goes on, rolled back, and what survives of ids, keys and reports."""

from __future__ import annotations

import threading

from tests.engine.made import Running, line
from tests.engine.same import check_restart_and_replay
from topogroup.engine.commands import Switching, SwitchOperation
from topogroup.engine.engine import Publication
from topogroup.engine.replay import differences, replayed


def keys(running: Running, *names: str) -> dict[str, int]:
    """Return the permanent keys of some equipment of the active model, by name."""
    model = running.engine.view.model
    assert model is not None
    table = model.network.equipment
    found = {table.name[row]: int(table.key[row]) for row in range(len(table.id))}
    return {name: found[name] for name in names if name in found}


def test_only_groups_really_touched_notify(running: Running) -> None:
    """PV3 comes, B1 is gone, PV2 gets a feeder of its own; the group of F2 loses PV2 and gets PV3."""
    before = {record.group.name: mrid for mrid, record in running.engine.view.groups.items()}
    answer = running.activate("second")
    assert (
        running.new_events()
        == [
            "r3 executed F1 1.1.0 -B1(model)",
            "r3 executed F2 1.1.0 +PV3(model) -PV2(model)",
            "r3 created F3 1.0.0 +PV2(model)",
        ]
        or sorted(running.new_events()) == []
    )
    assert answer.body["groups"] == 3 and answer.body["findings"] == []
    after = {record.group.name: mrid for mrid, record in running.engine.view.groups.items()}
    assert {name: after[name] for name in before} == before


def test_the_same_model_again_tells_nobody(running: Running) -> None:
    """A revision of its own, and no event; keys stay."""
    before = keys(running, "PV1", "F1", "TIE", "B1")
    assert running.activate("first").body["groups"] == 0
    assert running.new_events() == [] and keys(running, "PV1", "F1", "TIE", "B1") == before
    check_restart_and_replay(running)


def test_keys_and_reports_come_back_with_a_roll_back(running: Running) -> None:
    """F3 is in the second version alone: its report is told as waiting, and holds again when F3 is back."""
    running.activate("second")
    running.switch("-F3", "-F1", sequence=1)
    was = keys(running, "F3", "PV3", "PV1")
    running.new_events()
    answer = running.activate("first")
    assert answer.body["switches_kept"] == 1
    assert [(one["code"], one["objects"]) for one in answer.body["findings"]] == [("reported_switch_gone", ["F3"])]
    assert "Switch F3 (F3), reported by dms, is not in first" in answer.body["findings"][0]["message"]
    assert running.members()["F1"] == set()
    check_restart_and_replay(running)
    running.new_events()
    assert running.activate("second").body["switches_kept"] == 2
    assert keys(running, "F3", "PV3", "PV1") == was
    assert running.members() == {"F1": set(), "F2": {"PV3"}, "F3": set()}
    check_restart_and_replay(running)


def test_a_swap_while_switching_goes_on_is_atomic(running: Running) -> None:
    """No operation is lost or done twice; every view and every event belongs wholly to one model."""
    seen: list[Publication] = []
    running.engine.listen(seen.append)
    sent: list[tuple[int, bool]] = []
    ended = threading.Event()

    def storm() -> None:
        opens = True
        while not ended.is_set():
            answer = running.does(Switching((SwitchOperation("F1", opens),)))
            assert answer.body["rejected"] == [] and answer.body["applied"] == 1
            sent.append((answer.revision, opens))
            opens = not opens

    dms = threading.Thread(target=storm)
    dms.start()
    swaps = []
    for turn in range(12):
        name = ("second", "first")[turn % 2]
        enough = len(sent) + 5
        while len(sent) < enough and dms.is_alive():
            ended.wait(0.001)
        swaps.append((running.activate(name).revision, name))
    ended.set()
    dms.join(60)
    assert len(sent) >= 60 and not dms.is_alive()
    revisions = sorted([revision for revision, _ in sent] + [revision for revision, _ in swaps])
    last = running.engine.view.revision
    assert revisions == list(range(3, last + 1))
    assert [opens for _, opens in sent] == [turn % 2 == 0 for turn in range(len(sent))]
    active = {2: "first"} | dict(swaps)
    model, steps = "first", [step for publication in seen for step in publication.steps]
    assert [step.after.revision for step in steps] == revisions
    for step in steps:
        model = active.get(step.after.revision, model)
        view = step.after
        assert view.model is not None and view.model.id == model
        size = len(view.model.normal_view.der_mrids)
        assert view.current is not None and view.current.energisation.size == size
        assert all(record.members.size == 0 or record.members.max() < size for record in view.groups.values())
        names = {record.group.name for record in view.groups.values()}
        assert names == ({"F1", "F2"} if model == "first" else {"F1", "F2", "F3"})
    for event in running.events()[2:]:
        kind = "model" if event["revision"] in active else "switching"
        assert event["cause"]["kind"] == kind, line(event)
    again = replayed(running.journal.all_log(), running.models, 1)
    assert differences(running.engine.view, again) == []


def test_activations_are_listed(running: Running) -> None:
    """In order, with their revisions."""
    running.activate("second")
    running.activate("first")
    assert [(one.revision, one.id) for one in running.journal.activations()] == [
        (1, "first"),
        (3, "second"),
        (4, "first"),
    ]
