"""Traps of running services: stale answers after many operations, documents that requests share, a queue that drops."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cim_models import limits, load_text
from cim_models.errors import BusyError
from tests.engine.made import Running, operation, small_models, two_substations
from topogroup import attach
from topogroup.engine.commands import Answer, Switching


def words(running: Running) -> list[dict[str, Any]]:
    """Return where all DER hang, as the engine says."""
    report = running.engine.view.report
    assert report is not None
    return [der.as_dict()["current"] for der in report]


def afresh(opened: set[str]) -> list[dict[str, Any]]:
    """Return where all DER hang with these switches open, asked of a network that nobody operated before."""
    network = load_text(two_substations().to_xml())
    closed = [name for name in ("F1", "F2", "TIE") if name not in opened]
    return [der.as_dict()["current"] for der in attach(network, opened=sorted(opened), closed=closed)]


def test_stale_feeder_after_opening(running: Running) -> None:
    """After each of many operations every DER hangs where a fresh look finds it: nothing of before is left."""
    opened = {"TIE"}
    for word in ("-F1", "+TIE", "-F2", "+F1", "+F2", "-TIE", "-F2", "+TIE", "-F1", "+F2", "+F1", "-TIE"):
        running.switch(word)
        opened = opened - {word[1:]} if word[0] == "+" else opened | {word[1:]}
        assert words(running) == afresh(opened), word
    assert words(running)[1]["feeders"][0]["name"] == "F1"


def test_response_object_shared_between_requests(running: Running) -> None:
    """What one receiver does to its answer is seen by no other: not in a repetition, nor in a list of members."""
    first = running.switch("-F1", sequence=1)
    told = dict(first.body)
    view = running.engine.view
    group = next(g for g in view.groups.values() if g.group.name == "F2")
    listed = view.members(group)
    assert [member["name"] for member in listed] == ["PV2"]
    listed[0]["name"] = "spoiled"
    listed.clear()
    words(running)[0].clear()
    assert [member["name"] for member in view.members(group)] == ["PV2"]
    assert words(running) == afresh({"F1", "TIE"})
    assert running.switch("-F1", sequence=1).body == told


@contextmanager
def standing_still(running: Running) -> Iterator[None]:
    """Hold the engine thread after its next commit, as a slow disk would."""
    held, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        assert go_on.wait(60)

    running.engine.listen(hold)
    first = running.engine.submit(Switching((operation("-F1"),)))
    assert held.wait(60)
    try:
        yield
    finally:
        go_on.set()
        assert first.result(60).revision == 3


def test_queue_overflow_drops_silently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond the queue is refused at once and by name; all that was accepted is carried out in order."""
    monkeypatch.setattr(limits, "ENGINE_QUEUE_MAX", 3)
    running = Running(tmp_path, small_models())
    running.activate("first")
    running.template("feeder")
    accepted: list[Future[Answer]] = []
    with standing_still(running):
        for word in ("+F1", "-F2", "+TIE"):
            accepted.append(running.engine.submit(Switching((operation(word),))))
        for _ in range(2):
            with pytest.raises(BusyError, match="3 commands are waiting already; send this one again") as refused:
                running.engine.submit(Switching((operation("-TIE"),)))
            assert refused.value.code == "queue_full"
        assert running.engine.waiting == 3
    assert [future.result(60).revision for future in accepted] == [4, 5, 6]
    assert words(running) == afresh({"F2"})
    assert running.switch("-TIE").revision == 7, "once there is room again, it takes commands as before"
    assert words(running) == afresh({"F2", "TIE"})
    running.close()
