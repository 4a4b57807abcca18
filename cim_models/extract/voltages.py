"""Voltages in volts, whatever unit the files use."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.extract.objects import Objects

Floats = npt.NDArray[np.float64]

_KILOVOLT_BELOW: Final = 1500.0
"""A largest value under this means that the values are kilovolts (DESIGN section 4, voltages)."""


def in_volts(objects: Objects, what: str, values: Floats) -> Floats:
    """Return values in volts, judged together by their largest.

    Args:
        objects: where a finding goes.
        what: how the finding names the values.
        values: float64[n]; NaN = not given.

    Returns:
        float64[n] in volts.
    """
    given = values[~np.isnan(values)]
    if given.size and 0 < given.max() < _KILOVOLT_BELOW:
        objects.note(
            "voltage_unit_assumed", f"{what} is read as kilovolts: its largest value is {given.max():g}."
        )
        return values * 1000.0
    return values


def base_voltages(objects: Objects) -> Floats:
    """Return the nominal voltage of each BaseVoltage object in volts: float64[n_objects], NaN elsewhere."""
    return in_volts(objects, "BaseVoltage.nominalVoltage", objects.number("BaseVoltage.nominalVoltage"))


def equipment_voltages(objects: Objects, base: Floats) -> Floats:
    """Return the voltage of each piece of equipment in volts: that of its BaseVoltage, else of its VoltageLevel.

    Args:
        objects: the statements.
        base: float64[n_objects]; voltage of BaseVoltage objects.

    Returns:
        float64[n_objects], NaN where unknown.
    """
    own = _of(objects.reference("ConductingEquipment.BaseVoltage"), base)
    level = _of(objects.reference("VoltageLevel.BaseVoltage"), base)
    bay = _of(objects.reference("Bay.VoltageLevel"), level)
    level = np.where(np.isnan(level), bay, level)
    home = _of(objects.reference("Equipment.EquipmentContainer"), level)
    return np.where(np.isnan(own), home, own)


def _of(reference: npt.NDArray[np.int64], values: Floats) -> Floats:
    result = np.full(reference.size, np.nan)
    there = reference >= 0
    result[there] = values[reference[there]]
    result[result <= 0] = np.nan
    return result
