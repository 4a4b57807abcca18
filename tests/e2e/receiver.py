"""A receiver of events, as an integrator would write it: it never loses its place and never trusts the sender."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import Any

import httpx
from httpx_sse import connect_sse

from tests.e2e.service import Service


class Receiver(threading.Thread):
    """Follows `/v1/events` from the beginning, over any number of lost connections.

    Attributes:
        seen: the data of each event by id.
        contradictions: ids that came twice with other content.
        resyncs: resync events, which there must be none of.
    """

    def __init__(self, service: Service) -> None:
        """Keep the service; `start` begins."""
        super().__init__(daemon=True)
        self._service, self._stop_asked = service, threading.Event()
        self.seen: dict[str, str] = {}
        self.contradictions: list[str] = []
        self.resyncs: list[str] = []
        self._last = "1-0"

    def run(self) -> None:
        """Follow, reconnect, follow."""
        while not self._stop_asked.is_set():
            with contextlib.suppress(httpx.HTTPError):
                self._follow()
            time.sleep(0.02)

    def stop(self) -> None:
        """End, once what is under way was taken in."""
        self._stop_asked.set()
        self.join(30)

    def wait_for(self, n: int, timeout_s: float = 60.0) -> None:
        """Wait until the event with a number has come."""
        deadline = time.monotonic() + timeout_s
        while f"1-{n}" not in self.seen:
            assert time.monotonic() < deadline, f"event 1-{n} does not come; the last one is {self._last}"
            time.sleep(0.02)

    def _follow(self) -> None:
        timeout = httpx.Timeout(5.0, read=1.0)
        headers = {"Authorization": f"Bearer {self._service.token}", "Last-Event-ID": self._last}
        with (
            httpx.Client(timeout=timeout, trust_env=False) as client,
            connect_sse(client, "GET", f"{self._service.url}/v1/events", headers=headers) as stream,
        ):
            for event in stream.iter_sse():
                if not event.data:  # a block with an id alone tells where the stream stands
                    continue
                if event.event == "resync":
                    self.resyncs.append(event.data)
                    continue
                if self.seen.setdefault(event.id, event.data) != event.data:
                    self.contradictions.append(event.id)
                self._last = event.id
                if self._stop_asked.is_set():
                    return


def applied(events: list[dict[str, Any]]) -> dict[str, tuple[str, set[str]]]:
    """Apply events in their order; return version and members of each group, and refuse what cannot be."""
    groups: dict[str, tuple[str, set[str]]] = {}
    sequence: dict[str, int] = {}
    for event in events:
        mrid = event["group"]["mrid"]
        assert event["sequence"] == sequence.get(mrid, 0) + 1, f"gap at {event['id']}"
        sequence[mrid] = event["sequence"]
        joined = {member["mrid"] for member in event["joined"]}
        left = {member["mrid"] for member in event["left"]}
        if event["verb"] == "created":
            assert mrid not in groups and not left
            groups[mrid] = event["version"], joined
            continue
        version, members = groups[mrid]
        assert event["previous_version"] == version, f"version at {event['id']}"
        assert left <= members and not joined & members, f"members at {event['id']}"
        if event["verb"] == "deleted":
            assert left == members
            del groups[mrid]
        else:
            groups[mrid] = event["version"], (members - left) | joined
    return groups


def stored(client: httpx.Client) -> list[dict[str, Any]]:
    """Return all events that the service has stored, by pages."""
    after, found = "1-0", []
    while True:
        answer = client.get("/v1/events", params={"after": after}, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if not page["items"] or page["next"] is None:
            return found
        after = page["items"][-1]["id"]


def data_of(seen: dict[str, str]) -> list[dict[str, Any]]:
    """Return what came over the stream, in the order of the numbers."""
    return [json.loads(seen[id_]) for id_ in sorted(seen, key=lambda id_: int(id_.partition("-")[2]))]
