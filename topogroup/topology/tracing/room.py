"""Room for a trace: the arrays that operations change, made from the state of the poles, and those to work in."""

from __future__ import annotations

from types import ModuleType
from typing import Final

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.phases import components
from topogroup.topology.tracing.sets import KEY_COLUMNS
from topogroup.topology.tracing.settling import COLUMNS
from topogroup.topology.tracing.tables import OUT_PLACES, PIN_LINK, Changing, Scratch
from topogroup.topology.tracing.working import WorkingGraph

I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

SPARE_AREAS_MIN: Final = 1_000
SPARE_AREAS_SHARE: Final = 4
"""Every opening may need an area more: one in so many of the areas there are is kept spare."""


ROWS_MIN: Final = 2_000
ROWS_SHARE: Final = 20
"""Room for so many rows of DER that change, or for one in so many; with more of them, everything is built anew."""


def new_changing(working: WorkingGraph, opened: U8, kernels: ModuleType, *, plain: bool) -> Changing:
    """Find the areas of a state; what supplies them is still to be settled.

    Args:
        working: the contracted network.
        opened: uint8[n_poles]; the open phases of all poles.
        kernels: the kernels.
        plain: they are not compiled, so that numpy finds the areas quicker.

    Returns:
        The arrays; `status`, `answer`, `flags`, `sets` and `row_status` are empty answers.
    """
    f, blocks = working.fixed, working.blocks
    inner_on, link_on = conducting(working, opened)
    area = np.empty(blocks, np.int32)
    if plain:
        used = inner_on > 0
        area[:] = components(blocks, f.inner_u[used].astype(np.int64), f.inner_v[used].astype(np.int64))
        count = int(area.max(initial=-1)) + 1
    else:
        count = kernels.joined(f.inner_u, f.inner_v, inner_on, area)
    room = min(count + max(SPARE_AREAS_MIN, count // SPARE_AREAS_SHARE), 2 * blocks + 1)
    first_block = np.zeros(room, np.int32)
    first_block[area[::-1]] = np.arange(blocks, dtype=np.int32)[::-1]
    first_pin, pin_next, pin_before = _pin_lists(area[f.pin_block], f.pin_kind != PIN_LINK, room)
    own = np.flatnonzero(f.machines)
    free = np.arange(room - 1, count - 1, -1, dtype=np.int32)
    return Changing(
        open=opened.copy(),
        inner_on=inner_on,
        link_on=link_on,
        area=area,
        pin_next=pin_next,
        pin_before=pin_before,
        size=np.bincount(area, minlength=room).astype(np.int32),
        sources=np.bincount(area[np.flatnonzero(f.source)], minlength=room).astype(np.int32),
        own_machines=np.bincount(area[own], minlength=room).astype(np.int32),
        first_block=first_block,
        first_pin=first_pin,
        status=np.full(room, 3, np.uint8),
        answer=np.zeros((room, 2), np.int32),
        flags=np.zeros(room, np.uint16),
        sets=np.zeros((room, COLUMNS), np.int32),
        row_status=np.empty(f.row_der.size, np.uint8),
        free=np.concatenate([free, np.zeros(count, np.int32)]),
        free_count=np.array([free.size], np.int64),
    )


def conducting(working: WorkingGraph, opened: U8) -> tuple[U8, U8]:
    """Return which inner edges and links conduct, by the open phases of all poles."""
    f = working.fixed
    pole = np.repeat(np.arange(f.pole_start.size - 1), np.diff(f.pole_start))
    closed = ((opened[pole] & f.pole_bit) == 0).astype(np.uint8)
    inner_on, link_on = np.ones(f.inner_u.size, np.uint8), np.ones(f.link_u.size, np.uint8)
    is_inner = f.pole_entry >= 0
    inner_on[f.pole_entry[is_inner]] = closed[is_inner]
    link_on[-f.pole_entry[~is_inner] - 1] = closed[~is_inner]
    return inner_on, link_on


def _pin_lists(area: I32, tie: Bools, room: int) -> tuple[I32, I32, I32]:
    """Return the two lists of pins of each area: their first, and for each pin the next and the one before."""
    owner = 2 * area.astype(np.int64) + tie
    order = np.argsort(owner, kind="stable")
    own = owner[order]
    first, after, before = (np.full(size, -1, np.int32) for size in (2 * room, area.size, area.size))
    starts = np.flatnonzero(np.diff(own, prepend=-1))
    first[own[starts]] = order[starts]
    neighbours = own[1:] == own[:-1]
    after[order[:-1][neighbours]] = order[1:][neighbours]
    before[order[1:][neighbours]] = order[:-1][neighbours]
    return first.reshape(room, 2), after, before


def new_scratch(working: WorkingGraph, room: int) -> Scratch:
    """Make the room to work in.

    Args:
        working: the contracted network.
        room: for how many areas.
    """
    f, blocks = working.fixed, working.blocks
    rows = min(f.row_der.size, max(ROWS_MIN, f.row_der.size // ROWS_SHARE))

    def zeros(size: int) -> I32:
        return np.zeros(size, np.int32)

    return Scratch(
        clock=np.zeros(2, np.int64),
        mark=zeros(blocks),
        queue=zeros(blocks + 1),
        moved=zeros(blocks),
        origin=zeros(blocks),
        moved_mark=zeros(blocks),
        affected=zeros(room),
        affected_mark=zeros(room),
        spread_mark=zeros(room),
        loose_mark=zeros(room),
        fresh_mark=zeros(room),
        old_status=np.zeros(room, np.uint8),
        old_answer=np.zeros((room, 2), np.int32),
        freed=zeros(room),
        stack=zeros(room + 1),
        links=zeros(f.link_u.size),
        link_mark=zeros(f.link_u.size),
        part=zeros(room),
        part_mark=zeros(room),
        part_start=zeros(room + 2),
        members=zeros(room),
        points=zeros(f.link_u.size),
        key=zeros(KEY_COLUMNS),
        ders=zeros(rows),
        der_listed=np.zeros(int(f.row_der.max(initial=-1)) + 1, np.uint8),
        turned=zeros(rows),
        turned_status=np.zeros(rows, np.uint8),
        out=np.zeros(OUT_PLACES, np.int64),
    )
