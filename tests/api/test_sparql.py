"""`/v1/sparql`: what engineers ask, bounded; what hangs where is part of it; and the examples of the docs."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.api.live import SAMPLE, Live, live
from tests.store.endpoint import endpoint, free_port, oxigraph
from topogroup.settings import Settings

DOCS = Path(__file__).parents[2] / "docs" / "sparql.md"
EXAMPLES = re.findall(r"```sparql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
IS = "PREFIX is: <urn:topogroup:is:> "
FEEDERS = IS + "SELECT ?der ?f WHERE { GRAPH <urn:topogroup:attachment> { ?der is:feeder ?f } }"


def ready(service: Live) -> Live:
    service.until(lambda: service.service.store.status().state == "ready")
    return service


def ask(service: Live, text: str, **headers: str) -> Any:  # noqa: ANN401 - an answer
    return service.client.post(
        "/v1/sparql", content=text.encode(), headers={"Content-Type": "application/sparql-query", **headers}
    )


def hanging(service: Live) -> set[tuple[str, str]]:
    """Return which DER hang on which feeders, as /v1/ders says."""
    ders = service.items("/v1/ders")
    return {(one["mrid"], feeder["mrid"]) for one in ders for feeder in one["current"]["feeders"]}


def test_free_queries_in_both_bodies(unchanged: Live) -> None:
    ready(unchanged)
    text = "PREFIX cim: <http://iec.ch/TC57/CIM100#> SELECT (COUNT(*) AS ?n) WHERE { ?b a cim:Breaker }"
    expected = {"form": "select", "columns": ["n"], "rows": [["16"]], "cut": False}
    assert ask(unchanged, text).json() == unchanged.post("/v1/sparql", {"sparql": text}).json() == expected
    assert ask(unchanged, "ASK { ?s ?p ?o }").json()["rows"] == [["true"]]
    text = "CONSTRUCT { ?b a ?c } WHERE { ?b a ?c } LIMIT 2"
    answer = ask(unchanged, text, Accept="application/n-triples")
    assert answer.headers["content-type"] == "application/n-triples"
    assert len(answer.text.splitlines()) == 2 and answer.headers["x-cut"] == "false"
    assert unchanged.post("/v1/sparql", {}).json()["code"] == "bad_body"
    assert unchanged.post("/v1/sparql", {"query": "classes", "sparql": text}).json()["code"] == "bad_body"


def test_named_queries_by_address(unchanged: Live) -> None:
    ready(unchanged)
    by_address = unchanged.get("/v1/sparql/objects_of_class", params={"class": "Breaker"}).json()
    body = {"query": "objects_of_class", "parameters": {"class": "Breaker"}}
    assert by_address == unchanged.post("/v1/sparql", body).json()
    assert len(by_address["rows"]) == 16
    assert unchanged.get("/v1/sparql/objects_of_class").json()["code"] == "parameter_missing"
    assert unchanged.get("/v1/sparql/objects_of_class?class=a&class=b").json()["code"] == "parameter_twice"
    assert unchanged.get("/v1/sparql/nothing").status_code == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT * WHERE " + "{" * 2250 + "}" * 2250, "query_too_deep"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "query_forbidden"),
        ("DROP ALL", "query_forbidden"),
        ("SELECT ?s WHERE {", "query_failed"),
        ("x" * 16_385, "query_too_long"),
    ],
)
def test_refusals(unchanged: Live, text: str, code: str) -> None:
    answer = ask(ready(unchanged), text)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_the_store_says_how_far_it_is(unchanged: Live) -> None:
    checks = ready(unchanged).get("/readyz").json()["checks"]
    assert checks["store"] == "ready"
    assert checks["store_quads"] == checks["store_quads_total"] > 10_000


def test_attachment_follows_the_switches(service: Live) -> None:
    """The graph is that of /v1/ders at the revision that the answer tells."""
    ready(service)
    before = ask(service, FEEDERS).json()
    assert {tuple(row) for row in before["rows"]} == hanging(service)
    assert service.get("/v1/sparql/moved_ders").json()["rows"] == []
    done = service.operate(1, S1_F1_CB=True)
    after = ask(service, FEEDERS).json()
    assert (after["revision"], {tuple(row) for row in after["rows"]}) == (done["revision"], hanging(service))
    assert after["rows"] != before["rows"] and after["revision"] > before["revision"]
    moved = service.items("/v1/ders", moved=True)
    rows = service.get("/v1/sparql/moved_ders").json()["rows"]
    assert {row[0] for row in rows} == {one["mrid"] for one in moved} != set()
    counted = Counter((f, one["kind"]) for one in service.items("/v1/ders") for f in feeders(one))
    rows = service.get("/v1/sparql/ders_per_feeder").json()["rows"]
    assert {(row[0], row[2]): int(row[3]) for row in rows} == counted
    feeder = rows[0][0]
    rows = service.get("/v1/sparql/ders_of_feeder", params={"feeder": feeder}).json()["rows"]
    assert {(row[1], row[0]) for row in rows} == {pair for pair in hanging(service) if pair[1] == feeder} != set()


def feeders(der: dict[str, Any]) -> list[str]:
    return [feeder["mrid"] for feeder in der["current"]["feeders"]]


def test_a_query_that_kills_its_process_harms_nobody(service: Live) -> None:
    """What passes the screen and still needs too much is ended; switching goes on, and the next is answered."""
    ready(service)
    hungry = "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d), STR(?g))) AS ?t) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    answer = ask(service, hungry)
    assert answer.status_code == 422 and answer.json()["code"] in ("query_ended", "store_timeout")
    assert service.operate(1, S1_F1_CB=True)["applied"] == 1
    assert service.service.store.status().state == "ready"
    assert ask(service, "ASK { ?s ?p ?o }").json()["rows"] == [["true"]]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_docs_is_answered(unchanged: Live, text: str) -> None:
    answer = ask(ready(unchanged), text)
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"], text


def test_a_remote_store_behind_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers, the graph of attachments too; without the server the service works on."""
    port = free_port()
    where = endpoint(port)
    urls = {"QUERY": where.query, "UPDATE": where.update, "GRAPHS": where.graphs}
    for name, url in urls.items():
        monkeypatch.setenv(f"TOPOGROUP_STORE_{name}_URL", url)
    assert Settings().store_query_url == where.query
    with oxigraph(port) as server, live(tmp_path / "data", SAMPLE) as service:
        ready(service)
        assert {tuple(row) for row in ask(service, FEEDERS).json()["rows"]} == hanging(service)
        server.kill()
        server.wait()
        answer = ask(service, FEEDERS)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unreachable")
        assert service.operate(1, S1_F1_CB=True)["applied"] == 1
