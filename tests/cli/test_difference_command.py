"""`topogroup difference OLD… --to NEW… --out FILE`: what it writes leads a store from OLD to NEW."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cim_models import importing
from cim_models.difference.columns import statements_in, statements_of
from cim_models.difference.reading import read_difference
from cim_models.difference.statement import Statement
from cim_models.intake import documents
from cim_models.loading import read
from cim_models.statements import Header
from tests.cim_models.small import rdf
from tests.cli.conftest import Cli, small
from tests.cli.test_regroup import engine_on
from topogroup.cli.differencing import spread
from topogroup.engine.commands import CreateTemplate
from topogroup.groups.template import parse_template
from topogroup.testing import NetworkBuilder

MODEL_DESCRIPTION = 'xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#"'


def said(*paths: Path) -> set[Statement]:
    """Return what files say."""
    return set(statements_of(read(paths)[0]))


def held(store: Path) -> set[Statement]:
    """Return what the active model of a store says."""
    with engine_on(store) as (engine, _):
        assert engine.view.model is not None
        return set(statements_in(store / "models" / engine.view.model.id / "statements.nq"))


def members(store: Path) -> dict[str, list[str]]:
    """Return the members of the groups of a store by name."""
    with engine_on(store) as (engine, _):
        view = engine.view
        return {group.group.name: [m["mrid"] for m in view.members(group)] for group in view.groups.values()}


def header_in(path: Path) -> Header:
    """Return the header of a difference model."""
    (document,) = documents([path])[0]
    return read_difference(document).header


def urn(*paths: Path) -> str:
    """Return the id of a version as headers write it."""
    return f"urn:uuid:{importing.model_id(paths)}"


def with_header(path: Path, mrid: str) -> Path:
    """Give a file a header with an id."""
    text = path.read_text(encoding="utf-8")
    at = re.search(r"<rdf:RDF[^>]*>", text)
    assert at is not None
    header = f'<md:FullModel {MODEL_DESCRIPTION} rdf:about="urn:uuid:{mrid}"/>'
    path.write_text(text[: at.end()] + header + text[at.end() :], encoding="utf-8")
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Return a later version: F1 feeds PV9 over a switch of its own, BA2 is gone, TIE is closed."""
    b = NetworkBuilder().external_network_injection("G", "hv", 110_000).substation("S1")
    b.busbar("BB", "bus", container="S1").transformer("T1", [("hv", 110_000), ("bus", 20_000)], container="S1")
    b.breaker("F1", "bus", "f1a").line("L1", "f1a", "f1b").pv("PV1", "f1b").end_device("ED1", "PV1")
    b.breaker("F2", "bus", "f2a").line("L2", "f2a", "f2b").breaker("TIE", "f1b", "f2b")
    return b.fuse("FU9", "f1b", "f1c").pv("PV9", "f1c").write(tmp_path / "new.xml")


@pytest.mark.parametrize("headers", [False, True])
def test_applied_to_the_old_version_it_gives_the_new_one(
    cli: Cli, tmp_path: Path, model: Path, new: Path, headers: bool
) -> None:
    """There, and back again by the difference the other way round; the chain fits by its headers."""
    if headers:
        with_header(model, "11111111-1111-4111-8111-111111111111")
        with_header(new, "22222222-2222-4222-8222-222222222222")
    old_id = ["urn:uuid:11111111-1111-4111-8111-111111111111"] if headers else []
    new_id = ["urn:uuid:22222222-2222-4222-8222-222222222222"] if headers else []
    there, back, store = tmp_path / "there.xml", tmp_path / "back.xml", tmp_path / "store"
    before = datetime.now(UTC).replace(microsecond=0)
    made = cli("difference", model, "--to", new, "--out", there, "--json").json()
    assert (made["out"], made["id"], made["supersedes"]) == (str(there), urn(new), [*old_id, urn(model)])
    assert made["forward"] == len(said(new) - said(model)) and made["reverse"] == len(said(model) - said(new))
    header = header_in(there)
    assert (header.id, [value for name, value in header.said if name == "Model.Supersedes"]) == (
        urn(new),
        [*old_id, urn(model)],
    )
    (created,) = [value for name, value in header.said if name == "Model.created"]
    assert before <= datetime.fromisoformat(created) <= datetime.now(UTC)
    assert cli("regroup", "--data-dir", store, model).code == 0
    with engine_on(store) as (engine, _):
        engine.execute(CreateTemplate(parse_template("feeder")))
    assert members(store) == {"F1": ["PV1"], "F2": ["BA2"]}
    assert cli("regroup", "--data-dir", store, there).code == 0
    assert held(store) == said(new)
    assert members(store) == {"F1": ["PV1", "PV9"], "F2": ["PV1", "PV9"]}
    assert cli("difference", new, "--to", model, "--out", back, "--json").json()["supersedes"] == [*new_id, urn(new)]
    assert cli("regroup", "--data-dir", store, back).code == 0
    assert held(store) == said(model)
    assert members(store) == {"F1": ["PV1"], "F2": ["BA2"]}
    assert cli("verify", "--data-dir", store, "--json").json()["differences"] == []


def test_it_fits_its_own_base_alone(cli: Cli, tmp_path: Path, model: Path, new: Path) -> None:
    """A store that holds the new version by its header refuses it."""
    with_header(model, "11111111-1111-4111-8111-111111111111")
    with_header(new, "22222222-2222-4222-8222-222222222222")
    there, store = tmp_path / "there.xml", tmp_path / "store"
    assert cli("difference", model, "--to", new, "--out", there).code == 0
    assert cli("regroup", "--data-dir", store, new).code == 0
    answer = cli("regroup", "--data-dir", store, there, "--json")
    assert (answer.code, json.loads(answer.err)["error"]["code"]) == (2, "difference_other_base")


def test_states_alone_become_switching(cli: Cli, tmp_path: Path) -> None:
    """Where only Switch.open differs, regroup operates the switch and makes no version."""
    old, new = small().write(tmp_path / "old.xml"), tmp_path / "new.xml"
    place = r'(<cim:Breaker rdf:\w+="[^"]*F1">(?:(?!</cim:Breaker>).)*<cim:Switch.open>)false'
    text, found = re.subn(place, r"\1true", old.read_text(), flags=re.DOTALL)
    assert found == 1
    new.write_text(text)
    later, store = tmp_path / "later.xml", tmp_path / "store"
    made = cli("difference", old, "--to", new, "--out", later, "--json").json()
    assert (made["forward"], made["reverse"], made["preconditions"]) == (1, 1, 0)
    assert cli("regroup", "--data-dir", store, old).code == 0
    done = cli("regroup", "--data-dir", store, later, "--json").json()
    assert (done["kind"], done["model"]) == ("states", None)
    assert [(one["name"], one["after"]["energisation"]) for one in done["ders"]] == [("PV1", "unsupplied")]


def test_same_versions_and_own_files_are_refused(cli: Cli, tmp_path: Path, model: Path, new: Path) -> None:
    """One sentence each, and nothing is written or lost."""
    copy = tmp_path / "copy.xml"
    copy.write_bytes(model.read_bytes())
    left = model.read_bytes(), new.read_bytes()
    for words, code in (
        ([model, "--to", copy, "--out", tmp_path / "out.xml"], "no_difference"),
        ([model, "--to", new, "--out", new], "out_is_input"),
        ([model, "--to", tmp_path / "no.xml", "--out", tmp_path / "out.xml"], "file_not_found"),
        ([model, "--to", new, "--out", tmp_path / "no" / "out.xml"], "file_unwritable"),
        ([model, "--out", tmp_path / "out.xml"], "usage"),
    ):
        answer = cli("difference", *words, "--json")
        assert (answer.code, answer.out, json.loads(answer.err)["error"]["code"]) == (2, "", code)
        assert answer.err.count("\n") == 1
    assert (model.read_bytes(), new.read_bytes()) == left
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.xml", "model.xml", "new.xml"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a b --to c d --out o", "a b --to c --to d --out o"),
        ("--to c d --out o a", "--to c --to d --out o a"),
        ("a --to=c d --json", "a --to=c --to d --json"),
        ("a --to c --to d --out o", "a --to c --to d --out o"),
        ("a --to", "a --to"),
        ("a --to --out o", "a --out o"),
        ("--out o -- --to x", "--out o -- --to x"),
    ],
)
def test_to_takes_all_files_that_follow(words: str, expected: str) -> None:
    """So that a second file of the new version is never one of the old."""
    found: Sequence[str] = spread(words.split(), "--to")
    assert " ".join(found) == expected


def test_several_files_are_one_version(cli: Cli, tmp_path: Path, model: Path, new: Path) -> None:
    """On both sides, without `--to` before each."""
    body = '<cim:Substation rdf:ID="_{0}"><cim:IdentifiedObject.name>{0}</cim:IdentifiedObject.name></cim:Substation>'
    (tmp_path / "a.xml").write_text(rdf(body.format("A")))
    (tmp_path / "b.xml").write_text(rdf(body.format("B")))
    a, b, out, store = tmp_path / "a.xml", tmp_path / "b.xml", tmp_path / "out.xml", tmp_path / "store"
    made = cli("difference", model, a, "--to", new, b, "--out", out, "--json").json()
    assert (made["id"], made["supersedes"]) == (urn(new, b), [urn(model, a)])
    assert cli("regroup", "--data-dir", store, model, a).code == 0
    assert cli("regroup", "--data-dir", store, out).code == 0
    assert held(store) == said(new, b)
