"""Areas: what inner edges join, and who supplies each; kept from operation to operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from topogroup.topology.structure.levels import Level
from topogroup.topology.supplying.attachment import Energisation
from topogroup.topology.tracing import choosing
from topogroup.topology.tracing import kernels as plain_kernels
from topogroup.topology.tracing.room import new_changing, new_scratch
from topogroup.topology.tracing.sets import KEY_COLUMNS, KnownAnswers
from topogroup.topology.tracing.settling import Answers, Piece, live_areas, settled
from topogroup.topology.tracing.tables import (
    BACK_FED_SHIFT,
    DONE,
    OUT_AFFECTED,
    OUT_DERS,
    OUT_MOVED,
    OUT_TOUCHED,
    OUT_TURNED,
    PARTIAL,
    SERVICE,
    SUPPLY,
    UNKNOWN,
    Changing,
    Scratch,
)
from topogroup.topology.tracing.working import LEVELS, WorkingGraph

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

BUDGET_MIN: Final = 2_000
BUDGET_SHARE: Final = 10
"""Operations may look at this many blocks, or one in so many of all, before everything is built anew."""

BATCH_MIN: Final = 100
BATCH_SHARE: Final = 350
"""More operations at once than this, or than one for so many blocks, are not even begun one by one."""

_CLOCK_MAX: Final = 2**31 - 2**24
"""Marks are 32-bit integers; before the clocks leave their range there is new room to work in."""

_SERVICE_FLAGS: Final = (1 << len(LEVELS) - 1) * (1 + (1 << BACK_FED_SHIFT))


@dataclass(frozen=True, slots=True, eq=False)
class RowSupply:
    """What some rows hang on: status uint8[n], numbers of answers above and on service transformers int32[n, 2]."""

    status: U8
    answer: I32


@dataclass(frozen=True, slots=True, eq=False)
class _Earlier:
    """How it was before everything was built anew: area of each block, answers of areas, status of rows."""

    area: I32
    answer: I32
    row_status: U8


class Areas:
    """The areas of one state of a network, and the DER whose attachment an operation changes."""

    def __init__(self, working: WorkingGraph, levels: Sequence[Level], opened: U8) -> None:
        """Find the areas of a state and settle them.

        Args:
            working: the contracted network.
            levels: its levels in the order of `LEVELS`.
            opened: uint8[n_poles]; the open phases of all poles.
        """
        self.working, self._levels = working, levels
        self._kernels = choosing.kernels(working.blocks)
        self.known = KnownAnswers(levels)
        self._tables = self.known.tables
        self.cut_short: dict[int, set[int]] = {}
        self.c: Changing
        self._x: Scratch
        self._earlier: _Earlier | None = None
        self._room = 0
        self._build(opened)

    def operate(self, poles: I64, opened: U8) -> tuple[I64, int, bool]:
        """Give poles other open phases.

        Args:
            poles: int64[n]; rows of the pole table.
            opened: uint8[n]; their open phases from now on.

        Returns:
            The DER whose attachment changed, ascending; the blocks looked at; whether all was built anew.
        """
        if self._x.clock.max() > _CLOCK_MAX:
            self._x = new_scratch(self.working, self._room)
        if self._kernels is plain_kernels:
            self._kernels = choosing.kernels(self.working.blocks)  # they may have been compiled meanwhile
        f, c, x = self.working.fixed, self.c, self._x
        self._earlier = None
        budget = max(BUDGET_MIN, self.working.blocks // BUDGET_SHARE)
        if poles.size > max(BATCH_MIN, self.working.blocks // BATCH_SHARE):
            budget = 0
        code = self._kernels.operate(f, c, x, self._tables, poles, opened, budget)
        if code == UNKNOWN:
            self._settle_affected()
            code = self._kernels.changed(f, c, x, self._tables)
        if code != DONE:
            return self._built_anew()
        return np.sort(x.ders[: x.out[OUT_DERS]]).astype(np.int64), int(x.out[OUT_TOUCHED]), False

    def rebuild(self) -> I64:
        """Build everything anew from the state of the poles; return the DER of which it says something else."""
        self._x.out[:] = 0
        return self._built_anew()[0]

    def after(self, row: I32) -> RowSupply:
        """Return what some rows hang on: int32[n] positions of rows of the kernels."""
        return RowSupply(self.c.row_status[row], self.c.answer[self.c.area[self._block_of(row)]])

    def before(self, row: I32) -> RowSupply:
        """Return what some rows hung on before the last operation."""
        c, x, old = self.c, self._x, self._earlier
        block = self._block_of(row)
        if old is not None:
            return RowSupply(old.row_status[row], old.answer[old.area[block]])
        now = x.clock[0]
        area = np.where(x.moved_mark[block] == now, x.origin[block], c.area[block])
        answer = np.where((x.affected_mark[area] == now)[:, None], x.old_answer[area], c.answer[area])
        status, count = c.row_status[row], int(x.out[OUT_TURNED])
        if count:
            order = np.argsort(x.turned[:count])
            turned = x.turned[:count][order]
            at = np.minimum(np.searchsorted(turned, row), count - 1)
            there = turned[at] == row
            status[there] = x.turned_status[:count][order[at[there]]]
        return RowSupply(status, answer)

    def _block_of(self, row: I32) -> I64:
        return np.searchsorted(self.working.fixed.row_start, row, "right") - 1

    # ---- from the ground

    def _build(self, opened: U8) -> None:
        plain = self._kernels is plain_kernels
        c = self.c = new_changing(self.working, opened, self._kernels, plain=plain)
        if c.size.size > self._room:
            self._room = c.size.size
            self._x = new_scratch(self.working, self._room)
        self.cut_short = {}
        c.status[c.sources > 0] = Energisation.ENERGISED
        areas = np.flatnonzero((c.size > 0) & (c.sources == 0)).astype(np.int32)
        piece = self._piece(areas, np.flatnonzero(c.link_on))
        c.status[areas] = np.where(live_areas(piece), Energisation.PARTIALLY_ENERGISED, Energisation.UNSUPPLIED)
        self._settle(areas, piece)
        c.row_status[:] = self._row_status()

    def _built_anew(self) -> tuple[I64, int, bool]:
        f, before, x = self.working.fixed, self.c, self._x
        touched, moved = int(x.out[OUT_TOUCHED]), int(x.out[OUT_MOVED])
        area, answer = before.area.copy(), before.answer.copy()
        area[x.moved[:moved]] = x.origin[x.moved[:moved]]
        affected = x.affected[: x.out[OUT_AFFECTED]]
        answer[affected] = x.old_answer[affected]
        turned = x.turned[: x.out[OUT_TURNED]]
        before.row_status[turned] = x.turned_status[: turned.size]
        self._earlier = _Earlier(area, answer, before.row_status)
        self._build(before.open)
        c = self.c
        # both numbers of an answer at once, as one integer
        was, now = answer.view(np.int64)[area, 0], c.answer.view(np.int64)[c.area, 0]
        blocks = np.flatnonzero(was != now)
        in_block, in_leaf = self._look_other(*(one[blocks].view(np.int32).reshape(-1, 2) for one in (was, now)))
        rows, at = self._rows_of(blocks)
        other = np.where(f.row_gate[rows] == -1, in_block[at], in_leaf[at])
        listed = before.row_status != c.row_status
        listed[rows[other & (c.row_status[rows] <= PARTIAL)]] = True
        is_changed = np.zeros(int(f.row_der.max(initial=-1)) + 1, np.bool_)
        is_changed[f.row_der[listed]] = True
        return np.flatnonzero(is_changed), touched + self.working.blocks, True

    def _look_other(self, was: I32, now: I32) -> tuple[Bools, Bools]:
        """Return whether answers look other than before: to rows of the block itself, and to those of leaves."""
        lists, kinds = self._tables.lists, self._tables.kinds
        other = lists[was] != lists[now]
        in_leaf = other[:, SUPPLY] | (kinds[was[:, SUPPLY]] != kinds[now[:, SUPPLY]])
        seen = [kinds[one[:, SUPPLY]] | kinds[one[:, SERVICE]] for one in (was, now)]
        return other.any(axis=1) | (seen[0] != seen[1]), in_leaf

    def _rows_of(self, blocks: I64) -> tuple[I64, I64]:
        """Return the rows that lie in some blocks, and the position among these of the block of each."""
        start = self.working.fixed.row_start
        count = (start[blocks + 1] - start[blocks]).astype(np.int64)
        rows = np.arange(count.sum()) + np.repeat(start[blocks] - np.cumsum(count) + count, count)
        return rows, np.repeat(np.arange(blocks.size), count)

    @property
    def nbytes(self) -> int:
        """Return the size of all arrays, room to work included."""
        return sum(one.nbytes for one in (*self.working.fixed, *self.c, *self._x))

    def lacking(self) -> Bools:
        """Return for each leaf whether a gate of it lacks a phase; the last entry stands for no leaf, never lacking."""
        gate = self.working.leaf_gate
        result = np.zeros(gate.size + 1, np.bool_)
        gated = np.flatnonzero(gate >= 0)
        if gated.size:
            result[gated] = self._gate_lacks()[gate[gated]]
        return result

    def _gate_lacks(self) -> Bools:
        f, c = self.working.fixed, self.c
        dead = c.status[c.area[f.gate_block]] > PARTIAL
        return np.logical_or.reduceat(dead, f.gate_start[:-1])

    def _row_status(self) -> U8:
        """Return the energisation of all rows: that of their areas, worse where a gate of their leaf lacks a phase."""
        f, c = self.working.fixed, self.c
        status = np.repeat(c.status[c.area], np.diff(f.row_start))
        gated = np.flatnonzero(f.row_gate >= 0)
        if gated.size:
            lacking = self._gate_lacks()[f.row_gate[gated]]
            status[gated[lacking & (status[gated] == Energisation.ENERGISED)]] = Energisation.PARTIALLY_ENERGISED
        return status

    # ---- around a change

    def _settle_affected(self) -> None:
        """Settle the areas that an operation affects where the kernel could not."""
        c, x = self.c, self._x
        areas = x.affected[: x.out[OUT_AFFECTED]]
        areas = areas[(x.loose_mark[areas] == x.clock[0]) & (c.size[areas] > 0) & (c.sources[areas] == 0)]
        self._settle(areas, self._piece(areas, self._links(areas)))

    def _links(self, areas: I32) -> I64:
        count = self._kernels.links_between(self.working.fixed, self.c, self._x, areas)
        return np.sort(self._x.links[:count]).astype(np.int64)

    def _piece(self, areas: I32, links: I64) -> Piece:
        """Return areas and the links between them as a piece; all that has a grid source is the root."""
        f, c = self.working.fixed, self.c
        number = self._x.stack
        number[areas] = np.arange(areas.size)
        u, v = c.area[f.link_u[links]], c.area[f.link_v[links]]
        u = np.where(c.sources[u] > 0, areas.size, number[u]).astype(np.int64)
        v = np.where(c.sources[v] > 0, areas.size, number[v]).astype(np.int64)
        apart = u != v
        return Piece(areas.size, links[apart], u[apart], v[apart])

    def _settle(self, areas: I32, piece: Piece) -> None:
        """Write who supplies some areas; their status says already which are live."""
        f, c, table = self.working.fixed, self.c, self.working.links
        held = np.zeros(areas.size, np.uint8)
        self._kernels.holding(f, c, areas, held)
        degraded = self._degraded(table.unit[piece.link])
        found = settled(piece, table, self._levels, degraded, held > 0, self.known)
        c.status[areas], c.flags[areas], c.sets[areas] = found.status, found.flags, found.sets
        c.answer[areas] = self._answer_numbers(found)
        self._tables = self.known.tables
        for level in range(len(LEVELS)):
            short = self.cut_short.get(level, set()) - set(areas.tolist())
            self.cut_short[level] = short | {int(areas[at]) for at in found.cut_short.get(level, ())}

    def _degraded(self, unit: I64) -> Bools:
        """Return for some units (-1 = none) whether a block at one of their gates is dead."""
        working = self.working
        result = np.zeros(unit.size, np.bool_)
        asked = np.unique(unit[unit >= 0])
        if not asked.size:
            return result
        first, last = np.searchsorted(working.gate_unit, asked), np.searchsorted(working.gate_unit, asked, "right")
        for one, begin, end in zip(asked.tolist(), first.tolist(), last.tolist(), strict=True):
            area = self.c.area[working.gate_block[begin:end]]
            if (self.c.status[area] > PARTIAL).any():
                result[unit == one] = True
        return result

    def _answer_numbers(self, found: Answers) -> I32:
        """Return the numbers of the answers above service transformers, and on their level: int32[n, 2]."""
        levels = len(LEVELS)
        result = np.zeros((found.flags.size, 2), np.int32)
        at = np.flatnonzero((found.flags > 0) | found.sets.any(axis=1))
        flags, sets = found.flags[at].astype(np.int64), self.known.meanings(found.sets[at, 1:])
        above = np.column_stack([_kinds(flags & ~_SERVICE_FLAGS), found.sets[at, 0], sets[:, : levels - 1]])
        service = np.column_stack([_kinds(flags & _SERVICE_FLAGS), sets[:, levels - 1]])
        service[:, 0] += 4 * service.any(axis=1)
        for column, given in ((SUPPLY, above), (SERVICE, service)):
            keys, number = np.zeros((at.size, KEY_COLUMNS), np.int32), np.zeros(at.size, np.int32)
            keys[:, : given.shape[1]] = given
            self._kernels.look_up(self._tables, keys, number)
            fresh = np.flatnonzero(number < 0)
            number[fresh] = [self.known.answer_number(tuple(key)) for key in keys[fresh].tolist()]
            result[at, column] = number
        return result


def _kinds(flags: I64) -> I64:
    """Return 1 for fed forwards and backwards at once on some level, 2 for back-fed on some level, or their sum."""
    return ((flags & ((1 << BACK_FED_SHIFT) - 1)) > 0) + 2 * ((flags >> BACK_FED_SHIFT) > 0)
