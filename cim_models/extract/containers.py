"""Containers, Feeder objects, and which equipment lies in which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cim_models import catalogue
from cim_models.extract.equipment import Bones
from cim_models.extract.objects import Ints, Objects
from cim_models.network import ContainerTable, FeederTable, MembershipTable
from cim_models.strings import Strings


@dataclass(frozen=True, slots=True)
class Homes:
    """Containers and who lies in them; `container` are the objects in the order of the table."""

    container: Ints
    table: ContainerTable
    of_equipment: Ints
    of_node: Ints
    feeder: FeederTable
    membership: MembershipTable


def homes(objects: Objects, bones: Bones) -> Homes:
    """Find the containers.

    Args:
        objects: the statements.
        bones: the basic tables.

    Returns:
        Containers ascending by mRID, the home of each piece of equipment and node (-1 = none), feeders, members.
    """
    container = objects.by_id(objects.of_class(catalogue.CONTAINERS).tolist())
    container_of = np.full(objects.size, -1, np.int64)
    container_of[container] = np.arange(container.size)
    at = objects.reference("Equipment.EquipmentContainer")[bones.equipment]
    node_at = objects.reference(
        "ConnectivityNode.ConnectivityNodeContainer", "TopologicalNode.ConnectivityNodeContainer"
    )
    names, spelled = objects.names(), objects.statements
    feeders = [obj for obj in container.tolist() if spelled.class_name[obj] == "Feeder"]
    table = ContainerTable(
        id=Strings.of(spelled.ids[obj] for obj in container.tolist()),
        name=Strings.of(names.get(obj, spelled.ids[obj]) for obj in container.tolist()),
        class_name=Strings.of(spelled.class_name[obj] or "" for obj in container.tolist()),
        substation=_substations(objects, container, container_of).astype(np.int32),
    )
    return Homes(
        container,
        table,
        _through(at, container_of),
        _through(node_at[bones.node], container_of),
        _feeders(objects, bones, np.array(feeders, np.int64), container_of),
        _members(objects, bones, container_of),
    )


def _through(reference: Ints, position: Ints) -> Ints:
    """Return `position[reference]`, -1 where there is no reference."""
    return np.where(reference >= 0, position[np.maximum(reference, 0)], -1) if position.size else reference


def _substations(objects: Objects, container: Ints, container_of: Ints) -> Ints:
    """Return for each container the container that is its Substation, -1 = none."""
    direct = objects.reference("VoltageLevel.Substation", "Bay.Substation")
    bay_level = objects.reference("Bay.VoltageLevel")
    result = np.full(container.size, -1, np.int64)
    for i, obj in enumerate(container.tolist()):
        if objects.statements.class_name[obj] == "Substation":
            result[i] = i
            continue
        substation = direct[obj]
        if substation < 0 and bay_level[obj] >= 0:
            substation = direct[bay_level[obj]]
        result[i] = container_of[substation] if substation >= 0 else -1
    return result


def _feeders(objects: Objects, bones: Bones, feeder: Ints, container_of: Ints) -> FeederTable:
    substation = objects.reference("Feeder.NormalEnergizingSubstation")
    for obj, target in zip(*objects.statements.references("Substation.NormalEnergizedFeeder"), strict=True):
        substation[target] = obj if substation[target] < 0 else substation[target]
    head = objects.reference("Feeder.NormalHeadTerminal")
    for obj, target in zip(*objects.statements.references("Terminal.NormalHeadFeeder"), strict=True):
        head[target] = obj if head[target] < 0 else head[target]
    trace = objects.reference("Feeder.TraceStart")
    terminal = _through(head[feeder], bones.terminal_of)
    trace_equipment = _through(trace[feeder], bones.equipment_of)
    trace_node = _through(trace[feeder], bones.node_of)
    trace_terminal = _through(trace[feeder], bones.terminal_of)
    at_terminal = trace_terminal >= 0
    trace_equipment[at_terminal] = bones.table.equipment[trace_terminal[at_terminal]]
    lost = (head[feeder] >= 0) & (terminal < 0)
    lost |= (trace[feeder] >= 0) & (trace_equipment < 0) & (trace_node < 0)
    for obj in feeder[lost].tolist():
        objects.note("head_not_found", f"{objects.label(obj)}: its head terminal or trace start is not there.", [obj])
    return FeederTable(
        container=container_of[feeder].astype(np.int32),
        normal_substation=_through(substation[feeder], container_of).astype(np.int32),
        head_terminal=terminal.astype(np.int32),
        trace_equipment=trace_equipment.astype(np.int32),
        trace_node=trace_node.astype(np.int32),
    )


def _members(objects: Objects, bones: Bones, container_of: Ints) -> MembershipTable:
    """Return the members of Feeder containers, by EquipmentContainer and AdditionalEquipmentContainer."""
    member, home = objects.pairs("Equipment.EquipmentContainer", "Equipment.AdditionalEquipmentContainer")
    names = objects.statements.class_name
    is_feeder = np.array([names[obj] == "Feeder" for obj in home.tolist()], np.bool_)
    equipment = bones.equipment_of[member[is_feeder]] if member.size else member
    container = container_of[home[is_feeder]] if home.size else home
    pairs = np.stack([container, equipment], axis=1)[equipment >= 0] if equipment.size else np.empty((0, 2), np.int64)
    pairs = np.unique(pairs, axis=0) if pairs.size else pairs
    return MembershipTable(equipment=pairs[:, 1].astype(np.int32), container=pairs[:, 0].astype(np.int32))
