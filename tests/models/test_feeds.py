"""Feeds of real systems on the real models they belong to, over HTTP, with exact numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cim_models import Network
from tests.api.live import live
from tests.models.loaded import FILES


def test_measurements_of_a_simulation_open_one_pole(models: Path, tmp_path: Path) -> None:
    """Model 03: pole A of sw1 opens by its own measurement, and exactly the six phase-A PV are dead."""
    path = models / FILES["03-areas"]
    if not path.exists():
        pytest.skip(f"{path} is absent; TOPOGROUP_MODELS names the folder of models")
    network = Network.load(path)
    point, said = network.point, {}
    for row, e in enumerate(point.equipment.tolist()):
        mrid = point.id[row]
        if e < 0:
            said[mrid] = {"measurement_mrid": mrid, "value": 7}
        elif network.equipment.name[e] == "sw1":
            said[mrid] = {"measurement_mrid": mrid, "value": 0 if point.phases[row] == 1 else 1}
    others = sum(e < 0 for e in point.equipment.tolist())
    assert (len(said) - others, others) == (3, 1038)
    with live(tmp_path / "d", path, templates=("feeder",)) as service:
        body = {"simulation_id": "5", "message": {"timestamp": 1_760_000_000, "measurements": said}}
        answer = service.client.post("/v1/switching", content=json.dumps(body)).json()
        assert (answer["applied"], answer["unchanged"], answer["rejected"], answer["ders_changed"]) == (1, 2, [], 6)
        assert answer["ignored"] == [{"what": "measurement of no switch position", "count": others}]
        (group,) = answer["groups"]
        assert (group["joined"], group["left"]) == (0, 6)
        switch = service.get("/v1/switches/sw1").json()
        assert (switch["open_phases"], switch["reported_by"]) == ("A", "gridappsd 5")


def test_the_difference_model_of_a_real_tool_opens_its_breaker(models: Path, tmp_path: Path) -> None:
    """Model 10: an id with an underscore behind urn:uuid:, lower case, `True`, no id and no time in the header."""
    path = models / FILES["10"]
    if not path.exists():
        pytest.skip(f"{path} is absent; TOPOGROUP_MODELS names the folder of models")
    body = (path.parent / "breaker_incremental.xml").read_bytes()
    switch = "276809df-6493-4dae-a7bb-ad78a5f0da95"
    with live(tmp_path / "d", path, templates=("feeder",)) as service:
        kind = {"Content-Type": "application/rdf+xml"}
        nameless = service.client.post("/v1/switching", content=body, headers=kind)
        assert (nameless.status_code, nameless.json()["code"]) == (422, "no_source")
        said = {"source": "dms", "sequence": "1"}
        answer = service.client.post("/v1/switching", content=body, headers=kind, params=said).json()
        assert (answer["applied"], answer["unchanged"], answer["rejected"]) == (1, 0, [])
        assert service.get(f"/v1/switches/{switch}").json()["open"] is True
        again = service.client.post("/v1/switching", content=body, headers=kind, params=said).json()
        assert again == answer


def test_an_ill_formed_state_file_changes_nothing(models: Path, tmp_path: Path) -> None:
    """Model 08: the good SSH file is taken, the one with a wrong end tag is refused with its line."""
    folder = models / "08-telemark120-cgmes30-mv-lv"
    good, bad = folder / "Telemark-120-MV1_SSH.xml", folder / "Telemark-120-LV1_SSH.xml"
    if not good.exists():
        pytest.skip(f"{folder} is absent; TOPOGROUP_MODELS names the folder of models")
    given = tuple(one for one in sorted(folder.glob("*.xml")) if one != bad)
    with live(tmp_path / "d", *given) as service:
        kind = {"Content-Type": "application/xml"}
        answer = service.client.post("/v1/switching", content=good.read_bytes(), headers=kind).json()
        assert (answer["applied"], answer["unchanged"], answer["rejected"]) == (0, 29, [])
        refused = service.client.post("/v1/switching", content=bad.read_bytes(), headers=kind)
        assert (refused.status_code, refused.json()["code"]) == (422, "not_well_formed")
        assert "line 129" in refused.json()["detail"]
