"""States in differences and files: preconditions, order, poles, time and number; all of it without a new version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cim_models.difference import Difference, write_difference
from cim_models.difference.statement import Statement
from cim_models.errors import BatchError, ConflictError, FileError
from cim_models.statements import Header
from tests.cim_models.small import rdf
from tests.engine.made import Clock
from topogroup.engine.commands import ActivateModel, Switching, SwitchOperation
from topogroup.engine.engine import Engine
from topogroup.engine.shelf import ModelShelf
from topogroup.engine.state_files import together, told_by
from topogroup.engine.updating import switching_of, update_of
from topogroup.iec61968.rendering import MessageRenderer
from topogroup.journal.sqlite import SqliteJournal
from topogroup.testing import NetworkBuilder

MODEL = "urn:uuid:00000000-0000-4000-8000-000000000001"
HEADER = (
    '<md:FullModel xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#" rdf:about="{}">'
    "<md:Model.profile>http://iec.ch/TC57/ns/CIM/{}</md:Model.profile>{}</md:FullModel>"
)
SSH = "SteadyStateHypothesis-EU/3.0"
TIME = "<md:Model.scenarioTime>2025-12-0{}T10:00:00Z</md:Model.scenarioTime>"


def said(switch: str, value: bool, name: str = "Switch.open") -> Statement:
    return Statement(switch, name, str(value).lower())


def header(number: int = 1, *more: tuple[str, str]) -> Header:
    created = f"2025-12-0{number}T10:00:00Z"
    return Header(f"d{number}.xml", [], False, f"d{number}", [("Model.created", created), *more])


class Store:
    """An engine on a shelf with one model: F1 of three poles before PV1, F2 before PV2."""

    def __init__(self, folder: Path) -> None:
        """Read the model and make it active."""
        b = NetworkBuilder().energy_source("grid", "hv", 110_000).substation("S")
        b.transformer("T", [("hv", 110_000), ("bus", 20_000)], container="S").busbar("BB", "bus")
        b.breaker("F1", "bus", "f1", phases="ABC", open_phases="").line("L1", "f1", "f1b").pv("PV1", "f1b")
        b.breaker("F2", "bus", "f2").line("L2", "f2", "f2b").pv("PV2", "f2b")
        text, head = b.to_xml(), HEADER.format(MODEL, "CoreEquipment-EU/3.0", "")
        at = text.index(">", text.index("<rdf:RDF")) + 1
        file = folder / "model.xml"
        file.write_text(text[:at] + head + text[at:])
        self.folder, self.shelf = folder, ModelShelf(folder / "models")
        self.journal = SqliteJournal(folder / "journal.sqlite")
        self.engine = Engine(self.journal, self.shelf, MessageRenderer("topogroup"), Clock())
        self.engine.start()
        self.model = self.shelf.add([file], "model")
        self.engine.execute(ActivateModel(self.shelf.prepared(self.model)))
        network = self.engine.view.model.network if self.engine.view.model else None
        assert network is not None
        self.pole = dict(zip("ABC", [p for p in network.point.id if "F1" in p], strict=True))

    def regroup(self, *differences: Difference) -> dict[str, object]:
        """Do as `topogroup regroup` does with files of differences."""
        files = []
        for number, one in enumerate(differences):
            files.append(self.folder / f"d{number}.xml")
            files[-1].write_text(write_difference(one))
        return self.take(*files)

    def take(self, *files: Path) -> dict[str, object]:
        """Do as `topogroup regroup` does."""
        command = update_of(self.engine.view, files, self.shelf, self.shelf).command
        assert isinstance(command, Switching)
        return self.engine.execute(command, 60).body

    def open(self) -> dict[str, int]:
        """Return the open phases of each switch."""
        view, found = self.engine.view, dict[str, int]()
        assert view.model is not None and view.state is not None
        network = view.model.network
        for e, opened in zip(network.pole.equipment.tolist(), view.state.open.tolist(), strict=True):
            name = network.equipment.name[e]
            found[name] = found.get(name, 0) | opened
        return found

    def report(self, switch: str, at: datetime | None, *, opens: bool) -> None:
        """Report a switch as the DMS does."""
        self.engine.execute(Switching((SwitchOperation(switch, opens, "", at),)), 60)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store with a model."""
    made = Store(tmp_path)
    yield made
    made.engine.stop()
    made.journal.close()


def test_preconditions_are_compared_with_the_present_state(store: Store) -> None:
    """Also with that of poles, and with what a difference before left; nothing is applied where one does not hold."""
    wrong = Difference(header(), (said("F1", True),), (), (said("F2", True),))
    before = store.open()
    with pytest.raises(ConflictError, match=r"line \d+ requires that 'F2' is open, and it is not") as refused:
        store.regroup(wrong)
    assert (refused.value.code, store.open(), store.engine.view.revision) == ("difference_misfit", before, 1)
    closed_pole = said(store.pole["B"], True, "SwitchPhase.closed")
    right = Difference(header(), (said("F2", True),), (), (said("F1", False), closed_pole))
    after = Difference(header(2), (said("F1", True),), (), (said("F2", True),))
    with pytest.raises(ConflictError):
        store.regroup(after, right)
    assert store.open() == before
    assert store.regroup(right, after)["applied"] == 2
    assert store.open() == {"F1": 7, "F2": store.open()["F2"]} and store.open()["F2"]
    again = Difference(header(3), (said("F2", False),), (), (closed_pole,))
    with pytest.raises(ConflictError, match="is closed, and it is not"):
        store.regroup(again)
    with pytest.raises(ConflictError, match="which cannot be told: 'gone' names no switch"):
        store.regroup(Difference(header(3), (said("F2", False),), (), (said("gone", True),)))


def test_a_precondition_on_something_else_is_refused(store: Store) -> None:
    other = Statement("F2", "Equipment.inService", "true")
    with pytest.raises(FileError, match=r"requires Equipment\.inService of F2"):
        store.regroup(Difference(header(), (said("F1", True),), (), (other,)))
    assert store.engine.view.revision == 1


def test_a_difference_of_states_for_another_version_is_refused(store: Store) -> None:
    """As one that makes a version is; one of this version is taken, and one after a difference given with it."""
    other = header(1, ("Model.Supersedes", "urn:uuid:00000000-0000-4000-8000-00000000000f"))
    with pytest.raises(ConflictError) as refused:
        store.regroup(Difference(other, (said("F1", True),)))
    assert (refused.value.code, store.engine.view.revision) == ("difference_other_base", 1)
    mine, next_ = header(1, ("Model.Supersedes", MODEL)), header(2, ("Model.Supersedes", "d1"))
    batch, findings = switching_of(
        [Difference(mine, (said("F1", True),)), Difference(next_, (said("F2", True),))],
        store.shelf,
        store.model,
        keyed=False,
    )
    assert (len(batch.operations), findings) == (2, [])
    lost = header(3, ("Model.DependentOn", "x"))
    assert [one.code for one in switching_of([Difference(lost)], store.shelf, store.model, keyed=False)[1]] == [
        "difference_without_base"
    ]


def test_of_several_differences_the_last_one_counts(store: Store) -> None:
    """Whole switch after its pole, and pole after its whole switch."""
    pole = Difference(header(1), (said(store.pole["A"], False, "SwitchPhase.closed"),))
    store.regroup(pole, Difference(header(2), (said("F1", False),)))
    assert store.open()["F1"] == 0
    store.regroup(
        Difference(header(3), (said("F1", False),)),
        Difference(header(4), (said(store.pole["A"], False, "SwitchPhase.closed"),)),
    )
    assert store.open()["F1"] == 1


def test_of_several_state_files_the_last_one_counts(store: Store) -> None:
    first, second = store.folder / "1.xml", store.folder / "2.xml"
    pole = f'<cim:SwitchPhase rdf:about="#_{store.pole["A"]}"><cim:SwitchPhase.closed>false</cim:SwitchPhase.closed>'
    whole = '<cim:Breaker rdf:about="#_F1"><cim:Switch.open>false</cim:Switch.open></cim:Breaker>'
    first.write_text(rdf(HEADER.format("urn:uuid:1", SSH, TIME.format(1)) + pole + "</cim:SwitchPhase>"))
    second.write_text(rdf(HEADER.format("urn:uuid:2", SSH, TIME.format(2)) + whole))
    store.take(first, second)
    assert store.open()["F1"] == 0


def test_poles_are_found_in_the_network_in_memory(store: Store) -> None:
    """The statements of the model are not read again."""
    store.shelf.statements(store.model).unlink()
    store.regroup(Difference(header(), (said(store.pole["C"], False, "SwitchPhase.closed"),)))
    assert store.open()["F1"] == 4


def test_an_older_file_does_not_replace_a_newer_report(store: Store) -> None:
    """A file of states lists it as stale, a difference is refused; a later file counts and says its time."""
    reported = datetime(2025, 12, 5, tzinfo=UTC)
    store.report("F2", reported, opens=True)
    with pytest.raises(BatchError) as refused:
        store.regroup(Difference(header(1), (said("F2", False),)))
    assert [one["code"] for one in refused.value.rejected] == ["stale"]
    file = store.folder / "ssh.xml"
    body = '<cim:Breaker rdf:about="#_F2"><cim:Switch.open>false</cim:Switch.open></cim:Breaker>'
    file.write_text(rdf(HEADER.format("urn:uuid:1", SSH, TIME.format(4)) + body))
    rejected = store.take(file)["rejected"]
    assert isinstance(rejected, list) and [one["code"] for one in rejected] == ["stale"]
    assert [one.at for one in store.engine.view.reports.values()] == [reported]
    file.write_text(rdf(HEADER.format("urn:uuid:2", SSH, TIME.format(6)) + body))
    assert store.take(file)["applied"] == 1
    assert [one.at for one in store.engine.view.reports.values()] == [datetime(2025, 12, 6, 10, tzinfo=UTC)]


def test_source_and_number_of_the_header_make_a_difference_the_same_one() -> None:
    """With all that it says, also its preconditions; without a source there is no number."""
    by = ("Model.modelingAuthoritySet", "dso")
    one, two = (Difference(header(n, by), (said("F1", True),)) for n in (1, 2))
    key = together([told_by(one), told_by(two)], atomic=True, keyed=True).request
    assert key is not None and (key.source, key.sequence) == ("dso", "d1 + d2")
    assert key == together([told_by(one), told_by(two)], atomic=True, keyed=True).request
    careful = Difference(one.header, one.forward, (), (said("F2", True),))
    other = together([told_by(careful), told_by(two)], atomic=True, keyed=True).request
    assert other is not None and other.same_number(key) and other.digest != key.digest
    nameless = Difference(header(1), (said("F1", True),))
    assert together([told_by(nameless)], atomic=True, keyed=True).request is None
    assert together([told_by(one)], atomic=True, keyed=False).request is None
