"""Busbars, grid sources and loads as CIM100 text: equipment that sits at one node."""

from __future__ import annotations

from cim_models.generate.cim import CimWriter
from cim_models.generate.equipment import Home, opening, phase_text
from cim_models.generate.layout import Spot


def add_busbar(cim: CimWriter, name: str, home: Home, spot: Spot) -> str:
    """Add a busbar section at a node."""
    mrid = cim.ids(name)
    location, places = cim.location(name, (spot.place,))
    cim.add(f"""{opening("BusbarSection", mrid, name, home, location)}</cim:BusbarSection>
{cim.terminal(name, mrid, 1, spot, spot.phases)}{places}""")
    return mrid


def add_source(cim: CimWriter, name: str, home: Home, spot: Spot) -> str:
    """Add a grid source at a node: the equivalent of the transmission grid."""
    mrid = cim.ids(name)
    location, places = cim.location(name, (spot.place,))
    volts = f"{home.voltage.volts:.15g}"
    cim.count("sources")
    cim.add(f"""{opening("EnergySource", mrid, name, home, location)}\
  <cim:EnergySource.nominalVoltage>{volts}</cim:EnergySource.nominalVoltage>
  <cim:EnergySource.voltageMagnitude>{volts}</cim:EnergySource.voltageMagnitude>
  <cim:EnergySource.voltageAngle>0</cim:EnergySource.voltageAngle>
  <cim:EnergySource.r>0.6</cim:EnergySource.r>
  <cim:EnergySource.x>6</cim:EnergySource.x>
</cim:EnergySource>
{cim.terminal(name, mrid, 1, spot, spot.phases)}{places}""")
    return mrid


def add_load(cim: CimWriter, name: str, home: Home, spot: Spot, location: str, power_w: int) -> str:
    """Add a load with the phases of its node.

    Args:
        cim: the document.
        name: unique within the network.
        home: its container and voltage.
        spot: the node.
        location: mrid of the place that it shares with its transformer.
        power_w: active power, W.
    """
    mrid = cim.ids(name)
    cim.count("loads")
    text = f"""{opening("EnergyConsumer", mrid, name, home, location)}\
  <cim:EnergyConsumer.p>{power_w}</cim:EnergyConsumer.p>
  <cim:EnergyConsumer.q>{power_w // 4}</cim:EnergyConsumer.q>
</cim:EnergyConsumer>
{cim.terminal(name, mrid, 1, spot, spot.phases)}"""
    if len(spot.phases) == 1:
        text += phase_text(cim, "EnergyConsumer", name, mrid, spot.phases)
    cim.add(text)
    return mrid
