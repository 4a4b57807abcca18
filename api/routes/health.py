"""`/livez`, `/readyz`, `/metrics`: what supervisors and monitoring ask."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.bodies import answer
from api.parts import CurrentService, ServiceMetrics

router = APIRouter(tags=["operation"])


@router.get("/livez")
async def livez() -> Response:
    """Answer as long as the process can answer anything."""
    return answer({"status": "alive"})


@router.get("/readyz")
async def readyz(service: CurrentService) -> Response:
    """Tell whether the service takes commands, and on what that depends; 503 = it does not."""
    ready, checks = service.checks()
    return answer({"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503)


@router.get("/metrics")
def metrics(measured: ServiceMetrics) -> Response:
    """Return all metrics in the text format of Prometheus."""
    return Response(measured.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
