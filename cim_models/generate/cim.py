"""CIM100 RDF/XML as text: the document, its containers and nodes, and what all equipment has in common.

Text is made with f-strings and leaves in large pieces: an XML library costs ten times the time, and the names
written here (letters, digits, hyphens, dots) need no escaping.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from cim_models.generate.ids import Identifiers
from cim_models.generate.layout import Place, Spot

CIM100: Final = "http://iec.ch/TC57/CIM100#"
_HEADER: Final = f"""<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:cim="{CIM100}" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
"""
_FOOTER: Final = "</rdf:RDF>\n"
# Half a megabyte of text: large enough that writing costs nothing, small enough that memory stays flat.
_PIECES_MAX: Final = 250


def name_text(mrid: str, name: str) -> str:
    """Give the two properties of everything that has a name."""
    return f"""  <cim:IdentifiedObject.mRID>{mrid}</cim:IdentifiedObject.mRID>
  <cim:IdentifiedObject.name>{name}</cim:IdentifiedObject.name>
"""


def phases_text(phases: str) -> str:
    """Give `Terminal.phases`, which is left out where all phases are meant."""
    if phases == "ABC":
        return ""
    return f'  <cim:Terminal.phases rdf:resource="{CIM100}PhaseCode.{phases}"/>\n'


class CimWriter:
    """The document being written.

    Args:
        stream: where the bytes go.
        ids: names to identifiers.
        comment: how the file was made, for its first lines.
    """

    def __init__(self, stream: io.BufferedIOBase, ids: Identifiers, comment: str) -> None:
        """Write the beginning of the document."""
        self.ids: Final = ids
        self.counts: Final[dict[str, int]] = {}
        self._stream = stream
        self._coordinate_system = ids("coordinate system")
        self._pieces = [_HEADER, f"<!-- {comment} -->\n"]
        self._bytes = 0

    def add(self, text: str) -> None:
        """Add finished elements."""
        self._pieces.append(text)
        if len(self._pieces) > _PIECES_MAX:
            self.flush()

    def count(self, sort: str) -> None:
        """Count one object of a sort."""
        self.counts[sort] = self.counts.get(sort, 0) + 1

    def flush(self) -> None:
        """Hand what was added to the stream."""
        data = "".join(self._pieces).encode()
        self._pieces.clear()
        self._bytes += len(data)
        self._stream.write(data)

    def close(self) -> None:
        """Write the end of the document; the counts are complete now."""
        self._pieces.append(_FOOTER)
        self.flush()
        self.counts["bytes"] = self._bytes

    def plain(self, kind: str, name: str, references: Sequence[tuple[str, str]] = ()) -> str:
        """Add an object that has a name and references only.

        Args:
            kind: CIM class.
            name: unique within the network.
            references: property and mrid.

        Returns:
            The mrid.
        """
        mrid = self.ids(name)
        links = "".join(
            f'  <cim:{reference} rdf:resource="urn:uuid:{target}"/>\n' for reference, target in references
        )
        self.add(
            f"""<cim:{kind} rdf:about="urn:uuid:{mrid}">\n{name_text(mrid, name)}{links}</cim:{kind}>\n"""
        )
        return mrid

    def node(self, name: str, container: str, place: Place, phases: str = "ABC") -> Spot:
        """Add a connectivity node.

        Args:
            name: unique within the network.
            container: mrid of the Feeder or VoltageLevel.
            place: where it lies.
            phases: letters of the phases that it has.

        Returns:
            The node with its place.
        """
        mrid = self.ids(name)
        self.count("nodes")
        self.add(f"""<cim:ConnectivityNode rdf:about="urn:uuid:{mrid}">
{name_text(mrid, name)}  <cim:ConnectivityNode.ConnectivityNodeContainer rdf:resource="urn:uuid:{container}"/>
</cim:ConnectivityNode>
""")
        return Spot(mrid, place, phases)

    def terminal(self, owner: str, mrid: str, number: int, spot: Spot, phases: str) -> str:
        """Give a terminal as text.

        Args:
            owner: name of the equipment.
            mrid: of the equipment.
            number: of the terminal, from 1.
            spot: the node.
            phases: letters of its phases.

        Returns:
            The element; its mrid is that of the name `<owner>.T<number>`.
        """
        name = f"{owner}.T{number}"
        own = self.ids(name)
        return f"""<cim:Terminal rdf:about="urn:uuid:{own}">
{name_text(own, name)}  <cim:Terminal.ConductingEquipment rdf:resource="urn:uuid:{mrid}"/>
  <cim:ACDCTerminal.sequenceNumber>{number}</cim:ACDCTerminal.sequenceNumber>
  <cim:Terminal.ConnectivityNode rdf:resource="urn:uuid:{spot.node}"/>
{phases_text(phases)}</cim:Terminal>
"""

    def location(self, owner: str, places: Sequence[Place]) -> tuple[str, str]:
        """Give a location with its points.

        Args:
            owner: name of the equipment.
            places: the points, in order.

        Returns:
            The mrid of the location, and the elements as text.
        """
        name = f"{owner}.L"
        mrid = self.ids(name)
        text = f"""<cim:Location rdf:about="urn:uuid:{mrid}">
  <cim:Location.CoordinateSystem rdf:resource="urn:uuid:{self._coordinate_system}"/>
</cim:Location>
"""
        for number, place in enumerate(places, 1):
            longitude, latitude = place.degrees()
            text += f"""<cim:PositionPoint rdf:about="urn:uuid:{self.ids(f"{name}{number}")}">
  <cim:PositionPoint.Location rdf:resource="urn:uuid:{mrid}"/>
  <cim:PositionPoint.sequenceNumber>{number}</cim:PositionPoint.sequenceNumber>
  <cim:PositionPoint.xPosition>{longitude}</cim:PositionPoint.xPosition>
  <cim:PositionPoint.yPosition>{latitude}</cim:PositionPoint.yPosition>
</cim:PositionPoint>
"""
        return mrid, text
