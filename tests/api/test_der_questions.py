"""Questions about DER over HTTP: paths, who is behind and near, neighbours, common supply, the way back."""

from __future__ import annotations

from typing import Any

import pytest

from cim_models import load
from tests.api.live import SAMPLE, Live
from topogroup.topology.answers.attach import attach

LISTS = {
    "service_transformer": "service_transformers",
    "lv_feeder": "lv_feeders",
    "feeder": "feeders",
    "subtransmission_feeder": "subtransmission_feeders",
    "transformer": "transformers",
}


@pytest.fixture(scope="module")
def ders() -> list[dict[str, Any]]:
    """Return what `attach --json` says of the DER of the sample."""
    said: list[dict[str, Any]] = attach(load([SAMPLE])).to_dict()["ders"]
    return said


def test_a_path_names_the_supply_points_that_the_attachment_names(
    unchanged: Live, ders: list[dict[str, Any]]
) -> None:
    """On every level, and one grid source; each way ends with its head or transformer."""
    heads = {one["mrid"]: {head["mrid"] for head in one["heads"]} for one in unchanged.items("/v1/feeders")}
    for der in ders:
        said = unchanged.get(f"/v1/ders/{der['mrid']}/path").json()
        assert (said["mrid"], said["name"], said["state"]) == (der["mrid"], der["name"], "current")
        assert unchanged.get(f"/v1/ders/{der['name']}/path?state=normal").json()["ways"] == said["ways"]
        for level, column in LISTS.items():
            found = [way["supply"] for way in said["ways"] if way["level"] == level]
            assert found == der["current"][column]
        for way in said["ways"]:
            last = way["parts"][-1]
            assert last["mrid"] in heads.get(way["supply"]["mrid"], {way["supply"]["mrid"]})
            assert way["phases"] == der["phases"]
        assert [way["level"] for way in said["ways"]].count("source") == 1


def test_ders_behind_a_breaker(unchanged: Live, ders: list[dict[str, Any]]) -> None:
    """Those that lose supply when it opens; a radial feeder's are those fed through it, by breaker or feeder."""
    opened = attach(load([SAMPLE]), opened=["S1-F1-CB"]).to_dict()["ders"]
    lost = [
        der
        for der, after in zip(ders, opened, strict=True)
        if der["current"]["energisation"] == "energised" and after["current"]["energisation"] != "energised"
    ]
    assert lost
    for x in ("S1-F1-CB", "S1-F1"):
        assert unchanged.items("/v1/ders", downstream=x) == lost
        assert unchanged.items("/v1/ders", fed_through=x) == lost
    assert unchanged.items("/v1/ders", fed_through="S1-F1", kind="pv") == [der for der in lost if der["kind"] == "pv"]
    assert unchanged.items("/v1/ders", fed_through="S1-S2-TIE1") == []


def test_ders_near_a_der(unchanged: Live, ders: list[dict[str, Any]]) -> None:
    """None switch away is the section; the farther, the more."""
    attached = [der for der in ders if der["current"]["section"]]
    for der in attached[::7]:
        own = [one for one in attached if one["current"]["section"] == der["current"]["section"]]
        assert unchanged.items("/v1/ders", same_section=der["mrid"]) == own
        assert unchanged.items("/v1/ders", within_switches=f"{der['name']}:0") == own
        beside = unchanged.get(f"/v1/ders/{der['mrid']}/neighbours").json()["neighbours"]
        sections = {one["section"]["mrid"] for one in beside} | {der["current"]["section"]["mrid"]}
        near = [one for one in attached if one["current"]["section"]["mrid"] in sections]
        assert unchanged.items("/v1/ders", within_switches=f"{der['mrid']}:1") == near
        for one in beside:
            switch = unchanged.get(f"/v1/switches/{one['switch']['mrid']}").json()
            assert (switch["name"], switch["open"]) == (one["switch"]["name"], one["open"])
            assert switch["open_phases"] == one["open_phases"]
    assert unchanged.items("/v1/ders", within_switches=f"{attached[0]['mrid']}:99") == attached


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("S1-F1", "S1-F1", ("feeder", "S1-F1")),
        ("S1-F1", "S1-F2", ("transformer", "S1-T1")),
        ("S2-F1", "S2-F2", ("source", "S2-GRID")),
        ("S1-F1", "S2-F1", None),
    ],
)
def test_what_two_ders_have_in_common(
    unchanged: Live, ders: list[dict[str, Any]], one: str, other: str, common: tuple[str, str] | None
) -> None:
    """A feeder, a transformer that is alone, behind two parallel ones the grid source, or nothing."""
    first, last = (
        [der for der in ders if [feeder["name"] for feeder in der["current"]["feeders"]] == [name]]
        for name in (one, other)
    )
    said = unchanged.get(f"/v1/ders/{first[0]['mrid']}/common-supply", params={"other": last[-1]["name"]}).json()
    assert (said["mrid"], said["name"]) == (first[0]["mrid"], first[0]["name"])
    found = said["common_supply"]
    assert (None if found is None else (found["level"], found["supply"]["name"])) == common


def test_the_way_back_after_a_transfer(service: Live) -> None:
    """A feeder handed over to its neighbour comes back with the tie opened and the breaker closed."""
    der = service.items("/v1/ders", feeder="S1-F1")[-1]
    home = service.get(f"/v1/ders/{der['mrid']}/way-back").json()
    assert (home["status"], home["operations"]) == ("home", [])
    service.operate(1, S1_S2_TIE1=False, S1_F1_CB=True)
    moved = service.get(f"/v1/ders/{der['mrid']}").json()
    said = service.get(f"/v1/ders/{der['name']}/way-back").json()
    assert moved["current"]["feeders"] != moved["normal"]["feeders"]
    assert (said["mrid"], said["status"]) == (der["mrid"], "found")
    assert said["feeders"] == moved["normal"]["feeders"]
    assert [(one["switch"]["name"], one["open"]) for one in said["operations"]] == [
        ("S1-F1-CB", False),
        ("S1-S2-TIE1", True),
    ]
    service.operate(2, **{one["switch"]["name"].replace("-", "_"): one["open"] for one in said["operations"]})
    assert service.get(f"/v1/ders/{der['mrid']}/way-back").json()["status"] == "home"


def test_impossible_questions_are_refused(unchanged: Live, ders: list[dict[str, Any]]) -> None:
    """With the reason."""
    der = ders[0]["mrid"]
    for path, code in (
        ("/v1/ders/nobody/path", "unknown_der"),
        ("/v1/ders/nobody/way-back", "unknown_der"),
        ("/v1/ders/nobody/neighbours", "unknown_der"),
        (f"/v1/ders/{der}/common-supply?other=nobody", "unknown_der"),
        (f"/v1/ders/{der}/path?state=planned", "bad_state"),
        ("/v1/ders?downstream=nothing", "unknown_id"),
        (f"/v1/ders?downstream={der}", "no_carrier"),
        (f"/v1/ders?fed_through={der}", "no_carrier"),
        ("/v1/ders?same_section=nothing", "unknown_id"),
        ("/v1/ders?within_switches=nothing:1", "unknown_id"),
        (f"/v1/ders?within_switches={der}", "bad_within_switches"),
        (f"/v1/ders?within_switches={der}:-1", "bad_within_switches"),
    ):
        refused = unchanged.get(path)
        assert refused.json()["code"] == code, path
        assert refused.status_code == (404 if code == "unknown_der" else 422)
