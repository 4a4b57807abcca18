"""Importing: model files in, a folder of what the service needs of them out, made by a child process.

    folder/network/          the network as arrays (`cim_models.snapshot`)
    folder/statements.nq     the same statements for the RDF store
    folder/declared.npy      where each object is declared, for the next version of the model
    folder/given.json        heads and sources that count for it; only where some were given
    folder/report.json       files, counts and findings; written last, so that a folder without it is unfinished

The child (`cim_models.import_process`) reads the files once, with bounded memory and time. Whatever kills it, the
parent gets one clear error.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from cim_models import child, errors, limits
from cim_models.conventions import OPEN, Conventions
from cim_models.errors import ModelError, SnapshotError, TopogroupError
from cim_models.given import FILE as GIVEN
from cim_models.given import NOTHING, Given
from cim_models.identifiers import derived
from cim_models.loading import Progress

REPORT: Final = "report.json"
NETWORK: Final = "network"
STATEMENTS: Final = "statements.nq"

_MODULE: Final = "cim_models.import_process"


def import_model(
    paths: Sequence[Path],
    folder: Path,
    *,
    progress: Progress | None = None,
    name: str | None = None,
    model: str | None = None,
    said: Conventions = OPEN,
) -> dict[str, Any]:
    """Read the files of one network in a child process and write what the service needs of them.

    Args:
        paths: RDF/XML files (.gz too), folders and zips that together are one network.
        folder: a new or empty folder; removed again if the import fails.
        progress: called before each document and at the end with its name, the stored bytes done, and all of them.
        name: what people call the model; None = the names of the files.
        model: its id, the graph of its statements; None = `model_id(paths, said)`.
        said: what the user says of units, signs and coordinates.

    Returns:
        The report: model, name, files, counts, findings, objects, statements and quads.

    Raises:
        ModelError: as `loading.load`; `import_failed` where the child was killed or exceeded a limit.
        SnapshotError: the folder holds files already.
    """
    return Import(paths, folder, name=name, model=model, said=said).run(progress)


def model_id(paths: Sequence[Path], said: Conventions = OPEN, given: Given = NOTHING) -> str:
    """Return the id of the model that some files are: the same for the same content, whatever the files are called.

    Args:
        paths: files, folders and zips that together are one network.
        said: what the user says of units, signs and coordinates: read otherwise, the same files are another model.
        given: heads and sources: with others, the same files are another model too.

    Returns:
        A UUID, made of the sorted SHA-256 of the files; a zip counts as it is.

    Raises:
        FileError: a file cannot be read.
    """
    digests = []
    for path in files_of(paths):
        try:
            with path.open("rb") as stream:
                digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror}."
            raise errors.FileError("file_unreadable", message, str(path)) from error
    digests.sort()
    if said != OPEN:
        digests.append(json.dumps(said.as_dict(), sort_keys=True))
    if given.identity:
        digests.append(given.identity)
    return derived("model:" + hashlib.sha256("\n".join(digests).encode()).hexdigest())


def given_in(folder: Path) -> Given:
    """Return the heads and sources that count for a model that was imported.

    Raises:
        SnapshotError: what the folder says of them is damaged.
    """
    path = folder / GIVEN
    try:
        return Given.of(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return NOTHING
    except (OSError, ValueError, TypeError, AttributeError) as error:
        message = f"{path} cannot be read: {error}; bring it back, or import the model again."
        raise SnapshotError("snapshot_damaged", message, str(path)) from error


def check_there(paths: Sequence[Path]) -> None:
    """Refuse paths that do not exist, before anything is begun.

    Raises:
        FileError: one of them does not.
    """
    for path in paths:
        if not path.exists():
            raise errors.FileError("file_not_found", f"{path} does not exist.", str(path))


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that stand behind some paths, without hidden ones in folders."""
    check_there(paths)
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for inner in path.rglob("*"):
            if inner.is_file() and not any(part.startswith(".") for part in inner.relative_to(path).parts):
                yield inner


class Import:
    """One import, which another thread may end by `kill`."""

    def __init__(
        self,
        paths: Sequence[Path],
        folder: Path,
        *,
        name: str | None = None,
        model: str | None = None,
        said: Conventions = OPEN,
        given: Given = NOTHING,
        base: Path | None = None,
        memory_bytes: int | None = None,
        shown: str | None = None,
    ) -> None:
        """Prepare an import; the arguments are those of `import_model`.

        With `base`, the folder of a model that was imported, the files are difference models that are applied to it.
        `given` are the heads and sources that count. `memory_bytes` is the most that the process may take, None =
        `limits.IMPORT_MEMORY_BYTES_MAX`; of small files it takes less: `limits.IMPORT_MEMORY_BYTES_MIN` and
        `limits.IMPORT_MEMORY_PER_BYTE` for each unpacked byte. `shown` is how report and errors call a single file,
        None = by its path, as all others.
        """
        self._request = {
            "paths": [str(path) for path in paths],
            "folder": str(folder),
            "name": name or ", ".join(path.name for path in paths),
            "model": model,
            "said": said.as_dict(),
            "given": given.as_request(),
            "base": None if base is None else str(base),
            "shown": shown,
            "memory_bytes": memory_bytes or limits.IMPORT_MEMORY_BYTES_MAX,
            "least_bytes": limits.IMPORT_MEMORY_BYTES_MIN,
            "seconds": limits.IMPORT_SECONDS_MAX,
        }
        self._folder = folder
        self._lock = threading.Lock()
        self._process: child.Process | None = None
        self._killed: str | None = None

    def run(self, progress: Progress | None = None) -> dict[str, Any]:
        """Carry out the import; returns and raises as `import_model`."""
        if self._folder.exists() and any(self._folder.iterdir()):
            raise SnapshotError(
                "folder_not_empty", f"{self._folder} is not empty; name a new folder.", str(self._folder)
            )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return self._in_child(progress)
        except BaseException as error:  # whatever it was: nothing half-written stays
            shutil.rmtree(self._folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise self._failed(str(error)) from error
            raise

    def _in_child(self, progress: Progress | None) -> dict[str, Any]:
        with self._lock:
            self._process = process = child.start(_MODULE)
        timer = threading.Timer(limits.IMPORT_SECONDS_MAX, self._end, ["it took too long"])
        timer.daemon = True
        timer.start()
        try:
            return self._follow(process, progress)
        finally:
            timer.cancel()
            child.kill(process)
            child.close(process)

    def kill(self) -> None:
        """End the import; `run` then raises `import_failed` and the folder is gone."""
        self._end("it was cancelled")

    def _end(self, why: str) -> None:
        with self._lock:
            self._killed = self._killed or why
            if self._process is not None:
                child.kill(self._process)

    def _follow(self, process: child.Process, progress: Progress | None) -> dict[str, Any]:
        """Hand the child its work and follow what it says until it ends."""
        if self._killed:
            raise self._failed()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(self._request).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it died at once: what it says, or how it ended, tells why
        for line in process.stdout:
            said = _parsed(line)
            if "progress" in said and progress is not None:
                progress(*said["progress"])
            if "error" in said:
                raise _error(said["error"])
            if "done" in said:
                return _report(self._folder)
        raise self._failed(child.ending(process))

    def _failed(self, ending: str = "") -> ModelError:
        names = self._request["name"]
        if self._killed:
            message = f"The import of {names} was ended because {self._killed}; nothing of it was kept."
        else:
            message = f"The import of {names} ended unexpectedly ({ending}); nothing of it was kept."
        return ModelError("import_failed", message, str(names))


def _parsed(line: bytes) -> dict[str, Any]:
    """Return what the child said in one line; a line that was cut by its end says nothing."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _error(told: dict[str, Any]) -> TopogroupError:
    """Return an error of the child as the error it was."""
    kind = getattr(errors, told["class"], ModelError)
    error: TopogroupError = kind(told["code"], told["message"], told["object"])
    return error


def _report(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / REPORT).read_bytes())
    return report
