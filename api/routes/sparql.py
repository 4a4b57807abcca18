"""`/v1/sparql`: named questions to the RDF store, which holds all statements of the active model."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.bodies import answer, body_of, schema_of
from api.parts import CurrentService
from api.requests import QueryRequest
from cim_models.store.queries import catalogue

router = APIRouter(prefix="/v1/sparql", tags=["model"])


@router.get("")
def queries() -> Response:
    """List the questions with their parameters."""
    items = [
        {
            "name": query.name,
            "what": query.what,
            "parameters": [{"name": one.name, "kind": one.kind} for one in query.parameters],
        }
        for query in catalogue().values()
    ]
    return answer({"items": items, "next": None})


@router.post("", openapi_extra=schema_of(QueryRequest))
async def ask(request: Request, service: CurrentService) -> Response:
    """Answer one of the questions; `cut` tells that there were more rows."""
    said = await body_of(request, QueryRequest)
    table = await run_in_threadpool(service.store.query, said.query, said.parameters)
    return answer({"columns": table.columns, "rows": table.rows, "cut": table.cut})
