"""One statement, outside the columns: subject, property, value; and when two values are the same."""

from __future__ import annotations

import math
from functools import cache
from typing import Final, NamedTuple

from cim_models.store.terms import id_of, name_iri

TYPE: Final = "rdf:type"
"""The property whose value is the class of an object."""

_TRUTH: Final = {"true": True, "false": False}
_TEXTS: Final = ("IdentifiedObject.", "Name.", "NameType.")
"""Properties with these beginnings hold texts, which are the same only letter by letter."""


class Statement(NamedTuple):
    """What is said of one object.

    Attributes:
        subject: canonical id.
        predicate: local name of the property (`Switch.open`), or `TYPE`.
        value: a text, a canonical id, or for `TYPE` the local name of the class.
        reference: the value is another object or an enumeration's word.
    """

    subject: str
    predicate: str
    value: str
    reference: bool = False

    @property
    def is_type(self) -> bool:
        """Return whether this gives an object its class."""
        return self.predicate == TYPE


def same_value(one: Statement, other: Statement) -> bool:
    """Tell whether two statements on one property of one object say the same.

    Exporters spell one value differently: `False` and `false` are one truth, `1.0` and `1` one number. Names and other
    texts count letter by letter.
    """
    if one.reference != other.reference:
        return False
    a, b = one.value, other.value
    if one.reference or a == b or one.predicate.startswith(_TEXTS):
        return a == b
    a, b = a.strip(), b.strip()
    if a == b:
        return True
    if (truth := _TRUTH.get(a.lower())) is not None:
        return _TRUTH.get(b.lower()) is truth
    numbers = _number(a), _number(b)
    return numbers[0] is not None and numbers[0] == numbers[1]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


@cache
def plain_name(name: str) -> str:
    """Return the name of a property or class as statements carry it, whichever way it was read.

    >>> plain_name("{http://xmlns.com/foaf/0.1/}knows")
    'http://xmlns.com/foaf/0.1/knows'
    """
    return id_of(name_iri(name))
