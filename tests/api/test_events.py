"""`/v1/events`: streams that start now, go on, start again; pages; messages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from lxml import etree

from api.service import Service
from cim_models import limits
from tests.api.live import SAMPLE, Live, Stream, live
from topogroup.engine.engine import Engine
from topogroup.engine.step import Step


def test_a_stream_starts_now_and_says_where(service: Live) -> None:
    """Then every event comes as it is committed."""
    stream = Stream(service)
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    assert stream.next() == {"retry": "1000", "id": "1-6"}
    service.operate(1, S1_F1_CB=True)
    block = stream.next()
    assert block is not None
    (event,) = service.events("1-6")
    assert block == {"id": "1-7", "event": "executed", "data": event}
    stream.close()


@pytest.mark.parametrize("asked", [{"params": {"after": "1-2"}}, {"headers": {"Last-Event-ID": "1-2"}}])
def test_a_stream_goes_on_after_an_id(unchanged: Live, asked: dict[str, dict[str, str]]) -> None:
    """Without a gap, each event with the bytes of its first time."""
    stream = Stream(unchanged, **asked)
    blocks = [stream.next() for _ in range(6)]
    stored = unchanged.events("1-2")
    assert blocks == [{"id": one["id"], "event": "created", "data": one} for one in stored]
    assert [one["id"] for one in stored] == [f"1-{n}" for n in range(3, 9)]
    stream.close()


def test_many_events_come_in_several_reads(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is lost between them."""
    monkeypatch.setattr(limits, "STREAM_EVENTS_PER_READ", 1)
    stream = Stream(unchanged, params={"after": "1-0"})
    assert [(stream.next() or {})["id"] for _ in range(8)] == [f"1-{n}" for n in range(1, 9)]
    stream.close()


@pytest.mark.parametrize("after", ["2-1", "1-99", "0-0"])
def test_a_receiver_from_another_history_is_told_to_read_anew(unchanged: Live, after: str) -> None:
    """And then gets what comes after now."""
    stream = Stream(unchanged, params={"after": after})
    block = stream.next()
    assert block is not None
    assert (block["event"], block["id"]) == ("resync", "1-8")
    stream.close()


def test_signs_of_life_come_while_nothing_happens(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """As comments, which receivers ignore."""
    monkeypatch.setattr(limits, "STREAM_HEARTBEAT_S", 0.05)
    with unchanged.client.stream("GET", "/v1/events") as response:
        lines = response.iter_lines()
        assert [next(lines) for _ in range(5)] == ["retry: 1000", "id: 1-8", "", ": alive", ""]


def test_too_many_streams_are_refused(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place becomes free when one ends."""
    unchanged.until(lambda: unchanged.service.feed.streams == 0)
    monkeypatch.setattr(limits, "STREAMS_MAX", 1)
    stream = Stream(unchanged)
    stream.next()
    refused = Stream(unchanged)
    assert refused.response.status_code == 503 and refused.response.headers["retry-after"] == "1"
    refused.close()
    stream.close()
    unchanged.until(lambda: unchanged.service.feed.streams == 0)


def test_pages_hold_the_same_events(unchanged: Live) -> None:
    """From the beginning unless a place is named."""
    json_ = {"Accept": "application/json"}
    first = unchanged.get("/v1/events", params={"limit": 5}, headers=json_).json()
    second = unchanged.get("/v1/events", params={"after": first["next"]}, headers=json_).json()
    assert (first["next"], second["next"]) == ("1-5", None)
    assert first["items"] + second["items"] == unchanged.events()
    assert unchanged.get("/v1/events", params={"after": "x"}, headers=json_).json()["code"] == "bad_position"
    other = unchanged.get("/v1/events", params={"after": "7-1"}, headers=json_)
    assert (other.status_code, other.json()["code"]) == (409, "other_history")
    assert unchanged.get("/v1/events", params={"after": "1-99"}, headers=json_).json() == {"items": [], "next": None}


def test_an_event_is_an_iec_61968_message_too(service: Live) -> None:
    """Created, executed, deleted; each in its envelope, the same bytes each time."""
    group = service.post("/v1/groups", {"name": "g", "criteria": "feeder = 'S1-F1'"}).json()
    service.operate(1, S1_F1_CB=True)
    service.client.delete(f"/v1/groups/{group['mrid']}", headers={"If-Match": "*"})
    events = [one for one in service.events() if one["group"]["mrid"] == group["mrid"]]
    seen = []
    for event in events:
        path = f"/v1/events/{event['id']}"
        assert service.get(path).json() == event
        answer = service.get(path, headers={"Accept": "application/xml"})
        assert answer.headers["content-type"].startswith("application/xml")
        assert answer.headers["topogroup-parts"] == "1"
        assert service.get(path, headers={"Accept": "application/xml"}).content == answer.content
        root = etree.fromstring(answer.content)
        verb, noun = (str(root.findtext(f".//{{*}}Header/{{*}}{name}")) for name in ("Verb", "Noun"))
        seen.append((etree.QName(root).localname, verb, noun))
        beyond = service.get(path, params={"part": 2}, headers={"Accept": "application/xml"})
        assert (beyond.status_code, beyond.json()["code"]) == (404, "unknown_part")
    assert seen == [
        ("CreatedDERGroups", "created", "DERGroups"),
        ("ExecutedDERGroupsOperationSet", "executed", "OperationSet"),
        ("DeletedDERGroups", "deleted", "DERGroups"),
    ]
    assert service.get("/v1/events/1-999").status_code == 404
    assert service.get("/v1/events/last").status_code == 400
    assert service.get("/v1/events/1-1", params={"part": 0}).json()["code"] == "bad_parameter"


def test_streams_end_with_the_service_and_go_on_after_it(tmp_path: Path) -> None:
    """The next run of the service knows the place, and all that was."""
    with live(tmp_path / "data", SAMPLE, templates=("feeder",)) as service:
        stream = Stream(service)
        stream.next()
        service.operate(1, S1_F1_CB=True)
        assert (stream.next() or {})["id"] == "1-7"
        service.service.stopping()
        assert stream.next() is None
        stream.close()
        before = service.events()
    with live(tmp_path / "data", SAMPLE, templates=("feeder",)) as service:
        assert service.events() == before
        stream = Stream(service, headers={"Last-Event-ID": "1-7"})
        service.operate(2, S1_F1_CB=False)
        assert (stream.next() or {})["id"] == "1-8"
        stream.close()


def test_a_receiver_that_is_quicker_than_the_start_is_no_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the service takes requests at all, it knows its whole history."""
    with live(tmp_path / "data", SAMPLE, templates=("feeder",)) as service:
        assert len(service.events()) == 6
    monkeypatch.setattr(Service, "_begin", lambda _: None)
    with live(tmp_path / "data") as service:
        service.until(lambda: service.get("/v1/groups").status_code == 200)
        stream = Stream(service, headers={"Last-Event-ID": "1-2"})
        assert [(stream.next() or {})["id"] for _ in range(4)] == ["1-3", "1-4", "1-5", "1-6"]
        stream.close()


def test_what_is_committed_and_not_published_is_not_told_yet(service: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that stood beyond what the service knows would be taken for one from another history."""
    stream = Stream(service)
    stream.next()
    publish, told = Engine._publish, []

    def late(engine: Engine, steps: Sequence[Step]) -> None:
        told.append([one["id"] for one in service.events("1-6")])
        publish(engine, steps)

    monkeypatch.setattr(Engine, "_publish", late)
    service.operate(1, S1_F1_CB=True)
    service.operate(2, S1_F1_CB=False)
    assert told == [[], ["1-7"]]
    assert [(stream.next() or {})["event"] for _ in range(2)] == ["executed", "changed"]
    stream.close()
