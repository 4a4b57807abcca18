"""Network states in plain words, and what grouping must say of them: the oracle, written without the engine.

All is sets and dictionaries of mRIDs; `view_pair` turns a state into the arrays that the engine works on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import numpy.typing as npt

from topogroup.groups.view import NetworkState
from topogroup.topology.arrays.links import Item, Links

Key = tuple[str, ...]
Reasons = dict[str, str]


@dataclass
class Place:
    """Where one DER hangs in one state: supplied or not, and the mRIDs of its objects by dimension."""

    supplied: bool = True
    on: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class PlainState:
    """A model with its present and its normal state; names are made from the mRIDs."""

    kinds: dict[str, str]
    objects: dict[str, set[str]]
    current: dict[str, Place]
    normal: dict[str, Place]


@dataclass
class PlainView:
    """One state as the engine sees it (`AttachmentView`)."""

    der_mrids: Sequence[str]
    der_names: Sequence[str]
    der_kinds: Sequence[str]
    supplied: npt.NDArray[np.bool_]
    tables: dict[str, list[Item]]
    hangs: dict[str, Links]

    def links(self, dimension: str) -> Links:
        """Return the links of one dimension."""
        return self.hangs[dimension]

    def items(self, dimension: str) -> Sequence[Item]:
        """Return the objects of one dimension."""
        return self.tables[dimension]


def name_of(mrid: str) -> str:
    """Return the name that goes with an mRID."""
    return f"name of {mrid}"


def view_pair(state: PlainState) -> NetworkState:
    """Return a state as the views (current, normal)."""
    return _view(state, state.current), _view(state, state.normal)


def _view(state: PlainState, places: dict[str, Place]) -> PlainView:
    ders = sorted(state.kinds)
    tables = {d: [Item(m, name_of(m), False) for m in sorted(mrids)] for d, mrids in state.objects.items()}
    hangs = {}
    for dimension, table in tables.items():
        position = {item.mrid: number for number, item in enumerate(table)}
        pairs = [(n, position[m]) for n, der in enumerate(ders) for m in places[der].on.get(dimension, ())]
        array = np.array(pairs, np.int64).reshape(-1, 2)
        hangs[dimension] = Links.from_pairs(len(ders), array[:, 0], array[:, 1])
    supplied = np.array([places[der].supplied for der in ders], np.bool_)
    return PlainView(
        ders, [name_of(d) for d in ders], [state.kinds[d] for d in ders], supplied, tables, hangs
    )


def expected_members(dimensions: Key, state: PlainState) -> dict[Key, set[str]]:
    """Return every group that exists, by its key, with its members."""
    objects = [d for d in dimensions if d != "kind"]
    groups: dict[Key, set[str]] = {}
    if len(objects) <= 1:
        kinds = set(state.kinds.values())
        for key in product(*(sorted(kinds if d == "kind" else state.objects[d]) for d in dimensions)):
            groups[key] = set()
    else:
        for der in state.kinds:
            for key in _keys(dimensions, state, der, state.normal):
                groups.setdefault(key, set())
    for der in state.kinds:
        for key in _keys(dimensions, state, der, state.current):
            groups.setdefault(key, set()).add(der)
    return groups


def _keys(dimensions: Key, state: PlainState, der: str, places: dict[str, Place]) -> list[Key]:
    if not places[der].supplied:
        return []
    choices = []
    for dimension in dimensions:
        if dimension == "kind":
            choices.append({state.kinds[der]})
            continue
        now = places[der].on.get(dimension, set())
        both = now & state.normal[der].on.get(dimension, set())
        choices.append(both or now)
    return list(product(*choices))


def expected_changes(
    dimensions: Key, before: PlainState, after: PlainState
) -> dict[Key, tuple[str, Reasons, Reasons]]:
    """Return for each group that changes the verb, who joined and who left, with the reasons."""
    old, new = expected_members(dimensions, before), expected_members(dimensions, after)
    changes = {}
    for key in old.keys() | new.keys():
        joined = {d: _why(d, before, "supply_restored") for d in new.get(key, set()) - old.get(key, set())}
        left = {d: _why(d, after, "lost_supply") for d in old.get(key, set()) - new.get(key, set())}
        if key not in old:
            verb = "created"
        elif key not in new and not _in_model(dimensions, key, after):
            verb = "deleted"
        elif left:
            verb = "executed"
        elif joined:
            verb = "changed"
        else:
            continue
        changes[key] = (verb, joined, left)
    return changes


def _in_model(dimensions: Key, key: Key, state: PlainState) -> bool:
    there = {**state.objects, "kind": set(state.kinds.values())}
    return all(part in there[dimension] for dimension, part in zip(dimensions, key, strict=True))


def _why(der: str, other: PlainState, without_supply: str) -> str:
    if der not in other.kinds:
        return "model"
    return "moved" if other.current[der].supplied else without_supply
