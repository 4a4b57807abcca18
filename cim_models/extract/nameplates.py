"""Nameplates of what generates in W, VA, var, Wh and W/s, whatever unit and sign the files use."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cim_models import limits
from cim_models.catalogue import UNIT_KINDS
from cim_models.conventions import OPEN, Conventions
from cim_models.extract.categories import categories
from cim_models.extract.equipment import Bones
from cim_models.extract.exporters import Exporters
from cim_models.extract.objects import Ints, Objects
from cim_models.extract.plausible import doubts
from cim_models.extract.units import Links
from cim_models.extract.voltages import Floats
from cim_models.network import Bools


class _Quantity(NamedTuple):
    """One value of a nameplate and where files write it: at the equipment, else summed over its units."""

    column: str
    word: str
    own: tuple[str, ...]
    of_unit: tuple[str, ...] = ()
    signed: bool = False
    battery_only: bool = False


_QUANTITIES: Final = (
    _Quantity(
        "p_max_w",
        "maxP",
        ("PowerElectronicsConnection.maxP", "EnergySource.pMax"),
        (
            "PowerElectronicsUnit.maxP",
            "GeneratingUnit.maxOperatingP",
            "GeneratingUnit.ratedGrossMaxP",
            "GeneratingUnit.nominalP",
        ),
    ),
    _Quantity(
        "p_min_w",
        "minP",
        ("PowerElectronicsConnection.minP", "EnergySource.pMin"),
        ("PowerElectronicsUnit.minP", "GeneratingUnit.minOperatingP"),
        signed=True,
    ),
    _Quantity(
        "s_rated_va",
        "ratedS",
        (
            "PowerElectronicsConnection.ratedS",
            "RotatingMachine.ratedS",
            # as model builders write it who put every attribute under the object's own class
            "SynchronousMachine.ratedS",
            "AsynchronousMachine.ratedS",
        ),
    ),
    _Quantity("q_max_var", "maxQ", ("PowerElectronicsConnection.maxQ", "SynchronousMachine.maxQ"), signed=True),
    _Quantity("q_min_var", "minQ", ("PowerElectronicsConnection.minQ", "SynchronousMachine.minQ"), signed=True),
    _Quantity("energy_rated_wh", "ratedE", (), ("BatteryUnit.ratedE",), battery_only=True),
    _Quantity("energy_stored_wh", "storedE", (), ("BatteryUnit.storedE",), battery_only=True),
    # ActivePowerChangeRate of IEC 61970-301: power per second, with the multiplier of powers
    _Quantity("ramp_up_w_per_s", "raiseRampRate", (), ("GeneratingUnit.raiseRampRate",)),
    _Quantity("ramp_down_w_per_s", "lowerRampRate", (), ("GeneratingUnit.lowerRampRate",)),
)
_JUDGED: Final = ("p_max_w", "s_rated_va")
"""What decides on the unit where no header does."""

_GIVEN: Final = {
    "p_given_w": (
        "PowerElectronicsConnection.p",
        "RotatingMachine.p",
        "SynchronousMachine.p",
        "AsynchronousMachine.p",
        "EnergySource.activePower",
        "EquivalentInjection.p",
    ),
    "q_given_var": (
        "PowerElectronicsConnection.q",
        "RotatingMachine.q",
        "SynchronousMachine.q",
        "AsynchronousMachine.q",
        "EnergySource.reactivePower",
        "EquivalentInjection.q",
    ),
}


def nameplates(
    objects: Objects, bones: Bones, equipment: Ints, links: Links, said: Conventions = OPEN
) -> dict[str, npt.NDArray[np.float32] | npt.NDArray[np.uint8]]:
    """Read the nameplates of what generates.

    A value is that of the connection itself, else the sum over its units. It is not said if one of the units
    does not say its own, or shares it with other machines: a part of a sum would be a wrong number.

    Args:
        objects: the statements.
        bones: the basic tables.
        equipment: positions of equipment.
        links: which equipment has which units.
        said: what the user says of units and signs.

    Returns:
        The columns of `DerTable` that make up the nameplate, in the order of `equipment`.
    """
    pairs = np.array(links, np.int64).reshape(-1, 2)
    # only what bears a value: full columns over all objects of a large model would take gigabytes
    bearers = np.unique(np.concatenate([bones.equipment[equipment], pairs[:, 1]]))
    at = np.searchsorted(bearers, bones.equipment[equipment])
    units = _Units.of(objects, bones.equipment.size, pairs, bearers)
    own = {one.column: _first(objects, bearers, one.own, signed=one.signed) for one in _QUANTITIES}
    of_unit = {one.column: _first(objects, bearers, one.of_unit, signed=one.signed) for one in _QUANTITIES}
    given = {column: _first(objects, bearers, names, signed=True) for column, names in _GIVEN.items()}
    exporters = Exporters(objects, bearers, said)
    ratings = [values[column] for column in _JUDGED for values in (own, of_unit)]
    factor = exporters.power_factors(ratings, list(given.values()))
    raw = {}
    for one in _QUANTITIES:
        sums = _sums(objects, bones, units, one, of_unit[one.column] * factor)[equipment]
        value = (own[one.column] * factor)[at]
        raw[one.column] = np.where(np.isnan(value), sums, value)
    sign = exporters.signs(given["p_given_w"], at, units.renewable[equipment])
    for column, values in given.items():
        raw[column] = (values * factor * sign)[at] + 0.0
    for values in raw.values():
        values[np.abs(values) > limits.POWER_MAX_W] = np.nan
    objs = bones.equipment[equipment]
    doubts(objects, objs, raw)
    columns: dict[str, npt.NDArray[np.float32] | npt.NDArray[np.uint8]] = {
        column: values.astype(np.float32) for column, values in raw.items()
    }
    columns["category_normal"], columns["category_abnormal"] = (each[objs] for each in categories(objects))
    return columns


@dataclass(frozen=True, slots=True)
class _Units:
    """Which equipment has which units.

    Attributes:
        equipment: int64[n_links]; position of equipment of each link.
        at: int64[n_links]; position of the unit among the bearers of values.
        shared: bool[n_links]; the unit belongs to several machines.
        battery: bool[n_links]; the unit is a battery.
        renewable: bool[n_equipment]; all units are photovoltaics or wind, and there is one.
    """

    equipment: Ints
    at: Ints
    shared: Bools
    battery: Bools
    renewable: Bools

    @classmethod
    def of(cls, objects: Objects, size: int, pairs: Ints, bearers: Ints) -> _Units:
        equipment, unit = pairs[:, 0], pairs[:, 1]
        at = np.searchsorted(bearers, unit)
        names = [objects.statements.class_name[obj] or "" for obj in unit.tolist()]
        green = np.array([UNIT_KINDS.get(name) in ("pv", "wind") for name in names], np.bool_)
        renewable = np.bincount(equipment, minlength=size) > 0
        renewable[equipment[~green]] = False
        shared = np.bincount(at, minlength=bearers.size)[at] > 1
        return cls(equipment, at, shared, np.array([name == "BatteryUnit" for name in names], np.bool_), renewable)


def _first(objects: Objects, bearers: Ints, predicates: tuple[str, ...], *, signed: bool) -> Floats:
    """Return for each bearer the first of some properties that it has; values that no machine has are noted."""
    result = np.full(bearers.size, np.nan)
    for predicate in predicates:
        if not objects.statements.has(predicate):
            continue
        value = objects.number(predicate)[bearers]
        wrong = np.abs(value) > limits.POWER_MAX_W
        if not signed:
            wrong |= value < 0
        for row in np.flatnonzero(wrong).tolist():
            obj = int(bearers[row])
            what = f"{objects.label(obj)}: {predicate} is {value[row]:g}, which no machine has; it counts as not given."
            objects.note("power_unbelievable", what, [obj])
            value[row] = np.nan
        result = np.where(np.isnan(result), value, result)
    return result


def _sums(objects: Objects, bones: Bones, units: _Units, what: _Quantity, of_unit: Floats) -> Floats:
    """Return the sum over the units of each piece of equipment: float64[n_equipment], NaN = not said or no unit."""
    total = np.full(bones.equipment.size, np.nan)
    if np.isnan(of_unit).all():
        return total
    counted = units.battery if what.battery_only else np.ones(units.at.size, np.bool_)
    equipment = units.equipment[counted]
    value = np.where(units.shared, np.nan, of_unit[units.at])[counted]
    total[equipment] = value
    several = np.bincount(equipment, minlength=total.size)[equipment] > 1
    found: dict[int, list[float]] = defaultdict(list)
    for e, one in zip(equipment[several].tolist(), value[several].tolist(), strict=True):
        found[e].append(one)
    partial = []
    for e, values in found.items():
        # exact, so that the order of the files does not show in the last digit
        total[e] = math.fsum(values)
        if math.isnan(total[e]) and not all(map(math.isnan, values)):
            partial.append(int(bones.equipment[e]))
    objects.note_each(
        "nameplate_partial",
        np.array(partial, np.int64),
        lambda obj: (
            f"{objects.label(obj)} has units that give {what.word} and units that do not, or share it; "
            "a part of a sum would be wrong, so it counts as not given."
        ),
    )
    return total
