"""Listing the DER whose attachment an operation changed."""

from __future__ import annotations

from topogroup.topology.tracing.jit import jit
from topogroup.topology.tracing.kernels.moving import collect, empty
from topogroup.topology.tracing.tables import (
    DONE,
    NO_ROOM,
    OUT_AFFECTED,
    OUT_DERS,
    OUT_FREED,
    OUT_FULL,
    OUT_MOVED,
    OUT_TOUCHED,
    OUT_TURNED,
    PARTIAL,
    SERVICE,
    SUPPLY,
    WHOLE,
    Changing,
    Fixed,
    Known,
    Scratch,
)


@jit
def _row_status(f: Fixed, c: Changing, row: int, block: int) -> int:
    """Return the energisation of a row: that of its area, worse where its service transformer lacks a phase."""
    status = c.status[c.area[block]]
    gate = f.row_gate[row]
    if gate >= 0 and status == WHOLE:
        for k in range(f.gate_start[gate], f.gate_start[gate + 1]):
            if c.status[c.area[f.gate_block[k]]] > PARTIAL:
                return PARTIAL
    return int(status)


@jit
def _list_row(f: Fixed, c: Changing, x: Scratch, row: int, block: int, in_block: bool, in_leaf: bool) -> None:
    """List the DER of a row if it changed: its status, or what it hangs on in the block itself or in a leaf."""
    status = _row_status(f, c, row, block)
    other = status != c.row_status[row]
    if other:
        if x.out[OUT_TURNED] == x.turned.size:
            x.out[OUT_FULL] = 1
            return
        x.turned[x.out[OUT_TURNED]], x.turned_status[x.out[OUT_TURNED]] = row, c.row_status[row]
        x.out[OUT_TURNED] += 1
        c.row_status[row] = status
    elif status <= PARTIAL:
        other = in_block if f.row_gate[row] == -1 else in_leaf
    if other:
        der = f.row_der[row]
        if x.der_listed[der]:
            return
        if x.out[OUT_DERS] == x.ders.size:
            x.out[OUT_FULL] = 1
            return
        x.der_listed[der] = 1
        x.ders[x.out[OUT_DERS]] = der
        x.out[OUT_DERS] += 1


@jit
def _list_block(f: Fixed, c: Changing, x: Scratch, known: Known, block: int, was: int) -> None:
    """List the DER of a block that was in the area `was`, as that area was before the operation.

    Answers that differ may look the same: what is paralleled by its lists stays so, whatever feeds it backwards. A
    leaf has a level of service transformers of its own.
    """
    now = c.area[block]
    supply, service = c.answer[was, SUPPLY], c.answer[was, SERVICE]
    if x.affected_mark[was] == x.clock[0]:
        supply, service = x.old_answer[was, SUPPLY], x.old_answer[was, SERVICE]
    supply_now, service_now = c.answer[now, SUPPLY], c.answer[now, SERVICE]
    in_block, in_leaf = False, False
    if supply != supply_now or service != service_now:
        lists, kinds = known.lists, known.kinds
        other = lists[supply] != lists[supply_now]
        in_leaf = other or kinds[supply] != kinds[supply_now]
        in_block = other or lists[service] != lists[service_now]
        in_block = in_block or (kinds[supply] | kinds[service]) != (kinds[supply_now] | kinds[service_now])
    for row in range(f.row_start[block], f.row_start[block + 1]):
        _list_row(f, c, x, row, block, in_block, in_leaf)
    for k in range(f.waiting_start[block], f.waiting_start[block + 1]):
        _list_row(f, c, x, f.waiting_row[k], f.waiting_block[k], False, False)


@jit
def changed(f: Fixed, c: Changing, x: Scratch, known: Known) -> int:
    """List the DER whose attachment changed into `x.ders`, and give freed areas back; affected areas are settled.

    Returns:
        DONE; NO_ROOM: there are more than `x.ders` or `x.turned` have room for.
    """
    now = x.clock[0]
    for at in range(x.out[OUT_MOVED]):
        _list_block(f, c, x, known, x.moved[at], x.origin[x.moved[at]])
    for at in range(x.out[OUT_AFFECTED]):
        area = x.affected[at]
        if c.size[area] == 0 or x.fresh_mark[area] == now:
            continue
        same = x.old_answer[area, SUPPLY] == c.answer[area, SUPPLY]
        same = same and x.old_answer[area, SERVICE] == c.answer[area, SERVICE]
        if same and x.old_status[area] == c.status[area]:
            continue
        count = collect(f, c, x, c.first_block[area])
        x.out[OUT_TOUCHED] += count
        for k in range(count):
            block = x.queue[k]
            if x.moved_mark[block] != now:
                _list_block(f, c, x, known, block, area)
    for at in range(x.out[OUT_FREED]):
        empty(c, x.freed[at])
        c.free[c.free_count[0]] = x.freed[at]
        c.free_count[0] += 1
    for at in range(x.out[OUT_DERS]):
        x.der_listed[x.ders[at]] = 0
    return NO_ROOM if x.out[OUT_FULL] else DONE
