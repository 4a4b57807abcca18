"""`/v1/devices`: temporary devices placed in the network and taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.aliases import translated
from api.bodies import answer, body_of, request_key, schema_of
from api.lists import Cursor, Limit, page
from api.parts import AttachedView, CurrentService, CurrentView, executed, model_of
from api.requests import DeviceRequest, Word
from cim_models.errors import NotFoundError, OptionError
from topogroup.engine.commands import PlaceDevice, RemoveDevice, RequestKey
from topogroup.engine.standing import found_in
from topogroup.engine.view import View
from topogroup.journal.records import DeviceRow

router = APIRouter(prefix="/v1/devices", tags=["switches"])

_Source = Annotated[Word | None, Query(description="Who sends it.")]
_Sequence = Annotated[Word | None, Query(description="Number or message id there.")]


@router.get("")
def devices(view: AttachedView, limit: Limit = None, cursor: Cursor = None) -> Response:
    """List the temporary devices; `overdue` are those past their time, `in_model` those whose place is in the model."""
    ids = sorted(view.devices)
    found, now = found_in(model_of(view), view.devices), datetime.now(UTC)
    return answer(page(ids, lambda at: _item(view.devices[ids[at]], found, now), limit, cursor))


@router.post("", status_code=201, openapi_extra=schema_of(DeviceRequest))
async def place(request: Request, service: CurrentService, view: CurrentView) -> Response:
    """Put a temporary device in place; 201 means durable. The same again: the same answer."""
    said = await body_of(request, DeviceRequest)
    places: tuple[str, ...] = (said.place,) if said.place2 is None else (said.place, said.place2)
    key = request_key(said.source, str(said.sequence), said)
    aliases = service.aliases.of(said.source)
    if aliases is not None:
        places = await run_in_threadpool(lambda: tuple(translated(text, aliases, view.model) for text in places))
    done = await executed(request, PlaceDevice(said.id, said.kind, places, said.phases or "", said.until, key))
    headers = {"Location": f"/v1/devices/{quote(said.id, safe='')}"}
    return await run_in_threadpool(answer, done.body, 201, headers)


@router.delete("/{device_id:path}")
async def remove(request: Request, device_id: str, source: _Source = None, sequence: _Sequence = None) -> Response:
    """Take a temporary device away; with source and sequence, the same again gets the same answer."""
    if (source is None) != (sequence is None):
        raise OptionError("bad_request_key", "Send source and sequence together, or neither.", "sequence")
    key = None
    if source is not None and sequence is not None:
        key = RequestKey(source, sequence, hashlib.sha256(f"DELETE device {device_id}".encode()).hexdigest())
    done = await executed(request, RemoveDevice(device_id, key))
    return await run_in_threadpool(answer, done.body)


@router.get("/{device_id:path}")
def device(view: AttachedView, device_id: str) -> Response:
    """Return one temporary device."""
    return answer(_item(_device(view, device_id), found_in(model_of(view), view.devices), datetime.now(UTC)))


def _device(view: View, id_: str) -> DeviceRow:
    found = view.devices.get(id_)
    if found is None:
        raise NotFoundError("unknown_device", f"There is no temporary device {id_[:60]!r}.", id_[:60])
    return found


def _item(one: DeviceRow, found: Mapping[str, object], now: datetime) -> dict[str, Any]:
    return {
        **one.as_dict(),
        "source": one.source,
        "placed_at": one.placed_at.astimezone(UTC).isoformat(),
        "revision": one.revision,
        "overdue": one.until is not None and one.until <= now,
        "in_model": one.id in found,
    }
