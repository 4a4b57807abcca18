"""Equipment, nodes and terminals: the bones of the network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cim_models import catalogue
from cim_models.errors import ModelError
from cim_models.extract.objects import Ints, Objects
from cim_models.network import U8, TerminalTable


@dataclass(frozen=True, slots=True)
class Bones:
    """Objects of the three basic tables and how to find them.

    `equipment`, `node` and `terminal` are objects in table order; the `*_of` arrays lead from an object to its
    position, -1 = not in the table.
    """

    equipment: Ints
    node: Ints
    terminal: Ints
    equipment_of: Ints
    node_of: Ints
    terminal_of: Ints
    table: TerminalTable
    terminal_start: Ints
    """Terminals of equipment e lie in [terminal_start[e], terminal_start[e + 1])."""
    role: Ints

    def with_nodes(self, equipment: int) -> list[int]:
        """Return the terminals of a piece of equipment that have a node, in order."""
        span = range(int(self.terminal_start[equipment]), int(self.terminal_start[equipment + 1]))
        return [t for t in span if self.table.node[t] >= 0]

    def first_with_node(self) -> Ints:
        """Return the first terminal with a node of each piece of equipment: int64[n_equipment], -1 = none."""
        first = np.full(self.equipment.size, -1, np.int64)
        terminal = np.flatnonzero(self.table.node >= 0)[::-1]
        first[self.table.equipment[terminal]] = terminal
        return first


def bones(objects: Objects) -> Bones:
    """Find equipment, nodes and terminals.

    Args:
        objects: the statements by property.

    Returns:
        The basic tables.

    Raises:
        ModelError: the model has no terminal with equipment and node.
    """
    at_equipment = objects.reference("Terminal.ConductingEquipment")
    node_property = "Terminal.ConnectivityNode"
    if not objects.statements.has(node_property) and objects.statements.has("Terminal.TopologicalNode"):
        node_property = "Terminal.TopologicalNode"
        objects.note("bus_branch_model", "The model has no connectivity nodes; topological nodes take their place.")
    at_node = objects.reference(node_property)
    terminals = np.union1d(objects.of_class(["Terminal"]), np.flatnonzero(at_equipment >= 0))
    if not (at_node[terminals] >= 0).any():
        files = ", ".join(header.file for header in objects.statements.files)
        raise ModelError("no_terminals", f"{files} holds no terminal with a node: no network is in it.")
    equipment = _equipment(objects, at_equipment, terminals)
    equipment_of = _positions(objects.size, equipment)
    node = _nodes(objects, at_node, terminals, node_property)
    node_of = _positions(objects.size, node)
    return _assembled(objects, equipment, equipment_of, node, node_of, terminals, at_equipment, at_node)


def with_phase_objects(frame: Bones, phase_of: U8) -> Bones:
    """Return the tables with the phases that …Phase objects name in place of Terminal.phases.

    Args:
        frame: the basic tables.
        phase_of: uint8[n_objects]; phases by …Phase objects, 0 = none given.
    """
    by_object = phase_of[frame.equipment][frame.table.equipment]
    phases = np.where(by_object > 0, by_object, frame.table.phases)
    return replace(frame, table=replace(frame.table, phases=phases))


def _positions(size: int, objs: Ints) -> Ints:
    result = np.full(size, -1, np.int64)
    result[objs] = np.arange(objs.size)
    return result


def _equipment(objects: Objects, at_equipment: Ints, terminals: Ints) -> Ints:
    names = objects.statements.class_name
    known = objects.of_class(catalogue.ROLES)
    referred = np.unique(at_equipment[terminals][at_equipment[terminals] >= 0])
    declared = np.array([names[obj] is not None for obj in referred.tolist()], np.bool_)
    dangling = terminals[np.isin(at_equipment[terminals], referred[~declared])][::-1]
    referring = dict(zip(at_equipment[dangling].tolist(), dangling.tolist(), strict=True))
    for obj in referred[~declared].tolist():
        lost_one = (
            f"{objects.label(referring[obj])} belongs to {objects.label(obj)}, which no file declares; give the file "
            "that does, or remove the terminal."
        )
        objects.note("dangling_reference", lost_one, [obj], at=referring[obj])
    lost = terminals[at_equipment[terminals] < 0]
    objects.note_each(
        "terminal_without_equipment",
        lost,
        lambda obj: f"{objects.label(obj)} belongs to no equipment and is left out; "
        "give it a Terminal.ConductingEquipment or remove it.",
    )
    unknown = {names[obj] for obj in referred[declared].tolist()} - set(catalogue.ROLES)
    for name in sorted(n for n in unknown if n):
        count = objects.counts().get(name, 0)
        objects.note("class_unknown", f"{count} objects of class {name} have terminals; nothing is known of the class.")
    return objects.by_id(np.union1d(known, referred[declared]))


def _nodes(objects: Objects, at_node: Ints, terminals: Ints, node_property: str) -> Ints:
    class_name = node_property.partition(".")[2]
    used = np.unique(at_node[terminals][at_node[terminals] >= 0])
    missing = [obj for obj in used.tolist() if objects.statements.class_name[obj] is None]
    if missing:
        objects.note(
            "boundary_missing",
            f"{len(missing)} nodes are referred to but stand in no file given, such as {objects.label(missing[0])}; "
            "give the boundary file.",
            missing,
            at=int(terminals[at_node[terminals] == missing[0]][0]),
        )
    return objects.by_id(np.union1d(objects.of_class([class_name]), used))


def _assembled(
    objects: Objects,
    equipment: Ints,
    equipment_of: Ints,
    node: Ints,
    node_of: Ints,
    terminals: Ints,
    at_equipment: Ints,
    at_node: Ints,
) -> Bones:
    position = np.where(at_equipment[terminals] >= 0, equipment_of[at_equipment[terminals]], -1)
    kept, position = terminals[position >= 0], position[position >= 0]
    sequence = objects.number("ACDCTerminal.sequenceNumber")
    older = objects.number("Terminal.sequenceNumber")
    sequence = np.where(np.isnan(sequence), older, sequence)[kept]
    ids = objects.statements.ids
    rank = {obj: i for i, obj in enumerate(sorted(kept.tolist(), key=lambda obj: ids[obj]))}
    by_id = np.array([rank[obj] for obj in kept.tolist()], np.int64)
    order = np.lexsort((by_id, np.nan_to_num(sequence, nan=1e9), position))
    kept, position = kept[order], position[order]
    where = np.where(at_node[kept] >= 0, node_of[at_node[kept]], -1)
    objects.note_each(
        "terminal_without_node",
        kept[where < 0],
        lambda obj: f"{objects.label(obj)} of {objects.label(int(at_equipment[obj]))} has no node and is connected "
        "to nothing; give it a Terminal.ConnectivityNode.",
        beside=at_equipment,
    )
    table = TerminalTable(
        equipment=position.astype(np.int32),
        node=where.astype(np.int32),
        phases=objects.phases("Terminal.phases")[kept],
        connected=objects.truth("ACDCTerminal.connected", "Terminal.connected")[kept] != 0,
    )
    start = np.zeros(equipment.size + 1, np.int64)
    np.cumsum(np.bincount(position, minlength=equipment.size), out=start[1:])
    names = objects.statements.class_name
    role = np.array([catalogue.ROLES.get(names[obj] or "", 0) for obj in equipment.tolist()], np.int64)
    # a class that is not known, but has a switch state, is a switch: an open one must not conduct
    switching = np.union1d(objects.given("Switch.open"), objects.given("Switch.normalOpen"))
    role[(role == catalogue.Role.OTHER) & np.isin(equipment, switching)] = catalogue.Role.SWITCH
    return Bones(
        equipment, node, kept, equipment_of, node_of, _positions(objects.size, kept), table, start, role
    )
