"""Transformers: two and three windings, tanks, banks, centre taps, open delta, regulators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Self, Unpack

from topogroup.testing.core import Core
from topogroup.testing.document import CimObject
from topogroup.testing.equipment import (
    Equipment,
    EquipmentOptions,
    base_voltage,
    each_terminal,
    split_phases,
)

_GROUNDED: Final[dict[str | None, bool | None]] = {"Yn": True, "Zn": True, "Y": False, "Z": False, "D": False}
"""Connection → TransformerEnd.grounded where the winding does not say it; others leave it out."""


class Winding(NamedTuple):
    """An end of a transformer without tanks.

    `connection` is a WindingConnection (`D`, `Y`, `Yn`, `Z`, `Zn`, `I`) and None leaves it out; `grounded`
    None follows from it (Yn, Zn: true; D, Y, Z: false; else left out); `phases` is Terminal.phases; `base`
    and `rated` say whether the voltage is written as BaseVoltage and as ratedU.
    """

    node: str
    volts: float
    connection: str | None = None
    grounded: bool | None = None
    phases: str | None = None
    base: bool = True
    rated: bool = True


class TankEnd(NamedTuple):
    """An end of a tank: `phases` is its orderedPhases (`AN`, `AB`, `s1N`, `Ns2`), the rest as for `Winding`.

    `volts` is the base voltage of the node, so between phases, also where the tank stands from phase to
    neutral.
    """

    node: str
    volts: float
    phases: str
    connection: str | None = None
    grounded: bool | None = None


class Transformers(Core):
    """The methods of `NetworkBuilder` that make transformers."""

    def transformer(
        self,
        name: str,
        windings: Sequence[Winding | tuple[str, float] | tuple[str, float, str | None]],
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add a PowerTransformer with PowerTransformerEnds, one terminal per end.

        Args:
            name: its name.
            windings: its ends in order, as `Winding` or (node, volts) or (node, volts, connection).
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        one = self._add("PowerTransformer", name, [], None, options)
        one.passes_voltage = False
        flags = each_terminal(options.get("connected"), len(windings))
        for number, given in enumerate(windings, start=1):
            winding = Winding(*given)
            terminal = self._terminal(one, winding.node, flags[number - 1], winding.phases)
            end = self._document.add("PowerTransformerEnd", f"{one.made.mrid}.E{number}", f"{name}_E{number}")
            end.say("PowerTransformerEnd.PowerTransformer", one.made.mrid, "reference")
            if winding.connection is not None:
                kind = f"WindingConnection.{winding.connection}"
                end.say("PowerTransformerEnd.connectionKind", kind, "enumeration")
            if winding.rated:
                end.say("PowerTransformerEnd.ratedU", winding.volts, "rated_voltage")
            _say_end(end, number, terminal, winding)
            if winding.base:
                end.say("TransformerEnd.BaseVoltage", base_voltage(self._document, winding.volts), "reference")
            self._node_volts[one.nodes[-1]] = winding.volts
        return self

    def tank_transformer(
        self,
        name: str,
        tanks: Mapping[str, Sequence[TankEnd | tuple[str, float, str] | tuple[str, float, str, str | None]]],
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add a PowerTransformer made of TransformerTanks, one terminal per end of each tank.

        Args:
            name: its name.
            tanks: name of each tank and its ends, as `TankEnd` or (node, volts, phases) or (…, connection).
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        one = self._add("PowerTransformer", name, [], None, options)
        one.passes_voltage = False
        flags = each_terminal(options.get("connected"), sum(len(ends) for ends in tanks.values()))
        for tank_name, ends in tanks.items():
            tank = self._document.add("TransformerTank", f"{one.made.mrid}.{tank_name}", tank_name)
            tank.say("TransformerTank.PowerTransformer", one.made.mrid, "reference")
            for number, given in enumerate(ends, start=1):
                self._tank_end(one, tank, number, TankEnd(*given), flags.pop(0))
        return self

    def _tank_end(self, one: Equipment, tank: CimObject, number: int, given: TankEnd, connected: bool | None) -> None:
        """Add one end of a tank with its terminal."""
        terminal = self._terminal(one, given.node, connected, None)
        end = self._document.add("TransformerTankEnd", f"{tank.mrid}.E{number}", f"{tank.name}_E{number}")
        end.say("TransformerTankEnd.TransformerTank", tank.mrid, "reference")
        end.say("TransformerTankEnd.orderedPhases", f"OrderedPhaseCodeKind.{given.phases}", "enumeration")
        _say_end(end, number, terminal, given)
        end.say("TransformerEnd.BaseVoltage", base_voltage(self._document, given.volts), "reference")
        self._node_volts[one.nodes[-1]] = given.volts
        if given.connection is None:
            return
        info = f"{tank.mrid}.info"
        if info not in self._document.objects:
            self._document.add("TransformerTankInfo", info, f"{tank.name} info")
            tank.say("TransformerTank.TransformerTankInfo", info, "reference")
        sheet = self._document.add("TransformerEndInfo", f"{end.mrid}.info", f"{end.name} info")
        sheet.say("TransformerEndInfo.TransformerTankInfo", info, "reference")
        sheet.say("TransformerEndInfo.endNumber", number)
        sheet.say("TransformerEndInfo.connectionKind", f"WindingConnection.{given.connection}", "enumeration")
        sheet.say("TransformerEndInfo.ratedU", given.volts, "rated_voltage")

    def regulator(
        self,
        name: str,
        n1: str,
        n2: str,
        volts: float,
        *,
        phases: str = "ABC",
        bank: bool = False,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add a voltage regulator: a transformer with equal voltages, one single-phase tank per phase.

        Args:
            name: its name.
            n1: name of the node on one side.
            n2: name of the node on the other side.
            volts: voltage of both sides.
            phases: its phases.
            bank: true makes a PowerTransformer `<name>-<phase>` of each phase, in parallel.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        tanks = {phase: [(n1, volts, f"{phase}N"), (n2, volts, f"{phase}N")] for phase in split_phases(phases)}
        if not bank:
            return self.tank_transformer(name, tanks, **options)
        for phase, ends in tanks.items():
            self.tank_transformer(f"{name}-{phase}", {phase: ends}, **options)
        return self

    def centre_tap(
        self,
        name: str,
        primary: str,
        secondary: str,
        volts: float,
        *,
        phases: str = "A",
        secondary_volts: float = 120.0,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add a single-phase transformer with a centre tap: s1 and s2 at the secondary node.

        Args:
            name: its name.
            primary: name of the node of the primary.
            secondary: name of the node of both secondary halves.
            volts: primary voltage.
            phases: one phase (to neutral) or two (phase to phase).
            secondary_volts: voltage of each half.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        ordered = f"{phases}N" if len(phases) == 1 else phases
        ends = [
            (primary, volts, ordered),
            (secondary, secondary_volts, "s1N"),
            (secondary, secondary_volts, "Ns2"),
        ]
        return self.tank_transformer(name, {"tank": ends}, **options)


def _say_end(end: CimObject, number: int, terminal: str, given: Winding | TankEnd) -> None:
    """Write what ends of both kinds have in common."""
    end.say("TransformerEnd.endNumber", number)
    end.say("TransformerEnd.Terminal", terminal, "reference")
    grounded = _GROUNDED.get(given.connection) if given.grounded is None else given.grounded
    if grounded is not None:
        end.say("TransformerEnd.grounded", grounded)
