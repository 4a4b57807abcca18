"""Importing in a child process: the same network and the same refusals as in the process, and nothing half-done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cim_models import Network, importing, limits
from cim_models.errors import ModelError, SnapshotError, TopogroupError
from cim_models.importing import Import, import_model, model_id
from tests.cim_models.small import RDF, SMALL, equal, rdf, zipped

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
BOMB = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def written(folder: Path, text: str, name: str = "model.xml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_an_import_is_what_a_load_is(tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    folder = tmp_path / "models" / "one"
    report = import_model([SAMPLE], folder, progress=lambda *done: said.append(done))
    network = Network.load(SAMPLE)
    imported = Network.open(folder / "network")
    equal(imported, network)
    assert imported.findings == network.findings
    size = SAMPLE.stat().st_size
    assert said == [(str(SAMPLE), 0, size), ("", size, size)]
    assert sorted(path.name for path in folder.iterdir()) == ["declared.npy", "network", "report.json", "statements.nq"]
    assert json.loads((folder / "report.json").read_text()) == report
    assert (report["files"], report["name"]) == ([str(SAMPLE)], "sample.xml")
    assert (report["counts"], report["findings"]) == (network.counts, [one.as_dict() for one in network.findings])
    assert report["model"] == model_id([SAMPLE])
    lines = (folder / "statements.nq").read_text().splitlines()
    assert len(lines) == report["quads"] == report["statements"] + sum(network.counts.values())
    assert {line.rsplit(" ", 2)[1] for line in lines} == {f"<urn:uuid:{report['model']}>"}


def test_name_and_id_can_be_given(tmp_path: Path) -> None:
    report = import_model([written(tmp_path, SMALL)], tmp_path / "out", name="North", model="north 1")
    assert (report["name"], report["model"]) == ("North", "north 1")
    assert (tmp_path / "out" / "statements.nq").read_text().splitlines()[0].endswith("<urn:topogroup:id:north%201> .")


HOSTILE = {
    "entity bomb": SMALL.replace("<rdf:RDF", BOMB + "<rdf:RDF", 1),
    "deep nesting": rdf("<cim:A>" * 100 + "</cim:A>" * 100),
    "very deep nesting": rdf("<cim:A>" * 5000 + "</cim:A>" * 5000),
    "many attributes": rdf("<cim:A " + " ".join(f'a{i}="1"' for i in range(100)) + "/>"),
    "long text": SMALL.replace(">PV<", f">{'x' * (limits.XML_TEXT_BYTES_MAX + 1)}<"),
    "cut": SMALL[:-30],
    "no CIM": f'<rdf:RDF xmlns:rdf="{RDF}"/>',
    "no terminal": rdf('<cim:Breaker rdf:ID="_a"/>'),
    "empty": "",
    "no XML": "hello",
    "UTF-16": SMALL.replace("UTF-8", "UTF-16"),
    "difference": rdf(
        '<dm:DifferenceModel xmlns:dm="http://iec.ch/TC57/61970-552/DifferenceModel/1#" rdf:about="urn:uuid:d1"/>'
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_refused_in_the_process_is_refused_the_same_way(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, HOSTILE[kind])
    with pytest.raises(TopogroupError) as here:
        Network.load(path)
    with pytest.raises(TopogroupError) as there:
        import_model([path], tmp_path / "out")
    assert there.value.as_dict() == here.value.as_dict()
    assert issubclass(type(here.value), type(there.value))
    assert type(there.value) is not TopogroupError
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("paths", [[], ["nowhere.xml"]])
def test_files_that_are_not_there(tmp_path: Path, paths: list[str]) -> None:
    with pytest.raises(ModelError) as caught:
        import_model([tmp_path / path for path in paths], tmp_path / "out")
    assert caught.value.code == "file_not_found"
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    mine = written(tmp_path, SMALL)
    with pytest.raises(SnapshotError, match="is not empty"):
        import_model([mine], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.xml"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    mine = written(tmp_path, SMALL)
    with pytest.raises(ModelError) as caught:
        import_model([mine], mine / "out")
    assert caught.value.code == "import_failed"


def pid_of(running: Import) -> int:
    assert running._process is not None
    return running._process.pid


@pytest.mark.parametrize(
    ("number", "words"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGABRT, "SIGABRT"), (signal.SIGSEGV, "SIGSEGV")]
)
def test_a_child_that_dies_is_one_clear_error(tmp_path: Path, number: signal.Signals, words: str) -> None:
    running = Import([SAMPLE], tmp_path / "out")
    with pytest.raises(ModelError) as caught:
        running.run(lambda *_: os.kill(pid_of(running), number))
    assert caught.value.code == "import_failed"
    said = f"The import of sample.xml ended unexpectedly (killed by {words}); nothing of it was kept."
    assert caught.value.message == said
    assert not (tmp_path / "out").exists()


def test_an_import_can_be_cancelled(tmp_path: Path) -> None:
    running = Import([SAMPLE], tmp_path / "out")
    with pytest.raises(ModelError) as caught:
        running.run(lambda *_: running.kill())
    assert (caught.value.code, "it was cancelled" in caught.value.message) == ("import_failed", True)
    assert not (tmp_path / "out").exists()
    before = Import([SAMPLE], tmp_path / "out")
    before.kill()
    with pytest.raises(ModelError, match="it was cancelled"):
        before.run()


def test_time_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IMPORT_SECONDS_MAX", 0)
    with pytest.raises(ModelError, match="it took too long") as caught:
        import_model([SAMPLE], tmp_path / "out")
    assert caught.value.code == "import_failed"


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(limits, "IMPORT_MEMORY_BYTES_MAX", 48 * 1024**2)
    with pytest.raises(ModelError) as caught:
        import_model([SAMPLE], tmp_path / "out")
    assert caught.value.code == "import_failed"
    assert not (tmp_path / "out").exists()


def test_a_progress_that_fails_ends_the_import(tmp_path: Path) -> None:
    running = Import([SAMPLE], tmp_path / "out")

    def full(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        running.run(full)
    assert not (tmp_path / "out").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid_of(running), 0)


PARENT = """
import os, signal, sys, time
from pathlib import Path
from cim_models.importing import Import
running = Import([Path(sys.argv[1])], Path(sys.argv[2]))
def stop(*_):
    os.kill(running._process.pid, signal.SIGSTOP)
    print(running._process.pid, flush=True)
    time.sleep(600)
running.run(stop)
"""


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """The child is stopped in the middle, the parent killed: when the child goes on, it goes home."""
    folder = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", PARENT, SAMPLE, folder], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    os.kill(pid, signal.SIGCONT)
    until = time.monotonic() + 60
    while time.monotonic() < until and _lives(pid):
        time.sleep(0.01)
    assert not _lives(pid)
    assert not (folder / "report.json").exists()


def _lives(pid: int) -> bool:
    """Tell whether a process is there and no zombie that nobody fetches."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_id_of_a_model_is_that_of_its_content(tmp_path: Path) -> None:
    one, two = written(tmp_path, SMALL, "one.xml"), written(tmp_path, SMALL + "\n", "two.xml")
    renamed = written(tmp_path, SMALL, "renamed.xml")
    assert model_id([one]) == model_id([renamed]) != model_id([two])
    assert model_id([one, two]) == model_id([two, one]) == model_id([two, renamed]) != model_id([one])
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    for path in (one, two):
        path.rename(folder / "inner" / path.name)
    written(folder, "not of the model", ".hidden")
    assert model_id([folder]) == model_id([folder / "inner" / "two.xml", renamed])
    archive = zipped(tmp_path / "a.zip", {"one.xml": SMALL})
    assert model_id([archive]) != model_id([renamed])
    assert len({importing.model_id([renamed]) for _ in range(3)}) == 1
    with pytest.raises(ModelError, match="does not exist"):
        model_id([tmp_path / "nowhere.xml"])
