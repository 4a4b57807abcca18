"""Membership changes: what two network states do to the groups of a template.

A group that is new is `created`, one whose object has left the model is `deleted`; of the others, one that
only wins members is `changed`, one that loses some is `executed`: IEC 61968-5 removes members by an
OperationSet only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from topogroup.groups.alignment import Alignment, align
from topogroup.groups.difference import Difference, difference
from topogroup.groups.membership import Membership, membership
from topogroup.groups.template import Group, Template
from topogroup.groups.version import FIRST_VERSION, Version
from topogroup.groups.view import AttachmentView, NetworkState

Verb = Literal["created", "changed", "executed", "deleted"]
Reason = Literal["moved", "lost_supply", "supply_restored", "rule", "model"]


class ChangedMember(NamedTuple):
    """A DER that joined or left a group.

    Its reason: `lost_supply`, it left because nothing supplies it now; `supply_restored`, it joined because
    something supplies it again; `moved`, it is supplied before and after, another way; `model`, it is in
    one of the two models only; `rule`, the definition of the group changed (no template group has that).
    """

    mrid: str
    name: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """What happened to one group between two network states.

    Attributes:
        group: the group, with its key.
        verb: created, changed (members joined), executed (members left, or both) or deleted.
        joined: the DER that came in, ascending by mRID; all members of a created group.
        left: the DER that went out, ascending by mRID; all members of a deleted group.
        version: the version after the change; of a deleted group its last one.
        previous_version: the version before, None for a created group.
    """

    group: Group
    verb: Verb
    joined: tuple[ChangedMember, ...]
    left: tuple[ChangedMember, ...]
    version: Version
    previous_version: Version | None


def membership_changes(
    template: Template,
    before: NetworkState,
    after: NetworkState,
    versions: Mapping[str, Version] | None = None,
) -> list[MembershipChange]:
    """Compare the groups of one template in two network states.

    Args:
        template: the dimensions the groups are made by.
        before: the views (current, normal) until now.
        after: the views (current, normal) from now on; of the same model, or of a later version of it.
        versions: versions of groups until now, by mRID. A group that is listed exists already; one that is
            not listed and existed has version 1.0.0.

    Returns:
        One change for each group that changes, ascending by the group's mRID.
    """
    return compared(membership(template, before), membership(template, after), before, after, versions or {})


def compared(
    old: Membership,
    new: Membership,
    before: NetworkState,
    after: NetworkState,
    versions: Mapping[str, Version],
    reason: Reason | None = None,
) -> list[MembershipChange]:
    """Compare two memberships of one template that are known already.

    Args:
        old: membership in the state before.
        new: membership in the state after.
        before: as for `membership_changes`.
        after: as for `membership_changes`.
        versions: as for `membership_changes`.
        reason: the reason of every DER, None = what the states say.

    Returns:
        As `membership_changes`.
    """
    ders = align(before[0].der_mrids, after[0].der_mrids)
    found = difference(old, new, ders)
    joined, left = joined_and_left(found.joined.der, found.left.der, before, after, ders, reason)
    changes = []
    for number in found.changed.tolist():
        members = tuple(joined[found.joined.of(number)]), tuple(left[found.left.of(number)])
        change = _change(found, number, *members, versions)
        if change is not None:
            changes.append(change)
    return sorted(changes, key=_by_group)


def own_change(
    group: Group,
    members: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    before: NetworkState,
    after: NetworkState,
    version: Version,
    reason: Reason | None = None,
) -> MembershipChange | None:
    """Compare the members of one group that no template made.

    Args:
        group: the group.
        members: positions of its members in the model before and in the model after, ascending: int64[n] each.
        before: as for `membership_changes`.
        after: as for `membership_changes`.
        version: its version until now.
        reason: the reason of every DER, None = what the states say.

    Returns:
        The change, None where the members are the same.
    """
    ders = align(before[0].der_mrids, after[0].der_mrids)
    was, now = ders.old[members[0]], ders.new[members[1]]
    came, went = np.setdiff1d(now, was, assume_unique=True), np.setdiff1d(was, now, assume_unique=True)
    if not came.size and not went.size:
        return None
    joined, left = joined_and_left(came, went, before, after, ders, reason)
    verb: Verb = "executed" if left else "changed"
    return MembershipChange(group, verb, tuple(joined), tuple(left), version.after_membership_change(), version)


def joined_and_left(
    came: npt.NDArray[np.int64],
    went: npt.NDArray[np.int64],
    before: NetworkState,
    after: NetworkState,
    ders: Alignment,
    reason: Reason | None = None,
) -> tuple[list[ChangedMember], list[ChangedMember]]:
    """Put DER, numbered over both states, into words: those that came, those that went."""
    old, new = (before[0], ders.old_positions()), (after[0], ders.new_positions())
    return _worded(came, new, old, "supply_restored", reason), _worded(went, old, new, "lost_supply", reason)


def all_membership_changes(
    templates: Iterable[Template],
    before: NetworkState,
    after: NetworkState,
    versions: Mapping[str, Version] | None = None,
) -> list[MembershipChange]:
    """Compare the groups of several templates in two network states.

    Args:
        templates: the templates, each once.
        before: as for `membership_changes`.
        after: as for `membership_changes`.
        versions: as for `membership_changes`.

    Returns:
        The changes of all templates together, ascending by the group's mRID.
    """
    changes = (change for one in templates for change in membership_changes(one, before, after, versions))
    return sorted(changes, key=_by_group)


def _change(
    found: Difference,
    number: int,
    joined: tuple[ChangedMember, ...],
    left: tuple[ChangedMember, ...],
    versions: Mapping[str, Version],
) -> MembershipChange | None:
    """Name what happened to one group; None where it was known already and has the same members."""
    group = found.group(number)
    if found.group_before[number] < 0 and group.mrid not in versions:
        return MembershipChange(group, "created", joined, left, FIRST_VERSION, None)
    previous = versions.get(group.mrid, FIRST_VERSION)
    if found.is_gone[number]:
        return MembershipChange(group, "deleted", joined, left, previous, previous)
    if not joined and not left:
        return None
    verb: Verb = "executed" if left else "changed"
    return MembershipChange(group, verb, joined, left, previous.after_membership_change(), previous)


def _worded(
    ders: npt.NDArray[np.int64],
    here: tuple[AttachmentView, npt.NDArray[np.int64]],
    there: tuple[AttachmentView, npt.NDArray[np.int64]],
    without_supply: Reason,
    always: Reason | None,
) -> list[ChangedMember]:
    """Name DER with the reason why they changed.

    Args:
        ders: int64[n]; the DER, numbered over both states.
        here: the view in which they are members, and their positions in it.
        there: the view in which they are not, and their positions in it, -1 where they are not in that model.
        without_supply: the reason of those that have supply here and none there; it is the opposite where that
            is the other way round, as in a group of DER without supply.
        always: the reason of all of them, None = what the views say.

    Returns:
        One entry for each DER, in the order given.
    """
    position = there[1][ders]
    supplied = np.append(there[0].supplied, False)[position]
    own_supply = here[0].supplied[here[1][ders]]
    opposite: Reason = "lost_supply" if without_supply == "supply_restored" else "supply_restored"
    reasons: tuple[Reason, ...] = ("moved", without_supply, opposite, "model")
    reason = np.select([position < 0, supplied == own_supply, own_supply], [3, 0, 1], 2)
    mrids, names = here[0].der_mrids, here[0].der_names
    own = here[1][ders].tolist()
    return [
        ChangedMember(mrids[at], names[at], always or reasons[why])
        for at, why in zip(own, reason.tolist(), strict=True)
    ]


def _by_group(change: MembershipChange) -> str:
    return change.group.mrid
