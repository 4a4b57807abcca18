"""A batch of switch states as every feed gives it, and what is common to reading one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cim_models import limits
from cim_models.errors import LimitError, OptionError
from topogroup.engine.commands import RequestKey, Requirement, SwitchOperation
from topogroup.engine.state_files import digest_of_states


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
        required: what must hold before; the batch is atomic then.
        places: where each operation stands in the message, None = as in `operations`.
        rejected: items of the message that are no operation, each with its place as `index`, switch, code and message.
    """

    operations: tuple[SwitchOperation, ...]
    atomic: bool
    key: RequestKey
    ignored: tuple[tuple[str, int], ...] | None = None
    required: tuple[Requirement, ...] = ()
    places: tuple[int, ...] | None = None
    rejected: tuple[dict[str, object], ...] = ()

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer: what the engine says, and what it was not asked."""
        if self.ignored is None:
            return body
        return {**body, "ignored": [{"what": what, "count": count} for what, count in self.ignored]}


def batch_of(
    operations: Iterable[SwitchOperation],
    source: str | None,
    sequence: str | None,
    asked: Asked,
    atomic: bool = False,
    required: Sequence[Requirement] = (),
) -> Batch:
    """Put a batch together.

    Args:
        operations: the states.
        source: as the body names it, None = it does not.
        sequence: as the body names it, None = it does not.
        asked: what the address says.
        atomic: the form of the message is taken whole or not at all.
        required: what must hold before.

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
    digest = digest_of_states(given, required, atomic=whole)
    return Batch(given, whole, RequestKey(who, number, digest), required=tuple(required))


def counted(things: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return things with their number, ascending."""
    return tuple(sorted(Counter(things).items()))
