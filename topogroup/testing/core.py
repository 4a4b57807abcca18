"""What all parts of the builder stand on: nodes, equipment with terminals, and the derived statements.

Voltages are in volts. A node's voltage is known from the sources and transformer ends at it and spreads over
lines and switches, whatever their position, so that BaseVoltage need not be given for each piece of
equipment.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Self, Unpack

from topogroup.testing.document import Document
from topogroup.testing.equipment import (
    Equipment,
    EquipmentOptions,
    base_voltage,
    each_terminal,
    phase_code,
    say_phases,
    split_phases,
)
from topogroup.testing.spelling import Spelling, id_of


class Core:
    """Nodes, containers and equipment; the methods of `NetworkBuilder` that all others use."""

    def __init__(self, *, base_voltages: bool = True) -> None:
        """Begin an empty network.

        Args:
            base_voltages: whether ConductingEquipment.BaseVoltage is written where the voltage is known.
        """
        self._document = Document()
        self._equipment: dict[str, Equipment] = {}
        self._node_volts: dict[str, float] = {}
        self._units: list[tuple[str, str]] = []
        self._trace_starts: list[tuple[str, str]] = []
        self._base_voltages = base_voltages
        self._inside: str | None = None

    def node(
        self, name: str, *, container: str | None = None, boundary: bool = False, volts: float | None = None
    ) -> Self:
        """Add a node, or say more of one; nodes are also made where equipment first names them.

        Args:
            name: its name; its mRID is `n.` and that name.
            container: its ConnectivityNodeContainer.
            boundary: whether a BoundaryPoint stands at it.
            volts: its voltage, where nothing else tells it.

        Returns:
            The builder.
        """
        mrid = self._node(name)
        if container is not None:
            made = self._document.objects[mrid]
            made.say("ConnectivityNode.ConnectivityNodeContainer", id_of(container), "reference")
        if boundary:
            point = self._document.add("BoundaryPoint", f"{mrid}.boundary", f"{name} boundary")
            point.say("BoundaryPoint.ConnectivityNode", mrid, "reference")
        if volts is not None:
            self._node_volts[mrid] = volts
        return self

    def inside(self, container: str | None) -> Self:
        """Put what follows into a container, unless it names another.

        Args:
            container: name of a feeder, substation, voltage level, bay or line; None ends it.

        Returns:
            The builder.
        """
        self._inside = container
        return self

    def equipment(
        self,
        cls: str,
        name: str,
        nodes: Sequence[str | None],
        *,
        phases: str | None = None,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add conducting equipment of any class, one terminal per node.

        Args:
            cls: CIM class.
            name: its name.
            nodes: names of its nodes in the order of its terminals; None is a terminal without a node.
            phases: its phases; None says nothing.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        self._add(cls, name, nodes, phases, options).passes_voltage = cls != "PowerTransformer"
        return self

    def terminal(self, name: str, node: str | None, *, connected: bool | None = None) -> Self:
        """Add one more terminal to a piece of equipment.

        Args:
            name: the equipment.
            node: name of the node; None leaves the terminal without one.
            connected: ACDCTerminal.connected; None says nothing.

        Returns:
            The builder.
        """
        self._terminal(self._equipment[id_of(name)], node, connected, None)
        return self

    def say(self, name: str, attribute: str, value: str | bool | float) -> Self:
        """Add a literal property to an object that exists.

        Args:
            name: the object.
            attribute: such as `PowerElectronicsConnection.ratedS`.
            value: its value.

        Returns:
            The builder.
        """
        self._document.objects[id_of(name)].say(attribute, value)
        return self

    def mrid(self, name: str) -> str:
        """Return the canonical mRID of an object by its name, as files with readable ids have it."""
        return Spelling().canonical(id_of(name))

    def _node(self, name: str) -> str:
        """Return the id of a node, made if it is new."""
        mrid = f"n.{id_of(name)}"
        if mrid not in self._document.objects:
            self._document.add("ConnectivityNode", mrid, name)
            if self._inside is not None:
                self.node(name, container=self._inside)
        return mrid

    def _add(
        self, cls: str, name: str, nodes: Sequence[str | None], phases: str | None, options: EquipmentOptions
    ) -> Equipment:
        """Add conducting equipment; None in `nodes` is a terminal without a node, no nodes leave
        terminals to come.
        """
        made = self._document.add(cls, id_of(name), name)
        container = options.get("container") or self._inside
        if container is not None:
            made.say("Equipment.EquipmentContainer", id_of(container), "reference")
        additional = options.get("additional_container")
        if additional is not None:
            made.say("Equipment.AdditionalEquipmentContainer", id_of(additional), "reference")
        in_service, normally = options.get("in_service"), options.get("normally_in_service")
        if in_service is not None:
            made.say("Equipment.inService", in_service)
        if normally is not None:
            made.say("Equipment.normallyInService", normally)
        one = Equipment(made, [], split_phases(phases or ""), options.get("base_volts"))
        self._equipment[made.mrid] = one
        if not nodes:
            return one
        connected = each_terminal(options.get("connected"), len(nodes))
        codes = options.get("terminal_phases")
        codes_each = [codes] * len(nodes) if codes is None or isinstance(codes, str) else list(codes)
        for node, flag, code in zip(nodes, connected, codes_each, strict=True):
            self._terminal(one, node, flag, code)
        return one

    def _terminal(self, one: Equipment, node: str | None, connected: bool | None, code: str | None) -> str:
        """Add a terminal to equipment and return its id."""
        sequence = 1 + sum(f"{one.made.mrid}.T{n}" in self._document.objects for n in range(1, 100))
        made = self._document.add("Terminal", f"{one.made.mrid}.T{sequence}", f"{one.made.name}_T{sequence}")
        made.say("Terminal.ConductingEquipment", one.made.mrid, "reference")
        made.say("ACDCTerminal.sequenceNumber", sequence)
        if node is not None:
            one.nodes.append(self._node(node))
            made.say("Terminal.ConnectivityNode", one.nodes[-1], "reference")
        if connected is not None:
            made.say("ACDCTerminal.connected", connected)
        if code is not None:
            made.say("Terminal.phases", phase_code(split_phases(code)), "enumeration")
        return made.mrid

    def _written(self, spelling: Spelling) -> Document:
        """Return the whole model, with what only the spelling or the whole network decides."""
        whole = Document()
        for one in self._document.objects.values():
            kept = whole.objects[one.mrid] = copy(one)
            kept.statements = list(one.statements)
        for start, feeder in self._trace_starts:
            target = id_of(start) if id_of(start) in self._equipment else f"n.{id_of(start)}"
            whole.objects[feeder].say("Feeder.TraceStart", target, "reference")
        for unit, connection in self._units:
            if spelling.unit_links == "unit":
                whole.objects[unit].say("PowerElectronicsUnit.PowerElectronicsConnection", connection, "reference")
            else:
                whole.objects[connection].say("PowerElectronicsConnection.PowerElectronicsUnit", unit, "reference")
        for phased in self._equipment.values():
            if phased.phases:
                say_phases(whole, phased, spelling)
        if self._base_voltages:
            self._say_voltages(whole)
        return whole

    def _say_voltages(self, whole: Document) -> None:
        """Write ConductingEquipment.BaseVoltage wherever the voltage is known."""
        volts = self._spread_voltages()
        for one in self._equipment.values():
            known = one.volts or (volts.get(one.nodes[0]) if one.nodes and one.passes_voltage else None)
            if known is not None:
                base = base_voltage(whole, known)
                whole.objects[one.made.mrid].say("ConductingEquipment.BaseVoltage", base, "reference")

    def _spread_voltages(self) -> dict[str, float]:
        """Return node id → volts, spread over all equipment but transformers."""
        volts = dict(self._node_volts)
        joins = [one for one in self._equipment.values() if one.passes_voltage]
        for one in joins:
            if one.volts is not None:
                volts |= {node: one.volts for node in one.nodes if node not in volts}
        at: dict[str, list[Equipment]] = {}
        for one in joins:
            for node in one.nodes:
                at.setdefault(node, []).append(one)
        waiting = list(volts)
        while waiting:
            here = waiting.pop()
            for one in at.get(here, ()):
                for node in one.nodes:
                    if node not in volts:
                        volts[node] = volts[here]
                        waiting.append(node)
                    elif volts[node] != volts[here]:
                        raise ValueError(f"{one.made.name!r} joins nodes of {volts[here]:g} V and {volts[node]:g} V")
        return volts
