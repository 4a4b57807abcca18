"""Asking whether a file is a difference of switch states alone, at a cost that is bounded whatever the file is."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

from cim_models import child, limits
from cim_models.difference.model import Difference
from cim_models.difference.reading import read_difference
from cim_models.difference.statement import Statement
from cim_models.difference.states import touches_states_only
from cim_models.errors import TopogroupError
from cim_models.intake import documents
from cim_models.statements import Header

_MODULE: Final = "cim_models.difference.states_process"
_ONE_AT_A_TIME: Final = threading.Lock()
"""Each takes memory of its own: those who ask wait for one another."""


def states_in(path: Path) -> Difference | None:
    """Return the difference in a file that was received, if it is about switch states alone.

    A small XML file is read here, any other in a process of its own with bounded memory and processor time.

    Args:
        path: the file, of any kind.

    Returns:
        The difference; None where the file is something else or cannot be read: whoever makes a version of it says
        what is wrong.
    """
    size = path.stat().st_size
    if size > limits.JSON_BODY_BYTES_MAX:
        return None  # larger than any list of switch states
    if size <= limits.DIFFERENCE_HERE_BYTES_MAX and _is_plain(path):
        try:
            return read_states(path)
        except (TopogroupError, ValueError):
            return None
    with _ONE_AT_A_TIME:
        return _in_child(path)


def read_states(path: Path) -> Difference | None:
    """Read a file here; None where it changes more than switch states.

    Raises:
        TopogroupError: it cannot be read, or is no difference.
        ValueError: it holds several files.
    """
    (document,), _ = documents([path])
    difference = read_difference(document)
    return difference if touches_states_only(difference) else None


def as_document(difference: Difference) -> dict[str, Any]:
    """Return a difference as JSON values."""
    header = difference.header
    return {
        "header": [header.file, header.profiles, header.id, header.said],
        "parts": [
            [[*one, difference.line.get(one)] for one in part]
            for part in (difference.forward, difference.reverse, difference.preconditions)
        ],
    }


def _is_plain(path: Path) -> bool:
    """Tell whether a file begins as XML does, and so is not packed."""
    with path.open("rb") as stream:
        return stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _in_child(path: Path) -> Difference | None:
    seconds = limits.DIFFERENCE_SECONDS_MAX
    request = {"path": str(path), "memory_bytes": limits.IMPORT_MEMORY_BYTES_MIN, "seconds": seconds}
    said = child.asked(_MODULE, request, timeout_s=seconds)
    return None if said is None else _difference(said)


def _difference(said: dict[str, Any]) -> Difference:
    file, profiles, id_, words = said["header"]
    line: dict[Statement, int] = {}
    parts: list[tuple[Statement, ...]] = []
    for rows in said["parts"]:
        part = []
        for subject, predicate, value, reference, at in rows:
            one = Statement(subject, predicate, value, reference)
            part.append(one)
            if at is not None:
                line[one] = at
        parts.append(tuple(part))
    header = Header(file, profiles, id=id_, said=[(key, value) for key, value in words])
    forward, reverse, preconditions = parts
    return Difference(header, forward, reverse, preconditions, line=line)
