"""Who supplies each piece, from the few supply points between pieces; and from that the answer of each DER row."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.peers.frame import LEVELS, Frame
from topogroup.topology.graph.phases import components
from topogroup.topology.structure.levels import TIER_LEVELS, Level
from topogroup.topology.supplying.attachment import Energisation
from topogroup.topology.supplying.supply import Supply, supply

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SERVICE: Final = len(LEVELS) - 1
_PRIMARY: Final = LEVELS.index(TIER_LEVELS["primary"])


@dataclass(slots=True)
class Answers:
    """The answer of each piece.

    Attributes:
        live, whole, held: bool[n]; joined to a grid source; without a lacking phase; an island's machine is there.
        above, service: int64[n]; numbers of what supplies on all levels but the last, and on the last.
        flags: int64[n]; bits: paralleled, back-fed above the last level, the same on the last level.
    """

    live: Bools
    whole: Bools
    held: Bools
    above: I64
    service: I64
    flags: I64

    @classmethod
    def empty(cls, count: int) -> Answers:
        """Return answers of dead pieces."""
        none = np.zeros(count, np.int64)
        no = np.zeros(count, np.bool_)
        return cls(no, no.copy(), no.copy(), none, none.copy(), none.copy())

    def put(self, at: I64, other: Answers) -> None:
        """Write the answers of some pieces."""
        for name in ("live", "whole", "held", "above", "service", "flags"):
            getattr(self, name)[at] = getattr(other, name)


class Solver:
    """Answers by number; equal answers have equal numbers for as long as the solver lives."""

    def __init__(self, frame: Frame) -> None:
        """Know nothing yet."""
        self._frame = frame
        self._levels = [frame.grid.levels[name] for name in LEVELS]
        self._known: dict[Hashable, int] = {(): 0}

    def _number(self, value: Hashable) -> int:
        return self._known.setdefault(value, len(self._known))

    def solve(self, count: int, u: I64, v: I64, link: I64, source: Bools, degraded: Bools) -> Answers:
        """Find who supplies each piece.

        Args:
            count: number of pieces.
            u, v: int64[n]; pieces at both ends of the links that conduct.
            link: int64[n]; which links they are.
            source: bool[count]; the piece holds a grid source.
            degraded: bool[n]; the unit of the link lacks a phase.

        Returns:
            The answers; `held` is left False.
        """
        result = Answers.empty(count)
        result.live = _reached(components(count, u, v), source)
        result.whole = result.live
        if degraded.any():
            result.whole = _reached(components(count, u[~degraded], v[~degraded]), source)
        sets = np.zeros((count, len(LEVELS) + 1), np.int64)
        for number, level in enumerate(self._levels):
            point = self._frame.point[number, link]
            at = np.flatnonzero(point >= 0)
            if not at.size:
                continue
            part = components(count, u[point < 0], v[point < 0])
            holds = np.zeros(int(part.max()) + 1, np.bool_)
            holds[part[source]] = True
            u_above = self._frame.upper_is_u[number, link[at]]
            one, other = part[u[at]], part[v[at]]
            upper, lower = np.where(u_above, one, other), np.where(u_above, other, one)
            found = supply(holds.size, holds, upper, lower, point[at])
            several = self._write(sets[:, number], level, found, part)
            parallel = found.both_ways | several if number < _SERVICE else found.both_ways
            shift = 2 if number == _SERVICE else 0
            result.flags |= (parallel[part] * 1 + found.back_fed[part] * 2) << shift
            if number == _PRIMARY:
                sets[:, -1] = self._upstream(found, dict(zip(point[at].tolist(), upper.tolist(), strict=True)), part)
        result.service = sets[:, _SERVICE].copy()
        sets[:, _SERVICE] = 0
        fed = np.flatnonzero(result.live & sets.any(axis=1))
        if fed.size:
            distinct, which = np.unique(sets[fed], axis=0, return_inverse=True)
            result.above[fed] = np.array([self._number(("all", *row)) for row in distinct.tolist()])[which.reshape(-1)]
        result.flags[~result.live] = 0
        return result

    def _write(self, column: I64, level: Level, found: Supply, part: I64) -> Bools:
        """Write the numbers of the sets of points; return which parts hang on several items or substations."""
        number = np.zeros(len(found.items), np.int64)
        several = np.zeros(number.size, np.bool_)
        feeders = level.name in TIER_LEVELS.values()
        for at, points in enumerate(found.items):
            if points:
                items = tuple(sorted({int(level.item[p]) for p in points}))
                substations = tuple(sorted({int(level.substation[p]) for p in points} - {-1}))
                number[at] = self._number((level.name, items, substations))
                several[at] = len(items) > 1 if feeders else len(substations) > 1
        column[:] = number[part]
        return several

    def _upstream(self, found: Supply, upper: dict[int, int], part: I64) -> I64:
        """Return the number of what feeds the parts above the feeders of each part, with the steps to it."""
        number = np.zeros(len(found.items), np.int64)
        level = self._levels[_PRIMARY]
        if any(found.items[above] for above in set(upper.values())):
            for start in range(number.size):
                known: dict[int, int] = {}
                points, seen, steps = set(found.items[start]), {start}, 0
                while points:
                    above = {upper[p] for p in points} - seen
                    seen |= above
                    steps += 1
                    points = {p for one in above for p in found.items[one]}
                    for p in points:
                        known.setdefault(int(level.item[p]), steps)
                number[start] = self._number(("upstream", *sorted(known.items()))) if known else 0
        return number[part]


def _reached(part: I64, source: Bools) -> Bools:
    fed = np.zeros(int(part.max(initial=-1)) + 1, np.bool_)
    fed[part[source]] = True
    reached: Bools = fed[part]
    return reached


def degraded_links(frame: Frame, label: npt.NDArray[np.integer], live: Bools, link: I64) -> Bools:
    """Return which links belong to a unit of which a phase is dead."""
    gates = frame.grid.graph.gates
    lacking = np.zeros(int(gates.unit.max(initial=-1)) + 2, np.bool_)
    lacking[gates.unit[~live[label[gates.vertex]]]] = True
    result: Bools = lacking[frame.unit[frame.links[link]]]
    return result


def row_codes(frame: Frame, rows: I64, piece: npt.NDArray[np.integer], answers: Answers, lacking: Bools) -> I64:
    """Return one number for the whole answer of each row.

    Args:
        frame: what is fixed.
        rows: int64[n]; rows of DER.
        piece: int[n]; the piece of each.
        answers: those of all pieces.
        lacking: bool[n]; the service transformer of the row lacks a phase.
    """
    live = answers.live[piece]
    energisation = np.where(answers.held[piece], int(Energisation.ISLANDED), int(Energisation.UNSUPPLIED))
    sound = answers.whole[piece] & ~lacking
    fed = np.where(sound, int(Energisation.ENERGISED), int(Energisation.PARTIALLY_ENERGISED))
    leaf = frame.in_leaf[rows]
    flags = answers.flags[piece]
    both = np.where(leaf, flags & 3, (flags & 3) | (flags >> 2))
    service = np.where(leaf, 0, answers.service[piece])
    code = (((answers.above[piece] << 24) + service) << 4) + (both << 2) + fed
    code = np.where(live, code, energisation)
    return np.where(frame.row_joined[rows], code, int(Energisation.UNSUPPLIED))
