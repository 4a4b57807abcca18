"""`/v1/plans`: a switching plan tried on the present state; nothing of it happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.bodies import answer, body_of, schema_of
from api.parts import AttachedView
from api.requests import PlanRequest
from topogroup.engine.planning import planned

router = APIRouter(prefix="/v1/plans", tags=["switches"])


@router.post("", openapi_extra=schema_of(PlanRequest))
async def plan(request: Request, view: AttachedView) -> Response:
    """Say what each step would do to the groups of the service, to supply, and what it would parallel."""
    said = await body_of(request, PlanRequest)
    rows = [_row(row.model_dump(exclude_none=True)) for row in said.rows]
    # on a thread of its own: the engine goes on meanwhile, and the plan sees one revision throughout
    return await run_in_threadpool(lambda: answer(planned(view, rows)))


def _row(said: Mapping[str, Any]) -> dict[str, str]:
    return {column: str(value) for column, value in said.items()}
