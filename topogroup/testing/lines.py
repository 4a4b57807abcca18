"""Lines, busbars, series elements, and the containers and feeders that hold equipment."""

from __future__ import annotations

from typing import Self, Unpack

from topogroup.testing.core import Core
from topogroup.testing.equipment import EquipmentOptions, base_voltage
from topogroup.testing.spelling import id_of


class Lines(Core):
    """The methods of `NetworkBuilder` that make busbars, lines and series elements."""

    def busbar(self, name: str, node: str, **options: Unpack[EquipmentOptions]) -> Self:
        """Add a BusbarSection at a node."""
        return self.equipment("BusbarSection", name, [node], **options)

    def junction(self, name: str, node: str, **options: Unpack[EquipmentOptions]) -> Self:
        """Add a Junction at a node."""
        return self.equipment("Junction", name, [node], **options)

    def line(
        self,
        name: str,
        n1: str,
        n2: str,
        *,
        phases: str | None = None,
        phases2: str | None = None,
        length_m: float = 100.0,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add an ACLineSegment.

        Args:
            name: its name.
            n1: name of the node at terminal 1.
            n2: name of the node at terminal 2.
            phases: its phases; None says nothing.
            phases2: phases at terminal 2 where its ends name different ones, as Terminal.phases.
            length_m: its length.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        if phases is not None and phases2 is not None:
            options["terminal_phases"], phases = [phases, phases2], None
        self._add("ACLineSegment", name, [n1, n2], phases, options).made.say("Conductor.length", length_m)
        return self

    def series_compensator(self, name: str, n1: str, n2: str, **options: Unpack[EquipmentOptions]) -> Self:
        """Add a SeriesCompensator between two nodes."""
        return self.equipment("SeriesCompensator", name, [n1, n2], **options)


class Containers(Core):
    """The methods of `NetworkBuilder` that make substations, voltage levels and feeders."""

    def substation(self, name: str) -> Self:
        """Add a Substation."""
        self._document.add("Substation", id_of(name), name)
        return self

    def voltage_level(self, name: str, substation: str, volts: float) -> Self:
        """Add a VoltageLevel to a substation.

        Args:
            name: its name.
            substation: name of the substation.
            volts: its base voltage.

        Returns:
            The builder.
        """
        made = self._document.add("VoltageLevel", id_of(name), name)
        made.say("VoltageLevel.Substation", id_of(substation), "reference")
        made.say("VoltageLevel.BaseVoltage", base_voltage(self._document, volts), "reference")
        return self

    def bay(self, name: str, voltage_level: str) -> Self:
        """Add a Bay to a voltage level."""
        made = self._document.add("Bay", id_of(name), name)
        made.say("Bay.VoltageLevel", id_of(voltage_level), "reference")
        return self

    def line_container(self, name: str) -> Self:
        """Add a Line, the container of line segments."""
        self._document.add("Line", id_of(name), name)
        return self

    def feeder(
        self,
        name: str,
        *,
        substation: str | None = None,
        head_terminal_of: tuple[str, int] | None = None,
        trace_start: str | None = None,
    ) -> Self:
        """Add a Feeder.

        Args:
            name: its name.
            substation: name of its NormalEnergizingSubstation.
            head_terminal_of: its NormalHeadTerminal, as (name of the equipment, sequence number).
            trace_start: its TraceStart, the name of a piece of equipment or else of a node.

        Returns:
            The builder.
        """
        made = self._document.add("Feeder", id_of(name), name)
        if substation is not None:
            made.say("Feeder.NormalEnergizingSubstation", id_of(substation), "reference")
        if head_terminal_of is not None:
            equipment, sequence = head_terminal_of
            made.say("Feeder.NormalHeadTerminal", f"{id_of(equipment)}.T{sequence}", "reference")
        if trace_start is not None:
            self._trace_starts.append((trace_start, made.mrid))
        return self
