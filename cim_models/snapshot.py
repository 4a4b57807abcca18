"""The file form of a network: one .npy file per array, a JSON header with SHA-256, no pickle.

Arrays are memory-mapped on opening, so that a network of 10 million pieces of equipment opens in milliseconds and
several processes share its pages.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

import numpy as np

from cim_models import network as tables
from cim_models.errors import SnapshotError
from cim_models.findings import Finding
from cim_models.network import Network
from cim_models.strings import Strings

FORMAT: Final = "topogroup-network"
VERSION: Final = 3
_HEADER: Final = "network.json"
_TABLES: Final[dict[str, type]] = {
    "equipment": tables.EquipmentTable,
    "node": tables.NodeTable,
    "terminal": tables.TerminalTable,
    "branch": tables.BranchTable,
    "pole": tables.PoleTable,
    "end": tables.EndTable,
    "source": tables.SourceTable,
    "generation": tables.DerTable,
    "der": tables.DerTable,
    "group": tables.GroupTable,
    "container": tables.ContainerTable,
    "feeder": tables.FeederTable,
    "membership": tables.MembershipTable,
    "position": tables.PositionTable,
    "site": tables.SiteTable,
    "point": tables.PointTable,
    "alias": tables.AliasTable,
}


def is_snapshot(folder: Path) -> bool:
    """Tell whether a folder was written by `save`."""
    return (folder / _HEADER).is_file()


def save(network: Network, folder: Path) -> None:
    """Write a network; the header comes last, so that a half-written folder is no snapshot.

    Args:
        network: the network.
        folder: a new or empty folder.

    Raises:
        SnapshotError: the folder holds files already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SnapshotError("folder_not_empty", f"{folder} is not empty; name a new folder.", str(folder))
    arrays: dict[str, dict[str, Any]] = {}
    for name in _TABLES:
        for column, array in _arrays(getattr(network, name)):
            path = folder / f"{name}.{column}.npy"
            with path.open("wb") as stream:
                np.save(stream, array, allow_pickle=False)
                stream.flush()
                os.fsync(stream.fileno())
            arrays[path.name] = {"dtype": str(array.dtype), "rows": int(array.size), "sha256": _digest(path)}
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "files": list(network.files),
        "counts": network.counts,
        "findings": [f.as_dict() for f in network.findings],
        "arrays": arrays,
    }
    header["sha256"] = _header_digest(header)
    temporary = folder / f"{_HEADER}.new"
    temporary.write_text(json.dumps(header, indent=1, sort_keys=True), encoding="utf-8")
    temporary.replace(folder / _HEADER)


def open_(folder: Path, *, verify: bool = True) -> Network:
    """Open a network written by `save`.

    Args:
        folder: the folder.
        verify: compare every array with its SHA-256 first.

    Returns:
        The network, its arrays memory-mapped and read-only.

    Raises:
        SnapshotError: no snapshot, damaged, or of another version.
    """
    header = _header_of(folder)
    opened: dict[str, Any] = {}
    for name, table in _TABLES.items():
        columns: dict[str, Any] = {}
        for column in dataclasses.fields(table):
            if column.type == "Strings":
                columns[column.name] = Strings(
                    *(_mapped(folder, f"{name}.{column.name}.{part}.npy", header, verify) for part in ("end", "blob"))
                )
            else:
                columns[column.name] = _mapped(folder, f"{name}.{column.name}.npy", header, verify)
        opened[name] = table(**columns)
    findings = tuple(Finding(**{**f, "objects": tuple(f["objects"])}) for f in header["findings"])
    return Network(files=tuple(header["files"]), counts=header["counts"], findings=findings, **opened)


def _header_of(folder: Path) -> dict[str, Any]:
    try:
        header = json.loads((folder / _HEADER).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SnapshotError("snapshot_unreadable", f"{folder}: no readable snapshot: {error}.", str(folder)) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise SnapshotError("snapshot_unreadable", f"{folder} holds no snapshot of topogroup.", str(folder))
    if header.get("version") != VERSION:
        raise SnapshotError(
            "snapshot_version", f"{folder} was written by another version; load the model files again.", str(folder)
        )
    if header.pop("sha256", None) != _header_digest(header):
        path = folder / _HEADER
        raise SnapshotError("snapshot_damaged", f"{path} is damaged: its SHA-256 is not the one it names.", str(path))
    return header


def _header_digest(header: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(header, sort_keys=True).encode()).hexdigest()


def _arrays(table: Any) -> list[tuple[str, np.ndarray[Any, Any]]]:  # noqa: ANN401 - any of the tables
    found: list[tuple[str, np.ndarray[Any, Any]]] = []
    for column in dataclasses.fields(table):
        value = getattr(table, column.name)
        if isinstance(value, Strings):
            found += [(f"{column.name}.end", value.end), (f"{column.name}.blob", value.blob)]
        else:
            found.append((column.name, value))
    return found


def _mapped(folder: Path, name: str, header: dict[str, Any], verify: bool) -> np.ndarray[Any, Any]:
    path, said = folder / name, header["arrays"].get(name)
    try:
        if said is None or (verify and _digest(path) != said["sha256"]):
            raise ValueError("its SHA-256 is not the one in the header")
        opened = np.load(path, mmap_mode="r" if said["rows"] else None, allow_pickle=False)
        array = np.asarray(opened).view(np.ndarray)
        array.flags.writeable = False
        return array
    except (OSError, ValueError) as error:
        raise SnapshotError("snapshot_damaged", f"{path} is damaged: {error}.", str(path)) from error


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
