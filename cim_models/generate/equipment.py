"""Lines and switches as CIM100 text, and what the other kinds of equipment share with them.

Each function adds one piece of equipment with its terminals, location and phase objects and gives its mrid.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from cim_models.generate.cim import CIM100, CimWriter, name_text
from cim_models.generate.frame import Voltage
from cim_models.generate.layout import Spot

_OHM_PER_KM: Final = 0.2
_REACTANCE_OHM_PER_KM: Final = 0.12


class Home(NamedTuple):
    """What equipment of one place has in common: the mrid of its container and its nominal voltage."""

    container: str
    voltage: Voltage


def opening(kind: str, mrid: str, name: str, home: Home, location: str) -> str:
    """Give the first lines of conducting equipment: class, name, container, voltage and location.

    Args:
        kind: CIM class.
        mrid: of the equipment.
        name: of the equipment.
        home: its container and voltage.
        location: mrid of its location.
    """
    return f"""<cim:{kind} rdf:about="urn:uuid:{mrid}">
{name_text(mrid, name)}  <cim:Equipment.EquipmentContainer rdf:resource="urn:uuid:{home.container}"/>
  <cim:ConductingEquipment.BaseVoltage rdf:resource="urn:uuid:{home.voltage.mrid}"/>
  <cim:PowerSystemResource.Location rdf:resource="urn:uuid:{location}"/>
"""


def phase_text(cim: CimWriter, kind: str, owner: str, mrid: str, phase: str, extra: str = "") -> str:
    """Give the phase object of one-phase equipment.

    Args:
        cim: the document.
        kind: CIM class of the equipment; that of the object is the same with "Phase" at its end.
        owner: name of the equipment.
        mrid: of the equipment.
        phase: its letter.
        extra: further properties, whole lines.
    """
    name = f"{owner}.{phase}"
    own = cim.ids(name)
    return f"""<cim:{kind}Phase rdf:about="urn:uuid:{own}">
{name_text(own, name)}  <cim:{kind}Phase.phase rdf:resource="{CIM100}SinglePhaseKind.{phase}"/>
  <cim:{kind}Phase.{kind} rdf:resource="urn:uuid:{mrid}"/>
{extra}</cim:{kind}Phase>
"""


def add_line(cim: CimWriter, name: str, home: Home, start: Spot, end: Spot) -> str:
    """Add a line segment with the phases of its far end."""
    mrid = cim.ids(name)
    location, places = cim.location(name, (start.place, end.place))
    length_km = start.place.distance_km(end.place)
    phases = end.phases
    cim.count("lines")
    text = f"""{opening("ACLineSegment", mrid, name, home, location)}\
  <cim:Conductor.length>{length_km * 1000:.1f}</cim:Conductor.length>
  <cim:ACLineSegment.r>{length_km * _OHM_PER_KM:.6f}</cim:ACLineSegment.r>
  <cim:ACLineSegment.x>{length_km * _REACTANCE_OHM_PER_KM:.6f}</cim:ACLineSegment.x>
</cim:ACLineSegment>
{cim.terminal(name, mrid, 1, start, phases)}{cim.terminal(name, mrid, 2, end, phases)}{places}"""
    if len(phases) == 1:
        text += phase_text(cim, "ACLineSegment", name, mrid, phases)
    cim.add(text)
    return mrid


def add_switch(
    cim: CimWriter, kind: str, name: str, home: Home, start: Spot, end: Spot, *, is_open: bool = False
) -> str:
    """Add a switch with the phases of its far end.

    Args:
        cim: the document.
        kind: CIM class, such as "Breaker".
        name: unique within the network.
        home: its container and voltage.
        start: the node of its first terminal.
        end: the node of its second terminal.
        is_open: whether it is open, normally and now.
    """
    mrid = cim.ids(name)
    location, places = cim.location(name, (end.place,))
    state = "true" if is_open else "false"
    phases = end.phases
    cim.count("switches")
    text = f"""{opening(kind, mrid, name, home, location)}\
  <cim:Switch.normalOpen>{state}</cim:Switch.normalOpen>
  <cim:Switch.open>{state}</cim:Switch.open>
</cim:{kind}>
{cim.terminal(name, mrid, 1, start, phases)}{cim.terminal(name, mrid, 2, end, phases)}{places}"""
    if len(phases) == 1:
        text += _switch_phase(cim, name, mrid, phases, is_open)
    cim.add(text)
    return mrid


def _switch_phase(cim: CimWriter, owner: str, mrid: str, phase: str, is_open: bool) -> str:
    name = f"{owner}.{phase}"
    own = cim.ids(name)
    return f"""<cim:SwitchPhase rdf:about="urn:uuid:{own}">
{name_text(own, name)}  <cim:SwitchPhase.Switch rdf:resource="urn:uuid:{mrid}"/>
  <cim:SwitchPhase.phaseSide1 rdf:resource="{CIM100}SinglePhaseKind.{phase}"/>
  <cim:SwitchPhase.phaseSide2 rdf:resource="{CIM100}SinglePhaseKind.{phase}"/>
  <cim:SwitchPhase.normalOpen>{"true" if is_open else "false"}</cim:SwitchPhase.normalOpen>
  <cim:SwitchPhase.closed>{"false" if is_open else "true"}</cim:SwitchPhase.closed>
</cim:SwitchPhase>
"""
