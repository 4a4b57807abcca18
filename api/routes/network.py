"""`/v1/network`: the network as pictures draw it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.parts import CurrentService, CurrentView

router = APIRouter(prefix="/v1/network", tags=["network"])


@router.get("")
def network(request: Request, service: CurrentService, view: CurrentView) -> Response:
    """Return sections, switches, transformers and feeders with places to draw them at, as they are switched now."""
    tag = f'"{view.generation}-{view.revision}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": "no-cache"})
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    return Response(service.pictures.document(view), 200, headers, "application/json")
