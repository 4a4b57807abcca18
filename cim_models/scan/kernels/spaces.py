"""White space and comments, and the lines in them."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: ANN001, ANN201, PLR1714

from __future__ import annotations

from typing import Final

from cim_models.scan.bytes_known import HIGH, LESS, LINE_FEED, REFUSED, SORT
from cim_models.scan.kernels.characters import utf8
from cim_models.scan.kernels.compiled import inner

RUN_BYTES_MAX: Final = 65_536
"""White space and comments between two elements, and one text; beyond that the conforming reader decides."""

LINES_COUNTED: Final = 65_534
"""libxml2 keeps lines up to this one with each element; later ones are known from the white space behind a tag."""


@inner
def blank(data, i, line):
    """Pass white space inside a tag; return where it ends, -1 = at a lone carriage return, and the line there."""
    while True:
        c = data[i]
        if c == 0x20 or c == 0x09:
            i += 1
        elif c == 0x0A:
            i += 1
            line += 1
        elif c == 0x0D:
            if data[i + 1] != 0x0A:
                return -1 - i, line
            i += 1
        else:
            return i, line


@inner
def comment(data, i, line):
    """Pass the comment that begins at `i`; return where it ends, -1 - position where it is none, and the line."""
    if data[i + 2] != 0x2D or data[i + 3] != 0x2D:
        return -1 - i, line
    begin = i
    i += 4
    while i - begin < RUN_BYTES_MAX:
        c = data[i]
        if c == 0x2D and data[i + 1] == 0x2D:
            return (i + 3 if data[i + 2] == 0x3E else -1 - i), line
        sort = SORT[c]
        if sort == REFUSED or (sort == LESS and data[i + 1] == 0x21):
            return -1 - i, line
        if sort == HIGH:
            size = utf8(data, i)
            if size == 0:
                return -1 - i, line
            i += size
            continue
        if sort == LINE_FEED:
            line += 1
        elif c == 0x0D and data[i + 1] != 0x0A:
            return -1 - i, line
        i += 1
    return -1 - begin, line


@inner
def between(data, i, line):
    """Pass white space and comments; return where the next tag begins, -1 - position where none does, and the line."""
    begin = i
    while i - begin < RUN_BYTES_MAX:
        i, line = blank(data, i, line)
        if i < 0:
            return i, line
        if data[i] != 0x3C:
            return -1 - i, line
        if data[i + 1] != 0x21:
            return i, line
        i, line = comment(data, i, line)
        if i < 0:
            return i, line
    return -1 - begin, line


@inner
def line_of(data, i, line):
    """Return the line of a node whose start tag ends at `i`, as far as libxml2 knows it: 0 = not, -1 = no telling."""
    if line <= LINES_COUNTED:
        return line
    if data[i] == 0x0D:
        i += 1
    known = data[i] == 0x0A
    if known:
        i += 1
    while data[i] == 0x20 or data[i] == 0x09:
        i += 1
    if data[i] == 0x3C:
        if data[i + 1] == 0x21:
            return -1
        return line if known else 0
    blank_only = data[i] == 0x0A or data[i] == 0x0D
    if not blank_only:
        return -1
    while data[i] == 0x20 or data[i] == 0x09 or data[i] == 0x0A or data[i] == 0x0D:
        i += 1
    return -1 if data[i] != 0x3C or data[i + 1] == 0x21 else 0
