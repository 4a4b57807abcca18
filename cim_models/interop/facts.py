"""Statements one by one, and back: what all ways into other libraries share.

Ids are canonical here, so that a network that comes back has the same ids; the spelling of the files is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cim_models.statements import Header, StatementBuilder, Statements


class Fact(NamedTuple):
    """One statement; `value` is the id of another object where `refers` is set, else a text."""

    subject: str
    property: str
    value: str
    refers: bool


def facts(statements: Statements) -> Iterator[Fact]:
    """Yield all statements, property by property; texts without white space around them.

    Args:
        statements: what the files of a model say.
    """
    names = _names(statements)
    for name in statements.predicates:
        subjects, targets = statements.references(name)
        for subject, target in zip(subjects.tolist(), targets.tolist(), strict=True):
            yield Fact(names[subject], name, names[target], True)
        subjects, texts = statements.texts(name)
        for subject, text in zip(subjects.tolist(), texts, strict=True):
            yield Fact(names[subject], name, text, False)


def classes(statements: Statements) -> Iterator[tuple[str, str]]:
    """Yield id and class of every object that has a class."""
    for identity, name in zip(statements.ids, statements.class_name, strict=True):
        if name is not None:
            yield identity, name


def profiles(statements: Statements) -> list[str]:
    """Return the profiles that the headers name, each once; conventions of exporters follow from them."""
    return list(dict.fromkeys(profile for header in statements.files for profile in header.profiles))


def statements_of(
    declared: Iterable[tuple[str, str]], said: Iterable[Fact], of_profiles: Iterable[str], source: str
) -> Statements:
    """Return statements made of facts.

    Args:
        declared: id and class of every object that has a class.
        said: the facts; of several texts of one property the first stands.
        of_profiles: as `profiles`.
        source: how findings name where they come from.

    Raises:
        LimitError: there are too many, or an id is too long.
    """
    builder = StatementBuilder()
    builder.files.append(Header(source, profiles=list(of_profiles)))
    for identity, name in declared:
        builder.declare(builder.object_named(identity), name, identity, defines=True, line=0)
    for fact in said:
        subject, predicate = builder.object_named(fact.subject), builder.predicate_code(fact.property)
        if fact.refers:
            builder.add_reference(subject, predicate, builder.object_named(fact.value))
        else:
            builder.add_literal(subject, predicate, fact.value)
        builder.check_size()
    return builder.finish()


def _names(statements: Statements) -> list[str]:
    """Return how each object is named: by its canonical id, values of enumerations by their whole IRI."""
    columns = zip(statements.ids, statements.class_name, statements.spelling, strict=True)
    return [spelling if name is None and "#" in spelling[1:] else identity for identity, name, spelling in columns]
