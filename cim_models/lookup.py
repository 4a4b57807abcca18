"""Lookup: what a user's text names, by mRID in any spelling or by a name that only one holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cim_models import limits
from cim_models.errors import IdError
from cim_models.identifiers import canonical
from cim_models.network import Network


class EquipmentNames:
    """Finds equipment, or the equipment of one sort, by id or name; names are indexed on first use."""

    def __init__(self, network: Network, what: str, among: npt.NDArray[np.bool_] | None = None) -> None:
        """Prepare.

        Args:
            network: the network.
            what: how errors call what is looked for, such as `switch`.
            among: bool[n_equipment]; what can be meant, None = all equipment.
        """
        self._network, self._what = network, what
        self._among = np.ones(len(network.equipment.id), np.bool_) if among is None else among
        self._by_name: dict[str, list[int]] | None = None
        self._by_alias: dict[str, int] = {}

    def holders(self, text: str) -> list[int]:
        """Return all equipment that a text names: one by id or mRID, else every holder of the name."""
        if len(text) > limits.ID_CHARACTERS_MAX:
            return []
        identity = canonical(text)
        found = self._network.equipment.id.find(identity)
        if found >= 0 and self._among[found]:
            return [found]
        by_name = self._index()
        found = self._by_alias.get(identity, -1)
        return [found] if found >= 0 else by_name.get(text, [])

    def _index(self) -> dict[str, list[int]]:
        if self._by_name is None:
            self._by_name = {}
            equipment = self._network.equipment
            for e, (name, alias) in enumerate(zip(equipment.name, equipment.alias, strict=True)):
                if self._among[e]:
                    self._by_name.setdefault(name, []).append(e)
                    if alias:
                        self._by_alias[alias] = e
        return self._by_name

    def one(self, text: str, place: str = "") -> int:
        """Return the one piece of equipment that a text names.

        Args:
            text: an mRID or a name.
            place: where the text stands, such as `Heads file: `, for the error.

        Raises:
            IdError: none or several hold it; several are listed.
        """
        return self.only(text, self.holders(text), place)

    def only(self, text: str, holders: Sequence[int], place: str = "") -> int:
        """Return the only holder of a text.

        Raises:
            IdError: there are none or several.
        """
        shown = text[:60]
        if not holders:
            message = f"{place}{shown!r} names no {self._what} of this model, neither as mRID nor as name."
            raise IdError("unknown_id", message, shown)
        if len(holders) > 1:
            first = [self._network.equipment.id[e] for e in holders[: limits.ID_CANDIDATES_SHOWN]]
            listed = ", ".join(first) + (", …" if len(holders) > len(first) else "")
            message = f"{place}{shown!r} is the name of {len(holders)} pieces of equipment; use an mRID: {listed}."
            raise IdError("ambiguous_id", message, shown)
        return holders[0]


def own_end_devices(network: Network) -> dict[str, str]:
    """Return by mRID of a DER the id of its EndDevice, of those that have exactly one and share it with none."""
    der = network.der
    single = {
        network.equipment.id[int(e)]: der.end_device[int(start)]
        for e, start, end in zip(der.equipment, der.end_device_start[:-1], der.end_device_start[1:], strict=True)
        if end - start == 1
    }
    holders = Counter(der.end_device)
    return {mrid: device for mrid, device in single.items() if holders[device] == 1}
