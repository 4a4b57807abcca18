"""Answers of keyed runs of `topogroup regroup`: kept in the data directory, so that the same again gets the first one.

    D/answers/<digest of source and sequence>.json    source, sequence, digest, report

One is written before its command is committed; the journal says whether it was. What a run left that ended in between
is written over by the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from cim_models import importing, limits
from cim_models.conventions import Conventions
from cim_models.difference.versions import digest_of
from cim_models.errors import OptionError
from cim_models.given import Given
from topogroup.engine.commands import RequestKey

FOLDER: Final = "answers"


def key_of(
    source: str | None, sequence: str | None, models: Sequence[Path], said: Conventions, given: Given
) -> RequestKey | None:
    """Return the request key of a run, None where it has none.

    Args:
        source: who runs it.
        sequence: its number or id at that source.
        models: the files; their content counts, not what they are called.
        said: what is said of units, signs and coordinates.
        given: heads and sources; those that are said count.

    Raises:
        OptionError: one of both is missing, empty or too long.
        FileError: a file cannot be read.
    """
    if source is None and sequence is None:
        return None
    most = limits.REQUEST_ID_CHARACTERS_MAX
    for name, text in (("--source", source), ("--sequence", sequence)):
        if text is None:
            raise OptionError("request_key", f"{name} is missing; give --source and --sequence, or neither.", name)
        if not 0 < len(text) <= most:
            raise OptionError("request_key", f"{name} has 1 to {most} characters.", name)
    assert source is not None
    assert sequence is not None
    content = {
        "files": [sorted(digest_of(file) for file in importing.files_of([path])) for path in models],
        "said": said.as_dict(),
        # what came along with the active model is no part of what is asked for
        "given": {name: given.as_dict().get(name) for name in sorted(given.said)},
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode(errors="surrogatepass")).hexdigest()
    return RequestKey(source, sequence, digest)


def keep(data_dir: Path, request: RequestKey, report: dict[str, Any]) -> None:
    """Keep the report of a run, on the disk when this returns."""
    path = _path(data_dir, request)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    said = {"source": request.source, "sequence": request.sequence, "digest": request.digest, "report": report}
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(said, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    _forget_oldest(path.parent)
    for folder in (path.parent, data_dir):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _forget_oldest(folder: Path) -> None:
    """Keep no more than `limits.REGROUP_ANSWERS_MAX` reports."""
    by_age = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    for file in by_age[: -limits.REGROUP_ANSWERS_MAX]:
        file.unlink()


def kept(data_dir: Path, request: RequestKey) -> dict[str, Any] | None:
    """Return the report of a run that was carried out, None where it is not there any more."""
    try:
        said = json.loads(_path(data_dir, request).read_bytes())
        report: dict[str, Any] = said["report"]
        return report if said["digest"] == request.digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _path(data_dir: Path, request: RequestKey) -> Path:
    name = json.dumps([request.source, request.sequence]).encode()
    return data_dir / FOLDER / f"{hashlib.sha256(name).hexdigest()}.json"
