"""Characters beyond ASCII, and references to characters."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: ANN001, ANN201, PLR1714

from __future__ import annotations

import numpy as np

from cim_models.scan.kernels.compiled import inner


@inner
def utf8(data, i):
    """Return the length of the character beyond ASCII that begins at `i`, 0 = none that XML allows."""
    a, b, c = data[i], data[i + 1], data[i + 2]
    if a < 0xC2 or b < 0x80 or b > 0xBF:
        return 0
    if a < 0xE0:
        return 2
    if c < 0x80 or c > 0xBF:
        return 0
    if a < 0xF0:
        bad = (a == 0xE0 and b < 0xA0) or (a == 0xED and b > 0x9F) or (a == 0xEF and b == 0xBF and c > 0xBD)
        return 0 if bad else 3
    d = data[i + 3]
    bad = a > 0xF4 or d < 0x80 or d > 0xBF or (a == 0xF0 and b < 0x90) or (a == 0xF4 and b > 0x8F)
    return 0 if bad else 4


@inner
def named(data, i, texts, n):
    """Write the character that one of the five named references stands for; otherwise as `reference`."""
    a, b, c = data[i + 1], data[i + 2], data[i + 3]
    if a == 0x6C and b == 0x74 and c == 0x3B:  # lt
        texts[n] = 0x3C
        return i + 4, n + 1
    if a == 0x67 and b == 0x74 and c == 0x3B:  # gt
        texts[n] = 0x3E
        return i + 4, n + 1
    d, e = data[i + 4], data[i + 5]
    if a == 0x61 and b == 0x6D and c == 0x70 and d == 0x3B:  # amp
        texts[n] = 0x26
        return i + 5, n + 1
    if a == 0x61 and b == 0x70 and c == 0x6F and d == 0x73 and e == 0x3B:  # apos
        texts[n] = 0x27
        return i + 6, n + 1
    if a == 0x71 and b == 0x75 and c == 0x6F and d == 0x74 and e == 0x3B:  # quot
        texts[n] = 0x22
        return i + 6, n + 1
    return -1 - i, n


@inner
def number(data, i):
    """Read the character reference `&#...;` at `i`; return where it ends (-1 - position = none), and the character."""
    k = i + 2
    base = 10
    if data[k] == 0x78:
        base = 16
        k += 1
    first = k
    code = 0
    while k - first < 8:
        d = np.int64(data[k])
        if 0x30 <= d <= 0x39:
            code = code * base + d - 0x30
        elif base == 16 and 0x61 <= d <= 0x66:
            code = code * base + d - 0x57
        elif base == 16 and 0x41 <= d <= 0x46:
            code = code * base + d - 0x37
        else:
            break
        k += 1
    low = code < 0x20 and code != 0x09 and code != 0x0A and code != 0x0D
    if k == first or data[k] != 0x3B or low or 0xD800 <= code <= 0xDFFF or 0xFFFE <= code <= 0xFFFF or code > 0x10FFFF:
        return -1 - i, code
    return k + 1, code


@inner
def put(texts, n, code):
    """Write a character as UTF-8; return where it ends."""
    if code < 0x80:
        texts[n] = code
        return n + 1
    if code < 0x800:
        texts[n] = 0xC0 | code >> 6
        texts[n + 1] = 0x80 | code & 0x3F
        return n + 2
    if code < 0x10000:
        texts[n] = 0xE0 | code >> 12
        texts[n + 1] = 0x80 | code >> 6 & 0x3F
        texts[n + 2] = 0x80 | code & 0x3F
        return n + 3
    texts[n] = 0xF0 | code >> 18
    texts[n + 1] = 0x80 | code >> 12 & 0x3F
    texts[n + 2] = 0x80 | code >> 6 & 0x3F
    texts[n + 3] = 0x80 | code & 0x3F
    return n + 4


@inner
def reference(data, i, texts, n):
    """Write the character that `&...;` at `i` stands for; return where it ends (-1 - position = none), and `n`."""
    if data[i + 1] != 0x23:
        return named(data, i, texts, n)
    end, code = number(data, i)
    if end < 0:
        return end, n
    return end, put(texts, n, code)
