"""Power transformers with two or more windings as CIM100 text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cim_models.generate.cim import CIM100, CimWriter, name_text
from cim_models.generate.frame import Voltage
from cim_models.generate.layout import Spot


class Winding(NamedTuple):
    """One side of a transformer: its node, nominal voltage and connection (CIM WindingConnection)."""

    spot: Spot
    voltage: Voltage
    connection: str


def add_transformer(
    cim: CimWriter, name: str, container: str, windings: Sequence[Winding], rated_va: float
) -> str:
    """Add a power transformer with the phases of its last winding.

    Args:
        cim: the document.
        name: unique within the network.
        container: mrid of the Substation or Feeder.
        windings: from the highest voltage to the lowest.
        rated_va: rated apparent power, VA.
    """
    mrid = cim.ids(name)
    last = windings[-1].spot
    location, places = cim.location(name, (last.place,))
    text = f"""<cim:PowerTransformer rdf:about="urn:uuid:{mrid}">
{name_text(mrid, name)}  <cim:Equipment.EquipmentContainer rdf:resource="urn:uuid:{container}"/>
  <cim:PowerSystemResource.Location rdf:resource="urn:uuid:{location}"/>
</cim:PowerTransformer>
"""
    for number, winding in enumerate(windings, 1):
        text += _winding_text(cim, name, mrid, number, winding, last.phases, rated_va)
        text += cim.terminal(name, mrid, number, winding.spot, last.phases)
    cim.add(text + places)
    return mrid


def _winding_text(
    cim: CimWriter, owner: str, mrid: str, number: int, winding: Winding, phases: str, rated_va: float
) -> str:
    name = f"{owner}.W{number}"
    own = cim.ids(name)
    # A winding between one phase and earth sees the phase voltage.
    rated_v = winding.voltage.volts if len(phases) > 1 else winding.voltage.volts / 3**0.5
    grounded = "false" if winding.connection == "D" else "true"
    return f"""<cim:PowerTransformerEnd rdf:about="urn:uuid:{own}">
{name_text(own, name)}  <cim:PowerTransformerEnd.PowerTransformer rdf:resource="urn:uuid:{mrid}"/>
  <cim:PowerTransformerEnd.ratedS>{rated_va:.15g}</cim:PowerTransformerEnd.ratedS>
  <cim:PowerTransformerEnd.ratedU>{rated_v:.10g}</cim:PowerTransformerEnd.ratedU>
  <cim:PowerTransformerEnd.connectionKind rdf:resource="{CIM100}WindingConnection.{winding.connection}"/>
  <cim:TransformerEnd.endNumber>{number}</cim:TransformerEnd.endNumber>
  <cim:TransformerEnd.grounded>{grounded}</cim:TransformerEnd.grounded>
  <cim:TransformerEnd.Terminal rdf:resource="urn:uuid:{cim.ids(f"{owner}.T{number}")}"/>
  <cim:TransformerEnd.BaseVoltage rdf:resource="urn:uuid:{winding.voltage.mrid}"/>
</cim:PowerTransformerEnd>
"""
