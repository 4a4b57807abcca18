"""A batch of switch states as every feed gives it, and what is common to reading one."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cim_models import limits
from cim_models.errors import LimitError, OptionError
from topogroup.engine.commands import RequestKey, SwitchOperation

FIRST_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST_TIME: Final = datetime(9998, 12, 31, tzinfo=UTC)
"""Times that exist in every time zone; those in the future are told apart item by item."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a request says: it stands before what the body says.

    Attributes:
        source: who sends it, None = as the body says.
        sequence: number or message id there, None = as the body says.
        atomic: any bad item rejects all.
    """

    source: str | None = None
    sequence: str | None = None
    atomic: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Switch states of one message.

    Attributes:
        operations: the states in the order of the message.
        atomic: any bad item rejects all.
        key: source and sequence, with the digest of what the message says.
        ignored: what else the message says and nobody takes here, with its number.
    """

    operations: tuple[SwitchOperation, ...]
    atomic: bool
    key: RequestKey
    ignored: tuple[tuple[str, int], ...] | None = None

    def answer_more(self) -> dict[str, Any]:
        """Return what the answer says beside what the engine says."""
        if self.ignored is None:
            return {}
        return {"ignored": [{"what": what, "count": count} for what, count in self.ignored]}


def batch_of(
    operations: Iterable[SwitchOperation], source: str | None, sequence: str | None, asked: Asked, atomic: bool = False
) -> Batch:
    """Put a batch together.

    Args:
        operations: the states.
        source: as the body names it, None = it does not.
        sequence: as the body names it, None = it does not.
        asked: what the address says.
        atomic: the form of the message is taken whole or not at all.

    Returns:
        The batch.

    Raises:
        OptionError: nobody says who sends it, or under which number.
        LimitError: it has too many states.
    """
    given = tuple(operations)
    if len(given) > limits.SWITCHING_OPERATIONS_MAX:
        most = limits.SWITCHING_OPERATIONS_MAX
        raise LimitError(
            "too_many_operations", f"The body has {len(given)} switch states; send at most {most} at once."
        )
    who, number = asked.source or source, asked.sequence or sequence
    for word, name in ((who, "source"), (number, "sequence")):
        if not word:
            message = f"The body does not say its {name}; add ?{name}=… to the address."
            raise OptionError(f"no_{name}", message, name)
        if len(word) > limits.REQUEST_ID_CHARACTERS_MAX:
            message = (
                f"The {name} has more than {limits.REQUEST_ID_CHARACTERS_MAX} characters; add a shorter ?{name}=…."
            )
            raise OptionError(f"long_{name}", message, name)
    assert who is not None and number is not None
    whole = atomic or asked.atomic
    said = {"atomic": whole, "operations": [one.as_dict() for one in given]}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode(errors="surrogatepass")).hexdigest()
    return Batch(given, whole, RequestKey(who, number, digest))


def counted(things: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return things with their number, ascending."""
    return tuple(sorted(Counter(things).items()))


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
