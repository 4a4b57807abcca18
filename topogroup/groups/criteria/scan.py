"""Limits of criteria, checked before a parser sees a text and while a tree is read."""

from __future__ import annotations

import re
from typing import Final

from cim_models import limits
from cim_models.errors import OptionError

SUPPORTED: Final = "comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, casei(), downstream() and fed_through()"

_TOKEN: Final = re.compile(
    r"""'(?:[^']|'')*' | "[^"]*" | (?P<open>[(\[]) | (?P<close>[)\]])
    | (?P<operator>\b(?:and|or|not|in|like|between|is)\b | <> | <= | >= | [=<>+*/^%-])""",
    re.IGNORECASE | re.VERBOSE,
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def legible(text: object) -> str:
    """Return a text of a user as it can stand in a message: short, without control characters."""
    shown = str(text)[:60]
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in shown)


def check_length(characters: int) -> None:
    """Refuse criteria that are too long.

    Raises:
        OptionError: there are more than `limits.CRITERIA_CHARACTERS_MAX`.
    """
    if characters > limits.CRITERIA_CHARACTERS_MAX:
        most = limits.CRITERIA_CHARACTERS_MAX
        raise OptionError(
            "criteria_too_long", f"Criteria have at most {most} characters; list the members instead.", "criteria"
        )


def check_depth(depth: int) -> None:
    """Refuse criteria that are nested too deeply.

    Raises:
        OptionError: they are deeper than `limits.CRITERIA_DEPTH_MAX`.
    """
    if depth > limits.CRITERIA_DEPTH_MAX:
        most = limits.CRITERIA_DEPTH_MAX
        message = f"Criteria are nested at most {most} deep; write them flatter."
        raise OptionError("criteria_too_deep", message, "criteria")


def check_operators(count: int) -> None:
    """Refuse criteria of too many parts.

    Raises:
        OptionError: there are more operators than `limits.CRITERIA_OPERATORS_MAX`.
    """
    if count > limits.CRITERIA_OPERATORS_MAX:
        most = limits.CRITERIA_OPERATORS_MAX
        message = f"Criteria have at most {most} comparisons, AND, OR and NOT; use IN for long lists of values."
        raise OptionError("criteria_too_many_operators", message, "criteria")


def check_characters(text: str) -> None:
    """Refuse control characters and halves of characters.

    Raises:
        OptionError: the text holds one.
    """
    found = _CONTROL.search(text)
    if found is not None:
        message = f"Criteria hold the character {found[0]!a}, which no text of a network has; remove it."
        raise OptionError("criteria_characters", message, "criteria")


def check_text(text: str) -> None:
    """Check a text before a parser sees it, which answers deep nesting with a crash.

    Raises:
        OptionError: it breaks a limit.
    """
    check_length(len(text))
    check_characters(text)
    depth = operators = 0
    for token in _TOKEN.finditer(text):
        if token["open"]:
            depth += 1
            check_depth(depth)
        elif token["close"]:
            depth -= 1
        elif token["operator"]:
            operators += 1
    # a BETWEEN has an AND of its own, and a sign may stand before a number
    check_operators(operators // 3)
