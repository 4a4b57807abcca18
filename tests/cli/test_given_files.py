"""Heads and sources files of the user, `generate`, and what long work shows."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from cim_models import given_files, load_text
from cim_models.errors import IdError
from cim_models.identifiers import derived
from tests.cim_models.small import BODY, NODES, equipment, found, rdf
from tests.cli.conftest import Cli
from topogroup.cli import inputs
from topogroup.testing import NetworkBuilder


def test_a_heads_file_names_feeders(cli: Cli, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "heads.yaml"
    path.write_text(
        "feeders:\n  - {name: North, head: F1}\n  - name: South\n    head: urn:uuid:F2\n    substation: S1\n"
    )
    answer = cli("inspect", model, "--heads", path, "--json").json()
    assert {f["name"]: (f["head"], f["mrid"]) for f in answer["feeders"]} == {
        "North": ("F1", derived("feeder:F1")),
        "South": ("F2", derived("feeder:F2")),
    }
    ders = cli("attach", model, "--heads", path, "--json").json()["ders"]
    assert {d["mrid"]: [f["name"] for f in d["current"]["feeders"]] for d in ders} == {
        "PV1": ["North"],
        "BA2": ["South"],
    }
    groups = cli("groups", model, "--heads", path, "--by", "feeder", "--json").json()["groups"]
    assert sorted(group["name"] for group in groups) == ["North", "South"]
    changes = cli("changes", model, "--heads", path, "--by", "feeder", "--open", "F1", "--json").json()["changes"]
    assert [change["group"]["name"] for change in changes] == ["North"]


def test_ids_in_yaml_stay_as_they_are_written(tmp_path: Path) -> None:
    """Octal numbers, dates, truth values and floats are ids like others."""
    path = tmp_path / "given.yaml"
    path.write_text("\ufeff# list\nsources: [0815, 2020-13-45, 1e5, yes, 'quoted', _x, 12:30:45]\n", encoding="utf-8")
    listed = ["0815", "2020-13-45", "1e5", "yes", "quoted", "_x", "12:30:45"]
    assert given_files.sources_file(path) == dict.fromkeys(listed, 2)
    path.write_text("feeders: [{name: 007, head: 1_000, substation: }]")
    assert inputs.heads_file(path) == [{"name": "007", "head": "1_000", "line": "1"}]
    assert inputs.heads_file(None) is None


def test_a_sources_file_replaces_all_others(cli: Cli, tmp_path: Path) -> None:
    """Two feeds: with the file one of them is a source, the other is dead, and generation stays generation."""
    b = NetworkBuilder().energy_source("Grid1", "a", 20_000).energy_source("Grid2", "c", 20_000)
    model = b.line("LA", "a", "b").pv("PVb", "b").line("LC", "c", "d").pv("PVd", "d").write(tmp_path / "m.xml")
    path = tmp_path / "sources.yaml"
    path.write_text("sources: [Grid2]\n")

    def states(*more: str | Path) -> dict[str, str]:
        return {d["mrid"]: d["current"]["energisation"] for d in cli("attach", model, *more, "--json").json()["ders"]}

    assert states() == {"PVb": "energised", "PVd": "energised"}
    assert states("--sources", path) == {"Grid1": "unsupplied", "PVb": "unsupplied", "PVd": "energised"}
    answer = cli("inspect", model, "--sources", path, "--json").json()
    assert [source["mrid"] for source in answer["sources"]] == ["Grid2"]
    assert [f["message"] for f in answer["findings"] if f["code"] == "source_decided"] == [
        "The sources file names 1 grid sources; they replace all others."
    ]
    path.write_text("sources: [Grid1, urn:uuid:Grid2]\n")
    assert states("--sources", path) == states()


def test_sources_given_in_python() -> None:
    body = BODY + equipment("EnergySource", "E", "n2") + equipment("EnergySource", "away", "-")
    for listed in (["E"], ["#_E"]):
        network = load_text(rdf(body), sources=listed)
        assert [network.equipment.id[e] for e in network.source.equipment] == ["E"]
        assert network.ders() == ["PV", "away"]
        assert network.source.terminal.tolist() == [
            t for t in range(8) if network.equipment.id[int(network.terminal.equipment[t])] == "E"
        ]
    with pytest.raises(IdError) as caught:
        load_text(rdf(body), sources=["away"])
    assert caught.value.code == "source_without_node"
    both = load_text(rdf(body), sources=["E", "PV"])
    assert both.ders() == ["away"]
    assert len(both.der.unit_kind) == 0
    none = load_text(rdf(NODES + equipment("EnergySource", "E", "n1")), sources=[])
    assert (none.source.equipment.size, none.ders()) == (0, ["E"])
    assert not found(none, "source_missing") or none.source.equipment.size == 0


def test_yaml_is_bounded_in_bytes(cli: Cli, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cim_models import limits

    path = tmp_path / "sources.yaml"
    path.write_text("sources: [G]\n")
    monkeypatch.setattr(limits, "YAML_BYTES_MAX", path.stat().st_size)
    assert cli("attach", model, "--sources", path).code == 0
    monkeypatch.setattr(limits, "YAML_BYTES_MAX", path.stat().st_size - 1)
    answer = cli("attach", model, "--sources", path, "--json")
    assert (answer.code, json.loads(answer.err)["error"]["code"]) == (2, "file_too_large")


def test_generate_writes_a_model_that_attaches(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "made.xml"
    text = cli("generate", out, "--substations", "1", "--feeders", "2", "--ders", "5", "--seed", "7").text()
    truth = json.loads((tmp_path / "made.truth.json").read_text())
    assert text.splitlines()[:2] == [str(out), str(tmp_path / "made.truth.json")]
    ders = cli("attach", out, "--json").json()["ders"]
    assert {d["mrid"] for d in ders} == set(truth["ders"])
    assert len(ders) == 5
    again = tmp_path / "again.xml"
    assert cli("generate", again, "--substations", "1", "--feeders", "2", "--ders", "5", "--seed", "7").code == 0
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize(
    ("option", "number"),
    [("--substations", "0"), ("--substations", "-1"), ("--feeders", "0"), ("--feeders", "-1"), ("--ders", "-1")],
)
def test_generate_refuses_impossible_numbers(cli: Cli, tmp_path: Path, option: str, number: str) -> None:
    answer = cli("generate", tmp_path / "out.xml", option, number)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert not (tmp_path / "out.xml").exists()


def test_generate_into_a_folder_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    answer = cli("generate", tmp_path / "no" / "out.xml")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert str(tmp_path / "no") in answer.err


class Terminal:
    """A stderr that is a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""


def test_progress_is_shown_on_a_terminal_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(inputs, "_QUIET_S", -1.0)
    now = iter([0.0, 1.0, 1.01, 2.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with inputs.progress("reading") as line:
        line("first.xml", 1, 4)
        line("too soon.xml", 2, 4)
        line("last.xml", 3, 4)
    assert terminal.text == "\r\x1b[2Kreading 25 % first.xml\r\x1b[2Kreading 75 % last.xml\r\x1b[2K"


def test_progress_is_silent_where_nobody_looks(cli: Cli, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_QUIET_S", -1.0)
    assert cli("attach", model).err == ""
