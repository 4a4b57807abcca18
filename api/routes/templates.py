"""`/v1/templates`: one group for each object of a kind, or each combination."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.bodies import answer, body_of, key_of_header, schema_of
from api.lists import Cursor, Limit, page
from api.parts import CurrentView, executed
from api.requests import TemplateRequest
from cim_models.errors import ConflictError, NotFoundError
from cim_models.identifiers import canonical
from topogroup.engine.commands import CreateTemplate, DeleteTemplate
from topogroup.engine.view import TemplateRecord, View
from topogroup.groups.template import Template

router = APIRouter(prefix="/v1/templates", tags=["groups"])


@router.get("")
def templates(view: CurrentView, limit: Limit = None, cursor: Cursor = None) -> Response:
    """List templates."""
    mrids = sorted(view.templates)
    return answer(page(mrids, lambda at: _item(view, view.templates[mrids[at]]), limit, cursor))


@router.get("/{template_id}")
def template(view: CurrentView, template_id: str) -> Response:
    """Return one template."""
    record = view.templates.get(canonical(template_id))
    if record is None:
        raise NotFoundError("unknown_template", f"There is no template {template_id[:60]!r}.", template_id[:60])
    return answer(_item(view, record))


@router.post("", status_code=201, openapi_extra=schema_of(TemplateRequest))
async def create(request: Request) -> Response:
    """Make a template and its groups; one that is there already is answered with 200."""
    said = await body_of(request, TemplateRequest)
    made = Template(tuple(said.by))
    try:
        done = await executed(request, CreateTemplate(made, key_of_header(request, said)))
    except ConflictError as error:
        view = request.app.state.service.engine.view
        record = view.templates.get(error.object or "")
        if error.code != "template_exists" or record is None:
            raise
        return answer({**_item(view, record), "revision": view.revision})
    return answer(done.body, 201, {"Location": f"/v1/templates/{done.body['mrid']}"})


@router.delete("/{template_id}")
async def delete(request: Request, template_id: str) -> Response:
    """End a template and all its groups."""
    return answer((await executed(request, DeleteTemplate(template_id))).body)


def _item(view: View, record: TemplateRecord) -> dict[str, Any]:
    groups = sum(group.template == record.mrid for group in view.groups.values())
    return {"mrid": record.mrid, "by": list(record.template.dimensions), "groups": groups}
