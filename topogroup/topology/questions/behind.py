"""Behind: which DER hang behind a place that a user calls by name, in one state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.errors import IdError, OptionError
from cim_models.lookup import EquipmentNames
from topogroup.topology.questions.known_state import DerPhases, KnownState, carrier
from topogroup.topology.questions.paths import fed_through
from topogroup.topology.questions.reach import downstream

Bools = npt.NDArray[np.bool_]

_QUESTIONS: Final[dict[str, Callable[[KnownState, Sequence[int]], DerPhases]]] = {
    "downstream": downstream,
    "fed_through": fed_through,
}


def behind(known: KnownState, names: EquipmentNames, relation: str, place: str) -> Bools:
    """Find the DER that hang behind a place.

    Args:
        known: the state.
        names: all equipment of its network by id and name.
        relation: `downstream` or `fed_through`.
        place: equipment or a feeder.

    Returns:
        bool[n_ders].

    Raises:
        IdError: the place names nothing, or several things.
        OptionError: it names something that carries no supply.
    """
    return _QUESTIONS[relation](known, carrier(known.grid, names, place)).mask


class Behind:
    """Answers criteria about places in one state; each answer is kept."""

    def __init__(self, known: KnownState, names: EquipmentNames) -> None:
        """Keep the state, and all its equipment by id and name."""
        self._known, self._names = known, names
        self._answers: dict[tuple[str, str], Bools] = {}

    def __call__(self, relation: str, place: str) -> Bools:
        """Return which DER hang behind a place: bool[n_ders].

        Args:
            relation: `downstream` or `fed_through`.
            place: equipment or a feeder; behind what the model does not have, or what carries nothing, is nobody.
        """
        asked = relation, place
        found = self._answers.get(asked)
        if found is None:
            found = self._answers[asked] = self._found(relation, place)
        return found

    def _found(self, relation: str, place: str) -> Bools:
        try:
            return behind(self._known, self._names, relation, place)
        except (IdError, OptionError):
            return np.zeros(self._known.rows.phases.size, np.bool_)
