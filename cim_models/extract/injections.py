"""Grid sources and DER: who feeds the network, judged from structure and never from an operating value.

PV at night produces 0, so a set point decides nothing (DESIGN section 4, grid sources).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from cim_models import catalogue
from cim_models.catalogue import Role
from cim_models.extract.equipment import Bones
from cim_models.extract.nameplates import nameplates
from cim_models.extract.objects import Ints, Objects
from cim_models.extract.units import unit_kinds, unit_links
from cim_models.network import U8, Bools, DerTable, SourceTable
from cim_models.strings import Strings

_SOURCE_VALUES: Final = tuple(
    f"EnergySource.{name}" for name in ("nominalVoltage", "voltageMagnitude", "voltageAngle", "r", "x", "r0", "x0")
)
_GENERATING_ROLES: Final = (
    Role.CONNECTION,
    Role.SYNCHRONOUS_MACHINE,
    Role.ASYNCHRONOUS_MACHINE,
    Role.ENERGY_SOURCE,
    Role.EQUIVALENT_INJECTION,
)


def grid_sources(objects: Objects, bones: Bones, boundary: Bools) -> Ints:
    """Decide which equipment is a grid source.

    Args:
        objects: the statements.
        bones: the basic tables.
        boundary: bool[n_nodes]; nodes on the boundary of the model.

    Returns:
        Positions of equipment, ascending.
    """
    role = bones.role
    injections = np.flatnonzero(role == Role.INJECTION)
    energy = np.flatnonzero(role == Role.ENERGY_SOURCE)
    equivalent = np.flatnonzero(role == Role.EQUIVALENT_INJECTION)
    has_values = np.isin(bones.equipment[energy], np.concatenate([objects.given(p) for p in _SOURCE_VALUES]))
    no_power = injections.size == 0 and objects.given("EnergySource.activePower").size == 0
    energy_sources = energy if no_power else energy[has_values]
    on_boundary = np.array(
        [any(boundary[bones.table.node[t]] for t in bones.with_nodes(e)) for e in equivalent.tolist()]
    )
    equivalent_sources = equivalent[on_boundary.astype(np.bool_)] if equivalent.size else equivalent
    found = np.concatenate([injections, energy_sources, equivalent_sources])
    found = found[[bool(bones.with_nodes(e)) for e in found.tolist()]] if found.size else found
    _note(objects, "ExternalNetworkInjection", injections.size, injections.size)
    _note(objects, "EnergySource", energy.size, energy_sources.size)
    _note(objects, "EquivalentInjection", equivalent.size, equivalent_sources.size)
    if not found.size:
        found = _reference_machines(objects, bones)
        if found.size:
            _note(objects, "SynchronousMachine", int((role == Role.SYNCHRONOUS_MACHINE).sum()), found.size)
        else:
            objects.note("source_missing", "The model has no grid source: nothing is energised.")
    return np.sort(found).astype(np.int64)


def _note(objects: Objects, name: str, total: int, sources: int) -> None:
    if total:
        objects.note(
            "source_decided", f"{name}: {sources} of {total} are grid sources, {total - sources} are generation."
        )


def _reference_machines(objects: Objects, bones: Bones) -> Ints:
    """Return the machines with the strongest reference priority (1 is the strongest, 0 is none)."""
    priority = objects.number("SynchronousMachine.referencePriority")[bones.equipment]
    candidate = np.flatnonzero((bones.role == Role.SYNCHRONOUS_MACHINE) & (priority > 0))
    if not candidate.size:
        return candidate
    strongest: Ints = candidate[priority[candidate] == priority[candidate].min()]
    return strongest


def sources(bones: Bones, found: Ints, phase_of: U8) -> SourceTable:
    """Return the table of grid sources; one row per terminal with a node."""
    rows = [(e, t) for e in found.tolist() for t in bones.with_nodes(e)[:1]]
    equipment = np.array([e for e, _ in rows], np.int32)
    terminal = np.array([t for _, t in rows], np.int32)
    own = phase_of[bones.equipment[equipment]]
    return SourceTable(equipment, terminal, np.where(own > 0, own, bones.table.phases[terminal]).astype(np.uint8))


def generation(objects: Objects, bones: Bones, source: Ints, phase_of: U8) -> DerTable:
    """Find all that generates: DER, and grid sources that would be DER if they were none.

    Args:
        objects: the statements.
        bones: the basic tables.
        source: positions of equipment that is a grid source; nothing is noted on them.
        phase_of: uint8[n_objects]; phases by …Phase objects.

    Returns:
        One row per piece of equipment, ascending by mRID; kind from its units, else from its class.
    """
    generating = np.isin(bones.role, [int(r) for r in _GENERATING_ROLES])
    generating[_motors_and_condensers(objects, bones)] = False
    equipment = np.flatnonzero(generating)
    links = unit_links(objects, bones)
    units = unit_kinds(objects, links)
    devices = _end_devices(objects, bones)
    ids, names = objects.statements.ids, objects.names()
    is_source = np.isin(np.arange(bones.equipment.size), source)
    kinds, unit_lists, device_lists, forms = [], [], [], []
    terminal = np.full(equipment.size, -1, np.int64)
    for i, e in enumerate(equipment.tolist()):
        own = sorted(set(units.get(e, [])))
        role = bones.role[e]
        default = "machine" if role in (Role.SYNCHRONOUS_MACHINE, Role.ASYNCHRONOUS_MACHINE) else "other"
        kinds.append(default if not own else own[0] if len(own) == 1 else "hybrid")
        unit_lists.append(own)
        device_lists.append(sorted(devices.get(e, ()), key=lambda d: ids[d]))
        forms.append(role == Role.SYNCHRONOUS_MACHINE or "battery" in own)
        terminal[i] = next(iter(bones.with_nodes(e)), -1)
    _note_ders(objects, bones, equipment[(terminal < 0) & ~is_source[equipment]], equipment, unit_lists)
    own_phases = phase_of[bones.equipment[equipment]]
    at_terminal = np.where(terminal >= 0, bones.table.phases[terminal], 0) if bones.table.phases.size else own_phases
    code = {kind: i for i, kind in enumerate(catalogue.KINDS)}
    flat = [d for one in device_lists for d in one]
    rated = nameplates(objects, bones, equipment, links)
    return DerTable(
        equipment=equipment.astype(np.int32),
        terminal=terminal.astype(np.int32),
        phases=np.where(own_phases > 0, own_phases, at_terminal).astype(np.uint8),
        kind=np.array([code[k] for k in kinds], np.uint8),
        forms_island=np.array(forms, np.bool_),
        p_max_w=rated.p_max_w,
        s_rated_va=rated.s_rated_va,
        unit_start=_starts(unit_lists),
        unit_kind=np.array([code[k] for one in unit_lists for k in one], np.uint8),
        end_device_start=_starts(device_lists),
        end_device=Strings.of(ids[d] for d in flat),
        end_device_name=Strings.of(names.get(d, ids[d]) for d in flat),
    )


def _note_ders(
    objects: Objects, bones: Bones, unattached: Ints, equipment: Ints, units: Sequence[Sequence[str]]
) -> None:
    """Note DER without a node, and connections without a unit."""
    objects.note_each(
        "der_unattached",
        bones.equipment[unattached],
        lambda obj: f"{objects.label(obj)} has no node in the model and hangs on nothing; "
        "give its Terminal a ConnectivityNode.",
    )
    bare = (bones.role[equipment] == Role.CONNECTION) & np.array([not own for own in units], np.bool_)
    objects.note_each(
        "der_without_unit",
        bones.equipment[equipment[bare]],
        lambda obj: f"{objects.label(obj)} has no unit; its kind is other.",
    )


def _starts(lists: Sequence[Sequence[object]]) -> Ints:
    start = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(one) for one in lists], out=start[1:])
    return start


def _motors_and_condensers(objects: Objects, bones: Bones) -> Ints:
    kind = objects.word("SynchronousMachine.type")
    motor = objects.word("AsynchronousMachine.asynchronousMachineType")
    no_der = {obj for obj, word in kind.items() if word in ("condenser", "motor", "motorOrCondenser")}
    no_der |= {obj for obj, word in motor.items() if word == "motor"}
    return np.array([e for e, obj in enumerate(bones.equipment.tolist()) if obj in no_der], np.int64)


def _end_devices(objects: Objects, bones: Bones) -> dict[int, set[int]]:
    """Return the EndDevices of each piece of equipment, over UsagePoint, links written at either end."""
    points: dict[int, set[int]] = defaultdict(set)
    for device, point in zip(*objects.statements.references("EndDevice.UsagePoint"), strict=True):
        points[int(point)].add(int(device))
    for point, device in zip(*objects.statements.references("UsagePoint.EndDevices"), strict=True):
        points[int(point)].add(int(device))
    found: dict[int, set[int]] = defaultdict(set)
    links = [(p, e) for p, e in zip(*objects.statements.references("UsagePoint.Equipments"), strict=True)]
    links += [(p, e) for e, p in zip(*objects.statements.references("Equipment.UsagePoints"), strict=True)]
    for point, equipment in links:
        if bones.equipment_of[equipment] >= 0:
            found[int(bones.equipment_of[equipment])] |= points.get(int(point), set())
    return found
