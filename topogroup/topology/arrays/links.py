"""Which objects of one kind each DER hangs on, as flat arrays: a million DER cost eight bytes each and a pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from topogroup.topology.arrays.rows import distinct


class Item(NamedTuple):
    """An object of the network as reports name it."""

    mrid: str
    name: str
    derived: bool


@dataclass(frozen=True, slots=True)
class Links:
    """The objects of one kind on which each DER hangs.

    Attributes:
        start: int64[n_ders + 1]; DER i hangs on `item[start[i]:start[i + 1]]`.
        item: int32[n_links]; positions in the table of items of that kind, ascending for each DER.
    """

    start: npt.NDArray[np.int64]
    item: npt.NDArray[np.int32]

    def of(self, der: int) -> npt.NDArray[np.int32]:
        """Return the items of one DER, ascending."""
        return self.item[self.start[der] : self.start[der + 1]]

    def some(self, ders: npt.NDArray[np.int64]) -> Links:
        """Return the links of some DER, in the order given: int64[n] positions."""
        count = self.start[ders + 1] - self.start[ders]
        start = np.concatenate([[0], np.cumsum(count)])
        within = np.arange(start[-1]) - np.repeat(start[:-1], count)
        return Links(start, self.item[np.repeat(self.start[ders], count) + within])

    def owners(self) -> npt.NDArray[np.int64]:
        """Return for each link the DER it belongs to: int64[n_links]."""
        return np.repeat(np.arange(self.start.size - 1), np.diff(self.start))

    @classmethod
    def from_pairs(cls, n_ders: int, der: npt.NDArray[np.int64], item: npt.NDArray[np.int64]) -> Links:
        """Build the links from (DER, item) pairs in any order, repeats allowed.

        Args:
            n_ders: number of DER.
            der: int64[n]; the DER of each pair.
            item: int64[n]; the item of each pair.

        Returns:
            The links, each pair once.
        """
        if der.size:
            der, item = distinct(der, item)
        start = np.zeros(n_ders + 1, np.int64)
        np.cumsum(np.bincount(der, minlength=n_ders), out=start[1:])
        return cls(start, item.astype(np.int32))
