"""What a file says of itself in its header element (md:FullModel, dm:DifferenceModel; IEC 61970-552 5.3)."""

from __future__ import annotations

from typing import Any, Final

from cim_models import limits
from cim_models.namespaces import RDF, is_profile
from cim_models.statements import Header

Element = Any
"""An lxml element; its stubs are not complete."""

_ABOUT: Final = f"{{{RDF}}}about"
_ID: Final = f"{{{RDF}}}ID"
_RESOURCE: Final = f"{{{RDF}}}resource"


def fill_header(header: Header, element: Element) -> None:
    """Take into a header what an element such as `md:FullModel` says of its file; the elements in it stay unread."""
    attributes = element.attrib
    header.id = str(attributes.get(_ABOUT) or attributes.get(_ID) or "")
    for child in element:
        tag = str(child.tag)
        said = str(child.attrib.get(_RESOURCE) or child.text or "").strip()
        if not said or len(child) or len(header.said) >= limits.HEADER_ENTRIES_MAX:
            continue
        if is_profile(tag):
            header.profiles.append(said)
        header.said.append((tag.rpartition("}")[2], said[: limits.HEADER_TEXT_CHARACTERS_MAX]))
