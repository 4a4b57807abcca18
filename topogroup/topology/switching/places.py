"""Places: where in a network a text points to, so that a temporary device can be put there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from cim_models import limits, phase_codes
from cim_models.catalogue import Role
from cim_models.errors import IdError, OptionError
from cim_models.identifiers import canonical
from cim_models.lookup import EquipmentNames
from topogroup.topology.structure.grid import F64, Grid, node_voltages
from topogroup.topology.switching.devices import KINDS, Device, DeviceKind

_SHOWN: Final = 60
"""Characters of a text that errors repeat."""

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
"""A time by ISO 8601 with its zone. The core has no clock: it keeps the text and compares it with nothing."""


class Places:
    """Finds the nodes and lines of one grid by what people call them; texts are indexed on first use.

    A place is an mRID or a unique name: of equipment with one terminal, of one end of equipment (`ID/1`, `ID/2`), or
    of a node. Equipment goes before a node of the same name.
    """

    def __init__(self, grid: Grid) -> None:
        """Keep the grid, without devices."""
        self._grid, self._network = grid, grid.network

    def device(self, id_: str, kind: str, place: Sequence[str], phases: str = "", until: str | None = None) -> Device:
        """Return a device as texts describe it.

        Args:
            id_: what it is to be called.
            kind: `cut`, `jumper` or `source`.
            place: the line of a cut; the place of a source; the two places of a jumper.
            phases: the phases that it acts on, a CIM PhaseCode; empty = all.
            until: when it is to be gone.

        Returns:
            The device, found in the network.

        Raises:
            IdError: a place is unknown or ambiguous.
            OptionError: the device is impossible there.
        """
        shown = id_[:_SHOWN]
        if not id_.strip() or len(id_) > limits.DEVICE_ID_CHARACTERS_MAX or not id_.isprintable():
            most = limits.DEVICE_ID_CHARACTERS_MAX
            raise OptionError("device_id", f"The id of a device has 1 to {most} printable characters.", shown)
        known = _kind(kind, shown)
        given = [text for text in place if text]
        wanted = 2 if known == "jumper" else 1
        if len(given) != wanted:
            what = {"cut": "the line", "jumper": "its two places", "source": "its place"}[known]
            raise OptionError("device_place", f"The {known} {shown!r} needs {what} and nothing else.", shown)
        if until is not None and not _INSTANT.fullmatch(until):
            message = f"Device {shown!r}: until is a time with a zone such as 2026-05-01T16:00:00Z, not {until[:40]!r}."
            raise OptionError("device_until", message, shown)
        mask = _mask(phases, shown)
        if known == "cut":
            return self._cut(id_, given[0], mask, until)
        found = [self.node(text) for text in given]
        if known == "jumper":
            self._check_jumper(shown, found[0], found[1])
        for node, word in found:
            self._check_phases(mask, int(self._grid.graph.slots.node_phases[node]), word)
        nodes, words = tuple(node for node, _ in found), tuple(word for _, word in found)
        return Device(id_, known, nodes, words, mask, until)

    def node(self, text: str) -> tuple[int, str]:
        """Return the node that a text names, and the text by which it is kept.

        Raises:
            IdError: nothing has that id or name, or several have it.
            OptionError: equipment with several ends needs to be told which one.
        """
        shown = text[:_SHOWN]
        holders = self._equipment.holders(text)
        if holders:
            return self._at_equipment(self._equipment.only(text, holders), 0, shown)
        head, slash, tail = text.rpartition("/")
        if slash and tail.isdecimal() and len(tail) < 4 and (holders := self._equipment.holders(head)):
            return self._at_equipment(self._equipment.only(head, holders), int(tail), shown)
        nodes = self._nodes_called(text)
        if not nodes:
            message = f"{shown!r} names no equipment and no node of this model, neither as mRID nor as name."
            raise IdError("unknown_place", message, shown)
        if len(nodes) > 1:
            listed = ", ".join(self._network.node.id[node] for node in nodes[: limits.ID_CANDIDATES_SHOWN])
            message = f"{shown!r} is the name of {len(nodes)} nodes; use an mRID: {listed}."
            raise IdError("ambiguous_id", message, shown)
        return nodes[0], self._network.node.id[nodes[0]]

    @cached_property
    def _equipment(self) -> EquipmentNames:
        return EquipmentNames(self._network, "equipment")

    @cached_property
    def _lines(self) -> EquipmentNames:
        return EquipmentNames(self._network, "line", self._network.equipment.role == int(Role.LINE))

    @cached_property
    def _voltage(self) -> F64:
        return node_voltages(self._network)

    @cached_property
    def _node_index(self) -> dict[str, list[int]]:
        """Return the nodes by id and by name; inner nodes of cuts stand behind the sorted ones."""
        found: dict[str, list[int]] = {}
        table = self._network.node
        for node, (mrid, name) in enumerate(zip(table.id, table.name, strict=True)):
            for text in {mrid, name}:
                found.setdefault(text, []).append(node)
        return found

    def _nodes_called(self, text: str) -> list[int]:
        if len(text) > limits.ID_CHARACTERS_MAX or not text:
            return []
        identity = canonical(text)
        node = self._network.node.id.find(identity)
        if node >= 0:
            return [node]
        by_id = [n for n in self._node_index.get(identity, []) if self._network.node.id[n] == identity]
        return by_id or self._node_index.get(text, [])

    def _at_equipment(self, e: int, number: int, shown: str) -> tuple[int, str]:
        """Return the node at an end of equipment, 0 = at its only one."""
        terminal, table = self._network.terminal, self._network.equipment
        first, last = np.searchsorted(terminal.equipment, [e, e + 1]).tolist()
        count, name = last - first, table.name[e] or table.id[e]
        if number > count or (number == 0 and count == 0):
            raise OptionError("unknown_end", f"{shown!r}: {name} has {count} ends.", shown)
        if number == 0 and count > 1:
            ways = " or ".join(f"{shown}/{n}" for n in range(1, min(count, 3) + 1))
            raise OptionError("place_unclear", f"{shown!r} has {count} ends; say which one: {ways}.", shown)
        node = int(terminal.node[first + max(number, 1) - 1])
        if node < 0:
            raise OptionError("place_without_node", f"{shown!r}: that end of {name} has no node in the model.", shown)
        return node, table.id[e] + (f"/{number}" if number else "")

    def _cut(self, id_: str, text: str, mask: int, until: str | None) -> Device:
        holders = self._lines.holders(text)
        shown = text[:_SHOWN]
        if not holders and self._equipment.holders(text):
            raise IdError("not_a_line", f"{shown!r} is no line, and only lines can be cut.", shown)
        e = self._lines.only(text, holders)
        branch, mrid = self._network.branch, self._network.equipment.id[e]
        mine = branch.equipment == e
        there = int(np.bitwise_or.reduce(branch.phases1[mine] & branch.phases2[mine], initial=0))
        self._check_phases(mask, there, mrid)
        return Device(id_, "cut", (e,), (mrid,), mask, until)

    def _check_jumper(self, shown: str, one: tuple[int, str], other: tuple[int, str]) -> None:
        if one[0] == other[0]:
            raise OptionError("same_place", f"Both ends of jumper {shown!r} lie on one node: it joins nothing.", shown)
        first, second = (float(self._voltage[node]) for node, _ in (one, other))
        low, high = min(first, second), max(first, second)
        if high > low * limits.JUMPER_VOLTAGE_RATIO_MAX:  # false where a voltage is not known
            message = f"Jumper {shown!r} would join {one[1]} with {first:g} V and {other[1]} with {second:g} V."
            raise OptionError("jumper_voltage", message, shown)
        masks = [int(self._grid.graph.slots.node_phases[node]) for node, _ in (one, other)]
        if not masks[0] & masks[1]:
            codes = [phase_codes.code_of(mask) for mask in masks]
            message = f"Jumper {shown!r} would join {one[1]} with phases {codes[0]} and {other[1]} with {codes[1]}."
            raise OptionError("jumper_phases", message, shown)

    def _check_phases(self, mask: int, there: int, word: str) -> None:
        missing = mask & ~there & phase_codes.ALL
        if missing:
            raise OptionError("unknown_phase", f"{word} has no phase {phase_codes.code_of(missing)}.", word)


def _kind(text: str, shown: str) -> DeviceKind:
    for kind in KINDS:
        if text == kind:
            return kind
    message = f"Device {shown!r}: its kind is cut, jumper or source, not {text[:_SHOWN]!r}."
    raise OptionError("device_kind", message, shown)


def _mask(code: str, shown: str) -> int:
    if not code:
        return 0
    mask = phase_codes.mask_of(code)
    if not mask or mask & phase_codes.N:
        message = f"Device {shown!r}: {code[:20]!r} is no phase code such as A, BC or ABC."
        raise OptionError("unknown_phase", message, shown)
    return mask
