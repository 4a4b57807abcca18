"""Paths: over which switches and equipment a DER is supplied, and who is supplied over a piece of equipment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes
from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.blocks import BlockTree, block_tree
from topogroup.topology.questions.known_state import DerPhases, KnownState, Part, require_carrier
from topogroup.topology.structure.levels import SERVICE_LEVEL, TIER_LEVELS, TRANSFORMER_LEVEL

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SOURCE_LEVEL: Final = "source"
LEVELS_UPWARD: Final = (
    SERVICE_LEVEL,
    TIER_LEVELS["low_voltage"],
    TIER_LEVELS["primary"],
    TIER_LEVELS["subtransmission"],
    TRANSFORMER_LEVEL,
)
"""The levels of supply points, from a DER to the grid."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a DER hangs on one supply point.

    Attributes:
        level: one of `LEVELS_UPWARD`, or `source`.
        supply: the supply point.
        phases: the phases of the DER for which the way is this.
        parts: the shortest way: what lies between, from the DER on, and the supply point itself as the last.
        others: what lies on other ways between the two, ascending by mRID; empty where there is one way alone.
    """

    level: str
    supply: Item
    phases: str
    parts: tuple[Part, ...]
    others: tuple[Part, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the way as answers show it."""
        return {
            "level": self.level,
            "supply": self.supply._asdict(),
            "phases": self.phases,
            "parts": [part.as_dict() for part in self.parts],
            "others": [part.as_dict() for part in self.others],
        }


@dataclass(frozen=True, slots=True)
class DerPath:
    """All ways of one DER: level by level from the DER to the grid, within a level by mRID; none without supply."""

    der: Item
    ways: tuple[Way, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the path as answers show it."""
        return {"mrid": self.der.mrid, "name": self.der.name, "ways": [way.as_dict() for way in self.ways]}


def path(known: KnownState, der: int) -> DerPath:
    """Find the switches and equipment between a DER and each of its supply points, and the grid.

    Args:
        known: the state.
        der: position of the DER.

    Returns:
        One way to every supply point that supplies the DER, on every level, and one to the nearest grid source.
    """
    network, rows = known.network, known.rows
    found: dict[tuple[int, int, tuple[int, ...], tuple[int, ...]], int] = {}
    vertices = [(int(rows.vertex[row]), int(rows.bit[row])) for row in known.rows_of(der)]
    for number, level in enumerate(LEVELS_UPWARD):
        finder = _LevelWays(known, level)
        for vertex, bit in vertices:
            for item, parts, others in finder.ways(vertex):
                found[number, item, parts, others] = found.get((number, item, parts, others), 0) | bit
    for vertex, bit in vertices:
        key = len(LEVELS_UPWARD), 0, *_way_to_source(known, vertex)
        found[key] = found.get(key, 0) | bit
    ways = []
    for (number, item, parts, others), phases in sorted(found.items(), key=lambda entry: entry[0]):
        own, rest = tuple(map(known.part, parts)), tuple(map(known.part, others))
        if number < len(LEVELS_UPWARD):
            level, supply = LEVELS_UPWARD[number], known.grid.levels[LEVELS_UPWARD[number]].items[item]
        else:
            level, supply = SOURCE_LEVEL, own[-1].item
        ways.append(Way(level, supply, phase_codes.code_of(phases), own, rest))
    e = int(network.der.equipment[der])
    return DerPath(Item(network.equipment.id[e], network.equipment.name[e], False), tuple(ways))


def fed_through(known: KnownState, equipment: Sequence[int]) -> DerPhases:
    """Find the DER of which a piece of equipment lies on some supply path.

    Args:
        known: the state.
        equipment: positions; one, or the heads of one feeder.

    Returns:
        The DER with the phases for which it lies on a way without repeated vertices from a grid source; none of an
        open switch.

    Raises:
        OptionError: it carries no supply.
    """
    require_carrier(known.grid, equipment)
    mine = np.isin(known.grid.graph.edges.equipment[known.used], equipment)
    feeding = known.sources_of(equipment)[known.fed_at]
    behind = known.ways.behind(np.concatenate([mine, feeding]))
    return known.ders(known.phases_at(behind[known.rows.vertex] & known.supplied))


def _way_to_source(known: KnownState, vertex: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the equipment on the shortest way to a grid source, the source last, and that on other ways."""
    edges, used = known.grid.graph.edges, known.used
    way = known.ways.way(vertex)[:-1]
    parts = [*_equipment_along(way, edges.u[used], edges.v[used], edges.equipment[used]), known.source_at(way[-1])]
    on_ways = known.ways.on_ways(vertex)
    others = np.unique(edges.equipment[used[on_ways[: used.size]]]).tolist()
    others += [e for at in known.fed_at[on_ways[used.size :]].tolist() for e in known.sources_at(at)]
    return tuple(parts), tuple(sorted({e for e in others if e >= 0} - set(parts)))


def _equipment_along(way: Sequence[int], u: I64, v: I64, equipment: I64) -> list[int]:
    """Return the equipment between successive vertices, of parallel ones the lowest mRID, each once in a row."""
    here = np.flatnonzero(np.isin(u, way) & np.isin(v, way))
    between: dict[tuple[int, int], int] = {}
    for one, other, e in zip(u[here].tolist(), v[here].tolist(), equipment[here].tolist(), strict=True):
        for pair in ((one, other), (other, one)):
            best = between.get(pair, -1)
            between[pair] = e if best < 0 else min(best, e) if e >= 0 else best
    found: list[int] = []
    for pair in pairwise(way):
        if not found or found[-1] != between[pair]:
            found.append(between[pair])
    return found


class _LevelWays:
    """The ways from places to the supply points of one level."""

    def __init__(self, known: KnownState, level: str) -> None:
        self._known = known
        self._level = known.grid.levels[level]
        self._answer = known.found.answers[level]
        self._part = known.parts(level) if self._level.edge.size else np.empty(0, np.int64)

    def ways(self, vertex: int) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
        """Return (supply point, equipment on the shortest way, equipment on others) from a vertex."""
        level, equipment = self._level, self._known.grid.graph.edges.equipment
        trees: dict[tuple[int, ...], _Piece] = {}
        found = []
        for point in self._answer.supply.items[int(self._answer.part[vertex])]:
            target, own = int(level.lower[point]), int(equipment[level.edge[point]])
            chain = self._chain(int(self._part[vertex]), int(self._part[target]))
            if chain not in trees:
                trees[chain] = self._piece(chain, vertex)
            parts, others = trees[chain].way(target)
            parts = parts if parts and parts[-1] == own else (*parts, own)
            found.append((int(level.item[point]), parts, tuple(e for e in others if e not in parts)))
        return found

    def _conducting(self) -> I64:
        return np.flatnonzero(self._known.live.conducting[self._level.edge])

    def _chain(self, start: int, end: int) -> tuple[int, ...]:
        """Return the parts from one to another, against the direction of the supply points between: back-feed."""
        before, waiting = {start: start}, [start]
        while end not in before:
            assert waiting, "a supply point that supplies a part is found beyond it"
            points = self._conducting()
            upper, lower = self._part[self._level.upper[points]], self._part[self._level.lower[points]]
            following = []
            for at in np.flatnonzero(np.isin(upper, waiting)).tolist():
                if int(lower[at]) not in before:
                    before[int(lower[at])] = int(upper[at])
                    following.append(int(lower[at]))
            waiting = following
        chain = [end]
        while chain[-1] != start:
            chain.append(before[chain[-1]])
        return tuple(reversed(chain))

    def _piece(self, chain: tuple[int, ...], vertex: int) -> _Piece:
        """Return the conducting edges within some parts, and those from each to the next, as seen from a vertex."""
        edges, level, part = self._known.grid.graph.edges, self._level, self._part
        inside = self._known.live.conducting & np.isin(part[edges.u], chain)
        inside[level.edge] = False
        for one, other in pairwise(chain):
            points = self._conducting()
            across = (part[level.upper[points]] == one) & (part[level.lower[points]] == other)
            inside[level.edge[points[across]]] = True
        used = np.flatnonzero(inside)
        return _Piece(edges.u[used], edges.v[used], edges.equipment[used], vertex)


class _Piece:
    """A small piece of the network, as seen from one vertex."""

    def __init__(self, u: I64, v: I64, equipment: I64, vertex: int) -> None:
        self._vertices = np.unique(np.concatenate([u, v, [vertex]]))
        self._u, self._v = (np.searchsorted(self._vertices, ends) for ends in (u, v))
        self._equipment = equipment
        start = int(np.searchsorted(self._vertices, vertex))
        self._tree: BlockTree = block_tree(self._vertices.size, self._u, self._v, start)

    def way(self, target: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the equipment on the shortest way to a vertex, and that on all ways, ascending."""
        at = int(np.searchsorted(self._vertices, target))
        parts = _equipment_along(self._tree.way(at)[::-1], self._u, self._v, self._equipment)
        every = np.unique(self._equipment[self._tree.on_ways(at)]).tolist()
        return tuple(parts), tuple(e for e in every if e >= 0)
