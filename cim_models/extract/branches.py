"""Branches: what joins nodes for good. Cuts and clamps divide their line into pieces."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from cim_models import phase_codes
from cim_models.catalogue import Role
from cim_models.extract.equipment import Bones
from cim_models.extract.objects import Ints, Objects
from cim_models.identifiers import derived
from cim_models.network import U8, BranchTable

_JOINING = frozenset(
    {Role.OTHER, Role.LINE, Role.SERIES, Role.BUSBAR, Role.LOAD, Role.SHUNT, Role.INJECTION}
    | {Role.ENERGY_SOURCE, Role.EQUIVALENT_INJECTION, Role.SYNCHRONOUS_MACHINE, Role.ASYNCHRONOUS_MACHINE}
    | {Role.CONNECTION}
)

_NEUTRAL = frozenset({Role.OTHER, Role.LINE, Role.SERIES, Role.BUSBAR, Role.LOAD, Role.SHUNT})
"""What may be a neutral conductor; what feeds or generates is not lost for a code of N."""

_PHASE_LINKS = {
    "ACLineSegmentPhase.phase": "ACLineSegmentPhase.ACLineSegment",
    "EnergyConsumerPhase.phase": "EnergyConsumerPhase.EnergyConsumer",
    "EnergySourcePhase.phase": "EnergySourcePhase.EnergySource",
    "ShuntCompensatorPhase.phase": "ShuntCompensatorPhase.ShuntCompensator",
    "PowerElectronicsConnectionPhase.phase": "PowerElectronicsConnectionPhase.PowerElectronicsConnection",
}


@dataclass(slots=True)
class CutPlaces:
    """Where cuts put their two sides: nodes by equipment position, and the inner nodes that had to be made."""

    sides: dict[int, tuple[int, int]] = field(default_factory=dict)
    inner_ids: list[str] = field(default_factory=list)


def phases_by_objects(objects: Objects) -> U8:
    """Return the phases that …Phase objects give their equipment: uint8[n_objects], 0 = none given."""
    result = np.zeros(objects.size, np.uint8)
    for phase, link in _PHASE_LINKS.items():
        if objects.statements.has(phase):
            mask = objects.phases(phase)
            part, whole = objects.statements.references(link)
            np.bitwise_or.at(result, whole, mask[part])
    return result


def branches(objects: Objects, bones: Bones, phase_of: U8) -> tuple[BranchTable, CutPlaces]:
    """Find everything that joins two nodes for good.

    Args:
        objects: the statements.
        bones: the basic tables.
        phase_of: uint8[n_objects]; phases by …Phase objects.

    Returns:
        The branches, sorted by equipment, and the sides of cuts.
    """
    places = CutPlaces()
    divided = _divided_lines(objects, bones)
    rows: list[tuple[int, int, int, int, int, int, int]] = []
    count = np.bincount(bones.table.equipment[bones.table.node >= 0], minlength=bones.equipment.size)
    joining = np.isin(bones.role, [int(r) for r in _JOINING])
    short = np.isin(bones.role, [int(Role.LINE), int(Role.SERIES)]) & (count < 2)
    note_one_ended(objects, bones.equipment[short])
    enough = (count >= 2) | ((count == 1) & np.isin(np.arange(count.size), list(divided)))
    for e in np.flatnonzero(joining & enough).tolist():
        terminals = bones.with_nodes(e)
        by_object = int(phase_of[bones.equipment[e]])
        first = terminals[0]
        if e in divided:
            rows += _pieces(objects, bones, e, terminals[:2], divided[e], by_object, places)
            continue
        for other in terminals[1:]:
            phases = [_phases(by_object, bones, t) for t in (first, other)]
            n1, n2 = int(bones.table.node[first]), int(bones.table.node[other])
            rows.append((e, n1, n2, first, other, phases[0], phases[1]))
    columns = np.array(rows, np.int64).reshape(-1, 7).T
    table = BranchTable(
        equipment=columns[0].astype(np.int32),
        node1=columns[1].astype(np.int32),
        node2=columns[2].astype(np.int32),
        terminal1=columns[3].astype(np.int32),
        terminal2=columns[4].astype(np.int32),
        phases1=columns[5].astype(np.uint8),
        phases2=columns[6].astype(np.uint8),
    )
    return table, places


def without_neutral(objects: Objects, bones: Bones) -> Bones:
    """Return the tables with what joins nodes but names phase N alone at an end in the role of a ground: N is no path.

    Taken for ABC, a neutral conductor beside an open switch would feed what lies behind it.
    """
    joined = np.bincount(bones.table.equipment[bones.table.node >= 0], minlength=bones.equipment.size) > 1
    joined &= np.isin(bones.role, [int(role) for role in _NEUTRAL])
    neutral = (bones.table.phases == phase_codes.N) & (bones.table.node >= 0)
    found = np.unique(bones.table.equipment[neutral & joined[bones.table.equipment]])
    objects.note_each(
        "neutral_only",
        bones.equipment[found],
        lambda obj: f"{objects.label(obj)} names phase N alone at an end, which is no path; "
        "give its terminals the phases that it carries, if it carries any.",
    )
    role = bones.role.copy()
    role[found] = Role.GROUND
    return replace(bones, role=role)


def _phases(by_object: int, bones: Bones, terminal: int) -> int:
    """Return the phases of equipment at a terminal; of what names N alone, and is no neutral conductor, ABC."""
    said = by_object or int(bones.table.phases[terminal])
    return said if said & phase_codes.ALL else phase_codes.ABC


def note_one_ended(objects: Objects, objs: Ints) -> None:
    """Note lines and transformers that have fewer than two ends with a node."""
    objects.note_each(
        "branch_one_terminal",
        objs,
        lambda obj: f"{objects.label(obj)} has fewer than two ends with a node and leads nowhere; "
        "give it the terminal or the node that is missing.",
    )


def _divided_lines(objects: Objects, bones: Bones) -> dict[int, list[tuple[float, int]]]:
    """Return for each line with cuts or clamps their places along it: (distance from terminal 1, equipment)."""
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for name in ("Cut", "Clamp"):
        line_of = objects.reference(f"{name}.ACLineSegment")
        distance = objects.number(f"{name}.lengthFromTerminal1")
        for obj in objects.of_class([name]).tolist():
            line = int(bones.equipment_of[line_of[obj]]) if line_of[obj] >= 0 else -1
            if line >= 0:
                at = float(distance[obj])
                found[line].append((0.0 if np.isnan(at) else at, int(bones.equipment_of[obj])))
    return {line: sorted(places) for line, places in found.items()}


def _pieces(
    objects: Objects,
    bones: Bones,
    line: int,
    ends: list[int],
    divisions: list[tuple[float, int]],
    by_object: int,
    places: CutPlaces,
) -> list[tuple[int, int, int, int, int, int, int]]:
    """Return the pieces of a line, from each end, cut and clamp to the next; only the outermost have its terminals.

    A clamp's node lies on the line where the clamp sits. A cut's own terminals name its sides where they have nodes
    (terminal 1 towards the line's terminal 1).
    """
    table = bones.table
    t1, t2 = ends[0], ends[-1]
    phases1, phases2 = (_phases(by_object, bones, t) for t in (t1, t2))
    stretches: list[list[tuple[int, int]]] = [[(int(table.node[t1]), t1)]]
    for _, e in divisions:
        if bones.role[e] == Role.CLAMP:
            stretches[-1] += [(int(table.node[t]), t) for t in bones.with_nodes(e)[:1]]
        else:
            near, far = _sides(objects, bones, e, places)
            places.sides[e] = (near, far)
            stretches[-1].append((near, -1))
            stretches.append([(far, -1)])
    if len(ends) > 1:
        stretches[-1].append((int(table.node[t2]), t2))
    rows = [
        (line, n1, n2, own1, own2, phases1, phases1)
        for stretch in stretches
        for (n1, own1), (n2, own2) in pairwise(stretch)
    ]
    if rows and len(ends) > 1:
        rows[-1] = (*rows[-1][:6], phases2)
    return rows


def _sides(objects: Objects, bones: Bones, cut: int, places: CutPlaces) -> tuple[int, int]:
    span = range(int(bones.terminal_start[cut]), int(bones.terminal_start[cut + 1]))
    nodes = [int(bones.table.node[t]) for t in span][:2]
    sides = []
    for side in range(2):
        if side < len(nodes) and nodes[side] >= 0:
            sides.append(nodes[side])
        else:
            name = f"cut:{objects.statements.ids[int(bones.equipment[cut])]}:{side + 1}"
            sides.append(bones.node.size + len(places.inner_ids))
            places.inner_ids.append(derived(name))
    return sides[0], sides[1]
