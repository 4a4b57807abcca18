"""`/v1/groups`: groups of DER, listed, by criteria or by template."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.bodies import answer, body_of, key_of_header, schema_of
from api.lists import Cursor, Limit, page
from api.parts import CurrentView, der_at, executed, model_of
from api.requests import GroupRequest
from cim_models.errors import IdError, NotFoundError, OptionError, RefusedError
from cim_models.identifiers import canonical
from topogroup.engine.commands import ChangeGroup, CreateGroup, DeleteGroup
from topogroup.engine.view import GroupRecord, View
from topogroup.groups.definition import Definition, RuleDefinition, StaticDefinition
from topogroup.groups.policies import policies_from

router = APIRouter(prefix="/v1/groups", tags=["groups"])


@router.get("")
def groups(
    view: CurrentView,
    limit: Limit = None,
    cursor: Cursor = None,
    kind: Annotated[str | None, Query(description="static, rule or template.")] = None,
    template: Annotated[str | None, Query(description="mRID of a template.")] = None,
    name: Annotated[str | None, Query(description="Part of the name; case does not count.")] = None,
    member: Annotated[str | None, Query(description="mRID or unique name of a DER: only its groups.")] = None,
) -> Response:
    """List groups; all conditions must hold."""
    chosen = sorted(view.groups) if member is None else view.groups_with(der_at(model_of(view), member))
    if kind is not None:
        if kind not in ("static", "rule", "template"):
            raise OptionError("bad_kind", f"kind is static, rule or template, not {kind[:40]!r}.", "kind")
        chosen = [mrid for mrid in chosen if view.groups[mrid].kind == kind]
    if template is not None:
        wanted = canonical(template)
        chosen = [mrid for mrid in chosen if view.groups[mrid].template == wanted]
    if name:
        part = name.casefold()
        chosen = [mrid for mrid in chosen if part in view.groups[mrid].group.name.casefold()]
    return answer(page(chosen, lambda at: _item(view.groups[chosen[at]]), limit, cursor))


@router.get("/{group_id}")
def group(request: Request, view: CurrentView, group_id: str) -> Response:
    """Return one group with its definition; the ETag is what a change sends as If-Match."""
    record = _record(view, group_id)
    tag = f'"{view.tag(record)}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return answer(_whole(view, record), headers={"ETag": tag})


@router.get("/{group_id}/members")
def members(view: CurrentView, group_id: str, limit: Limit = None, cursor: Cursor = None) -> Response:
    """List the members of a group; all pages of one revision belong together, `group.revision` tells which it is."""
    record = _record(view, group_id)
    said = {
        "mrid": record.group.mrid,
        "name": record.group.name,
        "version": str(record.version),
        "sequence": record.sequence,
        "revision": view.revision,
    }
    if view.model is None:
        return answer({"group": said, "items": [], "next": None})
    ders = view.model.normal_view

    def member(at: int) -> dict[str, Any]:
        return {"mrid": ders.der_mrids[at], "name": ders.der_names[at], "kind": ders.der_kinds[at]}

    return answer({"group": said, **page(ders.der_mrids, member, limit, cursor, np.asarray(record.members))})


@router.post("", status_code=201, openapi_extra=schema_of(GroupRequest))
async def create(request: Request) -> Response:
    """Make a group of listed members, or by criteria."""
    said = await body_of(request, GroupRequest)
    definition = await run_in_threadpool(_definition, said)
    done = await executed(request, CreateGroup(said.name, definition, said.mrid, key_of_header(request, said)))
    view = request.app.state.service.engine.view
    record = view.groups.get(done.body["mrid"])
    headers = {"Location": f"/v1/groups/{done.body['mrid']}"}
    if record is not None:
        headers["ETag"] = f'"{view.generation}-{done.body["sequence"]}"'
    return answer(done.body, 201, headers)


@router.put("/{group_id}", openapi_extra=schema_of(GroupRequest))
async def change(request: Request, view: CurrentView, group_id: str) -> Response:
    """Give a group another name or definition; If-Match carries the ETag that was read, `*` = whatever it is now."""
    said = await body_of(request, GroupRequest)
    record, tag = _record(view, group_id), _if_match(request, view, group_id)
    if said.mrid is not None and canonical(said.mrid) != record.group.mrid:
        raise IdError("group_id", f"The id of a group cannot be changed; this is {record.group.mrid}.", said.mrid[:60])
    definition = await run_in_threadpool(_definition, said)
    command = ChangeGroup(record.group.mrid, said.name, definition, tag, key_of_header(request, said))
    done = await executed(request, command)
    return answer(done.body, headers={"ETag": f'"{view.generation}-{done.body["sequence"]}"'})


@router.delete("/{group_id}")
async def delete(request: Request, view: CurrentView, group_id: str) -> Response:
    """End a group; If-Match as for a change."""
    tag = _if_match(request, view, group_id)
    return answer((await executed(request, DeleteGroup(group_id, tag))).body)


def _record(view: View, text: str) -> GroupRecord:
    record = view.groups.get(canonical(text))
    if record is None:
        raise NotFoundError("unknown_group", f"There is no group {text[:60]!r}.", text[:60])
    return record


def _item(record: GroupRecord) -> dict[str, Any]:
    """Return a group as lists show it."""
    return {
        "mrid": record.group.mrid,
        "name": record.group.name,
        "kind": record.kind,
        "key": {dimension: {"mrid": one.mrid, "name": one.name} for dimension, one in record.group.key.items()},
        "template": record.template,
        "version": str(record.version),
        "sequence": record.sequence,
        "members": int(record.members.size),
        "created_revision": record.created_revision,
    }


def _whole(view: View, record: GroupRecord) -> dict[str, Any]:
    definition: dict[str, Any] = {}
    if record.definition is not None:
        definition = {name: value for name, value in record.definition.as_dict().items() if name != "kind"}
    # listed members that the model does not hold now are part of the definition, not of the members
    listed = {"listed": definition.pop("members")} if "members" in definition else {}
    return {**_item(record), **definition, **listed, "revision": view.revision}


def _if_match(request: Request, view: View, group_id: str) -> str:
    """Return the tag that a change must find.

    Raises:
        RefusedError: there is no If-Match.
    """
    record = _record(view, group_id)
    given = request.headers.get("if-match", "").strip()
    if not given:
        message = f"A change of group {record.group.name} needs If-Match with the ETag of GET /v1/groups/{group_id}."
        raise RefusedError("precondition_required", message[:400], record.group.mrid)
    if given == "*":
        return given
    tags = [part.strip().removeprefix("W/").strip('"') for part in given.split(",")]
    now = view.tag(record)
    return now if now in tags else tags[0]


def _definition(said: GroupRequest) -> Definition:
    """Return the definition that a client means.

    Raises:
        OptionError: it is neither listed members nor criteria, or both, or they cannot be understood.
    """
    from topogroup.groups.criteria import parse_criteria

    if (said.members is None) == (said.criteria is None):
        raise OptionError("bad_body", "A group has either members or criteria: send one of them.", "members")
    if said.members is not None:
        if said.policies:
            raise OptionError("bad_body", "Policies belong to criteria; listed members have none.", "policies")
        return StaticDefinition(tuple(said.members))
    assert said.criteria is not None
    return RuleDefinition(parse_criteria(said.criteria), policies_from(said.policies or {}))
