"""Rows of a window to statements: ids become objects, names of properties codes."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: ANN001, ANN201

from __future__ import annotations

import numpy as np

from cim_models.scan.kernels.compiled import inner, jit
from cim_models.scan.kernels.objects import object_of, spelled


@inner
def code_at(coded, tag):
    """Return the code of a property, a new one the first time."""
    code_of, tag_of, codes = coded
    if code_of[tag] < 0:
        code_of[tag] = codes[0]
        tag_of[codes[0]] = tag
        codes[0] += 1
    return code_of[tag]


@inner
def texts_end(rows, row, rows_end, text_from):
    """Return where the texts of some rows end, `text_from` if they have none."""
    while row < rows_end:
        if rows[row, 1] < 0:
            text_from = rows[row, 2]
        row += 1
    return text_from


@inner
def declare(data, node, subject, is_new, known, declared):
    """Write down what a node says of its object: int64[6], as for `link`; `is_new` = it was met here first."""
    _, objects, blobs, counts = known
    declared[0] = subject
    declared[1] = node[0]
    declared[2] = node[4]
    declared[3] = node[3]
    if is_new:
        declared[4] = objects[subject, 4]
    else:
        declared[4] = spelled(data, node[1], node[2], subject, objects, blobs, counts)
    declared[5] = node[2] - node[1]


@jit
def link(data, nodes, rows, texts, is_header, coded, known, out, literals_before):
    """Link the rows of a window.

    Args:
        data: uint8; the bytes of the window.
        nodes: as `scan` wrote them, only what is settled.
        rows: as `scan` wrote them, only what is settled.
        texts: as `scan` wrote them.
        is_header: bool[n_tags]; whose nodes are no objects of the network: their rows are left out.
        coded: code of each tag as a property, -1 = none so far; the tag of each code; their number.
        known: table, objects, blobs and counts; see `object_of`.
        out: statements int32[3, n] (subject, code, object or -1 - position of the text), ends int64 of the texts, texts
            uint8, declarations int64[n, 6] (object, tag, line, defines, begin and size of the spelling).
        literals_before: texts before this window: their number and bytes.

    Returns:
        Number of statements, texts, bytes of texts, declarations.
    """
    before, bytes_before = literals_before
    statements, ends, out_texts, declared = out
    n = n_literals = n_bytes = n_declared = 0
    row = text_from = np.int64(0)  # a plain 0, or 32 bits below, are other types: much would be compiled twice
    for node in range(nodes.shape[0]):
        rows_end = np.int64(nodes[node, 5])
        met_before = known[3][0]
        begin, end = np.int64(nodes[node, 1]), np.int64(nodes[node, 2])
        subject = object_of(data, begin, end, known[0], known[1], known[2], known[3])
        if is_header[nodes[node, 0]]:
            text_from = texts_end(rows, row, rows_end, text_from)
            row = rows_end
            continue
        declare(data, nodes[node], subject, subject == met_before, known, declared[n_declared])
        n_declared += 1
        while row < rows_end:
            statements[0, n] = subject
            statements[1, n] = code_at(coded, rows[row, 0])
            if rows[row, 1] < 0:
                for k in range(text_from, rows[row, 2]):
                    out_texts[n_bytes] = texts[k]
                    n_bytes += 1
                text_from = rows[row, 2]
                ends[n_literals] = bytes_before + n_bytes
                n_literals += 1
                statements[2, n] = -(before + n_literals)
            else:
                begin, end = rows[row, 1], rows[row, 2]
                statements[2, n] = object_of(data, begin, end, known[0], known[1], known[2], known[3])
            n += 1
            row += 1
    return n, n_literals, n_bytes, n_declared
