"""`/v1/events`: what happened to groups, as a stream that can be taken up again, as pages, and one by one."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api.lists import Limit, page_size
from api.parts import CurrentService, CurrentView
from api.service import Service
from cim_models import limits
from cim_models.errors import BusyError, ConflictError, NotFoundError, OptionError
from topogroup.journal.records import StoredEvent

router = APIRouter(prefix="/v1/events", tags=["events"])

_ID = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_After = Annotated[str | None, Query(description="Id of the last event that is known: go on after it.")]


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in the history: after event `n` of a generation."""

    generation: int
    n: int

    @classmethod
    def read(cls, text: str) -> _Place:
        found = _ID.fullmatch(text.strip())
        if found is None:
            message = f"An event id is <generation>-<n>, such as 1-42, not {text[:40]!r}."
            raise OptionError("bad_position", message, text[:40])
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.generation}-{self.n}"


@router.get("")
async def events(
    request: Request, service: CurrentService, _view: CurrentView, after: _After = None, limit: Limit = None
) -> Response:
    """Follow events as server-sent events, or page through them with `Accept: application/json`.

    A stream goes on after Last-Event-ID, else after `after`, else starts now.
    """
    accepted = request.headers.get("accept", "")
    if "application/json" in accepted and "text/event-stream" not in accepted:
        return await run_in_threadpool(_page, service, after, limit)
    told = request.headers.get("last-event-id") or after
    place = _Place.read(told) if told else _Place(*service.feed.last())
    if service.feed.streams >= limits.STREAMS_MAX:
        raise BusyError("too_many_streams", f"{limits.STREAMS_MAX} event streams are open already; close some.")
    # where a stream that starts now stands, for a receiver that loses it before the first event
    opening = b": here\n\n" if told else f"retry: 1000\nid: {place}\n\n".encode()
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(_stream(service, place, opening), media_type="text/event-stream", headers=headers)


@router.get("/{event_id}")
def event(
    request: Request,
    service: CurrentService,
    _view: CurrentView,
    event_id: str,
    part: Annotated[int, Query(ge=1, le=limits.EVENT_PARTS_SHOWN_MAX, description="Number of the message.")] = 1,
) -> Response:
    """Return one event; as `application/xml` its IEC 61968 message, the header Topogroup-Parts tells how many."""
    place = _Place.read(event_id)
    found = service.journal.event(place.generation, place.n)
    if found is None:
        raise NotFoundError("unknown_event", f"There is no event {place}.", str(place))
    headers = {"Topogroup-Parts": str(found.parts)}
    if "xml" not in request.headers.get("accept", ""):
        return Response(found.document, 200, headers, "application/json")
    message = service.journal.message(place.generation, place.n, part)
    if message is None:
        what = f"Event {place} has {found.parts} messages, so there is no part {part}."
        raise NotFoundError("unknown_part", what, str(place))
    return Response(message, 200, headers, "application/xml")


def _page(service: Service, after: str | None, limit: str | None) -> Response:
    size = page_size(limit)
    view = service.engine.view
    place = _Place.read(after) if after else _Place(view.generation, 0)
    if place.generation != view.generation:
        message = f"Event {place} belongs to another history than the present one; read the groups anew."
        raise ConflictError("other_history", message, str(place))
    # what is committed and not published yet is not told yet, here as in streams
    there = max(0, min(size + 1, view.last_event - place.n))
    found = service.journal.events(place.generation, place.n, there)
    items, more = found[:size], len(found) > size
    documents = b",".join(one.document for one in items)
    following = json.dumps(items[-1].id if more else None).encode()
    return Response(b'{"items":[' + documents + b'],"next":' + following + b"}", media_type="application/json")


async def _stream(service: Service, place: _Place, opening: bytes) -> AsyncIterator[bytes]:
    """Yield events after a place, as they are committed, until the service ends or the receiver goes."""
    feed = service.feed
    feed.streams += 1
    try:
        yield opening
        while not feed.closed:
            generation, last = feed.last()
            if place.generation != generation or place.n > last:
                place = _Place(generation, last)
                said = {"id": str(place), "generation": place.generation, "reason": "the history is another one"}
                yield _block("resync", str(place), json.dumps(said).encode())
            elif last > place.n:
                # no further than what is published: a place beyond it would look like one of another history
                size = min(limits.STREAM_EVENTS_PER_READ, last - place.n)
                found = await run_in_threadpool(service.journal.events, place.generation, place.n, size)
                for one in found:
                    yield _event(one)
                if found:
                    place = _Place(place.generation, found[-1].n)
            elif not await feed.wait((place.generation, place.n), limits.STREAM_HEARTBEAT_S):
                yield b": alive\n\n"
    finally:
        feed.streams -= 1


def _event(one: StoredEvent) -> bytes:
    return _block(one.verb, one.id, one.document)


def _block(name: str, id_: str, data: bytes) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (id_.encode(), name.encode(), data)

