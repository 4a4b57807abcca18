"""Identifiers, transcribed from DESIGN.md section 4, paragraph "DER"."""

from __future__ import annotations

import re
import uuid

BASE = "http://oracle.invalid/model"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_N = uuid.uuid5(uuid.NAMESPACE_OID, "topogroup")


def canonical(raw: str) -> str:
    """DESIGN: "Canonical id: of rdf:about/rdf:ID, without `_`, `#`, `urn:uuid:`, UUIDs lower case"."""
    text = raw.strip()
    if "#" in text:
        text = text.rsplit("#", 1)[1]
    elif text.startswith("http://oracle.invalid/"):
        text = text[len("http://oracle.invalid/") :]
    while True:
        shorter = text
        if shorter.lower().startswith("urn:uuid:"):
            shorter = shorter[len("urn:uuid:") :]
        shorter = shorter.lstrip("_")
        if shorter == text:
            break
        text = shorter
    return text.lower() if _UUID.fullmatch(text) else text


def derived(kind: str, key: str) -> str:
    """DESIGN: "Derived ids: uuid5(N, name) with N = uuid5(NAMESPACE_OID, "topogroup")"."""
    return str(uuid.uuid5(_N, f"{kind}:{key}"))
