"""Items made when they are asked for: a million service transformers cost eight bytes each until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from cim_models.network import EquipmentTable
from topogroup.topology.arrays.links import Item


@dataclass(frozen=True, slots=True, eq=False)
class EquipmentItems(Sequence[Item]):
    """Some equipment as reports name it.

    Attributes:
        table: all equipment.
        equipment: int64[n]; positions in it, ascending.
    """

    table: EquipmentTable
    equipment: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of items."""
        return int(self.equipment.size)

    @overload
    def __getitem__(self, position: int) -> Item: ...

    @overload
    def __getitem__(self, position: slice) -> EquipmentItems: ...

    def __getitem__(self, position: int | slice) -> Item | EquipmentItems:
        """Return one item, or those of a slice."""
        if isinstance(position, slice):
            return EquipmentItems(self.table, self.equipment[position])
        e = int(self.equipment[position])
        return Item(self.table.id[e], self.table.name[e], False)
