"""Messages of GridAPPS-D as switch states: difference messages, and the output of simulated measurements.

Sources: gridappsd-python, `difference_builder.py`; GOSS-GridAPPS-D, `DifferenceMessage.java`; output of a simulation:
`{"simulation_id", "message": {"timestamp", "measurements": {mrid: {"measurement_mrid", "value"}}}}`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from api.feeds.batch import Asked, Batch, batch_of, counted
from cim_models import limits
from cim_models.errors import OptionError
from cim_models.identifiers import canonical
from cim_models.network import POINT_KINDS
from topogroup.engine.commands import SwitchOperation
from topogroup.engine.model import ActiveModel
from topogroup.engine.state_files import FIRST_TIME, LAST_TIME

_SOURCE: Final = "gridappsd"
_MARKS: Final = frozenset({"input", "message", "forward_differences", "reverse_differences", "measurements"})
_OPENS: Final = {"Switch.open": True, "SwitchPhase.closed": False}
"""Attributes that tell a switch state, and whether their truth is an open switch."""
_TRUTH: Final = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
_MILLISECONDS_FROM: Final = 100_000_000_000
"""Times beyond are milliseconds: in seconds it would be the year 5138."""


def is_message(data: bytes) -> Mapping[str, Any] | None:
    """Return a JSON body if it looks like a message of GridAPPS-D."""
    try:
        said = from_json(data)
    except ValueError:
        return None
    return said if isinstance(said, dict) and _MARKS & said.keys() else None


def read_message(said: Mapping[str, Any], asked: Asked, model: ActiveModel | None) -> Batch:
    """Read a difference message or an output of measurements.

    Args:
        said: the message, in `input`, in `message`, or bare.
        asked: what the address says.
        model: the active model; None = none, and then no measurement is known.

    Returns:
        The batch; its source is `gridappsd`, or the simulation where that is said; its sequence the id of the
        difference, or the time of the measurements.

    Raises:
        OptionError: the message is not as it must be.
    """
    outer = said.get("input", said)
    if not isinstance(outer, dict):
        raise _wrong("input", "an object")
    inner = outer.get("message", outer)
    if not isinstance(inner, dict):
        raise _wrong("message", "an object")
    simulation = _text(outer.get("simulation_id", said.get("simulation_id", inner.get("simulation_id"))))
    source = f"{_SOURCE} {simulation}" if simulation else _SOURCE
    at = _time(inner.get("timestamp"))
    if "measurements" in inner:
        found = _measured(inner["measurements"], at, model)
        batch = batch_of(found.operations, source, _text(inner.get("timestamp")), asked)
        ignored = found.ignored
        batch = replace(batch, places=tuple(found.places), rejected=tuple(found.rejected))
    else:
        operations, ignored = _differences(inner, at)
        batch = batch_of(operations, source, _text(inner.get("difference_mrid")), asked)
    # what is made of measurements depends on the model, the digest must not: the message may come again after another
    text = json.dumps([batch.atomic, inner], sort_keys=True)
    key = replace(batch.key, digest=hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest())
    return replace(batch, key=key, ignored=counted(ignored))


def _differences(inner: Mapping[str, Any], at: datetime | None) -> tuple[list[SwitchOperation], list[str]]:
    """Return the states and the attributes of something else. What the reverse says was, nothing depends on."""
    operations, ignored = [], []
    if "forward_differences" not in inner:
        raise _wrong("forward_differences", "a list")
    for part in ("forward_differences", "reverse_differences"):
        entries = inner.get(part, [])
        if not isinstance(entries, list):
            raise _wrong(part, "a list")
        for number, entry in enumerate(entries):
            place = f"{part}.{number}"
            if not isinstance(entry, dict):
                raise _wrong(place, "an object with object, attribute and value")
            if part == "reverse_differences":
                continue
            switch, attribute = _id(entry.get("object"), f"{place}.object"), entry.get("attribute")
            if not isinstance(attribute, str) or not attribute:
                raise _wrong(f"{place}.attribute", "a property such as Switch.open")
            name = attribute.rpartition("#")[2]
            if name not in _OPENS:
                ignored.append(name[:100])
                continue
            truth = _truth(entry.get("value"), f"{place}.value")
            operations.append(SwitchOperation(switch, truth is _OPENS[name], "", at))
    return operations, ignored


class _Measured(NamedTuple):
    """Positions of switches with their places, the other measurements by what they are, and the unreadable ones."""

    operations: list[SwitchOperation]
    places: list[int]
    ignored: list[str]
    rejected: list[dict[str, object]]


def _measured(said: object, at: datetime | None, model: ActiveModel | None) -> _Measured:
    """Return what measurements say: 0 = open, 1 = closed."""
    entries: list[tuple[str | None, object]]
    if isinstance(said, list):
        entries = [(None, entry) for entry in said]
    elif isinstance(said, dict):
        entries = list(said.items())
    else:
        raise _wrong("measurements", "an object by mRID, or a list")
    found = _Measured([], [], [], [])
    for number, (key, entry) in enumerate(entries):
        place = f"measurements.{number if key is None else key[:60]}"
        if not isinstance(entry, dict):
            raise _wrong(place, "an object with measurement_mrid and value")
        mrid = _id(entry.get("measurement_mrid", key), f"{place}.measurement_mrid")
        if "value" not in entry:
            found.ignored.append("measurement without value")
            continue
        point = _point(model, mrid)
        if point is not None and point < 0:
            found.ignored.append("measurement of no switch position")
            continue
        closed = _truth_of(entry["value"])
        if closed is None:
            found.rejected.append(_unreadable(number, mrid, entry["value"], known=point is not None))
            continue
        found.operations.append(SwitchOperation(mrid, not closed, "", at))
        found.places.append(number)
    return found


def _unreadable(number: int, mrid: str, value: object, *, known: bool) -> dict[str, object]:
    """Return an item whose value is no switch position; nothing is made up for it."""
    shown, said = mrid[:60], str(value)[:40] if isinstance(value, bool | int | float | str) else "an object"
    if known:
        code, message = "unreadable", f"{shown!r} is a switch position, 0 or 1, and its value is {said!r}."
    else:
        code, message = "unknown", f"{shown!r} is no measurement of this model, and its value {said!r} is no position."
    return {"index": number, "switch": mrid, "code": code, "message": message}


def _point(model: ActiveModel | None, mrid: str) -> int | None:
    """Return the switch whose position a measurement tells, -1 = it tells something else, None = it is not known."""
    if model is None:
        return None
    point = model.network.point
    row = point.id.find(canonical(mrid))
    if row < 0 or int(point.kind[row]) != POINT_KINDS.index("measurement"):
        return None
    return int(point.equipment[row])


def _id(said: object, place: str) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= limits.ID_CHARACTERS_MAX:
        raise _wrong(place, f"an id of 1 to {limits.ID_CHARACTERS_MAX} characters")
    return said


def _truth(said: object, place: str) -> bool:
    truth = _truth_of(said)
    if truth is None:
        raise _wrong(place, f"0 or 1, not {str(said)[:40]!r}")
    return truth


def _truth_of(said: object) -> bool | None:
    return _TRUTH.get(str(said).lower()) if isinstance(said, bool | int | float | str) else None


def _text(said: object) -> str | None:
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    return str(said)


def _time(said: object) -> datetime | None:
    """Return a time in seconds or milliseconds since 1970.

    Raises:
        OptionError: it is no such time.
    """
    if said is None or said == "":
        return None
    try:
        if isinstance(said, bool):
            raise ValueError
        seconds = float(said)  # type: ignore[arg-type]
        seconds = seconds / 1000 if abs(seconds) >= _MILLISECONDS_FROM else seconds
        found = datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise _wrong("timestamp", f"seconds since 1970, not {str(said)[:40]!r}") from None
    if not FIRST_TIME <= found <= LAST_TIME:
        raise _wrong("timestamp", f"seconds since 1970, not {str(said)[:40]!r}")
    return found


def _wrong(place: str, what: str) -> OptionError:
    return OptionError("bad_message", f"The message is not as it must be at {place[:100]}: it must be {what}.", place)
