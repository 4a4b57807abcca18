"""The application: all routes over one service, behind one door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api.access import Access
from api.metrics import Metrics
from api.problems import RESPONSES, install_problems
from api.routes import (
    aliases,
    ders,
    devices,
    events,
    geojson,
    groups,
    health,
    models,
    network,
    places,
    plans,
    sparql,
    switching,
    templates,
)
from api.service import Service
from topogroup import __version__

_SWITCHES = (switching, aliases, devices, plans)
_ROUTERS = (health, models, *_SWITCHES, ders, places, groups, templates, events, network, geojson, sparql)


def make_app(service: Service) -> Access:
    """Return the application of a service; it starts the service when it starts, and stops it at its end.

    Args:
        service: what stands behind the routes, not started yet.
    """
    metrics = Metrics()
    metrics.watch(service)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start(asyncio.get_running_loop())
        try:
            yield
        finally:
            await asyncio.to_thread(service.stop)

    app = FastAPI(
        title="topogroup",
        version=__version__,
        summary="Groups of distributed energy resources by where they hang in the network, as it is switched now.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=RESPONSES,
    )
    app.state.service, app.state.metrics = service, metrics
    install_problems(app)
    for module in _ROUTERS:
        app.include_router(module.router)
    app.mount("/", StaticFiles(directory=str(files("api") / "web"), html=True))
    return Access(app, service.directory.token, metrics)
