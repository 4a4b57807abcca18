"""What a network has once: region, nominal voltages, coordinate system."""

from __future__ import annotations

from typing import Final, NamedTuple

from cim_models.generate.cim import CimWriter, name_text
from cim_models.generate.spec import NetworkSpec

_EPSG_4326: Final = "urn:ogc:def:crs:EPSG::4326"


class Voltage(NamedTuple):
    """A nominal voltage: the mrid of its BaseVoltage, its name and its volts."""

    mrid: str
    name: str
    volts: float


class Frame(NamedTuple):
    """The objects that all others refer to."""

    region: str
    high: Voltage
    medium: Voltage
    low: Voltage


def write_frame(cim: CimWriter, spec: NetworkSpec) -> Frame:
    """Write what the network has once.

    Args:
        cim: the document.
        spec: the numbers of the network.

    Returns:
        The references that the rest of the network needs.
    """
    mrid = cim.ids("coordinate system")
    names = name_text(mrid, "longitude and latitude")
    cim.add(f"""<cim:CoordinateSystem rdf:about="urn:uuid:{mrid}">
{names}  <cim:CoordinateSystem.crsUrn>{_EPSG_4326}</cim:CoordinateSystem.crsUrn>
</cim:CoordinateSystem>
""")
    country = cim.plain("GeographicalRegion", "Synthetic")
    region = cim.plain(
        "SubGeographicalRegion", f"Synthetic-{spec.seed}", [("SubGeographicalRegion.Region", country)]
    )
    return Frame(
        region,
        _voltage(cim, spec.high_voltage_v),
        _voltage(cim, spec.medium_voltage_v),
        _voltage(cim, spec.low_voltage_v),
    )


def _voltage(cim: CimWriter, volts: float) -> Voltage:
    name = f"{volts / 1000:g}kV"
    mrid = cim.ids(name)
    cim.add(f"""<cim:BaseVoltage rdf:about="urn:uuid:{mrid}">
{name_text(mrid, name)}  <cim:BaseVoltage.nominalVoltage>{volts:.15g}</cim:BaseVoltage.nominalVoltage>
</cim:BaseVoltage>
""")
    return Voltage(mrid, name, volts)
