"""`/v1/sparql`: questions to the RDF store, which holds all statements of the active model."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.attachment_graph import GRAPH, attachment_of
from api.bodies import answer, bytes_of, media_type_of, parsed, schema_of
from api.parts import CurrentService
from api.requests import QueryRequest
from api.service import Service
from cim_models import limits
from cim_models.errors import OptionError
from cim_models.store.port import Table
from cim_models.store.queries import catalogue, named

router = APIRouter(prefix="/v1/sparql", tags=["model"])

_QUERY: Final = "application/sparql-query"
_TRIPLES: Final = "application/n-triples"
_BODY: Final[dict[str, Any]] = schema_of(QueryRequest)
_BODY["requestBody"]["content"][_QUERY] = {"schema": {"type": "string"}}


def _given(request: Request) -> dict[str, str]:
    """Return the parameters of a named query as the address gives them.

    Raises:
        OptionError: one is given twice.
    """
    given = dict(request.query_params)
    if len(given) != len(request.query_params.multi_items()):
        raise OptionError("parameter_twice", "A parameter of the query is given twice.", "parameter")
    return given


@router.get("")
def queries() -> Response:
    """List the named questions with their parameters."""
    items = [
        {
            "name": query.name,
            "what": query.what,
            "parameters": [{"name": one.name, "kind": one.kind} for one in query.parameters],
            "text": query.text,
        }
        for query in catalogue().values()
    ]
    return answer({"items": items, "next": None})


@router.get("/{name}")
def ask_named(service: CurrentService, name: str, given: Annotated[dict[str, str], Depends(_given)]) -> Response:
    """Answer a named question; its parameters stand in the address."""
    return _named(service, name, given)


@router.post("", openapi_extra=_BODY)
async def ask(request: Request, service: CurrentService) -> Response:
    """Answer a named question, or SPARQL that only reads: SELECT, ASK, CONSTRUCT, DESCRIBE.

    `cut` tells that there were more rows; `revision` is that of the graph <urn:topogroup:attachment> where it is asked.
    """
    if media_type_of(request) == _QUERY:
        raw = await bytes_of(request, 4 * limits.SPARQL_CHARACTERS_MAX)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise OptionError("bad_text", "The query is no text in UTF-8.", "body") from None
        return await run_in_threadpool(_free, service, text, _wants_triples(request))
    said = parsed(await bytes_of(request), QueryRequest)
    if (said.query is None) == (said.sparql is None):
        raise OptionError("bad_body", "The body names a query or holds sparql, one of the two.", "query")
    if said.sparql is not None:
        return await run_in_threadpool(_free, service, said.sparql, _wants_triples(request))
    return await run_in_threadpool(_named, service, said.query or "", said.parameters)


def _wants_triples(request: Request) -> bool:
    return _TRIPLES in request.headers.get("accept", "")


def _named(service: Service, name: str, parameters: dict[str, str]) -> Response:
    view = service.engine.view
    beside = attachment_of(view) if GRAPH in named(name).text else None
    table = service.store.query(name, parameters, beside)
    return _said(table, None if beside is None else view.revision, triples=False)


def _free(service: Service, text: str, triples: bool) -> Response:
    view = service.engine.view
    beside = attachment_of(view) if GRAPH in text else None
    table = service.store.free(text, beside)
    return _said(table, None if beside is None else view.revision, triples=triples)


def _said(table: Table, revision: int | None, *, triples: bool) -> Response:
    if triples and table.form == "graph":
        text = "".join(f"{subject} {predicate} {object_} .\n" for subject, predicate, object_ in table.rows)
        headers = {"X-Cut": "true" if table.cut else "false"}
        return Response(text.encode(errors="replace"), 200, headers, _TRIPLES)
    body: dict[str, Any] = {"form": table.form, "columns": table.columns, "rows": list(table.rows), "cut": table.cut}
    return answer(body if revision is None else {**body, "revision": revision})
