"""The values that criteria compare attributes with, and whether they can be meant."""

from __future__ import annotations

import math
from typing import Any, Final, TypeGuard

from cim_models.errors import OptionError
from topogroup.groups.criteria.attributes import Attribute, Type
from topogroup.groups.criteria.scan import legible
from topogroup.groups.criteria.tree import Value

_WHOLE: Final = frozenset({"=", "<>", "IN"})
"""Operators for which a value is either one of a closed list or can never be met."""


def is_operation(said: Any) -> TypeGuard[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Tell whether JSON is an operation with arguments."""
    return isinstance(said, dict) and isinstance(said.get("op"), str) and isinstance(said.get("args"), list)


def is_property(said: Any) -> TypeGuard[dict[str, str]]:  # noqa: ANN401 - JSON
    """Tell whether JSON names an attribute."""
    return isinstance(said, dict) and isinstance(said.get("property"), str)


def shown(said: Any) -> str:  # noqa: ANN401 - JSON
    """Return JSON as a message can show it."""
    if isinstance(said, str):
        return f"'{legible(said)}'"
    if is_property(said):
        return legible(said["property"])
    if is_operation(said):
        return f"'{legible(said['op'])}'"
    if isinstance(said, bool | int | float):
        return legible(str(said).upper() if isinstance(said, bool) else said)
    return "NULL" if said is None else f"a JSON {'list' if isinstance(said, list) else 'object'}"


def described(asked: Attribute) -> str:
    """Return what the values of an attribute are, in words."""
    return asked.type.value


def number(said: float) -> float:
    """Return a number as it is compared.

    Raises:
        OptionError: it is too large, or no number.
    """
    try:
        value = float(said)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise OptionError("criteria_type", f"{shown(said)[:40]} is no number that can be compared.", "criteria")
    return value


def fitting(value: Value, asked: Attribute, operator: str, *, folded: bool) -> Value:
    """Return a value that an attribute can be compared with by an operator.

    Args:
        value: as the user gave it.
        asked: the attribute.
        operator: =, <>, <, <=, >, >=, IN, BETWEEN or LIKE.
        folded: upper and lower case count as one.

    Raises:
        OptionError: the comparison makes no sense; the message says what would.
    """
    if operator == "LIKE" and asked.type in (Type.FLAG, Type.NUMBER):
        raise OptionError("criteria_type", f"LIKE takes texts; {asked.name} is {described(asked)}.", asked.name)
    if asked.type is Type.FLAG:
        return _flag(value, asked, operator)
    if asked.type is Type.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            message = f"{asked.name} is {described(asked)} and cannot be compared with {shown(value)}."
            raise OptionError("criteria_type", message, asked.name)
        return float(value)
    if not isinstance(value, str):
        message = f"{asked.name} holds texts and cannot be compared with {shown(value)}; write texts in single quotes."
        raise OptionError("criteria_type", message, asked.name)
    known = [word.casefold() for word in asked.words] if folded else asked.words
    text = value.casefold() if folded else value
    if asked.words and operator in _WHOLE and text not in known:
        message = f"{asked.name} is never {shown(value)}; it is one of {', '.join(asked.words)}."
        raise OptionError("criteria_value", message, asked.name)
    return text


def _flag(value: Value, asked: Attribute, operator: str) -> bool:
    if operator not in _WHOLE:
        message = f"{asked.name} is {described(asked)}; it can be compared by =, <> and IN alone."
        raise OptionError("criteria_type", message, asked.name)
    if not isinstance(value, bool):
        message = f"{asked.name} is {described(asked)} and cannot be compared with {shown(value)}."
        raise OptionError("criteria_type", message, asked.name)
    return value
