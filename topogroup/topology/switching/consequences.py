"""Consequences of switching: who loses supply, what runs in parallel."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from topogroup.topology.structure.levels import TRANSFORMER_LEVEL
from topogroup.topology.supplying.attachment import Energisation
from topogroup.topology.tracing.leading import Moved, Traced
from topogroup.topology.tracing.snapshot import Snapshot

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


class Course:
    """A way through the states of one network; each step is compared with the start."""

    def __init__(self, start: Traced) -> None:
        """Begin.

        Args:
            start: where all DER hang before the first step.
        """
        full = start.snapshot.attachments
        self._energisation, self._paralleled = full.energisation.copy(), full.paralleled.copy()
        self._supplied = full.energisation <= Energisation.PARTIALLY_ENERGISED
        self._pairs = substations_in_parallel(start.snapshot)

    def step(self, now: Traced, moved: Moved | None) -> Consequences:
        """Go on to the next state.

        Args:
            now: where all DER hang in it.
            moved: those that hang elsewhere than after the step before; None = look at all.

        Returns:
            What the way from the start to here leads to.
        """
        if moved is None:
            full = now.snapshot.attachments
            self._energisation, self._paralleled = full.energisation.copy(), full.paralleled.copy()
        else:
            self._energisation[moved.ders] = moved.after.energisation
            self._paralleled[moved.ders] = moved.after.paralleled
        dark = np.isin(self._energisation, [Energisation.UNSUPPLIED, Energisation.ISLANDED])
        joined = substations_in_parallel(now.snapshot) - self._pairs
        return Consequences(
            np.flatnonzero(self._supplied & dark), np.flatnonzero(self._paralleled), tuple(sorted(joined))
        )


def substations_in_parallel(state: Snapshot) -> set[tuple[int, int]]:
    """Return the pairs of substations whose transformers supply one part together, lower position first."""
    substation = state.grid.levels[TRANSFORMER_LEVEL].substation
    pairs: set[tuple[int, int]] = set()
    for points in state.supplying(TRANSFORMER_LEVEL):
        several = sorted({int(substation[point]) for point in points if substation[point] >= 0})
        pairs |= set(combinations(several, 2))
    return pairs
