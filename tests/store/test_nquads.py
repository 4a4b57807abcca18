"""N-Quads: what is written is what the files say, by two other readers and against rdflib's reading of the XML."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from cim_models import loading
from cim_models.identifiers import canonical
from cim_models.namespaces import CIM, EXTENSIONS
from cim_models.statements import Header, StatementBuilder, Statements
from cim_models.store import nquads
from cim_models.store.terms import CIM100, RDF_TYPE, enumeration_value, id_of, name_iri, object_iri
from tests.cim_models.small import SMALL, rdf

logging.getLogger("rdflib.term").setLevel(logging.ERROR)

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
MODEL = "0f0e0d0c-0000-4000-8000-000000000001"
Quad = tuple[str, str, str, str]

IDS = st.one_of(st.text(max_size=12), st.uuids().map(str))
NAMES = st.one_of(
    st.sampled_from(["Terminal.phases", "IdentifiedObject.name", "{http://xmlns.com/foaf/0.1/}knows"]),
    st.text(max_size=12),
    st.text(max_size=12).map(lambda text: f"{{http://example.org/{text}}}name"),
)


def statements(said: list[tuple[str, str, str | tuple[str]]], classes: dict[str, str]) -> Statements:
    """Make columns of (subject, predicate, text | (object,)) and of the class of each object."""
    builder = StatementBuilder()
    builder.files.append(Header("test"))

    def obj(identity: str) -> int:
        position = builder.canonical_of.setdefault(identity, len(builder.canonical))
        if position == len(builder.canonical):
            builder.canonical.append(identity)
            builder.spelling.append(f"#_{identity}")
            builder.class_name.append(classes.get(identity))
            builder.file.append(0)
            builder.line.append(1)
        return position

    for identity in classes:
        obj(identity)
    for subject, predicate, value in said:
        code = builder.predicate_code(predicate)
        if isinstance(value, tuple):
            builder.add_reference(obj(subject), code, obj(value[0]))
        else:
            builder.add_literal(obj(subject), code, value)
    return builder.finish()


def written(columns: Statements) -> tuple[int, bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statements.nq"
        return nquads.write(columns, path, MODEL), path.read_bytes()


def by_oxigraph(data: bytes) -> set[Quad]:
    found = set()
    for quad in ox.parse(data, format=ox.RdfFormat.N_QUADS):
        kind = "text:" if isinstance(quad.object, ox.Literal) else ""
        assert isinstance(quad.subject, ox.NamedNode)
        assert isinstance(quad.graph_name, ox.NamedNode)
        assert isinstance(quad.object, ox.Literal | ox.NamedNode)
        found.add((quad.subject.value, quad.predicate.value, kind + quad.object.value, quad.graph_name.value))
    return found


def by_rdflib(data: bytes) -> set[Quad]:
    dataset = rdflib.Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own parser uses what rdflib deprecates
        dataset.parse(data=data, format="nquads")
    return {
        (str(s), str(p), ("text:" if isinstance(o, rdflib.Literal) else "") + str(o), str(g))
        for s, p, o, g in dataset.quads()
    }


@given(
    said=st.lists(st.tuples(IDS, NAMES, st.one_of(st.text(), st.tuples(IDS))), max_size=8),
    classes=st.dictionaries(IDS, NAMES, max_size=4),
)
@example(said=[("a", "b", 'back\\slash "quoted" \r\n\t\x00\x7f\u2028\U0001f50c \\u0041')], classes={"": "{x}y"})
@example(said=[("a> <b", "p> <q", ("c> .\n<d",))], classes={"a> <b": "Breaker> <x"})
def test_any_text_comes_back(said: list[tuple[str, str, str | tuple[str]]], classes: dict[str, str]) -> None:
    count, data = written(statements(said, classes))
    graph = object_iri(MODEL)
    expected = {(object_iri(one), RDF_TYPE, name_iri(name), graph) for one, name in classes.items()} | {
        (object_iri(s), name_iri(p), object_iri(v[0]) if isinstance(v, tuple) else f"text:{v}", graph)
        for s, p, v in said
    }
    assert count == data.count(b"\n") == len(said) + len(classes)
    assert by_oxigraph(data) == expected
    assert by_rdflib(data) == expected


@given(IDS)
def test_ids_come_back_from_their_iris(identity: str) -> None:
    assert id_of(object_iri(identity)) == identity
    assert ox.NamedNode(object_iri(identity)).value == object_iri(identity)


@given(IDS, IDS)
def test_different_ids_have_different_iris(one: str, other: str) -> None:
    assert (object_iri(one) == object_iri(other)) == (one == other)


@given(NAMES)
@example("{not an iri}x")
@example("{http://a:b/}x")
@example("{http://[::1/}x")
@example("{http://a/%zz}x")
@example("http://a/b")
@example("javascript:alert(1)")
def test_every_name_has_an_iri_that_stores_take(name: str) -> None:
    assert ox.NamedNode(name_iri(name)).value == name_iri(name)
    quad = f"<urn:x:a> <{name_iri(name)}> <urn:x:b> .".encode()
    assert len(list(ox.parse(quad, format=ox.RdfFormat.N_QUADS))) == 1


@pytest.mark.parametrize(
    ("spelling", "identity", "iri"),
    [
        ("http://iec.ch/TC57/CIM100#PhaseCode.AB", "PhaseCode.AB", f"{CIM100}PhaseCode.AB"),
        ("http://iec.ch/TC57/2013/CIM-schema-cim16#PhaseCode.A", "PhaseCode.A", f"{CIM100}PhaseCode.A"),
        ("http://entsoe.eu/CIM/SchemaExtension/3/1#A.b", "A.b", f"{CIM100}A.b"),
        ("http://iec.ch/TC57/CIM100#_a.b", "a.b", None),
        ("http://iec.ch/TC57/CIM100#FUS1", "FUS1", None),
        ("#PhaseCode.AB", "PhaseCode.AB", None),
        ("http://example.org/#PhaseCode.AB", "PhaseCode.AB", None),
    ],
)
def test_values_of_enumerations(spelling: str, identity: str, iri: str | None) -> None:
    assert enumeration_value(spelling, identity) == iri


def as_rdflib_reads(path: Path) -> Counter[Quad]:
    """Read the XML with rdflib and give its terms our names: nothing of this is our reader's."""
    graph = rdflib.Graph()
    graph.parse(path, format="xml", publicID="http://base.example/x")
    known = {**CIM, **dict.fromkeys(EXTENSIONS, "")}

    def name(iri: str) -> str:
        namespace, mark, local = iri.rpartition("#")
        return f"{CIM100}{local}" if namespace + mark in known else iri

    def term(value: object) -> str:
        if isinstance(value, rdflib.Literal):
            return f"text:{value}"
        namespace, mark, local = str(value).rpartition("#")
        if namespace + mark in known and "." in local:
            return f"{CIM100}{local}"
        identity = canonical(str(value))
        return f"urn:uuid:{identity}" if len(identity) == 36 else f"urn:topogroup:id:{identity}"

    return Counter(
        (
            term(s),
            str(p) if p == rdflib.RDF.type else name(str(p)),
            name(str(o)) if p == rdflib.RDF.type else term(o),
            object_iri(MODEL),
        )
        for s, p, o in graph
    )


def equals_rdflib(path: Path) -> None:
    columns, _ = loading.read([path])
    count, data = written(columns)
    ours = by_oxigraph(data)
    assert ours == set(as_rdflib_reads(path))
    assert count >= len(ours)  # a statement that a file makes twice is one quad of a set


def test_the_same_as_rdflib_reads_small_text(tmp_path: Path) -> None:
    odd = (
        '<cim:Substation rdf:about="urn:uuid:_276809DF-6493-4DAE-A7BB-AD78A5F0DA95">'
        '<cim:IdentifiedObject.name> Süd &amp; "Nord" \\ &#13;&#10;&#9;</cim:IdentifiedObject.name>'
        "<cim:IdentifiedObject.description></cim:IdentifiedObject.description></cim:Substation>"
        '<cim:Terminal rdf:ID="_t"><cim:Terminal.phases rdf:resource="http://iec.ch/TC57/CIM100#PhaseCode.AB"/>'
        '</cim:Terminal><rdf:Description rdf:about="#_t"><cim:Terminal.ConductingEquipment '
        'rdf:resource="urn:uuid:276809df-6493-4dae-a7bb-ad78a5f0da95"/></rdf:Description>'
    )
    for number, text in enumerate([SMALL, rdf(odd)]):
        path = tmp_path / f"{number}.xml"
        path.write_text(text, newline="")
        equals_rdflib(path)


@pytest.mark.parametrize("name", ["01-ieee13-tiny/IEEE13.xml", "10-maple10-two-substations/maple10nodebreaker.xml"])
def test_the_same_as_rdflib_reads_real_models(models: Path, name: str) -> None:
    if not (models / name).exists():
        pytest.skip(f"{models / name} is absent; TOPOGROUP_MODELS names the folder of models")
    equals_rdflib(models / name)


def test_long_predicates_are_written_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, _ = loading.read([SAMPLE])
    whole = written(columns)
    monkeypatch.setattr(nquads, "_LINES_AT_ONCE", 7)
    count, data = written(columns)
    assert (count, sorted(data.splitlines())) == (whole[0], sorted(whole[1].splitlines()))
    assert count == len(columns) + sum(name is not None for name in columns.class_name)
