"""Alias tables that the service keeps: one for each source of switch states, in files of the data directory.

    D/aliases/<digest of the source>.csv    source,alias,mrid

Texts are looked up before a command reaches the engine, so that the journal holds mRIDs: an old command means what it
meant, whatever the table says since.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from cim_models import limits
from cim_models.aliases import Aliases, read_aliases
from cim_models.errors import FileError, LimitError, NotFoundError, OptionError, TopogroupError
from cim_models.findings import Finding, finding, first_of
from topogroup.engine.commands import SwitchOperation
from topogroup.engine.model import ActiveModel

_log = structlog.get_logger("aliases")


class AliasTables:
    """The tables by source. Use from any thread."""

    def __init__(self, folder: Path) -> None:
        """Read what is there.

        Args:
            folder: where the tables lie; made where it is missing.

        A table that cannot be read is left out and told: the service starts without it.
        """
        self._folder, self._lock = folder, threading.Lock()
        self._tables: dict[str, Aliases] = {}
        self._unread: dict[Path, str] = {}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in sorted(folder.glob("*.csv")):
            try:
                self._tables.update(read_aliases(file.read_bytes(), str(file)))
            except (TopogroupError, OSError) as error:
                self._unread[file] = f"{error} Its aliases lead nowhere; send the table again."
                _log.error("aliases_unread", file=str(file), message=str(error))

    @property
    def unread(self) -> list[str]:
        """Return a sentence for each table that could not be read at the start and was not replaced since."""
        return [self._unread[file] for file in sorted(self._unread)]

    def put(self, source: str, data: bytes) -> Aliases:
        """Replace the table of a source; it is durable when this returns.

        Args:
            source: who uses the aliases.
            data: CSV, as `cim_models.aliases` reads it.

        Raises:
            FileError: it cannot be read, or holds rows of another source.
            LimitError: it is too large, or there are too many tables.
            OptionError: the source begins or ends with a blank, which a table cannot keep.
        """
        if source != source.strip():
            message = f"The source {source[:60]!r} begins or ends with a blank; leave it out."
            raise OptionError("alias_source", message, "source")
        name = "The table"
        found = read_aliases(data, name)
        others = sorted(set(found) - {"", source})
        if others:
            message = f"{name} holds rows of source {others[0][:60]!r}; send those to /v1/aliases/ of that source."
            raise FileError("alias_source", message, others[0][:60])
        table = found.get(source) or found.get("") or Aliases()
        with self._lock:
            if source not in self._tables and len(self._tables) >= limits.ALIAS_SOURCES_MAX:
                raise LimitError("too_many_sources", f"There are {limits.ALIAS_SOURCES_MAX} tables; remove one first.")
            self._write(source, table)
            self._tables = {**self._tables, source: table}
        return table

    def remove(self, source: str) -> None:
        """Remove the table of a source.

        Raises:
            NotFoundError: it has none.
        """
        with self._lock:
            self.table(source)
            self._file(source).unlink(missing_ok=True)
            self._sync()
            self._tables = {name: table for name, table in self._tables.items() if name != source}

    def table(self, source: str) -> Aliases:
        """Return the table of a source.

        Raises:
            NotFoundError: it has none.
        """
        found = self._tables.get(source)
        if found is None:
            raise NotFoundError("unknown_source", f"Source {source[:60]!r} has no table of aliases.", source[:60])
        return found

    def sources(self) -> list[str]:
        """Return the sources that have a table, ascending."""
        return sorted(self._tables)

    def of(self, source: str) -> Aliases | None:
        """Return the table of a source, None = it has none."""
        return self._tables.get(source)

    def _write(self, source: str, table: Aliases) -> None:
        """Write a table whole or not at all."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("source", "alias", "mrid"))
        writer.writerows((source, alias, mrid) for alias, mrid in table)
        data = text.getvalue().encode()
        if len(data) > limits.ALIAS_BYTES_MAX:
            most = limits.ALIAS_BYTES_MAX
            message = f"With its source in each row the table has {len(data)} bytes, more than {most}; part it."
            raise LimitError("file_too_large", message, source[:60])
        file = self._file(source)
        draft = file.with_suffix(".new")
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
        self._sync()
        self._unread.pop(file, None)

    def _file(self, source: str) -> Path:
        return self._folder / f"{hashlib.sha256(source.encode(errors='surrogatepass')).hexdigest()}.csv"

    def _sync(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def translated(text: str, table: Aliases | None, model: ActiveModel | None) -> str:
    """Return the mRID that an alias of a source leads to; a text that is an mRID of the model, or no alias, stays.

    Args:
        text: what the source calls something.
        table: its aliases, None = it has none.
        model: the active model.
    """
    targets = () if table is None else table.targets(text)
    if not targets or (model is not None and model.equipment.has_id(text)):
        return text
    return targets[0]


def translated_operations(
    operations: Iterable[SwitchOperation], table: Aliases | None, model: ActiveModel | None
) -> tuple[SwitchOperation, ...]:
    """Return operations with the aliases of their source looked up."""
    if table is None:
        return tuple(operations)
    found = []
    for one in operations:
        mrid = translated(one.switch, table, model)
        found.append(one if mrid == one.switch else replace(one, switch=mrid, said=one.switch))
    return tuple(found)


def dangling(tables: AliasTables, model: ActiveModel, only: str | None = None) -> list[Finding]:
    """Return a finding for each alias that leads to nothing in a model.

    Args:
        tables: all tables.
        model: the model.
        only: the one source to look at, None = all.
    """
    lost = [
        (source, alias, mrid)
        for source in tables.sources()
        if only is None or source == only
        for alias, mrid in tables.of(source) or ()
        if not model.equipment.has_id(mrid) and model.network.node.id.find(mrid) < 0
    ]

    def said(row: int) -> Finding:
        source, alias, mrid = lost[row]
        message = f"Alias {alias[:60]!r} of source {source[:60]!r} leads to {mrid[:60]}, which is not in the model."
        return finding("alias_dangling", message, [mrid])

    return first_of("alias_dangling", np.arange(len(lost)), said)


def described(tables: AliasTables, source: str, model: ActiveModel | None) -> dict[str, Any]:
    """Return a table in short, with its findings against the active model."""
    found = [] if model is None else dangling(tables, model, source)
    return {"source": source, "aliases": len(tables.table(source)), "findings": [one.as_dict() for one in found]}
