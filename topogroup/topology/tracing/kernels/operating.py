"""Opening and closing: what an operation does to areas, and the whole of an operation."""

from __future__ import annotations

from topogroup.topology.tracing.jit import jit
from topogroup.topology.tracing.kernels.listing import changed
from topogroup.topology.tracing.kernels.moving import collect, empty, inherit, move, search, take_area
from topogroup.topology.tracing.kernels.pieces import couple, find_live, loosen, note_affected, spread
from topogroup.topology.tracing.kernels.settling import settle
from topogroup.topology.tracing.tables import (
    DONE,
    I64,
    ISLANDED,
    LINKS,
    NO_ROOM,
    OUT_AFFECTED,
    OUT_FREED,
    OUT_PINNED,
    OUT_TOUCHED,
    OVER_BUDGET,
    PARTIAL,
    PIN_GATE,
    TIES,
    U8,
    Changing,
    Fixed,
    Known,
    Scratch,
)


@jit
def _settled_live(c: Changing, x: Scratch, area: int) -> bool:
    """Tell whether an area is live and nothing in this operation has put that in question."""
    return bool(c.status[area] <= PARTIAL and x.loose_mark[area] != x.clock[0])


@jit
def _hangs_on_nothing(f: Fixed, c: Changing, area: int) -> bool:
    """Tell whether an area has no grid source, link or gate: it is dead, and nothing but machines depends on it."""
    if c.sources[area] > 0 or c.first_pin[area, LINKS] >= 0:
        return False
    pin = c.first_pin[area, TIES]
    while pin >= 0:
        if f.pin_kind[pin] == PIN_GATE:
            return False
        pin = c.pin_next[pin]
    return True


@jit
def _cut_off(c: Changing, x: Scratch, area: int) -> None:
    """Write that an area on which nothing depends is dead; with machines of several phases it stays to be settled."""
    empty(c, area)
    if c.own_machines[area]:
        c.status[area] = ISLANDED
    if c.first_pin[area, TIES] >= 0:
        loosen(c, x, area)


@jit
def _open_inner(f: Fixed, c: Changing, x: Scratch, edge: int, limit: int) -> int:
    """Open an inner edge: the smaller side, if it is cut off, becomes an area; either may be the dead one."""
    c.inner_on[edge] = 0
    a, b = f.inner_u[edge], f.inner_v[edge]
    area = c.area[a]
    side, count, seen = search(f, c, x, a, b, limit)
    x.out[OUT_TOUCHED] += seen
    if side == -2:
        return OVER_BUDGET
    if side == -1:
        return DONE
    if c.free_count[0] == 0:
        return NO_ROOM
    fresh, was_live = take_area(c), _settled_live(c, x, area)
    x.fresh_mark[fresh] = x.clock[0]
    move(f, c, x, count, side == 1, area, fresh)
    c.first_block[fresh] = b if side == 1 else a
    c.first_block[area] = a if side == 1 else b
    if was_live and _hangs_on_nothing(f, c, fresh):
        _cut_off(c, x, fresh)
    elif was_live and _hangs_on_nothing(f, c, area):
        inherit(c, fresh, area)
        note_affected(c, x, area)
        _cut_off(c, x, area)
    else:
        spread(f, c, x, area)
        spread(f, c, x, fresh)
    return DONE


@jit
def _close_inner(f: Fixed, c: Changing, x: Scratch, edge: int, limit: int) -> int:
    """Close an inner edge: the smaller of two areas becomes part of the larger; either may bring the supply."""
    a, b = f.inner_u[edge], f.inner_v[edge]
    one, other = c.area[a], c.area[b]
    if one == other:
        c.inner_on[edge] = 1
        return DONE
    start, small, large = a, one, other
    if c.size[one] > c.size[other]:
        start, small, large = b, other, one
    x.out[OUT_TOUCHED] += c.size[small]
    if c.size[small] > limit:
        return OVER_BUDGET
    note_affected(c, x, small)
    if _settled_live(c, x, large) and _hangs_on_nothing(f, c, small):
        pass
    elif _settled_live(c, x, small) and _hangs_on_nothing(f, c, large):
        note_affected(c, x, large)
        x.loose_mark[large] = x.spread_mark[large] = 0
        inherit(c, large, small)
    else:
        spread(f, c, x, one)
        spread(f, c, x, other)
        if c.sources[small] > 0:
            # nothing was spread beyond a source: if the large area loses it again, its links are still to be followed
            x.spread_mark[large] = 0
    count = collect(f, c, x, start)
    move(f, c, x, count, False, small, large)
    c.inner_on[edge] = 1
    x.freed[x.out[OUT_FREED]] = small
    x.out[OUT_FREED] += 1
    if x.loose_mark[large] == x.clock[0]:
        spread(f, c, x, large)
    return DONE


@jit
def _switch_link(f: Fixed, c: Changing, x: Scratch, link: int, on: bool) -> None:
    one, other = c.area[f.link_u[link]], c.area[f.link_v[link]]
    if one != other:
        spread(f, c, x, one)
        spread(f, c, x, other)
    c.link_on[link] = on


@jit
def operate(f: Fixed, c: Changing, x: Scratch, known: Known, poles: I64, opened: U8, budget: int) -> int:
    """Give poles other open phases, and list the DER whose attachment that changes.

    Args:
        f: what stays.
        c: what changes.
        x: room to work; `x.out` tells how much of it is used, `x.ders` are the DER.
        known: numbers of answers.
        poles: int64[n]; rows of the pole table.
        opened: uint8[n]; their open phases from now on.
        budget: blocks that may be looked at.

    Returns:
        DONE; UNKNOWN: the caller settles the affected areas and calls `changed`; OVER_BUDGET, NO_ROOM: the state of
        the poles is right, that of areas is undefined.
    """
    x.clock[0] += 1
    x.out[:] = 0
    code = DONE
    for at in range(poles.size):
        pole = poles[at]
        was, now = c.open[pole], opened[at]
        c.open[pole] = now
        for k in range(f.pole_start[pole], f.pole_start[pole + 1]):
            bit, entry = f.pole_bit[k], f.pole_entry[k]
            closed = (now & bit) == 0
            if closed == ((was & bit) == 0):
                continue
            if code != DONE:
                # only what conducts is kept up to date; the areas are built anew afterwards
                if entry >= 0:
                    c.inner_on[entry] = closed
                else:
                    c.link_on[-entry - 1] = closed
            elif entry < 0:
                _switch_link(f, c, x, -entry - 1, closed)
            elif closed:
                code = _close_inner(f, c, x, entry, budget - x.out[OUT_TOUCHED])
                c.inner_on[entry] = 1
            else:
                code = _open_inner(f, c, x, entry, budget - x.out[OUT_TOUCHED])
    if code == DONE and (x.out[OUT_AFFECTED] or x.out[OUT_PINNED]):
        find_live(f, c, x)
        couple(f, c, x)
        code = settle(f, c, x, known)
    if code == DONE:
        code = changed(f, c, x, known)
    return code
