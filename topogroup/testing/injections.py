"""Grid sources, loads, capacitors, and DER of all kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, Self, Unpack

from topogroup.testing.core import Core
from topogroup.testing.document import CimObject
from topogroup.testing.equipment import EquipmentOptions
from topogroup.testing.spelling import id_of

_UNITS: Final[dict[str, str]] = {
    "pv": "PhotovoltaicUnit",
    "battery": "BatteryUnit",
    "wind": "PowerElectronicsWindUnit",
}
"""Kind of a DER → class of its PowerElectronicsUnit."""

_MACHINE_UNITS: Final[dict[str, str]] = {
    "hydro": "HydroGeneratingUnit",
    "thermal": "ThermalGeneratingUnit",
    "wind": "WindGeneratingUnit",
    "solar": "SolarGeneratingUnit",
    "unit": "GeneratingUnit",
}
"""Kind of a machine → class of its GeneratingUnit."""


class Sources(Core):
    """The methods of `NetworkBuilder` that make grid sources."""

    def energy_source(
        self,
        name: str,
        node: str,
        volts: float,
        *,
        phases: str | None = None,
        attributes: Mapping[str, float] | None = None,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add an EnergySource that is a grid source.

        Args:
            name: its name.
            node: name of its node.
            volts: voltage of the node.
            phases: its phases; None says nothing.
            attributes: properties of EnergySource to write; None writes nominalVoltage,
                voltageMagnitude and voltageAngle.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        one = self._add("EnergySource", name, [node], phases, options)
        one.volts = volts
        given = {"nominalVoltage": volts, "voltageMagnitude": volts, "voltageAngle": 0.0}
        for attribute, value in (given if attributes is None else attributes).items():
            rated = attribute in ("nominalVoltage", "voltageMagnitude")
            one.made.say(f"EnergySource.{attribute}", value, "rated_voltage" if rated else "text")
        return self

    def external_network_injection(
        self, name: str, node: str, volts: float, **options: Unpack[EquipmentOptions]
    ) -> Self:
        """Add an ExternalNetworkInjection, always a grid source."""
        self._add("ExternalNetworkInjection", name, [node], None, options).volts = volts
        return self

    def equivalent_injection(
        self, name: str, node: str, *, boundary: bool = False, **options: Unpack[EquipmentOptions]
    ) -> Self:
        """Add an EquivalentInjection.

        Args:
            name: its name.
            node: name of its node.
            boundary: whether a BoundaryPoint stands at that node, which makes it a grid source.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        self._add("EquivalentInjection", name, [node], None, options)
        return self.node(node, boundary=True) if boundary else self


class Injections(Core):
    """The methods of `NetworkBuilder` that make loads, capacitors and DER."""

    def load(self, name: str, node: str, *, phases: str | None = None, **options: Unpack[EquipmentOptions]) -> Self:
        """Add an EnergyConsumer at a node."""
        return self.equipment("EnergyConsumer", name, [node], phases=phases, **options)

    def capacitor(
        self, name: str, node: str, *, phases: str | None = None, **options: Unpack[EquipmentOptions]
    ) -> Self:
        """Add a LinearShuntCompensator at a node."""
        return self.equipment("LinearShuntCompensator", name, [node], phases=phases, **options)

    def power_electronics(
        self,
        name: str,
        node: str | None,
        units: Sequence[str] = (),
        *,
        phases: str | None = None,
        power_w: float = 10_000.0,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add a PowerElectronicsConnection with its units: one DER.

        Args:
            name: its name.
            node: name of its node; None leaves its terminal without one.
            units: kind of each unit: `pv`, `battery` or `wind`.
            phases: its phases; None says nothing.
            power_w: maxP of each unit.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        one = self._add("PowerElectronicsConnection", name, [node], phases, options)
        for number, kind in enumerate(units, start=1):
            unit = self._document.add(_UNITS[kind], f"{one.made.mrid}.U{number}", f"{name} {kind}")
            unit.say("PowerElectronicsUnit.maxP", power_w)
            self._units.append((unit.mrid, one.made.mrid))
        return self

    def pv(
        self, name: str, node: str | None, *, phases: str | None = None, **options: Unpack[EquipmentOptions]
    ) -> Self:
        """Add a photovoltaic DER."""
        return self.power_electronics(name, node, ["pv"], phases=phases, **options)

    def battery(
        self, name: str, node: str | None, *, phases: str | None = None, **options: Unpack[EquipmentOptions]
    ) -> Self:
        """Add a battery."""
        return self.power_electronics(name, node, ["battery"], phases=phases, **options)

    def wind(
        self, name: str, node: str | None, *, phases: str | None = None, **options: Unpack[EquipmentOptions]
    ) -> Self:
        """Add a wind turbine behind power electronics."""
        return self.power_electronics(name, node, ["wind"], phases=phases, **options)

    def hybrid(
        self, name: str, node: str | None, *, phases: str | None = None, **options: Unpack[EquipmentOptions]
    ) -> Self:
        """Add photovoltaics and a battery behind one connection."""
        return self.power_electronics(name, node, ["pv", "battery"], phases=phases, **options)

    def generation_source(
        self, name: str, node: str, power_w: float = -10_000.0, **options: Unpack[EquipmentOptions]
    ) -> Self:
        """Add an EnergySource that stands for generation: activePower and nothing of a source.

        Args:
            name: its name.
            node: name of its node.
            power_w: EnergySource.activePower, load sign convention.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        self._add("EnergySource", name, [node], None, options).made.say("EnergySource.activePower", power_w)
        return self

    def synchronous_machine(
        self,
        name: str,
        node: str,
        *,
        unit: str | None = None,
        phases: str | None = None,
        mode: Literal["generator", "condenser", "motor", "generatorOrCondenser"] | None = None,
        reference_priority: int | None = None,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add a SynchronousMachine.

        Args:
            name: its name.
            node: name of its node.
            unit: `hydro`, `thermal`, `wind`, `solar` or `unit` makes its generating unit; None makes none.
            phases: Terminal.phases; None says nothing.
            mode: SynchronousMachine.type; None says nothing.
            reference_priority: SynchronousMachine.referencePriority; 1 is the reference machine.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        made = self._machine("SynchronousMachine", name, node, unit=unit, phases=phases, mode=mode, options=options)
        if reference_priority is not None:
            made.say("SynchronousMachine.referencePriority", reference_priority)
        return self

    def asynchronous_machine(
        self,
        name: str,
        node: str,
        *,
        unit: str | None = None,
        phases: str | None = None,
        motor: bool = False,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add an AsynchronousMachine.

        Args:
            name: its name.
            node: name of its node.
            unit: as for `synchronous_machine`.
            phases: Terminal.phases; None says nothing.
            motor: whether it is a motor.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        mode = "motor" if motor else "generator"
        self._machine("AsynchronousMachine", name, node, unit=unit, phases=phases, mode=mode, options=options)
        return self

    def _machine(
        self,
        cls: str,
        name: str,
        node: str,
        *,
        unit: str | None,
        phases: str | None,
        mode: str | None,
        options: EquipmentOptions,
    ) -> CimObject:
        """Add a rotating machine with its unit and return it."""
        made = self._add(cls, name, [node], phases, options).made
        if unit is not None:
            plant = self._document.add(_MACHINE_UNITS[unit], f"{made.mrid}.unit", f"{name} unit")
            made.say("RotatingMachine.GeneratingUnit", plant.mrid, "reference")
        if mode is not None:
            kind = {"SynchronousMachine": "type"}.get(cls, "asynchronousMachineType")
            made.say(f"{cls}.{kind}", f"{cls}Kind.{mode}", "enumeration")
        return made

    def end_device(
        self,
        name: str,
        equipment: str,
        *,
        group: str | None = None,
        link: Literal["equipment", "usage_point"] = "equipment",
    ) -> Self:
        """Add an EndDevice that stands for a piece of equipment: EndDevice → UsagePoint → Equipment.

        Args:
            name: its name; its UsagePoint has this name with `.UP`.
            equipment: name of the equipment.
            group: name of an EndDeviceGroup, made if it is new.
            link: side that writes the link between UsagePoint and Equipment.

        Returns:
            The builder.
        """
        device = self._document.add("EndDevice", id_of(name), name)
        point = self._document.add("UsagePoint", f"{device.mrid}.UP", f"{name}.UP")
        device.say("EndDevice.UsagePoint", point.mrid, "reference")
        target = self._document.objects[id_of(equipment)]
        if link == "equipment":
            target.say("Equipment.UsagePoints", point.mrid, "reference")
        else:
            point.say("UsagePoint.Equipments", target.mrid, "reference")
        if group is not None:
            if id_of(group) not in self._document.objects:
                self._document.add("EndDeviceGroup", id_of(group), group)
            device.say("EndDevice.EndDeviceGroups", id_of(group), "reference")
        return self
