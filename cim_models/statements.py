"""Statement columns: what the files say, as integers, before anything is made of it.

One row per statement: subject, predicate, and either another object or a literal. Extraction works on whole
predicates at once: `references("Terminal.ConductingEquipment")` is two arrays.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class Header:
    """What a file says of itself (md:FullModel)."""

    file: str
    profiles: list[str] = field(default_factory=list)


class StatementBuilder:
    """Collects statements while files are read; objects are numbered in the order in which they appear."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.object_of: dict[str, int] = {}
        """Spelling → object; several spellings lead to one object."""
        self.canonical_of: dict[str, int] = {}
        self.canonical: list[str] = []
        self.spelling: list[str] = []
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
        """Return the finished columns."""
        return Statements(
            ids=self.canonical,
            spelling=self.spelling,
            class_name=self.class_name,
            file=np.asarray(self.file, np.int32),
            line=np.asarray(self.line, np.int32),
            files=self.files,
            class_conflicts=self.class_conflicts,
            predicates=self.predicates,
            columns=_Columns.sorted_by_predicate(self),
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
    def sorted_by_predicate(cls, builder: StatementBuilder) -> _Columns:
        predicate = np.asarray(builder.predicate, np.int32)
        order = np.argsort(predicate, kind="stable")
        start = np.zeros(len(builder.predicates) + 1, np.int64)
        np.cumsum(np.bincount(predicate, minlength=len(builder.predicates)), out=start[1:])
        return cls(
            start,
            np.asarray(builder.subject, np.int32)[order],
            np.asarray(builder.object, np.int32)[order],
            np.asarray(builder.literal_end, np.int64),
            bytes(builder.literals),
        )


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
    spelling: list[str]
    class_name: list[str | None]
    file: npt.NDArray[np.int32]
    line: npt.NDArray[np.int32]
    files: list[Header]
    class_conflicts: list[tuple[int, str, str]]
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
        values = [
            blob[a:b].decode().strip() for a, b in zip(begins.tolist(), ends[position].tolist(), strict=True)
        ]
        return subject[literal].astype(np.int64), values

    def place(self, obj: int) -> tuple[str | None, int | None]:
        """Return the file and line where an object is declared."""
        file = int(self.file[obj])
        if file < 0:
            return None, None
        return self.files[file].file, int(self.line[obj]) or None
