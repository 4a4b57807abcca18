"""The order in which a network is made of statements."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np

from cim_models import catalogue
from cim_models.conventions import OPEN, Conventions
from cim_models.extract.branches import CutPlaces, branches, phases_by_objects, without_neutral
from cim_models.extract.containers import Homes, homes
from cim_models.extract.equipment import Bones, bones, with_phase_objects
from cim_models.extract.injections import generation, grid_sources, sources
from cim_models.extract.names import aliases, points
from cim_models.extract.objects import Ints, Objects
from cim_models.extract.positions import positions
from cim_models.extract.switches import poles
from cim_models.extract.voltages import Floats, base_voltages, equipment_voltages
from cim_models.extract.windings import ends
from cim_models.findings import Finding, bounded
from cim_models.identifiers import canonical
from cim_models.network import EquipmentTable, Network, NodeTable
from cim_models.sources import without
from cim_models.statements import Statements
from cim_models.strings import Strings


def extract(statements: Statements, findings: Sequence[Finding] = (), said: Conventions = OPEN) -> Network:
    """Make the network of all statements.

    Args:
        statements: what the files say.
        findings: what intake and reader found already.
        said: what the user says of units, signs and coordinates.

    Returns:
        The network.

    Raises:
        ModelError: no terminal has a node.
    """
    objects = Objects(statements)
    for obj, one, other in statements.class_conflicts:
        objects.note("class_conflict", f"{objects.label(obj)} is declared as {one} and as {other}.", [obj])
    for obj, file, line in statements.defined_twice:
        objects.note_defined_twice(obj, statements.files[file].file, line)
    frame = bones(objects)
    base = base_voltages(objects)
    home = homes(objects, frame)
    phase_of = phases_by_objects(objects)
    frame = without_neutral(objects, with_phase_objects(frame, phase_of))
    branch, cuts = branches(objects, frame, phase_of)
    node = _node_table(objects, frame, home, cuts)
    source = grid_sources(objects, frame, node.boundary)
    pole = poles(objects, frame, cuts)
    end = ends(objects, frame, base)
    generating, group = generation(objects, frame, np.array(list(source), np.int64), phase_of, said)
    position, site = positions(objects, frame.equipment, home.container, said)
    point = points(objects, frame)
    alias = aliases(objects, frame, point)
    _note_isolated(objects, frame)
    equipment = _equipment_table(objects, frame, home, equipment_voltages(objects, base))
    return Network(
        files=tuple(header.file for header in statements.files),
        counts=objects.counts(),
        findings=bounded(dict.fromkeys([*findings, *objects.findings]), objects.unlisted),
        equipment=equipment,
        node=node,
        terminal=frame.table,
        branch=branch,
        pole=pole,
        end=end,
        source=sources(frame, source, phase_of),
        generation=generating,
        der=without(generating, np.array(list(source), np.int64)),
        group=group,
        container=home.table,
        feeder=home.feeder,
        membership=home.membership,
        position=position,
        site=site,
        point=point,
        alias=alias,
    )


def _equipment_table(objects: Objects, frame: Bones, home: Homes, voltage: Floats) -> EquipmentTable:
    statements, names = objects.statements, objects.names()
    objs = frame.equipment.tolist()
    ids = statements.ids
    normally = objects.truth("Equipment.normallyInService")
    present = objects.truth("Equipment.inService")
    present = np.where(present >= 0, present, normally)
    codes = [catalogue.CLASS_CODE.get(statements.class_name[obj] or "", 0) for obj in objs]
    return EquipmentTable(
        id=Strings.of(ids[obj] for obj in objs),
        source_id=Strings.of(statements.spelling[obj] for obj in objs),
        alias=Strings.of(map(_aliases(objects).get, objs, repeat(""))),
        name=Strings.of(names.get(obj, ids[obj]) for obj in objs),
        key=np.arange(len(objs), dtype=np.int64),
        class_code=np.array(codes, np.uint8),
        role=frame.role.astype(np.uint8),
        container=home.of_equipment.astype(np.int32),
        voltage_v=voltage[frame.equipment].astype(np.float32),
        in_service=present[frame.equipment] != 0,
        normally_in_service=normally[frame.equipment] != 0,
    )


def _node_table(objects: Objects, frame: Bones, home: Homes, cuts: CutPlaces) -> NodeTable:
    statements, names = objects.statements, objects.names()
    objs = frame.node.tolist()
    marked = objects.truth("ConnectivityNode.boundaryPoint", "TopologicalNode.boundaryPoint")[frame.node] == 1
    absent = np.array([statements.class_name[obj] is None for obj in objs], np.bool_)
    pointed = np.isin(frame.node, _pointed_at(objects))
    inner = len(cuts.inner_ids)
    return NodeTable(
        id=Strings.of([*(statements.ids[obj] for obj in objs), *cuts.inner_ids]),
        name=Strings.of([*(names.get(obj, statements.ids[obj]) for obj in objs), *cuts.inner_ids]),
        container=np.concatenate([home.of_node, np.full(inner, -1)]).astype(np.int32),
        boundary=np.concatenate([marked | absent | pointed, np.zeros(inner, np.bool_)]),
    )


def _pointed_at(objects: Objects) -> Ints:
    """Return the nodes that a BoundaryPoint object names (CGMES 3)."""
    return objects.statements.references("BoundaryPoint.ConnectivityNode")[1]


def _note_isolated(objects: Objects, frame: Bones) -> None:
    used = np.bincount(frame.table.node[frame.table.node >= 0], minlength=frame.node.size)
    lonely = frame.node[used == 0]
    if lonely.size:
        example = objects.label(int(lonely[0]))
        objects.note(
            "isolated_nodes",
            f"{lonely.size} nodes have nothing connected to them, such as {example}: they are no part of the network; "
            "remove them, or name them at the terminals that belong there.",
            lonely.tolist(),
        )


def _aliases(objects: Objects) -> dict[int, str]:
    """Return the mRID of each object that differs from its id and belongs to it alone; shared ones are noted."""
    holder: dict[str, int] = {}
    shared: set[str] = set()
    ids = objects.statements.ids
    for obj, value in objects.text("IdentifiedObject.mRID").items():
        mrid = value if value == ids[obj] else canonical(value)
        other = holder.setdefault(mrid, obj)
        if other != obj:
            shared.add(mrid)
            both = f"{objects.label(obj)} and {objects.label(other)}"
            objects.note("duplicate_mrid", f"{both} carry one mRID {value[:60]}.", [obj, other])
    return {obj: mrid for mrid, obj in holder.items() if mrid not in shared and mrid != ids[obj]}
