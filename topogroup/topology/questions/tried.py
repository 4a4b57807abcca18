"""Tried switching: where one place stands while switches are operated in thought, looked at around that place alone.

Feeders alone count, and only forward supply. What this says is a guess at what a full trace would say, quick enough
for thousands of questions; whoever goes by it asks a full trace in the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.connectivity import Kind
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.structure.levels import TIER_LEVELS

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Operations = Mapping[int, bool]
"""By switch, whether it is opened."""

_IMPOSSIBLE: Final = 10**6
"""Operations that it takes where no number of them is enough."""


@dataclass(slots=True)
class Standing:
    """Where a place stands under some operations.

    Attributes:
        home: it hangs on the feeders that are wanted, and on no others.
        needed: so many further operations it takes at least.
        next: (switch, opens); every set of operations that leads home has one of these.
    """

    home: bool
    needed: int = 0
    next: list[tuple[int, bool]] = field(default_factory=list)


@dataclass(slots=True)
class _Area:
    """What hangs together around a place when the feeders' supply points are cut.

    `came_by` is the edge by which each block was reached, -1 at the place itself; `open_border` the open switches that
    lead out, `points` the supply points that are touched from downstream.
    """

    came_by: dict[int, int]
    open_border: set[int] = field(default_factory=set)
    points: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Above:
    """What is joined to a supply point above; `source` is a block with a grid source, -1 = there is none."""

    came_by: dict[int, int]
    open_border: set[int] = field(default_factory=set)
    source: int = -1


class TriedSwitching:
    """The blocks of a network, and between them what switches and supply points join."""

    def __init__(self, known: KnownState) -> None:
        """Keep what conducts, and what would with all switches closed."""
        network, graph, state = known.network, known.grid.graph, known.state
        blocks = known.grid.contraction(state)
        self.block = blocks.block
        apart = np.flatnonzero(blocks.u != blocks.v)
        edge = blocks.edge[apart]
        self._u: list[int] = blocks.u[apart].tolist()
        self._v: list[int] = blocks.v[apart].tolist()
        self._conducts: list[bool] = graph.conducting(network, state)[edge].tolist()
        closed = replace(state, open=np.zeros_like(state.open))
        self._closable: list[bool] = graph.conducting(network, closed)[edge].tolist()
        switch = np.where(graph.edges.kind[edge] == Kind.POLE, graph.edges.equipment[edge], -1)
        self._switch: list[int] = switch.tolist()
        ends = np.concatenate([blocks.u[apart], blocks.v[apart]])
        order = np.argsort(ends, kind="stable")
        self._start = np.searchsorted(ends[order], np.arange(blocks.count + 1))
        self._edges = order % max(apart.size, 1)
        self._sources = set(np.unique(self.block[known.live.source]).tolist())
        level = known.grid.levels[TIER_LEVELS["primary"]]
        place = {int(e): at for at, e in enumerate(edge.tolist())}
        self._item: dict[int, int] = {}
        self._lower: dict[int, int] = {}
        for number, e in enumerate(level.edge.tolist()):
            if e in place:
                self._item[place[e]] = int(level.item[number])
                self._lower[place[e]] = int(self.block[level.lower[number]])

    def standing(self, place: int, wanted: frozenset[int], operations: Operations) -> Standing:
        """Tell where a place stands.

        Args:
            place: a block.
            wanted: the feeders that it is to hang on, positions in the level of primary feeders.
            operations: what is done in thought.
        """
        area = self._area(place, operations)
        feeding = sorted(i for i in area.points if self._feeds(i, area, operations))
        strangers = [i for i in feeding if self._item[i] not in wanted]
        missing = sorted(wanted - {self._item[i] for i in feeding})
        direct = next((block for block in area.came_by if block in self._sources), None) if wanted else None
        needed, choices = 0, []
        if strangers or direct is not None:
            way = self._way(area, direct) if direct is not None else self._way_over(strangers[0], area, operations)
            choices.append([(switch, True) for switch in sorted(self._openable(way, operations))])
            needed += 1
        if missing:
            choices.append(sorted(self._towards(missing[0], area, operations)))
            needed += max(self._closes_needed(place, item, area, operations) for item in missing)
        if not choices:
            return Standing(True)
        return Standing(False, max(needed, 1), min(choices, key=len))

    # ---- one edge

    def _joins(self, i: int, operations: Operations) -> bool:
        opens = operations.get(self._switch[i]) if self._switch[i] >= 0 else None
        return self._conducts[i] if opens is None else self._closable[i] and not opens

    def _may_close(self, i: int, operations: Operations) -> bool:
        return self._switch[i] >= 0 and self._closable[i] and self._switch[i] not in operations

    def _at(self, block: int) -> Iterable[tuple[int, int]]:
        """Return (edge, block on its other side) at a block."""
        for i in self._edges[self._start[block] : self._start[block + 1]].tolist():
            yield i, self._v[i] if self._u[i] == block else self._u[i]

    def _upper(self, i: int) -> int:
        return self._u[i] if self._v[i] == self._lower[i] else self._v[i]

    # ---- around a place

    def _area(self, place: int, operations: Operations) -> _Area:
        area, waiting = _Area({place: -1}), deque([place])
        while waiting:
            block = waiting.popleft()
            for i, other in self._at(block):
                if i in self._item:
                    if self._lower[i] == block:
                        area.points.add(i)
                elif self._joins(i, operations):
                    if other not in area.came_by:
                        area.came_by[other] = i
                        waiting.append(other)
                elif self._may_close(i, operations):
                    area.open_border.add(self._switch[i])
        return area

    def _feeds(self, i: int, area: _Area, operations: Operations) -> bool:
        """Tell whether a supply point feeds an area: it conducts, and is live above without the area."""
        return self._joins(i, operations) and self._above(i, area, operations).source >= 0

    def _above(self, i: int, area: _Area, operations: Operations) -> _Above:
        """Look at what is joined to a supply point above, without an area, until a grid source is found."""
        upper = self._upper(i)
        if upper in area.came_by:
            return _Above({})
        above = _Above({upper: -1})
        # supply points are passed last: the grid is above, not down the feeders beside
        near, far = [upper], list[int]()
        while near or far:
            block = near.pop() if near else far.pop()
            if block in self._sources:
                above.source = block
                return above
            for j, other in self._at(block):
                if other in above.came_by or other in area.came_by:
                    continue
                if self._joins(j, operations):
                    above.came_by[other] = j
                    (far if j in self._item else near).append(other)
                elif self._may_close(j, operations):
                    above.open_border.add(self._switch[j])
        return above

    def _way(self, area: _Area | _Above, end: int) -> list[int]:
        """Return the edges between where an area was entered and a block of it."""
        found = []
        while (i := area.came_by[end]) >= 0:
            found.append(i)
            end = self._u[i] if self._v[i] == end else self._v[i]
        return found

    def _way_over(self, i: int, area: _Area, operations: Operations) -> list[int]:
        """Return the edges between a place and a grid source over a supply point that feeds its area."""
        above = self._above(i, area, operations)
        return [*self._way(area, self._lower[i]), i, *self._way(above, above.source)]

    def _openable(self, way: Iterable[int], operations: Operations) -> set[int]:
        return {self._switch[i] for i in way if self._switch[i] >= 0 and self._switch[i] not in operations}

    def _towards(self, item: int, area: _Area, operations: Operations) -> set[tuple[int, bool]]:
        """Return the operations of which each way to be fed by a feeder has one."""
        found = set[tuple[int, bool]]()
        for i in (i for i, own in self._item.items() if own == item):
            if i not in area.points:
                found |= {(switch, False) for switch in area.open_border}
            elif not self._joins(i, operations):
                found |= {(self._switch[i], False)} if self._may_close(i, operations) else set()
            elif self._upper(i) in area.came_by:
                found |= {(s, True) for s in self._openable(self._way(area, self._upper(i)), operations)}
            else:
                found |= {(switch, False) for switch in self._above(i, area, operations).open_border}
        return found

    def _closes_needed(self, place: int, item: int, area: _Area, operations: Operations) -> int:
        """Return how many switches must be closed at least until a feeder feeds the area."""
        cost, waiting = {place: 0}, deque([place])
        best = _IMPOSSIBLE
        while waiting:
            block = waiting.popleft()
            here = cost[block]
            if here >= best:
                break
            for i, other in self._at(block):
                step = 0 if self._joins(i, operations) else 1 if self._may_close(i, operations) else None
                if step is None:
                    continue
                if i in self._item:
                    if self._item[i] == item and self._lower[i] == block:
                        dead = step == 0 and not self._feeds(i, area, operations)
                        best = min(best, here + step + (dead and self._upper(i) not in area.came_by))
                elif here + step < cost.get(other, _IMPOSSIBLE):
                    cost[other] = here + step
                    (waiting.append if step else waiting.appendleft)(other)
        return best
