"""Consequences of switching: who loses supply, what runs in parallel."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from topogroup.topology.attachment import Attachments, Energisation
from topogroup.topology.levels import TRANSFORMER_LEVEL

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Consequences:
    """What is to be known of a state beside the groups, as positions.

    Attributes:
        unsupplied: int64[n]; DER that are unsupplied or islanded and were supplied before.
        paralleled: int64[n]; DER that two feeders or substations supply.
        substations: pairs of substations, lower position first, that supply one part together and did not before.
    """

    unsupplied: I64
    paralleled: I64
    substations: tuple[tuple[int, int], ...]


def consequences(before: Attachments, after: Attachments) -> Consequences:
    """Compare two states of one network.

    Args:
        before: where all DER hung.
        after: where they hang.

    Returns:
        What the way from one to the other leads to.
    """
    supplied = before.energisation <= Energisation.PARTIALLY_ENERGISED
    dark = np.isin(after.energisation, [Energisation.UNSUPPLIED, Energisation.ISLANDED])
    joined = substations_in_parallel(after) - substations_in_parallel(before)
    return Consequences(np.flatnonzero(supplied & dark), np.flatnonzero(after.paralleled), tuple(sorted(joined)))


def substations_in_parallel(state: Attachments) -> set[tuple[int, int]]:
    """Return the pairs of substations whose transformers supply one part together, lower position first."""
    answer = state.answers[TRANSFORMER_LEVEL]
    substation = answer.level.substation
    pairs: set[tuple[int, int]] = set()
    for items in set(answer.supply.items):
        if len(items) > 1:
            several = sorted({int(substation[item]) for item in items if substation[item] >= 0})
            pairs |= set(combinations(several, 2))
    return pairs
