"""Applying differences to the statements of a model: all of them or none.

Only what is said of the objects that a difference names is gathered; everything else streams by. Nothing of a
difference is applied before all of it is known to fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cim_models.catalogue import GENERIC_CLASSES
from cim_models.difference.columns import ColumnMaker, Places, spelling_in, statements_of
from cim_models.difference.model import Difference
from cim_models.difference.statement import TYPE, Statement, same_value
from cim_models.errors import ConflictError
from cim_models.findings import Finding, finding
from cim_models.statements import Statements

_SHOWN = 60
"""Characters of a value that a message shows."""


def applied(columns: Statements, differences: Sequence[Difference]) -> tuple[Statements, list[Finding]]:
    """Apply differences, one after the other, to the statements of a model.

    Args:
        columns: the statements; they are not changed.
        differences: in the order in which they are to be applied.

    Returns:
        The statements of the next version, and what is worth telling.

    Raises:
        ConflictError: a difference does not fit: what it removes is not there, a precondition does not hold, or a
            value stays that it replaces; one sentence names the object and the property, and nothing is applied.
    """
    spelling = spelling_in(columns)
    for difference in differences:
        for identity, written in difference.spelling.items():
            spelling.setdefault(identity, written)
    made = ColumnMaker(spelling)
    findings = apply_to(statements_of(columns), differences, made)
    return made.finished(columns.files, Places(columns.ids, columns.file, columns.line)), findings


def apply_to(statements: Iterable[Statement], differences: Sequence[Difference], made: ColumnMaker) -> list[Finding]:
    """Apply differences to statements that stream by, into new columns.

    Args:
        statements: what the version before says.
        differences: in the order in which they are to be applied.
        made: gets the next version; of no use where this raises.

    Returns:
        What is worth telling.

    Raises:
        ConflictError: as `applied`.
    """
    touched = _Touched(differences)
    made.add(touched.passing(statements))
    for number, difference in enumerate(differences):
        touched.apply(number, difference)
    for difference in differences:
        touched.check_whole(difference)
    made.add(touched.standing(None))
    for number, difference in enumerate(differences):
        made.begin_file(difference.header)
        made.add(touched.standing(number), difference.line)
    return touched.findings


class _Touched:
    """What is known of the objects that differences name, and by which difference it came."""

    def __init__(self, differences: Sequence[Difference]) -> None:
        self._known: dict[str, dict[str, dict[Statement, int | None]]] = {
            statement.subject: {} for difference in differences for statement in difference
        }
        self.findings: list[Finding] = []

    def passing(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        """Keep what is said of the objects named, and yield the rest."""
        known = self._known
        for statement in statements:
            about = known.get(statement.subject)
            if about is None:
                yield statement
            else:
                about.setdefault(statement.predicate, {})[statement] = None

    def apply(self, number: int, difference: Difference) -> None:
        """Check one difference against what is known, and carry it out there."""
        for statement in difference.preconditions:
            if not self._matching(statement):
                raise self._misfit(difference, statement, "requires")
        again = {statement for statement in difference.forward if statement.is_type}
        # files of states type every object loosely, as Equipment, and say nothing of its class by that
        loose = [one for one in difference.reverse if one.is_type and one.value in GENERIC_CLASSES]
        loose = [one for one in loose if one not in again]
        for statement in difference.reverse:
            if statement.is_type and statement.value in GENERIC_CLASSES:
                continue
            found = self._matching(statement)
            if not found:
                raise self._misfit(difference, statement, "removes")
            if statement not in again:
                self._remove(found)
        retyped = {statement.subject for statement in again}
        for statement in loose:
            # where another class takes its place, the loose one was meant
            if statement.subject in retyped:
                self._remove(self._matching(statement))
        for statement in difference.forward:
            self._add(number, difference, statement)
        for statement in loose:
            # and where nothing else is left of the object
            if not any(held for name, held in self._known[statement.subject].items() if name != TYPE):
                self._remove(self._matching(statement))

    def _remove(self, statements: Iterable[Statement]) -> None:
        for one in statements:
            del self._known[one.subject][one.predicate][one]

    def check_whole(self, difference: Difference) -> None:
        """Require that no object is left without its class and yet with other statements."""
        for statement in difference.reverse:
            about = self._known[statement.subject]
            left = next((name for name, held in about.items() if held and name != TYPE), None)
            if statement.is_type and statement.value not in GENERIC_CLASSES and left and not about.get(TYPE):
                message = (
                    f"{difference.place(statement)}: {self._label(statement.subject)} loses its class "
                    f"{statement.value} but keeps {left}; remove all of it, or write rdf:Description."
                )
                raise ConflictError("difference_leaves_pieces", message, statement.subject)

    def standing(self, number: int | None) -> Iterator[Statement]:
        """Yield what one difference added, None = what the version before said, as far as it still holds."""
        for about in self._known.values():
            for predicate in sorted(about, key=lambda name: name != TYPE):
                yield from (statement for statement, by in about[predicate].items() if by == number)

    def _add(self, number: int, difference: Difference, statement: Statement) -> None:
        about = self._known[statement.subject]
        there = about.setdefault(statement.predicate, {})
        if self._matching(statement):
            if not statement.is_type:
                self._tell_twice(difference, statement)
            return
        if statement.is_type and statement.value in GENERIC_CLASSES and there:
            return
        rival = next((one for one, by in there.items() if by != number and _single(one, statement)), None)
        # whoever names the value that stays in the preconditions knows that there will be two
        if rival is not None and rival not in difference.preconditions:
            message = (
                f"{difference.place(statement)}: {self._label(statement.subject)} has {statement.predicate} "
                f"{_shown(rival.value)} already, and the difference adds {_shown(statement.value)} without removing "
                "it; name the old value in its reverse part."
            )
            raise ConflictError("difference_value_stays", message, statement.subject)
        there[statement] = number

    def _matching(self, statement: Statement) -> list[Statement]:
        there = self._known[statement.subject].get(statement.predicate, {})
        if statement in there and statement.reference:
            return [statement]
        return [one for one in there if same_value(one, statement)]

    def _misfit(self, difference: Difference, statement: Statement, why: str) -> ConflictError:
        there = list(self._known[statement.subject].get(statement.predicate, {}))
        now = f"it is {_shown(there[0].value)}" if there else "it has none"
        if not any(self._known[statement.subject].values()):
            now = "no such object is in the model"
        message = (
            f"{difference.place(statement)}: {self._label(statement.subject)} does not have {statement.predicate} "
            f"{_shown(statement.value)}, which the difference {why} ({now}); nothing was applied, make the difference "
            "against this version."
        )
        return ConflictError("difference_misfit", message, statement.subject)

    def _tell_twice(self, difference: Difference, statement: Statement) -> None:
        message = (
            f"{self._label(statement.subject)} has {statement.predicate} {_shown(statement.value)} already; "
            "the difference adds it once more."
        )
        self.findings.append(
            finding(
                "difference_adds_known",
                message,
                [statement.subject],
                file=difference.header.file,
                line=difference.line.get(statement),
            )
        )

    def _label(self, identity: str) -> str:
        names = list(self._known[identity].get("IdentifiedObject.name", {}))
        return f"{_shown(names[0].value)} ({identity})" if names else identity[:_SHOWN]


def _single(one: Statement, other: Statement) -> bool:
    """Tell whether an object can have only one of two values: classes and literals, not references to others."""
    return one.is_type or not (one.reference or other.reference)


def _shown(value: str) -> str:
    return f"{value[:_SHOWN]}…" if len(value) > _SHOWN else value
