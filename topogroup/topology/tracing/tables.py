"""The arrays that kernels work on, by how often they change.

Words: a *block* is what no switch parts; an *inner* edge is a switch pole inside a part on every level; a *link* is
an edge that some level cuts, or a winding that other phases can degrade; an *area* is what inner edges join; a *pin*
is what couples a block to more than its area: the end of a link, a gate of a unit, a row of a machine of several
phases.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]

PIN_LINK: Final = 0
PIN_GATE: Final = 1
PIN_MACHINE: Final = 2

LINKS: Final = 0
TIES: Final = 1
"""Columns of `first_pin`: the ends of links; gates and rows of machines."""

WHOLE: Final = 0
PARTIAL: Final = 1
ISLANDED: Final = 2
UNSUPPLIED: Final = 3
"""Status of an area; the numbers of `attachment.Energisation`."""

DONE: Final = 0
OVER_BUDGET: Final = 1
NO_ROOM: Final = 2
UNKNOWN: Final = 3
"""How an operation ended: over its budget, without room for another area, with an answer that has no number yet."""

OUT_AFFECTED: Final = 0
OUT_MOVED: Final = 1
OUT_DERS: Final = 2
OUT_TOUCHED: Final = 3
OUT_FREED: Final = 4
OUT_PINNED: Final = 5
OUT_TURNED: Final = 6
OUT_FULL: Final = 7
OUT_PLACES: Final = 8
"""Places in `Scratch.out`: how much of the room is used; `OUT_PINNED`, whether a block with pins moved; `OUT_FULL`,
whether there was no room for a row."""

SUPPLY: Final = 0
SERVICE: Final = 1
"""Columns of `answer`: numbers of what an area hangs on, on the levels above service transformers and on theirs."""

BACK_FED_SHIFT: Final = 8
"""Flags of an area: bit l, fed forwards and backwards at once on level l; bit 8 + l, back-fed on it."""


class Fixed(NamedTuple):
    """What no operation changes; see `working.WorkingGraph`. Entries of x lie at `x_start[i]` to `x_start[i + 1]`.

    Of a link `link_point[level]` is the supply point of the level that it is, -1 = none, `link_upper[level]` whether
    `link_u` is its upper side, `link_unit` the unit whose gates degrade it; `machines` tells the blocks in which
    machines lie that lie in no other; `row_gate` is the gate of the leaf that a row lies in, -1 = in none, -2 = in one
    without gate; `waiting` rows depend on other blocks than their own, `waiting_block`.
    """

    inner_u: I32
    inner_v: I32
    inner_start: I32
    inner_edge: I32
    link_u: I32
    link_v: I32
    pole_start: I32
    pole_entry: I32
    pole_bit: U8
    pin_start: I32
    pin_block: I32
    pin_kind: U8
    pin_ref: I32
    link_point: I32
    link_upper: U8
    link_unit: I32
    unit_start: I32
    unit_link: I32
    unit_gate_start: I32
    unit_gate: I32
    machine_start: I32
    machine_block: I32
    source: U8
    machines: U8
    row_start: I32
    row_der: I32
    row_gate: I32
    gate_start: I32
    gate_block: I32
    waiting_start: I32
    waiting_row: I32
    waiting_block: I32


class Changing(NamedTuple):
    """What operations change: by pole, edge, block, pin, area and row.

    `pin_next`, `pin_before`, `first_pin`: the pins of each area as a list; `own_machines` counts `machines`; `answer`
    numbers what supplies an area, `flags` and `sets` say it level by level; areas that do not exist are `free`.
    """

    open: U8
    inner_on: U8
    link_on: U8
    area: I32
    pin_next: I32
    pin_before: I32
    size: I32
    sources: I32
    own_machines: I32
    first_block: I32
    first_pin: I32
    status: U8
    answer: I32
    flags: U16
    sets: I32
    row_status: U8
    free: I32
    free_count: I64


class Scratch(NamedTuple):
    """Room for one operation; marks hold the number of the operation, or of the search, that set them.

    `clock`: numbers of the operation and of the search; `moved`: blocks that changed their area, and `origin`, the area
    of each before; `affected`: areas that may have another supply, with their status and answer before; the loose ones
    among them are still to be settled; `part`: numbers of parts while one level is settled; `members`: areas part by
    part; `ders`: those that changed, `der_listed` while they are listed; `turned`: rows of another status, and what it
    was.
    """

    clock: I64
    mark: I32
    queue: I32
    moved: I32
    origin: I32
    moved_mark: I32
    affected: I32
    affected_mark: I32
    spread_mark: I32
    loose_mark: I32
    fresh_mark: I32
    old_status: U8
    old_answer: I32
    freed: I32
    stack: I32
    links: I32
    link_mark: I32
    part: I32
    part_mark: I32
    part_start: I32
    members: I32
    points: I32
    key: I32
    ders: I32
    der_listed: U8
    turned: I32
    turned_status: U8
    out: I64


class Known(NamedTuple):
    """Numbers of the answers met so far, as hash tables that kernels look things up in.

    `single_base[level] + point` is the number of the set of one point; others lie in `set_slot`, which leads to
    `set_level`, `set_start` and `set_point`. `meaning` is the lowest number of a set with the same items and
    substations. `answer_slot` leads to rows of `answer_key`, whose numbers are `answer_number`. Of each answer `lists`
    numbers what it lists, and `kinds` says what else of it is seen: bit 0, paralleled; bit 1, back-fed.
    """

    single_base: I32
    meaning: I32
    set_slot: I32
    set_level: I32
    set_start: I32
    set_point: I32
    answer_slot: I32
    answer_key: I32
    answer_number: I32
    lists: I32
    kinds: I32
