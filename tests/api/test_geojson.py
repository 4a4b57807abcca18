"""`/v1/network.geojson`: every place with the state of its switch and the supply of its DER."""

from __future__ import annotations

from typing import Any

from tests.api.live import Live


def by_id(service: Live) -> dict[str, dict[str, Any]]:
    answer = service.get("/v1/network.geojson")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/geo+json")
    assert answer.json()["type"] == "FeatureCollection"
    return {one["id"]: one["properties"] for one in answer.json()["features"]}


def test_it_follows_the_switches(service: Live) -> None:
    before = by_id(service)
    tag = service.get("/v1/network.geojson").headers["etag"]
    assert service.get("/v1/network.geojson", headers={"If-None-Match": tag}).status_code == 304
    service.operate(1, S1_F1_CB=True)
    after = by_id(service)
    assert service.get("/v1/network.geojson", headers={"If-None-Match": tag}).status_code == 200
    changed = {said["name"] for mrid, said in after.items() if said.get("open") != before[mrid].get("open")}
    assert changed == {"S1-F1-CB"}
    ders = {one["mrid"]: one["current"] for one in service.items("/v1/ders")}
    shown = {mrid: said for mrid, said in after.items() if "energisation" in said}
    assert shown and shown.keys() <= ders.keys()
    for mrid, said in shown.items():
        assert said["energisation"] == ders[mrid]["energisation"]
        assert said["feeders"] == [one["mrid"] for one in ders[mrid]["feeders"]]
    assert any(said["energisation"] != before[mrid]["energisation"] for mrid, said in shown.items())
