"""Difference of two memberships of one template, as arrays: which groups appear, go, win and lose members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topogroup.groups import keys as keys_
from topogroup.groups.alignment import Alignment, align
from topogroup.groups.membership import Membership
from topogroup.groups.template import Group

_Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """(group, DER) pairs, ascending: int64[n_pairs] each."""

    group: _Positions
    der: _Positions

    def of(self, group: int) -> slice:
        """Return where the pairs of one group stand."""
        low, high = np.searchsorted(self.group, [group, group + 1])
        return slice(int(low), int(high))


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Two memberships side by side; groups are numbered over both, DER as in the alignment given.

    Attributes:
        before: the old membership.
        after: the new membership.
        group_before: int64[n_groups]; number of the group in `before`, -1 where it is not.
        group_after: int64[n_groups]; number of the group in `after`, -1 where it is not.
        is_gone: bool[n_groups]; the group existed and an object of its key is no longer in the model.
        joined: the pairs of the new membership that are not in the old one.
        left: the pairs of the old membership that are not in the new one.
        changed: int64[n_changed]; groups to which something happened, ascending.
    """

    before: Membership
    after: Membership
    group_before: _Positions
    group_after: _Positions
    is_gone: npt.NDArray[np.bool_]
    joined: Pairs
    left: Pairs
    changed: _Positions

    def group(self, number: int) -> Group:
        """Return a group, as the new model names it where it can."""
        after = int(self.group_after[number])
        return self.after.group(after) if after >= 0 else self.before.group(int(self.group_before[number]))


def difference(before: Membership, after: Membership, ders: Alignment) -> Difference:
    """Compare two memberships of one template.

    Args:
        before: membership in the old state.
        after: membership in the new state.
        ders: the DER of the old state beside those of the new one.

    Returns:
        The difference; time O(n log n) in the number of memberships, no loop over DER.
    """
    tables = [
        align([item.mrid for item in old], [item.mrid for item in new])
        for old, new in zip(before.items, after.items, strict=True)
    ]
    old_keys = _renumbered(before.keys, [table.old for table in tables])
    new_keys = _renumbered(after.keys, [table.new for table in tables])
    keys, number = keys_.numbered(np.concatenate([old_keys, new_keys]), [table.size for table in tables])
    groups = Alignment(len(keys), number[: len(before)], number[len(before) :])
    old = _codes(before, groups.old, ders.old, ders.size)
    new = _codes(after, groups.new, ders.new, ders.size)
    joined = _pairs(np.setdiff1d(new, old, assume_unique=True), ders.size)
    left = _pairs(np.setdiff1d(old, new, assume_unique=True), ders.size)
    in_model = np.ones(len(keys), np.bool_)
    for column, table in zip(keys.T, tables, strict=True):
        in_model &= table.new_positions()[column] >= 0
    group_before, group_after = groups.old_positions(), groups.new_positions()
    is_gone = (group_before >= 0) & ~in_model
    appeared = (group_before < 0) & (group_after >= 0)
    changed = np.unique(np.concatenate([np.flatnonzero(appeared | is_gone), joined.group, left.group]))
    return Difference(before, after, group_before, group_after, is_gone, joined, left, changed)


def _renumbered(keys: npt.NDArray[np.int64], positions: Sequence[_Positions]) -> npt.NDArray[np.int64]:
    """Rewrite keys to the positions of the common tables."""
    return np.stack([position[column] for column, position in zip(keys.T, positions, strict=True)], axis=1)


def _codes(members: Membership, groups: _Positions, ders: _Positions, n_ders: int) -> _Positions:
    """Return one integer for each (group, DER) pair, ascending, comparable between both memberships."""
    group = np.repeat(groups, np.diff(members.start))
    return group * n_ders + ders[members.der]


def _pairs(codes: _Positions, n_ders: int) -> Pairs:
    """Take (group, DER) pairs out of their integers."""
    group, der = np.divmod(codes, max(n_ders, 1))
    return Pairs(group, der)
