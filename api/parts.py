"""What routes get from the application: the service, the newest view, the active model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from api.metrics import Metrics
from api.service import Service
from cim_models.errors import BusyError, ConflictError, NotFoundError
from cim_models.identifiers import canonical
from topogroup.engine.commands import Answer, Command
from topogroup.engine.model import ActiveModel
from topogroup.engine.view import View
from topogroup.topology.arrays.links import Item


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _current_view(request: Request) -> View:
    """Return the newest committed view.

    Raises:
        BusyError: the committed state is not back yet.
    """
    engine = _service(request).engine
    if engine.state in ("new", "starting"):
        raise BusyError("engine_starting", "The service is starting; ask again in a second.")
    if engine.error is not None:
        raise BusyError("engine_failed", engine.error)
    return engine.view


def _active_model(request: Request) -> ActiveModel:
    """Return the active model.

    Raises:
        ConflictError: there is none.
    """
    return model_of(_current_view(request))


def model_of(view: View) -> ActiveModel:
    """Return the model of a view.

    Raises:
        ConflictError: there is none.
    """
    if view.model is None:
        raise ConflictError("no_active_model", "No model is active; load one with POST /v1/models.")
    return view.model


def _attached_view(request: Request) -> View:
    view = _current_view(request)
    model_of(view)
    return view


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


ServiceMetrics = Annotated[Metrics, Depends(_metrics)]
CurrentService = Annotated[Service, Depends(_service)]
CurrentView = Annotated[View, Depends(_current_view)]
AttachedView = Annotated[View, Depends(_attached_view)]
"""A view that has a model."""

CurrentModel = Annotated[ActiveModel, Depends(_active_model)]


async def executed(request: Request, command: Command) -> Answer:
    """Hand a command to the engine and wait until it is durable; the event loop stays free.

    Raises:
        TopogroupError: it was refused.
    """
    answer = await asyncio.wrap_future(_service(request).engine.submit(command))
    request.state.revision = answer.revision
    return answer


def der_at(model: ActiveModel, text: str) -> int:
    """Return the position of the DER that a text names.

    Args:
        model: the active model.
        text: an mRID in any spelling, or a name that only one DER has.

    Raises:
        NotFoundError: there is none.
        IdError: several DER have the name.
    """
    known = model.der_position.get(canonical(text))
    if known is not None:
        return known
    holders = model.ders.holders(text)
    if not holders:
        raise NotFoundError("unknown_der", f"There is no DER {text[:60]!r} in the active model.", text[:60])
    return model.der_position[model.network.equipment.id[model.ders.only(text, holders)]]


def item_at(items: Sequence[Item], text: str, what: str) -> int:
    """Return the position of the object that a text names.

    Args:
        items: all objects of its kind.
        text: an mRID in any spelling, or a name that only one of them has.
        what: how errors call it.

    Raises:
        NotFoundError: there is none, or several have the name.
    """
    mrid = canonical(text)
    by_name = []
    for at, item in enumerate(items):
        if item.mrid == mrid:
            return at
        if item.name == text:
            by_name.append(at)
    if len(by_name) != 1:
        why = f"There is no {what}" if not by_name else f"{len(by_name)} objects have the name of {what}"
        raise NotFoundError(f"unknown_{what.replace(' ', '_')}", f"{why} {text[:60]!r}; name its mRID.", text[:60])
    return by_name[0]
