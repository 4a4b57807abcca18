"""Settling: who supplies some areas, from the links between them.

The areas asked for hold every area that links join to them, up to those with a grid source. All of these count as
one, the root: it is fed directly on every level, and no other part is cut off from it by another one's removal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.phases import components
from topogroup.topology.structure.levels import TIER_LEVELS, Level
from topogroup.topology.supplying.attachment import Energisation
from topogroup.topology.supplying.supply import Supply, supply
from topogroup.topology.tracing.sets import KnownAnswers
from topogroup.topology.tracing.tables import BACK_FED_SHIFT
from topogroup.topology.tracing.working import LEVELS, LinkTable

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
Bools = npt.NDArray[np.bool_]

COLUMNS = len(LEVELS) + 1
"""Columns of `sets`: feeders upstream, then the levels."""

UPSTREAM = 0

_PRIMARY = LEVELS.index(TIER_LEVELS["primary"])


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some areas and the links between them that conduct.

    Attributes:
        count: number of areas; area `count` is the root.
        link: int64[n]; rows of the link table.
        u, v: int64[n]; the areas at `link_u` and `link_v`, from 0.
    """

    count: int
    link: I64
    u: I64
    v: I64

    def joined(self, over: Bools) -> I64:
        """Return a part number for each area and the root: int64[count + 1]."""
        return components(self.count + 1, self.u[over], self.v[over])


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Who supplies each area.

    Attributes:
        status: uint8[n]; an `Energisation`.
        flags: uint16[n]; see `BACK_FED_SHIFT`.
        sets: int32[n, COLUMNS]; numbers of what is upstream, and of the supply points of each level.
        cut_short: areas whose back-feed had too many ways, by level.
    """

    status: U8
    flags: U16
    sets: I32
    cut_short: dict[int, list[int]]


def live_areas(piece: Piece) -> Bools:
    """Return which areas are joined to a grid source: bool[count]."""
    part = piece.joined(np.ones(piece.link.size, np.bool_))
    live: Bools = part[:-1] == part[-1]
    return live


def settled(
    piece: Piece,
    table: LinkTable,
    levels: Sequence[Level],
    degraded: Bools,
    holding: Bools,
    known: KnownAnswers,
) -> Answers:
    """Find who supplies each area.

    Args:
        piece: the areas.
        table: all links.
        levels: the levels, in the order of `LEVELS`.
        degraded: bool[n_links of the piece]; the unit of the link lacks a phase.
        holding: bool[count]; a machine that can hold an island stands in the area.
        known: numbers of what was met so far.

    Returns:
        The answers.
    """
    count, everything = piece.count, np.ones(piece.link.size, np.bool_)
    joined = piece.joined(everything)
    live = joined[:-1] == joined[-1]
    sound = piece.joined(~degraded) if degraded.any() else joined
    whole = sound[:-1] == sound[-1]
    held = np.zeros(int(joined.max(initial=-1)) + 1, np.bool_)
    held[joined[:-1][holding]] = True
    status = np.where(held[joined[:-1]], Energisation.ISLANDED, Energisation.UNSUPPLIED)
    status = np.where(live, np.where(whole, Energisation.ENERGISED, Energisation.PARTIALLY_ENERGISED), status)
    flags, sets = np.zeros(count, np.uint16), np.zeros((count, COLUMNS), np.int32)
    cut_short: dict[int, list[int]] = {}
    for number in range(len(levels)):
        point = table.point[number, piece.link]
        at = np.flatnonzero(point >= 0)
        if not at.size:
            continue
        part = piece.joined(point < 0)
        is_source = np.zeros(int(part.max()) + 1, np.bool_)
        is_source[part[-1]] = True
        u_above = table.upper_is_u[number, piece.link[at]]
        one, other = part[piece.u[at]], part[piece.v[at]]
        upper, lower = np.where(u_above, one, other), np.where(u_above, other, one)
        found = supply(is_source.size, is_source, upper, lower, point[at])
        own = part[:-1]
        _write(sets[:, 1 + number], flags, found, own, live, number, known)
        if number == _PRIMARY:
            _write_upstream(sets[:, UPSTREAM], found, own, live, (upper, point[at]), levels[number], known)
        if found.cut_short:
            short = np.isin(own, found.cut_short)
            cut_short[number] = np.flatnonzero(short).tolist()
    return Answers(status.astype(np.uint8), flags, sets, cut_short)


def _write(column: I32, flags: U16, found: Supply, part: I64, live: Bools, level: int, known: KnownAnswers) -> None:
    """Write the answers of one level: the sets of points, and the flags."""
    number, is_live = np.zeros(len(found.items), np.int32), np.zeros(len(found.items), np.bool_)
    is_live[part[live]] = True
    parts = np.flatnonzero(is_live)
    number[parts] = [known.set_number(level, found.items[at]) for at in parts.tolist()]
    column[live] = number[part[live]]
    flags[live & found.both_ways[part]] |= 1 << level
    flags[live & found.back_fed[part]] |= 1 << (BACK_FED_SHIFT + level)


def _write_upstream(
    column: I32,
    found: Supply,
    part: I64,
    live: Bools,
    points: tuple[I64, I64],
    level: Level,
    known: KnownAnswers,
) -> None:
    """Write which feeders supply the parts above those that a part hangs on, then theirs, with the steps to each."""
    upper = dict(zip(points[1].tolist(), points[0].tolist(), strict=True))
    if not any(found.items[above] for above in set(upper.values())):
        return
    number = np.zeros(len(found.items), np.int32)
    for start in np.unique(part[live]).tolist():
        steps_to: dict[int, int] = {}
        at, seen, steps = set(found.items[start]), {start}, 0
        while at:
            above = {upper[p] for p in at} - seen
            seen |= above
            steps += 1
            at = {p for one in above for p in found.items[one]}
            for point in at:
                steps_to.setdefault(int(level.item[point]), steps)
        number[start] = known.upstream.number(tuple(sorted(steps_to.items())))
    column[live] = number[part[live]]
