"""`/v1/switching`: switch states in. `/v1/switches`: the states as they are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.aliases import translated_operations
from api.bodies import answer, bytes_of, media_type_of, schema_of
from api.feeds import MEDIA_TYPES, Asked, Batch, read_batch
from api.lists import Cursor, Limit, page
from api.parts import AttachedView, CurrentService, CurrentView, executed, model_of
from api.requests import SwitchingRequest
from api.service import Service
from cim_models import catalogue, phase_codes
from cim_models.errors import NotFoundError
from cim_models.identifiers import canonical
from cim_models.network import STATE_SOURCES
from topogroup.engine.commands import Switching
from topogroup.engine.model import ActiveModel
from topogroup.engine.reports import poles_of
from topogroup.engine.view import View

router = APIRouter(prefix="/v1", tags=["switches"])


_FORMS = {
    **schema_of(SwitchingRequest)["requestBody"]["content"],
    **{kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES if kind != "application/json"},
}


@router.post("/switching", openapi_extra={"requestBody": {"required": True, "content": _FORMS}})
async def switching(
    request: Request,
    service: CurrentService,
    view: CurrentView,
    source: Annotated[str | None, Query(description="Who sends it, where the body does not say.")] = None,
    sequence: Annotated[str | None, Query(description="Number or message id there, likewise.")] = None,
    atomic: Annotated[bool, Query(description="Any bad item rejects all; of bodies other than JSON.")] = False,
) -> Response:
    """Take switch states: good items are applied, others listed; 200 means durable. The same again: the same answer.

    The body is JSON as the schema says, a message of GridAPPS-D, CIM RDF/XML (SSH, SV, difference model), or CSV.
    """
    data, kind = await bytes_of(request), media_type_of(request)
    asked = Asked(source, sequence, atomic)
    batch, command = await run_in_threadpool(_command, kind, data, asked, service, view.model)
    done = await executed(request, command)
    # a large batch names thousands of groups: written on a thread, so that the event loop stays free
    return await run_in_threadpool(lambda: answer(batch.answer(done.body)))


def _command(
    kind: str, data: bytes, asked: Asked, service: Service, model: ActiveModel | None
) -> tuple[Batch, Switching]:
    batch = read_batch(kind, data, asked, model)
    table = service.aliases.of(batch.key.source)
    operations = translated_operations(batch.operations, table, model)
    states = translated_operations([one.operation for one in batch.required], table, model)
    required = tuple(replace(one, operation=state) for one, state in zip(batch.required, states, strict=True))
    return batch, Switching(operations, batch.atomic, batch.key, required, batch.places, batch.rejected)


@router.get("/switches")
def switches(
    view: AttachedView,
    limit: Limit = None,
    cursor: Cursor = None,
    name: Annotated[str | None, Query(description="Part of the name; case does not count.")] = None,
    abnormal: Annotated[bool, Query(description="Only those that are not as they are normally.")] = False,
) -> Response:
    """List switches with their states."""
    model = model_of(view)
    rows = np.flatnonzero(model.is_switch)
    table = model.network.equipment
    if name:
        wanted = name.casefold()
        rows = np.array([e for e in rows.tolist() if wanted in table.name[e].casefold()], np.int64)
    if abnormal:
        rows = np.array([e for e in rows.tolist() if is_abnormal(view, e)], np.int64)
    mrids = [table.id[e] for e in rows.tolist()]
    return answer(page(mrids, lambda at: switch_item(view, int(rows[at])), limit, cursor))


@router.get("/switches/{switch_id}")
def switch(view: AttachedView, switch_id: str) -> Response:
    """Return one switch with its state."""
    e = _position(model_of(view), switch_id)
    return answer(switch_item(view, e))


@router.get("/switches/{switch_id}/names")
def switch_names(view: AttachedView, service: CurrentService, switch_id: str) -> Response:
    """List what else a switch is called: first in the model, then in the alias tables, where `source` says whose."""
    model = model_of(view)
    e = _position(model, switch_id)
    table, mrid = model.network.alias, model.network.equipment.id[e]
    found: list[dict[str, str | None]] = [
        {
            "name": table.text[row],
            "source": None,
            "type": table.type[row],
            "authority": table.authority[row],
            "phases": phase_codes.code_of(int(table.phases[row])) if table.phases[row] else "",
        }
        for row in np.flatnonzero(table.equipment == e).tolist()
    ]
    for source in service.aliases.sources():
        rows = service.aliases.of(source) or ()
        found += [
            {"name": alias, "source": source, "type": "", "authority": "", "phases": ""}
            for alias, target in rows
            if target == mrid
        ]
    return answer({"mrid": mrid, "items": found, "revision": view.revision})


def _position(model: ActiveModel, switch_id: str) -> int:
    """Return the position of a switch in the equipment table."""
    e = model.network.equipment.id.find(canonical(switch_id))
    return model.switches.one(switch_id) if e < 0 or not model.is_switch[e] else e


def switch_item(view: View, e: int) -> dict[str, Any]:
    """Return a switch as lists show it.

    Args:
        view: a view with a model.
        e: its position in the equipment table.

    Raises:
        NotFoundError: nothing is known of its poles.
    """
    model = model_of(view)
    network = model.network
    table, pole = network.equipment, network.pole
    rows = list(poles_of(network, e))
    if view.state is None or not rows:
        raise NotFoundError("unknown_switch", f"Switch {table.id[e]} has no poles in the model.", table.id[e])
    phases = opened = 0
    for row in rows:
        phases |= int(pole.side1[row])
        opened |= int(view.state.open[row])
    phases, opened = (mask & phase_codes.ABC or mask for mask in (phases, opened))
    report = view.reports.get(int(table.key[e]))
    return {
        "mrid": table.id[e],
        "name": table.name[e],
        "class": catalogue.CLASSES[int(table.class_code[e])] or "Switch",
        "phases": phase_codes.code_of(phases),
        "open": opened == phases,
        "open_phases": phase_codes.code_of(opened) if opened else "",
        "normal_open": all(bool(pole.normal_open[row]) for row in rows),
        "source": STATE_SOURCES[int(pole.state_source[rows[0]])] if report is None else "DMS",
        "reported_by": None if report is None else report.source,
        "at": None if report is None else (report.at or report.received_at).astimezone(UTC).isoformat(),
        "quality": "good" if report is None else report.quality,
    }


def is_abnormal(view: View, e: int) -> bool:
    """Tell whether a switch is not as it is in the normal state."""
    network = model_of(view).network
    assert view.state is not None
    return any(
        int(view.state.open[row]) != (int(network.pole.side1[row]) if network.pole.normal_open[row] else 0)
        for row in poles_of(network, e)
    )
