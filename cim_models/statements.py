"""Statement columns: what the files say, as integers, before anything is made of it.

One row per statement: subject, predicate, and either another object or a literal. Extraction works on whole
predicates at once: `references("Terminal.ConductingEquipment")` is two arrays.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cim_models import catalogue, limits
from cim_models.errors import LimitError
from cim_models.identifiers import canonical
from cim_models.spellings import Spellings

Ints = npt.NDArray[np.int64]

_SPELLINGS_KEPT = 1 << 15
"""Spellings whose object need not be looked up: most ids are met again soon or never."""

_SHORT_MAX = 1 << 15

_DEFINING_RANKS = (2, 4)
"""Ranks of declarations that define: 2 with a generic class, 4 with a real one; 1 and 3 only describe."""


@dataclass(slots=True)
class Header:
    """What a file says of itself (md:FullModel)."""

    file: str
    profiles: list[str] = field(default_factory=list)
    broken: bool = False
    """It is ill-formed and was read as far as it goes, because the user asked for that."""
    id: str = ""
    """The id of this version of this file, as the header writes it."""
    said: list[tuple[str, str]] = field(default_factory=list)
    """What else the header says, in its order: property (`Model.Supersedes`) and value."""


class StatementBuilder:
    """Collects statements while files are read; objects are numbered in the order in which they appear."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.object_of: dict[str, int] = {}
        """Spelling → object, of those met lately; several spellings lead to one object."""
        self.canonical_of: dict[str, int] = {}
        self.canonical: list[str] = []
        self.spelling = Spellings()
        self.class_name: list[str | None] = []
        self.class_rank: list[int] = []
        self.file: array[int] = array("i")
        self.line: array[int] = array("i")
        self.predicates: dict[str, int] = {}
        self.subject: array[int] = array("i")
        self.predicate: array[int] = array("i")
        self.object: array[int] = array("i")
        """Another object (>= 0) or a literal (-1 - position)."""
        self.literal_end: array[int] = array("q")
        self.literals = bytearray()
        self.files: list[Header] = []
        self.class_conflicts: list[tuple[int, str, str]] = []
        self.may_repeat = False
        """One statement may stand several times: RDF that is no XML, where that is usual."""
        self.defined_twice: list[tuple[int, int, int]] = []
        """Object, file and line of a second definition in one file; as many as a report shows."""

    def object_named(self, spelling: str) -> int:
        """Return the object with an id in any spelling, a new one the first time.

        Raises:
            LimitError: the id is too long, or there are too many objects.
        """
        found = self.object_of.get(spelling)
        if found is not None:
            return found
        if len(spelling) > limits.XML_TEXT_BYTES_MAX:
            name = self.files[-1].file if self.files else None
            message = f"{name}: an id of more than {limits.XML_TEXT_BYTES_MAX} characters, {spelling[:40]!r}…"
            raise LimitError("text_too_long", f"{message}; shorten it.", name)
        if len(self.canonical_of) < len(self.canonical):  # a scanned document came without this index
            self.canonical_of = {one: position for position, one in enumerate(self.canonical)}
        identity = canonical(spelling)
        position = self.canonical_of.get(identity)
        if position is None:
            position = len(self.canonical)
            if position >= limits.OBJECTS_MAX:
                raise LimitError("too_many_objects", f"The model has more than {limits.OBJECTS_MAX} objects.")
            self.canonical_of[identity] = position
            self.canonical.append(identity)
            self.spelling.append(spelling)
            self.class_name.append(None)
            self.class_rank.append(0)
            self.file.append(-1)
            self.line.append(0)
        if len(self.object_of) >= _SPELLINGS_KEPT:
            self.object_of.clear()
        self.object_of[spelling] = position
        return position

    def declare(self, subject: int, class_name: str, spelling: str, *, defines: bool, line: int) -> None:
        """Give an object its class; the most telling declaration stands, whatever the order of the files.

        SSH files of CGMES 3 re-type objects (`cim:Equipment` for a line): a generic class never replaces another. Of
        two equally telling ones the first by name stands.

        Args:
            subject: the object.
            class_name: its class, by local name.
            spelling: its id as it is written here.
            defines: it is defined here (`rdf:ID`) and not only described.
            line: where, 0 = not known.
        """
        rank = (0 if class_name in catalogue.GENERIC_CLASSES else 2) + (2 if defines else 1)
        known, known_rank = self.class_name[subject], self.class_rank[subject]
        again = defines and known_rank in _DEFINING_RANKS and self.file[subject] == len(self.files) - 1
        if again and len(self.defined_twice) <= limits.FINDINGS_PER_CODE_MAX:
            self.defined_twice.append((subject, len(self.files) - 1, line))
        if known is not None and known != class_name:
            both_real = known not in catalogue.GENERIC_CLASSES and class_name not in catalogue.GENERIC_CLASSES
            if both_real:
                self.class_conflicts.append((subject, known, class_name))
            if (-rank, class_name) > (-known_rank, known):
                return
        elif known is not None and rank <= known_rank:
            return
        self.class_name[subject] = class_name
        self.class_rank[subject] = rank
        self.spelling[subject] = spelling
        self.file[subject] = len(self.files) - 1
        self.line[subject] = line

    def check_size(self) -> None:
        """Refuse more statements than positions can count.

        Raises:
            LimitError: there are too many.
        """
        if len(self.subject) > limits.STATEMENTS_MAX:
            raise LimitError("too_many_statements", f"The model has more than {limits.STATEMENTS_MAX} statements.")

    def add_literal(self, subject: int, predicate: int, text: str) -> None:
        """Add a statement whose value is a text."""
        self.literals += text.encode()
        self.literal_end.append(len(self.literals))
        self.subject.append(subject)
        self.predicate.append(predicate)
        self.object.append(-len(self.literal_end))

    def add_reference(self, subject: int, predicate: int, target: int) -> None:
        """Add a statement whose value is another object."""
        self.subject.append(subject)
        self.predicate.append(predicate)
        self.object.append(target)

    def predicate_code(self, name: str) -> int:
        """Return the code of a predicate, a new one the first time."""
        return self.predicates.setdefault(name, len(self.predicates))

    def finish(self) -> Statements:
        """Return the finished columns; the rows of the builder are gone then, for the sake of memory."""
        return Statements(
            ids=self.canonical,
            spelling=self.spelling,
            class_name=self.class_name,
            file=np.asarray(self.file, np.int32),
            line=np.asarray(self.line, np.int32),
            files=self.files,
            class_conflicts=self.class_conflicts,
            defined_twice=self.defined_twice,
            predicates=self.predicates,
            columns=_Columns.sorted_by_predicate(self, once=self.may_repeat or len(self.files) > 1),
        )


@dataclass(slots=True)
class _Columns:
    """The statements, grouped by predicate."""

    start: Ints
    subject: npt.NDArray[np.int32]
    object: npt.NDArray[np.int32]
    literal_end: Ints
    literals: bytes

    @classmethod
    def sorted_by_predicate(cls, builder: StatementBuilder, *, once: bool) -> _Columns:
        """Group the statements of a builder, taking them from it; `once` leaves out references that are said again."""
        predicates = len(builder.predicates)
        predicate = np.asarray(builder.predicate, np.int32)
        # numpy sorts numbers of 16 bits by their digits, three times as quickly as larger ones
        order = np.argsort(predicate.astype(np.int16) if predicates < _SHORT_MAX else predicate, kind="stable")
        if once:
            order = _without_repeats(builder, predicate, order)
        start = np.zeros(predicates + 1, np.int64)
        np.cumsum(
            np.bincount(predicate if order.size == predicate.size else predicate[order], minlength=predicates),
            out=start[1:],
        )
        del predicate
        builder.predicate = array("i")
        subject = np.asarray(builder.subject, np.int32)[order]
        builder.subject = array("i")
        target = np.asarray(builder.object, np.int32)[order]
        builder.object = array("i")
        del order
        literal_end, literals = np.asarray(builder.literal_end, np.int64), bytes(builder.literals)
        builder.literal_end, builder.literals = array("q"), bytearray()
        return cls(start, subject, target, literal_end, literals)


def _without_repeats(builder: StatementBuilder, predicate: npt.NDArray[np.int32], order: Ints) -> Ints:
    """Return the order without references that were said before; one statement in two files is one statement.

    Literals stay: of several values the first stands, whoever asks for them.
    """
    subject, target = np.asarray(builder.subject, np.int32)[order], np.asarray(builder.object, np.int32)[order]
    edges = [0, *(np.flatnonzero(np.diff(predicate[order])) + 1).tolist(), order.size]
    kept = np.ones(order.size, np.bool_)
    for begin, end in pairwise(edges):
        rows = begin + np.flatnonzero(target[begin:end] >= 0)
        if rows.size > 1:
            pair = subject[rows].astype(np.int64) << 32 | target[rows]
            kept[rows] = False
            kept[rows[np.unique(pair, return_index=True)[1]]] = True
    return order[kept]


@dataclass(slots=True)
class Statements:
    """All statements of one network.

    Attributes:
        ids: canonical id of each object.
        spelling: the id as the file that declares the object writes it.
        class_name: class of each object; None for one that is only referred to.
        file: int32[n_objects]; position in `files` of the declaring file, -1 if none.
        line: int32[n_objects]; line of the declaration, 0 if none.
    """

    ids: list[str]
    spelling: Sequence[str]
    class_name: list[str | None]
    file: npt.NDArray[np.int32]
    line: npt.NDArray[np.int32]
    files: list[Header]
    class_conflicts: list[tuple[int, str, str]]
    defined_twice: list[tuple[int, int, int]]
    predicates: dict[str, int]
    columns: _Columns

    def __len__(self) -> int:
        """Return the number of statements."""
        return int(self.columns.subject.size)

    def _rows(self, predicate: str) -> slice:
        code = self.predicates.get(predicate)
        if code is None:
            return slice(0, 0)
        return slice(int(self.columns.start[code]), int(self.columns.start[code + 1]))

    def has(self, predicate: str) -> bool:
        """Tell whether any object has this property."""
        return predicate in self.predicates

    def references(self, predicate: str) -> tuple[Ints, Ints]:
        """Return subjects and objects of a property that leads to other objects: two int64 arrays."""
        rows = self._rows(predicate)
        subject, target = self.columns.subject[rows], self.columns.object[rows]
        real = target >= 0
        return subject[real].astype(np.int64), target[real].astype(np.int64)

    def texts(self, predicate: str) -> tuple[Ints, list[str]]:
        """Return subjects (int64) and values of a property with literal values, stripped of white space."""
        rows = self._rows(predicate)
        subject, target = self.columns.subject[rows], self.columns.object[rows]
        literal = target < 0
        position = -1 - target[literal].astype(np.int64)
        ends = self.columns.literal_end
        begins = np.where(position > 0, ends[position - 1], 0)
        blob = self.columns.literals
        values = [blob[a:b].decode().strip() for a, b in zip(begins.tolist(), ends[position].tolist(), strict=True)]
        return subject[literal].astype(np.int64), values

    def place(self, obj: int) -> tuple[str | None, int | None]:
        """Return the file and line where an object is declared."""
        file = int(self.file[obj])
        if file < 0:
            return None, None
        return self.files[file].file, int(self.line[obj]) or None
