"""Ids to objects, numbered as they appear."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: ANN001, ANN201, PLR1714

from __future__ import annotations

from typing import Final

import numpy as np

from cim_models.scan.bytes_known import DIGIT
from cim_models.scan.kernels.compiled import inner, jit

UUID: Final = 36


@inner
def uuid_at(data, at):
    """Read 36 bytes as a UUID: its two halves, and whether they are one."""
    high, low = np.uint64(0), np.uint64(0)
    worst = np.uint8(0)
    for k in range(18):
        if k != 8 and k != 13:
            digit = DIGIT[data[at + k]]
            worst |= digit
            high = high << np.uint64(4) | np.uint64(digit)
    for k in range(19, 36):
        if k != 23:
            digit = DIGIT[data[at + k]]
            worst |= digit
            low = low << np.uint64(4) | np.uint64(digit)
    dashed = data[at + 8] == 0x2D and data[at + 13] == 0x2D and data[at + 18] == 0x2D and data[at + 23] == 0x2D
    return np.int64(high), np.int64(low), dashed and worst < 16


@inner
def core_of(data, begin, end):
    """Return where the canonical id lies in a spelling, as `identifiers.canonical` has it."""
    while begin < end and data[begin] == 0x20:
        begin += 1
    while end > begin and data[end - 1] == 0x20:
        end -= 1
    k = end - 1
    while k >= begin and data[k] != 0x23:
        k -= 1
    begin = max(begin, k + 1)
    if end - begin >= 9 and data[begin + 3] == 0x3A and data[begin + 8] == 0x3A:
        a = (data[begin] | 0x20) == 0x75 and (data[begin + 1] | 0x20) == 0x72 and (data[begin + 2] | 0x20) == 0x6E
        b = (data[begin + 4] | 0x20) == 0x75 and (data[begin + 5] | 0x20) == 0x75 and (data[begin + 6] | 0x20) == 0x69
        if a and b and (data[begin + 7] | 0x20) == 0x64:
            begin += 9
    while begin < end and data[begin] == 0x5F:
        begin += 1
    return begin, end


@inner
def key_of(data, begin, end):
    """Return where the canonical id lies in a spelling, its key in two halves, and whether it is a UUID."""
    if end - begin > UUID:
        # the usual spelling, a prefix and a UUID: what stands before it has to be looked at alone
        high, low, is_uuid = uuid_at(data, end - UUID)
        if is_uuid:
            first, last = core_of(data, begin, end - UUID)
            if first == last:
                return end - UUID, end, high, low, True
    first, last = core_of(data, begin, end)
    if last - first == UUID:
        high, low, is_uuid = uuid_at(data, first)
        if is_uuid:
            return first, last, high, low, True
    code = np.uint64(14695981039346656037)
    for k in range(first, last):
        code = (code ^ np.uint64(data[k])) * np.uint64(1099511628211)
    return first, last, np.int64(code), np.int64(last - first), False


@inner
def mixed(high, low):
    """Return a key as a place in a hash table of any size."""
    code = (np.uint64(high) ^ np.uint64(low) * np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xD6E8FEB86659FD93)
    return np.int64(code >> np.uint64(33))


@inner
def object_of(data, begin, end, table, objects, blobs, counts):
    """Return the object that a spelling names, a new one the first time.

    Args:
        data: uint8; the bytes of the window.
        begin: where the spelling begins.
        end: where it ends.
        table: int32; hash table of the objects, a power of two, -1 = free.
        objects: int64[n, 6]; key in two halves, is a UUID, end of the canonical id, begin and size of the spelling.
        blobs: canonical ids and spellings, one behind the other.
        counts: int64[3]; objects, bytes of canonical ids, bytes of spellings.
    """
    ids, spellings = blobs
    first, last, high, low, is_uuid = key_of(data, begin, end)
    size = last - first
    mask = table.size - 1
    slot = mixed(high, low) & mask
    while table[slot] >= 0:
        found = table[slot]
        if objects[found, 0] == high and objects[found, 1] == low and objects[found, 2] == is_uuid:
            if is_uuid:
                return found
            at = objects[found - 1, 3] if found > 0 else 0
            k = 0
            while k < size and ids[at + k] == data[first + k]:
                k += 1
            if k == size:
                return found
        slot = (slot + 1) & mask
    new = counts[0]
    at = counts[1]
    for k in range(size):
        c = data[first + k]
        ids[at + k] = c | 0x20 if is_uuid and 0x41 <= c <= 0x46 else c
    objects[new, 0] = high
    objects[new, 1] = low
    objects[new, 2] = is_uuid
    objects[new, 3] = at + size
    objects[new, 4] = counts[2]
    objects[new, 5] = end - begin
    for k in range(end - begin):
        spellings[counts[2] + k] = data[begin + k]
    table[slot] = new
    counts[0] = new + 1
    counts[1] = at + size
    counts[2] += end - begin
    return new


@inner
def spelled(data, begin, end, obj, objects, blobs, counts):
    """Return where a spelling of an object lies among the spellings; it is added unless it is the known one."""
    spellings = blobs[1]
    at, size = objects[obj, 4], end - begin
    if objects[obj, 5] == size:
        k = 0
        while k < size and spellings[at + k] == data[begin + k]:
            k += 1
        if k == size:
            return at
    at = counts[2]
    for k in range(size):
        spellings[at + k] = data[begin + k]
    counts[2] += size
    return at


@jit
def rehash(table, objects, count):
    """Fill an empty hash table with the objects that are known."""
    mask = table.size - 1
    for obj in range(count):
        slot = mixed(objects[obj, 0], objects[obj, 1]) & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = obj
