"""Nodes of a window: one pass over its bytes."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: ANN001, ANN201, PLR0911

from __future__ import annotations

from typing import Final

import numpy as np

from cim_models.scan.bytes_known import DONE, MORE, UNPROVEN
from cim_models.scan.kernels.compiled import inner, jit
from cim_models.scan.kernels.names import closing_root, same, tag_at, value_at
from cim_models.scan.kernels.properties import FULL, properties
from cim_models.scan.kernels.spaces import LINES_COUNTED, between, blank, line_of

_LOOK_AHEAD: Final = 64
"""No failure by want of bytes is further from the end of the window than this."""


@inner
def start_tag(data, i, line, words, tags, node):
    """Take the start tag of the node at `i`.

    Args:
        data: uint8; the bytes.
        i: where it begins.
        line: the line there.
        words: as for `scan`.
        tags: as for `scan`.
        node: int32[7]; gets all but where its rows end, as for `scan`.

    Returns:
        Where it ends (-1 - position = refused), the line there, the size of its name, whether it is all of the node.
    """
    about, ident, _, _ = words
    slots, tag_end, tag_blob, count = tags
    node[6] = i
    name = i + 1
    tag, i = tag_at(data, name, slots, tag_end, tag_blob, count)
    size = i - name
    if tag < 0:
        return -1 - i, line, size, False
    node[0] = tag
    at, line = blank(data, i, line)
    if at <= i:
        return -1 - i, line, size, False
    defines = same(data, at, ident)
    if not defines and not same(data, at, about):
        return -1 - at, line, size, False
    begin, end, line = value_at(data, at + (ident.size if defines else about.size), line)
    if begin < 0:
        return begin, line, size, False
    node[1] = begin
    node[2] = end
    node[3] = defines
    i, line = blank(data, end + 1, line)
    if i < 0:
        return i, line, size, False
    is_empty = data[i] == 0x2F
    if is_empty:
        i += 1
    if data[i] != 0x3E:
        return -1 - i, line, size, is_empty
    i += 1
    if is_empty:
        node[4] = line if line <= LINES_COUNTED else 0
        return i, line, size, is_empty
    node_line = line_of(data, i, line)
    node[4] = node_line
    return (i if node_line >= 0 else -1 - i), line, size, is_empty


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
    n_nodes = n_rows = n_texts = np.int64(0)  # a plain 0 is a type of its own: all would be compiled twice
    i = begin
    done, done_line, done_nodes, done_rows, done_texts = begin, line, 0, 0, 0
    while True:
        i, line = between(data, i, line)
        if i < 0:
            break
        if data[i + 1] == 0x2F:
            i, line = closing_root(data, i, line, words[3])
            if i >= 0:
                return DONE, i, line, n_nodes, n_rows, n_texts
            break
        if n_nodes >= nodes.shape[0]:
            i = FULL
            break
        name = i + 1
        i, line, size, is_empty = start_tag(data, i, line, words, tags, nodes[n_nodes])
        if i >= 0 and not is_empty:
            named = (name, size)
            i, line, n_rows, n_texts = properties(data, i, line, named, words[2], tags, rows, n_rows, texts, n_texts)
        if i < 0:
            break
        nodes[n_nodes, 5] = n_rows
        n_nodes += 1
        done, done_line, done_nodes, done_rows, done_texts = i, line, n_nodes, n_rows, n_texts
    failed = -1 - i
    status = MORE if end - failed < _LOOK_AHEAD else UNPROVEN
    return status, done, done_line, done_nodes, done_rows, done_texts
