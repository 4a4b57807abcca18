"""Traps of services over HTTP: an overflowing queue, and answers that get mixed up between requests."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from cim_models import limits
from tests.api.live import SAMPLE, Live, live


def test_response_object_shared_between_requests(unchanged: Live) -> None:
    """Sixteen readers at once, each asking for another group again and again: each gets its own, every time."""
    mrids = [one["mrid"] for one in unchanged.items("/v1/groups")]
    groups = {mrid: unchanged.items(f"/v1/groups/{mrid}/members") for mrid in mrids}
    assert len(groups) > 2 and len({str(members) for members in groups.values()}) > 2

    def ask(turn: int) -> tuple[str, Any]:
        mrid = sorted(groups)[turn % len(groups)]
        answer = unchanged.get(f"/v1/groups/{mrid}/members", params={"limit": 1000}).json()
        assert answer["group"]["mrid"] == mrid
        return mrid, answer["items"]

    with ThreadPoolExecutor(16) as readers:
        for mrid, items in readers.map(ask, range(200)):
            assert items == groups[mrid]


def test_queue_overflow_drops_silently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full queue is 503 with Retry-After; every request answered 200 is in the history, none that was refused."""
    monkeypatch.setattr(limits, "ENGINE_QUEUE_MAX", 1)
    held, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        assert go_on.wait(60)

    with live(tmp_path / "data", SAMPLE, templates=("feeder",)) as service, ThreadPoolExecutor(2) as senders:
        engine = service.service.engine
        before = engine.view.revision
        engine.listen(hold)

        def send(sequence: int) -> httpx.Response:
            operations = [{"switch": "S1-F1-CB", "open": bool(sequence % 2)}]
            return service.post("/v1/switching", {"source": "dms", "sequence": sequence, "operations": operations})

        first = senders.submit(send, 1)
        assert held.wait(60)
        second = senders.submit(send, 2)
        service.until(lambda: engine.waiting == 1)
        refused = send(3)
        assert (refused.status_code, refused.json()["code"]) == (503, "queue_full")
        assert int(refused.headers["Retry-After"]) >= 1 and "send this one again" in refused.json()["detail"]
        go_on.set()
        assert [one.result(60).json()["revision"] for one in (first, second)] == [before + 1, before + 2]
        again = send(3)
        assert (again.status_code, again.json()["revision"]) == (200, before + 3)
