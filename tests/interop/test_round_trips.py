"""Out into another library and back: the same network, and every DER hangs where it did."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim_models import loading
from cim_models.errors import FileError
from cim_models.extract import extract
from cim_models.interop.cimpy_objects import from_cimpy, to_cimpy
from cim_models.interop.facts import Fact, classes, facts, profiles, statements_of
from cim_models.interop.rdf import from_rdflib, to_rdflib
from cim_models.interop.tables import ClassTable, from_pandas, from_tables, read_csv, to_pandas, to_tables, write_csv
from cim_models.network import Network as Arrays
from cim_models.statements import Statements
from cim_models.strings import Strings
from topogroup import attach

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
REAL = {
    "01": "01-ieee13-tiny",
    "03": "03-ieee123pv-medium/IEEE123_PV.xml",
    "06": "06-simbench-hvmv-cgmes24-nb/SimBench_1-HVMV-mixed-1.105-0-sw_modified.zip",
    "07": "07-minigrid-cgmes24-nb",
    "10": "10-maple10-two-substations",
}
CGMES24 = ("06", "07")


def read(models: Path, name: str) -> Statements:
    path = SAMPLE if name == "sample" else models / REAL[name]
    if not path.exists():
        pytest.skip(f"{path} is absent; TOPOGROUP_MODELS names the folder of models")
    return loading.read([path])[0]


def said(network: Arrays) -> dict[str, Any]:
    """Return all that a network holds but the spelling of its ids and the names of its files."""
    found: dict[str, Any] = {"counts": network.counts}
    for table in dataclasses.fields(network):
        value = getattr(network, table.name)
        if dataclasses.is_dataclass(value):
            for column in dataclasses.fields(value):
                if column.name != "source_id":
                    array = getattr(value, column.name)
                    found[f"{table.name}.{column.name}"] = list(array) if isinstance(array, Strings) else array
    return found


def same(statements: Statements, back: Statements) -> None:
    """Compare two models exactly: their arrays, and where every DER hangs."""
    one, other = extract(statements), extract(back)
    expected, found = said(one), said(other)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, found[name], name)
        else:
            assert value == found[name], name
    assert [der.as_dict() | {"source_id": ""} for der in attach(one)] == [
        der.as_dict() | {"source_id": ""} for der in attach(other)
    ]
    assert len(expected["equipment.id"]) > 0


def by_csv(statements: Statements, folder: Path) -> Statements:
    write_csv(statements, folder)
    return read_csv(folder)


WAYS: dict[str, Callable[[Statements, Path], Statements]] = {
    "rdflib": lambda statements, _: from_rdflib(to_rdflib(statements)),
    "rdflib as Turtle": lambda statements, _: from_rdflib(
        type(to_rdflib(statements))().parse(data=to_rdflib(statements).serialize(format="turtle"), format="turtle")
    ),
    "pandas": lambda statements, _: from_pandas(to_pandas(statements)),
    "csv": by_csv,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("model", ["sample", *(pytest.param(one, marks=pytest.mark.thorough) for one in REAL)])
def test_out_and_back(models: Path, tmp_path: Path, model: str, way: str) -> None:
    statements = read(models, model)
    same(statements, WAYS[way](statements, tmp_path / "out"))


@pytest.mark.parametrize("model", CGMES24)
def test_cimpy_out_and_back(models: Path, model: str) -> None:
    """CGMES 2.4.15 fits into cimpy's objects, but for references to what the files do not hold (07: boundary)."""
    statements = read(models, model)
    made = to_cimpy(statements)
    there = {identity for identity, _ in classes(statements)}
    kept = [fact for fact in facts(statements) if not fact.refers or fact.value in there or "#" in fact.value]
    assert sum(made.left_out.values()) == len(list(facts(statements))) - len(kept)
    assert bool(made.left_out) == (model == "07")
    assert all(what.endswith("that is not there") for what in made.left_out)
    expected = statements_of(classes(statements), kept, profiles(statements), "expected")
    same(expected, from_cimpy(made.result))
    if model != "07":
        same(statements, from_cimpy(made.result))


def test_cimpy_counts_what_it_has_no_place_for() -> None:
    statements = loading.read([SAMPLE])[0]
    made = to_cimpy(statements)
    assert made.left_out["PowerElectronicsConnection"] == statements.class_name.count("PowerElectronicsConnection") > 0
    assert "Breaker" not in made.left_out
    breakers = [one for one in made.result["topology"].values() if type(one).__name__ == "Breaker"]
    assert len(breakers) == statements.class_name.count("Breaker")
    with pytest.raises(FileError):
        from_cimpy({})


def test_tables_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no CSV files"):
        read_csv(tmp_path)
    (tmp_path / "Breaker.csv").write_text("id,IdentifiedObject.name\na\n")
    with pytest.raises(FileError, match="row 2: 1 cells under 2 columns") as caught:
        read_csv(tmp_path)
    assert caught.value.line == 2
    with pytest.raises(FileError, match="first column of X must be id"):
        from_tables({"X": ClassTable(("name",), ())})
    with pytest.raises(FileError, match="has no id"):
        from_tables({"X": ClassTable(("id",), ((None,),))})


@pytest.mark.parametrize(
    "text", ["#a", "\\", "\\n", "a\nb", "", "#", "é\U0001f50c", '"quoted", and commas', "nan", "a\\#b"]
)
def test_every_text_comes_back(tmp_path: Path, text: str) -> None:
    body = {"Breaker": ClassTable(("id", "X.ref"), (("a", None), ("b", "#c\n#d")))}
    statements = from_tables(body)
    assert to_tables(statements) == body
    given = [Fact("b", "IdentifiedObject.name", text, False), Fact("b", "X.ref", "c", True)]
    made = statements_of([("b", "Breaker")], given, [], "test")
    for way in (by_csv, lambda one, _: from_pandas(to_pandas(one)), lambda one, _: from_rdflib(to_rdflib(one))):
        assert sorted(facts(way(made, tmp_path / "out"))) == sorted(given)
