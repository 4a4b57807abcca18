"""Versions: an imported model with differences upon it is the network that its statements say, headers and all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cim_models import importing, snapshot
from cim_models.difference import Difference, versions, write_difference
from cim_models.difference.columns import statements_in, statements_of
from cim_models.difference.statement import Statement
from cim_models.errors import ConflictError, FileError, SnapshotError
from cim_models.loading import read
from cim_models.statements import Header
from tests.cim_models.small import BODY, SMALL, equal, rdf

BASE = "urn:uuid:00000000-0000-0000-0000-000000000001"
HEADER = (
    f'<md:FullModel xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#" rdf:about="{BASE}">'
    "<md:Model.profile>http://iec.ch/TC57/ns/CIM/CoreEquipment-EU/3.0</md:Model.profile>"
    "<md:Model.description>a base</md:Model.description></md:FullModel>"
)
NAMED = Statement("L", "IdentifiedObject.description", "new")


def imported(folder: Path, *paths: Path, base: Path | None = None) -> Path:
    importing.Import(paths, folder, base=base).run()
    return folder


def written(path: Path, difference: Difference) -> Path:
    path.write_text(write_difference(difference), encoding="utf-8")
    return path


def difference(*forward: Statement, reverse: tuple[Statement, ...] = (), **said: str) -> Difference:
    header = Header("made", id="urn:uuid:d1", said=[(f"Model.{key}", value) for key, value in said.items()])
    return Difference(header, forward, reverse)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the small network with a header."""
    home = tmp_path_factory.mktemp("base")
    (home / "model.xml").write_text(rdf(HEADER + BODY))
    return imported(home / "imported", home / "model.xml")


def test_headers_are_kept_and_handed_on(base: Path, tmp_path: Path) -> None:
    """In the report, in the store, and by the next version with that of the difference."""
    (header,) = versions.headers_in(base)
    assert (header.id, header.said[1]) == (BASE, ("Model.description", "a base"))
    store = (base / "statements.nq").read_text()
    assert f'<{BASE}> <http://iec.ch/TC57/61970-552/ModelDescription/1#Model.description> "a base"' in store
    file = written(tmp_path / "d.xml", difference(NAMED, Supersedes=BASE))
    version = imported(tmp_path / "version", file, base=base)
    headers = versions.headers_in(version)
    assert [one.id for one in headers] == [BASE, "urn:uuid:d1"]
    assert headers[1].profiles == header.profiles
    report = json.loads((version / "report.json").read_text())
    assert report["base"] == base.name and report["differences"] == [versions.digest_of(file)]
    assert set(statements_in(version / "statements.nq")) == {*statements_in(base / "statements.nq"), NAMED}


def test_a_difference_of_another_version_is_refused(base: Path, tmp_path: Path) -> None:
    """By what it supersedes; what it depends on is told; an empty one and a model are none."""
    other = written(tmp_path / "other.xml", difference(NAMED, Supersedes="urn:uuid:other"))
    with pytest.raises(ConflictError, match="supersedes urn:uuid:other, which is not part of this version") as caught:
        imported(tmp_path / "refused", other, base=base)
    assert caught.value.code == "difference_other_base" and not (tmp_path / "refused").exists()
    needs = written(tmp_path / "needs.xml", difference(NAMED, DependentOn="urn:uuid:boundary"))
    _, findings = versions.next_version(base, [needs])
    assert [(one.code, one.objects) for one in findings] == [("difference_without_base", ("boundary",))]
    empty = written(tmp_path / "empty.xml", difference())
    with pytest.raises(FileError, match="changes nothing"):
        versions.next_version(base, [empty])
    (tmp_path / "model.xml").write_text(SMALL)
    with pytest.raises(FileError, match="stands where a dm:DifferenceModel should"):
        versions.next_version(base, [tmp_path / "model.xml"])


def test_several_are_applied_whole_or_not_at_all(base: Path, tmp_path: Path) -> None:
    """The second builds on the first; in the other order nothing of them is kept, and one clear sentence says why."""
    one = written(tmp_path / "one.xml", difference(NAMED))
    two = written(tmp_path / "two.xml", difference(NAMED._replace(value="newer"), reverse=(NAMED,)))
    version = imported(tmp_path / "version", one, two, base=base)
    assert NAMED._replace(value="newer") in set(statements_in(version / "statements.nq"))
    with pytest.raises(
        ConflictError, match=r"two.xml line \d+: L \(L\) does not have .*description new"
    ):
        imported(tmp_path / "refused", two, one, base=base)
    assert not (tmp_path / "refused").exists()
    assert versions.version_id("b", [one, two]) != versions.version_id("b", [two, one])


def test_damage_is_told(base: Path, tmp_path: Path) -> None:
    """Statements that are no N-Quads, and places that are not those of the statements."""
    import shutil

    file = written(tmp_path / "d.xml", difference(NAMED))
    for name, content in (("statements.nq", b"no quad\n"), ("declared.npy", b"x")):
        copy = tmp_path / name.partition(".")[0]
        shutil.copytree(base, copy)
        (copy / name).write_bytes(content)
        with pytest.raises(SnapshotError, match=name):
            versions.next_version(copy, [file])


@pytest.mark.parametrize(
    "name",
    [
        "01-ieee13-tiny/IEEE13.xml",
        "05-gmdm-tbd-golden/TBD_OUT_Mod.xml",
        "06-simbench-hvmv-cgmes24-nb/SimBench_1-HVMV-mixed-1.105-0-sw_modified.zip",
        "07-minigrid-cgmes24-nb/CGMES_v2.4.15_MiniGridTestConfiguration_T1_Complete_v3.zip",
        "10-maple10-two-substations/maple10nodebreaker.xml",
        "11-cimbuilder-double-bus-two-feeders/double_bus_and_feeders.xml",
    ],
)
def test_a_version_is_the_network_that_it_was_but_for_the_difference(models: Path, tmp_path: Path, name: str) -> None:
    """A remark upon one object: every array, count and finding of the network is as before, units and signs too."""
    path = models / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    folder = imported(tmp_path / "base", path)
    some = min(one.subject for one in statements_of(read([path])[0]) if one.is_type and one.value == "ACLineSegment")
    file = written(tmp_path / "d.xml", difference(Statement(some, "Remark.text", "x")))
    version = imported(tmp_path / "version", file, base=folder)
    one, two = snapshot.open_(folder / "network"), snapshot.open_(version / "network")
    assert two.files == (*one.files, str(file))
    carried = {"class_conflict", "object_defined_twice", "file_skipped"}
    object.__setattr__(one, "findings", tuple(f for f in one.findings if f.code not in carried))
    equal(one, two)


def test_an_older_folder_has_no_places(base: Path, tmp_path: Path) -> None:
    """It has neither headers nor `declared.npy`; its objects have no place then."""
    import shutil

    shutil.copytree(base, tmp_path / "old")
    (tmp_path / "old" / "declared.npy").unlink()
    report = json.loads((tmp_path / "old" / "report.json").read_text())
    del report["headers"]
    (tmp_path / "old" / "report.json").write_text(json.dumps(report))
    file = written(tmp_path / "d.xml", difference(NAMED, Supersedes="urn:uuid:whatever"))
    made, findings = versions.next_version(tmp_path / "old", [file])
    assert findings == [] and made.place(made.ids.index("CB")) == (None, None)
    with pytest.raises(SnapshotError):
        versions.next_version(tmp_path / "nowhere", [file])
