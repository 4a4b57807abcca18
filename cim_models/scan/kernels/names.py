"""Names of elements and attributes, end tags, and values of attributes."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: ANN001, ANN201, PLR1714

from __future__ import annotations

from typing import Final

import numpy as np

from cim_models.scan.bytes_known import NAME, VALUE
from cim_models.scan.kernels.compiled import inner
from cim_models.scan.kernels.spaces import blank

_NAME_BYTES_MAX: Final = 256
_ID_BYTES_MAX: Final = 1_000
_TAGS_MAX: Final = 2_000


@inner
def same(data, i, word):
    """Tell whether a name is the given word; the byte behind it is no part of a name then."""
    for k in range(word.size):
        if data[i + k] != word[k]:
            return False
    return not NAME[data[i + word.size]]


@inner
def closing(data, i, line, name, size):
    """Pass the end tag at `i` of the element whose name begins at `name`; return where it ends, and the line."""
    for k in range(size):
        if data[i + 2 + k] != data[name + k]:
            return -1 - (i + k), line
    i, line = blank(data, i + 2 + size, line)
    if i < 0:
        return i, line
    return (i + 1 if data[i] == 0x3E else -1 - i), line


@inner
def closing_root(data, i, line, root):
    """Pass the end tag of the root at `i`; return where it ends (-1 - position = it is none), and the line."""
    if not same(data, i + 2, root):
        return -1 - i, line
    i, line = blank(data, i + 2 + root.size, line)
    if i < 0:
        return i, line
    return (i + 1 if data[i] == 0x3E else -1 - i), line


@inner
def tag_at(data, i, slots, tag_end, tag_blob, count):
    """Return the number of the name at `i`, a new one the first time, and where the name ends; -1 = none."""
    begin = i
    code = np.uint64(14695981039346656037)
    while NAME[data[i]]:
        code = (code ^ np.uint64(data[i])) * np.uint64(1099511628211)
        i += 1
    size = i - begin
    if size == 0 or size > _NAME_BYTES_MAX:
        return -1, i
    mask = slots.size - 1
    slot = np.int64((code ^ (code >> np.uint64(29))) & np.uint64(mask))
    while slots[slot] >= 0:
        tag = slots[slot]
        first = tag_end[tag - 1] if tag > 0 else 0
        if tag_end[tag] - first == size:
            k = 0
            while k < size and tag_blob[first + k] == data[begin + k]:
                k += 1
            if k == size:
                return tag, i
        slot = (slot + 1) & mask
    tag = count[0]
    if tag >= _TAGS_MAX:
        return -1, i
    first = tag_end[tag - 1] if tag > 0 else 0
    for k in range(size):
        tag_blob[first + k] = data[begin + k]
    tag_end[tag] = first + size
    slots[slot] = tag
    count[0] = tag + 1
    return tag, i


@inner
def value_at(data, i, line):
    """Pass `= "value"`; return where the value begins (-1 - position = none) and ends, and the line."""
    i, line = blank(data, i, line)
    if i < 0:
        return i, i, line
    if data[i] != 0x3D:
        return -1 - i, i, line
    i, line = blank(data, i + 1, line)
    if i < 0:
        return i, i, line
    quote = data[i]
    if quote != 0x22 and quote != 0x27:
        return -1 - i, i, line
    begin = i + 1
    i = begin
    while VALUE[data[i]] and data[i] != quote:
        i += 1
    if data[i] != quote or i == begin or i - begin > _ID_BYTES_MAX:
        return -1 - i, i, line
    return begin, i, line
