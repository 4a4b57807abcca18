"""Changes among some DER of a model: what an operation does to groups, without a look at the DER that it left alone.

All views here hold the same few DER; the answers are those that `changes.compared` and `changes.own_change` give for
the whole model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from topogroup.groups import keys as keys_
from topogroup.groups.alignment import Alignment
from topogroup.groups.changes import MembershipChange, Verb, joined_and_left
from topogroup.groups.membership import group_keys, item_tables
from topogroup.groups.template import Group, Template
from topogroup.groups.version import FIRST_VERSION, Version
from topogroup.groups.view import NetworkState

Positions = npt.NDArray[np.int64]


def template_changes(
    template: Template,
    before: NetworkState,
    after: NetworkState,
    kinds: Sequence[str],
    versions: Mapping[str, Version],
) -> list[MembershipChange]:
    """Compare the groups of a template in two states of one model, where only some DER changed.

    Args:
        template: the dimensions the groups are made by.
        before: the views (current, normal) of these DER until now.
        after: the same from now on.
        kinds: all kinds of DER in the model, ascending.
        versions: the versions of all groups there are, by mRID.

    Returns:
        As `changes.compared`.
    """
    items = item_tables(template, after[0], kinds)
    sizes = [len(table) for table in items]
    old, old_der = group_keys(template, before[0], before[1], kinds)
    new, new_der = group_keys(template, after[0], after[1], kinds)
    keys, number = keys_.numbered(np.concatenate([old, new]), sizes)
    size = len(after[0].der_mrids)
    was, now = number[: len(old)] * size + old_der, number[len(old) :] * size + new_der
    came, went = np.setdiff1d(now, was), np.setdiff1d(was, now)
    changes = []
    for at in np.unique(np.concatenate([came, went]) // max(size, 1)).tolist():
        group = template.group(table[key] for table, key in zip(items, keys[at].tolist(), strict=True))
        mine = tuple(one[one // size == at] % size for one in (came, went))
        changes.append(_change(group, (mine[0], mine[1]), before, after, versions.get(group.mrid)))
    return sorted(changes, key=lambda change: change.group.mrid)


def own_changes(
    group: Group, members: tuple[Positions, Positions], before: NetworkState, after: NetworkState, version: Version
) -> MembershipChange | None:
    """Compare the members of one group among some DER.

    Args:
        group: the group.
        members: which of these DER are in it before and after, ascending: int64[n] each.
        before: the views (current, normal) of these DER until now.
        after: the same from now on.
        version: the version of the group until now.

    Returns:
        The change, None where the members are the same.
    """
    came, went = np.setdiff1d(members[1], members[0]), np.setdiff1d(members[0], members[1])
    if not came.size and not went.size:
        return None
    return _change(group, (came, went), before, after, version)


def _change(
    group: Group,
    moved: tuple[Positions, Positions],
    before: NetworkState,
    after: NetworkState,
    version: Version | None,
) -> MembershipChange:
    same = np.arange(len(after[0].der_mrids))
    joined, left = joined_and_left(*moved, before, after, Alignment(same.size, same, same))
    if version is None:
        return MembershipChange(group, "created", tuple(joined), tuple(left), FIRST_VERSION, None)
    verb: Verb = "executed" if left else "changed"
    return MembershipChange(group, verb, tuple(joined), tuple(left), version.after_membership_change(), version)
