"""Transformers by their ends: which are upper and lower, which regulate, which belong to a substation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import Role
from cim_models.network import Network
from topogroup.topology.structure.incidence import Incidence

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MEDIUM_FROM_V: Final = 1_000.0
MEDIUM_TO_V: Final = 36_000.0
"""The medium-voltage range, both ends included."""

_MEDIUM_BELOW_V: Final = MEDIUM_TO_V * (1 + 1e-6)

_SAME_VOLTAGE_RATIO: Final = 1.1
"""Ends within this ratio make a regulator, not a transformer between levels."""


def is_medium(voltage_v: float) -> bool:
    """Tell whether a voltage lies in the medium range."""
    return MEDIUM_FROM_V <= voltage_v <= _MEDIUM_BELOW_V


@dataclass(frozen=True, slots=True, eq=False)
class Transformers:
    """All transformers, in the order of the end table, and their ends.

    Attributes:
        equipment: int64[n]; ascending.
        first_end: int64[n]; their first row in the end table.
        of_end: int64[n_ends]; the transformer of each end.
        end_v: float64[n_ends]; volts, NaN = unknown.
        is_upper: bool[n_ends]; the end is of about the highest voltage; False where no voltage is known.
        upper_v: float64[n]; volts of the first upper end, NaN = unknown.
        is_regulator: bool[n]; all ends are of about one voltage.
    """

    equipment: I64
    first_end: I64
    of_end: I64
    end_v: F64
    is_upper: Bools
    upper_v: F64
    is_regulator: Bools


def find_transformers(network: Network) -> Transformers:
    """Return all transformers with their ends sorted into upper and lower side."""
    end = network.end
    begins = np.ones(end.equipment.size, np.bool_)
    begins[1:] = end.equipment[1:] != end.equipment[:-1]
    first, of_end = np.flatnonzero(begins), np.cumsum(begins) - 1
    end_v = end.voltage_v.astype(np.float64)
    known = end_v > 0
    if not first.size:
        none = np.empty(0, np.bool_)
        return Transformers(first, first, of_end, end_v, none, end_v, none)
    highest = np.fmax.reduceat(np.where(known, end_v, np.nan), first)
    lowest = np.minimum.reduceat(end_v, first)
    all_known = np.logical_and.reduceat(known, first)
    is_upper = end_v >= (highest / _SAME_VOLTAGE_RATIO)[of_end]
    upper_v = np.full(first.size, np.nan)
    upper = np.flatnonzero(is_upper)[::-1]
    upper_v[of_end[upper]] = end_v[upper]
    is_regulator = all_known & (highest <= lowest * _SAME_VOLTAGE_RATIO)
    return Transformers(end.equipment[first].astype(np.int64), first, of_end, end_v, is_upper, upper_v, is_regulator)


def substation_ends(network: Network, incidence: Incidence, transformers: Transformers) -> list[int]:
    """Return the lower ends of substation transformers: rows of the end table, ascending.

    Lower side in the medium range, upper side above it, or upper side also there and the transformer in a
    Substation other than through a Feeder; not one behind which, without it, there is no load, line or other DER.
    """
    upper_v = transformers.upper_v[transformers.of_end]
    candidates = ~transformers.is_upper & _all_medium(transformers.end_v) & (upper_v > 0)
    both_medium = _all_medium(upper_v)
    stands_well = [
        row
        for row in np.flatnonzero(candidates).tolist()
        if not both_medium[row] or _stands_in_substation(network, int(network.end.equipment[row]))
    ]
    behind = _Behind(network, incidence, transformers)
    nodes: dict[int, list[int]] = {}
    for row in stands_well:
        nodes.setdefault(int(network.end.equipment[row]), []).append(int(network.end.node[row]))
    feeding = {e for e, starts in nodes.items() if behind.feeds_something(e, starts)}
    return [row for row in stands_well if int(network.end.equipment[row]) in feeding]


def _all_medium(voltage_v: F64) -> Bools:
    return (voltage_v >= MEDIUM_FROM_V) & (voltage_v <= _MEDIUM_BELOW_V)


def _stands_in_substation(network: Network, e: int) -> bool:
    container = int(network.equipment.container[e])
    if container < 0 or network.container.class_name[container] == "Feeder":
        return False
    return int(network.container.substation[container]) >= 0


class _Behind:
    """Looks at what lies behind the lower ends of transformers."""

    def __init__(self, network: Network, incidence: Incidence, transformers: Transformers) -> None:
        self._network, self._incidence, self._transformers = network, incidence, transformers
        self._is_der = np.zeros(len(network.equipment.id), np.bool_)
        self._is_der[network.der.equipment] = True

    def feeds_something(self, own: int, starts: list[int]) -> bool:
        """Tell whether a load, a line or more than one DER lies behind a transformer, the transformer taken away.

        Other transformers are passed downwards only: what lies above them is not behind this one.
        """
        incidence, ders = self._incidence, set[int]()
        seen, queue = set(starts), list(starts)
        while queue:
            here = queue.pop()
            for e in incidence.at(here):
                role = incidence.role(e)
                if e == own or role == Role.GROUND:
                    continue
                if role == Role.TRANSFORMER and not self._is_upper(e, here):
                    continue
                if role in (Role.LINE, Role.LOAD):
                    return True
                if self._is_der[e]:
                    ders.add(e)
                    if len(ders) > 1:
                        return True
                    continue
                for node in incidence.nodes(e):
                    if node not in seen:
                        seen.add(node)
                        queue.append(node)
        return False

    def _is_upper(self, e: int, node: int) -> bool:
        """Tell whether an upper end of a transformer stands at a node."""
        equipment = self._network.end.equipment
        first, last = np.searchsorted(equipment, np.array([e, e + 1], equipment.dtype))
        own = slice(int(first), int(last))
        return bool((self._network.end.node[own][self._transformers.is_upper[own]] == node).any())
