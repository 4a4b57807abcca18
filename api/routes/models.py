"""`/v1/models`: network models received, read, reported on and made active."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.aliases import dangling
from api.bodies import answer
from api.imports import ImportJob
from api.lists import Cursor, Limit, page
from api.parts import CurrentService, executed
from api.service import Service
from cim_models import limits
from cim_models.difference.asking import states_in
from cim_models.errors import BusyError, ConflictError, LimitError, OptionError
from topogroup.engine.commands import Switching
from topogroup.engine.model_groups import group_findings
from topogroup.engine.updating import switching_of

router = APIRouter(prefix="/v1/models", tags=["model"])

_NO_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}
_UPLOAD: Final = "the upload"
"""How reports and errors call a file that was sent without a name."""


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
    """Return what reading a model found: files, counts, findings; of the active one those on groups and aliases too."""
    found = service.shelf.report(model_id)
    view = service.engine.view
    if view.model is not None and view.model.id == found["id"]:
        more = [*group_findings(view), *dangling(service.aliases, view.model)]
        found["findings"] = [*found["findings"], *(one.as_dict() for one in more)]
    return answer(found)


@router.post("", status_code=202, openapi_extra=_NO_BODY)
async def upload(
    request: Request,
    service: CurrentService,
    name: Annotated[str | None, Query(description="What people call it, such as the name of its file.")] = None,
    activate: Annotated[bool, Query(description="Make it the active model once it is read.")] = False,
) -> Response:
    """Receive a model as the bytes of its file: RDF/XML, gzip or zip; 202 = it will be read, Location tells how far."""
    shown = _name(name)
    async with _received(request, service, shown) as upload_:
        id_ = await run_in_threadpool(service.shelf.id_of, [upload_.path])
        return upload_.taken_in(ImportJob(id_, shown, (upload_.path,), activate, shown=name or _UPLOAD))


@router.post("/rollback")
async def rollback(request: Request, service: CurrentService) -> Response:
    """Make the model active again that was active before this one; a second time leads forward again."""
    done = await run_in_threadpool(service.imports.activate, await run_in_threadpool(service.model_before))
    request.state.revision = done.revision
    return await run_in_threadpool(answer, done.body)


@router.post("/{model_id}/differences", status_code=202, openapi_extra=_NO_BODY)
async def differences(
    request: Request,
    service: CurrentService,
    model_id: str,
    name: Annotated[str | None, Query(description="What people call the new version.")] = None,
    activate: Annotated[bool, Query(description="Make the new version the active model once it is made.")] = False,
) -> Response:
    """Receive a difference model (IEC 61970-552): a new version of a model, or the switch states that it gives.

    202 = the version will be made, Location tells how far. A difference that touches switch states alone makes no
    version: where the model is active, it is switched as it says, all of it or nothing, and the answer is that of
    `POST /v1/switching`.
    """
    base = await run_in_threadpool(service.shelf.report, model_id)
    ending = " + difference"
    shown = _name(name or base["name"][: limits.MODEL_NAME_CHARACTERS_MAX - len(ending)] + ending)
    async with _received(request, service, shown) as upload_:
        command = await run_in_threadpool(_states_of, upload_.path, service, model_id)
        if command is not None:
            done = await executed(request, command)
            return await run_in_threadpool(answer, done.body)
        id_ = await run_in_threadpool(service.shelf.version_of, model_id, [upload_.path])
        job = ImportJob(id_, shown, (upload_.path,), activate, model_id, name or _UPLOAD)
        return upload_.taken_in(job)


def _states_of(path: Path, service: Service, model_id: str) -> Switching | None:
    """Return the switch operations that a difference stands for; None where it changes more than switch states.

    Raises:
        ConflictError: the model whose states it changes is not active, or the difference supersedes another one.
        FileError: a state or a precondition is none that switching knows.
    """
    view, difference = service.engine.view, states_in(path)
    if difference is None:
        return None
    if view.model is None or view.model.id != model_id:
        message = f"The difference changes switch states alone, and model {model_id} is not active; activate it first."
        raise ConflictError("model_not_active", message, model_id)
    difference.header.file = "The difference"
    return switching_of([difference], service.shelf, model_id, keyed=True)[0]


@dataclass
class _Upload:
    """One file that was received; removed at the end unless a job has it."""

    service: Service
    path: Path
    taken: bool = False

    def taken_in(self, job: ImportJob) -> Response:
        """Hand the file to a job; a model that is there already is not read again."""
        headers = {"Location": f"/v1/models/{job.id}"}
        if self.service.shelf.holds(job.id) and not job.activate:
            return answer(self.service.model(job.id), 200, headers)
        self.service.imports.add(job, lambda: self.path.unlink(missing_ok=True), claimed=True)
        self.taken = True
        return answer(job.as_dict(), 202, headers)


@asynccontextmanager
async def _received(request: Request, service: Service, shown: str) -> AsyncIterator[_Upload]:
    """Receive the body as a file with the suffix of its name."""
    service.imports.claim()
    suffix = "".join(Path(shown).suffixes[-2:])[:12]
    path = service.directory.uploads / f"{uuid.uuid4().hex}{suffix if suffix.replace('.', '').isalnum() else ''}"
    received = _Upload(service, path)
    try:
        await _receive(request, service, path)
        yield received
    finally:
        if not received.taken:
            service.imports.unclaim()
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
