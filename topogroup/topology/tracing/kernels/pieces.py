"""The pieces around a change: which areas it affects, and what of them is live, whole or an island."""

from __future__ import annotations

from topogroup.topology.tracing.jit import jit
from topogroup.topology.tracing.kernels.moving import empty
from topogroup.topology.tracing.tables import (
    I32,
    ISLANDED,
    LINKS,
    OUT_AFFECTED,
    OUT_MOVED,
    PARTIAL,
    PIN_GATE,
    PIN_MACHINE,
    SERVICE,
    SUPPLY,
    TIES,
    U8,
    UNSUPPLIED,
    WHOLE,
    Changing,
    Fixed,
    Scratch,
)


@jit
def note_affected(c: Changing, x: Scratch, area: int) -> None:
    """Note that an area may have another supply, with what it was before."""
    now = x.clock[0]
    if x.affected_mark[area] != now:
        x.affected_mark[area] = now
        x.old_status[area] = c.status[area]
        x.old_answer[area, SUPPLY] = c.answer[area, SUPPLY]
        x.old_answer[area, SERVICE] = c.answer[area, SERVICE]
        x.affected[x.out[OUT_AFFECTED]] = area
        x.out[OUT_AFFECTED] += 1


@jit
def loosen(c: Changing, x: Scratch, area: int) -> None:
    """Note that an area is to be settled anew."""
    note_affected(c, x, area)
    x.loose_mark[area] = x.clock[0]


@jit
def is_loose(c: Changing, x: Scratch, area: int) -> bool:
    """Tell whether an area exists and is to be settled anew."""
    return bool(x.loose_mark[area] == x.clock[0] and c.size[area] > 0)


@jit
def across(f: Fixed, c: Changing, link: int, here: int) -> int:
    """Return the area at the other end of a link."""
    one, other = c.area[f.link_u[link]], c.area[f.link_v[link]]
    return int(other if one == here else one)


@jit
def spread(f: Fixed, c: Changing, x: Scratch, area: int) -> None:
    """Loosen an area and all areas joined to it over links; grid sources part what they stand in."""
    now = x.clock[0]
    loosen(c, x, area)
    if c.sources[area] > 0 or x.spread_mark[area] == now:
        return
    x.spread_mark[area] = now
    x.stack[0] = area
    height = 1
    while height:
        height -= 1
        here = x.stack[height]
        pin = c.first_pin[here, LINKS]
        while pin >= 0:
            link = f.pin_ref[pin]
            if c.link_on[link]:
                beyond = across(f, c, link, here)
                if c.sources[beyond] == 0 and x.spread_mark[beyond] != now:
                    x.spread_mark[beyond] = now
                    loosen(c, x, beyond)
                    x.stack[height] = beyond
                    height += 1
            pin = c.pin_next[pin]


@jit
def _degraded(f: Fixed, c: Changing, unit: int) -> bool:
    """Tell whether a block at a gate of a unit is dead."""
    for k in range(f.unit_gate_start[unit], f.unit_gate_start[unit + 1]):
        if c.status[c.area[f.unit_gate[k]]] > PARTIAL:
            return True
    return False


@jit
def _passes(f: Fixed, c: Changing, link: int, sound: bool) -> bool:
    """Tell whether a link conducts and, if that is asked, has all its phases."""
    if not c.link_on[link]:
        return False
    return not sound or f.link_unit[link] < 0 or not _degraded(f, c, f.link_unit[link])


@jit
def _reach(f: Fixed, c: Changing, x: Scratch, status: int, sound: bool) -> None:
    """Give a status to all loose areas that links join to a grid source."""
    height = 0
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if not is_loose(c, x, area) or c.sources[area] > 0:
            continue
        pin = c.first_pin[area, LINKS]
        while pin >= 0 and c.status[area] > status:
            link = f.pin_ref[pin]
            if c.sources[across(f, c, link, area)] > 0 and _passes(f, c, link, sound):
                c.status[area] = status
                x.stack[height] = area
                height += 1
            pin = c.pin_next[pin]
    while height:
        height -= 1
        here = x.stack[height]
        pin = c.first_pin[here, LINKS]
        while pin >= 0:
            link = f.pin_ref[pin]
            beyond = across(f, c, link, here)
            if c.sources[beyond] == 0 and c.status[beyond] > status and _passes(f, c, link, sound):
                c.status[beyond] = status
                x.stack[height] = beyond
                height += 1
            pin = c.pin_next[pin]


@jit
def find_live(f: Fixed, c: Changing, x: Scratch) -> None:
    """Find which loose areas are live: `PARTIAL` until it is known better, `WHOLE` with a grid source."""
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if is_loose(c, x, area):
            empty(c, area)
            if c.sources[area] > 0:
                c.status[area] = WHOLE
    _reach(f, c, x, PARTIAL, False)


@jit
def find_whole(f: Fixed, c: Changing, x: Scratch) -> None:
    """Find which live loose areas are joined to a source without passing a unit that lacks a phase."""
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if is_loose(c, x, area) and c.sources[area] == 0 and c.status[area] == WHOLE:
            c.status[area] = PARTIAL
    _reach(f, c, x, WHOLE, True)


@jit
def _couple_pin(f: Fixed, c: Changing, x: Scratch, pin: int) -> None:
    """Loosen what depends on a block through one of its pins, in other phases: links of a unit, rows of a machine."""
    ref = f.pin_ref[pin]
    if f.pin_kind[pin] == PIN_GATE:
        for k in range(f.unit_start[ref], f.unit_start[ref + 1]):
            link = f.unit_link[k]
            spread(f, c, x, c.area[f.link_u[link]])
            spread(f, c, x, c.area[f.link_v[link]])
    elif f.pin_kind[pin] == PIN_MACHINE:
        for k in range(f.machine_start[ref], f.machine_start[ref + 1]):
            if c.status[c.area[f.machine_block[k]]] > PARTIAL:
                spread(f, c, x, c.area[f.machine_block[k]])


@jit
def couple(f: Fixed, c: Changing, x: Scratch) -> None:
    """Loosen what depends in other phases on blocks that became live or dead."""
    for at in range(x.out[OUT_MOVED]):
        block = x.moved[at]
        if f.pin_start[block] == f.pin_start[block + 1]:
            continue
        was = x.origin[block]
        before = x.old_status[was] if x.affected_mark[was] == x.clock[0] else c.status[was]
        if (before <= PARTIAL) != (c.status[c.area[block]] <= PARTIAL):
            for pin in range(f.pin_start[block], f.pin_start[block + 1]):
                _couple_pin(f, c, x, pin)
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if c.size[area] == 0 or x.fresh_mark[area] == x.clock[0]:
            continue
        if (x.old_status[area] <= PARTIAL) != (c.status[area] <= PARTIAL):
            pin = c.first_pin[area, TIES]
            while pin >= 0:
                _couple_pin(f, c, x, pin)
                pin = c.pin_next[pin]


@jit
def _holds(f: Fixed, c: Changing, machine: int) -> bool:
    """Tell whether no phase of a machine is joined to a grid source."""
    for k in range(f.machine_start[machine], f.machine_start[machine + 1]):
        if c.status[c.area[f.machine_block[k]]] <= PARTIAL:
            return False
    return True


@jit
def holds_island(f: Fixed, c: Changing, area: int) -> bool:
    """Tell whether a machine stands in an area that can hold it as an island, where it is dead."""
    if c.own_machines[area] > 0:
        return True
    pin = c.first_pin[area, TIES]
    while pin >= 0:
        if f.pin_kind[pin] == PIN_MACHINE and _holds(f, c, f.pin_ref[pin]):
            return True
        pin = c.pin_next[pin]
    return False


@jit
def find_islands(f: Fixed, c: Changing, x: Scratch) -> None:
    """Find which dead loose areas are joined to a machine that holds an island."""
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if is_loose(c, x, area) and c.status[area] > PARTIAL:
            c.status[area] = UNSUPPLIED
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if not is_loose(c, x, area) or c.status[area] != UNSUPPLIED or not holds_island(f, c, area):
            continue
        c.status[area] = ISLANDED
        x.stack[0] = area
        height = 1
        while height:
            height -= 1
            here = x.stack[height]
            pin = c.first_pin[here, LINKS]
            while pin >= 0:
                link = f.pin_ref[pin]
                beyond = across(f, c, link, here)
                if c.link_on[link] and c.status[beyond] == UNSUPPLIED:
                    c.status[beyond] = ISLANDED
                    x.stack[height] = beyond
                    height += 1
                pin = c.pin_next[pin]


@jit
def links_between(f: Fixed, c: Changing, x: Scratch, areas: I32) -> int:
    """Put the links that conduct at some areas into `x.links`, each once, and return their number."""
    x.clock[1] += 1
    mark, count = x.clock[1], 0
    for at in range(areas.size):
        pin = c.first_pin[areas[at], LINKS]
        while pin >= 0:
            link = f.pin_ref[pin]
            if c.link_on[link] and x.link_mark[link] != mark:
                x.link_mark[link] = mark
                x.links[count] = link
                count += 1
            pin = c.pin_next[pin]
    return count


@jit
def holding(f: Fixed, c: Changing, areas: I32, result: U8) -> None:
    """Tell for some areas whether they hold an island where they are dead: uint8[n_areas]."""
    for at in range(areas.size):
        result[at] = holds_island(f, c, areas[at])
