"""Lookup: what a user's text names, by mRID in any spelling, by an alias, or by a name that only one holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cim_models import limits
from cim_models.aliases import Aliases
from cim_models.errors import IdError
from cim_models.identifiers import canonical
from cim_models.network import POINT_KINDS, Network


class EquipmentNames:
    """Finds equipment, or the equipment of one sort, by id, alias or name; names are indexed on first use.

    The order: an mRID in any spelling, an alias that the user gave, an alias of the model, a name. Whoever stands first
    hides the others, so that a point name of SCADA means one thing whatever else has that name.
    """

    def __init__(
        self,
        network: Network,
        what: str,
        among: npt.NDArray[np.bool_] | None = None,
        given: Aliases | None = None,
    ) -> None:
        """Prepare.

        Args:
            network: the network.
            what: how errors call what is looked for, such as `switch`.
            among: bool[n_equipment]; what can be meant, None = all equipment.
            given: aliases that the user gave, None = none.
        """
        self._network, self._what, self._given = network, what, given
        self._among = np.ones(len(network.equipment.id), np.bool_) if among is None else among
        self._by_name: dict[str, list[int]] | None = None
        self._by_mrid: dict[str, tuple[int, int]] = {}
        """Equipment and phases by IdentifiedObject.mRID where that is not its id, and by the ids of its points."""
        self._by_alias: dict[str, list[int]] = {}
        """Rows of the alias table by text."""

    def holders(self, text: str, source: str = "") -> list[int]:
        """Return all equipment that a text names: one by id or mRID, else every holder of the alias, else of the name.

        Args:
            text: an id, an alias or a name.
            source: who says it; aliases of a NameType or authority of that name count before others.
        """
        return self.found(text, source)[0]

    def found(self, text: str, source: str = "") -> tuple[list[int], int]:
        """Return what `holders` returns, and the phases that the alias of one is about; 0 = all."""
        if len(text) > limits.ID_CHARACTERS_MAX:
            return [], 0
        known = self._by_id(text)
        if known is not None:
            return [known[0]], known[1]
        if self._given is not None and (mrids := self._given.targets(text)):
            # one that leads nowhere stays unknown: another thing may have its text for a name
            return self._distinct([place for mrid in mrids if (place := self._by_id(mrid)) is not None])
        by_name = self._index()
        rows = self._by_alias.get(text, [])
        if rows:
            table = self._network.alias
            own = [row for row in rows if source and source in (table.type[row], table.authority[row])]
            return self._distinct([(int(table.equipment[row]), int(table.phases[row])) for row in own or rows])
        return by_name.get(text, []), 0

    def has_id(self, text: str) -> bool:
        """Tell whether a text is an id or mRID of what is looked for."""
        return len(text) <= limits.ID_CHARACTERS_MAX and self._by_id(text) is not None

    def _by_id(self, text: str) -> tuple[int, int] | None:
        """Return the equipment with an id, or that whose state a point with that id tells, with its phases."""
        identity, network = canonical(text), self._network
        found = network.equipment.id.find(identity)
        if found >= 0:
            return (found, 0) if self._among[found] else None
        self._index()
        return self._by_mrid.get(identity)

    @staticmethod
    def _distinct(places: list[tuple[int, int]]) -> tuple[list[int], int]:
        """Return the equipment of some places, each once, and the phases if it is only one; 0 = all."""
        equipment = sorted({e for e, _ in places})
        if len(equipment) > 1 or not all(phases for _, phases in places):
            return equipment, 0
        mask = 0
        for _, phases in places:
            mask |= phases
        return equipment, mask

    def _index(self) -> dict[str, list[int]]:
        if self._by_name is None:
            by_name: dict[str, list[int]] = {}
            equipment = self._network.equipment
            for e, (name, mrid) in enumerate(zip(equipment.name, equipment.alias, strict=True)):
                if self._among[e]:
                    by_name.setdefault(name, []).append(e)
                    if mrid:
                        self._by_mrid[mrid] = e, 0
            alias = self._network.alias
            for row, (text, e) in enumerate(zip(alias.text, alias.equipment.tolist(), strict=True)):
                if self._among[e]:
                    self._by_alias.setdefault(text, []).append(row)
            self._index_points()
            self._by_name = by_name
        return self._by_name

    def _index_points(self) -> None:
        point = self._network.point
        for row in np.flatnonzero(point.equipment >= 0).tolist():
            e = int(point.equipment[row])
            # a SwitchPhase without a phase would be the whole switch
            lost = int(point.phases[row]) == 0 and int(point.kind[row]) == POINT_KINDS.index("SwitchPhase")
            if self._among[e] and not lost:
                self._by_mrid.setdefault(point.id[row], (e, int(point.phases[row])))

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
