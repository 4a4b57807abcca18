"""Which CIM class plays which role: one small table, the only place where class names decide anything.

Equipment of a class that is not here is a switch if it has a switch state; else it joins its terminals, as
conducting equipment does. A finding names the class.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Role(IntEnum):
    """What an object of a class is in the network."""

    OTHER = 0
    LINE = 2
    """A branch that can leave a busbar zone."""
    SERIES = 3
    """A branch that belongs to the busbar zone it starts in."""
    SWITCH = 4
    CUT = 5
    """A switch in the middle of a line."""
    CLAMP = 6
    TRANSFORMER = 7
    BUSBAR = 8
    LOAD = 9
    SHUNT = 10
    """Carries no supply any further: capacitor, reactor, other one-terminal equipment."""
    INJECTION = 11
    """Network injection: always a grid source."""
    ENERGY_SOURCE = 12
    EQUIVALENT_INJECTION = 13
    SYNCHRONOUS_MACHINE = 14
    ASYNCHRONOUS_MACHINE = 15
    CONNECTION = 16
    """Power electronics connection."""
    GROUND = 17
    """No path, whatever its terminals say."""


ROLES: Final[dict[str, Role]] = {
    "ACLineSegment": Role.LINE,
    "DCLineSegment": Role.OTHER,
    "EquivalentBranch": Role.LINE,
    "SeriesCompensator": Role.SERIES,
    "Conductor": Role.LINE,
    "Breaker": Role.SWITCH,
    "DisconnectingCircuitBreaker": Role.SWITCH,
    "LoadBreakSwitch": Role.SWITCH,
    "Disconnector": Role.SWITCH,
    "Fuse": Role.SWITCH,
    "Recloser": Role.SWITCH,
    "Sectionaliser": Role.SWITCH,
    "Jumper": Role.SWITCH,
    "ProtectedSwitch": Role.SWITCH,
    "Switch": Role.SWITCH,
    "Cut": Role.CUT,
    "Clamp": Role.CLAMP,
    "GroundDisconnector": Role.GROUND,
    "GroundSwitch": Role.GROUND,
    "Ground": Role.GROUND,
    "GroundingImpedance": Role.GROUND,
    "PetersenCoil": Role.GROUND,
    "PowerTransformer": Role.TRANSFORMER,
    "BusbarSection": Role.BUSBAR,
    "Junction": Role.BUSBAR,
    "Connector": Role.BUSBAR,
    "EnergyConsumer": Role.LOAD,
    "ConformLoad": Role.LOAD,
    "NonConformLoad": Role.LOAD,
    "StationSupply": Role.LOAD,
    "LinearShuntCompensator": Role.SHUNT,
    "NonlinearShuntCompensator": Role.SHUNT,
    "ShuntCompensator": Role.SHUNT,
    "StaticVarCompensator": Role.SHUNT,
    "FrequencyConverter": Role.SHUNT,
    "FaultIndicator": Role.SHUNT,
    "PotentialTransformer": Role.SHUNT,
    "SurgeArrester": Role.SHUNT,
    "ExternalNetworkInjection": Role.INJECTION,
    "EnergySource": Role.ENERGY_SOURCE,
    "EquivalentInjection": Role.EQUIVALENT_INJECTION,
    "SynchronousMachine": Role.SYNCHRONOUS_MACHINE,
    "AsynchronousMachine": Role.ASYNCHRONOUS_MACHINE,
    "PowerElectronicsConnection": Role.CONNECTION,
}
"""Class of conducting equipment → role. CIM18 classes keep these names."""

CLASSES: Final[tuple[str, ...]] = ("", *sorted(ROLES))
"""Classes by code; code 0 is equipment of a class not in the table."""

CLASS_CODE: Final[dict[str, int]] = {name: code for code, name in enumerate(CLASSES)}

GENERIC_CLASSES: Final[frozenset[str]] = frozenset(
    {"Equipment", "ConductingEquipment", "IdentifiedObject", "PowerSystemResource", "EnergyConnection"}
    | {"RegulatingCondEq", "Connector", "ProtectedSwitch", "Switch", "Conductor", "ShuntCompensator", "EnergyConsumer"}
)
"""Classes that an SSH file may give to an object whose real class stands elsewhere; a narrower one wins."""

HEAD_RANK: Final[dict[str, int]] = {
    "Breaker": 0,
    "DisconnectingCircuitBreaker": 0,
    "Recloser": 1,
    "LoadBreakSwitch": 2,
    "Fuse": 3,
    "Disconnector": 4,
}
"""Which switch of a run becomes the feeder's head: lowest first, others last (DESIGN section 4, feeder heads)."""

HEAD_RANK_OTHER: Final = 5

UNIT_KINDS: Final[dict[str, str]] = {
    "PhotovoltaicUnit": "pv",
    "PhotoVoltaicUnit": "pv",
    "BatteryUnit": "battery",
    "PowerElectronicsWindUnit": "wind",
    "PowerElectronicsUnit": "other",
    "SolarGeneratingUnit": "pv",
    "SolarPowerPlant": "pv",
    "WindGeneratingUnit": "wind",
    "HydroGeneratingUnit": "machine",
    "ThermalGeneratingUnit": "machine",
    "NuclearGeneratingUnit": "machine",
    "GeneratingUnit": "machine",
}
"""Class of a unit → the kind it gives its DER."""

KINDS: Final[tuple[str, ...]] = ("pv", "battery", "wind", "machine", "other", "hybrid")
"""Kinds of DER by code."""

CONTAINERS: Final[frozenset[str]] = frozenset(
    {"Substation", "VoltageLevel", "Bay", "Feeder", "Line", "Plant", "DCConverterUnit", "EquipmentContainer"}
)

SWITCHING_ROLES: Final[frozenset[Role]] = frozenset({Role.SWITCH, Role.CUT})
