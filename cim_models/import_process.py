"""The import process: it reads untrusted files where a crash, a flood or an endless read harms nobody.

One line of JSON in: what to read and where to write. Lines of JSON out: progress, then `done` or the error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from cim_models import child, errors
from cim_models.errors import TopogroupError
from cim_models.importing import NETWORK, REPORT, STATEMENTS, model_id


def main() -> int:
    """Run as the child; returns its exit code."""
    request = json.loads(sys.stdin.buffer.readline())
    child.confine(request["memory_bytes"], request["seconds"])
    child.end_with_parent()
    try:
        _write(request)
    except TopogroupError as error:
        known = next(one for one in type(error).__mro__ if one.__module__ == errors.__name__)
        _say({"error": {"class": known.__name__, **error.as_dict()}})
        return 1
    except MemoryError:
        gib = min(request["memory_bytes"], child.machine_bytes()) / 1024**3
        message = f"{request['name']} needs more than {gib:.1f} GiB of memory; import it on a larger machine."
        _say({"error": {"class": "LimitError", "code": "import_failed", "message": message, "object": None}})
        return 1
    except OSError as error:
        message = f"{request['folder']} cannot be written: {error.strerror}; nothing of {request['name']} was kept."
        _say({"error": {"class": "ModelError", "code": "import_failed", "message": message, "object": None}})
        return 1
    _say({"done": True})
    return 0


def _write(request: dict[str, Any]) -> None:
    """Read the files and write the folder, the report last."""
    from cim_models import loading, snapshot
    from cim_models.extract import extract
    from cim_models.store import nquads

    folder, paths = Path(request["folder"]), [Path(path) for path in request["paths"]]
    statements, findings = loading.read(paths, lambda *done: _say({"progress": done}))
    network = extract(statements, findings)
    snapshot.save(network, folder / NETWORK)
    model = request["model"] or model_id(paths)
    report = {
        "model": model,
        "name": request["name"],
        "files": list(network.files),
        "counts": network.counts,
        "findings": [one.as_dict() for one in network.findings],
        "objects": len(statements.ids),
        "statements": len(statements),
        "quads": 0,
    }
    del network
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
