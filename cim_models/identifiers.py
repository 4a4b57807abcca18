"""Identifiers: one canonical spelling for the many that CIM files use.

The canonical id is that of rdf:about or rdf:ID without `urn:uuid:`, `#` and `_`, UUIDs in lower case
(reference: IEC 61970-552; files write `urn:uuid:_276809df-…`, `#_276809DF-…` and `276809DF-…` for one object).
"""

from __future__ import annotations

import re
import uuid
from typing import Final

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_OID, "topogroup")
"""Namespace of every id that topogroup derives."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_PLAIN: Final = re.compile(rf"#?_?({_UUID.pattern})")
"""How nearly all ids are spelled, by the million."""


def canonical(spelling: str) -> str:
    """Return the canonical id of any spelling of it.

    Args:
        spelling: value of rdf:about, rdf:ID, rdf:resource or IdentifiedObject.mRID, or what a user typed.

    Returns:
        The id without prefixes; lower case where it is a UUID.

    >>> canonical("urn:uuid:_276809DF-6493-4DAE-A7BB-AD78A5F0DA95")
    '276809df-6493-4dae-a7bb-ad78a5f0da95'
    >>> canonical("#_FUS0001")
    'FUS0001'
    """
    plain = _PLAIN.fullmatch(spelling)
    if plain is not None:
        return plain[1].lower()
    text = spelling.strip()
    if "#" in text:
        text = text[text.rindex("#") + 1 :]
    if text[:9].lower() == "urn:uuid:":
        text = text[9:]
    text = text.lstrip("_")
    if len(text) == 36 and _UUID.fullmatch(text):
        return text.lower()
    return text


def derived(name: str) -> str:
    """Return the id of something that topogroup derives, the same on every machine.

    Args:
        name: what it is and of what, such as `feeder:<head equipment>`.

    Returns:
        A UUID in lower case.
    """
    return str(uuid.uuid5(NAMESPACE, name))
