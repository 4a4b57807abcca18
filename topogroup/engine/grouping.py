"""Definitions: groups and templates made, changed and ended by command."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cim_models import limits
from cim_models.errors import ConflictError, IdError, NotFoundError, OptionError, PreconditionError
from cim_models.identifiers import canonical, derived
from topogroup.engine.commands import Answer, ChangeGroup, CreateGroup, CreateTemplate, DeleteGroup, DeleteTemplate
from topogroup.engine.model import ActiveModel
from topogroup.engine.regroup import GroupBook, Regrouped, Versions, members_of, renamed
from topogroup.engine.step import Cause, Step
from topogroup.engine.view import GroupRecord, TemplateRecord, View
from topogroup.groups.changes import ChangedMember, MembershipChange, compared, own_change
from topogroup.groups.definition import Definition, RuleDefinition, StaticDefinition
from topogroup.groups.membership import membership
from topogroup.groups.template import Group
from topogroup.groups.version import FIRST_VERSION
from topogroup.topology.questions.known_state import carrier

_Definition = CreateGroup | ChangeGroup | DeleteGroup | CreateTemplate | DeleteTemplate


def decide_create_group(view: View, command: CreateGroup, at: datetime) -> Step:
    """Decide a new group.

    Raises:
        ConflictError: no model is active, or id or name are taken.
        IdError: a listed member is no DER of the model.
        OptionError: the name or the id is impossible.
    """
    _need_model(view)
    after = replace(view, revision=view.revision + 1, at=at)
    name = _name(command.name)
    _free_name(view, name, None)
    mrid = derived(f"group:own:{view.generation}:{after.revision}:{name}")
    if command.mrid is not None:
        mrid = _mrid(command.mrid)
    if mrid in view.groups:
        raise ConflictError("group_exists", f"There is a group with the id {mrid} already.", mrid)
    if len(view.groups) >= limits.GROUPS_MAX:
        raise ConflictError("too_many_groups", f"There are {limits.GROUPS_MAX} groups already.", mrid)
    definition = resolved(view, command.definition)
    members = members_of(definition, after)
    group = Group(mrid, name, (), ())
    change = MembershipChange(group, "created", _words(view, members.tolist()), (), FIRST_VERSION, None)
    book = GroupBook(view, after)
    record = book.create(group, definition, members, change)
    command = replace(command, mrid=mrid, name=name, definition=definition)
    return _step(view, command, at, book.finished(after), record, created=True)


def decide_change_group(view: View, command: ChangeGroup, at: datetime) -> Step:
    """Decide another name or definition of a group; the same again does nothing but make a revision.

    Raises:
        NotFoundError: there is no such group.
        PreconditionError: it has changed since the sender read it.
        ConflictError: a template made it, no model is active, or the name is taken.
        IdError: a listed member is no DER of the model.
    """
    _need_model(view)
    record = own_group(view, command.mrid, command.if_match)
    name = _name(command.name)
    _free_name(view, name, record)
    definition = resolved(view, command.definition, record.definition)
    after = replace(view, revision=view.revision + 1, at=at)
    command = replace(command, mrid=record.group.mrid, name=name, definition=definition)
    book = GroupBook(view, after)
    state = view.group_state
    if state is not None and (name, definition) != (record.group.name, record.definition):
        members = members_of(definition, after)
        group = replace(record.group, name=name)
        change = own_change(group, (record.members, members), state, state, record.version, "rule")
        record = book.change(renamed(change, group, record.version), members, definition)
    return _step(view, command, at, book.finished(after), record)


def decide_delete_group(view: View, command: DeleteGroup, at: datetime) -> Step:
    """Decide the end of a group.

    Raises:
        NotFoundError: there is no such group.
        PreconditionError: it has changed since the sender read it.
        ConflictError: a template made it.
    """
    record = own_group(view, command.mrid, command.if_match)
    after = replace(view, revision=view.revision + 1, at=at)
    book = GroupBook(view, after)
    book.delete(_end(view, record))
    return _step(view, replace(command, mrid=record.group.mrid), at, book.finished(after), record)


def decide_create_template(view: View, command: CreateTemplate, at: datetime) -> Step:
    """Decide a new template: its groups appear at once, or with the first model.

    Raises:
        ConflictError: the template is there already; its `object` is the mRID.
    """
    mrid = template_mrid(command)
    if mrid in view.templates:
        raise ConflictError("template_exists", f"There is a template {command.template} already.", mrid)
    after = replace(view, revision=view.revision + 1, at=at)
    record = TemplateRecord(mrid, command.template, after.revision)
    book, state = GroupBook(view, after), view.group_state
    if state is not None:
        now = membership(command.template, state)
        if len(now) + len(view.groups) > limits.GROUPS_MAX:
            message = f"The template {command.template} would make {len(now)} groups, more than there may be."
            raise ConflictError("too_many_groups", message, str(command.template))
        changes = compared(now.without_groups(), now, state, state, Versions(view.groups), "rule")
        book.add_template(record, changes, now)
    found = book.finished(replace(after, templates={**view.templates, mrid: record}))
    body = {
        "mrid": mrid,
        "by": list(command.template.dimensions),
        "groups": len(found.changes),
        "revision": after.revision,
    }
    answer = Answer(after.revision, body, created=True)
    return Step(command, at, view, found.view, _cause(command), found.changes, answer, templates=(record,))


def decide_delete_template(view: View, command: DeleteTemplate, at: datetime) -> Step:
    """Decide the end of a template and of all its groups.

    Raises:
        NotFoundError: there is no such template.
    """
    record = view.templates.get(canonical(command.mrid))
    if record is None:
        raise NotFoundError("unknown_template", f"There is no template {command.mrid[:60]!r}.", command.mrid[:60])
    after = replace(view, revision=view.revision + 1, at=at)
    book = GroupBook(view, after)
    ended = [group for group in view.groups.values() if group.template == record.mrid]
    for group in ended:
        book.delete(_end(view, group))
    left = {mrid: template for mrid, template in view.templates.items() if mrid != record.mrid}
    found = book.finished(replace(after, templates=left))
    body = {"mrid": record.mrid, "groups": len(ended), "revision": after.revision}
    answer = Answer(after.revision, body)
    return Step(command, at, view, found.view, _cause(command), found.changes, answer, ended_templates=(record,))


def template_mrid(command: CreateTemplate) -> str:
    """Return the mRID of a template, derived from its dimensions."""
    return derived(f"template:{command.template}")


def own_group(view: View, mrid: str, if_match: str | None) -> GroupRecord:
    """Return a group that may be changed by command.

    Args:
        view: the committed view.
        mrid: its id in any spelling.
        if_match: the tag that the sender has read; None = not asked for, `*` = any.

    Raises:
        NotFoundError: there is no such group.
        ConflictError: a template made it.
        PreconditionError: it has another tag by now.
    """
    record = view.groups.get(canonical(mrid))
    shown = mrid[:60]
    if record is None:
        raise NotFoundError("unknown_group", f"There is no group {shown!r}.", shown)
    if record.definition is None:
        message = f"Group {record.group.name} belongs to a template; end or make templates, not single groups."
        raise ConflictError("template_group", message, record.group.mrid)
    if if_match not in (None, "*", view.tag(record)):
        message = f"Group {record.group.name} has changed since it was read; read it again and repeat the change."
        raise PreconditionError("group_changed", message, record.group.mrid)
    return record


def resolved(view: View, definition: Definition, until: Definition | None = None) -> Definition:
    """Return a definition whose listed members are canonical mRIDs, ascending, each once.

    Args:
        view: the committed view.
        definition: as it was sent.
        until: the definition of the group until now.

    Raises:
        IdError: a member is no DER of the active model, or a place of the criteria is none of its equipment or feeders,
            and neither is known from before; or several hold the name.
        OptionError: a place of the criteria carries no supply.
    """
    if view.model is None:
        return definition
    if isinstance(definition, RuleDefinition):
        _check_places(view, view.model, definition, until)
        return definition
    model, position = view.model, view.model.der_position
    found, known = set(), set(_listed_before(view))
    for text in definition.members:
        mrid = canonical(text)
        if mrid not in position and mrid not in known:
            mrid = model.network.equipment.id[model.ders.one(text, "members: ")]
        found.add(mrid)
    return StaticDefinition(tuple(sorted(found)))


def _check_places(view: View, model: ActiveModel, definition: RuleDefinition, until: Definition | None) -> None:
    """Refuse criteria with places that the model does not have, and too many groups with places."""
    known = until.criteria.places if isinstance(until, RuleDefinition) else frozenset()
    for place in sorted(definition.criteria.places - known):
        carrier(model.grid, model.equipment, place)
    if definition.criteria.places and not known:
        rules = (group.definition for group in view.groups.values() if isinstance(group.definition, RuleDefinition))
        if sum(bool(rule.criteria.places) for rule in rules) >= limits.GROUPS_WITH_PLACES_MAX:
            most = limits.GROUPS_WITH_PLACES_MAX
            message = f"There are {most} groups already whose criteria name places; end one, or ask for feeder =."
            raise ConflictError("too_many_groups", message)


def _listed_before(view: View) -> set[str]:
    """Return the members of static groups that the active model does not hold: they were DER of an earlier one."""
    position = view.model.der_position if view.model is not None else {}
    own = (group.definition for group in view.groups.values() if isinstance(group.definition, StaticDefinition))
    return {mrid for definition in own for mrid in definition.members if mrid not in position}


def _end(view: View, record: GroupRecord) -> MembershipChange:
    left = _words(view, record.members.tolist())
    return MembershipChange(record.group, "deleted", (), left, record.version, record.version)


def _words(view: View, members: list[int]) -> tuple[ChangedMember, ...]:
    if view.model is None:
        return ()
    mrids, names = view.model.normal_view.der_mrids, view.model.normal_view.der_names
    return tuple(ChangedMember(mrids[at], names[at], "rule") for at in members)


def _cause(command: _Definition) -> Cause:
    request = command.request
    return Cause("definition", request.source if request else None, request.sequence if request else None)


def _step(
    view: View, command: _Definition, at: datetime, found: Regrouped, record: GroupRecord, *, created: bool = False
) -> Step:
    after = found.view
    last = found.changes[0].record if found.changes else record
    body = {
        "mrid": record.group.mrid,
        "name": record.group.name,
        "version": str(last.version),
        "members": int(last.members.size),
        "sequence": last.sequence,
        "revision": after.revision,
    }
    answer = Answer(after.revision, body, created=created)
    return Step(command, at, view, after, _cause(command), found.changes, answer)


def _need_model(view: View) -> None:
    if view.model is None:
        raise ConflictError("no_active_model", "No model is active, so no DER is known; load one first.")


def _free_name(view: View, name: str, own: GroupRecord | None) -> None:
    for record in view.groups.values():
        if record.definition is not None and record.group.name == name and record is not own:
            message = f"There is a group with the name {name!r} already: {record.group.mrid}."
            raise ConflictError("group_name_taken", message, record.group.mrid)


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > limits.GROUP_NAME_CHARACTERS_MAX or not name.isprintable():
        message = f"The name of a group has 1 to {limits.GROUP_NAME_CHARACTERS_MAX} printable characters."
        raise OptionError("group_name", message, name[:60])
    return name


def _mrid(text: str) -> str:
    mrid = canonical(text)
    if not mrid or len(mrid) > limits.GROUP_NAME_CHARACTERS_MAX or not mrid.isprintable() or " " in mrid:
        message = f"The id of a group has 1 to {limits.GROUP_NAME_CHARACTERS_MAX} printable characters without blanks."
        raise IdError("group_id", message, text[:60])
    return mrid
