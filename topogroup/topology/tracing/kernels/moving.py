"""Searching blocks, and moving them from area to area."""

from __future__ import annotations

from topogroup.topology.tracing.jit import jit
from topogroup.topology.tracing.tables import (
    LINKS,
    OUT_MOVED,
    OUT_PINNED,
    PIN_LINK,
    SERVICE,
    SUPPLY,
    TIES,
    UNSUPPLIED,
    Changing,
    Fixed,
    Scratch,
)


@jit
def _insert_pin(f: Fixed, c: Changing, pin: int, area: int) -> None:
    column = TIES if f.pin_kind[pin] != PIN_LINK else LINKS
    head = c.first_pin[area, column]
    c.pin_next[pin] = head
    c.pin_before[pin] = -1
    if head >= 0:
        c.pin_before[head] = pin
    c.first_pin[area, column] = pin


@jit
def _remove_pin(f: Fixed, c: Changing, pin: int, area: int) -> None:
    before, after = c.pin_before[pin], c.pin_next[pin]
    if before >= 0:
        c.pin_next[before] = after
    else:
        c.first_pin[area, TIES if f.pin_kind[pin] != PIN_LINK else LINKS] = after
    if after >= 0:
        c.pin_before[after] = before


@jit
def search(f: Fixed, c: Changing, x: Scratch, a: int, b: int, limit: int) -> tuple[int, int, int]:
    """Search from both ends of an edge that was just opened.

    Returns:
        Which side was exhausted first (0 = that of a, 1 = that of b, -1 = they are still joined, -2 = over the
        limit), the number of blocks of that side, and how many blocks were seen.
    """
    x.clock[1] += 2
    mark_a, mark_b = x.clock[1] - 1, x.clock[1]
    last = x.queue.size - 1
    x.queue[0], x.queue[last] = a, b
    x.mark[a], x.mark[b] = mark_a, mark_b
    read_a, end_a, read_b, end_b = 0, 1, 0, 1
    while True:
        if read_a == end_a:
            return 0, end_a, end_a + end_b
        here = x.queue[read_a]
        read_a += 1
        for at in range(f.inner_start[here], f.inner_start[here + 1]):
            edge = f.inner_edge[at]
            if c.inner_on[edge]:
                beyond = f.inner_v[edge] if f.inner_u[edge] == here else f.inner_u[edge]
                if x.mark[beyond] == mark_b:
                    return -1, 0, end_a + end_b
                if x.mark[beyond] != mark_a:
                    x.mark[beyond] = mark_a
                    x.queue[end_a] = beyond
                    end_a += 1
        if read_b == end_b:
            return 1, end_b, end_a + end_b
        here = x.queue[last - read_b]
        read_b += 1
        for at in range(f.inner_start[here], f.inner_start[here + 1]):
            edge = f.inner_edge[at]
            if c.inner_on[edge]:
                beyond = f.inner_v[edge] if f.inner_u[edge] == here else f.inner_u[edge]
                if x.mark[beyond] == mark_a:
                    return -1, 0, end_a + end_b
                if x.mark[beyond] != mark_b:
                    x.mark[beyond] = mark_b
                    x.queue[last - end_b] = beyond
                    end_b += 1
        if end_a + end_b > limit:
            return -2, 0, end_a + end_b


@jit
def collect(f: Fixed, c: Changing, x: Scratch, start: int) -> int:
    """Put all blocks that inner edges join to a block into the queue, and return their number."""
    x.clock[1] += 1
    mark = x.clock[1]
    x.queue[0], x.mark[start] = start, mark
    read, end = 0, 1
    while read < end:
        here = x.queue[read]
        read += 1
        for at in range(f.inner_start[here], f.inner_start[here + 1]):
            edge = f.inner_edge[at]
            if c.inner_on[edge]:
                beyond = f.inner_v[edge] if f.inner_u[edge] == here else f.inner_u[edge]
                if x.mark[beyond] != mark:
                    x.mark[beyond] = mark
                    x.queue[end] = beyond
                    end += 1
    return end


@jit
def move(f: Fixed, c: Changing, x: Scratch, count: int, backwards: bool, source: int, target: int) -> None:
    """Move the first `count` blocks of the queue, read from either end, from one area to another."""
    now, last = x.clock[0], x.queue.size - 1
    for at in range(count):
        block = x.queue[last - at] if backwards else x.queue[at]
        if x.moved_mark[block] != now:
            x.moved_mark[block] = now
            x.origin[block] = source
            x.moved[x.out[OUT_MOVED]] = block
            x.out[OUT_MOVED] += 1
        c.area[block] = target
        if f.source[block]:
            c.sources[source] -= 1
            c.sources[target] += 1
        if f.machines[block]:
            c.own_machines[source] -= f.machines[block]
            c.own_machines[target] += f.machines[block]
        if f.pin_start[block] != f.pin_start[block + 1]:
            x.out[OUT_PINNED] = 1
        for pin in range(f.pin_start[block], f.pin_start[block + 1]):
            _remove_pin(f, c, pin, source)
            _insert_pin(f, c, pin, target)
    c.size[source] -= count
    c.size[target] += count


@jit
def empty(c: Changing, area: int) -> None:
    """Write that nothing supplies an area."""
    c.status[area] = UNSUPPLIED
    c.flags[area] = 0
    c.answer[area, SUPPLY] = c.answer[area, SERVICE] = 0
    for column in range(c.sets.shape[1]):
        c.sets[area, column] = 0


@jit
def inherit(c: Changing, area: int, from_: int) -> None:
    """Write that what supplies one area supplies another."""
    c.status[area] = c.status[from_]
    c.flags[area] = c.flags[from_]
    c.answer[area, SUPPLY], c.answer[area, SERVICE] = c.answer[from_, SUPPLY], c.answer[from_, SERVICE]
    for column in range(c.sets.shape[1]):
        c.sets[area, column] = c.sets[from_, column]


@jit
def take_area(c: Changing) -> int:
    """Take a free area and empty it."""
    c.free_count[0] -= 1
    area = c.free[c.free_count[0]]
    c.size[area] = c.sources[area] = c.own_machines[area] = 0
    c.first_pin[area, LINKS] = c.first_pin[area, TIES] = -1
    empty(c, area)
    return int(area)
