"""Further names: the aliases by which SCADA and DMS know equipment, and the points that tell switch positions.

`IdentifiedObject.aliasName`, and objects of class Name with their NameType and NameTypeAuthority (IEC 61970-301,
package Core). They stand at equipment, at a SwitchPhase, or at the measurement that is the point itself.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes
from cim_models.catalogue import SWITCHING_ROLES
from cim_models.extract.equipment import Bones
from cim_models.extract.objects import Ints, Objects
from cim_models.identifiers import canonical
from cim_models.network import POINT_KINDS, AliasTable, PointTable
from cim_models.strings import Strings

_MEASUREMENTS: Final = ("Discrete", "Analog", "Accumulator", "StringMeasurement")
_POSITION_TYPES: Final = frozenset({"pos", "switchposition"})
"""Measurement types of switch positions: GridAPPS-D and CIMHub write `Pos`, CGMES `SwitchPosition`."""


def points(objects: Objects, bones: Bones) -> PointTable:
    """Find measurements and SwitchPhases.

    Args:
        objects: the statements.
        bones: the basic tables.

    Returns:
        All of them; those that tell no position of a switch lead to no equipment, so that a feed that brings them is
        not told that they are unknown.
    """
    measured = objects.of_class(_MEASUREMENTS)
    pole = objects.of_class(("SwitchPhase",))
    both = np.concatenate([measured, pole])
    ids = objects.statements.ids
    order = np.array(sorted(range(both.size), key=lambda i: ids[int(both[i])]), np.int64)
    is_pole = np.arange(both.size) >= measured.size
    side1 = objects.phases("SwitchPhase.phaseSide1")[pole] & phase_codes.ALL
    side2 = objects.phases("SwitchPhase.phaseSide2")[pole] & phase_codes.ALL
    # as `switches` reads poles; one without any phase is no point, for 0 would be the whole switch
    of_pole = np.where(side1 != 0, side1, side2)
    switch_of_pole = np.where(of_pole != 0, _switches_of(objects, bones, pole), -1)
    equipment = np.concatenate([_measured_switches(objects, bones, measured), switch_of_pole])
    phases = np.concatenate([objects.phases("Measurement.phases")[measured], of_pole])
    return PointTable(
        id=Strings.of(ids[int(both[i])] for i in order.tolist()),
        equipment=equipment[order].astype(np.int32),
        phases=(phases & phase_codes.ALL)[order].astype(np.uint8),
        kind=np.where(is_pole, POINT_KINDS.index("SwitchPhase"), POINT_KINDS.index("measurement"))[order].astype(
            np.uint8
        ),
    )


def aliases(objects: Objects, bones: Bones, point: PointTable) -> AliasTable:
    """Find the further names of equipment.

    Args:
        objects: the statements.
        bones: the basic tables.
        point: the points of the model; a name of one is a name of its switch.

    Returns:
        The names, each once for each piece of equipment, type and authority.
    """
    found: set[tuple[str, int, int, str, str]] = set()
    for obj, text in objects.text("IdentifiedObject.aliasName").items():
        if (place := _place(objects, bones, point, obj)) is not None:
            found.add((text, *place, "", ""))
    holder = objects.reference("Name.IdentifiedObject")
    held, names = objects.pairs("IdentifiedObject.Names")
    holder[names[holder[names] < 0]] = held[holder[names] < 0]
    type_of, type_name = objects.reference("Name.NameType"), objects.text("NameType.name")
    authority_of = objects.reference("NameType.NameTypeAuthority")
    authority_name = objects.text("NameTypeAuthority.name")
    lost = []
    for obj, text in objects.text("Name.name").items():
        target, kind = int(holder[obj]), int(type_of[obj])
        if target < 0 or objects.statements.class_name[target] is None:
            lost.append(obj)
        elif (place := _place(objects, bones, point, target)) is not None:
            authority = int(authority_of[kind]) if kind >= 0 else -1
            words = (type_name.get(kind) or objects.names().get(kind, ""), authority_name.get(authority, ""))
            found.add((text, *place, *words))
    if lost:
        message = f"{len(lost)} objects of class Name lead to no object of the model, such as {objects.label(lost[0])}."
        objects.note("name_unattached", message, lost)
    rows = sorted(found)
    _note_ambiguous(objects, bones, rows)
    _note_hidden_names(objects, bones, rows)
    return AliasTable(
        text=Strings.of(row[0] for row in rows),
        equipment=np.array([row[1] for row in rows], np.int32),
        phases=np.array([row[2] for row in rows], np.uint8),
        type=Strings.of(row[3] for row in rows),
        authority=Strings.of(row[4] for row in rows),
    )


def _measured_switches(objects: Objects, bones: Bones, measured: Ints) -> Ints:
    """Return the switch whose position each measurement tells: int64[n], -1 = none."""
    kind = objects.text("Measurement.measurementType")
    tells = np.array([kind.get(obj, "").lower() in _POSITION_TYPES for obj in measured.tolist()], np.bool_)
    tells &= np.isin(measured, objects.of_class(("Discrete",)))
    resource = _at(bones.equipment_of, objects.reference("Measurement.PowerSystemResource")[measured])
    terminal = _at(bones.terminal_of, objects.reference("Measurement.Terminal")[measured])
    by_terminal = np.where(terminal >= 0, _at(bones.table.equipment, terminal), -1)
    found = np.where(resource >= 0, resource, by_terminal)
    return np.where(tells & _is_switch(bones, found), found, -1)


def _switches_of(objects: Objects, bones: Bones, pole: Ints) -> Ints:
    found = _at(bones.equipment_of, objects.reference("SwitchPhase.Switch")[pole])
    return np.where(_is_switch(bones, found), found, -1)


def _is_switch(bones: Bones, equipment: Ints) -> npt.NDArray[np.bool_]:
    roles = [int(role) for role in SWITCHING_ROLES]
    return (equipment >= 0) & np.isin(_at(bones.role, equipment), roles)


def _at(table: npt.NDArray[np.int32] | Ints, positions: Ints) -> Ints:
    """Return the values at positions; -1 where a position is -1."""
    result = np.full(positions.size, -1, np.int64)
    known = positions >= 0
    result[known] = table[positions[known]]
    return result


def _place(objects: Objects, bones: Bones, point: PointTable, obj: int) -> tuple[int, int] | None:
    """Return equipment and phases that a name of an object stands for, None = it is about something else."""
    equipment = int(bones.equipment_of[obj])
    if equipment >= 0:
        return equipment, 0
    row = point.id.find(objects.statements.ids[obj])
    if row < 0 or point.equipment[row] < 0:
        return None
    return int(point.equipment[row]), int(point.phases[row])


def _note_ambiguous(objects: Objects, bones: Bones, rows: list[tuple[str, int, int, str, str]]) -> None:
    holders: dict[str, set[int]] = {}
    for text, equipment, *_ in rows:
        holders.setdefault(text, set()).add(int(equipment))
    for text, held in holders.items():
        switches = [e for e in sorted(held) if _is_switch(bones, np.array([e]))[0]]
        if len(switches) > 1:
            objs = [int(bones.equipment[e]) for e in switches]
            first = " and ".join(objects.label(obj) for obj in objs[:2])
            message = f"{len(switches)} switches have the alias {text[:60]!r}, such as {first}; it names none of them."
            objects.note("alias_ambiguous", message, objs)


def _note_hidden_names(objects: Objects, bones: Bones, rows: list[tuple[str, int, int, str, str]]) -> None:
    """Note aliases of switches that are the name of another one, which then cannot be found by its name."""
    aliased: dict[str, set[int]] = {}
    for text, equipment, *_ in rows:
        aliased.setdefault(text, set()).add(int(equipment))
    if not aliased:
        return
    names, named = objects.names(), dict[str, set[int]]()
    for e in np.flatnonzero(_is_switch(bones, np.arange(bones.equipment.size))).tolist():
        obj = int(bones.equipment[e])
        # an id stands before every alias
        if (name := names.get(obj, "")) in aliased and canonical(name) != objects.statements.ids[obj]:
            named.setdefault(name, set()).add(e)
    for text in sorted(named):
        holders = [e for e in sorted(aliased[text]) if _is_switch(bones, np.array([e]))[0]]
        hidden = sorted(named[text] - set(holders))
        if holders and hidden:
            one, other = (int(bones.equipment[e]) for e in (holders[0], hidden[0]))
            message = (
                f"{text[:60]!r} is an alias of {objects.label(one)} and the name of {objects.label(other)}; it means "
                "the former, the latter is found by its mRID: rename one of them."
            )
            objects.note("alias_hides_name", message, [int(bones.equipment[e]) for e in (*holders, *hidden)])
