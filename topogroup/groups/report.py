"""Groups and changes as programs get them: the dictionaries of `groups --json` and `changes --json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from topogroup.groups.changes import ChangedMember, MembershipChange
from topogroup.groups.membership import membership
from topogroup.groups.template import Group, Template
from topogroup.groups.version import FIRST_VERSION, Version
from topogroup.groups.view import NetworkState


def groups_report(
    templates: Iterable[Template], state: NetworkState, versions: Mapping[str, Version] | None = None
) -> dict[str, Any]:
    """Return all groups with their members.

    Args:
        templates: the templates, each once.
        state: the views (current, normal).
        versions: versions of groups by mRID; a group that is not listed has its first one.

    Returns:
        `{"groups": [{"mrid", "name", "key", "version", "members": [{"mrid", "name"}]}]}`, groups and members
        ascending by mRID.
    """
    known, view = versions or {}, state[0]
    groups = []
    for template in templates:
        members = membership(template, state)
        for number in range(len(members)):
            group = members.group(number)
            ders = members.members(number).tolist()
            groups.append(
                {
                    **_identity(group),
                    "version": str(known.get(group.mrid, FIRST_VERSION)),
                    "members": [{"mrid": view.der_mrids[der], "name": view.der_names[der]} for der in ders],
                }
            )
    return {"groups": sorted(groups, key=lambda group: str(group["mrid"]))}


def changes_report(changes: Iterable[MembershipChange]) -> dict[str, Any]:
    """Return membership changes.

    Args:
        changes: the changes, in the order in which they are to stand.

    Returns:
        `{"changes": [{"group", "verb", "joined", "left", "version", "previous_version"}]}`.
    """
    return {
        "changes": [
            {
                "group": _identity(change.group),
                "verb": change.verb,
                "joined": _members(change.joined),
                "left": _members(change.left),
                "version": str(change.version),
                "previous_version": None if change.previous_version is None else str(change.previous_version),
            }
            for change in changes
        ]
    }


def _identity(group: Group) -> dict[str, Any]:
    key = {dimension: {"mrid": item.mrid, "name": item.name} for dimension, item in group.key.items()}
    return {"mrid": group.mrid, "name": group.name, "key": key}


def _members(members: Iterable[ChangedMember]) -> list[dict[str, str]]:
    return [member._asdict() for member in members]
