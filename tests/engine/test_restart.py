"""Restarts, failed commits, a damaged store: the engine goes on where the journal is, or says that it cannot."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from cim_models.errors import BusyError, JournalError
from tests.engine.made import Running
from tests.engine.same import check_restart_and_replay, told
from topogroup.engine.commands import CreateGroup
from topogroup.groups.definition import StaticDefinition
from topogroup.journal.codec import packed
from topogroup.journal.records import Commit
from topogroup.journal.sqlite import SqliteJournal


class Failing(SqliteJournal):
    """A journal whose next commit fails: before it is durable, or after, so that nobody can tell."""

    fails: str | None = None

    def commit(self, commits: Sequence[Commit]) -> None:
        """Commit, or fail as planted."""
        planted, self.fails = self.fails, None
        if planted == "before":
            raise JournalError("journal_unusable", "planted")
        super().commit(commits)
        if planted == "after":
            raise JournalError("journal_unusable", "planted")


@pytest.fixture
def failing(running: Running, tmp_path: Path) -> Failing:
    """Let the engine run on a journal that can fail."""
    journal = Failing(tmp_path / "journal.sqlite")
    running.restart(journal)
    return journal


def test_a_restart_at_any_point_changes_nothing(running: Running) -> None:
    """After each of several commands; the next events go on without a gap."""
    check_restart_and_replay(running)
    running.switch("-F1", sequence=1)
    check_restart_and_replay(running)
    running.does(CreateGroup("mine", StaticDefinition(("PV1",))))
    running.switch("+TIE:AB", "-F2:C")
    check_restart_and_replay(running)
    running.activate("second")
    check_restart_and_replay(running)
    running.new_events()
    running.switch("+F1")
    assert running.new_events()[0].startswith("r7 ")


def test_what_a_failed_commit_held_is_not_there(running: Running, failing: Failing) -> None:
    """Its sender gets the error, sends it again, and it is carried out once."""
    before = told(running.engine.view)
    failing.fails = "before"
    with pytest.raises(JournalError, match="planted"):
        running.switch("-F1", sequence=1)
    assert told(running.engine.view) == before and running.new_events() == []
    assert running.switch("-F1", sequence=1).repeated is False
    assert running.new_events() == ["r3 executed F1 1.1.0 -B1(lost_supply) -PV1(lost_supply)"]
    check_restart_and_replay(running)


def test_a_commit_of_unknown_outcome_is_looked_up(running: Running, failing: Failing) -> None:
    """It was durable after all: sent again, it gets the answer of the first time and happens once."""
    failing.fails = "after"
    with pytest.raises(JournalError, match="planted"):
        running.switch("-F1", sequence=1)
    again = running.switch("-F1", sequence=1)
    assert (again.revision, again.repeated) == (3, True)
    assert running.new_events() == ["r3 executed F1 1.1.0 -B1(lost_supply) -PV1(lost_supply)"]
    running.switch("+F1", sequence=2)
    assert running.new_events() == ["r4 changed F1 1.2.0 +B1(supply_restored) +PV1(supply_restored)"]
    check_restart_and_replay(running)


def test_other_members_than_this_release_finds_are_told(running: Running, tmp_path: Path) -> None:
    """A journal of a release that judged otherwise: the difference is a revision with its events, once."""
    running.switch("-F2")
    running.new_events()
    running.close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        model = running.engine.view.model
        assert model is not None
        pv2 = model.der_keys[model.der_position["PV2"]]
        key = next(r.key for r in running.engine.view.groups.values() if r.group.name == "F1")
        database.execute("UPDATE group_change SET members = ? WHERE group_key = ?", (packed(pv2.reshape(1)), key))
    database.close()
    running.restart()
    assert running.new_events() == ["r4 executed F1 1.1.0 +B1(rule) +PV1(rule) -PV2(rule)"]
    assert running.events()[-1]["cause"]["kind"] == "restart"
    running.restart()
    assert running.new_events() == []


def test_a_full_disk_refuses_and_recovers(running: Running, tmp_path: Path) -> None:
    """Reads go on; with room again, so do writes."""
    pages = "PRAGMA page_count"
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        (count,) = database.execute(pages).fetchone()
    database.close()
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    running.restart(journal)
    with journal._engine.connect() as connection:
        # the pool hands the same connection to the writer: it is the only one in use
        connection.exec_driver_sql(f"PRAGMA max_page_count = {count}")
    refused = 0
    for number in range(40):
        try:
            running.does(CreateGroup(f"group {number} " + "x" * 200, StaticDefinition(("PV1", "PV2"))))
        except JournalError as error:
            assert error.code == "journal_full"
            refused += 1
    assert refused > 0
    events = running.events()
    with journal._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
    running.switch("-F1")
    assert running.events()[: len(events)] == events and len(running.events()) == len(events) + 1
    check_restart_and_replay(running)


def test_a_journal_whose_model_is_gone_does_not_start(running: Running) -> None:
    """It says which model it misses, takes no commands, and nothing is lost."""
    running.close()
    kept = running.models.xml.pop("first")
    with pytest.raises(JournalError):
        running.restart()
    assert running.engine.error is not None
    with pytest.raises(BusyError):
        running.switch("-F1")
    running.engine.stop()
    assert not running.engine._thread.is_alive()
    running.models.xml["first"] = kept
    running.restart()
    assert running.switch("-F1").revision == 3
