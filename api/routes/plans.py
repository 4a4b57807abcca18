"""`/v1/plans`: a switching plan tried on the present state; nothing of it happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.aliases import AliasTables
from api.bodies import answer, bytes_of, media_type_of, parsed, schema_of
from api.feeds.reading import CSV_TYPE, XML_TYPES
from api.parts import AttachedView, CurrentService
from api.requests import PlanRequest
from api.service import Service
from topogroup.engine.planning import planned
from topogroup.engine.view import View
from topogroup.iec61968.switching_plan import read_switching_plan
from topogroup.topology.switching.plan_table import plan_rows

router = APIRouter(prefix="/v1/plans", tags=["switches"])


_FORMS = {
    **schema_of(PlanRequest)["requestBody"]["content"],
    **{kind: {"schema": {"type": "string"}} for kind in ("application/xml", "text/xml", CSV_TYPE)},
}


@router.post("", openapi_extra={"requestBody": {"required": True, "content": _FORMS}})
async def plan(
    request: Request,
    service: CurrentService,
    view: AttachedView,
    source: Annotated[str | None, Query(description="Whose plan it is: its aliases count.")] = None,
) -> Response:
    """Say what each step would do to the groups of the service, to supply, and what it would parallel.

    The body is JSON, the CSV of a plan, or an IEC 61968-3 SwitchingPlan as XML, bare or in its message; of that,
    `findings` says what cannot be tried.
    """
    data, kind = await bytes_of(request), media_type_of(request)
    # on a thread of its own: the engine goes on meanwhile, and the plan sees one revision throughout
    return await run_in_threadpool(_answered, service, view, kind, data, source)


def _answered(service: Service, view: View, kind: str, data: bytes, source: str | None) -> Response:
    with service.long_questions.one():
        return answer(_tried(view, kind, data, source, service.aliases))


def _tried(view: View, kind: str, data: bytes, source: str | None, tables: AliasTables) -> dict[str, Any]:
    rows: Sequence[Mapping[str, str]]
    more: dict[str, Any] = {}
    if kind in XML_TYPES:
        document = read_switching_plan(data, "The plan")
        rows, source = document.rows, source or document.source
        more = {"findings": [one.as_dict() for one in document.findings]}
    elif kind == CSV_TYPE:
        rows = plan_rows(data, "The plan")
    else:
        rows = [_row(row.model_dump(exclude_none=True)) for row in parsed(data, PlanRequest).rows]
    return {**planned(view, rows, tables.of(source or ""), source or ""), **more}


def _row(said: Mapping[str, Any]) -> dict[str, str]:
    return {column: str(value) for column, value in said.items()}
