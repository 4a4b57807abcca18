"""Distributed energy resources: inverters with their units, and rotating machines."""

from __future__ import annotations

import math
import random
from typing import Final, NamedTuple

from cim_models.generate.cim import CIM100, CimWriter, name_text
from cim_models.generate.equipment import Home, opening, phase_text
from cim_models.generate.layout import Spot


class _Design(NamedTuple):
    """A sort of DER: its kind, the classes of its units, and whether it is a rotating machine."""

    kind: str
    units: tuple[str, ...]
    rotating: bool = False


_PV: Final = _Design("pv", ("PhotovoltaicUnit",))
_BATTERY: Final = _Design("battery", ("BatteryUnit",))
_WIND: Final = _Design("wind", ("PowerElectronicsWindUnit",))
_HYBRID: Final = _Design("hybrid", ("PhotovoltaicUnit", "BatteryUnit"))
_HYBRID_WIND: Final = _Design("hybrid", ("PhotovoltaicUnit", "BatteryUnit", "PowerElectronicsWindUnit"))
_MACHINE: Final = _Design("machine", (), rotating=True)
_MACHINE_WITH_UNIT: Final = _Design("machine", ("GeneratingUnit",), rotating=True)
_WIND_MACHINE: Final = _Design("wind", ("WindGeneratingUnit",), rotating=True)

# How many of ten are of which sort: roofs, low-voltage networks of three phases, medium voltage.
_ONE_PHASE: Final = (_PV,) * 7 + (_BATTERY,) * 2 + (_HYBRID,)
_LOW_VOLTAGE: Final = (_PV,) * 4 + (_BATTERY, _BATTERY, _HYBRID, _WIND, _MACHINE, _MACHINE_WITH_UNIT)
_MEDIUM_VOLTAGE: Final = (
    (_PV,) * 3 + (_WIND,) * 2 + (_BATTERY, _HYBRID_WIND, _MACHINE, _MACHINE_WITH_UNIT, _WIND_MACHINE)
)
_STEPS_VA: Final = {"one": 1_000, "low": 10_000, "medium": 250_000}


class Der(NamedTuple):
    """A DER that was written."""

    mrid: str
    name: str
    kind: str
    phases: str


def add_der(cim: CimWriter, name: str, home: Home, spot: Spot, phases: str, rng: random.Random) -> Der:
    """Add a DER of random kind and size, as fits its voltage and phases.

    Args:
        cim: the document.
        name: unique within the network.
        home: its container and voltage.
        spot: its node.
        phases: letters of its phases, a part of those of the node.
        rng: where chance comes from.

    Returns:
        What the truth file needs to know.
    """
    if len(phases) == 1:
        designs, size = _ONE_PHASE, "one"
    elif home.voltage.volts < 1000:
        designs, size = _LOW_VOLTAGE, "low"
    else:
        designs, size = _MEDIUM_VOLTAGE, "medium"
    design = designs[int(rng.random() * len(designs))]
    rated_va = _STEPS_VA[size] * (3 + int(rng.random() * 8))
    mrid = cim.ids(name)
    location, places = cim.location(
        name, (spot.place.towards(rng.random() * math.tau, 0.02 + 0.03 * rng.random()),)
    )
    head = opening(
        "SynchronousMachine" if design.rotating else "PowerElectronicsConnection", mrid, name, home, location
    )
    body = _machine_text if design.rotating else _inverter_text
    cim.count("ders")
    cim.add(
        f"{head}{body(cim, name, mrid, home, design, phases, rated_va)}"
        f"{cim.terminal(name, mrid, 1, spot, phases)}{places}"
    )
    return Der(mrid, name, design.kind, phases)


def _inverter_text(
    cim: CimWriter, name: str, mrid: str, home: Home, design: _Design, phases: str, rated_va: int
) -> str:
    rated_v = home.voltage.volts if len(phases) > 1 else home.voltage.volts / 3**0.5
    reactive_var = rated_va * 2 // 5
    # Generation is negative: CIM counts power that leaves the node as positive.
    text = f"""  <cim:PowerElectronicsConnection.ratedS>{rated_va}</cim:PowerElectronicsConnection.ratedS>
  <cim:PowerElectronicsConnection.ratedU>{rated_v:.10g}</cim:PowerElectronicsConnection.ratedU>
  <cim:PowerElectronicsConnection.maxQ>{reactive_var}</cim:PowerElectronicsConnection.maxQ>
  <cim:PowerElectronicsConnection.minQ>-{reactive_var}</cim:PowerElectronicsConnection.minQ>
  <cim:PowerElectronicsConnection.p>-{rated_va // 2}</cim:PowerElectronicsConnection.p>
  <cim:PowerElectronicsConnection.q>0</cim:PowerElectronicsConnection.q>
</cim:PowerElectronicsConnection>
"""
    for number, kind in enumerate(design.units, 1):
        text += _unit_text(cim, f"{name}.U{number}", mrid, kind, rated_va)
    if len(phases) == 1:
        power = f"""\
  <cim:PowerElectronicsConnectionPhase.p>-{rated_va // 2}</cim:PowerElectronicsConnectionPhase.p>
  <cim:PowerElectronicsConnectionPhase.q>0</cim:PowerElectronicsConnectionPhase.q>
"""
        text += phase_text(cim, "PowerElectronicsConnection", name, mrid, phases, power)
    return text


def _unit_text(cim: CimWriter, name: str, inverter: str, kind: str, rated_va: int) -> str:
    own = cim.ids(name)
    least_w = 0
    energy = ""
    if kind == "BatteryUnit":
        least_w = -rated_va
        energy = f"""  <cim:BatteryUnit.ratedE>{rated_va * 2}</cim:BatteryUnit.ratedE>
  <cim:BatteryUnit.storedE>{rated_va}</cim:BatteryUnit.storedE>
"""
    return f"""<cim:{kind} rdf:about="urn:uuid:{own}">
{name_text(own, name)}\
  <cim:PowerElectronicsUnit.PowerElectronicsConnection rdf:resource="urn:uuid:{inverter}"/>
  <cim:PowerElectronicsUnit.maxP>{rated_va}</cim:PowerElectronicsUnit.maxP>
  <cim:PowerElectronicsUnit.minP>{least_w}</cim:PowerElectronicsUnit.minP>
{energy}</cim:{kind}>
"""


def _machine_text(
    cim: CimWriter, name: str, mrid: str, home: Home, design: _Design, phases: str, rated_va: int
) -> str:
    unit_name = f"{name}.U1"
    unit = cim.ids(unit_name)
    link = ""
    if design.units:
        link = f'  <cim:RotatingMachine.GeneratingUnit rdf:resource="urn:uuid:{unit}"/>\n'
    text = f"""  <cim:RotatingMachine.ratedS>{rated_va}</cim:RotatingMachine.ratedS>
  <cim:RotatingMachine.ratedU>{home.voltage.volts:.15g}</cim:RotatingMachine.ratedU>
  <cim:RotatingMachine.p>-{rated_va // 2}</cim:RotatingMachine.p>
  <cim:RotatingMachine.q>0</cim:RotatingMachine.q>
{link}  <cim:SynchronousMachine.type rdf:resource="{CIM100}SynchronousMachineKind.generator"/>
</cim:SynchronousMachine>
"""
    for kind in design.units:
        text += f"""<cim:{kind} rdf:about="urn:uuid:{unit}">
{name_text(unit, unit_name)}  <cim:Equipment.EquipmentContainer rdf:resource="urn:uuid:{home.container}"/>
  <cim:GeneratingUnit.maxOperatingP>{rated_va}</cim:GeneratingUnit.maxOperatingP>
  <cim:GeneratingUnit.minOperatingP>{rated_va // 5}</cim:GeneratingUnit.minOperatingP>
  <cim:GeneratingUnit.nominalP>{rated_va * 9 // 10}</cim:GeneratingUnit.nominalP>
</cim:{kind}>
"""
    return text
