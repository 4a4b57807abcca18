"""Regrouping: from the network state before and after one command to what happened to every group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from topogroup.engine.reports import reported_state
from topogroup.engine.standing import grid_with
from topogroup.engine.step import GroupChange
from topogroup.engine.view import Grave, GroupRecord, TemplateRecord, View
from topogroup.groups.changes import MembershipChange, Reason, compared, own_change
from topogroup.groups.definition import Definition, RuleDefinition, StaticDefinition
from topogroup.groups.membership import Membership
from topogroup.groups.partial import own_changes, template_changes
from topogroup.groups.rule import rule_members
from topogroup.groups.template import Group
from topogroup.groups.version import Version
from topogroup.groups.view import NetworkState as GroupState
from topogroup.topology.answers.view import part_views
from topogroup.topology.supplying.attachment import attachments
from topogroup.topology.supplying.comparison import changed_ders
from topogroup.topology.tracing.leading import Moved

Positions = npt.NDArray[np.int64]
_NONE: Positions = np.empty(0, np.int64)


class Versions(Mapping[str, Version]):
    """The versions of the groups of a view, without a copy of them all."""

    def __init__(self, groups: Mapping[str, GroupRecord]) -> None:
        """Keep the groups."""
        self._groups = groups

    def __getitem__(self, mrid: str) -> Version:
        """Return the version of a group."""
        return self._groups[mrid].version

    def __contains__(self, mrid: object) -> bool:
        """Tell whether the group is there."""
        return mrid in self._groups

    def __iter__(self) -> Iterator[str]:
        """Yield the mRIDs."""
        return iter(self._groups)

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self._groups)


@dataclass(frozen=True, slots=True)
class Regrouped:
    """A view with its groups brought up to date, and what happened to them, ascending by mRID."""

    view: View
    changes: tuple[GroupChange, ...]


Take = Callable[["GroupBook", View, View, GroupState, GroupState], None]
"""Brings the groups of a model up to date: book, views before and after, network states before and after."""


def regrouped(before: View, after: View, moved: Moved | None = None, take: Take | None = None) -> Regrouped:
    """Bring all groups up to date with another network state.

    Args:
        before: the view until now; without a model where there was none.
        after: the view from now on, its groups and templates still those of before.
        moved: the only DER of the model whose attachment changed; None = look at all.
        take: brings the groups that the model before listed up to those of the model after; None = they stay.

    Returns:
        The view with its groups, and their changes.
    """
    if moved is not None and before.model is after.model:
        return _regrouped_some(before, after, moved)
    state = after.group_state
    if state is None:
        return Regrouped(after, ())
    until = before.group_state
    reason: Reason | None = None
    if until is None:
        until, reason = state, "model"
    book = GroupBook(before, after)
    for record in before.templates.values():
        now = after.membership(record)
        assert now is not None
        was = before.membership(record) or now.without_groups()
        book.add_template(record, compared(was, now, until, state, Versions(before.groups), reason), now)
    for group in before.groups.values():
        followed = take is not None and isinstance(group.definition, StaticDefinition) and group.definition.of_model
        if group.definition is not None and not followed:
            book.add_own(group, members_of(group.definition, after), until, state, reason)
    if take is not None:
        take(book, before, after, until, state)
    return book.finished(after)


def _regrouped_some(before: View, after: View, moved: Moved) -> Regrouped:
    """Bring groups up to date where only some DER of the same model changed; the others are not looked at."""
    model, ders = after.model, moved.ders
    assert model is not None
    until, state = part_views(model.grid, model.rows, model.tables, model.normal, moved)
    book, versions = GroupBook(before, after), Versions(before.groups)
    for record in before.templates.values():
        book.add_template(record, template_changes(record.template, until, state, model.kinds, versions), None)
    for group in before.groups.values():
        if not isinstance(group.definition, RuleDefinition):
            continue
        if group.definition.criteria.places:
            # who hangs behind a place can change without any change of where it hangs
            assert before.group_state is not None and after.group_state is not None
            book.add_own(group, members_of(group.definition, after), before.group_state, after.group_state, None)
        else:
            was = np.flatnonzero(np.isin(ders, group.members, assume_unique=True))
            now = rule_members(group.definition, state)
            change = own_changes(group.group, (was, now), until, state, group.version)
            if change is not None:
                kept = np.setdiff1d(group.members, ders[was], assume_unique=True)
                book.change(change, np.union1d(kept, ders[now]))
    return book.finished(after)


def members_of(definition: Definition, view: View) -> Positions:
    """Return the members that a definition has in a view: int64[n] positions, ascending."""
    if view.model is None or view.group_state is None:
        return _NONE
    if isinstance(definition, RuleDefinition):
        return rule_members(definition, view.group_state)
    position = view.model.der_position
    return np.array(sorted(position[mrid] for mrid in definition.members if mrid in position), np.int64)

def moved_count(before: View, after: View) -> int:
    """Return how many DER of a model hang elsewhere in a view than in the one before, whatever their groups."""
    model, was, now = after.model, before.current, after.current
    if model is None or was is None or now is None:
        return 0
    if model is not before.model:
        # the same network, its phases apart from now on: the rows of DER are others
        grid = grid_with(model, before.devices)
        was = attachments(grid, model.rows, reported_state(model.network, before.reports))
    return int(changed_ders(model.rows, was, now).size)


class GroupBook:
    """Collects what one step does to groups, and writes the new records."""

    def __init__(self, before: View, after: View) -> None:
        """Start with the groups of before.

        Args:
            before: the view until now.
            after: the view from now on, without its groups.
        """
        self._before, self._after = before, after
        self._groups = dict(before.groups)
        self._graves: dict[str, Grave] = {}
        self._next_key = before.next_group_key
        self._changes: list[GroupChange] = []
        self._same_model = before.model is after.model

    def add_template(self, record: TemplateRecord, changes: list[MembershipChange], now: Membership | None) -> None:
        """Take in what happened to the groups of one template; `now` is needed with another model alone."""
        changed = {change.group.mrid: change for change in changes}
        if not self._same_model:
            assert now is not None
            self._move_to_new_model(record, changed, now)
        for change in changed.values():
            mrid = change.group.mrid
            if change.verb == "created":
                self.create(change.group, None, self._positions(change, None), change, record.mrid)
            elif change.verb == "deleted":
                self.delete(change)
            else:
                self.change(change, self._positions(change, self._groups[mrid]))

    def add_own(
        self, group: GroupRecord, members: Positions, before: GroupState, after: GroupState, reason: Reason | None
    ) -> None:
        """Take in what happened to one group that no template made."""
        if self._same_model and np.array_equal(group.members, members):
            return
        change = own_change(group.group, (group.members, members), before, after, group.version, reason)
        if change is not None:
            self.change(change, members)
        else:
            self.keep(group.group.mrid, members)

    def keep(self, mrid: str, members: Positions) -> None:
        """Leave a group as it is, its members at their positions in the model after."""
        if not self._same_model:
            self._groups[mrid] = replace(self._groups[mrid], members=members)

    def create(
        self,
        group: Group,
        definition: Definition | None,
        members: Positions,
        change: MembershipChange,
        template: str | None = None,
    ) -> GroupRecord:
        """Add a group; one that was deleted before goes on with its key and its sequence."""
        grave = self._before.graves.get(group.mrid)
        key = grave.key if grave is not None else self._next_key
        self._next_key += grave is None
        sequence = (grave.sequence if grave is not None else 0) + 1
        record = GroupRecord(key, group, definition, template, change.version, sequence, members, self._after.revision)
        self._add(change, record)
        return record

    def change(self, change: MembershipChange, members: Positions, definition: Definition | None = None) -> GroupRecord:
        """Give a group other members, and with another definition or name a new one."""
        was = self._groups[change.group.mrid]
        record = replace(
            was,
            group=change.group,
            definition=definition or was.definition,
            version=change.version,
            sequence=was.sequence + 1,
            members=members,
        )
        self._add(change, record)
        return record

    def delete(self, change: MembershipChange) -> None:
        """End a group."""
        was = self._groups.pop(change.group.mrid)
        ended = replace(was, sequence=was.sequence + 1, members=_NONE)
        self._graves[change.group.mrid] = Grave(was.key, ended.sequence)
        self._changes.append(GroupChange(change, ended, *self._keys(change)))

    def finished(self, view: View) -> Regrouped:
        """Return the view with the groups as they are now."""
        if not self._changes and self._same_model:
            return Regrouped(replace(view, groups=self._before.groups), ())
        graves = self._before.graves
        if self._graves or any(change.record.group.mrid in graves for change in self._changes):
            graves = {m: g for m, g in {**graves, **self._graves}.items() if m not in self._groups}
        view = replace(
            view,
            groups=self._groups,
            graves=graves,
            next_group_key=self._next_key,
            last_event=view.last_event + len(self._changes),
        )
        return Regrouped(view, tuple(sorted(self._changes, key=lambda change: change.record.group.mrid)))

    def _add(self, change: MembershipChange, record: GroupRecord) -> None:
        self._groups[record.group.mrid] = record
        self._changes.append(GroupChange(change, record, *self._keys(change)))

    def _keys(self, change: MembershipChange) -> tuple[Positions, Positions]:
        """Return the permanent keys of those that joined and left; the latter may be in the old model only."""
        result = []
        for members in (change.joined, change.left):
            keys = [self._key(member.mrid) for member in members]
            result.append(np.array(sorted(keys), np.int64))
        return result[0], result[1]

    def _key(self, mrid: str) -> int:
        for model in (self._after.model, self._before.model):
            if model is not None and (position := model.der_position.get(mrid)) is not None:
                return int(model.der_keys[position])
        raise AssertionError(f"DER {mrid} is in neither model")

    def _positions(self, change: MembershipChange, was: GroupRecord | None) -> Positions:
        """Return the members after a change, as positions in the model after."""
        if self._after.model is None:
            return _NONE
        if was is not None and not self._same_model:
            # the members were put in place when the group moved to the new model
            return was.members
        position = self._after.model.der_position
        joined = np.array(sorted(position[member.mrid] for member in change.joined), np.int64)
        if was is None:
            return joined
        left = np.array([position[member.mrid] for member in change.left], np.int64)
        return np.union1d(np.setdiff1d(was.members, left, assume_unique=True), joined)

    def _move_to_new_model(self, record: TemplateRecord, changed: dict[str, MembershipChange], now: Membership) -> None:
        """Give the groups of a template their members and names of another model; a new name is a change."""
        in_model = [{item.mrid for item in table} for table in now.items]
        there = {}
        for number in range(len(now)):
            group = now.group(number)
            there[group.mrid] = group, now.members(number)
        for mrid, was in [(m, g) for m, g in self._groups.items() if g.template == record.mrid]:
            group, members = there.get(mrid, (was.group, _NONE))
            self._groups[mrid] = replace(was, members=members)
            known = changed.get(mrid)
            gone = any(item.mrid not in table for item, table in zip(was.group.items, in_model, strict=True))
            if known is None and gone:
                # a combination that no DER had when its object left: no comparison of members can see it
                changed[mrid] = MembershipChange(was.group, "deleted", (), (), was.version, was.version)
            elif group.name != was.group.name and (known is None or known.verb != "deleted"):
                changed[mrid] = renamed(known, group, was.version)
            elif known is None and group != was.group:
                self._groups[mrid] = replace(was, group=group, members=members)


def renamed(change: MembershipChange | None, group: Group, version: Version) -> MembershipChange:
    """Return the change of a group that has another name or definition, and other members or the same.

    Args:
        change: what happened to its members, None = nothing.
        group: the group as it is from now on.
        version: its version until now.

    Returns:
        The change; its version is the next major one.
    """
    after = version.after_definition_change()
    if change is None:
        return MembershipChange(group, "changed", (), (), after, version)
    return replace(change, group=group, version=after)
