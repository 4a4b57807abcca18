"""Membership: the groups of a template and their members in one network state.

Policies (defaults of the design): the state followed is `current`; a DER that is islanded, unsupplied or
unattached is in no group, a partially energised one stays; a DER on several objects of one kind is with
those that are also its objects in the normal state, else with all of them. A group without members stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topogroup.groups import keys as keys_
from topogroup.groups.template import KIND, Group, Template
from topogroup.groups.view import AttachmentView, NetworkState
from topogroup.topology.arrays.links import Item, Links


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """The groups of one template in one network state, as flat arrays.

    Attributes:
        template: the template that made the groups.
        items: for each of its dimensions all items, ascending by mRID.
        keys: int64[n_groups, n_dimensions]; positions in `items`, ascending.
        start: int64[n_groups + 1]; the members of group i are `der[start[i]:start[i + 1]]`.
        der: int64[n_members]; positions of DER, ascending for each group.
    """

    template: Template
    items: tuple[Sequence[Item], ...]
    keys: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    der: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.keys)

    def group(self, number: int) -> Group:
        """Return one group."""
        return self.template.group(table[at] for table, at in zip(self.items, self.keys[number], strict=True))

    def members(self, number: int) -> npt.NDArray[np.int64]:
        """Return the positions of the DER in one group, ascending."""
        return self.der[self.start[number] : self.start[number + 1]]

    def without_groups(self) -> Membership:
        """Return a membership of the same template and model that has no group yet."""
        return Membership(self.template, self.items, self.keys[:0], self.start[:1], self.der[:0])


def membership(template: Template, state: NetworkState) -> Membership:
    """Work out which groups exist and who is in them.

    With at most one dimension of objects, every object of the model (times every kind of DER in it) has its
    group, also an empty one. With several, the combinations that some DER has now or in the normal state
    have one.

    Args:
        template: the dimensions to group by.
        state: the views (current, normal).

    Returns:
        All groups with their members; time O(n log n) in the number of memberships.
    """
    current, normal = state
    kinds = sorted(set(current.der_kinds))
    items = item_tables(template, current, kinds)
    sizes = [len(table) for table in items]
    rows, der = group_keys(template, current, normal, kinds)
    if sum(dimension != KIND for dimension in template.dimensions) <= 1:
        existing = keys_.all_combinations(sizes)
    else:
        existing, _ = keys_.numbered(np.concatenate([rows, group_keys(template, normal, normal, kinds)[0]]), sizes)
    group = keys_.numbered(np.concatenate([existing, rows]), sizes)[1][len(existing) :]
    start = np.zeros(len(existing) + 1, np.int64)
    np.cumsum(np.bincount(group, minlength=len(existing)), out=start[1:])
    return Membership(template, items, existing, start, der[np.argsort(group, kind="stable")])


def item_tables(template: Template, view: AttachmentView, kinds: Sequence[str]) -> tuple[Sequence[Item], ...]:
    """Return for each dimension of a template all items of the model, ascending by mRID."""
    return tuple(
        [Item(kind, kind, False) for kind in kinds] if dimension == KIND else view.items(dimension)
        for dimension in template.dimensions
    )


def group_keys(
    template: Template, view: AttachmentView, normal: AttachmentView, kinds: Sequence[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the memberships of one view as keys and DER, DER ascending: int64[n, n_dimensions], int64[n]."""
    der = np.flatnonzero(view.supplied).astype(np.int64, copy=False)
    rows = np.empty((der.size, 0), np.int64)
    for dimension in template.dimensions:
        if dimension == KIND:
            position = {kind: number for number, kind in enumerate(kinds)}
            codes = np.fromiter(map(position.__getitem__, view.der_kinds), np.int64, len(view.der_kinds))
            rows = np.column_stack([rows, codes[der]])
        else:
            links = preferring_normal(view.links(dimension), normal.links(dimension))
            row, item = keys_.spread(links, der)
            rows, der = np.column_stack([rows[row], item]), der[row]
    return rows, der


def preferring_normal(current: Links, normal: Links) -> Links:
    """Settle where a DER belongs that hangs on several objects of one kind (policy `normal`).

    Args:
        current: the items of each DER now.
        normal: the items of the same DER in the normal state, from the same table.

    Returns:
        For each DER its current items that are also normal ones, or all its current items where none is.
    """
    count = np.diff(current.start)
    several = np.flatnonzero(count > 1)
    if not several.size:
        return current
    row, item = keys_.spread(current, several)
    normal_row, normal_item = keys_.spread(normal, several)
    span = int(max(item.max(initial=0), normal_item.max(initial=0))) + 1
    is_normal = np.isin(row * span + item, normal_row * span + normal_item)
    settled = np.bincount(row, is_normal, several.size) > 0
    kept = np.ones(current.item.size, np.bool_)
    kept[np.repeat(count > 1, count)] = is_normal | ~settled[row]
    start = np.concatenate([[0], np.cumsum(kept)])[current.start].astype(np.int64, copy=False)
    return Links(start, current.item[kept])
