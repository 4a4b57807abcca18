"""`/v1/devices` and `/v1/plans`: exact answers, repeats, conflicts, refusals; plans change nothing."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from cim_models import limits
from tests.api.live import Live, live
from tests.engine.made import two_substations


@pytest.fixture
def small(tmp_path: Path) -> Any:  # noqa: ANN401 - a generator of Live
    """Return a service with two feeders of two substations and a tie, grouped by feeder."""
    model = two_substations().write(tmp_path / "model.xml")
    with live(tmp_path / "data", model, templates=("feeder",)) as running:
        yield running


def place(service: Live, sequence: Any, id_: str, kind: str, place_: str, **more: Any) -> httpx.Response:  # noqa: ANN401
    """Place a device."""
    said = {"source": "crew", "sequence": sequence, "id": id_, "kind": kind, "place": place_, **more}
    return service.post("/v1/devices", said)


def plan(service: Live, *rows: str) -> httpx.Response:
    """Try a plan of rows such as `1 TIE close`."""
    columns = ("step", "switch", "action", "place", "place2")
    return service.post("/v1/plans", {"rows": [dict(zip(columns, row.split(), strict=False)) for row in rows]})


def test_a_device_is_placed_listed_and_taken_away(small: Live) -> None:
    """Answers, events and lists say the same; until alone does nothing."""
    placed = place(small, 1, "job/1", "cut", "L1", phases="ABC", until="2020-05-01T16:00:00+02:00")
    assert (placed.status_code, placed.headers["location"]) == (201, "/v1/devices/job%2F1")
    body = placed.json()
    (group,) = body.pop("groups")
    assert (group["name"], group["version"], group["joined"], group["left"]) == ("F1", "1.1.0", 0, 2)
    said = {"id": "job/1", "kind": "cut", "place": "L1", "phases": "ABC", "until": "2020-05-01T16:00:00+02:00"}
    assert body == {"revision": 3, **said, "ders_changed": 2}
    place(small, 2, "J1", "jumper", "TIE/1", place2="f2b", until="2999-01-01T00:00:00Z")
    first, second = small.items("/v1/devices")
    assert first.pop("placed_at") >= second.pop("placed_at")
    assert second == {**said, "source": "crew", "revision": 3, "overdue": True, "in_model": True}
    assert first == {
        "id": "J1", "kind": "jumper", "place": "TIE/1", "place2": "n.f2b", "until": "2999-01-01T00:00:00+00:00",
        "source": "crew", "revision": 4, "overdue": False, "in_model": True,
    }  # fmt: skip
    assert small.get(placed.headers["location"]).json()["overdue"] is True
    (event,) = small.events("1-3")
    assert (event["cause"]["kind"], event["cause"]["sequence"], event["group"]["name"]) == ("device", "2", "F2")
    removed = small.client.delete("/v1/devices/job%2F1?source=crew&sequence=3")
    assert (removed.status_code, removed.json()["id"]) == (200, "job/1")
    assert small.client.delete("/v1/devices/job%2F1?source=crew&sequence=3").json() == removed.json()
    for query, status in (("source=crew&sequence=2", 409), ("source=crew", 422), ("source=&sequence=", 422)):
        assert small.client.delete(f"/v1/devices/job%2F1?{query}").status_code == status, query
    assert [one["id"] for one in small.items("/v1/devices")] == ["J1"]
    assert small.client.delete("/v1/devices/job%2F1").status_code == 404
    assert small.get("/v1/devices/job%2F1").json()["code"] == "unknown_device"


def test_the_same_again_gets_the_first_answer_again(small: Live) -> None:
    """Another content under the number is a conflict, and so is the id of a device that stands."""
    first = place(small, "m1", "C1", "cut", "L1")
    again = place(small, "m1", "C1", "cut", "L1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert place(small, "m1", "C1", "cut", "L2").json()["code"] == "sequence_used"
    taken = place(small, "m2", "C1", "cut", "L2")
    assert (taken.status_code, taken.json()["code"]) == (409, "device_exists")


@pytest.mark.parametrize(
    ("kind", "at", "more", "code"),
    [
        ("cut", "F1", {}, "not_a_line"),
        ("cut", "L9", {}, "unknown_id"),
        ("jumper", "bus1", {}, "device_place"),
        ("jumper", "bus1", {"place2": "hv"}, "jumper_voltage"),
        ("source", "L1", {}, "place_unclear"),
        ("source", "bus1", {"phases": "s1"}, "unknown_phase"),
        ("clamp", "bus1", {}, "bad_body"),
        ("source", "bus1", {"until": "2026-05-01T16:00:00"}, "bad_body"),
        ("source", "bus1", {"id": "a\nb"}, "device_id"),
    ],
)
def test_what_is_impossible_is_refused(small: Live, kind: str, at: str, more: dict[str, Any], code: str) -> None:
    """Nothing happens."""
    refused = place(small, 1, "D", kind, at, **more)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert small.items("/v1/devices") == [] and len(small.events()) == 2


def test_a_plan_says_what_would_happen_and_does_nothing(small: Live) -> None:
    """It counts for listed groups and those by criteria too; carried out, the same happens."""
    small.post("/v1/groups", {"name": "mine", "members": ["PV1"]})
    small.post("/v1/groups", {"name": "dark", "criteria": "NOT supplied"})
    before = small.items("/v1/groups"), small.events()
    tried = plan(small, "1 TIE close", "2 F1 open", "3 C1 cut L2")
    assert tried.status_code == 200
    body = tried.json()
    assert body.pop("revision") == 4
    assert set(body) == {"steps", "net"}
    said = [
        (s["step"], {g["name"]: (len(g["joined"]), len(g["left"])) for g in s["groups"]}, s["unsupplied"])
        for s in body["steps"]
    ]
    assert said == [
        ("1", {}, []),
        ("2", {"F1": (0, 2), "F2": (2, 0)}, []),
        ("3", {"F2": (0, 3), "dark": (3, 0)}, ["B1", "PV1", "PV2"]),
    ]
    assert [s["substations_paralleled"] for s in body["steps"]] == [[["S1", "S2"]], [], []]
    assert [s["paralleled"] for s in body["steps"]] == [["B1", "PV1", "PV2"], [], []]
    net = {g["name"]: (len(g["joined"]), len(g["left"])) for g in body["net"]["groups"]}
    assert net == {"F1": (0, 2), "F2": (0, 1), "dark": (3, 0)}
    assert (small.items("/v1/groups"), small.events()) == before
    small.operate(1, TIE=False)
    done = small.operate(2, F1=True)
    assert {g["name"]: (g["joined"], g["left"]) for g in done["groups"]} == said[1][1]


def test_a_plan_that_takes_too_long_is_ended(small: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two steps; the answer says how far it came."""
    monkeypatch.setattr(limits, "PLAN_TIME_MAX_S", -1.0)
    answer = plan(small, "1 F1 open", "2 F2 open")
    assert (answer.status_code, answer.json()["code"]) == (422, "plan_too_long")
    assert answer.json()["detail"].startswith("0 of 2 steps took")


def test_a_plan_starts_from_what_stands_there(small: Live) -> None:
    """Devices that stand may be taken away in it; single phases need no preparation."""
    place(small, 1, "C1", "cut", "L1")
    body = plan(small, "1 C1 remove", "2 C1 cut L1").json()
    assert [(s["unsupplied"], len(s["groups"])) for s in body["steps"]] == [([], 1), ([], 1)]
    assert body["net"]["groups"] == []
    assert plan(small, "1 C1 cut L2").json()["detail"] == "Row 1 (step 1): a device 'C1' is in place already."
    rows = [
        {"step": 1, "switch": "F2", "action": "open", "phases": "A"},
        {"step": 2, "switch": "F2", "action": "open", "phases": "BC"},
    ]
    answer = small.post("/v1/plans", {"rows": rows}).json()
    assert [s["unsupplied"] for s in answer["steps"]] == [[], ["PV2"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"rows": []}, 422, "bad_body"),
        ({"rows": [{"step": "1", "switch": "F1"}]}, 422, "bad_body"),
        ({"rows": [{"step": "1", "switch": "F1", "action": "toggle"}]}, 422, "plan_action"),
        ({"rows": [{"step": 1, "switch": "F1", "action": "open", "extra": 1}]}, 422, "bad_body"),
        ({"rows": [{"step": 1, "switch": "F9", "action": "open"}]}, 422, "unknown_id"),
    ],
)
def test_a_bad_row_refuses_the_plan(small: Live, body: dict[str, Any], status: int, code: str) -> None:
    """The whole of it."""
    refused = small.post("/v1/plans", body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_more_plans_at_once_than_the_limit_are_refused(small: Live) -> None:
    """One clear sentence with Retry-After; those under way are not touched, and their end makes room."""
    questions = small.service.long_questions
    with ExitStack() as under_way:
        for _ in range(limits.PLANS_AT_ONCE_MAX):
            under_way.enter_context(questions.one())
        der = small.items("/v1/ders")[0]["mrid"]
        for refused in (plan(small, "1 TIE close"), small.get(f"/v1/ders/{der}/way-back")):
            assert (refused.status_code, refused.json()["code"]) == (503, "too_many_plans")
            assert int(refused.headers["retry-after"]) > 0
        assert small.get(f"/v1/ders/{der}").status_code == 200
    for _ in range(limits.PLANS_AT_ONCE_MAX + 1):
        assert plan(small, "1 TIE close").status_code == 200
        assert plan(small, "1 nothing close").status_code == 422
    assert small.get(f"/v1/ders/{der}/way-back").status_code == 200
