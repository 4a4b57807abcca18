"""`topogroup regroup --source --sequence`: the same run again gets its first answer and does nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cim_models import limits
from cim_models.difference import difference_between, write_difference
from cim_models.difference.columns import statements_of
from cim_models.loading import read
from tests.cli.conftest import Cli, small
from tests.cli.test_regroup import engine_on, events, opened
from topogroup.engine.commands import CreateTemplate
from topogroup.groups.template import parse_template


def key(sequence: str, source: str = "gis") -> list[str]:
    """Return the words of a request key."""
    return ["--source", source, "--sequence", sequence]


@pytest.fixture
def store(tmp_path: Path, cli: Cli, model: Path) -> Path:
    """Return a store with the small network, taken in under a key, and groups by feeder: revision 2."""
    home = tmp_path / "store"
    assert cli("regroup", "--data-dir", home, model, *key("first")).code == 0
    with engine_on(home) as (engine, _):
        engine.execute(CreateTemplate(parse_template("feeder")))
    return home


def revision(store: Path) -> int:
    """Return the revision of a store."""
    with engine_on(store) as (engine, _):
        return engine.view.revision


def with_nine(tmp_path: Path) -> Path:
    """Write the network with PV9 on F2."""
    return small().pv("PV9", "f2b").write(tmp_path / "nine.xml")


def difference(tmp_path: Path, model: Path) -> Path:
    """Write the difference that brings PV9."""
    before, after = (set(statements_of(read([path])[0])) for path in (model, with_nine(tmp_path)))
    path = tmp_path / "difference.xml"
    path.write_text(write_difference(difference_between(before, after)))
    return path


@pytest.mark.parametrize("kind", ["model", "difference", "states"])
def test_the_same_again_gets_the_first_answer(store: Path, cli: Cli, tmp_path: Path, model: Path, kind: str) -> None:
    """Even after something else was done in between; in JSON and for people."""
    files = {
        "model": lambda: with_nine(tmp_path),
        "difference": lambda: difference(tmp_path, model),
        "states": lambda: opened("F1", tmp_path / "open.xml"),
    }
    file = files[kind]()
    text = cli("regroup", "--data-dir", store, file, "--dry-run").text()
    first = cli("regroup", "--data-dir", store, file, *key("7"), "--json").json()
    assert (first["kind"], first["unchanged"], first["revision"]) == (kind, False, 3)
    told = events(store)
    assert told[-1]["cause"]["source"] == "gis" and told[-1]["cause"]["sequence"] == "7"
    moved = file.rename(tmp_path / "elsewhere.xml")
    assert cli("regroup", "--data-dir", store, moved, *key("7"), "--json").json() == first
    assert cli("regroup", "--data-dir", store, moved, *key("7"), "--dry-run", "--json").json() == first
    between = small().pv("PV8", "f1b").write(tmp_path / "between.xml")
    assert cli("regroup", "--data-dir", store, between).code == 0
    told = events(store)
    assert cli("regroup", "--data-dir", store, moved, *key("7"), "--json").json() == first
    again = cli("regroup", "--data-dir", store, moved, *key("7")).text()
    assert again.splitlines().count("Written as revision 3.") == 1
    assert [line for line in again.splitlines() if line.startswith("F")] == [
        line for line in text.splitlines() if line.startswith("F")
    ]
    assert (revision(store), events(store)) == (4, told)
    assert cli("verify", "--data-dir", store, "--json").json()["differences"] == []


def test_another_input_under_the_same_key_is_refused(store: Path, cli: Cli, tmp_path: Path) -> None:
    """One clear error, nothing read and nothing done; the same under another number or source is taken."""
    file, other = with_nine(tmp_path), opened("F1", tmp_path / "open.xml")
    assert cli("regroup", "--data-dir", store, file, *key("7")).code == 0
    models = sorted(path.name for path in (store / "models").iterdir())
    for words in ([other], [file, "--p-sign", "load"], [file, "--heads", heads(tmp_path)], [other, "--dry-run"]):
        answer = cli("regroup", "--data-dir", store, *words, *key("7"), "--json")
        error = json.loads(answer.err)["error"]
        assert (answer.code, answer.out, error["code"], error["object"]) == (2, "", "sequence_used", "7")
    assert sorted(path.name for path in (store / "models").iterdir()) == models and revision(store) == 3
    assert cli("regroup", "--data-dir", store, other, *key("8"), "--json").json()["revision"] == 4
    assert cli("regroup", "--data-dir", store, other, *key("7", "dms"), "--json").json()["revision"] == 5


def heads(tmp_path: Path) -> Path:
    """Write a heads file."""
    path = tmp_path / "heads.yaml"
    path.write_text("feeders: [{name: North, head: F1}]")
    return path


@pytest.mark.parametrize("kind", ["model", "states"])
def test_what_changes_nothing_is_remembered_too(store: Path, cli: Cli, tmp_path: Path, model: Path, kind: str) -> None:
    """Its number is used from then on, and the first answer stays true though the store went on."""
    file = opened("F1", tmp_path / "open.xml")
    if kind == "states":
        assert cli("regroup", "--data-dir", store, file).code == 0
    same = model if kind == "model" else file
    before = revision(store), events(store)
    first = cli("regroup", "--data-dir", store, same, *key("n"), "--json").json()
    assert (first["unchanged"], first["revision"]) == (True, before[0] + 1)
    assert (revision(store), events(store)) == (before[0] + 1, before[1])
    assert cli("regroup", "--data-dir", store, with_nine(tmp_path)).code == 0
    assert cli("regroup", "--data-dir", store, same, *key("n"), "--json").json() == first
    assert cli("regroup", "--data-dir", store, with_nine(tmp_path), *key("n")).code == 2
    assert revision(store) == before[0] + 2
    assert cli("verify", "--data-dir", store, "--json").json()["differences"] == []


def test_a_folder_is_its_content(store: Path, cli: Cli, tmp_path: Path) -> None:
    """Names and order of its files do not count."""
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(with_nine(tmp_path), folder / "a.xml")
    first = cli("regroup", "--data-dir", store, folder, *key("7"), "--json").json()
    (folder / "a.xml").rename(folder / "z.xml")
    assert cli("regroup", "--data-dir", store, folder, *key("7"), "--json").json() == first


def test_an_answer_of_a_run_that_did_not_come_to_its_end_is_none(
    store: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was kept and the commit never came: the next run does it, under whatever input."""
    from cim_models.errors import BusyError
    from topogroup.engine.engine import Engine

    def ends(*_: Any) -> None:  # noqa: ANN401 - of the method
        raise BusyError("engine_stopped", "The machine went away.")

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "execute", ends)
        assert cli("regroup", "--data-dir", store, with_nine(tmp_path), *key("7")).code == 2
    file = opened("F1", tmp_path / "open.xml")
    done = cli("regroup", "--data-dir", store, file, *key("7"), "--json").json()
    assert (done["kind"], done["revision"]) == ("states", 3)
    assert cli("regroup", "--data-dir", store, file, *key("7"), "--json").json() == done


def test_an_answer_that_is_lost_leaves_what_the_journal_has(store: Path, cli: Cli, tmp_path: Path) -> None:
    """Still exit code 0, and nothing is done twice."""
    file = with_nine(tmp_path)
    first = cli("regroup", "--data-dir", store, file, *key("7"), "--json").json()
    shutil.rmtree(store / "answers")
    again = cli("regroup", "--data-dir", store, file, *key("7"), "--json").json()
    assert again.keys() == first.keys()
    assert {name: again[name] for name in ("revision", "model", "rejected", "switches_kept")} == {
        name: first[name] for name in ("revision", "model", "rejected", "switches_kept")
    }
    assert (again["changes"], again["ders"], again["unchanged"]) == (None, None, None)
    text = cli("regroup", "--data-dir", store, file, *key("7")).text()
    assert text.startswith("Done before as revision 3; what it changed is not kept any more.")
    assert revision(store) == 3


def test_only_the_newest_answers_are_kept(
    store: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever repeats an older run is told that it was done, and nothing is done again."""
    monkeypatch.setattr(limits, "REGROUP_ANSWERS_MAX", 1)
    nine = with_nine(tmp_path)
    assert cli("regroup", "--data-dir", store, nine, *key("2"), "--json").json()["unchanged"] is False
    assert len(list((store / "answers").iterdir())) == 1
    assert cli("regroup", "--data-dir", store, opened("F1", tmp_path / "open.xml"), *key("3")).code == 0
    assert len(list((store / "answers").iterdir())) == 1
    again = cli("regroup", "--data-dir", store, nine, *key("2"), "--json").json()
    assert (again["revision"], again["changes"], revision(store)) == (3, None, 4)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--source", "gis"], "--sequence"),
        (["--sequence", "1"], "--source"),
        (["--source", "", "--sequence", "1"], "--source"),
        (["--source", "gis", "--sequence", "x" * 101], "--sequence"),
    ],
)
def test_both_or_neither(cli: Cli, tmp_path: Path, model: Path, words: list[str], named: str) -> None:
    """And neither empty nor too long."""
    for dry in ([], ["--dry-run"]):
        answer = cli("regroup", "--data-dir", tmp_path / "store", model, *words, *dry, "--json")
        error = json.loads(answer.err)["error"]
        assert (answer.code, error["code"], error["object"]) == (2, "request_key", named)
