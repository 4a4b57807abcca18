"""Properties of a node: texts and references to other objects."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: ANN001, ANN201, PLR0911, PLR0912

from __future__ import annotations

from typing import Final

from cim_models.scan.bytes_known import AMPERSAND, BRACKET, HIGH, LESS, LINE_FEED, PLAIN, SORT
from cim_models.scan.kernels.characters import reference, utf8
from cim_models.scan.kernels.compiled import inner
from cim_models.scan.kernels.names import closing, same, tag_at, value_at
from cim_models.scan.kernels.spaces import RUN_BYTES_MAX, between, blank

FULL: Final = -(1 << 62)
"""No room is left for rows: a failure that more windows mend."""


@inner
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
            return (i if i - begin <= RUN_BYTES_MAX else -1 - begin), line, n
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


@inner
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


@inner
def properties(data, i, line, named, resource, tags, rows, n_rows, texts, n_texts):
    """Take the properties of a node and its end tag.

    Args:
        data: uint8; the bytes.
        i: where the start tag ends.
        line: the line there.
        named: where its name begins, and its size.
        resource: rdf:resource as the document writes it.
        tags: as for `scan`.
        rows: int64[n, 3]; get the properties, as for `scan`.
        n_rows: how many there are.
        texts: uint8; gets their texts.
        n_texts: bytes of texts so far.

    Returns:
        Where the end tag ends (-1 - position = refused), the line there, `n_rows` and `n_texts`.
    """
    name, size = named
    while True:
        i, line = between(data, i, line)
        if i < 0:
            return i, line, n_rows, n_texts
        if data[i + 1] == 0x2F:
            i, line = closing(data, i, line, name, size)
            return i, line, n_rows, n_texts
        if n_rows >= rows.shape[0]:
            return FULL, line, n_rows, n_texts
        i, line, n_texts = property_at(data, i, line, resource, tags, rows[n_rows], texts, n_texts)
        if i < 0:
            return i, line, n_rows, n_texts
        n_rows += 1
