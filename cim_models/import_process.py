"""The import process: it reads untrusted files where a crash, a flood or an endless read harms nobody.

One line of JSON in: what to read and where to write. Lines of JSON out: progress, then `done` or the error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from cim_models import child, errors, limits
from cim_models.conventions import Conventions
from cim_models.errors import TopogroupError
from cim_models.given import FILE as GIVEN
from cim_models.given import Given, taken
from cim_models.importing import NETWORK, REPORT, STATEMENTS, model_id


def main() -> int:
    """Run as the child; returns its exit code."""
    request = json.loads(sys.stdin.buffer.readline())
    child.confine(request["memory_bytes"], request["seconds"])
    child.end_with_parent()
    room = _Room(request)
    try:
        _write(request, room)
    except TopogroupError as error:
        known = next(one for one in type(error).__mro__ if one.__module__ == errors.__name__)
        _say({"error": {"class": known.__name__, **error.as_dict()}})
        return 1
    except MemoryError:
        room.lift()
        message = room.exceeded()
        _say({"error": {"class": "LimitError", "code": "import_failed", "message": message, "object": None}})
        return 1
    except OSError as error:
        message = f"{request['folder']} cannot be written: {error.strerror}; nothing of {request['name']} was kept."
        _say({"error": {"class": "ModelError", "code": "import_failed", "message": message, "object": None}})
        return 1
    _say({"done": True})
    return 0


class _Room:
    """What the process may take: little until it is known how large the files are, then in proportion to them."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._name, self._cap = request["name"], min(request["memory_bytes"], child.machine_bytes())
        self._seconds, self._least = request["seconds"], request["least_bytes"]
        self._bytes = 0
        self.allow(sum(path.stat().st_size for path in map(Path, request["paths"]) if path.is_file()))

    def allow(self, unpacked_bytes: int) -> None:
        """Bound memory and time for files of some size."""
        self._bytes = self._least + limits.IMPORT_MEMORY_PER_BYTE * unpacked_bytes
        child.bound_memory(min(self._bytes, self._cap))
        seconds = limits.IMPORT_SECONDS_MIN + limits.IMPORT_SECONDS_PER_MIB * (unpacked_bytes >> 20)
        child.bound_time(min(seconds, self._seconds))

    def lift(self) -> None:
        """Take as much as there is, to say a last word."""
        child.bound_memory(self._cap)

    def exceeded(self) -> str:
        """Say which limit was too small, and what to do."""
        gib = min(self._bytes, self._cap) / 1024**3
        if self._bytes > self._cap:
            return (
                f"{self._name} needs more than {gib:.1f} GiB of memory; raise import_memory_bytes, or import it on a "
                "larger machine."
            )
        return f"{self._name} needs more than {gib:.1f} GiB of memory, which no model of its size does; it is refused."


def _write(request: dict[str, Any], room: _Room) -> None:
    """Read the files and write the folder, the report last."""
    from cim_models import intake

    folder, paths = Path(request["folder"]), [Path(path) for path in request["paths"]]
    base = None if request["base"] is None else Path(request["base"])
    if base is None:
        found, skipped = intake.documents(paths, request["shown"])
        room.allow(sum(document.measured() for document in found))
    else:
        room.allow(sum(path.stat().st_size for path in (*paths, *base.rglob("*")) if path.is_file()))
    from cim_models import loading, snapshot
    from cim_models.difference import versions
    from cim_models.extract import extract
    from cim_models.store import nquads

    said, given = Conventions.of(request["said"]), Given.of(request["given"])
    if base is None:
        statements, findings = loading.read_documents(found, skipped, lambda *done: _say({"progress": done}), said)
    else:
        statements, findings = versions.next_version(base, paths, request["shown"])
    network = taken(extract(statements, findings, said), given)
    snapshot.save(network, folder / NETWORK)
    if given.identity:
        (folder / GIVEN).write_text(json.dumps(given.as_dict(), indent=1), encoding="utf-8")
    model = request["model"] or model_id(paths, said, given)
    report = {
        "model": model,
        "name": request["name"],
        "files": list(network.files),
        "said": request["said"],
        "given": given.counts(),
        "counts": network.counts,
        "findings": [one.as_dict() for one in network.findings],
        "headers": [versions.header_document(header) for header in statements.files],
        **versions.origin(request["base"], paths),
        "objects": len(statements.ids),
        "statements": len(statements),
        "quads": 0,
    }
    del network
    versions.save_declared(statements, folder)
    report["quads"] = nquads.write(statements, folder / STATEMENTS, model)
    unfinished = folder / f"{REPORT}.new"
    unfinished.write_text(json.dumps(report, indent=1), encoding="utf-8")
    _force_to_disk(folder)
    unfinished.replace(folder / REPORT)
    for place in (folder, folder.parent):
        _force(place)


def _force_to_disk(folder: Path) -> None:
    for inner in folder.rglob("*"):
        _force(inner)
    _force(folder)


def _force(path: Path) -> None:
    """Force a file, or the names in a folder, to disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _say(said: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
