"""State files: what difference models and files of operating states say, as one batch of switch operations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from cim_models import limits
from cim_models.difference.model import Difference
from cim_models.difference.states import StateChange, required_states, states_of, switch_states
from cim_models.statements import Header
from topogroup.engine.commands import RequestKey, Requirement, Switching, SwitchOperation

FIRST_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST_TIME: Final = datetime(9998, 12, 31, tzinfo=UTC)
"""Times that exist in every time zone; those in the future are told apart item by item."""


@dataclass(frozen=True, slots=True)
class ToldStates:
    """What one file says.

    Attributes:
        operations: whole switches first, then single poles, which say more; all at the time of the header.
        required: what its preconditions say, counted from its own first operation.
        source: who made it by its header, None = not said.
        number: its id by its header, else its time of creation, None = not said.
    """

    operations: tuple[SwitchOperation, ...]
    required: tuple[Requirement, ...] = ()
    source: str | None = None
    number: str | None = None


def told(header: Header, states: Sequence[StateChange]) -> ToldStates:
    """Return states with the time, the source and the number of the header of their file.

    Args:
        header: modelingAuthoritySet is the source; scenarioTime, else created, the time.
        states: from `cim_models.difference.states.states_of`. A SwitchPhase stands for itself: the point table of the
            active model says which pole it is.
    """
    said = dict(reversed(header.said))
    at = instant(said.get("Model.scenarioTime", "")) or instant(said.get("Model.created", ""))
    operations = tuple(SwitchOperation(one.switch, one.open, one.phases, at) for one in switch_states(states, {}))
    number = header.id or said.get("identifier") or said.get("Model.created")
    return ToldStates(operations, (), said.get("Model.modelingAuthoritySet"), number)


def told_by(difference: Difference, name: str | None = None) -> ToldStates:
    """Return what a difference says of switches, with what must hold before.

    Args:
        difference: one that changes switch states alone.
        name: how errors call it, None = as its file.

    Raises:
        FileError: a state cannot be read, or a precondition is about something else than a switch state.
    """
    shown = name or difference.header.file
    required = []
    for place, state in required_states(difference):
        (one,) = switch_states([state], {})
        required.append(Requirement(SwitchOperation(one.switch, one.open), place, 0))
    return replace(told(difference.header, states_of(difference.forward, shown)), required=tuple(required))


def together(parts: Sequence[ToldStates], *, atomic: bool, keyed: bool) -> Switching:
    """Return files as one batch: in their order, so that the last one counts.

    Args:
        parts: what the files say.
        atomic: any bad item rejects all.
        keyed: the same files again get the first answer, where all have a number of one source.
    """
    operations: list[SwitchOperation] = []
    required: list[Requirement] = []
    for part in parts:
        required += [replace(one, before=len(operations)) for one in part.required]
        operations += part.operations
    sources, numbers = {part.source for part in parts}, [part.number for part in parts if part.number]
    request = None
    if keyed and len(sources) == 1 and len(numbers) == len(parts) and (source := sources.pop()):
        number = " + ".join(numbers)
        if max(len(source), len(number)) <= limits.REQUEST_ID_CHARACTERS_MAX:
            request = RequestKey(source, number, digest_of_states(operations, required, atomic=atomic))
    return Switching(tuple(operations), atomic, request, tuple(required))


def digest_of_states(operations: Sequence[SwitchOperation], required: Sequence[Requirement], *, atomic: bool) -> str:
    """Return the SHA-256 of what a batch says; where it stands in its file does not count."""
    said: dict[str, object] = {"atomic": atomic, "operations": [one.as_dict() for one in operations]}
    if required:
        said["required"] = [[one.before, one.operation.as_dict()] for one in required]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode(errors="surrogatepass")).hexdigest()


def instant(text: str) -> datetime | None:
    """Return an ISO 8601 instant, None where it is none or lies outside the calendar; without a zone it is UTC.

    IEC 61970-552 headers are in UTC and often leave the zone out.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return found if FIRST_TIME <= found <= LAST_TIME else None
    except (ValueError, OverflowError):
        return None
