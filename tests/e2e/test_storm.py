"""kill -9 in the middle of a storm of switch operations, on real models, over real HTTP and SSE.

Nothing that was acknowledged may be lost, no event id may come twice with other content, and what a receiver has put
together from the events is what an independent oracle says of the committed switch states.
"""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.receiver import Receiver, applied, data_of, stored
from tests.e2e.service import Service
from tests.models.conftest import ByName, model  # noqa: F401 - the fixture of the real models
from tests.models.loaded import each

OPERATIONS = 60
KILLS = 3
TEMPLATES = (["feeder"], ["substation"], ["feeder", "kind"])


def command(number: int, switches: list[dict[str, Any]], chance: random.Random) -> dict[str, Any]:
    """Return the command of one number: one to three switches, the way they are not or any way."""
    chosen = chance.sample(switches, chance.choice((1, 1, 2, 3)))
    operations = [{"switch": one["mrid"], "open": chance.random() < 0.5} for one in chosen]
    return {"source": "dms", "sequence": number, "operations": operations}


def send(service: Service, body: dict[str, Any], broken: threading.Event) -> httpx.Response:
    """Send a command until it is answered, as a DMS does; start the service again where it is gone."""
    while True:
        try:
            with service.client() as client:
                answer = client.post("/v1/switching", json=body)
                if answer.status_code != 503:
                    return answer
        except httpx.HTTPError:
            broken.wait(20)
        time.sleep(0.02)


@pytest.mark.parametrize(
    "name",
    each("04", "06", thorough=["04", "06"]),
)
def test_nothing_is_lost_when_the_service_is_killed_in_a_storm(
    name: str,
    model: ByName,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    """Three kills in 60 commands."""
    real, chance = model(name), random.Random(name)
    service = Service(tmp_path / "data", [real.path]).start()
    receiver = Receiver(service)
    answers: dict[int, dict[str, Any]] = {}
    try:
        with service.client() as client:
            for by in TEMPLATES:
                assert client.post("/v1/templates", json={"by": by}).status_code == 201
            switches = _all(client, "/v1/switches")
        receiver.start()
        bodies = [command(number, switches, chance) for number in range(OPERATIONS)]
        kills = sorted(chance.sample(range(5, OPERATIONS - 5), KILLS))
        for number, body in enumerate(bodies):
            broken = threading.Event()
            if number in kills:
                # somewhere between the arrival of the command and long after its commit
                killer = threading.Thread(target=_kill_and_restart, args=(service, chance.random() * 0.06, broken))
                killer.start()
            answer = send(service, body, broken)
            assert answer.status_code == 200, answer.text
            answers[number] = answer.json()
            if number in kills:
                killer.join(120)
        with service.client() as client:
            _check_answers(client, bodies, answers)
            events = stored(client)
            receiver.wait_for(len(events))
            receiver.stop()
            _check_events(receiver, events, answers)
            _check_members(client, real, events)
        assert service.stop() == 0
    finally:
        receiver.stop()
        if service.running:
            service.kill()


def _kill_and_restart(service: Service, after_s: float, broken: threading.Event) -> None:
    time.sleep(after_s)
    service.kill()
    service.start()
    broken.set()


def _check_answers(client: httpx.Client, bodies: list[dict[str, Any]], answers: dict[int, dict[str, Any]]) -> None:
    """Every command is there once: sent again, it gets its first answer; with another content it is refused."""
    revisions = [answers[number]["revision"] for number in range(OPERATIONS)]
    assert revisions == list(range(revisions[0], revisions[0] + OPERATIONS))
    for number, body in enumerate(bodies):
        again = client.post("/v1/switching", json=body)
        assert (again.status_code, again.json()) == (200, answers[number])
    first = bodies[0]["operations"][0]
    other = {**bodies[0], "operations": [{**first, "open": not first["open"]}]}
    assert client.post("/v1/switching", json=other).status_code == 409


def _check_events(receiver: Receiver, events: list[dict[str, Any]], answers: dict[int, dict[str, Any]]) -> None:
    """The stream and the store say the same, without a gap; each answer names exactly its events."""
    assert [event["id"] for event in events] == [f"1-{n}" for n in range(1, len(events) + 1)]
    assert receiver.contradictions == [] and receiver.resyncs == []
    assert data_of(receiver.seen) == events
    by_revision: dict[int, list[dict[str, Any]]] = {}
    for event in events:
        by_revision.setdefault(event["revision"], []).append(event)
    for answer in answers.values():
        told = [
            {
                "mrid": event["group"]["mrid"],
                "name": event["group"]["name"],
                "version": event["version"],
                "joined": len(event["joined"]),
                "left": len(event["left"]),
            }
            for event in by_revision.pop(answer["revision"], [])
        ]
        assert answer["groups"] == told
    assert all(event["cause"]["kind"] == "definition" for rest in by_revision.values() for event in rest)


def _check_members(client: httpx.Client, real: Any, events: list[dict[str, Any]]) -> None:  # noqa: ANN401 - a Model
    """Events applied, members served, and the oracle's attachment under the committed states are one."""
    known = applied(events)
    groups = {group["mrid"]: group for group in _all(client, "/v1/groups")}
    assert known.keys() == groups.keys()
    for mrid, (version, members) in known.items():
        assert groups[mrid]["version"] == version
        assert {member["mrid"] for member in _all(client, f"/v1/groups/{mrid}/members")} == members
    switches = _all(client, "/v1/switches")
    opened = [one["mrid"] for one in switches if one["open"]]
    closed = [one["mrid"] for one in switches if not one["open_phases"]]
    assert len(opened) + len(closed) == len(switches)
    oracle = real.oracle.attach(opened=opened, closed=closed)
    for mrid, (_, members) in known.items():
        group = groups[mrid]
        dimensions = list(group["key"])
        if dimensions == ["feeder"]:
            feeder = group["key"]["feeder"]["mrid"]
            assert members == {der for der, said in oracle.items() if feeder in _of(said, "feeders")}, group["name"]
        elif dimensions == ["substation"]:
            substation = group["key"]["substation"]["mrid"]
            assert members == {der for der, said in oracle.items() if substation in _of(said, "substations")}


def _of(said: dict[str, Any], dimension: str) -> set[str]:
    """Return where a DER belongs by the policy for several suppliers: the normal ones among them, else all."""
    if said["current"]["energisation"] not in ("energised", "partially_energised"):
        return set()
    now, normal = (_ids(said[state][dimension]) for state in ("current", "normal"))
    return now if len(now) < 2 or not now & normal else now & normal


def _ids(items: Any) -> set[str]:  # noqa: ANN401 - what the oracle says
    return {item if isinstance(item, str) else item["mrid"] for item in items}


def _all(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """Return all items of a list, by pages."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = client.get(path, params={"limit": 1000} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if (cursor := answer.json()["next"]) is None:
            return found
