"""`topogroup regroup`: models, differences and states into a store; what a dry run says is what then happens."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cim_models.difference import Difference, difference_between, write_difference
from cim_models.difference.columns import statements_of
from cim_models.difference.statement import Statement
from cim_models.loading import read
from cim_models.statements import Header
from tests.cim_models.small import rdf
from tests.cli.conftest import Cli, small
from topogroup.engine.commands import ActivateModel, CreateTemplate
from topogroup.engine.engine import Engine
from topogroup.engine.ownership import Ownership
from topogroup.engine.shelf import ModelShelf
from topogroup.groups.template import parse_template
from topogroup.iec61968.rendering import MessageRenderer
from topogroup.journal.sqlite import SqliteJournal
from topogroup.settings import Settings


@contextmanager
def engine_on(store: Path, settings: Settings | None = None) -> Iterator[tuple[Engine, SqliteJournal]]:
    """Run the service's engine on a store."""
    store.mkdir(parents=True, exist_ok=True)
    journal = SqliteJournal(store / "journal.sqlite")
    shelf = ModelShelf(store / "models", (settings or Settings()).conventions)
    engine = Engine(journal, shelf, MessageRenderer("topogroup"), lambda: datetime.now(UTC))
    engine.start()
    try:
        yield engine, journal
    finally:
        engine.stop()
        journal.close()


def events(store: Path) -> list[dict[str, Any]]:
    """Return all events of a store."""
    with engine_on(store) as (_, journal):
        return [json.loads(event.document) for event in journal.events(1, 0, 1000)]


def in_short(found: list[dict[str, Any]]) -> list[tuple[str, str, list[str], list[str]]]:
    """Return group, verb, joined and left of events or of reported changes."""
    return [
        (one["group"]["name"], one["verb"], [m["name"] for m in one["joined"]], [m["name"] for m in one["left"]])
        for one in found
    ]


@pytest.fixture
def store(tmp_path: Path, cli: Cli, model: Path) -> Path:
    """Return a store with the small network and groups by feeder."""
    home = tmp_path / "store"
    assert cli("regroup", "--data-dir", home, model).code == 0
    with engine_on(home) as (engine, _):
        engine.execute(CreateTemplate(parse_template("feeder")))
    return home


def opened(switch: str, path: Path, to: bool = True) -> Path:
    """Write the difference that opens a switch, or closes it."""
    words = ("true", "false") if to else ("false", "true")
    forward, reverse = (Statement(switch, "Switch.open", word) for word in words)
    path.write_text(write_difference(Difference(Header("made"), (forward,), (reverse,))))
    return path


def as_left(path: Path) -> dict[str, bytes]:
    """Return every file of a store but for those that SQLite makes beside an open database."""
    return {
        str(one.relative_to(path)): one.read_bytes()
        for one in sorted(path.rglob("*"))
        if one.is_file() and not one.name.endswith(("-wal", "-shm"))
    }


def test_a_first_model_and_the_same_again(tmp_path: Path, cli: Cli, model: Path) -> None:
    """A dry run makes no store; the model twice changes nothing."""
    home = tmp_path / "new"
    dry = cli("regroup", "--data-dir", home, model, "--dry-run", "--json").json()
    assert not home.exists()
    assert [(one["name"], one["change"]) for one in dry["ders"]] == [("BA2", "new"), ("PV1", "new")]
    done = cli("regroup", "--data-dir", home, model, "--json").json()
    assert (done["ders"], done["revision"], done["dry_run"]) == (dry["ders"], 1, False)
    again = cli("regroup", "--data-dir", home, model, "--json").json()
    assert (again["unchanged"], again["revision"], again["ders"], again["changes"]) == (True, 1, [], [])
    assert cli("regroup", "--data-dir", home, model).text().startswith("Nothing changes")
    assert cli("verify", "--data-dir", home).code == 0


def test_a_dry_run_says_what_then_happens(store: Path, cli: Cli, tmp_path: Path) -> None:
    """PV9 comes to F2: table and JSON; then the same events that the service would write, once."""
    later = small().pv("PV9", "f2b").write(tmp_path / "later.xml")
    before, left = events(store), as_left(store)
    dry = cli("regroup", "--data-dir", store, later, "--dry-run", "--json").json()
    assert as_left(store) == left
    assert in_short(dry["changes"]) == [("F2", "changed", ["PV9"], [])]
    assert [(one["name"], one["change"], one["before"]) for one in dry["ders"]] == [("PV9", "new", None)]
    assert [one["name"] for one in dry["ders"][0]["after"]["feeders"]] == ["F2"]
    text = cli("regroup", "--data-dir", store, later, "--dry-run").text()
    assert "1 DER would change place" in text and "PV9" in text and "F2 (S1)" in text
    done = cli("regroup", "--data-dir", store, later, "--json").json()
    assert in_short(done["changes"]) == in_short(dry["changes"])
    new = events(store)[len(before) :]
    assert in_short(new) == in_short(dry["changes"]) and new[0]["cause"]["kind"] == "model"
    assert new[0]["version"] == done["changes"][0]["version"] == dry["changes"][0]["version"]
    cli("regroup", "--data-dir", store, later)
    assert len(events(store)) == len(before) + len(new)
    assert cli("verify", "--data-dir", store).code == 0


def test_a_difference_makes_a_version_once(store: Path, cli: Cli, tmp_path: Path, model: Path) -> None:
    """PV1 gone by a difference; the same file again changes nothing; one that does not fit is refused whole."""
    said = set(statements_of(read([model])[0]))
    gone = {"PV1", *(one.subject for one in said if one.reference and one.value == "PV1")}
    file = tmp_path / "gone.xml"
    file.write_text(write_difference(difference_between(said, {one for one in said if one.subject not in gone})))
    dry = cli("regroup", "--data-dir", store, file, "--dry-run", "--json").json()
    assert (dry["kind"], [one["name"] for one in dry["ders"]]) == ("difference", ["PV1"])
    assert in_short(dry["changes"])[0][0] == "F1" and in_short(dry["changes"])[0][3] == ["PV1"]
    done = cli("regroup", "--data-dir", store, file, "--json").json()
    assert in_short(done["changes"]) == in_short(dry["changes"]) and done["model"]["ders"] == 1
    assert cli("regroup", "--data-dir", store, file, "--json").json()["unchanged"] is True
    left = as_left(store)
    renamed = Statement("F2", "IdentifiedObject.name", "F2")
    bad = Difference(Header("bad"), (renamed._replace(value="other"),), (renamed, Statement("PV1", "x.y", "1")))
    (tmp_path / "bad.xml").write_text(write_difference(bad))
    answer = cli("regroup", "--data-dir", store, tmp_path / "bad.xml")
    assert answer.code == 2 and answer.out == "" and answer.err.count("\n") == 1
    assert "PV1 does not have x.y 1, which the difference removes (no such object is in the model)" in answer.err
    assert as_left(store) == left
    assert cli("verify", "--data-dir", store).code == 0


def test_switch_states_as_difference_and_as_ssh(store: Path, cli: Cli, tmp_path: Path) -> None:
    """No new version; what is known already is not written again; unknown switches refuse a difference whole."""
    file = opened("F1", tmp_path / "open.xml")
    dry = cli("regroup", "--data-dir", store, file, "--dry-run", "--json").json()
    assert (dry["kind"], in_short(dry["changes"])) == ("states", [("F1", "executed", [], ["PV1"])])
    done = cli("regroup", "--data-dir", store, file, "--json").json()
    assert in_short(done["changes"]) == in_short(dry["changes"]) and done["model"] is None
    again = cli("regroup", "--data-dir", store, file, "--json").json()
    assert (again["unchanged"], again["revision"]) == (True, done["revision"])
    header = (
        '<md:FullModel xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#" rdf:about="urn:uuid:1">'
        "<md:Model.profile>http://iec.ch/TC57/ns/CIM/SteadyStateHypothesis-EU/3.0</md:Model.profile></md:FullModel>"
    )
    body = '<cim:Breaker rdf:about="#_F1"><cim:Switch.open>false</cim:Switch.open></cim:Breaker>'
    body += '<cim:Terminal rdf:about="#_x"><cim:ACDCTerminal.connected>true</cim:ACDCTerminal.connected></cim:Terminal>'
    ssh = tmp_path / "ssh.xml"
    ssh.write_text(rdf(header + body))
    closed = cli("regroup", "--data-dir", store, ssh, "--json").json()
    assert in_short(closed["changes"]) == [("F1", "changed", ["PV1"], [])]
    assert [one["code"] for one in closed["findings"]] == ["state_not_taken"]
    answer = cli("regroup", "--data-dir", store, opened("nobody", tmp_path / "nobody.xml"))
    assert answer.code == 2 and "names no switch of this model" in answer.err


def test_a_running_service_is_not_disturbed(store: Path, cli: Cli, model: Path) -> None:
    """One clear sentence; a dry run may look."""
    owned = Ownership(store, "mend")
    try:
        left = as_left(store)
        answer = cli("regroup", "--data-dir", store, model, "--json")
        error = json.loads(answer.err)["error"]
        assert (answer.code, error["code"]) == (2, "data_dir_in_use")
        assert "send it the file: POST /v1/models" in error["message"] and "\n" not in error["message"]
        assert cli("regroup", "--data-dir", store, model, "--dry-run").code == 0
        assert as_left(store) == left
    finally:
        owned.release()
    assert cli("regroup", "--data-dir", store, model).code == 0


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_what_cannot_be_done_is_said(store: Path, cli: Cli, tmp_path: Path, model: Path, dry: tuple[str, ...]) -> None:
    """A difference without a model, files of several kinds, a file that is not there."""
    file = opened("F1", tmp_path / "open.xml")
    for home, files, words in (
        (tmp_path / "empty", [file], "No model is active"),
        (store, [model, file], "give the whole model first"),
        (store, [tmp_path / "nothing.xml"], "does not exist"),
    ):
        answer = cli("regroup", "--data-dir", home, *files, *dry)
        assert (answer.code, answer.out) == (2, "") and words in answer.err


def test_files_are_read_as_the_service_reads_them(
    tmp_path: Path, cli: Cli, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the settings say of signs and units holds here too: the same files are the same model."""
    home = tmp_path / "store"
    said = Settings(p_sign="load", power_unit="MW", broken_states="unknown")
    with engine_on(home, said) as (engine, _):
        shelf = ModelShelf(home / "models", said.conventions)
        first = shelf.add([model], "model")
        engine.execute(ActivateModel(shelf.prepared(first)))
    for name in ("p_sign", "power_unit", "broken_states"):
        monkeypatch.setenv(f"TOPOGROUP_{name.upper()}", getattr(said, name))
    for options in (["--dry-run"], []):
        again = cli("regroup", "--data-dir", home, model, "--json", *options).json()
        assert (again["kind"], again["unchanged"], again["revision"]) == ("model", True, 1)
    monkeypatch.setenv("TOPOGROUP_P_SIGN", "generation")
    for options in (["--dry-run"], []):
        other = cli("regroup", "--data-dir", home, model, "--json", *options).json()
        assert (other["kind"], other["unchanged"]) == ("model", False) and other["model"]["id"] != first


def test_what_a_killed_run_left_behind_is_in_nobodys_way(tmp_path: Path, cli: Cli, model: Path) -> None:
    """Half a folder of the same model is removed, not taken for it, and not a reason to refuse it."""
    home = tmp_path / "store"
    half = home / "models" / ModelShelf(home / "models").id_of([model])
    (half / "network").mkdir(parents=True)
    (half / "statements.nq").write_text("half")
    done = cli("regroup", "--data-dir", home, model, "--json").json()
    assert (done["unchanged"], done["revision"]) == (False, 1)
    assert (half / "report.json").is_file()


def test_a_dry_run_beside_a_service_that_writes(store: Path, cli: Cli, tmp_path: Path) -> None:
    """It takes no lock of writers, and does not wait for one."""
    later = small().pv("PV9", "f2b").write(tmp_path / "later.xml")
    with closing(sqlite3.connect(store / "journal.sqlite", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        dry = cli("regroup", "--data-dir", store, later, "--dry-run", "--json").json()
    assert in_short(dry["changes"]) == [("F2", "changed", ["PV9"], [])]
