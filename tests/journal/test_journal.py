"""Tables, codec and chain: what was written is what is read, and whoever changes a row is found."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st

from cim_models import limits
from cim_models.errors import JournalError
from tests.engine.made import Running, small_models
from topogroup.journal.codec import inflated, packed, unpacked
from topogroup.journal.schema import metadata
from topogroup.journal.sqlite import SqliteJournal, sqlite_path


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_keys_come_back(keys: list[int]) -> None:
    """Any keys, in their order."""
    assert unpacked(packed(np.array(keys, np.int64))).tolist() == keys


@pytest.mark.parametrize("data", [b"", b"no zlib", packed(np.arange(9))[:-2]])
def test_damaged_values_are_refused(data: bytes) -> None:
    """With a sentence, not with a wrong list."""
    with pytest.raises(JournalError, match="damaged"):
        inflated(data)


def test_the_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    """From an empty file, and once more on what is there; nobody else may read it."""
    path = tmp_path / "journal.sqlite"
    for _ in range(2):
        journal = SqliteJournal(path)
        with journal._engine.begin() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        journal.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_files_that_are_no_journal_of_ours_are_refused(tmp_path: Path) -> None:
    """Of a newer release, damaged, no database at all, in no folder."""
    newer = tmp_path / "newer.sqlite"
    SqliteJournal(newer).close()
    with sqlite3.connect(newer) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(JournalError, match="newer release"):
        SqliteJournal(newer)
    text = tmp_path / "text.sqlite"
    text.write_text("this is no database, but it is long enough to be looked at as one " * 20)
    with pytest.raises(JournalError):
        SqliteJournal(text)
    with pytest.raises(JournalError, match="cannot be written"):
        SqliteJournal(tmp_path / "nowhere" / "journal.sqlite")


def test_database_urls() -> None:
    """SQLite only, so far, and it says so."""
    assert sqlite_path("sqlite:///x/y.sqlite") == Path("x/y.sqlite")
    for url in ("postgresql://host/db", "sqlite:///", "file.sqlite"):
        with pytest.raises(JournalError, match="not supported yet"):
            sqlite_path(url)


CHANGES = (
    "UPDATE log SET answer = replace(answer, 'applied', 'Applied') WHERE revision = 3",
    "UPDATE log SET at = '2020-01-01T00:00:00+00:00' WHERE revision = 3",
    "DELETE FROM log WHERE revision = 3",
    "UPDATE event SET document = (SELECT document FROM event WHERE n = 1) WHERE revision = 3",
    "DELETE FROM event WHERE revision = 3",
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_row_breaks_the_chain(change: str, tmp_path: Path) -> None:
    """At the revision that was changed, or the one after a missing row."""
    running = Running(tmp_path, small_models())
    running.activate("first")
    running.template("feeder")
    running.switch("-F1")
    running.switch("+F1")
    assert running.journal.broken_chain() is None
    running.close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        assert database.execute(change).rowcount == 1
    database.close()
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    assert journal.broken_chain() == (4 if change.startswith("DELETE FROM log") else 3)
    journal.close()


def test_members_are_put_together_from_full_lists_and_deltas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a full list every third change; the rows before it are not needed any more."""
    monkeypatch.setattr(limits, "GROUP_DELTAS_MAX", 3)
    running = Running(tmp_path, small_models())
    running.activate("first")
    running.template("feeder")
    for number in range(7):
        running.switch("-F1" if number % 2 == 0 else "+F1")
    running.close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        full = "SELECT sequence FROM group_change WHERE members IS NOT NULL AND group_key = 1 ORDER BY sequence"
        names = dict(database.execute("SELECT key, name FROM der_group"))
        assert names[1] == "F1" and [row[0] for row in database.execute(full)] == [1, 3, 6]
        database.execute("DELETE FROM group_change WHERE group_key = 1 AND sequence < 6")
    database.close()
    running.restart()
    assert running.members() == {"F1": set(), "F2": {"PV2"}} and running.engine.view.revision == 9
    running.close()


def test_the_same_commands_make_the_same_bytes(tmp_path: Path) -> None:
    """Events and messages of two engines are equal, byte by byte."""
    told = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        running = Running(tmp_path / name, small_models())
        running.activate("first")
        running.template("substation,kind")
        running.switch("-F1", "+TIE", sequence=1)
        running.activate("second")
        events = running.journal.events(1, 0, 100)
        told.append([(event.document, running.journal.message(1, event.n, 1)) for event in events])
        running.close()
    assert told[0] == told[1] and len(told[0]) > 8


def test_readers_go_on_while_a_revision_is_written(tmp_path: Path) -> None:
    """They see what is committed, and nothing of what is not."""
    running = Running(tmp_path, small_models())
    running.activate("first")
    running.template("feeder")
    journal = running.journal
    assert isinstance(journal, SqliteJournal)
    with journal._writer.begin() as writing:
        writing.exec_driver_sql("DELETE FROM event")
        assert len(journal.events(1, 0, 10)) == 2 and journal.event(1, 3) is None
        writing.rollback()
    assert [event.id for event in journal.events(1, 1, 10)] == ["1-2"]
    running.close()


def test_a_reader_neither_changes_the_file_nor_waits_for_its_writer(tmp_path: Path) -> None:
    """Even while another connection holds the lock of writers; tables of an earlier release are refused."""
    path = tmp_path / "a #1?.sqlite"
    SqliteJournal(path).close()
    left = path.read_bytes()
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    journal = SqliteJournal(path, read_only=True)
    saved = journal.load()
    assert (saved.generation, saved.revision, saved.groups) == (1, 0, ())
    with pytest.raises(JournalError, match="readonly"):
        journal.commit([])
    journal.close()
    writer.execute("ROLLBACK")
    assert path.read_bytes() == left
    writer.execute("DELETE FROM alembic_version")
    writer.close()
    left = path.read_bytes()
    with pytest.raises(JournalError, match="earlier release") as caught:
        SqliteJournal(path, read_only=True)
    assert caught.value.code == "journal_older"
    assert path.read_bytes() == left
    with pytest.raises(JournalError, match="cannot be read"):
        SqliteJournal(tmp_path / "absent.sqlite", read_only=True)
    assert not (tmp_path / "absent.sqlite").exists()
