"""Nameplates of what generates, in watts and volt-amperes, whatever unit the files use."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from cim_models import limits
from cim_models.extract.equipment import Bones
from cim_models.extract.objects import Ints, Objects
from cim_models.extract.units import Links
from cim_models.extract.voltages import Floats
from cim_models.network import F32

_MEGAWATT_BELOW: Final = 2500.0
"""A largest value under this means that the values are megawatts and megavolt-amperes.

The largest generators ever built are rated about 2,000 MVA, so a file in megawatts stays below; a file in watts
stays above as soon as one of its DER is larger than a balcony panel, since a roof's inverter has 3,000 W and more.
"""

_CONNECTION_POWER: Final = ("PowerElectronicsConnection.maxP",)
_UNIT_POWER: Final = (
    "PowerElectronicsUnit.maxP",
    "GeneratingUnit.maxOperatingP",
    "GeneratingUnit.ratedGrossMaxP",
    "GeneratingUnit.nominalP",
)
_APPARENT_POWER: Final = (
    "PowerElectronicsConnection.ratedS",
    "RotatingMachine.ratedS",
    # as model builders write it who put every attribute under the object's own class
    "SynchronousMachine.ratedS",
    "AsynchronousMachine.ratedS",
)


@dataclass(frozen=True, slots=True)
class Nameplates:
    """Rated powers, one of each per DER; NaN = not said."""

    p_max_w: F32
    s_rated_va: F32


def nameplates(objects: Objects, bones: Bones, equipment: Ints, links: Links) -> Nameplates:
    """Read the rated powers of what generates.

    Active power is that of the connection itself, else the sum over its units. It is not said if one of the units
    does not say its own, or shares it with other machines: a part of a sum would be a wrong number.

    Args:
        objects: the statements.
        bones: the basic tables.
        equipment: positions of equipment.
        links: which equipment has which units.

    Returns:
        The nameplates, in the order of `equipment`.
    """
    own = _first(objects, _CONNECTION_POWER)
    of_unit = _first(objects, _UNIT_POWER)
    rated = _first(objects, _APPARENT_POWER)
    factor = _factor(objects, own, of_unit, rated)
    of_units = _sums(of_unit, bones.equipment.size, links)[equipment]
    objs = bones.equipment[equipment]
    active = np.where(np.isnan(own[objs]), of_units, own[objs])
    return Nameplates((active * factor).astype(np.float32), (rated[objs] * factor).astype(np.float32))


def _first(objects: Objects, predicates: tuple[str, ...]) -> Floats:
    """Return for each object the first of some properties that it has; values that no machine has are noted."""
    result = np.full(objects.size, np.nan)
    for predicate in predicates:
        if not objects.statements.has(predicate):
            continue
        value = objects.number(predicate)
        for obj in np.flatnonzero((value < 0) | (value > limits.POWER_MAX_W)).tolist():
            what = f"{objects.label(obj)}: {predicate} is {value[obj]:g}, which no machine has; it counts as not given."
            objects.note("power_unbelievable", what, [obj])
            value[obj] = np.nan
        result = np.where(np.isnan(result), value, result)
    return result


def _factor(objects: Objects, *values: Floats) -> float:
    """Return what all values are multiplied by to be watts, judged together by the largest."""
    largest = max((float(given.max()) for some in values if (given := some[~np.isnan(some)]).size), default=0.0)
    if not 0 < largest < _MEGAWATT_BELOW:
        return 1.0
    objects.note(
        "power_unit_assumed",
        f"maxP and ratedS of what generates are read as MW and MVA: their largest value is {largest:g}.",
    )
    return 1e6


def _sums(of_unit: Floats, size: int, links: Links) -> Floats:
    """Return the power of all units of each piece of equipment: float64[size], NaN = not said or no unit."""
    machines = Counter(unit for _, unit in links)
    found: dict[int, list[float]] = defaultdict(list)
    for e, unit in links:
        found[e].append(float(of_unit[unit]) if machines[unit] == 1 else math.nan)
    total = np.full(size, np.nan)
    for e, powers in found.items():
        # exact, so that the order of the files does not show in the last digit
        total[e] = math.fsum(powers)
    return total
