"""Settling affected areas, level by level, where parts hang on fed parts alone; the rest is left to `settling.settled`.

A part that is joined to a grid source without passing a supply point of the level is fed directly, and counts as the
root. Nearly every other part has points to the root alone: those that it lies below supply it, and if there are none,
it is back-fed from what is fed directly, which no point supplies.
"""

from __future__ import annotations

from topogroup.topology.tracing.jit import jit
from topogroup.topology.tracing.kernels.pieces import across, find_islands, find_whole, is_loose
from topogroup.topology.tracing.tables import (
    BACK_FED_SHIFT,
    DONE,
    I32,
    LINKS,
    OUT_AFFECTED,
    PARTIAL,
    SERVICE,
    SUPPLY,
    UNKNOWN,
    Changing,
    Fixed,
    Known,
    Scratch,
)


@jit
def _number_of_set(known: Known, level: int, points: I32, count: int) -> int:
    """Return the number of a set of points, ascending; -1 = never met."""
    if count == 0:
        return 0
    if count == 1:
        return int(known.single_base[level] + points[0])
    code = level + 17
    for k in range(count):
        code = (code * 31 + int(points[k])) & 0x3FFFFFFF
    mask = known.set_slot.size - 1
    slot = code & mask
    while known.set_slot[slot] > 0:
        number = known.set_slot[slot] - 1
        start = known.set_start[number]
        if known.set_level[number] == level and known.set_start[number + 1] - start == count:
            same = True
            for k in range(count):
                if known.set_point[start + k] != points[k]:
                    same = False
                    break
            if same:
                return int(known.single_base[known.single_base.size - 1] + number)
        slot = (slot + 1) & mask
    return -1


@jit
def _number_of_answer(known: Known, key: I32) -> int:
    """Return the number of an answer; -1 = never met."""
    code, empty = 17, True
    for k in range(key.size):
        code = (code * 31 + int(key[k])) & 0x3FFFFFFF
        empty = empty and key[k] == 0
    if empty:
        return 0
    mask = known.answer_slot.size - 1
    slot = code & mask
    while known.answer_slot[slot] > 0:
        row = known.answer_slot[slot] - 1
        same = True
        for k in range(key.size):
            if known.answer_key[row, k] != key[k]:
                same = False
                break
        if same:
            return int(known.answer_number[row])
        slot = (slot + 1) & mask
    return -1


@jit
def look_up(known: Known, keys: I32, number: I32) -> None:
    """Write the numbers of some answers, each a row of int32[n, KEY_COLUMNS]; -1 = never met."""
    for at in range(number.size):
        number[at] = _number_of_answer(known, keys[at])


@jit
def _find_parts(f: Fixed, c: Changing, x: Scratch, level: int) -> int:
    """Number the parts of one level among the live loose areas; 0 is the root, whose areas are not listed.

    Returns:
        The number of parts, the root included; those of part p are `x.members[x.part_start[p]:x.part_start[p + 1]]`.
    """
    x.clock[1] += 1
    mark, parts, end = x.clock[1], 1, 0
    x.part_start[1] = 0
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if not is_loose(c, x, area) or c.sources[area] > 0:
            continue
        if c.status[area] > PARTIAL or x.part_mark[area] == mark:
            continue
        first, read, is_root = end, end, False
        x.members[end] = area
        x.part_mark[area] = mark
        end += 1
        while read < end:
            here = x.members[read]
            read += 1
            pin = c.first_pin[here, LINKS]
            while pin >= 0:
                link = f.pin_ref[pin]
                if c.link_on[link] and f.link_point[level, link] < 0:
                    beyond = across(f, c, link, here)
                    if c.sources[beyond] > 0:
                        is_root = True
                    elif x.part_mark[beyond] != mark:
                        x.part_mark[beyond] = mark
                        x.members[end] = beyond
                        end += 1
                pin = c.pin_next[pin]
        number = 0 if is_root else parts
        for k in range(first, end):
            x.part[x.members[k]] = number
        if is_root:
            end = first
        else:
            parts += 1
            x.part_start[parts] = end
    return parts


@jit
def _insert(points: I32, count: int, point: int) -> None:
    """Insert a point into the first `count` ones, which ascend."""
    k = count
    while k > 0 and points[k - 1] > point:
        points[k] = points[k - 1]
        k -= 1
    points[k] = point


@jit
def _settle_level(f: Fixed, c: Changing, x: Scratch, known: Known, level: int) -> bool:
    """Write who supplies the loose areas on one level; False where that takes more than is known here."""
    for part in range(1, _find_parts(f, c, x, level)):
        count, backwards = 0, False
        for at in range(x.part_start[part], x.part_start[part + 1]):
            here = x.members[at]
            pin = c.first_pin[here, LINKS]
            while pin >= 0:
                link = f.pin_ref[pin]
                point = f.link_point[level, link]
                if c.link_on[link] and point >= 0:
                    beyond = across(f, c, link, here)
                    beyond_part = 0 if c.sources[beyond] > 0 else x.part[beyond]
                    if beyond_part != part:
                        if beyond_part != 0:
                            return False
                        if (c.area[f.link_u[link]] == here) == (f.link_upper[level, link] > 0):
                            backwards = True
                        else:
                            _insert(x.points, count, point)
                            count += 1
                pin = c.pin_next[pin]
        number = _number_of_set(known, level, x.points, count)
        if number < 0:
            return False
        flag = 0
        if backwards:
            flag = 1 << level if count else 1 << (BACK_FED_SHIFT + level)
        for at in range(x.part_start[part], x.part_start[part + 1]):
            c.sets[x.members[at], 1 + level] = number
            c.flags[x.members[at]] |= flag
    return True


@jit
def _write_answer(c: Changing, x: Scratch, known: Known, area: int) -> bool:
    """Write the numbers of what an area hangs on; False where the answer has none yet."""
    levels, key = c.sets.shape[1] - 1, x.key
    service, flags = levels - 1, int(c.flags[area])
    above = flags & ~((1 << service) | (1 << (BACK_FED_SHIFT + service)))
    key[0] = (1 if above & 255 else 0) + (2 if above >> BACK_FED_SHIFT else 0)
    key[1] = c.sets[area, 0]
    for level in range(service):
        key[2 + level] = known.meaning[c.sets[area, 1 + level]]
    number = _number_of_answer(known, key)
    if number < 0:
        return False
    c.answer[area, SUPPLY] = number
    key[:] = 0
    own = flags & ~above
    key[0] = (1 if own & 255 else 0) + (2 if own >> BACK_FED_SHIFT else 0)
    key[1] = known.meaning[c.sets[area, levels]]
    if key[0] or key[1]:
        key[0] += 4
    number = _number_of_answer(known, key)
    if number < 0:
        return False
    c.answer[area, SERVICE] = number
    return True


@jit
def settle(f: Fixed, c: Changing, x: Scratch, known: Known) -> int:
    """Settle all loose areas; which of them are live is known.

    Returns:
        DONE, or UNKNOWN: `Areas` must settle them.
    """
    find_whole(f, c, x)
    find_islands(f, c, x)
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if is_loose(c, x, area):
            c.flags[area] = 0
            for column in range(c.sets.shape[1]):
                c.sets[area, column] = 0
    for level in range(c.sets.shape[1] - 1):
        if not _settle_level(f, c, x, known, level):
            return UNKNOWN
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if is_loose(c, x, area) and not _write_answer(c, x, known, area):
            return UNKNOWN
    return DONE
