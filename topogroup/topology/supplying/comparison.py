"""Comparison of two states of a network: which DER are attached in another way, by every word of an attachment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from topogroup.topology.arrays.links import Links
from topogroup.topology.structure.levels import TIER_LEVELS
from topogroup.topology.supplying.attachment import Attachments, DerRows, LevelAnswer

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_PRIMARY = TIER_LEVELS["primary"]


def changed_ders(rows: DerRows, before: Attachments, after: Attachments) -> I64:
    """Find the DER whose attachment differs between two states of one prepared network.

    A phase that is traced in two ways (behind a phase-to-phase centre tap) is what both say together.

    Args:
        rows: the DER by phase.
        before: one state.
        after: the other.

    Returns:
        int64[n]; their positions, ascending.
    """
    phases, phase = np.unique(rows.der * 256 + rows.bit, return_inverse=True)
    other = np.zeros(phases.size, np.bool_)
    energisation = np.full((2, phases.size), 255, np.uint8)
    flags = np.zeros((2, phases.size, 3), np.bool_)
    for at, state in enumerate((before, after)):
        np.minimum.at(energisation[at], phase, state.row_energisation)
        np.logical_or.at(flags[at], phase, state.row_flags)
    other |= energisation[0] != energisation[1]
    other |= (flags[0] != flags[1]).any(axis=1)
    for name in before.row_links:
        one, two = (_by_phase(state.row_links[name], phase, phases.size) for state in (before, after))
        other |= _differs(one, two)
    above = [_upstream_by_phase(rows, phase, phases.size, state) for state in (before, after)]
    other |= np.array([one != two for one, two in zip(*above, strict=True)], np.bool_)
    # a phase that is traced in two ways may be whole in one of them and its DER partially energised for the other
    whole = np.flatnonzero(before.energisation != after.energisation)
    result: I64 = np.union1d(phases[other] // 256, whole)
    return result


def _by_phase(links: Links, phase: I64, count: int) -> Links:
    if count == phase.size:
        return links
    return Links.from_pairs(count, phase[links.owners()], links.item.astype(np.int64))


def _differs(one: Links, two: Links) -> Bools:
    """Return for which owners two links name other items: bool[n]."""
    result: Bools = np.diff(one.start) != np.diff(two.start)
    same = np.flatnonzero(~result)
    length = np.diff(one.start)[same]
    owner = np.repeat(same, length)
    offset = np.arange(owner.size) - np.repeat(np.cumsum(length) - length, length)
    unequal = one.item[one.start[owner] + offset] != two.item[two.start[owner] + offset]
    result[owner[unequal]] = True
    return result


def _upstream_by_phase(rows: DerRows, phase: I64, count: int, state: Attachments) -> list[dict[int, int]]:
    """Return for each phase the feeders above those that supply it, with the steps to each."""
    answer, links = state.answers[_PRIMARY], state.row_links[_PRIMARY]
    known: dict[int, dict[int, int]] = {}
    result: list[dict[int, int]] = [{} for _ in range(count)]
    fed = np.flatnonzero(np.diff(links.start) > 0)
    for at, part in zip(phase[fed].tolist(), answer.part[rows.vertex[fed]].tolist(), strict=True):
        if part not in known:
            known[part] = steps_above(answer, part)
        for feeder, steps in known[part].items():
            result[at][feeder] = min(result[at].get(feeder, steps), steps)
    return result


def steps_above(answer: LevelAnswer, part: int) -> dict[int, int]:
    """Return the feeders that supply the parts above those of a part, then theirs, with the steps to each."""
    known: dict[int, int] = {}
    points, seen, steps = set(answer.supply.items[part]), {part}, 0
    while points:
        parts = {int(answer.part[answer.level.upper[p]]) for p in points} - seen
        seen |= parts
        steps += 1
        points = {p for above in parts for p in answer.supply.items[above]}
        for point in points:
            known.setdefault(int(answer.level.item[point]), steps)
    return known
