"""N-Quads: statement columns as the file that fills the RDF store.

One line per statement and one `rdf:type` per object that has a class, whole predicates at once, in pieces, so that
memory does not grow with the model. Values are those of the files, untyped and with their white space.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.identifiers import canonical
from cim_models.statements import Statements
from cim_models.store.terms import RDF_TYPE, enumeration_value, name_iri, object_iri

MODEL_TERMS: Final = "http://iec.ch/TC57/61970-552/ModelDescription/1#"
"""Namespace of what headers say, whatever version of it the files use."""

_LINES_AT_ONCE: Final = 1 << 16
_SPECIAL: Final = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPES: Final[dict[int, str]] = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)},
    **{ord(one): f"\\{short}" for one, short in zip('\t\b\n\r\f"\\', 'tbnrf"\\', strict=True)},
}


def write(statements: Statements, path: Path, model: str) -> int:
    """Write all statements to a new file and force it to disk.

    Args:
        statements: what the files of a model say.
        path: the file to write.
        model: id of the model; its IRI is the graph of every quad.

    Returns:
        The number of quads: one for each statement, one for each object that has a class, and those of the headers.
    """
    tail = f" <{object_iri(model)}> .\n"
    quads = 0
    with path.open("wb") as stream:
        for lines in _lines(statements, tail):
            quads += len(lines)
            stream.write("".join(lines).encode())
        stream.flush()
        os.fsync(stream.fileno())
    return quads


def escaped(text: str) -> str:
    r"""Return a text as it stands between the quotes of an N-Quads literal.

    >>> escaped('a "b" \\ c')
    'a \\"b\\" \\\\ c'
    """
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


def _lines(statements: Statements, tail: str) -> Iterator[list[str]]:
    """Yield the lines in lists of bounded length: types first, then predicate by predicate."""
    iris = _iris(statements)
    yield from _types(statements, iris, tail)
    start = statements.columns.start.tolist()
    for name, code in statements.predicates.items():
        middle = f" <{name_iri(name)}> "
        for begin in range(start[code], start[code + 1], _LINES_AT_ONCE):
            rows = slice(begin, min(begin + _LINES_AT_ONCE, start[code + 1]))
            subject, value = statements.columns.subject[rows], statements.columns.object[rows]
            real = value >= 0
            if real.any():
                pairs = zip(subject[real].tolist(), value[real].tolist(), strict=True)
                yield [f"{iris[s]}{middle}{iris[o]}{tail}" for s, o in pairs]
            if not real.all():
                texts = zip(subject[~real].tolist(), _texts(statements, value[~real]), strict=True)
                yield [f'{iris[s]}{middle}"{text}"{tail}' for s, text in texts]
    yield _headers(statements, tail)


def _headers(statements: Statements, tail: str) -> list[str]:
    """Return what the headers of the files say, ids of other files as texts; a header is no object and has no class."""
    lines = []
    for header in statements.files:
        if not header.id:
            continue
        subject = f"<{object_iri(canonical(header.id))}>"
        lines += [
            f'{subject} <{name_iri(f"{{{MODEL_TERMS}}}{key}")}> "{escaped(value)}"{tail}' for key, value in header.said
        ]
    return lines


def _types(statements: Statements, iris: list[str], tail: str) -> Iterator[list[str]]:
    ends = {name: f" <{RDF_TYPE}> <{name_iri(name)}>{tail}" for name in set(statements.class_name) if name is not None}
    for begin in range(0, len(iris), _LINES_AT_ONCE):
        part = slice(begin, begin + _LINES_AT_ONCE)
        pairs = zip(iris[part], statements.class_name[part], strict=True)
        yield [iri + ends[name] for iri, name in pairs if name is not None]


def _iris(statements: Statements) -> list[str]:
    """Return each object as a term: `<iri>`."""
    found = []
    for identity, name, spelling in zip(statements.ids, statements.class_name, statements.spelling, strict=True):
        value = enumeration_value(spelling, identity) if name is None else None
        found.append(f"<{value or object_iri(identity)}>")
    return found


def _texts(statements: Statements, value: npt.NDArray[np.int32]) -> list[str]:
    """Return the literals of some statements, escaped; one look at all of them tells whether any needs it."""
    position = -1 - value.astype(np.int64)
    ends, blob = statements.columns.literal_end, statements.columns.literals
    begins = np.where(position > 0, ends[position - 1], 0)
    texts = [blob[a:b].decode() for a, b in zip(begins.tolist(), ends[position].tolist(), strict=True)]
    return [escaped(text) for text in texts] if _SPECIAL.search("".join(texts)) else texts
