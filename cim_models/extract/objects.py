"""Objects: statement columns seen by property, with every doubt turned into a finding."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import limits, phase_codes
from cim_models.findings import Finding, finding
from cim_models.statements import Statements

Ints = npt.NDArray[np.int64]

_TRUTHS: Final = {"true": 1, "1": 1, "yes": 1, "false": 0, "0": 0, "no": 0}


class Objects:
    """Typed access to the properties of all objects; an array per property, indexed by object."""

    def __init__(self, statements: Statements) -> None:
        """Index the objects by class."""
        self.statements = statements
        self.size = len(statements.ids)
        self.findings: list[Finding] = []
        self.unlisted: Counter[str] = Counter()
        self._of_class: dict[str, list[int]] = defaultdict(list)
        for obj, name in enumerate(statements.class_name):
            if name is not None:
                self._of_class[name].append(obj)

    def note(self, code: str, message: str, objects: Sequence[int] = (), *, at: int = -1) -> None:
        """Add a finding about objects, with the place of the first one, or of the object `at` that refers to it."""
        ids = [self.statements.ids[obj] for obj in objects]
        where = at if at >= 0 else objects[0] if len(objects) else -1
        file, line = self.statements.place(where) if where >= 0 else (None, None)
        self.findings.append(finding(code, message, ids, file=file, line=line))

    def note_defined_twice(self, obj: int, file: str, line: int) -> None:
        """Add a finding on an object that one file defines twice, at the place of its second definition."""
        first = self.statements.place(obj)[1]
        also = f", first at line {first}" if first and first != line else ""
        message = f"{self.label(obj)} is defined twice in one file{also}; its statements are joined: remove one."
        self.findings.append(finding("defined_twice", message, [self.statements.ids[obj]], file=file, line=line))

    def note_each(
        self, code: str, objs: Ints, message: Callable[[int], str], beside: Ints | None = None
    ) -> None:
        """Add a finding for each of some objects: for those of lowest id in full, the rest are only counted.

        Args:
            code: one of `findings.CODES`.
            objs: the objects, each once.
            message: makes the sentence on an object; asked only where the finding is kept.
            beside: int64[n_objects]; another object that the finding on an object names too, -1 = none.
        """
        ids, most = self.statements.ids, limits.FINDINGS_PER_CODE_MAX
        for obj in nsmallest(most, objs.tolist(), key=lambda obj: ids[obj]):
            other = -1 if beside is None else int(beside[obj])
            self.note(code, message(obj), [obj] if other < 0 else [obj, other])
        self.unlisted[code] += max(0, objs.size - most)

    def label(self, obj: int) -> str:
        """Return how messages name an object: class, name and id."""
        name = self.names().get(obj)
        kind = self.statements.class_name[obj] or "object"
        return f"{kind} {name} ({self.statements.ids[obj]})" if name else f"{kind} {self.statements.ids[obj]}"

    def names(self) -> dict[int, str]:
        """Return the name of each object that has one; made on first use."""
        if not hasattr(self, "_names"):
            self._names = dict(zip(*self._first_texts("IdentifiedObject.name"), strict=True))
        return self._names

    def counts(self) -> dict[str, int]:
        """Return the number of objects of each class, by class name."""
        return {name: len(objs) for name, objs in sorted(self._of_class.items())}

    def of_class(self, names: Iterable[str]) -> Ints:
        """Return the objects of some classes, ascending by position."""
        found = [obj for name in names for obj in self._of_class.get(name, ())]
        return np.array(sorted(found), np.int64)

    def by_id(self, objs: Iterable[int]) -> Ints:
        """Return objects ascending by canonical id."""
        ids = self.statements.ids
        return np.array(sorted(set(map(int, objs)), key=lambda obj: ids[obj]), np.int64)

    def pairs(self, *predicates: str) -> tuple[Ints, Ints]:
        """Return subjects and objects of some properties together."""
        both = [self.statements.references(p) for p in predicates]
        return np.concatenate([s for s, _ in both]), np.concatenate([o for _, o in both])

    def reference(self, *predicates: str) -> Ints:
        """Return for each object the one it refers to: int64[n_objects], -1 = none.

        With several values the first of the first property stands, and differing ones are a finding.
        """
        result = np.full(self.size, -1, np.int64)
        for predicate in predicates:
            subject, target = self.statements.references(predicate)
            fresh = result[subject] < 0
            # numpy keeps the last value of a repeated index: reversed, the first statement stands
            result[subject[fresh][::-1]] = target[fresh][::-1]
            for obj in np.unique(subject[fresh & (result[subject] != target)]).tolist():
                self.note("repeated_value", f"{self.label(obj)} has several different values of {predicate}.", [obj])
        return result

    def _first_texts(self, predicate: str) -> tuple[list[int], list[str]]:
        subject, values = self.statements.texts(predicate)
        first: dict[int, str] = {}
        for obj, value in zip(subject.tolist(), values, strict=True):
            if not value:
                continue
            known = first.setdefault(obj, value)
            if known != value and predicate != "IdentifiedObject.name":
                self.note("repeated_value", f"{self.label(obj)} has several different values of {predicate}.", [obj])
        return list(first), list(first.values())

    def text(self, predicate: str) -> dict[int, str]:
        """Return the text that each object has under a property."""
        return dict(zip(*self._first_texts(predicate), strict=True))

    def number(self, predicate: str) -> npt.NDArray[np.float64]:
        """Return a number for each object: float64[n_objects], NaN = not given or unreadable (a finding)."""
        result = np.full(self.size, np.nan)
        subject, values = self.statements.texts(predicate)
        plain = _plain_numbers(values)
        if plain is not None:
            result[subject] = plain
            # all are numbers, so that an object that says it twice has fewer of them
            if np.count_nonzero(~np.isnan(result)) == subject.size:
                return result
            result[subject] = np.nan
        for obj, value in zip(*self._first_texts(predicate), strict=True):
            try:
                number = float(value)
            except ValueError:
                number = np.nan
            if not np.isfinite(number):
                self.note("value_unreadable", f"{self.label(obj)}: {predicate} is no number: {value[:40]!r}.", [obj])
                continue
            result[obj] = number
        return result

    def given(self, predicate: str) -> Ints:
        """Return the objects for which a property stands in the files with any value."""
        subject, values = self.statements.texts(predicate)
        return np.unique(subject[[bool(value) for value in values]]) if len(values) else subject

    def truth(self, *predicates: str) -> npt.NDArray[np.int8]:
        """Return a truth value for each object: int8[n_objects], 1, 0, or -1 = not given or unreadable."""
        result = np.full(self.size, -1, np.int8)
        for predicate in predicates:
            for obj, value in zip(*self._first_texts(predicate), strict=True):
                truth = _TRUTHS.get(value.lower())
                if truth is None:
                    self.note(
                        "value_unreadable", f"{self.label(obj)}: {predicate} is no truth value: {value[:40]!r}.", [obj]
                    )
                elif result[obj] < 0:
                    result[obj] = truth
        return result

    def word(self, predicate: str) -> dict[int, str]:
        """Return the enumeration literal that each object has under a property, without the enumeration's name."""
        subject, target = self.statements.references(predicate)
        ids = self.statements.ids
        words = {s: ids[t].rpartition(".")[2] for s, t in zip(subject.tolist(), target.tolist(), strict=True)}
        for obj, value in zip(*self._first_texts(predicate), strict=True):
            words.setdefault(obj, value.rpartition(".")[2])
        return words

    def phases(self, *predicates: str) -> npt.NDArray[np.uint8]:
        """Return a phase mask for each object: uint8[n_objects], 0 = not given."""
        result = np.zeros(self.size, np.uint8)
        for predicate in predicates:
            for obj, code in self.word(predicate).items():
                mask = phase_codes.mask_of(code)
                if mask is None:
                    self.note("phase_unreadable", f"{self.label(obj)}: {predicate} {code[:40]!r} is no phase.", [obj])
                elif result[obj] == 0:
                    result[obj] = mask
        return result


def _plain_numbers(values: Sequence[str]) -> npt.NDArray[np.float64] | None:
    """Return texts as numbers if every one is finite, as in nearly all files: one pass instead of a look at each."""
    try:
        numbers = np.fromiter(map(float, values), np.float64, len(values))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None
