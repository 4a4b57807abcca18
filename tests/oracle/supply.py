"""DESIGN.md section 4, "Who supplies a DER: one rule for every level", as written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .skeleton import Flow

Supplier = tuple[str, int]


@dataclass(frozen=True)
class Level:
    """The supply points of one level: equipment -> (item it stands for, nodes on its upper side)."""

    name: str
    points: Mapping[str, tuple[str, frozenset[str]]]


@dataclass(frozen=True)
class Answer:
    """Who supplies a part: (item, upstream part) pairs, and how."""

    suppliers: frozenset[Supplier]
    back_fed: bool = False
    both_ways: bool = False

    @property
    def items(self) -> set[str]:
        """The items alone."""
        return {item for item, _ in self.suppliers}


class Parts:
    """Parts and conducting supply points of one level: a small graph."""

    def __init__(self, flow: Flow, level: Level, variant: int) -> None:
        self.level = level
        links = flow.usable_links(variant)
        adjacent: dict[int, list[int]] = {}
        crossing: list[tuple[str, int, int]] = []
        for link in links:
            item, upper = level.points.get(link.edge.owner or "", (None, frozenset()))
            above, below = link.edge.u[0] in upper, link.edge.v[0] in upper
            if item is None or above == below:  # no point, or both ends on one side: it hands nothing over
                adjacent.setdefault(link.a, []).append(link.b)
                adjacent.setdefault(link.b, []).append(link.a)
            else:
                crossing.append((item, link.a, link.b) if above else (item, link.b, link.a))
        self.part: dict[int, int] = {}
        for vertex in range(flow.skeleton.count):
            if vertex not in self.part:
                todo = [vertex]
                self.part[vertex] = vertex
                while todo:
                    for other in adjacent.get(todo.pop(), ()):
                        if other not in self.part:
                            self.part[other] = vertex
                            todo.append(other)
        self.sources = {self.part[vertex] for vertex in flow.skeleton.sources}
        self.above: dict[int, set[Supplier]] = {}
        self.below: dict[int, set[Supplier]] = {}
        for item, a, b in crossing:
            up, down = self.part[a], self.part[b]
            if up != down:
                self.above.setdefault(down, set()).add((item, up))
                self.below.setdefault(up, set()).add((item, down))
        self._joined: dict[tuple[int, frozenset[int]], bool] = {}
        self._answers: dict[tuple[int, frozenset[int]], Answer] = {}

    def joined(self, start: int, taken: frozenset[int]) -> bool:
        """Whether a part is still joined to a grid source when these parts are taken away."""
        key = (start, taken)
        if key not in self._joined:
            self._joined[key] = self._search(start, taken)
        return self._joined[key]

    def _search(self, start: int, taken: frozenset[int]) -> bool:
        seen = {start}
        todo = [start]
        while todo:
            part = todo.pop()
            if part in self.sources:
                return True
            for _, other in (*self.above.get(part, ()), *self.below.get(part, ())):
                if other not in seen and other not in taken:
                    seen.add(other)
                    todo.append(other)
        return False

    def answer(self, part: int, taken: frozenset[int] = frozenset()) -> Answer:
        """Rules (1), (2) and (3)."""
        key = (part, taken)
        if key not in self._answers:
            self._answers[key] = self._answer(part, taken)
        return self._answers[key]

    def _answer(self, part: int, taken: frozenset[int]) -> Answer:
        if part in self.sources:  # (1) fed directly, no supply point
            return Answer(frozenset())
        without = taken | {part}
        forwards = frozenset(
            (item, up)
            for item, up in self.above.get(part, ())
            if up not in without and self.joined(up, without)
        )
        backwards = {
            down for _, down in self.below.get(part, ()) if down not in without and self.joined(down, without)
        }
        if forwards:  # (2)
            return Answer(forwards, both_ways=bool(backwards))
        found: set[Supplier] = set()
        for beyond in backwards:  # (3)
            found |= self.answer(beyond, without).suppliers
        return Answer(frozenset(found), back_fed=bool(backwards))

    def upstream(self, answer: Answer) -> list[set[str]]:
        """DESIGN: "`upstream_feeders`: the feeders that supply the part above each feeder, then theirs"."""
        listed = answer.items
        rings: list[set[str]] = []
        above = {up for _, up in answer.suppliers}
        seen: set[int] = set()
        while above:
            seen |= above
            suppliers = {s for part in above for s in self.answer(part).suppliers}
            ring = {item for item, _ in suppliers} - listed
            rings.append(ring)
            listed |= ring
            above = {up for _, up in suppliers} - seen
        return rings
