"""The ways in which CIM files spell one and the same model.

A spelling changes bytes and never the meaning: identifiers as rdf:about or rdf:ID, UUIDs in upper or lower
case, namespace and prefixes, the direction of links that CIM lets be written from both sides, the order.
"""

from __future__ import annotations

import re
import uuid
import zlib
from dataclasses import dataclass
from typing import Final, Literal

IDS: Final = uuid.uuid5(uuid.NAMESPACE_OID, "topogroup.testing")
"""Namespace of the UUIDs that stand for readable ids when a spelling asks for UUIDs."""

NAMESPACES: Final[dict[str, str]] = {
    "cim16": "http://iec.ch/TC57/2013/CIM-schema-cim16#",
    "cim17": "http://iec.ch/TC57/2016/CIM-schema-cim17#",
    "cim100": "http://iec.ch/TC57/CIM100#",
    "cim18": "http://ucaiug.org/61970cim18v02_61968cim14v00#",
}
"""Short name → CIM namespace."""

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
EUROPEAN: Final = "http://iec.ch/TC57/CIM100-European#"
"""Namespace of the extension that holds BoundaryPoint."""

_ID_LIKE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_NOT_ID_LIKE: Final = re.compile(r"[^A-Za-z0-9.-]+")


def id_of(name: str) -> str:
    """Return the mRID that the builder gives to an object of this name.

    Args:
        name: any text.

    Returns:
        The name itself where it is made of letters, digits, `-` and `.`; else a readable form with a
        checksum.

    Raises:
        ValueError: the name is empty.

    >>> id_of("F1-CB")
    'F1-CB'
    >>> id_of("Feeder 1")
    'Feeder-1.f802a7b2'
    """
    if not name:
        raise ValueError("an object needs a name")
    if _ID_LIKE.fullmatch(name):
        return name
    readable = _NOT_ID_LIKE.sub("-", name).strip("-.")
    return f"{readable or 'x'}.{zlib.crc32(name.encode()):08x}"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How `NetworkBuilder.to_xml` writes a model; no field changes what the model means.

    Attributes:
        ids: `about` writes rdf:about="urn:uuid:X", `rdf_id` rdf:ID="_X" with references "#_X".
        uuids: None keeps the readable ids, `upper` and `lower` put a UUID made of the name in their place.
        mrids: whether IdentifiedObject.mRID is written beside the RDF id.
        namespace: a key of `NAMESPACES` or a whole namespace.
        prefixes: XML prefixes for that namespace, taken in turn.
        true: the word for true; false has the same case.
        nodes: ConnectivityNode or, as in bus-branch models, TopologicalNode.
        unit_links: the side that writes the link of a PowerElectronicsUnit.
        pv_class: class of a photovoltaic unit.
        phases: `objects` writes …Phase objects, `terminal` writes Terminal.phases where that says the same.
        base_voltage_unit: unit of BaseVoltage.nominalVoltage.
        rated_unit: unit of ratedU and EnergySource.nominalVoltage.
        seed: None keeps the order in which things were built, a number shuffles the file.
    """

    ids: Literal["about", "rdf_id"] = "about"
    uuids: Literal["upper", "lower"] | None = None
    mrids: bool = True
    namespace: str = "cim100"
    prefixes: tuple[str, ...] = ("cim",)
    true: Literal["true", "True"] = "true"
    nodes: Literal["ConnectivityNode", "TopologicalNode"] = "ConnectivityNode"
    unit_links: Literal["connection", "unit"] = "connection"
    pv_class: Literal["PhotovoltaicUnit", "PhotoVoltaicUnit"] = "PhotovoltaicUnit"
    phases: Literal["objects", "terminal"] = "objects"
    base_voltage_unit: Literal["V", "kV"] = "V"
    rated_unit: Literal["V", "kV"] = "V"
    seed: int | None = None

    def uri(self) -> str:
        """Return the CIM namespace in full."""
        return NAMESPACES.get(self.namespace, self.namespace)

    def mrid(self, readable: str) -> str:
        """Return the id as this spelling writes it, without prefixes.

        Args:
            readable: an id that `id_of` made.
        """
        if self.uuids is None:
            return readable
        text = str(uuid.uuid5(IDS, readable))
        return text.upper() if self.uuids == "upper" else text

    def canonical(self, readable: str) -> str:
        """Return the canonical id: UUIDs in lower case.

        Args:
            readable: an id that `id_of` made.
        """
        text = self.mrid(readable)
        return text.lower() if self.uuids or _is_uuid(text) else text

    def subject(self, readable: str) -> str:
        """Return the identifying attribute of an element."""
        name, value = ("rdf:ID", "_") if self.ids == "rdf_id" else ("rdf:about", "urn:uuid:")
        return f'{name}="{value}{self.mrid(readable)}"'

    def resource(self, readable: str) -> str:
        """Return the value of an rdf:resource that refers to an object."""
        return ("#_" if self.ids == "rdf_id" else "urn:uuid:") + self.mrid(readable)

    def boolean(self, value: bool) -> str:
        """Return the word for a truth value."""
        word = "true" if value else "false"
        return word.capitalize() if self.true == "True" else word


def _is_uuid(text: str) -> bool:
    """Tell whether a text has the form of a UUID."""
    try:
        return len(text) == 36 and bool(uuid.UUID(text))
    except ValueError:
        return False
