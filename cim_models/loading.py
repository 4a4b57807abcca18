"""Loading: paths or text in, `Network` out; `read` stops at the statements, for those who need these as well."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cim_models.errors import FileError
from cim_models.findings import Finding, finding
from cim_models.intake import Document, documents

if TYPE_CHECKING:
    from cim_models.network import Network
    from cim_models.statements import Statements

Progress = Callable[[str, int, int], None]
"""Called with a document's name, the stored bytes done so far, and all stored bytes."""


def load(
    paths: Sequence[str | Path],
    *,
    sources: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Network:
    """Load CIM files, folders or zips that together are one network.

    Args:
        paths: RDF/XML files (.gz too), folders and zips; or one folder written by `Network.save`.
        sources: ids of a sources file; None = decide from structure.
        progress: called before each document and at the end.

    Returns:
        The network.

    Raises:
        ModelError: a file is missing, empty, ill-formed, hostile, no CIM, or has no terminals.
        IdError: a listed source is no equipment.
    """
    from cim_models import snapshot
    from cim_models.sources import with_sources

    if len(paths) == 1 and snapshot.is_snapshot(Path(paths[0])):
        saved = snapshot.open_(Path(paths[0]))
        return saved if sources is None else with_sources(saved, sources)
    return _network(*read(paths, progress), sources)


def read(paths: Sequence[str | Path], progress: Progress | None = None) -> tuple[Statements, list[Finding]]:
    """Read CIM files, folders or zips that together are one network, and make nothing of them yet.

    Args:
        paths: RDF/XML files (.gz too), folders and zips.
        progress: called before each document and at the end.

    Returns:
        What the files say, and the findings so far; `extract` makes the network of both.

    Raises:
        ModelError: a file is missing, empty, ill-formed, hostile or no CIM.
    """
    return _read(*documents(paths), progress)


def load_text(xml: str, name: str = "text", *, sources: Sequence[str] | None = None) -> Network:
    """Load a network from CIM RDF/XML text.

    Args:
        xml: the document.
        name: how findings and errors name it.
        sources: ids of grid sources; None = decide from structure.

    Returns:
        The network.

    Raises:
        ModelError: as `load`.
    """
    data = xml.encode()
    document = Document(name, len(data), lambda: io.BytesIO(data), True)
    return _network(*_read([document], [], None), sources)


def _read(
    found: list[Document], findings: list[Finding], progress: Progress | None
) -> tuple[Statements, list[Finding]]:
    from cim_models.reader import DifferenceModelError, Reader

    reader = Reader()
    done, total = 0, sum(document.size_bytes for document in found)
    for document in found:
        if progress is not None:
            progress(document.name, done, total)
        try:
            reader.read(document)
        except FileError as error:
            other_kind = isinstance(error, DifferenceModelError) or error.code == "not_cim"
            if document.required or not other_kind:
                raise
            reader.builder.files.pop()
            code = "difference_model_skipped" if isinstance(error, DifferenceModelError) else "file_skipped"
            findings.append(finding(code, error.message, [document.name], file=document.name))
        done += document.size_bytes
    if not reader.builder.files:
        raise FileError("not_cim", "No CIM model is among the files, only difference models.", found[0].name)
    if progress is not None:
        progress("", total, total)
    return reader.builder.finish(), findings


def _network(statements: Statements, findings: list[Finding], sources: Sequence[str] | None) -> Network:
    from cim_models.extract import extract
    from cim_models.sources import with_sources

    network = extract(statements, findings)
    return network if sources is None else with_sources(network, sources)
