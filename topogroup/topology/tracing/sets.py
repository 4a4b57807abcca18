"""Answers by number: what supplies an area is one integer, and equal answers have equal integers.

Numbers are given in Python where an answer is met for the first time; kernels look them up in `tables.Known`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from topogroup.topology.structure.levels import Level
from topogroup.topology.tracing.tables import Known

T = TypeVar("T", bound=Hashable)
I32 = npt.NDArray[np.int32]

Points = tuple[int, ...]

Upstream = tuple[tuple[int, int], ...]
"""(feeder, steps to it), ascending: the feeders above those that supply an area."""

KEY_COLUMNS: Final = 6
"""Of an answer: flags, upstream, four levels; or flags and the level of service transformers."""


class Numbers(Generic[T]):
    """Numbers the distinct values that are met, from 0 = the first one, which is given."""

    def __init__(self, first: T) -> None:
        """Know the first value alone."""
        self._number: dict[T, int] = {first: 0}
        self.values: list[T] = [first]

    def number(self, value: T) -> int:
        """Return the number of a value; equal values have equal numbers."""
        known = self._number.get(value)
        if known is None:
            known = self._number[value] = len(self.values)
            self.values.append(value)
        return known


class Rows:
    """An array that grows by doubling."""

    def __init__(self, columns: int = 0) -> None:
        """Hold nothing yet."""
        self.all: I32 = np.zeros((64, columns) if columns else 64, np.int32)
        self.count = 0

    def extend(self, values: Sequence[int] | Sequence[Sequence[int]]) -> None:
        """Add some entries at the end."""
        end = self.count + len(values)
        while end > len(self.all):
            self.all = np.concatenate([self.all, np.zeros_like(self.all)])
        self.all[self.count : end] = values
        self.count = end


class Slots:
    """The slots of a hash table, as `kernels.settling` probes them: 0 = empty, else 1 + a row."""

    def __init__(self) -> None:
        """Make the table empty."""
        self.slot: I32 = np.zeros(64, np.int32)
        self._codes: list[int] = []

    def add(self, start: int, values: Sequence[int]) -> None:
        """Add the next row by what it is found by."""
        code = start
        for value in values:
            code = (code * 31 + value) & 0x3FFFFFFF
        self._codes.append(code)
        if 2 * len(self._codes) > self.slot.size:
            self.slot = np.zeros(2 * self.slot.size, np.int32)
            for row in range(len(self._codes)):
                self._put(row)
        else:
            self._put(len(self._codes) - 1)

    def _put(self, row: int) -> None:
        mask = self.slot.size - 1
        at = self._codes[row] & mask
        while self.slot[at]:
            at = (at + 1) & mask
        self.slot[at] = row + 1


class KnownAnswers:
    """The sets of supply points and the answers that were met.

    The empty set is 0; the set of one point has its place in `single_base`; sets of several points follow.
    """

    def __init__(self, levels: Sequence[Level]) -> None:
        """Know the empty set and the sets of one point."""
        self._levels = levels
        self._base = np.cumsum([1, *(len(level.edge) for level in levels)]).astype(np.int32)
        self._several: list[dict[Points, int]] = [{} for _ in levels]
        self._points: list[Points] = []
        self._set_slots, self._answer_slots = Slots(), Slots()
        self._set_level, self._set_start, self._set_point = Rows(), Rows(), Rows()
        self._set_start.extend([0])
        self._key, self._number = Rows(KEY_COLUMNS), Rows()
        self._answers: dict[tuple[int, ...], int] = {(0,) * KEY_COLUMNS: 0}
        self._keys: list[tuple[int, ...]] = [(0,) * KEY_COLUMNS]
        self._lists, self._list_number, self._kinds = Numbers(self._keys[0][1:]), Rows(), Rows()
        self._list_number.extend([0])
        self._kinds.extend([0])
        self._meaning, self._by_meaning = Rows(), dict[tuple[int, Points, Points], int]()
        self._meaning.extend(self._single_meanings().tolist())
        self.upstream: Numbers[Upstream] = Numbers(())

    @property
    def tables(self) -> Known:
        """Return what is known as arrays."""
        return Known(
            self._base,
            self._meaning.all,
            self._set_slots.slot,
            self._set_level.all,
            self._set_start.all,
            self._set_point.all,
            self._answer_slots.slot,
            self._key.all,
            self._number.all,
            self._list_number.all,
            self._kinds.all,
        )

    def points(self, number: int) -> Points:
        """Return the supply points of a set, as rows of their `Level`."""
        if number == 0:
            return ()
        if number >= self._base[-1]:
            return self._points[number - int(self._base[-1])]
        level = int(np.searchsorted(self._base, number, "right")) - 1
        return (number - int(self._base[level]),)

    def set_number(self, level: int, points: Points) -> int:
        """Return the number of a set of points of one level, ascending."""
        if not points:
            return 0
        if len(points) == 1:
            return int(self._base[level]) + points[0]
        known = self._several[level].get(points)
        if known is not None:
            return known
        made = self._several[level][points] = int(self._base[-1]) + len(self._points)
        self._points.append(points)
        self._set_level.extend([level])
        self._set_point.extend(points)
        self._set_start.extend([self._set_point.count])
        self._set_slots.add(level + 17, points)
        self._meaning.extend([self._meaning_of(level, points, made)])
        return made

    def answer_number(self, key: tuple[int, ...]) -> int:
        """Return the number of an answer."""
        key += (0,) * (KEY_COLUMNS - len(key))
        known = self._answers.get(key)
        if known is None:
            known = self._answers[key] = len(self._answers)
            self._keys.append(key)
            self._key.extend([key])
            self._number.extend([known])
            self._answer_slots.add(17, key)
            self._list_number.extend([self._lists.number(key[1:])])
            self._kinds.extend([key[0] & 3 | self._lists_are_paralleled(key)])
        return known

    def answer(self, number: int) -> tuple[int, ...]:
        """Return what an answer number stands for: flags and numbers of sets, as `answer_number` takes them."""
        return self._keys[number]

    def _lists_are_paralleled(self, key: tuple[int, ...]) -> bool:
        """Tell whether an answer names several substations, or several feeders of one tier."""
        if key[0] & 4:
            return False
        of_level = [self.points(number) for number in key[2:]]
        table = self._levels[0]
        if len({int(table.substation[p]) for p in of_level[0]} - {-1}) > 1:
            return True
        tiers = zip(self._levels[1:], of_level[1:], strict=False)
        return any(len({int(tier.item[p]) for p in points}) > 1 for tier, points in tiers)

    def meanings(self, numbers: I32) -> I32:
        """Return for sets the lowest numbers of sets that name the same items and substations."""
        return self._meaning.all[numbers]

    def _meaning_of(self, level: int, points: Points, number: int) -> int:
        table = self._levels[level]
        items = tuple(sorted({int(table.item[p]) for p in points}))
        substations = tuple(sorted({int(table.substation[p]) for p in points} - {-1}))
        if len(items) == 1 and len(substations) <= 1:
            own = table.substation == (substations[0] if substations else -1)
            return int(self._base[level] + np.flatnonzero(own & (table.item == items[0]))[0])
        return self._by_meaning.setdefault((level, items, substations), number)

    def _single_meanings(self) -> I32:
        """Return the meanings of the empty set and of all sets of one point."""
        result = [np.zeros(1, np.int64)]
        for number, level in enumerate(self._levels):
            code = level.item * (int(level.substation.max(initial=-1)) + 2) + level.substation + 1
            _, first, own = np.unique(code, return_index=True, return_inverse=True)
            result.append(self._base[number] + first[own])
        return np.concatenate(result).astype(np.int32)
