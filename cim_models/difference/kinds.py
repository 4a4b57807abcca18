"""What a document is: a model, a difference model, or operating states alone; its beginning tells."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from lxml import etree

from cim_models.headers import fill_header
from cim_models.intake import Document
from cim_models.namespaces import DATASET, DIFFERENCE, MODEL_DESCRIPTION
from cim_models.profiles import is_state
from cim_models.statements import Header
from cim_models.xml_events import xml_events

MODEL: Final = "model"
STATES: Final = "states"
DIFFERENCES: Final = "differences"

_DIFFERENCE_TAGS: Final = frozenset(f"{{{ns}}}DifferenceModel" for ns in DIFFERENCE)
_HEADER_TAGS: Final = frozenset({f"{{{DATASET}}}Dataset", *(f"{{{ns}}}FullModel" for ns in MODEL_DESCRIPTION)})


def kind_of(document: Document) -> str:
    """Return `MODEL`, `STATES` or `DIFFERENCES` for a document, by its first element.

    A document that cannot be read is `MODEL`: the reader of models says what is wrong with it.

    Raises:
        FileError: its bytes cannot be opened.
    """
    with document.open() as stream, suppress(etree.XMLSyntaxError):
        depth = 0
        for event, element in xml_events(stream):
            if event == "start-ns":
                continue
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 2 and element.tag in _DIFFERENCE_TAGS:
                return DIFFERENCES
            if event == "start" and depth == 2 and element.tag not in _HEADER_TAGS:
                return MODEL
            if event == "end" and depth == 1:
                header = Header(document.name)
                fill_header(header, element)
                return STATES if is_state(header.profiles) else MODEL
    return MODEL
