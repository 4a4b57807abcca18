"""`/v1/aliases`: the point names of SCADA and DMS, by source."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.aliases import described
from api.bodies import answer, bytes_of
from api.lists import Cursor, Limit, page
from api.parts import CurrentService, CurrentView
from cim_models import limits
from cim_models.errors import OptionError

router = APIRouter(prefix="/v1/aliases", tags=["switches"])

_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("")
def aliases(service: CurrentService, view: CurrentView, limit: Limit = None, cursor: Cursor = None) -> Response:
    """List the sources that have a table, each with its number of aliases and those that lead nowhere."""
    sources = service.aliases.sources()
    return answer(page(sources, lambda at: described(service.aliases, sources[at], view.model), limit, cursor))


@router.get("/{source:path}")
def table(
    service: CurrentService,
    source: str,
    limit: Limit = None,
    cursor: Cursor = None,
    alias: Annotated[str | None, Query(description="The one alias to look up.")] = None,
) -> Response:
    """List the aliases of a source, ascending."""
    found = service.aliases.table(source)
    rows = [(alias, mrid) for mrid in found.targets(alias)] if alias is not None else list(found)
    return answer(page([row[0] for row in rows], lambda at: {"alias": rows[at][0], "mrid": rows[at][1]}, limit, cursor))


@router.put("/{source:path}", openapi_extra=_BODY)
async def put(request: Request, service: CurrentService, view: CurrentView, source: str) -> Response:
    """Replace the table of a source: CSV with the columns alias,mrid; 200 means durable."""
    if not 0 < len(source) <= limits.REQUEST_ID_CHARACTERS_MAX or not source.isprintable():
        most = limits.REQUEST_ID_CHARACTERS_MAX
        raise OptionError("alias_source", f"A source has 1 to {most} printable characters.", "source")
    data = await bytes_of(request, limits.ALIAS_BYTES_MAX)
    await run_in_threadpool(service.aliases.put, source, data)
    body = await run_in_threadpool(described, service.aliases, source, view.model)
    return await run_in_threadpool(answer, body, 200, {"Location": f"/v1/aliases/{quote(source, safe='')}"})


@router.delete("/{source:path}", status_code=204)
async def remove(service: CurrentService, source: str) -> Response:
    """Remove the table of a source."""
    await run_in_threadpool(service.aliases.remove, source)
    return Response(status_code=204)
