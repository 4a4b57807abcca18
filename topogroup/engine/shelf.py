"""The shelf of models: each in a folder of its own, read once, opened by memory mapping."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from cim_models import given_files, importing, limits, snapshot
from cim_models.conventions import OPEN, Conventions
from cim_models.difference import versions
from cim_models.errors import NotFoundError
from cim_models.given import NOTHING, Given
from cim_models.heads import HeadEntries
from cim_models.identifiers import derived
from cim_models.statements import Header
from topogroup.engine.model import ActiveModel, prepared

Progress = Callable[[str, int, int], None]
_REPORT: Final = "report.json"


class ModelShelf:
    """The models of one data directory; satisfies `recovery.ModelSource`. Use from any thread."""

    def __init__(
        self,
        folder: Path,
        said: Conventions = OPEN,
        *,
        given: Given = NOTHING,
        memory_bytes: int = limits.IMPORT_MEMORY_BYTES_MAX,
    ) -> None:
        """Open the shelf.

        Args:
            folder: where the models lie; made where it is missing.
            said: what the user says of units, signs and coordinates of the models that are read from now on.
            given: heads and sources that count for them.
            memory_bytes: address space of a process that reads one, at most.
        """
        self.given = given
        self._folder, self._said, self._memory_bytes = folder, said, memory_bytes
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def remove_unfinished(self) -> None:
        """Remove what imports left behind that were cut off; nobody else may be importing."""
        for unfinished in self._folder.iterdir():
            if unfinished.is_dir() and not (unfinished / _REPORT).is_file():
                shutil.rmtree(unfinished)

    def list(self) -> list[dict[str, Any]]:
        """Return the reports of all models, by id; findings are left out."""
        ids = sorted(path.parent.name for path in self._folder.glob(f"*/{_REPORT}"))
        return [{key: value for key, value in self.report(id_).items() if key != "findings"} for id_ in ids]

    def holds(self, id_: str) -> bool:
        """Tell whether a model is there, read to its end."""
        return "/" not in id_ and not id_.startswith(".") and (self._folder / id_ / _REPORT).is_file()

    def id_of(self, paths: Sequence[Path]) -> str:
        """Return the id of the model that some files are, as they would be read now.

        Raises:
            FileError: a file cannot be read.
        """
        return str(importing.model_id(paths, self._said, self.given))

    def version_of(self, base: str, paths: Sequence[Path], of: ModelShelf | None = None) -> str:
        """Return the id of the version that difference models would make of a model.

        Args:
            base: the id of the model.
            paths: files of difference models, in the order in which they are applied.
            of: the shelf where the base lies; None = this one.

        Raises:
            NotFoundError: there is no such base.
            FileError: a file cannot be read.
        """
        id_, before = versions.version_id(base, paths), (of or self).given_for(base)
        given = self.given.upon(before)
        return str(id_ if given.identity == before.identity else derived(f"model:{id_}:{given.identity}"))

    def given_for(self, id_: str) -> Given:
        """Return the heads and sources that count for a model.

        Raises:
            NotFoundError: there is no such model.
            SnapshotError: what is kept of them is damaged.
        """
        return importing.given_in(self._of(id_))

    def add(
        self,
        paths: Sequence[Path],
        name: str,
        progress: Progress | None = None,
        began: Callable[[importing.Import], None] | None = None,
        *,
        shown: str | None = None,
    ) -> str:
        """Read a model in a process of its own; one with the same content is there once.

        Args:
            paths: files, folders or zips that together are one network.
            name: what people call it.
            progress: called with a document's name, the bytes done and all bytes.
            began: gets the import before it runs, so that another thread may end it.
            shown: how report and errors call a single file, None = by its path.

        Returns:
            The id of the model, derived from the content of its files.

        Raises:
            ModelError: the files cannot be used.
        """
        id_ = self.id_of(paths)
        if not self.holds(id_):
            to, most = self._folder / id_, self._memory_bytes
            said, given = self._said, self.given
            one = importing.Import(
                paths, to, name=name, model=id_, said=said, given=given, memory_bytes=most, shown=shown
            )
            if began is not None:
                began(one)
            one.run(progress)
        return id_

    def add_version(
        self,
        base: str,
        paths: Sequence[Path],
        name: str,
        progress: Progress | None = None,
        began: Callable[[importing.Import], None] | None = None,
        of: ModelShelf | None = None,
        shown: str | None = None,
    ) -> str:
        """Make the next version of a model from difference models, in a process of its own; all of them or none.

        Args:
            base: the id of the model.
            paths: files of difference models, in the order in which they are applied.
            name: what people call the version.
            progress: as of `add`.
            began: as of `add`.
            of: the shelf where the base lies; None = this one.
            shown: as of `add`.

        Returns:
            The id of the version, derived from the base and the content of the differences.

        Raises:
            NotFoundError: there is no such base.
            ConflictError: a difference does not fit.
            ModelError: a file cannot be used.
        """
        folder = (of or self)._of(base)
        id_ = self.version_of(base, paths, of)
        if not self.holds(id_):
            given = self.given.upon((of or self).given_for(base))
            said = Conventions.of((of or self).report(base).get("said", {}))
            to, most = self._folder / id_, self._memory_bytes
            one = importing.Import(
                paths, to, name=name, model=id_, said=said, given=given, base=folder, memory_bytes=most, shown=shown
            )
            if began is not None:
                began(one)
            one.run(progress)
        return id_

    def headers(self, id_: str) -> Sequence[Header]:
        """Return the headers of the files of a model.

        Raises:
            NotFoundError: there is no such model.
        """
        return versions.headers_in(self._of(id_))

    def report(self, id_: str) -> dict[str, Any]:
        """Return what reading a model found: files, counts, findings, with its id.

        Raises:
            NotFoundError: there is no such model.
        """
        report: dict[str, Any] = json.loads((self._of(id_) / _REPORT).read_text(encoding="utf-8"))
        return {"id": id_, **report}

    def statements(self, id_: str) -> Path:
        """Return the N-Quads of a model.

        Raises:
            NotFoundError: there is no such model.
        """
        return self._of(id_) / "statements.nq"

    def prepared(self, id_: str, *, per_phase: bool = False) -> ActiveModel:
        """Return a model ready for tracing; takes seconds for 100,000 nodes.

        Raises:
            NotFoundError: there is no such model.
            SnapshotError: its files are damaged.
        """
        network = snapshot.open_(self._of(id_) / "network")
        entries = self.given_for(id_).heads
        # those that did not fit were told when the model was read; they wait
        heads = None if entries is None else tuple(HeadEntries(network).fitting(entries)[0])
        return prepared(network, id_, str(self.report(id_)["name"]), per_phase=per_phase, heads=heads)

    def _of(self, id_: str) -> Path:
        if not self.holds(id_):
            raise NotFoundError("unknown_model", f"There is no model {id_[:60]!r}.", id_[:60])
        return self._folder / id_


def shelf_with(
    folder: Path, said: Conventions, files: tuple[Path | None, Path | None], active: str | None, memory_bytes: int
) -> ModelShelf:
    """Open a shelf under what the user says now, and what counted for the active model where nothing is said.

    Args:
        folder: where the models lie.
        said: what the user says of units, signs and coordinates.
        files: the heads file and the sources file, None = not said.
        active: the id of the active model, None = there is none.
        memory_bytes: as of `ModelShelf`.

    Raises:
        TopogroupError: a file cannot be read, or says something impossible.
    """
    shelf = ModelShelf(folder, said, memory_bytes=memory_bytes)
    before = shelf.given_for(active) if active is not None and shelf.holds(active) else NOTHING
    shelf.given = given_files.given_by(*files, before)
    return shelf
