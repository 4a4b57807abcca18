"""Checked criteria as a tree: every attribute exists, every value is of its type, nesting is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from topogroup.groups.criteria.attributes import Attribute

Value = str | float | bool

RELATIONS: Final = ("downstream", "fed_through")
"""How DER can hang behind a place: without supply when it is open; some way of supply leads through it."""


@dataclass(frozen=True, slots=True)
class Junction:
    """Two or more conditions joined by `and` or `or`; none of them is joined by the same word."""

    word: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The complement of a condition."""

    part: Node


@dataclass(frozen=True, slots=True)
class Constant:
    """True for all DER or for none."""

    value: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """True where an attribute is."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Reached:
    """True for DER that hang behind a place of the network.

    Attributes:
        relation: one of `RELATIONS`.
        place: equipment or a feeder, as the user called it.
        normal: in the normal state.
    """

    relation: str
    place: str
    normal: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """An attribute against one value by =, <>, <, <=, > or >=; `folded` = upper and lower case count as one."""

    attribute: Attribute
    operator: str
    value: Value
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """An attribute that is one of several values."""

    attribute: Attribute
    values: tuple[Value, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """An attribute between two values, both included."""

    attribute: Attribute
    low: Value
    high: Value
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """A text against a pattern: % stands for any characters, _ for one, a backslash before them takes it away."""

    attribute: Attribute
    pattern: str
    folded: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """True where nothing is known of an attribute."""

    attribute: Attribute


Predicate = Flag | Comparison | Among | Between | Like | IsNull
Node = Junction | Not | Constant | Reached | Predicate


def attributes_of(node: Node) -> Iterator[str]:
    """Yield the names of the attributes that a tree uses, with repeats."""
    for leaf in _leaves(node):
        if not isinstance(leaf, Constant | Reached):
            yield leaf.attribute.name


def places_of(node: Node) -> Iterator[str]:
    """Yield the places that a tree names, with repeats."""
    for leaf in _leaves(node):
        if isinstance(leaf, Reached):
            yield leaf.place


def _leaves(node: Node) -> Iterator[Constant | Reached | Predicate]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Junction):
            waiting += one.parts
        elif isinstance(one, Not):
            waiting.append(one.part)
        else:
            yield one
