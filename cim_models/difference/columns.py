"""Between statement columns, the N-Quads of a model, and single statements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cim_models.difference.statement import TYPE, Statement, plain_name
from cim_models.errors import SnapshotError
from cim_models.namespaces import MODEL_DESCRIPTION
from cim_models.statements import Header, StatementBuilder, Statements
from cim_models.store.terms import CIM100, id_of

_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-F]{4})|(.))")
_SHORT: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "\\": "\\"}
_WORD: Final = re.compile(r"[A-Z][A-Za-z]*\.[A-Za-z0-9_]+")
_HEADER_TERMS: Final = tuple(MODEL_DESCRIPTION)


def statements_of(columns: Statements) -> Iterator[Statement]:
    """Yield what columns say, classes first, then property by property; texts without the white space around them."""
    ids = columns.ids
    for identity, class_name in zip(ids, columns.class_name, strict=True):
        if class_name is not None:
            yield Statement(identity, TYPE, plain_name(class_name))
    for name in columns.predicates:
        predicate = plain_name(name)
        subjects, targets = columns.references(name)
        for subject, target in zip(subjects.tolist(), targets.tolist(), strict=True):
            yield Statement(ids[subject], predicate, ids[target], True)
        subjects, texts = columns.texts(name)
        for subject, text in zip(subjects.tolist(), texts, strict=True):
            yield Statement(ids[subject], predicate, text)


def statements_in(nquads: Path, part: str = "") -> Iterator[Statement]:
    """Yield what the N-Quads of a model say, in the order of the file; headers of its files are left out.

    Args:
        nquads: a file that `store.nquads.write` wrote.
        part: a text that the lines of interest hold.

    Raises:
        SnapshotError: it cannot be read, or is damaged.
    """
    try:
        with nquads.open(encoding="utf-8", newline="\n") as stream:
            for line in stream:
                statement = _parsed(line) if part in line else None
                if statement is not None:
                    yield statement
    except (OSError, ValueError) as error:
        raise SnapshotError(
            "statements_damaged", f"{nquads} cannot be read: {error}; import the model again.", str(nquads)
        ) from error


def spelling_in(columns: Statements) -> dict[str, str]:
    """Return the ids of all objects as their files write them, by canonical id."""
    return dict(zip(columns.ids, columns.spelling, strict=True))


class ColumnMaker:
    """Makes statement columns of single statements."""

    def __init__(self, spelling: Mapping[str, str]) -> None:
        """Start with nothing.

        Args:
            spelling: how ids are written, by canonical id; others are written as they are.
        """
        self._builder = StatementBuilder()
        self._spelling = spelling
        self._codes: dict[str, int] = {}

    def begin_file(self, header: Header) -> None:
        """Let what follows come from a file; what came before has no place of its own."""
        self._builder.files.append(header)

    def add(self, statements: Iterable[Statement], line: Mapping[Statement, int] | None = None) -> None:
        """Take in statements; classes of objects are told before what else is said of them."""
        builder, spelling, codes = self._builder, self._spelling, self._codes
        for statement in statements:
            subject, predicate, value, reference = statement
            written = spelling.get(subject, subject)
            position = builder.object_named(written)
            if predicate == TYPE:
                at = 0 if line is None else line.get(statement, 0)
                builder.declare(position, value, written, defines=True, line=at)
                continue
            code = codes.get(predicate)
            if code is None:
                code = codes[predicate] = builder.predicate_code(predicate)
            if reference:
                builder.add_reference(position, code, builder.object_named(spelling.get(value, _iri(value))))
            else:
                builder.add_literal(position, code, value)
        builder.check_size()

    def finished(self, before: Sequence[Header] = (), places: Places | None = None) -> Statements:
        """Return the columns.

        Args:
            before: headers of the files of the version before; they stand before those of `begin_file`.
            places: where objects of the version before are declared; those declared again keep the newer place.
        """
        made = self._builder.finish()
        made.files = [*before, *made.files]
        file = np.where(made.file >= 0, made.file + len(before), -1).astype(np.int32)
        line = np.array(made.line)
        if places is not None:
            position = self._builder.canonical_of
            at = np.array([position.get(identity, -1) for identity in places.ids], np.int64)
            there = at >= 0
            there[there] = file[at[there]] < 0
            file[at[there]], line[at[there]] = places.file[there], places.line[there]
        made.file, made.line = file, line
        return made


class Places(NamedTuple):
    """Where objects are declared: ids, and int32 each the number of the file and the line."""

    ids: Sequence[str]
    file: npt.NDArray[np.int32]
    line: npt.NDArray[np.int32]


def _iri(identity: str) -> str:
    """Return how a value is written: words of enumerations, such as `PhaseCode.AB`, with their namespace."""
    return CIM100 + identity if _WORD.fullmatch(identity) else identity


def _parsed(line: str) -> Statement | None:
    subject, predicate, rest = line.split(" ", 2)
    name = id_of(predicate[1:-1])
    if name.startswith(_HEADER_TERMS):
        return None
    reference = rest[0] != '"'
    if reference:
        iri = rest[1 : rest.index(">")]
        value = id_of(iri)
        if name == TYPE:
            return Statement(id_of(subject[1:-1]), TYPE, value)
    else:
        value = rest[1 : rest.rindex('"')]
        if "\\" in value:
            value = _ESCAPE.sub(_unescaped, value)
    return Statement(id_of(subject[1:-1]), name, value, reference)


def _unescaped(found: re.Match[str]) -> str:
    code, short = found.groups()
    return chr(int(code, 16)) if code else _SHORT[short]
