"""Groups, nameplates and rules of a model over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.api.live import Live, live
from tests.api.test_models import read, upload
from tests.engine.test_model_groups import with_groups


def activated(service: Live, content: str) -> str:
    """Upload a model, make it active, and return its id."""
    location = upload(service, content.encode(), activate=True).headers["Location"]
    read(service, location, "active")
    return location.rpartition("/")[2]


def test_groups_of_the_model_are_groups_of_the_service(tmp_path: Path) -> None:
    with live(tmp_path / "data") as service:
        activated(service, with_groups(G1="PV1 B1").to_xml())
        (group,) = service.items("/v1/groups")
        assert (group["mrid"], group["name"], group["kind"], group["members"]) == ("G1", "G1", "static", 2)
        whole = service.get("/v1/groups/G1").json()
        assert (whole["origin"], whole["listed"]) == ("model", ["B1", "PV1"])
        service.post("/v1/groups", {"name": "mine", "mrid": "G2", "members": ["PV1"]})
        id_ = activated(service, with_groups(G1="PV1", G2="PV2").to_xml())
        assert {one["mrid"]: (one["name"], one["members"]) for one in service.items("/v1/groups")} == {
            "G1": ("G1", 1),
            "G2": ("mine", 1),
        }
        report = service.get(f"/v1/models/{id_}/report").json()
        assert [one["objects"] for one in report["findings"] if one["code"] == "group_kept"] == [["G2"]]
        assert "origin" not in service.get("/v1/groups/G2").json()


def test_a_der_has_its_nameplate_and_places_have_rules(tmp_path: Path) -> None:
    with live(tmp_path / "data") as service:
        activated(service, with_groups(G1="PV1").to_xml())
        plate = service.get("/v1/ders/PV1").json()["nameplate"]
        assert (plate["kind"], plate["p_max_w"], plate["s_rated_va"], plate["location"]) == ("pv", 10_000, None, None)
        assert plate["voltage_v"] == 20_000
        assert {one["rule"] for one in service.items("/v1/feeders")} == {"derived"}
        assert {one["name"]: one["rule"] for one in service.items("/v1/substations")} == {
            "S1": "transformers",
            "S2": "transformers",
        }
        assert all(one["why"] for one in service.items("/v1/substations"))
