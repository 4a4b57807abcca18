"""Names that a document writes, as the classes and properties they are."""

from __future__ import annotations

import re
from typing import Final

from cim_models.namespaces import CIM, DATASET, DIFFERENCE, MODEL_DESCRIPTION, RDF, local_name

_NAME: Final = re.compile(rb"([A-Za-z_][A-Za-z0-9_.-]*):([A-Za-z_][A-Za-z0-9_.-]*)")
_HEADERS: Final = frozenset({(DATASET, "Dataset"), *((ns, "FullModel") for ns in MODEL_DESCRIPTION)})
_DIFFERENCES: Final = frozenset((ns, "DifferenceModel") for ns in DIFFERENCE)


class Names:
    """The names of one document."""

    def __init__(self, namespaces: dict[bytes, str]) -> None:
        """Start with none; `namespaces` leads from prefixes to namespaces."""
        self._namespaces = namespaces
        self.known: dict[int, str] = {}
        """Name of a class or property as `local_name` gives it, by tag."""
        self.is_cim: set[int] = set()
        self.is_header: set[int] = set()

    def add(self, tag: int, written: bytes) -> bool:
        """Take a name; False = it is none that the scanner treats."""
        found = _NAME.fullmatch(written)
        namespace = self._namespaces.get(found.group(1)) if found else None
        if found is None or namespace is None or namespace == RDF:
            return False
        word = found.group(2).decode()
        if (namespace, word) in _DIFFERENCES:
            return False
        self.known[tag] = local_name(f"{{{namespace}}}{word}")
        if (namespace, word) in _HEADERS:
            self.is_header.add(tag)
        elif namespace in CIM:
            self.is_cim.add(tag)
        return True
