"""Terms: the IRIs under which objects, classes and properties stand in the store, and the way back.

An object whose canonical id is a UUID is `urn:uuid:<id>`, any other `urn:topogroup:id:<id, percent-encoded>`; names of
CIM stand in the namespace of CIM100, whatever version the files use, because one name has one meaning in all of them.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from cim_models.namespaces import CIM, EXTENSIONS

CIM100: Final = "http://iec.ch/TC57/CIM100#"
RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
UUID_BASE: Final = "urn:uuid:"
ID_BASE: Final = "urn:topogroup:id:"

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~-]*")
_PATH: Final = r"(?:[A-Za-z0-9._~/:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
_ABSOLUTE: Final = re.compile(
    rf"(?:https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/{_PATH}*)?|urn:[A-Za-z0-9][A-Za-z0-9-]+:{_PATH}+)(?:#{_PATH}*)?"
)


def object_iri(identity: str) -> str:
    """Return the IRI of an object.

    Args:
        identity: its canonical id, any text.

    >>> object_iri("276809df-6493-4dae-a7bb-ad78a5f0da95")
    'urn:uuid:276809df-6493-4dae-a7bb-ad78a5f0da95'
    >>> object_iri("feeder <1>")
    'urn:topogroup:id:feeder%20%3C1%3E'
    """
    if _UUID.fullmatch(identity):
        return UUID_BASE + identity
    return ID_BASE + (identity if _PLAIN.fullmatch(identity) else quote(identity, safe=""))


def name_iri(name: str) -> str:
    """Return the IRI of a class or property.

    Args:
        name: as `namespaces.local_name` gives it: the local name, `{namespace}name` outside CIM, or a whole IRI. What
            is no IRI that every store takes is percent-encoded like an id.

    >>> name_iri("Terminal.ConnectivityNode")
    'http://iec.ch/TC57/CIM100#Terminal.ConnectivityNode'
    >>> name_iri("{http://xmlns.com/foaf/0.1/}knows")
    'http://xmlns.com/foaf/0.1/knows'
    """
    if name.startswith("{"):
        whole = name[1:].replace("}", "", 1)
    elif ":" in name:
        whole = name
    else:
        return CIM100 + (name if _PLAIN.fullmatch(name) else quote(name, safe=""))
    encoded = quote(whole, safe="%:/?#[]@!$&'()*+,;=")
    return encoded if _ABSOLUTE.fullmatch(encoded) else ID_BASE + quote(whole, safe="")


def enumeration_value(spelling: str, identity: str) -> str | None:
    """Return the IRI of a value of an enumeration of CIM, such as `PhaseCode.AB`; None for any other object.

    Args:
        spelling: the object as the files write it.
        identity: its canonical id.
    """
    namespace, _, local = spelling.rpartition("#")
    if local != identity or "." not in local:
        return None
    return name_iri(local) if f"{namespace}#" in CIM or f"{namespace}#" in EXTENSIONS else None


def id_of(iri: str) -> str:
    """Return what an IRI of the store is called outside it: a canonical id, a name of CIM, or the IRI itself.

    >>> id_of("urn:topogroup:id:feeder%20%3C1%3E")
    'feeder <1>'
    """
    if iri == RDF_TYPE:
        return "rdf:type"
    if iri.startswith(UUID_BASE):
        return iri[len(UUID_BASE) :]
    for base in (ID_BASE, CIM100):
        if iri.startswith(base):
            return unquote(iri[len(base) :])
    return iri
