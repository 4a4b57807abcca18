"""One contract for every store: the process in memory, the process on disk, a remote SPARQL 1.1 endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rdflib

from cim_models import limits
from cim_models.errors import BusyError, NotFoundError, RefusedError
from cim_models.store.port import Beside, Status, Table, TripleStore
from cim_models.store.queries import catalogue
from cim_models.store.remote import RemoteStore
from cim_models.store.store import RdfStore
from cim_models.store.terms import object_iri
from tests.store.conftest import MODEL, Written
from tests.store.endpoint import endpoint, free_port, oxigraph

KINDS = ("memory", "disk", "remote")
SIDE = "urn:topogroup:attachment"
P = "PREFIX cim: <http://iec.ch/TC57/CIM100#> "
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
Make = Callable[[float], TripleStore]


@pytest.fixture(scope="module", params=KINDS)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Return what makes a store of one kind; those made one after the other find what the earlier ones left."""
    folder = tmp_path_factory.mktemp("contract")
    if request.param == "memory":
        yield lambda seconds: RdfStore(query_seconds=seconds)
    elif request.param == "disk":
        yield lambda seconds: RdfStore(query_seconds=seconds, disk=folder / "disk")
    else:
        port = free_port()
        with oxigraph(port, folder / "server"):
            yield lambda seconds: RemoteStore(endpoint(port), query_seconds=seconds)


@pytest.fixture(scope="module")
def store(make: Make, sample: Written) -> Iterator[TripleStore]:
    made = make(limits.STORE_QUERY_SECONDS_MAX)
    made.start()
    assert made.status() == Status("empty", None, 0, 0, "")
    with pytest.raises(BusyError) as caught:
        made.query("classes")
    assert caught.value.code == "store_not_ready"
    made.fill(MODEL, sample.path)
    assert made.status().state in ("filling", "ready")
    assert made.settled(120) == Status("ready", MODEL, sample.quads, sample.quads, "")
    yield made
    made.close()


@pytest.fixture(scope="module")
def oracle(sample: Written) -> rdflib.Graph:
    """The same statements in rdflib."""
    text = sample.path.read_text(encoding="utf-8").replace(f" <{object_iri(MODEL)}> .\n", " .\n")
    return rdflib.Graph().parse(data=text, format="nt")


def sorted_rows(table: Table) -> list[tuple[str, ...]]:
    return sorted(tuple(cell or "" for cell in row) for row in table.rows)


def refused(asked: Callable[[], object]) -> str:
    with pytest.raises((RefusedError, BusyError)) as caught:
        asked()
    assert caught.value.message.endswith(".")
    return caught.value.code


def test_classes_are_the_counts_of_the_network(store: TripleStore, sample: Written) -> None:
    expected = tuple((name, str(number)) for name, number in sorted(sample.network.counts.items()))
    assert store.query("classes") == Table(("class", "objects"), expected, False)


def test_every_named_query_answers_as_rdflib_does(store: TripleStore, sample: Written, oracle: rdflib.Graph) -> None:
    """With parameters bound as IRIs; numbers of rows are compared, and the rows of those about one object."""
    mrid = sample.network.ders()[0]
    container = sample.network.container.id[0]
    given = {"object": mrid, "equipment": mrid, "container": container, "class": "Breaker", "feeder": mrid}
    for query in catalogue().values():
        parameters = {one.name: given[one.name] for one in query.parameters if one.name in given}
        assert len(parameters) == len(query.parameters), query.name
        table = store.query(query.name, parameters)
        if "urn:topogroup:attachment" in query.text:
            assert table.rows == (), "no graph of attachments was given"
            continue
        bound = {name: rdflib.URIRef(iri) for name, iri in query.bound(parameters).items()}
        found = oracle.query(query.text, initBindings=bound)
        assert len(table.rows) == min(len(list(found)), limits.STORE_ROWS_MAX), query.name


def test_unknown_queries_and_parameters(store: TripleStore) -> None:
    with pytest.raises(NotFoundError):
        store.query("nothing")
    assert refused(lambda: store.query("object")) == "parameter_missing"
    assert refused(lambda: store.query("classes", {"x": "y"})) == "parameter_unknown"
    for hostile in ("x> ?p ?o } UNION { ?s ?p ?o } #", "\x00\n", "* } DROP ALL #"):
        assert store.query("object", {"object": hostile}).rows == ()


def test_forms(store: TripleStore, oracle: rdflib.Graph) -> None:
    """SELECT, ASK, CONSTRUCT and DESCRIBE have their forms; triples are those of rdflib."""
    select = store.free(P + "SELECT ?n WHERE { ?b a cim:Breaker ; cim:IdentifiedObject.name ?n } ORDER BY ?n LIMIT 2")
    assert (select.form, select.columns, len(select.rows)) == ("select", ("n",), 2)
    assert store.free(P + "ASK { ?b a cim:Breaker }") == Table(("answer",), (("true",),), False, "ask")
    assert store.free(P + "ASK { ?b a cim:Nothing }").rows == (("false",),)
    text = P + "CONSTRUCT { ?b cim:IdentifiedObject.name ?n } WHERE { ?b a cim:Breaker ; cim:IdentifiedObject.name ?n }"
    graph = store.free(text)
    assert (graph.form, graph.columns) == ("graph", ("subject", "predicate", "object"))
    said = rdflib.Graph().parse(data="".join(f"{' '.join(map(str, row))} .\n" for row in graph.rows), format="nt")
    assert set(said) == set(oracle.query(text).graph or ())
    assert len(said) == 16
    described = store.free(f"DESCRIBE <{next(iter(said.subjects()))}>")
    assert described.form == "graph" and described.rows


def test_texts_come_back_as_they_are(store: TripleStore) -> None:
    """Quotes, tabs, line ends, unbound cells, numbers, languages."""
    text = """SELECT ?a ?b ?c ?d ?e WHERE { VALUES (?a ?b ?c ?d ?e) {
        ("x\\ty\\n\\"z\\" \\\\ é\U0001f50c" UNDEF 12 "de"@de true) } }"""
    assert store.free(text).rows == (('x\ty\n"z" \\ é\U0001f50c', None, "12", "de", "true"),)
    assert store.free("SELECT ?x WHERE { } LIMIT 1").rows == ((None,),)


def test_rows_are_bounded(store: TripleStore, sample: Written) -> None:
    assert sample.quads > limits.STORE_ROWS_MAX
    table = store.free("SELECT ?s ?p ?o WHERE { ?s ?p ?o }")
    assert (len(table.rows), table.cut) == (limits.STORE_ROWS_MAX, True)
    table = store.free("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert (len(table.rows), table.cut) == (limits.STORE_ROWS_MAX, True)
    table = store.free(f"SELECT ?s WHERE {{ ?s ?p ?o }} LIMIT {limits.STORE_ROWS_MAX}")
    assert (len(table.rows), table.cut) == (limits.STORE_ROWS_MAX, False)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT ?s WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "query_forbidden"),
        ("SELECT ?s FROM <urn:x> WHERE { ?s ?p ?o }", "query_forbidden"),
        ("LOAD <http://127.0.0.1:9/>", "query_forbidden"),
        ("DROP ALL", "query_forbidden"),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "query_forbidden"),
        ("nonsense", "not_a_query"),
        ("SELECT", "query_failed"),
        ("SELECT ?s WHERE { ?s ?p", "query_failed"),
    ],
)
def test_what_may_not_be_asked(store: TripleStore, text: str, code: str) -> None:
    assert refused(lambda: store.free(text)) == code


def test_a_graph_beside_the_model(store: TripleStore) -> None:
    """It is seen by name alone, made once per version, and replaced whole."""
    made: list[str] = []

    def beside(version: str, *values: str) -> Beside:
        def lines() -> Iterator[str]:
            made.append(version)
            for value in values:
                yield f'<urn:topogroup:id:x> <urn:topogroup:p> "{value}" .\n'

        return Beside(SIDE, version, lines)

    text = f"SELECT ?v WHERE {{ GRAPH <{SIDE}> {{ ?s ?p ?v }} }}"
    assert store.free(text, beside("1", "a", "b")).rows in ((("a",), ("b",)), (("b",), ("a",)))
    assert sorted_rows(store.free(text, beside("1", "ignored"))) == [("a",), ("b",)]
    assert store.free(text).rows == ()
    assert store.free("ASK { <urn:topogroup:id:x> ?p ?o }", beside("1")).rows == (("false",),)
    assert sorted_rows(store.free(text, beside("2", "c"))) == [("c",)]
    assert store.free(text, beside("3")).rows == ()
    assert made == ["1", "2", "3"]


def test_a_query_without_end_is_ended_and_harms_nobody(make: Make, store: TripleStore, sample: Written) -> None:
    hasty = make(1) if not isinstance(store, RdfStore) or store._disk is None else store
    if hasty is not store:
        hasty.fill(MODEL, sample.path)
        assert hasty.settled(120).state == "ready"
    assert refused(lambda: hasty.free(ENDLESS)) == "store_timeout"
    assert hasty.settled(60).state == "ready"  # on disk it is opened again
    assert hasty.query("classes") == store.query("classes")
    if hasty is not store:
        hasty.close()


def test_another_model_takes_the_place_and_closing(make: Make, tmp_path: Path) -> None:
    """Each has its own graph; a closed store answers nothing."""
    if make(1).__class__ is RdfStore:
        other = RdfStore() if getattr(make(1), "_disk", None) is None else RdfStore(disk=tmp_path / "disk")
        made: TripleStore = other
    else:
        made = make(limits.STORE_QUERY_SECONDS_MAX)
    for model, number in (("one", 3), ("two", 2), ("one", 3)):
        path = tmp_path / f"{model}.nq"
        graph = object_iri(model)
        path.write_text("".join(f'<urn:topogroup:id:{n}> <urn:x:p> "{n}" <{graph}> .\n' for n in range(number)))
        made.fill(model, path)
        assert made.settled(120) == Status("ready", model, number, number, "")
        assert len(made.free("SELECT ?s WHERE { ?s ?p ?o }").rows) == number
    made.close()
    made.close()
    assert made.status().state == "closed"
    assert refused(lambda: made.query("classes")) == "store_not_ready"
    made.fill("one", tmp_path / "one.nq")
    assert made.status().state == "closed"


@pytest.mark.parametrize("content", ["<urn:a> <urn:b> .\n", "no quads\n", '<urn:a> <urn:b> "c" .', ""])
def test_a_damaged_or_empty_file(make: Make, tmp_path: Path, content: str) -> None:
    made = make(5) if not isinstance(make(5), RdfStore) else RdfStore()
    path = tmp_path / "damaged.nq"
    path.write_text(content)
    made.fill("damaged", path)
    status = made.settled(120)
    assert status.state == ("failed" if content else "ready")
    assert ("is damaged" in status.message) is bool(content)
    path.unlink()
    made.fill("gone", path)
    assert made.settled(120).state == "failed"
    made.close()
