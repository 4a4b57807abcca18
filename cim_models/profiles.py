"""Profiles: what part of a model a file holds, by the URIs in its header and never by the name of the file.

CGMES 2.4.15 writes `http://entsoe.eu/CIM/SteadyStateHypothesis/1/1`, CGMES 3.0
`http://iec.ch/TC57/ns/CIM/SteadyStateHypothesis-EU/3.0`, newer ones `https://ap.cim4.eu/SteadyStateHypothesis/3.0`: the
word is the same, what stands around it is not (source: IEC 61970-600-1 and -2, IEC 61970-552 5.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

KINDS: Final[dict[str, str]] = {
    "equipmentcore": "EQ",
    "coreequipment": "EQ",
    "equipment": "EQ",
    "equipmentoperation": "EQ",
    "operation": "EQ",
    "equipmentshortcircuit": "EQ",
    "shortcircuit": "EQ",
    "equipmentreliability": "EQ",
    "equipmentboundary": "EQBD",
    "equipmentboundaryoperation": "EQBD",
    "boundaryequipment": "EQBD",
    "topologyboundary": "TPBD",
    "steadystatehypothesis": "SSH",
    "topology": "TP",
    "statevariables": "SV",
    "diagramlayout": "DL",
    "geographicallocation": "GL",
    "dynamics": "DY",
}
"""Word of a profile URI in lower case → the abbreviation that engineers use."""

STATE_KINDS: Final = frozenset({"SSH", "SV"})
"""Profiles that hold what changes while the network is operated."""

_WORD: Final = re.compile(r"[A-Za-z]+")


def kind_of(uri: str) -> str | None:
    """Return the abbreviation of a profile.

    Args:
        uri: value of `Model.profile` or `dcterms:conformsTo`.

    Returns:
        EQ, EQBD, SSH, TP, TPBD, SV, DL, GL or DY; None for any other.

    >>> kind_of("http://entsoe.eu/CIM/EquipmentBoundary/3/1")
    'EQBD'
    >>> kind_of("http://iec.ch/TC57/ns/CIM/StateVariables-EU/3.0")
    'SV'
    """
    for part in reversed(uri.strip().split("/")):
        word = _WORD.match(part)
        if word is not None and (kind := KINDS.get(word.group().lower())) is not None:
            return kind
    return None


def kinds_of(uris: Iterable[str]) -> frozenset[str]:
    """Return the abbreviations of all known profiles among some URIs."""
    return frozenset(kind for kind in map(kind_of, uris) if kind is not None)


def is_state(uris: Iterable[str]) -> bool:
    """Tell whether a file holds operating states and nothing else, by its profiles."""
    kinds = kinds_of(uris)
    return bool(kinds) and kinds <= STATE_KINDS
