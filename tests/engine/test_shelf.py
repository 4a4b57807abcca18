"""From a model file to groups and back after a restart: the shelf, the child process, the engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cim_models.errors import FileError, NotFoundError
from topogroup.engine.commands import ActivateModel, CreateTemplate, Switching, SwitchOperation
from topogroup.engine.engine import Engine
from topogroup.engine.shelf import ModelShelf
from topogroup.groups.template import parse_template
from topogroup.iec61968.rendering import MessageRenderer
from topogroup.journal.sqlite import SqliteJournal

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder for models with the sample in it."""
    made = tmp_path_factory.mktemp("models")
    ModelShelf(made).add([SAMPLE], "sample")
    yield made


def test_the_same_content_is_one_model(folder: Path, tmp_path: Path) -> None:
    """Whatever the file is called; what was left unfinished is swept away."""
    renamed = tmp_path / "renamed.xml"
    renamed.write_bytes(SAMPLE.read_bytes())
    (folder / "unfinished").mkdir()
    shelf = ModelShelf(folder)
    shelf.remove_unfinished()
    assert not (folder / "unfinished").exists()
    (known,) = shelf.list()
    assert shelf.add([renamed], "renamed") == known["id"] and len(shelf.list()) == 1
    assert (known["name"], "findings" in known) == ("sample", False)
    assert shelf.report(known["id"])["findings"] and shelf.statements(known["id"]).stat().st_size > 0


def test_a_bad_file_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """And an unknown id is one clear sentence."""
    bad = tmp_path / "bad.xml"
    bad.write_text("<not-cim/>")
    shelf = ModelShelf(folder)
    with pytest.raises(FileError):
        shelf.add([bad], "bad")
    assert len(shelf.list()) == 1
    for id_ in ("nobody", "../models", ".", ""):
        with pytest.raises(NotFoundError):
            shelf.prepared(id_)


def test_from_the_file_to_groups_and_on_after_a_restart(folder: Path, tmp_path: Path) -> None:
    """The sample network: one feeder opened, its DER gone from its group, the same after a restart."""
    shelf = ModelShelf(folder)
    (known,) = shelf.list()
    told = []
    for turn in range(2):
        journal = SqliteJournal(tmp_path / "journal.sqlite")
        engine = Engine(journal, shelf, MessageRenderer("topogroup"), lambda: datetime.now(UTC))
        engine.start()
        if turn == 0:
            engine.execute(ActivateModel(shelf.prepared(known["id"])))
            engine.execute(CreateTemplate(parse_template("feeder")))
            engine.execute(Switching((SwitchOperation("S1-F1-CB", True),)))
        view = engine.view
        assert view.model is not None and view.report is not None
        for der, report in enumerate(view.report):
            names = sorted(view.groups[mrid].group.name for mrid in view.groups_with(der))
            assert names == [feeder.name for feeder in report.current.feeders]
        told.append({g.group.name: view.members(g) for g in view.groups.values()})
        assert told[-1]["S1-F1"] == [] and any(told[-1].values())
        engine.stop()
        journal.close()
    assert told[0] == told[1]
