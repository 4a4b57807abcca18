"""Transformer ends: two or three windings, tanks, centre taps and banks in one table."""

from __future__ import annotations

from typing import Final

import numpy as np

from cim_models import phase_codes
from cim_models.catalogue import Role
from cim_models.extract.branches import note_one_ended
from cim_models.extract.equipment import Bones
from cim_models.extract.objects import Ints, Objects
from cim_models.extract.voltages import Floats, in_volts
from cim_models.network import EndTable

_DELTA_KINDS: Final = frozenset({"D"})
_VOLTAGE_MAX_V: Final = 1e7
"""Ten times the highest voltage in use; what is above was never meant as one."""


def ends(objects: Objects, bones: Bones, base: Floats) -> EndTable:
    """Find the ends of all transformers.

    Args:
        objects: the statements.
        bones: the basic tables.
        base: float64[n_objects]; voltage of BaseVoltage objects in volts.

    Returns:
        One row per PowerTransformerEnd or TransformerTankEnd with a terminal, sorted by transformer, tank, number;
        transformers without any end object get one row per terminal.
    """
    whole = objects.reference("PowerTransformerEnd.PowerTransformer")
    tank = objects.reference("TransformerTankEnd.TransformerTank")
    of_tank = objects.reference("TransformerTank.PowerTransformer")
    terminal_of = objects.reference("TransformerEnd.Terminal")
    number = objects.number("TransformerEnd.endNumber")
    number = np.where(np.isnan(number), objects.number("PowerTransformerEnd.endNumber"), number)
    voltage, delta = _ratings(objects, base, tank, number)
    wye = np.zeros(objects.size, np.bool_)
    connection = objects.word("PowerTransformerEnd.connectionKind")
    wye[[obj for obj, word in connection.items() if word[:1] in ("Y", "Z")]] = True
    needs_all_by_ground = objects.truth("TransformerEnd.grounded", "PowerTransformerEnd.grounded") == 0
    tank_phases = objects.phases("TransformerTankEnd.orderedPhases", "TransformerTankEnd.phases")
    normally = objects.truth("Equipment.normallyInService")
    present = np.where(objects.truth("Equipment.inService") >= 0, objects.truth("Equipment.inService"), normally)
    rows: list[tuple[float, ...]] = []
    seen: set[int] = set()
    found = np.flatnonzero((whole >= 0) | (tank >= 0)).tolist()
    for obj in found:
        transformer = whole[obj] if whole[obj] >= 0 else of_tank[tank[obj]]
        e = int(bones.equipment_of[transformer]) if transformer >= 0 else -1
        t = int(bones.terminal_of[terminal_of[obj]]) if terminal_of[obj] >= 0 else -1
        if e < 0 or t < 0 or bones.table.node[t] < 0:
            continue
        seen.add(e)
        phases = int(tank_phases[obj]) or int(bones.table.phases[t])
        phases = phases if phases & phase_codes.ALL else phase_codes.ABC
        letters = (phases & phase_codes.ABC).bit_count()
        between = letters == 2 and not phases & phase_codes.N and not wye[obj]
        needs_all = letters > 1 and (bool(delta[obj]) or bool(needs_all_by_ground[obj]) or between)
        rows.append(
            (
                *(e, tank[obj], -1 if np.isnan(number[obj]) else number[obj]),
                *(bones.table.node[t], t, phases, voltage[obj], needs_all),
                *((present[tank[obj]] != 0, normally[tank[obj]] != 0) if tank[obj] >= 0 else (True, True)),
            )
        )
    rows += _without_ends(objects, bones, seen)
    usable = np.bincount(np.array([row[0] for row in rows], np.int64), minlength=bones.equipment.size)
    note_one_ended(objects, bones.equipment[(bones.role == Role.TRANSFORMER) & (usable < 2)])
    return _table(objects, rows)


def _ratings(objects: Objects, base: Floats, tank: Ints, number: Floats) -> tuple[Floats, np.ndarray]:
    """Return voltage in volts and delta connection of each end; tank ends take theirs from the tank's data sheet."""
    rated = objects.number("PowerTransformerEnd.ratedU")
    info_rated = objects.number("TransformerEndInfo.ratedU")
    both = in_volts(objects, "ratedU of transformer ends", np.fmax(rated, info_rated))
    kind = objects.word("PowerTransformerEnd.connectionKind")
    info_kind = objects.word("TransformerEndInfo.connectionKind")
    delta = np.zeros(objects.size, np.bool_)
    delta[[obj for obj, word in kind.items() if word in _DELTA_KINDS]] = True
    own = objects.reference("TransformerEnd.BaseVoltage")
    voltage = np.where(own >= 0, base[own], np.nan)
    voltage = np.where(np.isnan(voltage) | (voltage <= 0), np.where(both > 0, both, np.nan), voltage)
    sheet = _data_sheets(objects)
    info_of = objects.reference("TransformerTank.TransformerTankInfo")
    for obj in np.flatnonzero(tank >= 0).tolist():
        info = sheet.get((int(info_of[tank[obj]]), int(np.nan_to_num(number[obj], nan=-1))))
        if info is not None:
            delta[obj] |= info_kind.get(info) in _DELTA_KINDS
            if np.isnan(voltage[obj]) and both[info] > 0:
                voltage[obj] = both[info]
    return voltage, delta


def _data_sheets(objects: Objects) -> dict[tuple[int, int], int]:
    """Return the TransformerEndInfo of each (TransformerTankInfo, end number)."""
    info_tank = objects.reference("TransformerEndInfo.TransformerTankInfo")
    info_number = objects.number("TransformerEndInfo.endNumber")
    return {
        (int(info_tank[obj]), int(np.nan_to_num(info_number[obj], nan=-1))): obj
        for obj in np.flatnonzero(info_tank >= 0).tolist()
    }


def _without_ends(objects: Objects, bones: Bones, seen: set[int]) -> list[tuple[float, ...]]:
    rows: list[tuple[float, ...]] = []
    for e in np.flatnonzero(bones.role == Role.TRANSFORMER).tolist():
        if e in seen:
            continue
        for position, t in enumerate(bones.with_nodes(e), 1):
            phases = int(bones.table.phases[t])
            phases = phases if phases & phase_codes.ALL else phase_codes.ABC
            rows.append((e, -1, position, bones.table.node[t], t, phases, np.nan, False, True, True))
    return rows


def _table(objects: Objects, rows: list[tuple[float, ...]]) -> EndTable:
    ids = objects.statements.ids
    rows.sort(key=lambda row: (row[0], ids[int(row[1])] if row[1] >= 0 else "", row[2], row[4]))
    tanks: dict[int, int] = {}
    ordinal = []
    for row in rows:
        ordinal.append(-1 if row[1] < 0 else tanks.setdefault(int(row[1]), len(tanks)))
    columns = np.array(rows, np.float64).reshape(-1, 10).T
    columns[2] = np.clip(columns[2], -1, np.iinfo(np.int16).max)
    columns[6][columns[6] > _VOLTAGE_MAX_V] = np.nan
    return EndTable(
        equipment=columns[0].astype(np.int32),
        tank=np.array(ordinal, np.int32),
        number=columns[2].astype(np.int16),
        node=columns[3].astype(np.int32),
        terminal=columns[4].astype(np.int32),
        phases=columns[5].astype(np.uint8),
        voltage_v=columns[6].astype(np.float32),
        needs_all=columns[7].astype(np.bool_),
        in_service=columns[8].astype(np.bool_),
        normally_in_service=columns[9].astype(np.bool_),
    )
