"""Sections as a networkx graph are those of the topology; GeoJSON holds the places of the network exactly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cim_models import Network
from cim_models.interop.to_geojson import to_geojson
from cim_models.interop.to_sections import to_sections
from topogroup import attach

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
REAL = {
    "03": "03-ieee123pv-medium/IEEE123_PV.xml",
    "04": "04-ieee9500bal-large/ieee9500bal.xml.gz",
    "06": "06-simbench-hvmv-cgmes24-nb/SimBench_1-HVMV-mixed-1.105-0-sw_modified.zip",
}


def network_of(models: Path, name: str) -> Network:
    path = SAMPLE if name == "sample" else models / REAL[name]
    if not path.exists():
        pytest.skip(f"{path} is absent; TOPOGROUP_MODELS names the folder of models")
    return Network.load(path)


@pytest.mark.parametrize("model", ["sample", *REAL])
def test_sections_are_those_of_the_attachment(models: Path, model: str) -> None:
    network = network_of(models, model)
    graph = to_sections(network)
    said = {der["mrid"]: der["current"]["section"] for der in (one.as_dict() for one in attach(network))}
    expected = {mrid: section["mrid"] for mrid, section in said.items() if section is not None}
    found = {der: section for section, data in graph.nodes(data=True) for der in data["ders"]}
    assert found == expected
    names = {section["mrid"]: section["name"] for section in said.values() if section is not None}
    assert {mrid: graph.nodes[mrid]["name"] for mrid in names} == names
    switches = {network.equipment.id[e] for e in network.pole.equipment.tolist()}
    assert {key for _, _, key in graph.edges(keys=True)} == switches
    assert sorted(node for _, data in graph.nodes(data=True) for node in data["nodes"]) == sorted(network.node.id)


@pytest.mark.parametrize("model", ["sample", "04"])
def test_geojson_holds_every_place(models: Path, model: str) -> None:
    network = network_of(models, model)
    document = json.loads(json.dumps(to_geojson(network), allow_nan=False))
    place = network.position
    earthly = {}
    for row in np.flatnonzero(place.wgs84).tolist():
        points = slice(int(place.start[row]), int(place.start[row + 1]))
        pairs = list(zip(place.x[points].tolist(), place.y[points].tolist(), strict=True))
        if pairs and np.isfinite(pairs).all():
            earthly[network.equipment.id[int(place.equipment[row])]] = pairs
    found = {}
    for feature in document["features"]:
        point = feature["geometry"]["type"] == "Point"
        found[feature["id"]] = [feature["geometry"]["coordinates"]] if point else feature["geometry"]["coordinates"]
        e = network.equipment.id.find(feature["id"])
        assert feature["properties"]["name"] == network.equipment.name[e]
    assert found.keys() == earthly.keys()
    for mrid, pairs in found.items():
        np.testing.assert_allclose(pairs, earthly[mrid], atol=5e-8, rtol=0)
