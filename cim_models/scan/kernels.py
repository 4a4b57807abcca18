"""Kernels of the scanner: one pass over the bytes of a window. Import this module through `choosing` alone.

Every loop ends at the zero byte behind the window, since no table lets a zero pass. A failure near the end of the
window may be for want of bytes: the element is looked at once more when there are more.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: ANN001, ANN201, PLR0911, PLR0912, PLR0915, PLR1714

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

from cim_models.scan.bytes_known import (
    AMPERSAND,
    BRACKET,
    DONE,
    HIGH,
    LESS,
    LINE_FEED,
    MORE,
    NAME,
    PLAIN,
    REFUSED,
    SORT,
    UNPROVEN,
    VALUE,
)

_njit: Any = numba.njit
jit: Final[Any] = _njit(nogil=True, cache=True)

_RUN_BYTES_MAX: Final = 65_536
"""White space and comments between two elements, and one text; beyond that the conforming reader decides."""
_NAME_BYTES_MAX: Final = 256
_ID_BYTES_MAX: Final = 1_000
_LOOK_AHEAD: Final = 64
"""No failure by want of bytes is further from the end of the window than this."""
_LINES_COUNTED: Final = 65_534
"""libxml2 keeps lines up to this one with each element; later ones are known from the white space behind a tag."""
_TAGS_MAX: Final = 2_000


@jit
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


@jit
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


@jit
def comment(data, i, line):
    """Pass the comment that begins at `i`; return where it ends, -1 - position where it is none, and the line."""
    if data[i + 2] != 0x2D or data[i + 3] != 0x2D:
        return -1 - i, line
    begin = i
    i += 4
    while i - begin < _RUN_BYTES_MAX:
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


@jit
def between(data, i, line):
    """Pass white space and comments; return where the next tag begins, -1 - position where none does, and the line."""
    begin = i
    while i - begin < _RUN_BYTES_MAX:
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


@jit
def same(data, i, word):
    """Tell whether a name is the given word; the byte behind it is no part of a name then."""
    for k in range(word.size):
        if data[i + k] != word[k]:
            return False
    return not NAME[data[i + word.size]]


@jit
def closing(data, i, line, name, size):
    """Pass the end tag at `i` of the element whose name begins at `name`; return where it ends, and the line."""
    for k in range(size):
        if data[i + 2 + k] != data[name + k]:
            return -1 - (i + k), line
    i, line = blank(data, i + 2 + size, line)
    if i < 0:
        return i, line
    return (i + 1 if data[i] == 0x3E else -1 - i), line


@jit
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


@jit
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


@jit
def reference(data, i, texts, n):
    """Write the character that `&...;` at `i` stands for; return where it ends (-1 - position = none), and `n`."""
    a, b, c = data[i + 1], data[i + 2], data[i + 3]
    if a != 0x23:
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
    k = i + 2
    base = 10
    if b == 0x78:
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
        return -1 - i, n
    if code < 0x80:
        texts[n] = code
        return k + 1, n + 1
    if code < 0x800:
        texts[n] = 0xC0 | code >> 6
        texts[n + 1] = 0x80 | code & 0x3F
        return k + 1, n + 2
    if code < 0x10000:
        texts[n] = 0xE0 | code >> 12
        texts[n + 1] = 0x80 | code >> 6 & 0x3F
        texts[n + 2] = 0x80 | code & 0x3F
        return k + 1, n + 3
    texts[n] = 0xF0 | code >> 18
    texts[n + 1] = 0x80 | code >> 12 & 0x3F
    texts[n + 2] = 0x80 | code >> 6 & 0x3F
    texts[n + 3] = 0x80 | code & 0x3F
    return k + 1, n + 4


@jit
def text_at(data, i, line, texts, n):
    """Copy the text at `i` as XML means it; return where `<` stands (-1 - position = refused), line and `n`."""
    begin = i
    while True:
        c = data[i]
        sort = SORT[c]
        if sort == PLAIN:
            texts[n] = c
            n += 1
            i += 1
        elif sort == LESS:
            return (i if i - begin <= _RUN_BYTES_MAX else -1 - begin), line, n
        elif sort == HIGH:
            size = utf8(data, i)
            if size == 0:
                return -1 - i, line, n
            for k in range(size):
                texts[n + k] = data[i + k]
            n += size
            i += size
        elif sort == AMPERSAND:
            at, n = reference(data, i, texts, n)
            if at < 0:
                return at, line, n
            i = at
        elif sort == BRACKET:
            if data[i + 1] == 0x5D and data[i + 2] == 0x3E:
                return -1 - i, line, n
            texts[n] = c
            n += 1
            i += 1
        elif sort == LINE_FEED:
            texts[n] = c
            n += 1
            i += 1
            line += 1
        elif c == 0x0D and data[i + 1] == 0x0A:
            i += 1
        else:
            return -1 - i, line, n


@jit
def line_of(data, i, line):
    """Return the line of a node whose start tag ends at `i`, as far as libxml2 knows it: 0 = not, -1 = no telling."""
    if line <= _LINES_COUNTED:
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


@jit
def property_at(data, i, line, resource, tags, row, texts, n_texts):
    """Take the property whose tag begins at `i`; return where it ends (-1 - position = refused), line and `n_texts`.

    Args:
        data: uint8; the bytes.
        i: where its tag begins.
        line: the line there.
        resource: rdf:resource as the document writes it.
        tags: as for `scan`.
        row: int64[3]; gets tag, begin and end, as for `scan`.
        texts: uint8; gets its text.
        n_texts: bytes of texts so far.
    """
    slots, tag_end, tag_blob, count = tags
    name = i + 1
    tag, i = tag_at(data, name, slots, tag_end, tag_blob, count)
    size = i - name
    if tag < 0:
        return -1 - i, line, n_texts
    row[0] = tag
    at, line = blank(data, i, line)
    if at < 0:
        return at, line, n_texts
    has_value = at > i and same(data, at, resource)
    if has_value:
        begin, end, line = value_at(data, at + resource.size, line)
        if begin < 0:
            return begin, line, n_texts
        at, line = blank(data, end + 1, line)
        if at < 0:
            return at, line, n_texts
        row[1] = begin
        row[2] = end
    i = at
    if data[i] == 0x2F:
        if data[i + 1] != 0x3E:
            return -1 - i, line, n_texts
        if not has_value:
            row[1] = -1
            row[2] = n_texts
        return i + 2, line, n_texts
    if data[i] != 0x3E:
        return -1 - i, line, n_texts
    i += 1
    if has_value:
        i, line = blank(data, i, line)
    else:
        i, line, n_texts = text_at(data, i, line, texts, n_texts)
        row[1] = -1
        row[2] = n_texts
    if i < 0:
        return i, line, n_texts
    if data[i] != 0x3C or data[i + 1] != 0x2F:
        return -1 - i, line, n_texts
    i, line = closing(data, i, line, name, size)
    return i, line, n_texts


@jit
def scan(data, begin, end, line, words, tags, nodes, rows, texts):
    """Scan the nodes of a window.

    Args:
        data: uint8; the bytes, with zeros from `end` on.
        begin: where to begin: behind the tag of the root or a node.
        end: where the bytes end.
        line: the line at `begin`.
        words: names as the document writes them: rdf:about, rdf:ID, rdf:resource, rdf:RDF.
        tags: slots, ends, bytes and number of the names met.
        nodes: int32[n, 7]; tag, begin and end of the id, defines, line, where its rows end, where its bytes begin.
        rows: int64[n, 3]; tag, begin and end: of an id in the window, or as (-1, end) of a text in `texts`.
        texts: uint8; the texts, one behind the other.

    Returns:
        Status, and how far everything goes that is settled: bytes, line, nodes, rows, bytes of texts.
    """
    about, ident, resource, root = words
    slots, tag_end, tag_blob, count = tags
    n_nodes = n_rows = n_texts = 0
    i = begin
    done, done_line, done_nodes, done_rows, done_texts = begin, line, 0, 0, 0
    while True:
        i, line = between(data, i, line)
        if i < 0:
            break
        if data[i + 1] == 0x2F:
            if not same(data, i + 2, root):
                i = -1 - i
                break
            i, line = blank(data, i + 2 + root.size, line)
            if i >= 0 and data[i] == 0x3E:
                return DONE, i + 1, line, n_nodes, n_rows, n_texts
            i = -1 - i if i >= 0 else i
            break
        if n_nodes >= nodes.shape[0]:
            return MORE, done, done_line, done_nodes, done_rows, done_texts
        node_at = i
        name = i + 1
        node_tag, i = tag_at(data, name, slots, tag_end, tag_blob, count)
        name_size = i - name
        if node_tag < 0:
            i = -1 - i
            break
        at, line = blank(data, i, line)
        if at <= i:
            i = -1 - i
            break
        i = at
        defines = same(data, i, ident)
        if not defines and not same(data, i, about):
            i = -1 - i
            break
        id_begin, id_end, line = value_at(data, i + (ident.size if defines else about.size), line)
        if id_begin < 0:
            i = id_begin
            break
        i, line = blank(data, id_end + 1, line)
        if i < 0:
            break
        is_empty = data[i] == 0x2F
        if is_empty:
            i += 1
        if data[i] != 0x3E:
            i = -1 - i
            break
        i += 1
        node_line = line
        if is_empty:
            node_line = line if line <= _LINES_COUNTED else 0
        else:
            node_line = line_of(data, i, line)
            if node_line < 0:
                i = -1 - i
                break
        while not is_empty:
            i, line = between(data, i, line)
            if i < 0:
                break
            if data[i + 1] == 0x2F:
                i, line = closing(data, i, line, name, name_size)
                break
            if n_rows >= rows.shape[0]:
                return MORE, done, done_line, done_nodes, done_rows, done_texts
            i, line, n_texts = property_at(data, i, line, resource, tags, rows[n_rows], texts, n_texts)
            if i < 0:
                break
            n_rows += 1
        if i < 0:
            break
        nodes[n_nodes, 0] = node_tag
        nodes[n_nodes, 1] = id_begin
        nodes[n_nodes, 2] = id_end
        nodes[n_nodes, 3] = defines
        nodes[n_nodes, 4] = node_line
        nodes[n_nodes, 5] = n_rows
        nodes[n_nodes, 6] = node_at
        n_nodes += 1
        done, done_line, done_nodes, done_rows, done_texts = i, line, n_nodes, n_rows, n_texts
    failed = -1 - i
    status = MORE if end - failed < _LOOK_AHEAD else UNPROVEN
    return status, done, done_line, done_nodes, done_rows, done_texts
