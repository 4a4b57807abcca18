"""Questions: DER, feeders, substations, sections, picture, RDF store, metrics; all as the arrays say."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cim_models import load
from tests.api.live import SAMPLE, Live
from topogroup.topology.answers.attach import attach


@pytest.fixture(scope="module")
def ders() -> list[dict[str, Any]]:
    """Return what `attach --json` says of the DER of the sample."""
    said: list[dict[str, Any]] = attach(load([SAMPLE])).to_dict()["ders"]
    return said


def test_ders_are_those_of_attach(unchanged: Live, ders: list[dict[str, Any]]) -> None:
    """In pages of any size, ascending by mRID."""
    assert unchanged.items("/v1/ders", limit=7) == ders
    assert unchanged.items("/v1/ders") == ders


@pytest.mark.parametrize(
    ("condition", "column"),
    [
        ("feeder", "feeders"),
        ("substation", "substations"),
        ("transformer", "transformers"),
        ("service_transformer", "service_transformers"),
    ],
)
def test_ders_are_found_by_place(unchanged: Live, ders: list[dict[str, Any]], condition: str, column: str) -> None:
    """By mRID and by unique name, case of the mRID aside."""
    places = {(one["mrid"], one["name"]) for der in ders for one in der["current"][column]}
    assert places
    for mrid, name in places:
        wanted = [der for der in ders if mrid in {one["mrid"] for one in der["current"][column]}]
        assert unchanged.items("/v1/ders", **{condition: mrid.upper()}) == wanted
        assert unchanged.items("/v1/ders", **{condition: name}) == wanted


def test_ders_are_found_by_section_kind_state_and_name(unchanged: Live, ders: list[dict[str, Any]]) -> None:
    """All conditions must hold."""
    for mrid in {der["current"]["section"]["mrid"] for der in ders if der["current"]["section"]}:
        wanted = [der for der in ders if (der["current"]["section"] or {}).get("mrid") == mrid]
        assert unchanged.items("/v1/ders", section=mrid) == wanted
    for kind in ("pv", "battery", "hybrid"):
        assert unchanged.items("/v1/ders", kind=kind) == [der for der in ders if der["kind"] == kind]
    energised = [der for der in ders if der["current"]["energisation"] == "energised"]
    assert unchanged.items("/v1/ders", energisation="energised") == energised
    assert unchanged.items("/v1/ders", name="s1-f1", kind="pv") == [
        der for der in ders if "S1-F1" in der["name"] and der["kind"] == "pv"
    ]
    assert unchanged.items("/v1/ders", moved=True) == []
    for bad in ({"kind": "nuclear"}, {"energisation": "hot"}, {"moved": "perhaps"}):
        assert unchanged.get("/v1/ders", params=bad).status_code == 422
    assert unchanged.get("/v1/ders", params={"feeder": "nothing"}).json()["code"] == "unknown_feeder"


def test_a_der_tells_its_groups(unchanged: Live, ders: list[dict[str, Any]]) -> None:
    """By mRID or name."""
    for der in ders:
        said = unchanged.get(f"/v1/ders/{der['mrid']}").json()
        groups, revision = said.pop("groups"), said.pop("revision")
        assert set(said.pop("nameplate")) >= {"p_max_w", "s_rated_va", "energy_rated_wh", "category_normal"}
        assert said == der and revision == unchanged.service.engine.view.revision
        wanted = {one["name"] for column in ("feeders", "substations") for one in der["current"][column]}
        assert {one["name"] for one in groups} == wanted
    assert unchanged.get("/v1/ders/nobody").json()["code"] == "unknown_der"


def test_moved_ders_are_found(service: Live) -> None:
    """Those that hang on other feeders than normally, or on none."""
    service.operate(1, S1_F1_CB=True)
    moved = service.items("/v1/ders", moved=True)
    assert moved == [
        der for der in service.items("/v1/ders") if der["current"]["feeders"] != der["normal"]["feeders"]
    ] and moved  # fmt: skip


def test_places_count_their_ders(service: Live) -> None:
    """Now and normally, whatever was switched."""
    service.operate(1, S1_F1_CB=True)
    ders = service.items("/v1/ders")
    for path, column in (("/v1/feeders", "feeders"), ("/v1/substations", "substations")):
        places = service.items(path, limit=2)
        assert [one["mrid"] for one in places] == sorted(one["mrid"] for one in places)
        for place in places:
            for count, state in (("ders", "current"), ("ders_normally", "normal")):
                hanging = [der for der in ders if place["mrid"] in {one["mrid"] for one in der[state][column]}]
                assert place[count] == len(hanging)
            assert service.get(f"{path}/{place['name']}").json() == place
    feeders = service.items("/v1/feeders")
    assert [one["heads"][0]["name"] for one in feeders] == [f"{one['name']}-CB" for one in feeders]
    substations = {one["mrid"]: one for one in service.items("/v1/substations")}
    for feeder in feeders:
        assert feeder["mrid"] in {one["mrid"] for one in substations[feeder["substation"]]["feeders"]}


def test_sections_are_fed_as_their_ders_are(service: Live) -> None:
    """Feeders, energisation and number of DER."""
    service.operate(1, S1_F1_CB=True)
    sections = {one["mrid"]: one for one in service.items("/v1/sections", limit=11)}
    ders: dict[str, list[dict[str, Any]]] = {}
    for der in service.items("/v1/ders"):
        if der["current"]["section"]:
            ders.setdefault(der["current"]["section"]["mrid"], []).append(der["current"])
    for mrid, section in sections.items():
        own = ders.get(mrid, [])
        assert section["ders"] == len(own)
        if own:
            assert section["energised"] == any(one["energisation"] == "energised" for one in own)
            fed = {feeder["mrid"] for one in own for feeder in one["feeders"]}
            assert fed <= {one["mrid"] for one in section["feeders"]}
    assert ders.keys() <= sections.keys()
    assert any(not one["energised"] for one in sections.values())
    one = next(iter(sections.values()))
    assert service.get(f"/v1/sections/{one['mrid']}").json() == one


def test_the_picture_has_a_tag_per_revision(service: Live) -> None:
    """So that a page that polls costs nothing while nothing changes."""
    first = service.get("/v1/network")
    tag = first.headers["etag"]
    assert first.json()["revision"] == 2 and first.json()["sections"]
    assert service.get("/v1/network", headers={"If-None-Match": tag}).status_code == 304
    service.operate(1, S1_F1_CB=True)
    second = service.get("/v1/network", headers={"If-None-Match": tag})
    assert second.status_code == 200 and second.headers["etag"] != tag
    opened = [one["name"] for one in second.json()["switches"] if one["open"] != one["normal_open"]]
    assert opened == ["S1-F1-CB"]


def test_the_store_answers_named_queries(unchanged: Live) -> None:
    """About all statements of the active model."""
    unchanged.until(lambda: unchanged.service.store.status().state == "ready")
    names = [one["name"] for one in unchanged.items("/v1/sparql")]
    assert "objects_of_class" in names
    body = {"query": "objects_of_class", "parameters": {"class": "Breaker"}}
    table = unchanged.post("/v1/sparql", body).json()
    assert (len(table["rows"]), table["cut"]) == (16, False)
    assert unchanged.post("/v1/sparql", {"query": "drop"}).json()["code"] == "query_unknown"
    assert unchanged.post("/v1/sparql", {"query": "objects_of_class"}).json()["code"] == "parameter_missing"


def test_the_documents_describe_what_there_is(unchanged: Live) -> None:
    """OpenAPI 3.1 lists every route with its refusals; the page and its parts are served."""
    document = unchanged.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path in ("/v1/switching", "/v1/groups/{group_id}", "/v1/events/{event_id}", "/v1/models", "/readyz"):
        assert path in document["paths"]
    switching = document["paths"]["/v1/switching"]["post"]
    schema = switching["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["required"]) == {"source", "sequence", "operations"}
    assert "application/problem+json" in switching["responses"]["422"]["content"]
    assert "HTTPValidationError" not in json.dumps(document["paths"])
    page = unchanged.get("/")
    assert page.status_code == 200 and "<script" in page.text
    assert unchanged.get("/js/main.js").status_code == 200
    for path in ("/js/../../limits.py", "/%2e%2e/app.py", "/nothing"):
        assert unchanged.get(path).json()["code"] == "no_such_route"
    assert unchanged.client.patch("/v1/groups").json()["code"] == "method_not_allowed"
    assert unchanged.client.head("/v1/groups").status_code == 405


def test_metrics_count_what_happens(service: Live) -> None:
    """In the text format of Prometheus, without ids of groups or DER."""
    service.operate(1, S1_F1_CB=True)
    lines = service.get("/metrics").text.splitlines()
    values = {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines if not line.startswith("#")}
    assert (values["topogroup_revision"], values["topogroup_events"]) == ("3.0", "7.0")
    assert (values["topogroup_groups"], values["topogroup_ders"]) == ("6.0", "60.0")
    assert values['topogroup_requests_total{method="POST",route="/v1/switching",status="200"}'] == "1.0"


def test_the_documentation_lists_exactly_the_metrics(unchanged: Live) -> None:
    """With what they mean, in docs/operating.md."""
    text = (SAMPLE.parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(topogroup_\w+)` \| ([^|]+) \|$", text, re.MULTILINE)
    told = re.findall(r"^# HELP (topogroup_\w+) (.*)$", unchanged.get("/metrics").text, re.MULTILINE)
    assert documented == [(name, meaning) for name, meaning in told if not name.endswith("_created")]
