"""Recovery: from what the journal holds back to the view that was published last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

import numpy as np

from cim_models.errors import JournalError
from topogroup.engine.activation import traced
from topogroup.engine.commands import Answer, Restart
from topogroup.engine.model import ActiveModel
from topogroup.engine.regroup import GroupBook, Positions, members_of
from topogroup.engine.reports import SwitchReport
from topogroup.engine.step import Cause, Step
from topogroup.engine.view import Grave, GroupRecord, TemplateRecord, View
from topogroup.groups.changes import ChangedMember, MembershipChange, own_change
from topogroup.groups.definition import definition_from_dict
from topogroup.groups.template import Group, Template
from topogroup.groups.version import FIRST_VERSION, Version
from topogroup.journal.records import GroupRow, Keys, ModelRow, Saved
from topogroup.topology.arrays.links import Item


class ModelSource(Protocol):
    """Opens the models that were loaded, by id."""

    def prepared(self, id_: str, *, per_phase: bool = False) -> ActiveModel:
        """Return a model, ready for tracing.

        Raises:
            TopogroupError: there is none with this id, or its files are damaged.
        """


def recovered(saved: Saved, models: ModelSource) -> View:
    """Return the view that was published last: committed members, and the state that the reports make.

    Args:
        saved: what the journal holds.
        models: opens the active model.

    Returns:
        The view.

    Raises:
        TopogroupError: the model cannot be opened, or is another one than the journal knows.
    """
    living = [row for row in saved.groups if row.deleted_revision is None]
    view = View(
        generation=saved.generation,
        revision=saved.revision,
        at=saved.at,
        reports={
            row.key: SwitchReport(row.known, row.open, row.source, row.received_at, row.at, row.quality, row.revision)
            for row in saved.switches
        },
        devices={row.id: row for row in saved.devices},
        graves={row.mrid: Grave(row.key, row.sequence) for row in saved.groups if row.deleted_revision is not None},
        last_event=saved.last_event,
        next_group_key=max((row.key for row in saved.groups), default=0) + 1,
        next_equipment_key=saved.model.next_key if saved.model is not None else 1,
        gone=dict(saved.model.gone) if saved.model is not None else {},
    )
    if saved.model is not None:
        view = traced(view, _model(saved.model, models))
    templates = {
        row.mrid: TemplateRecord(row.mrid, Template(row.by), row.created_revision)
        for row in saved.templates
        if row.deleted_revision is None
    }
    groups = {row.mrid: _group(row, _positions(view, saved.members.get(row.key)), templates) for row in living}
    return replace(view, templates=templates, groups=groups)


def reannounced(view: View, at: datetime) -> Step | None:
    """Compare the committed members with those that this release finds.

    Args:
        view: the recovered view.
        at: now.

    Returns:
        A revision of its own that tells of the difference; None where there is none, which is the rule.
    """
    state = view.group_state
    if state is None:
        return None
    after = replace(view, revision=view.revision + 1, at=at)
    book = GroupBook(view, after)
    for mrid, (group, template, members) in _found(view).items():
        known = view.groups.get(mrid)
        if known is None:
            mrids, names = state[0].der_mrids, state[0].der_names
            joined = tuple(ChangedMember(mrids[at_], names[at_], "rule") for at_ in members.tolist())
            change = MembershipChange(group, "created", joined, (), FIRST_VERSION, None)
            book.create(group, None, members, change, template)
        else:
            differs = own_change(known.group, (known.members, members), state, state, known.version, "rule")
            if differs is not None:
                book.change(differs, members)
    found = book.finished(after)
    if not found.changes:
        return None
    answer = Answer(after.revision, {"revision": after.revision, "groups": len(found.changes)})
    return Step(Restart(), at, view, found.view, Cause("restart"), found.changes, answer)


def _found(view: View) -> dict[str, tuple[Group, str | None, Positions]]:
    """Return all groups with the members that this release finds; a combination that no DER has is empty."""
    nobody = np.empty(0, np.int64)
    found: dict[str, tuple[Group, str | None, Positions]] = {}
    for mrid, record in view.groups.items():
        members = nobody if record.definition is None else members_of(record.definition, view)
        found[mrid] = record.group, record.template, members
    for template in view.templates.values():
        if (now := view.membership(template)) is not None:
            for number in range(len(now)):
                group = now.group(number)
                found[group.mrid] = group, template.mrid, now.members(number)
    return found


def _model(row: ModelRow, models: ModelSource) -> ActiveModel:
    model = models.prepared(row.id)
    if row.keys.size != len(model.network.equipment.id):
        message = f"Model {row.name} has other equipment than the journal knows; bring back its folder {row.id}."
        raise JournalError("model_changed", message, row.id)
    return replace(model, name=row.name).with_keys(row.keys)


def _positions(view: View, keys: Keys | None) -> Positions:
    """Return where DER with some keys stand in the active model, ascending."""
    if keys is None or view.model is None:
        return np.empty(0, np.int64)
    return np.flatnonzero(np.isin(view.model.der_keys, keys)).astype(np.int64, copy=False)


def _group(row: GroupRow, members: Positions, templates: dict[str, TemplateRecord]) -> GroupRecord:
    group = Group(row.mrid, row.name, (), ())
    definition = None
    if row.template is None:
        definition = definition_from_dict(row.definition)
    else:
        items = tuple(Item(*item) for item in row.definition["key"])
        group = Group(row.mrid, row.name, templates[row.template].template.dimensions, items)
    return GroupRecord(
        row.key,
        group,
        definition,
        row.template,
        Version(*row.version),
        row.sequence,
        members,
        row.created_revision,
    )
