"""The named queries: their catalogue, their parameters, and answers that are those of the network arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.sparql import prepareQuery

from cim_models import Network, limits, loading
from cim_models.catalogue import CLASSES
from cim_models.errors import NotFoundError, RefusedError
from cim_models.importing import import_model
from cim_models.store import nquads
from cim_models.store.port import Table
from cim_models.store.queries import NamedQuery, Parameter, catalogue, named
from cim_models.store.store import RdfStore
from tests.cim_models.small import BODY, rdf, to, value
from tests.store.conftest import Written

FOLDER = Path(__file__).parents[2] / "cim_models" / "queries"
HOSTILE = [
    "x> ?p ?o } UNION { ?object ?property ?value } #",
    '" . } DROP ALL #',
    "urn:uuid:00000000-0000-0000-0000-000000000000> } SELECT * { ?s ?p ?o",
    "?property",
    "* { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }",
    "\x00\n\r\t\\u003e <>{}|^`\\",
    "' OR 1=1 --",
    "../../../etc/passwd",
    "javascript:alert(1)",
    "\u202e\u2028é\U0001f50c",
    "",
]


def test_every_file_is_a_query_of_its_name() -> None:
    assert sorted(catalogue()) == sorted(path.stem for path in FOLDER.iterdir())
    for name, query in catalogue().items():
        assert query.name == name
        assert re.fullmatch(r"[A-Z].*\.", query.what)
        assert (FOLDER / f"{name}.rq").read_text() == query.text
        assert len(query.text) < limits.STORE_QUESTION_BYTES_MAX // 4


def columns_of(text: str) -> list[str]:
    found = ox.Store().query(text)
    assert isinstance(found, ox.QuerySolutions)
    return [variable.value for variable in found.variables]


@pytest.mark.parametrize("query", catalogue().values(), ids=catalogue())
def test_every_query_is_sparql_and_selects_its_parameters(query: NamedQuery) -> None:
    assert {one.name for one in query.parameters} <= set(columns_of(query.text))
    prepareQuery(query.text)


def test_parameters_become_iris() -> None:
    query = named("equipment_of_container")
    assert query.parameters == (Parameter("container", "an mRID"),)
    iri = "urn:uuid:276809df-6493-4dae-a7bb-ad78a5f0da95"
    for spelling in ("276809DF-6493-4DAE-A7BB-AD78A5F0DA95", "urn:uuid:_276809df-6493-4dae-a7bb-ad78a5f0da95"):
        assert query.bound({"container": spelling}) == {"container": iri}
    assert query.bound({"container": "#_S 1"}) == {"container": "urn:topogroup:id:S%201"}
    assert named("objects_of_class").bound({"class": "Feeder"}) == {"class": "http://iec.ch/TC57/CIM100#Feeder"}


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("parameter_missing", {}),
        ("parameter_unknown", {"container": "a", "x": "b"}),
        ("parameter_too_long", {"container": "a" * (limits.ID_CHARACTERS_MAX + 1)}),
        ("parameter_unreadable", {"container": "\ud800"}),
    ],
)
def test_parameters_that_are_refused(code: str, given: dict[str, str]) -> None:
    with pytest.raises(RefusedError) as caught:
        named("equipment_of_container").bound(given)
    assert caught.value.code == code
    caught.value.message.encode()


def test_a_query_that_is_not_there() -> None:
    with pytest.raises(NotFoundError) as caught:
        named("../object")
    assert (caught.value.code, caught.value.object) == ("query_unknown", "../object")


@given(st.text())
def test_no_text_leaves_its_iri(text: str) -> None:
    for query, parameter in (("object", "object"), ("objects_of_class", "class")):
        iri = named(query).bound({parameter: text[: limits.ID_CHARACTERS_MAX]})[parameter]
        assert ox.NamedNode(iri).value == iri
        assert not set(iri) & set('<>"{}|^`\\ \n\r\t')


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_parameters_find_nothing(filled: RdfStore, text: str) -> None:
    before = filled.query("classes")
    for query in catalogue().values():
        if query.parameters:
            assert filled.query(query.name, {one.name: text for one in query.parameters}).rows == (), query.name
    assert filled.query("classes") == before


def test_classes_are_the_counts_of_the_network(filled: RdfStore, sample: Written) -> None:
    table = filled.query("classes")
    assert table.columns == ("class", "objects")
    assert table.rows == tuple((name, str(number)) for name, number in sorted(sample.network.counts.items()))
    for name, number in sample.network.counts.items():
        assert len(filled.query("objects_of_class", {"class": name}).rows) == number, name


def test_equipment_of_containers_is_that_of_the_network(filled: RdfStore, sample: Written) -> None:
    network = sample.network
    ids = set(network.equipment.id)
    for container, mrid in enumerate(network.container.id):
        inside = set(np.flatnonzero(network.equipment.container == container).tolist())
        inside |= set(network.membership.equipment[network.membership.container == container].tolist())
        rows = filled.query("equipment_of_container", {"container": mrid}).rows
        assert {row[0] for row in rows} <= {mrid}
        assert {row[1:] for row in rows if row[1] in ids} == {
            (network.equipment.id[e], _class(network, e), network.equipment.name[e]) for e in inside
        }


def test_terminals_are_those_of_the_network(filled: RdfStore, sample: Written) -> None:
    network = sample.network
    for equipment in range(0, len(network.equipment.id), 40):
        rows = filled.query("terminals_of_equipment", {"equipment": network.equipment.id[equipment]}).rows
        nodes = network.terminal.node[network.terminal.equipment == equipment].tolist()
        assert [row[4] for row in rows] == [network.node.id[node] for node in nodes]
        assert [row[2] for row in rows] == [str(number + 1) for number in range(len(nodes))]


def test_ders_are_those_of_the_network(filled: RdfStore, sample: Written) -> None:
    table = filled.query("ders_with_units")
    assert {row[0] for row in table.rows} == set(_with_units(sample.network))
    assert {row[0]: row[1] for row in table.rows} == dict(_with_units(sample.network).items())
    power = {row[0]: float(row[2]) for row in table.rows if row[2] is not None and row[0] is not None}
    assert power
    for mrid, number in power.items():
        at = sample.network.ders().index(mrid)
        assert sample.network.der.s_rated_va[at] == pytest.approx(number)


def test_end_devices_are_found_by_both_directions(tmp_path: Path) -> None:
    served = to("UsagePoint.Equipments", "PV")
    body = (
        BODY
        + f'<cim:UsagePoint rdf:ID="_UP1">{served}</cim:UsagePoint>'
        + f'<cim:EndDevice rdf:ID="_D1">{to("EndDevice.UsagePoint", "UP1")}{value("IdentifiedObject.name", "one")}'
        + f'</cim:EndDevice><cim:UsagePoint rdf:ID="_UP2">{to("UsagePoint.EndDevices", "D2")}</cim:UsagePoint>'
        + '<cim:EndDevice rdf:ID="_D2"/>'
        + f'<rdf:Description rdf:about="#_L">{to("Equipment.UsagePoints", "UP2")}</rdf:Description>'
        + f'<cim:EndDevice rdf:ID="_D3">{to("EndDevice.UsagePoint", "UP3")}</cim:EndDevice>'
    )
    path = tmp_path / "model.xml"
    path.write_text(rdf(body))
    nquads.write(loading.read([path])[0], tmp_path / "statements.nq", "m")
    store = RdfStore()
    store.fill("m", tmp_path / "statements.nq")
    assert store.settled(60).state == "ready"
    assert store.query("end_devices").rows == (
        ("D1", "one", "UP1", "PV", "PowerElectronicsConnection", "PV"),
        ("D2", None, "UP2", "L", "ACLineSegment", "L"),
        ("D3", None, "UP3", None, None, None),
    )
    store.close()


def test_an_object_and_who_refers_to_it(filled: RdfStore, sample: Written) -> None:
    network = sample.network
    mrid = network.ders()[0]
    said = {(row[1], row[2]) for row in filled.query("object", {"object": mrid}).rows}
    assert ("IdentifiedObject.name", network.equipment.name[int(network.der.equipment[0])]) in said
    assert ("rdf:type", "PowerElectronicsConnection") in said
    referrers = filled.query("references", {"object": mrid}).rows
    assert {row[3] for row in referrers} >= {"Terminal.ConductingEquipment"}
    for _, referrer, cls, name in referrers:
        assert referrer is not None
        back = filled.query("object", {"object": referrer}).rows
        assert {(name, mrid), ("rdf:type", cls)} <= {(row[1], row[2]) for row in back}


REAL = {
    "03": "03-ieee123pv-medium/IEEE123_PV.xml",
    "04": "04-ieee9500bal-large/ieee9500bal.xml.gz",
    "06": "06-simbench-hvmv-cgmes24-nb/SimBench_1-HVMV-mixed-1.105-0-sw_modified.zip",
}


@pytest.fixture(scope="module", params=REAL)
def real(
    models: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Network, RdfStore]]:
    path = models / REAL[request.param]
    if not path.exists():
        pytest.skip(f"{path} is absent; TOPOGROUP_MODELS names the folder of models")
    folder = tmp_path_factory.mktemp("import") / "model"
    report = import_model([path], folder)
    store = RdfStore()
    store.fill(report["model"], folder / "statements.nq")
    assert store.settled(120).state == "ready"
    yield Network.open(folder / "network"), store
    store.close()


@pytest.mark.thorough
def test_real_models_end_to_end(real: tuple[Network, RdfStore]) -> None:
    network, store = real
    assert set(store.query("classes").rows) == {(name, str(number)) for name, number in network.counts.items()}
    assert {row[0] for row in store.query("ders_with_units").rows} == set(_with_units(network))
    ids = set(network.equipment.id)
    for container in np.unique(network.equipment.container[network.equipment.container >= 0])[:5].tolist():
        table: Table = store.query("equipment_of_container", {"container": network.container.id[container]})
        inside = {network.equipment.id[e] for e in np.flatnonzero(network.equipment.container == container).tolist()}
        also = network.membership.equipment[network.membership.container == container].tolist()
        assert {row[1] for row in table.rows} & ids == inside | {network.equipment.id[e] for e in also}
        assert not table.cut


def _with_units(network: Network) -> dict[str, str]:
    """Return the name of each DER that has units, by mRID."""
    der = network.generation
    many = np.diff(der.unit_start) > 0
    return {network.equipment.id[e]: network.equipment.name[e] for e in der.equipment[many].tolist()}


def _class(network: Network, equipment: int) -> str:
    return CLASSES[int(network.equipment.class_code[equipment])]


def test_what_a_query_looks_up_first_fills_an_answer() -> None:
    """A limit within a named query is one more than an answer has rows: then the answer says that it is cut."""
    found = {name: re.findall(r"LIMIT (\d+)", query.text) for name, query in catalogue().items()}
    assert {name: said for name, said in found.items() if said} == {"ders_with_units": [str(limits.STORE_ROWS_MAX + 1)]}
