"""A piece of equipment as the builder remembers it, its phases and voltage, and how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypedDict

from topogroup.testing.document import CimObject, Document
from topogroup.testing.spelling import Spelling

PHASE_OBJECTS: Final[dict[str, tuple[str, str]]] = {
    "ACLineSegment": ("ACLineSegmentPhase", "ACLineSegment"),
    "EnergyConsumer": ("EnergyConsumerPhase", "EnergyConsumer"),
    "EnergySource": ("EnergySourcePhase", "EnergySource"),
    "LinearShuntCompensator": ("LinearShuntCompensatorPhase", "ShuntCompensator"),
    "PowerElectronicsConnection": ("PowerElectronicsConnectionPhase", "PowerElectronicsConnection"),
}
"""Class of equipment → its phase class and the property that links back; others take Terminal.phases."""

PHASE_PROPERTY: Final[dict[str, str]] = {"LinearShuntCompensatorPhase": "ShuntCompensatorPhase"}
"""Phase class → the class that holds its properties, where that is another."""


class EquipmentOptions(TypedDict, total=False):
    """What can be said of every piece of equipment.

    `container` is its Equipment.EquipmentContainer, `additional_container` the AdditionalEquipmentContainer;
    `in_service` and `normally_in_service` are the flags of Equipment; `connected` is ACDCTerminal.connected
    of all terminals or of each; `terminal_phases` is Terminal.phases of all terminals or of each;
    `base_volts` is its base voltage where the network does not tell.
    """

    container: str | None
    additional_container: str | None
    in_service: bool | None
    normally_in_service: bool | None
    connected: bool | Sequence[bool | None] | None
    terminal_phases: str | Sequence[str | None] | None
    base_volts: float | None


@dataclass(slots=True)
class Equipment:
    """A piece of conducting equipment as the builder remembers it until the model is written."""

    made: CimObject
    nodes: list[str] = field(default_factory=list)
    phases: tuple[str, ...] = ()
    volts: float | None = None
    passes_voltage: bool = True


def split_phases(text: str) -> tuple[str, ...]:
    """Split a phase code into its phases.

    Args:
        text: such as `ABC`, `AN`, `s1N`, `s1s2` or `s12`.

    Returns:
        The single phases in the order given.

    Raises:
        ValueError: the text holds something that is no phase.

    >>> split_phases("s12N")
    ('s1', 's2', 'N')
    """
    rest, found = text.replace("s12", "s1s2"), []
    while rest:
        size = 2 if rest[:2] in ("s1", "s2") else 1
        if rest[:size] not in ("A", "B", "C", "N", "s1", "s2"):
            raise ValueError(f"{text!r} is no phase code")
        found.append(rest[:size])
        rest = rest[size:]
    return tuple(found)


def phase_code(phases: Sequence[str]) -> str:
    """Return the PhaseCode literal of single phases."""
    return "PhaseCode." + "".join(phases).replace("s1s2", "s12")


def base_voltage(document: Document, volts: float) -> str:
    """Return the id of the BaseVoltage of so many volts, made if it is new."""
    mrid = f"BV-{volts:.10g}"
    if mrid not in document.objects:
        document.add("BaseVoltage", mrid, mrid).say("BaseVoltage.nominalVoltage", volts, "base_voltage")
    return mrid


def each_terminal(value: bool | Sequence[bool | None] | None, count: int) -> list[bool | None]:
    """Return one value per terminal."""
    return [value] * count if value is None or isinstance(value, bool) else list(value)


def say_phases(whole: Document, one: Equipment, spelling: Spelling) -> None:
    """Write the phases of equipment, as objects or at its terminals."""
    made = one.made
    if made.cls not in PHASE_OBJECTS or spelling.phases == "terminal":
        for n in range(1, len(one.nodes) + 1):
            whole.objects[f"{made.mrid}.T{n}"].say("Terminal.phases", phase_code(one.phases), "enumeration")
        return
    cls, link = PHASE_OBJECTS[made.cls]
    holder = PHASE_PROPERTY.get(cls, cls)
    for phase in one.phases:
        part = whole.add(cls, f"{made.mrid}.{phase}", f"{made.name}_{phase}")
        part.say(f"{holder}.phase", f"SinglePhaseKind.{phase}", "enumeration")
        part.say(f"{holder}.{link}", made.mrid, "reference")
