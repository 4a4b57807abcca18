"""Heads and sources files of a store: kept with each model, the same after restart, upload, regroup and replay."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cim_models.difference import Difference, difference_between, write_difference
from cim_models.difference.columns import statements_of
from cim_models.difference.statement import Statement
from cim_models.loading import read
from cim_models.statements import Header
from tests.cli.conftest import Cli, small
from tests.cli.test_regroup import engine_on
from tests.cli.test_serving import refused
from tests.e2e.service import Service
from topogroup.engine.commands import CreateTemplate, Switching, SwitchOperation
from topogroup.groups.template import parse_template
from topogroup.testing import NetworkBuilder

HEADS = "feeders:\n  - {name: North, head: F1}\n  - {name: South, head: urn:uuid:F2}\n"
NAMED = {"North": ["PV1"], "South": ["BA2"]}
DERIVED = {"F1": ["PV1"], "F2": ["BA2"]}


def two_grids() -> NetworkBuilder:
    """Return the small network and beside it Grid2 ── LC ── PVd; structure makes both G and Grid2 sources."""
    return small().energy_source("Grid2", "c", 20_000).line("LC", "c", "d").pv("PVd", "d")


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    """Return a heads file for the small network."""
    path = tmp_path / "heads.yaml"
    path.write_text(HEADS)
    return path


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Return a sources file that leaves Grid2 out."""
    path = tmp_path / "sources.yaml"
    path.write_text("sources: [G]\n")
    return path


@contextmanager
def serving(home: Path, *words: str | Path) -> Iterator[httpx.Client]:
    """Serve a data directory, with further words on the command line."""
    service = Service(home, [Path(str(word)) for word in words])
    service.start()
    try:
        with service.client() as client:
            yield client
        assert service.stop() == 0
    finally:
        if service.running:
            service.kill()


def seen(client: httpx.Client) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the DER of each feeder by name, and the energisation of each DER."""
    ders = [{**d, **d["current"]} for d in client.get("/v1/ders", params={"limit": 100}).json()["items"]]
    names = [one["name"] for one in client.get("/v1/feeders").json()["items"]]
    on = {name: sorted(d["name"] for d in ders if name in [f["name"] for f in d["feeders"]]) for name in names}
    return on, {one["name"]: one["energisation"] for one in ders}


def members(store: Path) -> dict[str, list[str]]:
    """Return the members of the groups of a store by name."""
    with engine_on(store) as (engine, _):
        view = engine.view
        return {group.group.name: [m["mrid"] for m in view.members(group)] for group in view.groups.values()}


def regrouped(cli: Cli, store: Path, *words: str | Path) -> dict[str, Any]:
    """Run `regroup` and require that the log leads to the state."""
    said: dict[str, Any] = cli("regroup", "--data-dir", store, *words, "--json").json()
    assert cli("verify", "--data-dir", store, "--json").json()["differences"] == []
    return said


@pytest.fixture
def store(tmp_path: Path, cli: Cli, model: Path, heads: Path) -> Path:
    """Return a store with the small network under a heads file, and groups by feeder."""
    home = tmp_path / "store"
    regrouped(cli, home, model, "--heads", heads)
    with engine_on(home) as (engine, _):
        engine.execute(CreateTemplate(parse_template("feeder")))
    assert members(home) == NAMED
    return home


def test_a_service_keeps_them_over_upload_restart_and_regroup(
    tmp_path: Path, cli: Cli, heads: Path, sources: Path
) -> None:
    """Said once at the first start; without Grid2 what it fed is dead, and it is generation."""
    home, model = tmp_path / "data", two_grids().write(tmp_path / "two.xml")
    dead = {"Grid2": "unsupplied", "PVd": "unsupplied"}
    live = {"PV1": "energised", "BA2": "energised"}
    with serving(home, model, "--heads", heads, "--sources", sources) as client:
        assert seen(client) == (NAMED, {**live, **dead})
        later = two_grids().pv("PV9", "f2b")
        sent = client.post("/v1/models", content=later.to_xml().encode(), params={"activate": True})
        deadline = time.monotonic() + 60
        while client.get(sent.headers["Location"]).json()["state"] != "active":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with_nine = {"North": ["PV1"], "South": ["BA2", "PV9"]}, {**live, **dead, "PV9": "energised"}
        assert seen(client) == with_nine
    heads.unlink()
    sources.unlink()
    for words in ((), (model,)):
        with serving(home, *words) as client:
            assert seen(client) == with_nine
            assert len(client.get("/v1/models").json()["items"]) == 2
    gone = regrouped(cli, home, model)
    assert (gone["unchanged"], [(one["name"], one["change"]) for one in gone["ders"]]) == (False, [("PV9", "gone")])
    assert regrouped(cli, home, model)["unchanged"] is True
    with serving(home) as client:
        assert seen(client) == (NAMED, {**live, **dead})


def test_environment_and_file_say_them_too(
    tmp_path: Path, cli: Cli, model: Path, heads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files under other heads are another model; `none` ends what counted."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "store"
    first = regrouped(cli, home, model)
    with engine_on(home) as (engine, _):
        engine.execute(CreateTemplate(parse_template("feeder")))
    assert members(home) == DERIVED
    (tmp_path / "topogroup.toml").write_text(f'heads_file = "{heads.name}"\n')
    other = regrouped(cli, home, model)
    assert other["model"]["id"] != first["model"]["id"] and members(home) == NAMED
    monkeypatch.setenv("TOPOGROUP_HEADS_FILE", "none")
    assert regrouped(cli, home, model)["model"]["id"] == first["model"]["id"] and members(home) == DERIVED
    again = regrouped(cli, home, model, "--heads", heads)
    assert again["model"]["id"] == other["model"]["id"] and members(home) == NAMED


def test_layout_of_the_file_does_not_count(store: Path, cli: Cli, model: Path, heads: Path) -> None:
    """Comments and lines are no content; a name is."""
    heads.write_text(f"# the same\n\n{HEADS}")
    assert regrouped(cli, store, model, "--heads", heads)["unchanged"] is True
    heads.write_text(HEADS.replace("South", "Valley"))
    assert regrouped(cli, store, model, "--heads", heads)["unchanged"] is False
    assert members(store) == {"North": ["PV1"], "Valley": ["BA2"]}


def test_single_phases_keep_the_feeders(store: Path, cli: Cli) -> None:
    """The first operation on one phase prepares the model anew, at once and after a restart."""
    with engine_on(store) as (engine, _):
        engine.execute(Switching((SwitchOperation("F1", True, "A"),)))
        assert engine.view.model is not None
        assert [one.item.name for one in engine.view.model.grid.feeders] == ["North", "South"]
    assert members(store) == NAMED
    assert cli("verify", "--data-dir", store, "--json").json()["differences"] == []


def test_a_dry_run_uses_what_counts(store: Path, cli: Cli, tmp_path: Path) -> None:
    """PV9 would come to South."""
    later = small().pv("PV9", "f2b").write(tmp_path / "later.xml")
    dry = cli("regroup", "--data-dir", store, later, "--dry-run", "--json").json()
    assert [(one["group"]["name"], [m["name"] for m in one["joined"]]) for one in dry["changes"]] == [
        ("South", ["PV9"])
    ]
    assert regrouped(cli, store, later)["changes"] == dry["changes"]


def without(model: Path, *gone: str) -> tuple[set[Statement], set[Statement]]:
    """Return what a model says, and what it says without some objects and what hangs on them alone."""
    said = set(statements_of(read([model])[0]))
    more = {one.subject for one in said if one.reference and one.value in gone}
    return said, {one for one in said if one.subject not in {*gone, *more}}


def test_an_entry_waits_while_its_head_is_away(store: Path, cli: Cli, tmp_path: Path, model: Path) -> None:
    """A difference takes F2 away, another one brings it back: told, never an end, and named again."""
    before, after = without(model, "F2")
    away, back = tmp_path / "away.xml", tmp_path / "back.xml"
    away.write_text(write_difference(difference_between(before, after)))
    back.write_text(write_difference(difference_between(after, before)))
    said = regrouped(cli, store, away)
    assert [(one["code"], one["objects"]) for one in said["findings"] if one["code"] == "given_entry_waits"] == [
        ("given_entry_waits", ["urn:uuid:F2"])
    ]
    assert members(store)["North"] == ["PV1"] and "South" not in members(store)
    with serving(store) as client:
        assert sorted(seen(client)[0]) == ["North"]
    assert [one for one in regrouped(cli, store, back)["findings"] if one["code"] == "given_entry_waits"] == []
    assert members(store) == NAMED


def test_a_difference_takes_what_is_said_now(store: Path, cli: Cli, tmp_path: Path, heads: Path) -> None:
    """Else what its base has; with other heads it makes another version."""
    renamed = Statement("L1", "IdentifiedObject.name", "L1")
    file = tmp_path / "renamed.xml"
    file.write_text(write_difference(Difference(Header("made"), (renamed._replace(value="other"),), (renamed,))))
    heads.write_text(HEADS.replace("South", "Valley"))
    dry = [
        cli("regroup", "--data-dir", store, file, "--dry-run", "--json", *words).json()
        for words in ((), ("--heads", heads))
    ]
    assert (dry[0]["changes"], dry[0]["model"]["id"] == dry[1]["model"]["id"]) == ([], False)
    assert regrouped(cli, store, file, "--heads", heads)["model"] == dry[1]["model"]
    assert members(store) == {"North": ["PV1"], "Valley": ["BA2"]}


def test_what_is_said_must_fit_a_whole_model(store: Path, cli: Cli, tmp_path: Path, model: Path, heads: Path) -> None:
    """One clear error with the line, nothing kept; what came along waits instead."""
    other = NetworkBuilder()
    other.energy_source("G", "a", 20_000).line("L", "a", "b").pv("PV", "b")
    file = other.write(tmp_path / "other.xml")
    folders = sorted(path.name for path in (store / "models").iterdir())
    answer = cli("regroup", "--data-dir", store, file, "--heads", heads, "--json")
    error = json.loads(answer.err)["error"]
    assert (answer.code, answer.out, error["code"]) == (2, "", "unknown_id")
    assert error["message"].startswith("Heads file line 2: ")
    (tmp_path / "sources.yaml").write_text("sources:\n  - G\n  - nobody\n")
    answer = cli("regroup", "--data-dir", store, model, "--sources", tmp_path / "sources.yaml", "--json")
    assert answer.code == 2 and json.loads(answer.err)["error"]["message"].startswith("Sources file line 3: ")
    assert sorted(path.name for path in (store / "models").iterdir()) == folders and members(store) == NAMED
    said = regrouped(cli, store, file)
    assert [one["objects"] for one in said["findings"] if one["code"] == "given_entry_waits"] == [
        ["F1"],
        ["urn:uuid:F2"],
    ]
    assert regrouped(cli, store, file)["unchanged"] is True


def test_a_service_that_has_nothing_else_ends_with_one_line(tmp_path: Path, model: Path, heads: Path) -> None:
    """A head that the first model does not have, and a file that is not there."""
    heads.write_text("feeders: [{name: X, head: nobody}]")
    error = refused("serve", model, "--data-dir", tmp_path / "data", "--port", "0", "--heads", heads)
    assert (error["code"], error["message"].partition(":")[0]) == ("unknown_id", "Heads file line 1")
    error = refused("serve", "--data-dir", tmp_path / "data", "--port", "0", "--heads", tmp_path / "no.yaml")
    assert (error["code"], error["object"]) == ("file_unreadable", str(tmp_path / "no.yaml"))


def test_a_service_goes_on_where_a_later_model_does_not_fit(tmp_path: Path, store: Path, heads: Path) -> None:
    """The active model stays, whatever the command line asks for; an upload is refused by name."""
    file = NetworkBuilder().energy_source("G", "a", 20_000).line("L", "a", "b").pv("PV", "b").write(tmp_path / "o.xml")
    with serving(store, file, "--heads", heads) as client:
        assert seen(client)[0] == NAMED
        sent = client.post("/v1/models", content=file.read_bytes(), params={"activate": True})
        deadline = time.monotonic() + 60
        while (job := client.get(sent.headers["Location"]).json())["state"] == "reading":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert (job["state"], job["error"]["code"]) == ("failed", "unknown_id")
        assert seen(client)[0] == NAMED
