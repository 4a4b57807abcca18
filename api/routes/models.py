"""`/v1/models`: network models received, read, reported on and made active."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.bodies import answer
from api.imports import ImportJob
from api.lists import Cursor, Limit, page
from api.parts import CurrentService
from api.service import Service
from cim_models import importing, limits
from cim_models.errors import BusyError, ConflictError, LimitError, OptionError

router = APIRouter(prefix="/v1/models", tags=["model"])

_NO_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


@router.get("")
def models(service: CurrentService, limit: Limit = None, cursor: Cursor = None) -> Response:
    """List models: read, under way and failed."""
    found = service.models()
    return answer(page([one["id"] for one in found], lambda at: found[at], limit, cursor))


@router.get("/{model_id}")
def model(service: CurrentService, model_id: str) -> Response:
    """Return one model and how far it is."""
    return answer(service.model(model_id))


@router.get("/{model_id}/report")
def report(service: CurrentService, model_id: str) -> Response:
    """Return what reading a model found: files, counts, findings."""
    return answer(service.shelf.report(model_id))


@router.post("", status_code=202, openapi_extra=_NO_BODY)
async def upload(
    request: Request,
    service: CurrentService,
    name: Annotated[str | None, Query(description="What people call it, such as the name of its file.")] = None,
    activate: Annotated[bool, Query(description="Make it the active model once it is read.")] = False,
) -> Response:
    """Receive a model as the bytes of its file: RDF/XML, gzip or zip; 202 = it will be read, Location tells how far."""
    shown = _name(name)
    service.imports.check_room()
    suffix = "".join(Path(shown).suffixes[-2:])[:12]
    path = service.directory.uploads / f"{uuid.uuid4().hex}{suffix if suffix.replace('.', '').isalnum() else ''}"
    taken = False
    try:
        await _receive(request, service, path)
        id_ = await run_in_threadpool(importing.model_id, [path])
        if service.shelf.holds(id_) and not activate:
            return answer(service.model(id_), 200, {"Location": f"/v1/models/{id_}"})
        job = ImportJob(id_, shown, (path,), activate)
        service.imports.add(job, lambda: path.unlink(missing_ok=True))
        taken = True
        return answer(job.as_dict(), 202, {"Location": f"/v1/models/{id_}"})
    finally:
        if not taken:
            path.unlink(missing_ok=True)


@router.post("/{model_id}/activate")
async def activate(request: Request, service: CurrentService, model_id: str) -> Response:
    """Make a model the active one: all groups follow in one revision."""
    job = service.imports.job(model_id)
    if job is not None and job.state not in ("done", "failed"):
        raise ConflictError("model_not_ready", f"Model {job.name} is still being read; activate it afterwards.", job.id)
    done = await run_in_threadpool(service.imports.activate, model_id)
    request.state.revision = done.revision
    return await run_in_threadpool(answer, done.body)


async def _receive(request: Request, service: Service, path: Path) -> None:
    """Write the body to a file; the disk keeps room for the journal.

    Raises:
        LimitError: it is larger than a model may be.
        BusyError: the disk is full.
        OptionError: there is no body.
    """
    size, checked = 0, -1
    stream = await asyncio.to_thread(path.open, "wb")
    try:
        async for part in request.stream():
            size += len(part)
            if size > limits.UPLOAD_BYTES_MAX:
                raise LimitError("model_too_large", f"A model has at most {limits.UPLOAD_BYTES_MAX} bytes.")
            if size >> 26 != checked:
                checked = size >> 26
                if service.directory.free_bytes() < limits.UPLOAD_DISK_FREE_BYTES_MIN:
                    message = "The disk of the data directory is nearly full; make room, then send the model again."
                    raise BusyError("disk_full", message)
            if len(part) > 1 << 16:
                await asyncio.to_thread(stream.write, part)
            else:
                stream.write(part)
    finally:
        await asyncio.to_thread(stream.close)
    if not size:
        raise OptionError("empty_body", "The body is empty; send the bytes of the model's file.", "body")


def _name(given: str | None) -> str:
    name = (given or "uploaded model").strip()
    if not 0 < len(name) <= limits.MODEL_NAME_CHARACTERS_MAX or not name.isprintable():
        message = f"The name of a model has 1 to {limits.MODEL_NAME_CHARACTERS_MAX} printable characters."
        raise OptionError("model_name", message, "name")
    return name
