"""`/v1/switching` and `/v1/switches`: exact answers, repeats, conflicts, refusals."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cim_models import limits
from tests.api.live import Live

OPEN = {"switch": "S1-F1-CB", "open": True}


def send(service: Live, sequence: Any, *operations: dict[str, Any], **more: Any) -> httpx.Response:  # noqa: ANN401
    """Send switch states."""
    return service.post(
        "/v1/switching", {"source": "dms", "sequence": sequence, "operations": list(operations), **more}
    )


def test_an_operation_is_answered_with_what_it_did(service: Live) -> None:
    """The answer, the events and the members say the same."""
    group = next(one for one in service.items("/v1/groups") if one["name"] == "S1-F1")
    before = service.items(f"/v1/groups/{group['mrid']}/members")
    revision = service.get("/readyz").json()["checks"]["revision"]
    answer = send(service, 1, OPEN)
    assert answer.status_code == 200
    assert answer.json() == {
        "revision": revision + 1,
        "applied": 1,
        "unchanged": 0,
        "rejected": [],
        "ders_changed": len(before),
        "groups": [
            {"mrid": group["mrid"], "name": "S1-F1", "version": "1.1.0", "joined": 0, "left": len(before)}
        ],
    }
    (event,) = service.events("1-6")
    assert [one["mrid"] for one in event["left"]] == [one["mrid"] for one in before]
    assert {one["reason"] for one in event["left"]} == {"lost_supply"}
    assert (event["id"], event["verb"], event["joined"]) == ("1-7", "executed", [])
    assert service.items(f"/v1/groups/{group['mrid']}/members") == []


def test_the_same_again_gets_the_first_answer_again(service: Live) -> None:
    """Blanks and order of the keys in the body do not count; another content under the number is a conflict."""
    first = send(service, "msg-1", OPEN)
    again = service.client.post(
        "/v1/switching",
        content='{ "operations":[{"open":true,"switch":"S1-F1-CB"}],"sequence":"msg-1","source":"dms"}',
    )
    assert (again.status_code, again.json()) == (200, first.json())
    other = send(service, "msg-1", {**OPEN, "open": False})
    assert (other.status_code, other.json()["code"]) == (409, "sequence_used")
    assert len(service.events()) == 7


def test_bad_items_are_listed_and_good_ones_applied(service: Live) -> None:
    """Unless the batch is atomic: then nothing is."""
    bad = [{"switch": "nothing", "open": True}, {"switch": "S1-F1-D1", "open": True}]
    refused = send(service, 1, *bad, OPEN, atomic=True)
    assert refused.status_code == 422
    assert [(one["index"], one["switch"], one["code"]) for one in refused.json()["rejected"]] == [
        (0, "nothing", "unknown"),
        (1, "S1-F1-D1", "not_a_switch"),
    ]
    assert len(service.events()) == 6
    answer = send(service, 1, *bad, OPEN).json()
    assert (answer["applied"], [one["index"] for one in answer["rejected"]]) == (1, [0, 1])
    assert [one["name"] for one in answer["groups"]] == ["S1-F1"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b"[]", 422, "bad_body"),
        (b"{}", 422, "bad_body"),
        (b'{"source":"dms","sequence":1}', 422, "bad_body"),
        (b'{"source":"dms","sequence":1,"operations":[{"switch":"a","open":1}]}', 422, "bad_body"),
        (b'{"source":"dms","sequence":1,"operations":[{"switch":"a","open":"yes"}]}', 422, "bad_body"),
        (b'{"source":"","sequence":1,"operations":[]}', 422, "bad_body"),
        (b'{"source":"dms","sequence":-1,"operations":[]}', 422, "bad_body"),
        (b'{"source":"dms","sequence":1.5,"operations":[]}', 422, "bad_body"),
        (b'{"source":"dms","sequence":true,"operations":[]}', 422, "bad_body"),
        (b'{"source":"dms","sequence":1,"operations":[],"atomc":true}', 422, "bad_body"),
        (b'{"source":"dms","sequence":1,"operations":[{"switch":"a","open":true,"at":"2026-01-01T00:00:00"}]}', 422,
         "bad_body"),
        (b'{"source":"dms","sequence":1,"operations":[{"switch":"a","open":true,"at":"0001-01-01T00:00:00+14:00"}]}',
         422, "bad_body"),
        (b'{"source":"dms","sequence":1,"operations":[{"switch":"a","open":true,"at":"9999-12-31T23:59:59-14:00"}]}',
         422, "bad_body"),
        (b'{"source":"\\ud800","sequence":1,"operations":[]}', 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_nothing_applied(
    unchanged: Live, body: bytes, status: int, code: str
) -> None:
    """One clear sentence that names the place."""
    before = unchanged.service.engine.view
    answer = unchanged.client.post("/v1/switching", content=body)
    said = answer.json()
    assert (answer.status_code, said["code"], said["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert said["type"] == f"urn:topogroup:problem:{code}" and said["detail"].endswith(".")
    assert unchanged.service.engine.view is before


def test_a_body_that_is_too_large_is_refused(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is in memory."""
    monkeypatch.setattr(limits, "JSON_BODY_BYTES_MAX", 1000)
    answer = unchanged.client.post("/v1/switching", content=b" " * 1001)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_switches_are_listed_with_state_source_and_quality(service: Live) -> None:
    """What the DMS said of a switch is shown; abnormal ones can be asked for."""
    switches = service.items("/v1/switches", limit=7)
    assert [one["mrid"] for one in switches] == sorted({one["mrid"] for one in switches})
    assert len(switches) == 54 and service.items("/v1/switches", abnormal=True) == []
    before = service.get("/v1/switches/S1-F1-CB").json()
    assert (before["open"], before["source"], before["at"]) == (False, "Switch.open", None)
    send(service, 1, {**OPEN, "at": "2026-11-24T10:00:00+01:00", "quality": "suspect"})
    (abnormal,) = service.items("/v1/switches", abnormal=True)
    assert abnormal == service.get(f"/v1/switches/{abnormal['mrid'].upper()}").json()
    told = {"open": True, "open_phases": "ABC", "source": "DMS", "reported_by": "dms", "quality": "suspect"}
    assert abnormal == {**before, **told, "at": "2026-11-24T09:00:00+00:00"}
    assert service.get("/v1/switches/nothing").status_code in (404, 422)
    assert [one["name"] for one in service.items("/v1/switches", name="s1-f1-cb")] == ["S1-F1-CB"]
