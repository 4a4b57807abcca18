"""A document through both readers, and all that comes out of each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest

from cim_models import machine_code
from cim_models.errors import ModelError
from cim_models.intake import Document
from cim_models.reader import Reader
from cim_models.scan import reading, scanner

Outcome = dict[str, Any]


def document(data: bytes, name: str = "model.xml") -> Document:
    """Return bytes as a document."""
    return Document(name, len(data), lambda: io.BytesIO(data), True, unpacked_bytes=len(data))


def outcome(reader: Reader) -> Outcome:
    """Return all that a reader has found."""
    found = reader.builder.finish()
    columns = found.columns
    return {
        "ids": list(found.ids),
        "spelling": list(found.spelling),
        "class_name": list(found.class_name),
        "file": found.file.tolist(),
        "line": found.line.tolist(),
        "files": found.files,
        "class_conflicts": found.class_conflicts,
        "defined_twice": found.defined_twice,
        "predicates": list(found.predicates.items()),
        "start": columns.start.tolist(),
        "subject": columns.subject.tolist(),
        "object": columns.object.tolist(),
        "literal_end": columns.literal_end.tolist(),
        "literals": bytes(columns.literals),
    }


def by(documents: Sequence[Document], *, fast: bool) -> Outcome:
    """Read documents one after the other; return what was found, or the error.

    Args:
        documents: the documents.
        fast: the scanner may be used.
    """
    reader = Reader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(machine_code.SWITCH, "1" if fast else "0")
        for one in documents:
            try:
                reader.read(one)
            except ModelError as error:
                return {"error": type(error), "code": error.code, "message": error.message, "of": error.object}
    return outcome(reader)


def is_scanned(one: Document, window_bytes: int = 1 << 16) -> bool:
    """Tell whether the scanner takes a document."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(machine_code.SWITCH, "1")
        patch.setattr(scanner, "WINDOW_BYTES", window_bytes)
        return reading.read(one, Reader().builder)


def assert_same(documents: Sequence[Document], window_bytes: int = 1 << 16) -> Outcome:
    """Assert that both ways give the same of everything, and return it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanner, "WINDOW_BYTES", window_bytes)
        fast = by(documents, fast=True)
    conforming = by(documents, fast=False)
    assert fast == conforming
    return fast
