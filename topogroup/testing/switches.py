"""Switches of all classes: state, poles, and the kinds that are no plain two-pole path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, Unpack

from topogroup.testing.core import Core
from topogroup.testing.equipment import Equipment, EquipmentOptions, split_phases
from topogroup.testing.spelling import id_of


class SwitchOptions(EquipmentOptions, total=False):
    """What can be said of every switch.

    `open` is the current state and None says nothing of it; `normal_open` is the same as `open` where not
    given, and left out when `with_normal` is false; `sv_open` adds an SvSwitch. `phases` gives SwitchPhase
    poles, `sides` the two phases of each pole where they differ; `open_phases` are the poles that are open
    now and `normal_open_phases` those that are normally open. Where poles differ, only they carry the
    state.
    """

    open: bool | None
    normal_open: bool | None
    with_normal: bool
    sv_open: bool | None
    phases: str | None
    sides: Sequence[tuple[str, str]] | None
    open_phases: str | None
    normal_open_phases: str | None


class Switches(Core):
    """The methods of `NetworkBuilder` that make switches."""

    def switch(
        self,
        name: str,
        n1: str,
        n2: str | None,
        *,
        cls: str = "Switch",
        open: bool | None = False,
        normal_open: bool | None = None,
        with_normal: bool = True,
        sv_open: bool | None = None,
        phases: str | None = None,
        sides: Sequence[tuple[str, str]] | None = None,
        open_phases: str | None = None,
        normal_open_phases: str | None = None,
        **options: Unpack[EquipmentOptions],
    ) -> Self:
        """Add a switch between two nodes.

        Args:
            name: its name.
            n1: name of the node at terminal 1.
            n2: name of the node at terminal 2; None gives the switch no terminal 2.
            cls: CIM class.
            open: Switch.open; None says nothing of the current state.
            normal_open: Switch.normalOpen; None is the same as `open`.
            with_normal: false leaves normalOpen out.
            sv_open: SvSwitch.open; None says nothing.
            phases: phases of its poles, each a SwitchPhase; None makes none.
            sides: (phaseSide1, phaseSide2) per pole, where poles are transposed; replaces `phases`.
            open_phases: poles (by side 1) open now, where poles differ; "" is none.
            normal_open_phases: poles normally open; None is the same as `open_phases`.
            options: see `EquipmentOptions`.

        Returns:
            The builder.
        """
        one = self._add(cls, name, [n1] if n2 is None else [n1, n2], None, options)
        poles = list(sides) if sides else [(phase, phase) for phase in split_phases(phases or "")]
        if open_phases is not None and not poles:
            raise ValueError(f"{name!r}: open_phases needs phases")
        now = _pole_states(open, open_phases, poles)
        if normal_open is None and normal_open_phases is None:
            normal = now
        else:
            normal = _pole_states(normal_open, normal_open_phases, poles)
        normal = normal if with_normal else None
        self._say_state(one, now, normal, poles)
        if sv_open is not None:
            state = self._document.add("SvSwitch", f"{one.made.mrid}.Sv", f"{name} Sv")
            state.say("SvSwitch.Switch", one.made.mrid, "reference")
            state.say("SvSwitch.open", sv_open)
        return self

    def _say_state(
        self,
        one: Equipment,
        now: Sequence[bool] | None,
        normal: Sequence[bool] | None,
        poles: Sequence[tuple[str, str]],
    ) -> None:
        """Write the state of a switch: on itself where its poles agree, and on each pole."""
        for name, states in (("Switch.open", now), ("Switch.normalOpen", normal)):
            if states is not None and len(set(states)) == 1:
                one.made.say(name, states[0])
        for number, (side1, side2) in enumerate(poles):
            pole = self._document.add("SwitchPhase", f"{one.made.mrid}.{side1}", f"{one.made.name}_{side1}")
            pole.say("SwitchPhase.Switch", one.made.mrid, "reference")
            pole.say("SwitchPhase.phaseSide1", f"SinglePhaseKind.{side1}", "enumeration")
            pole.say("SwitchPhase.phaseSide2", f"SinglePhaseKind.{side2}", "enumeration")
            if now is not None:
                pole.say("SwitchPhase.closed", not now[number])
            if normal is not None:
                pole.say("SwitchPhase.normalOpen", normal[number])

    def breaker(self, name: str, n1: str, n2: str, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a Breaker; arguments as for `switch`."""
        return self.switch(name, n1, n2, cls="Breaker", **rest)

    def load_break_switch(self, name: str, n1: str, n2: str, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a LoadBreakSwitch; arguments as for `switch`."""
        return self.switch(name, n1, n2, cls="LoadBreakSwitch", **rest)

    def disconnector(self, name: str, n1: str, n2: str, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a Disconnector; arguments as for `switch`."""
        return self.switch(name, n1, n2, cls="Disconnector", **rest)

    def fuse(self, name: str, n1: str, n2: str, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a Fuse; arguments as for `switch`."""
        return self.switch(name, n1, n2, cls="Fuse", **rest)

    def recloser(self, name: str, n1: str, n2: str, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a Recloser; arguments as for `switch`."""
        return self.switch(name, n1, n2, cls="Recloser", **rest)

    def sectionaliser(self, name: str, n1: str, n2: str, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a Sectionaliser; arguments as for `switch`."""
        return self.switch(name, n1, n2, cls="Sectionaliser", **rest)

    def jumper(self, name: str, n1: str, n2: str, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a Jumper; arguments as for `switch`."""
        return self.switch(name, n1, n2, cls="Jumper", **rest)

    def disconnecting_breaker(self, name: str, n1: str, n2: str, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a DisconnectingCircuitBreaker; arguments as for `switch`."""
        return self.switch(name, n1, n2, cls="DisconnectingCircuitBreaker", **rest)

    def ground_disconnector(self, name: str, node: str, n2: str | None = None, **rest: Unpack[SwitchOptions]) -> Self:
        """Add a GroundDisconnector; without a second node it leads to a Ground of its own.

        Args:
            name: its name.
            node: name of the node that it can earth.
            n2: name of the node on its other side.
            rest: as for `switch`.

        Returns:
            The builder.
        """
        self.switch(name, node, n2 or f"{name}.earth", cls="GroundDisconnector", **rest)
        return self if n2 else self.ground(f"{name}.ground", f"{name}.earth")

    def ground(self, name: str, node: str) -> Self:
        """Add a Ground at a node."""
        return self.equipment("Ground", name, [node])

    def cut(
        self,
        name: str,
        line: str,
        at_m: float,
        n1: str | None = None,
        n2: str | None = None,
        *,
        open: bool = True,
    ) -> Self:
        """Add a Cut in a line.

        Args:
            name: its name.
            line: the ACLineSegment.
            at_m: distance from terminal 1 of the line.
            n1: name of the node on the side of terminal 1; None gives that terminal no node.
            n2: name of the node on the side of terminal 2; None gives that terminal no node.
            open: its current and normal state.

        Returns:
            The builder.
        """
        one = self._add("Cut", name, [n1, n2], None, {})
        one.made.say("Cut.ACLineSegment", self._line(line), "reference")
        one.made.say("Cut.lengthFromTerminal1", at_m)
        self._say_state(one, [open], [open], [])
        return self

    def clamp(self, name: str, line: str, at_m: float, node: str) -> Self:
        """Add a Clamp that joins a node to a line.

        Args:
            name: its name.
            line: the ACLineSegment.
            at_m: distance from terminal 1 of the line.
            node: name of the node.

        Returns:
            The builder.
        """
        one = self._add("Clamp", name, [node], None, {})
        one.made.say("Clamp.ACLineSegment", self._line(line), "reference")
        one.made.say("Clamp.lengthFromTerminal1", at_m)
        return self

    def _line(self, name: str) -> str:
        """Return the id of a line that exists."""
        return self._equipment[id_of(name)].made.mrid


def _pole_states(open: bool | None, open_phases: str | None, poles: Sequence[tuple[str, str]]) -> list[bool] | None:
    """Return the state of each pole, one for a switch without poles, None where nothing is said."""
    if open_phases is not None:
        return [side1 in split_phases(open_phases) for side1, _ in poles]
    return None if open is None else [open] * max(1, len(poles))
