"""Loading: paths or text in, `Network` out; `read` stops at the statements, for those who need these as well."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cim_models.conventions import OPEN, Conventions
from cim_models.errors import FileError, OptionError
from cim_models.findings import Finding, finding
from cim_models.intake import Document, documents
from cim_models.profiles import is_state

if TYPE_CHECKING:
    from cim_models.network import Network
    from cim_models.statements import Header, Statements

Progress = Callable[[str, int, int], None]
"""Called with a document's name, the stored bytes done so far, and all stored bytes."""


def load(
    paths: Sequence[str | Path],
    *,
    sources: Sequence[str] | None = None,
    said: Conventions = OPEN,
    progress: Progress | None = None,
) -> Network:
    """Load CIM files, folders or zips that together are one network.

    Args:
        paths: RDF/XML files (.gz too), folders and zips; or one folder written by `Network.save`.
        sources: ids of a sources file; None = decide from structure.
        said: what the user says of units, signs and coordinates.
        progress: called before each document and at the end.

    Returns:
        The network.

    Raises:
        ModelError: a file is missing, empty, ill-formed, hostile, no CIM, or has no terminals.
        IdError: a listed source is no equipment.
        OptionError: something is said of a saved network, whose numbers are settled.
    """
    from cim_models import snapshot
    from cim_models.sources import with_sources

    if len(paths) == 1 and snapshot.is_snapshot(Path(paths[0])):
        if said != OPEN:
            message = f"{paths[0]} is a saved network, whose units and signs are settled; give its model files instead."
            raise OptionError("conventions_settled", message, str(paths[0]))
        saved = snapshot.open_(Path(paths[0]))
        return saved if sources is None else with_sources(saved, sources)
    return _network(*read(paths, progress, said), sources, said)


def read(
    paths: Sequence[str | Path], progress: Progress | None = None, said: Conventions = OPEN
) -> tuple[Statements, list[Finding]]:
    """Read CIM files, folders or zips that together are one network, and make nothing of them yet.

    Args:
        paths: RDF/XML files (.gz too), folders and zips.
        progress: called before each document and at the end.

    Returns:
        What the files say, and the findings so far; `extract` makes the network of both.

    Raises:
        ModelError: a file is missing, empty, ill-formed, hostile or no CIM.
    """
    return read_documents(*documents(paths), progress, said)


def load_text(
    xml: str, name: str = "text", *, sources: Sequence[str] | None = None, said: Conventions = OPEN
) -> Network:
    """Load a network from CIM RDF/XML text.

    Args:
        xml: the document.
        name: how findings and errors name it.
        sources: ids of grid sources; None = decide from structure.
        said: what the user says of units, signs and coordinates.

    Returns:
        The network.

    Raises:
        ModelError: as `load`.
    """
    data = xml.encode()
    document = Document(name, len(data), lambda: io.BytesIO(data), True)
    return _network(*read_documents([document], [], None, said), sources, said)


def read_documents(
    found: Sequence[Document], findings: list[Finding], progress: Progress | None = None, said: Conventions = OPEN
) -> tuple[Statements, list[Finding]]:
    """Read documents that intake has found; otherwise as `read`."""
    from cim_models.reader import Reader

    reader = Reader()
    done, total = 0, sum(document.size_bytes for document in found)
    for document in found:
        if progress is not None:
            progress(document.name, done, total)
        try:
            reader.read(document)
        except FileError as error:
            findings.append(_borne(error, document, reader.builder.files, said))
        done += document.size_bytes
    if not reader.builder.files:
        message = "No CIM model is among the files: each holds something else or a difference model."
        raise FileError("not_cim", message, found[0].name)
    if progress is not None:
        progress("", total, total)
    return reader.builder.finish(), findings


def _borne(error: FileError, document: Document, files: list[Header], said: Conventions) -> Finding:
    """Return the finding on a document that was left out or read in part, or raise the error on it.

    Args:
        error: what is wrong with it.
        document: the document.
        files: headers of the files so far; that of the document is the last one if it was opened.
        said: whether broken state files are borne.
    """
    from cim_models.reader import DifferenceModelError

    if isinstance(error, DifferenceModelError) or error.code == "not_cim":
        if document.required:
            raise error
        files.pop()
        code = "difference_model_skipped" if isinstance(error, DifferenceModelError) else "file_skipped"
        return finding(code, error.message, [document.name], file=document.name)
    ill_formed = error.code in ("not_well_formed", "file_truncated")
    opened = bool(files) and files[-1].file == document.name
    if not (ill_formed and opened and is_state(files[-1].profiles)):
        raise error
    said_so_far = error.message.rstrip(".")
    if said.broken_states != "unknown":
        message = (
            f"{said_so_far}; its switch states would be missing: mend the file, or load it with "
            "--broken-states unknown, which holds them for unknown."
        )
        raise FileError(error.code, message, error.object, line=error.line) from error
    files[-1].broken = True
    message = f"{said_so_far}; what stands behind that is missing, and switches without a state are held for unknown."
    return finding("state_file_broken", message, [document.name], file=document.name, line=error.line)


def _network(
    statements: Statements, findings: list[Finding], sources: Sequence[str] | None, said: Conventions
) -> Network:
    from cim_models.extract import extract
    from cim_models.sources import with_sources

    network = extract(statements, findings, said)
    return network if sources is None else with_sources(network, sources)
