"""Who supplies a part: one rule for every level (DESIGN section 4, "Who supplies a DER").

Cut all supply points of a level; what remains are parts. Parts and conducting points form a small graph. A part
that holds a grid source is fed directly; else every point supplies it whose upstream part is still joined to a
source when the part itself is taken away; else, if it is live, it is back-fed through points that conduct backwards.

Almost every network is almost a tree: parts with a single neighbour are settled by arrays first, round by round;
for the rest one depth-first search tells which part separates which other from all sources (low points, Tarjan 1972).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cim_models import limits
from topogroup.topology.arrays.rows import distinct

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Supply:
    """Who supplies each part.

    Attributes:
        items: for each part the points that supply it, ascending.
        back_fed: bool[n_parts]; fed against the sides of its points.
        both_ways: bool[n_parts]; fed forwards and backwards at once; a part fed directly is fed neither way.
        cut_short: parts whose back-feed had more ways than `BACK_FEED_STEPS_MAX`.
    """

    items: list[tuple[int, ...]]
    back_fed: Bools
    both_ways: Bools
    cut_short: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _PartGraph:
    """Parts and points; `into[p]` are (upper part, item) of points that p touches from downstream."""

    source: Bools
    into: dict[int, set[tuple[int, int]]]
    out_of: dict[int, set[int]]


def supply(n_parts: int, source: Bools, upper: I64, lower: I64, item: I64) -> Supply:
    """Find who supplies each part.

    Args:
        n_parts: number of parts.
        source: bool[n_parts]; the part holds a grid source.
        upper: int64[n]; upstream part of each conducting point.
        lower: int64[n]; downstream part of each.
        item: int64[n]; the supply point's number.

    Returns:
        The suppliers of each part; dead parts have none.
    """
    result = Supply([()] * n_parts, np.zeros(n_parts, np.bool_), np.zeros(n_parts, np.bool_))
    crossing = upper != lower
    if not crossing.any():
        return result
    points = np.stack(distinct(upper[crossing], lower[crossing], item[crossing]), axis=1)
    rounds, core = _peel(n_parts, source, points)
    alive = source.copy()
    alive[_settle_core(core, source, result)] = True
    for leaves, between in reversed(rounds):
        _settle_leaves(leaves, between, alive, result)
    return result


def _peel(n_parts: int, source: Bools, points: I64) -> tuple[list[tuple[I64, I64]], I64]:
    """Take off parts with one neighbour and no source, round by round.

    Returns:
        For each round the leaves and their points, and the points of what remains.
    """
    rounds: list[tuple[I64, I64]] = []
    while True:
        here, there = (np.concatenate([points[:, i], points[:, 1 - i]]) for i in (0, 1))
        degree = np.bincount(distinct(here, there)[0], minlength=n_parts)
        leaf = (degree == 1) & ~source
        # of two leaves joined to each other alone, neither is live; one must stay for the other to be one
        both = leaf[points[:, 0]] & leaf[points[:, 1]]
        leaf[points[both, 1]] = False
        if not leaf.any():
            return rounds, points
        touched = leaf[points[:, 0]] | leaf[points[:, 1]]
        rounds.append((np.flatnonzero(leaf), points[touched]))
        points = points[~touched]


def _settle_leaves(leaves: I64, points: I64, alive: Bools, result: Supply) -> None:
    """Settle parts that hang on one neighbour, whose own suppliers are known by now."""
    is_leaf = np.zeros(alive.size, np.bool_)
    is_leaf[leaves] = True
    forward = points[is_leaf[points[:, 1]] & alive[points[:, 0]]]
    for part, item in zip(forward[:, 1].tolist(), forward[:, 2].tolist(), strict=True):
        result.items[part] += (item,)
    backward = points[is_leaf[points[:, 0]] & alive[points[:, 1]]]
    for part, beyond in zip(*(ends.tolist() for ends in distinct(backward[:, 0], backward[:, 1])), strict=True):
        if result.items[part]:
            result.both_ways[part] = True
        else:
            result.items[part] = result.items[beyond]
            result.back_fed[part] = True
    alive[forward[:, 1]] = True
    alive[backward[:, 0]] = True


def _settle_core(points: I64, source: Bools, result: Supply) -> list[int]:
    """Settle the parts that hang together in rings or hold sources; return those that are live."""
    graph = _PartGraph(source, defaultdict(set), defaultdict(set))
    for upper, lower, item in points.tolist():
        graph.into[lower].add((upper, item))
        graph.out_of[upper].add(lower)
    parts = sorted(graph.into.keys() | graph.out_of.keys())
    order = _SearchOrder(graph, parts)
    for part in parts:
        if part not in order.first:
            continue
        if source[part]:
            continue
        beyond = [other for other in graph.out_of.get(part, ()) if order.joined_without(part, other)]
        items = {i for other, i in graph.into.get(part, ()) if order.joined_without(part, other)}
        if items:
            result.items[part] = tuple(sorted(items))
            result.both_ways[part] = bool(beyond)
            continue
        search = _BackFeed(graph)
        result.back_fed[part] = True
        result.items[part] = tuple(sorted(search.suppliers_beyond(part, frozenset())))
        if search.steps > limits.BACK_FEED_STEPS_MAX:
            result.cut_short.append(part)
    return list(order.first)


class _SearchOrder:
    """Depth-first order from all sources at once, with low points: who is cut off when a part is taken away."""

    def __init__(self, graph: _PartGraph, parts: list[int]) -> None:
        self.first: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self._low: dict[int, int] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._neighbours: dict[int, list[int]] = {
            p: sorted({u for u, _ in graph.into.get(p, ())} | graph.out_of.get(p, set())) for p in parts
        }
        self._source = graph.source
        clock = 1
        for part in parts:
            if graph.source[part] and part not in self.first:
                clock = self._search(part, clock)

    def _search(self, root: int, clock: int) -> int:
        """Number everything reached from one source; number 0 is the point from which all sources hang."""
        stack = [(root, -1, iter(self._neighbours[root]))]
        self.first[root], self._low[root] = clock, 0
        clock += 1
        while stack:
            part, parent, rest = stack[-1]
            for other in rest:
                if other not in self.first:
                    self.first[other] = clock
                    self._low[other] = 0 if self._source[other] else clock
                    clock += 1
                    self._children[part].append(other)
                    stack.append((other, part, iter(self._neighbours[other])))
                    break
                if other != parent:
                    self._low[part] = min(self._low[part], self.first[other])
            else:
                stack.pop()
                self._last[part] = clock - 1
                if parent >= 0:
                    self._low[parent] = min(self._low[parent], self._low[part])
        return clock

    def joined_without(self, part: int, other: int) -> bool:
        """Tell whether `other` is joined to a source when `part` is taken away."""
        if other not in self.first:
            return False
        if not self.first[part] < self.first[other] <= self._last[part]:
            return True
        children = self._children[part]
        child = children[bisect_right(children, self.first[other], key=lambda c: self.first[c]) - 1]
        return self._low[child] < self.first[part]


class _BackFeed:
    """Follows back-feed part by part, each time with the parts behind taken away."""

    def __init__(self, graph: _PartGraph) -> None:
        self._graph = graph
        self._known: dict[tuple[int, frozenset[int]], frozenset[int]] = {}
        self.steps = 0

    def suppliers_beyond(self, part: int, without: frozenset[int]) -> frozenset[int]:
        """Return who supplies the parts that feed `part` backwards, `part` and `without` taken away."""
        taken = without | {part}
        found: frozenset[int] = frozenset()
        live = self._live(taken)
        for beyond in sorted(self._graph.out_of.get(part, set()) - taken):
            if beyond in live:
                found |= self._suppliers(beyond, taken)
        return found

    def _suppliers(self, part: int, without: frozenset[int]) -> frozenset[int]:
        known = self._known.get((part, without))
        if known is not None:
            return known
        self.steps += 1
        if self.steps > limits.BACK_FEED_STEPS_MAX or self._graph.source[part]:
            return frozenset()
        live = self._live(without | {part})
        found = frozenset(i for upper, i in self._graph.into.get(part, ()) if upper in live)
        if not found:
            found = self.suppliers_beyond(part, without)
        self._known[part, without] = found
        return found

    def _live(self, without: frozenset[int]) -> set[int]:
        """Return the parts joined to a source with some parts taken away."""
        graph = self._graph
        parts = graph.into.keys() | graph.out_of.keys()
        live = {p for p in parts if graph.source[p] and p not in without}
        queue = deque(live)
        while queue:
            part = queue.popleft()
            for other in {u for u, _ in graph.into.get(part, ())} | graph.out_of.get(part, set()):
                if other not in live and other not in without:
                    live.add(other)
                    queue.append(other)
        return live
