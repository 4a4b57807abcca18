"""Grid sources and DER: who feeds the network, judged from structure and never from an operating value.

PV at night produces 0, so a set point decides nothing (DESIGN section 4, grid sources).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from cim_models import catalogue
from cim_models.catalogue import Role
from cim_models.conventions import OPEN, Conventions
from cim_models.extract.end_devices import end_devices, groups
from cim_models.extract.equipment import Bones
from cim_models.extract.nameplates import nameplates
from cim_models.extract.objects import Ints, Objects
from cim_models.extract.units import unit_kinds, unit_links
from cim_models.network import SOURCE_RULES, U8, Bools, DerTable, GroupTable, SourceTable
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


def grid_sources(objects: Objects, bones: Bones, boundary: Bools) -> dict[int, int]:
    """Decide which equipment is a grid source.

    Args:
        objects: the statements.
        bones: the basic tables.
        boundary: bool[n_nodes]; nodes on the boundary of the model.

    Returns:
        Position of equipment → position of the rule in `SOURCE_RULES`, ascending by position.
    """
    role = bones.role
    injections = np.flatnonzero(role == Role.INJECTION)
    energy = np.flatnonzero(role == Role.ENERGY_SOURCE)
    equivalent = np.flatnonzero(role == Role.EQUIVALENT_INJECTION)
    has_values = np.isin(bones.equipment[energy], np.concatenate([objects.given(p) for p in _SOURCE_VALUES]))
    no_power = injections.size == 0 and objects.given("EnergySource.activePower").size == 0
    on_boundary = np.array(
        [any(boundary[bones.table.node[t]] for t in bones.with_nodes(e)) for e in equivalent.tolist()], np.bool_
    )
    found = dict.fromkeys(injections.tolist(), "network_injection")
    found |= dict.fromkeys(energy[has_values].tolist(), "electrical_values")
    found |= dict.fromkeys(energy[~has_values].tolist() if no_power else [], "nothing_gives_power")
    found |= dict.fromkeys(equivalent[on_boundary].tolist(), "boundary_node")
    _note(objects, "ExternalNetworkInjection", injections.size, injections.size)
    _note(objects, "EnergySource", energy.size, energy.size if no_power else int(has_values.sum()))
    _note(objects, "EquivalentInjection", equivalent.size, int(on_boundary.sum()))
    found = {e: rule for e, rule in found.items() if bones.with_nodes(e)}
    if not found:
        machines = _reference_machines(objects, bones).tolist()
        found = dict.fromkeys(machines, "reference_machine")
        if machines:
            _note(objects, "SynchronousMachine", int((role == Role.SYNCHRONOUS_MACHINE).sum()), len(machines))
        else:
            objects.note("source_missing", "The model has no grid source: nothing is energised.")
    return {e: SOURCE_RULES.index(found[e]) for e in sorted(found)}


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


def sources(bones: Bones, found: Mapping[int, int], phase_of: U8) -> SourceTable:
    """Return the table of grid sources; one row per terminal with a node."""
    rows = [(e, t, rule) for e, rule in found.items() for t in bones.with_nodes(e)[:1]]
    equipment = np.array([e for e, _, _ in rows], np.int32)
    terminal = np.array([t for _, t, _ in rows], np.int32)
    own = phase_of[bones.equipment[equipment]]
    phases = np.where(own > 0, own, bones.table.phases[terminal]).astype(np.uint8)
    return SourceTable(equipment, terminal, phases, np.array([rule for _, _, rule in rows], np.uint8))


def generation(
    objects: Objects, bones: Bones, source: Ints, phase_of: U8, said: Conventions = OPEN
) -> tuple[DerTable, GroupTable]:
    """Find all that generates: DER, and grid sources that would be DER if they were none.

    Args:
        objects: the statements.
        bones: the basic tables.
        source: positions of equipment that is a grid source; nothing is noted on them.
        phase_of: uint8[n_objects]; phases by …Phase objects.
        said: what the user says of units and signs.

    Returns:
        One row per piece of equipment, ascending by mRID, kind from its units, else from its class; and the
        EndDeviceGroups.
    """
    generating = np.isin(bones.role, [int(r) for r in _GENERATING_ROLES])
    generating[_motors_and_condensers(objects, bones)] = False
    equipment = np.flatnonzero(generating)
    links = unit_links(objects, bones)
    units = unit_kinds(objects, links)
    devices = end_devices(objects, bones, equipment, source)
    ids, names = objects.statements.ids, objects.names()
    is_source = np.isin(np.arange(bones.equipment.size), source)
    kinds, unit_lists, device_lists, forms = [], [], [], []
    terminal = bones.first_with_node()[equipment]
    # members of an enumeration are slow to get at, and there are hundreds of thousands of DER
    synchronous, asynchronous = int(Role.SYNCHRONOUS_MACHINE), int(Role.ASYNCHRONOUS_MACHINE)
    for e, role in zip(equipment.tolist(), bones.role[equipment].tolist(), strict=True):
        own = units.get(e, [])
        if len(own) > 1:
            own = sorted(set(own))
        default = "machine" if role in (synchronous, asynchronous) else "other"
        kinds.append(default if not own else own[0] if len(own) == 1 else "hybrid")
        unit_lists.append(own)
        own_devices = list(devices.of_equipment.get(e, ()))
        device_lists.append(sorted(own_devices, key=ids.__getitem__) if len(own_devices) > 1 else own_devices)
        forms.append(role == synchronous or "battery" in own)
    _note_ders(objects, bones, equipment[(terminal < 0) & ~is_source[equipment]], equipment, unit_lists)
    own_phases = phase_of[bones.equipment[equipment]]
    at_terminal = np.where(terminal >= 0, bones.table.phases[terminal], 0) if bones.table.phases.size else own_phases
    code = {kind: i for i, kind in enumerate(catalogue.KINDS)}
    flat = [d for one in device_lists for d in one]
    rated: dict[str, Any] = dict(nameplates(objects, bones, equipment, links, said))
    table = DerTable(
        equipment=equipment.astype(np.int32),
        terminal=terminal.astype(np.int32),
        phases=np.where(own_phases > 0, own_phases, at_terminal).astype(np.uint8),
        kind=np.array([code[k] for k in kinds], np.uint8),
        forms_island=np.array(forms, np.bool_),
        **rated,
        unit_start=_starts(unit_lists),
        unit_kind=np.array([code[k] for one in unit_lists for k in one], np.uint8),
        end_device_start=_starts(device_lists),
        end_device=Strings.of(ids[d] for d in flat),
        end_device_name=Strings.of(names.get(d, ids[d]) for d in flat),
    )
    return table, groups(objects, devices)


def _note_ders(
    objects: Objects, bones: Bones, unattached: Ints, equipment: Ints, units: Sequence[Sequence[str]]
) -> None:
    """Note DER without a node, and connections without a unit."""
    objects.note_each(
        "der_unattached",
        bones.equipment[unattached],
        lambda obj: (
            f"{objects.label(obj)} has no node in the model and hangs on nothing; give its Terminal a ConnectivityNode."
        ),
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
