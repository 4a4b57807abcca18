"""Versions: a model that was imported, with differences or states upon it, is the next version.

What an import keeps for that lies beside the network: the statements as N-Quads, the headers in the report, and
where each object is declared (`declared.npy`), since the exporter of its file decides units and signs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from cim_models import snapshot
from cim_models.difference.applying import apply_to
from cim_models.difference.columns import ColumnMaker, Places, statements_in
from cim_models.difference.model import Difference, said
from cim_models.difference.reading import read_difference
from cim_models.difference.statement import Statement
from cim_models.errors import ConflictError, FileError, SnapshotError
from cim_models.findings import Finding, finding
from cim_models.identifiers import canonical, derived
from cim_models.intake import documents
from cim_models.statements import Header, Statements

DECLARED: Final = "declared.npy"


def next_version(folder: Path, paths: Sequence[Path], shown: str | None = None) -> tuple[Statements, list[Finding]]:
    """Apply difference models to a model that was imported.

    Args:
        folder: the folder of the model, as `importing` wrote it.
        paths: files, folders and zips of difference models, in the order in which they are to be applied.
        shown: as of `intake.documents`.

    Returns:
        The statements of the next version, and what is worth telling.

    Raises:
        FileError: a file is no difference model, or cannot be read.
        ConflictError: a difference does not fit this version; nothing is applied.
        SnapshotError: the folder is damaged.
    """
    found, findings = documents(paths, shown)
    differences = [read_difference(document) for document in found]
    if all(difference.is_empty for difference in differences):
        name = differences[0].header.file
        raise FileError("difference_empty", f"{name} changes nothing: it adds and removes no statement.", name)
    headers = headers_in(folder)
    for difference in differences:
        findings += check_base(difference, headers)
        headers.append(difference.header)
    before = headers[: len(headers) - len(differences)]
    inherited = sorted({profile for header in before for profile in header.profiles})
    for difference in differences:
        # a difference without profiles changes the files of the model as they are: their exporter is its own
        difference.header.profiles = difference.header.profiles or list(inherited)
    spelling = _spelling(folder)
    for difference in differences:
        spelling = {**difference.spelling, **spelling}
    made, typed = ColumnMaker(spelling), _Typed(statements_in(folder / "statements.nq"))
    findings += apply_to(typed, differences, made)
    return made.finished(before, _places(folder, typed.ids)), findings


def check_base(difference: Difference, headers: Sequence[Header]) -> list[Finding]:
    """Require that a difference is one of this version, as far as headers tell.

    Args:
        difference: the difference.
        headers: those of the files of the version, and of the differences before this one.

    Returns:
        A finding for each model that it depends on and that is not there.

    Raises:
        ConflictError: it supersedes another version.
    """
    known = {canonical(header.id) for header in headers if header.id}
    if not known:
        return []
    name = difference.header.file
    superseded = said(difference.header, "Model.Supersedes")
    if superseded and not known & {canonical(one) for one in superseded}:
        message = (
            f"{name} supersedes {superseded[0][:60]}, which is not part of this version; "
            "apply it to the version that it was made for."
        )
        raise ConflictError("difference_other_base", message, name)
    return [
        finding(
            "difference_without_base",
            f"{name} depends on {one[:60]}, which is not part of this version; its statements were checked one by one.",
            [canonical(one)],
            file=name,
        )
        for one in said(difference.header, "Model.DependentOn")
        if canonical(one) not in known
    ]


def version_id(base: str, paths: Iterable[Path]) -> str:
    """Return the id of the version that differences make of a model: the same for the same content.

    Args:
        base: the id of the model.
        paths: the files, in the order in which they are applied.
    """
    return derived(f"model:{base}:" + ":".join(digest_of(path) for path in paths))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        FileError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FileError("file_unreadable", f"{path} cannot be read: {error.strerror}.", str(path)) from error


def origin(base: str | None, paths: Sequence[Path]) -> dict[str, Any]:
    """Return what the report of a version says of where it comes from; nothing for a model that stands by itself.

    Args:
        base: the folder of the model that it was made of.
        paths: the differences.
    """
    if base is None:
        return {}
    return {"base": Path(base).name, "differences": [digest_of(path) for path in paths]}


def header_document(header: Header) -> dict[str, Any]:
    """Return a header as reports keep it."""
    return {
        "file": header.file,
        "id": header.id,
        "profiles": list(header.profiles),
        "broken": header.broken,
        "said": [list(pair) for pair in header.said],
    }


def headers_in(folder: Path) -> list[Header]:
    """Return the headers of the files of a model that was imported; empty ones where an older release did it.

    Raises:
        SnapshotError: the folder is damaged.
    """
    path = folder / "report.json"
    try:
        report = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SnapshotError("snapshot_unreadable", f"{path} cannot be read: {error}.", str(path)) from error
    told = report.get("headers", [{"file": file} for file in report.get("files", [])])
    return [
        Header(
            one["file"],
            list(one.get("profiles", ())),
            bool(one.get("broken", False)),
            one.get("id", ""),
            [(key, value) for key, value in one.get("said", ())],
        )
        for one in told
    ]


def save_declared(statements: Statements, folder: Path) -> None:
    """Write where each object with a class is declared: int32[n, 2], file and line, in the order of the N-Quads."""
    has_class = np.array([name is not None for name in statements.class_name], np.bool_)
    declared = np.stack([statements.file[has_class], statements.line[has_class]], axis=1).astype(np.int32)
    np.save(folder / DECLARED, declared, allow_pickle=False)


class _Typed:
    """Statements that stream by; the objects whose classes pass are kept, in their order."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._statements = statements
        self.ids: list[str] = []

    def __iter__(self) -> Iterator[Statement]:
        for statement in self._statements:
            if statement.is_type:
                self.ids.append(statement.subject)
            yield statement


def _places(folder: Path, ids: Sequence[str]) -> Places | None:
    path = folder / DECLARED
    if not path.is_file():
        return None
    try:
        declared = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SnapshotError("snapshot_damaged", f"{path} is damaged: {error}.", str(path)) from error
    if declared.shape != (len(ids), 2):
        raise SnapshotError("snapshot_damaged", f"{path} does not belong to the statements beside it.", str(path))
    return Places(ids, declared[:, 0], declared[:, 1])


def _spelling(folder: Path) -> dict[str, str]:
    equipment = snapshot.open_(folder / "network").equipment
    return dict(zip(equipment.id, equipment.source_id, strict=True))
