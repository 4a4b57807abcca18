"""From CQL2 text to CQL2-JSON, by the library that knows the grammar; it is loaded when the first text comes."""

from __future__ import annotations

import re
from typing import Any, Final

from cim_models.errors import OptionError
from topogroup.groups.criteria.scan import check_text, legible

_PLACE: Final = re.compile(r"--> (\d+):(\d+)")


def tree_of_text(text: str) -> Any:  # noqa: ANN401 - JSON
    """Read CQL2 text.

    Args:
        text: as a user wrote it.

    Returns:
        CQL2-JSON, not checked yet.

    Raises:
        OptionError: it is no CQL2 (`criteria_syntax`), breaks a limit, or the library is missing (`extra_missing`).
    """
    check_text(text)
    if not text.strip():
        raise OptionError("criteria_syntax", "The criteria are empty; write for example feeder = 'F1'.", "criteria")
    try:
        import cql2
    except ModuleNotFoundError as error:
        message = "Criteria in CQL2 text need the package cql2; install topogroup[server], or send CQL2-JSON."
        raise OptionError("extra_missing", message, "cql2") from error
    try:
        return cql2.parse_text(text).to_json()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic inside the library is no Exception
        raise OptionError("criteria_syntax", _sentence(text, str(error)), "criteria") from None


def _sentence(text: str, said: str) -> str:
    """Return where a text stops being CQL2, from what the library says."""
    place = _PLACE.search(said)
    if place is None:
        return "The criteria are no CQL2 text."
    row, column = int(place[1]), int(place[2])
    lines = text.split("\n")
    rest = lines[row - 1][column - 1 :] if row <= len(lines) else ""
    where = f"at '{legible(rest[:30])}'" if rest.strip() else "at its end"
    line = f"line {row}, " if len(lines) > 1 else ""
    return f"The criteria are no CQL2 text from {line}character {column} on, {where}."
