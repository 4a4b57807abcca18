"""What grouping needs to know of a network state, whoever computed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from topogroup.topology.arrays.links import Item, Links


class AttachmentView(Protocol):
    """One state of all DER, as grouping sees it."""

    @property
    def der_mrids(self) -> Sequence[str]:
        """Return the mRIDs of all DER of the model, ascending."""

    @property
    def der_names(self) -> Sequence[str]:
        """Return the names of the DER, in the order of `der_mrids`."""

    @property
    def der_kinds(self) -> Sequence[str]:
        """Return the kinds of the DER: pv, battery, wind, machine, other or hybrid."""

    @property
    def supplied(self) -> npt.NDArray[np.bool_]:
        """Return for each DER whether it is neither islanded nor unsupplied nor unattached: bool[n_ders]."""

    def links(self, dimension: str) -> Links:
        """Return the objects of one kind on which each DER hangs; positions are those of `items`."""

    def items(self, dimension: str) -> Sequence[Item]:
        """Return all objects of one kind in the model, ascending by mRID."""


NetworkState = tuple[AttachmentView, AttachmentView]
"""A network state as two views, (current, normal), with the same DER and item tables in the same order."""
