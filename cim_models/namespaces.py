"""The XML namespaces of CIM files, in all spellings known, by table.

Classes and properties are known by their local name (`Terminal.ConnectivityNode`): CIM16, CIM17, CIM100 and CIM18
give one name one meaning. A namespace that is not in the table is still read, with its name kept whole, and so
never taken for CIM.
"""

from __future__ import annotations

from typing import Final

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML: Final = "http://www.w3.org/XML/1998/namespace"

CIM: Final[dict[str, str]] = {
    "http://iec.ch/TC57/2010/CIM-schema-cim15#": "CIM15",
    "http://iec.ch/TC57/2012/CIM-schema-cim16#": "CIM16",
    "http://iec.ch/TC57/2013/CIM-schema-cim16#": "CIM16",
    "http://iec.ch/TC57/2012/CIM-schema-cim17#": "CIM17",
    "http://iec.ch/TC57/2016/CIM-schema-cim17#": "CIM17",
    "http://iec.ch/TC57/CIM100#": "CIM100",
    "http://iec.ch/TC57/CIM101#": "CIM101",
    "http://ucaiug.org/61970cim18v02_61968cim14v00#": "CIM18",
    "http://ucaiug.org/ns/CIM#": "CIM18",
    "https://ucaiug.org/ns/CIM#": "CIM18",
    "http://cim.ucaiug.io/ns#": "CIM18",
    "https://cim.ucaiug.io/ns#": "CIM18",
}
"""Namespace → the CIM version that uses it."""

EXTENSIONS: Final[frozenset[str]] = frozenset(
    {
        "http://entsoe.eu/CIM/SchemaExtension/3/1#",
        "http://entsoe.eu/CIM/SchemaExtension/3/2#",
        "http://iec.ch/TC57/CIM100-European#",
        "https://cim.ucaiug.io/ns/eu#",
        "http://cim.ucaiug.io/ns/eu#",
        "https://cim4.eu/ns/nc#",
        "http://entsoe.eu/ns/nc#",
        "http://gridapps-d.org/CIM#",
        "http://ucaiug.org/GMDM#",
    }
)
"""Namespaces of extensions whose names never clash with those of CIM; they are read as CIM."""

MODEL_DESCRIPTION: Final[frozenset[str]] = frozenset(
    {
        "http://iec.ch/TC57/61970-552/ModelDescription/1#",
        "http://iec.ch/TC57/61970-552/ModelDescription#",
    }
)
"""Header of a model file (md:FullModel)."""

DIFFERENCE: Final[frozenset[str]] = frozenset(
    {
        "http://iec.ch/TC57/61970-552/DifferenceModel/1#",
        "http://iec.ch/2002/schema/CIM_difference_model#",
        "http://iec.ch/TC57/61970-552/DifferenceModel#",
    }
)
"""Difference models (dm:DifferenceModel)."""


DATASET: Final = "http://www.w3.org/ns/dcat#"
"""Header of a model file as newer profiles write it (dcat:Dataset)."""

DUBLIN_CORE: Final = "http://purl.org/dc/terms/"


def is_profile(tag: str) -> bool:
    """Tell whether a property of a header names a profile: md:Model.profile, dcterms:conformsTo."""
    return tag.endswith("}Model.profile") or tag == f"{{{DUBLIN_CORE}}}conformsTo"


def local_name(tag: str) -> str:
    """Return the name by which a class or property is known.

    Args:
        tag: `{namespace}name` as the XML parser gives it.

    Returns:
        The local name for CIM and its extensions, the whole tag for others.
    """
    if tag[:1] != "{":
        return tag
    end = tag.index("}")
    namespace = tag[1:end]
    if namespace in CIM or namespace in EXTENSIONS:
        return tag[end + 1 :]
    return tag
