"""Temporary devices in the engine: net changes with their cause, refusals, restarts, other models."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cim_models import limits
from cim_models.errors import ConflictError, IdError, NotFoundError, OptionError
from tests.engine.made import Running, small_models
from tests.engine.same import check_restart_and_replay, told
from topogroup.engine.commands import Answer, PlaceDevice, RemoveDevice, RequestKey
from topogroup.journal.sqlite import SqliteJournal

UNTIL = datetime(2026, 5, 1, 16, tzinfo=UTC)


def place(running: Running, id_: str, what: str, *at: str, phases: str = "", until: datetime | None = None) -> Answer:
    """Place a device."""
    return running.does(PlaceDevice(id_, what, at, phases, until, RequestKey("crew", f"{id_} {at[0]}", id_)))


def test_each_device_is_one_net_change(running: Running) -> None:
    """A cut darkens what hangs behind it, a jumper brings it to the other feeder, undone by id it goes back."""
    cut = place(running, "C1", "cut", "L1", until=UNTIL)
    assert (cut.body["revision"], cut.body["ders_changed"], cut.body["until"]) == (3, 2, UNTIL.isoformat())
    assert [(g["name"], g["version"], g["joined"], g["left"]) for g in cut.body["groups"]] == [("F1", "1.1.0", 0, 2)]
    assert running.new_events() == ["r3 executed F1 1.1.0 -B1(lost_supply) -PV1(lost_supply)"]
    assert running.events()[-1]["cause"] == {
        "kind": "device",
        "source": "crew",
        "sequence": "C1 L1",
        "operations": [{"device": "C1", "action": "place", "kind": "cut", "place": "L1", "until": UNTIL.isoformat()}],
    }
    place(running, "J1", "jumper", "L1/2", "f2b")
    assert running.new_events() == ["r4 changed F2 1.1.0 +B1(supply_restored) +PV1(supply_restored)"]
    running.does(RemoveDevice("C1"))
    # fed by both feeders now: the normal one counts
    assert running.members() == {"F1": {"B1", "PV1"}, "F2": {"PV2"}}
    running.does(RemoveDevice("J1"))
    assert running.engine.view.devices == {}
    assert running.members() == {"F1": {"B1", "PV1"}, "F2": {"PV2"}}


def test_a_mobile_source_supplies_without_a_feeder(running: Running) -> None:
    """What it feeds is supplied again, and on no feeder."""
    running.switch("-F1")
    place(running, "G1", "source", "f1b")
    view = running.engine.view
    assert view.report is not None
    found = {der.name: der.current for der in view.report}
    assert (found["PV1"].energisation, found["PV1"].feeders) == ("energised", ())
    assert running.members() == {"F1": set(), "F2": {"PV2"}}


def test_devices_on_one_phase(running: Running) -> None:
    """The model is taken apart by phases from then on, after a restart too."""
    place(running, "C1", "cut", "L1", phases="A")
    view = running.engine.view
    assert view.report is not None and view.model is not None and view.model.grid.graph.slots.width == 3
    assert {der.name: der.current.energisation for der in view.report} == {
        "PV1": "partially_energised",
        "B1": "partially_energised",
        "PV2": "energised",
    }
    check_restart_and_replay(running)


def test_operations_see_the_devices(running: Running) -> None:
    """A switch that is operated later changes nothing that a cut has decided."""
    place(running, "C1", "cut", "L1")
    running.new_events()
    running.switch("-F1")
    assert running.new_events() == []
    running.switch("+TIE")
    assert running.new_events() == ["r5 changed F2 1.1.0 +B1(supply_restored) +PV1(supply_restored)"]


def test_what_cannot_be_placed_is_refused(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason; nothing happens."""
    place(running, "C1", "cut", "L1")
    before = told(running.engine.view)
    for error, code, id_, what, at in (
        (ConflictError, "device_exists", "C1", "cut", ("L2",)),
        (IdError, "unknown_place", "J1", "jumper", ("bus1", "nowhere")),
        (IdError, "not_a_line", "C2", "cut", ("F1",)),
        (OptionError, "jumper_voltage", "J1", "jumper", ("bus1", "hv")),
        (OptionError, "device_kind", "J1", "clamp", ("bus1",)),
    ):
        with pytest.raises(error) as refused:
            place(running, id_, what, *at)
        assert refused.value.code == code
    with pytest.raises(NotFoundError, match="no temporary device 'C2'"):
        running.does(RemoveDevice("C2"))
    monkeypatch.setattr(limits, "DEVICES_MAX", 1)
    with pytest.raises(ConflictError, match="take some away"):
        place(running, "C2", "cut", "L2")
    assert told(running.engine.view) == before


def test_restarts_and_other_models(running: Running) -> None:
    """Devices are durable, and stand in every model that has their place; until one has it they wait."""
    place(running, "J1", "jumper", "f1b", "f2b", until=UNTIL)
    check_restart_and_replay(running)
    place(running, "C3", "cut", "L1", phases="BC")
    check_restart_and_replay(running)
    running.activate("second")
    assert list(running.engine.view.devices) == ["J1", "C3"]
    check_restart_and_replay(running)
    place(running, "X3", "cut", "L3")
    running.activate("first")
    assert running.members()["F2"] == {"PV2"}
    check_restart_and_replay(running)
    running.activate("second")
    # L3 is there again, and so is its cut: its feeder is dead
    assert running.members()["F3"] == set()
    running.does(RemoveDevice("X3"))
    assert running.members()["F3"] == {"PV2"}
    running.does(RemoveDevice("J1"))
    check_restart_and_replay(running)


def test_a_journal_of_the_release_before_gets_the_table(tmp_path: Path) -> None:
    """What it holds stays."""
    running = Running(tmp_path, small_models())
    running.activate("first")
    before = told(running.engine.view)
    running.close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        database.execute("DROP TABLE device")
        database.execute("DROP TABLE gone")
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    running.restart(SqliteJournal(tmp_path / "journal.sqlite"))
    assert told(running.engine.view) == before
    place(running, "C1", "cut", "L1")
    check_restart_and_replay(running)
    running.close()
