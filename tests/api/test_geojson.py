"""`/v1/network.geojson`: every place with the state of its switch and the supply of its DER."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from api.routes.geojson import _document
from api.routes.switching import switch_item
from cim_models.interop.to_geojson import to_geojson
from cim_models.network import PositionTable
from cim_models.strings import Strings
from tests.api.live import Live
from topogroup.engine.commands import ActivateModel
from topogroup.engine.decide import decide
from topogroup.engine.model import prepared
from topogroup.engine.view import View
from topogroup.testing import NetworkBuilder


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


def test_a_switch_is_open_as_the_list_of_switches_says() -> None:
    """On all its phases, now and normally; one pole is not enough."""
    b = NetworkBuilder().energy_source("G", "n0", 20_000)
    b.switch("ONE", "n0", "n1", phases="ABC", open_phases="A", normal_open_phases="B").line("L", "n1", "n2")
    b.switch("ALL", "n0", "n2", phases="ABC", open_phases="ABC", normal_open_phases="ABC")
    b.switch("NONE", "n0", "n3", open=False).pv("PV", "n2")
    model = prepared(b.build(), "m", "m", per_phase=True)
    size = len(model.network.equipment.id)
    position = PositionTable(
        equipment=np.arange(size, dtype=np.int32),
        start=np.arange(size + 1, dtype=np.int64),
        x=np.zeros(size),
        y=np.zeros(size),
        wgs84=np.ones(size, np.bool_),
        crs_code=np.zeros(size, np.int32),
        crs=Strings.of(["x"]),
    )
    network = replace(model.network, position=position)
    model = replace(model, grid=replace(model.grid, network=network))
    view = View(generation=1, revision=0, at=None)
    view = decide(view, ActivateModel(model), datetime(2026, 1, 1, tzinfo=UTC)).after
    shown = {one["properties"]["name"]: one["properties"] for one in to_geojson(network)["features"]}
    live = {one["properties"]["name"]: one["properties"] for one in _document(view)["features"]}
    for name, opened in (("ONE", False), ("ALL", True), ("NONE", False)):
        item = switch_item(view, network.equipment.id.find(name))
        assert item["open"] is item["normal_open"] is opened
        assert live[name]["open"] is live[name]["normal_open"] is shown[name]["normal_open"] is opened
