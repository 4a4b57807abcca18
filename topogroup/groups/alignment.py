"""Alignment: one numbering for two sorted lists of ids, such as the DER of a model before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Where the entries of two lists stand in their union.

    Attributes:
        size: number of ids in the union, which is ascending.
        old: int64[n_old]; position in the union of each old id.
        new: int64[n_new]; position in the union of each new id.
    """

    size: int
    old: npt.NDArray[np.int64]
    new: npt.NDArray[np.int64]

    def old_positions(self) -> npt.NDArray[np.int64]:
        """Return the position of each id among the old ones, -1 where it is new: int64[size]."""
        return _inverse(self.old, self.size)

    def new_positions(self) -> npt.NDArray[np.int64]:
        """Return the position of each id among the new ones, -1 where it is gone: int64[size]."""
        return _inverse(self.new, self.size)


def align(old: Sequence[str], new: Sequence[str]) -> Alignment:
    """Align two lists of ids.

    Args:
        old: ids, ascending, each once.
        new: ids, ascending, each once.

    Returns:
        The alignment; O(n) where both lists are equal, which is the rule.
    """
    if old is new or (len(old) == len(new) and list(old) == list(new)):
        same = np.arange(len(old), dtype=np.int64)
        return Alignment(len(old), same, same)
    position = {mrid: number for number, mrid in enumerate(sorted({*old, *new}))}
    return Alignment(
        len(position),
        np.fromiter(map(position.__getitem__, old), np.int64, len(old)),
        np.fromiter(map(position.__getitem__, new), np.int64, len(new)),
    )


def _inverse(positions: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    inverse = np.full(size, -1, np.int64)
    inverse[positions] = np.arange(positions.size)
    return inverse
