"""Aliases: the point names of SCADA and DMS, as tables in CSV that lead to mRIDs.

`alias,mrid`, or `source,alias,mrid` for several sources in one file. A table knows nothing of models: it stays right
when a model is replaced, and says which of its rows lead nowhere in the model that is active.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cim_models import limits
from cim_models.errors import FileError, LimitError, OptionError
from cim_models.identifiers import canonical

_COLUMNS: Final = (["alias", "mrid"], ["source", "alias", "mrid"])


@dataclass(slots=True)
class Aliases:
    """Aliases by text, each with the mRIDs it leads to: one, or several where sources disagree."""

    _targets: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of aliases."""
        return len(self._targets)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield alias and mRID, ascending."""
        for text in sorted(self._targets):
            for mrid in self._targets[text]:
                yield text, mrid

    def targets(self, text: str) -> tuple[str, ...]:
        """Return the mRIDs that an alias leads to, in canonical spelling; none where it is no alias."""
        return self._targets.get(text, ())

    def add(self, text: str, mrid: str) -> None:
        """Add where an alias leads to."""
        known = self._targets.get(text, ())
        if mrid not in known:
            self._targets[text] = (*known, mrid)


def read_aliases(data: bytes, name: str) -> dict[str, Aliases]:
    """Read a table of aliases; it is right as a whole or refused as a whole.

    Args:
        data: CSV in UTF-8 whose first line is `alias,mrid` or `source,alias,mrid`.
        name: how errors name it.

    Returns:
        The aliases by source; "" for a table without sources.

    Raises:
        FileError: it is no CSV in UTF-8, or a row is not as it must be; the message names the line.
        LimitError: it is too large.
        OptionError: its columns are others.
    """
    if len(data) > limits.ALIAS_BYTES_MAX:
        raise LimitError("file_too_large", f"{name} is larger than {limits.ALIAS_BYTES_MAX} bytes.", name)
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        header = [word.strip().lower() for word in next(lines, [])]
        if header not in _COLUMNS:
            message = f"{name}: the first line is alias,mrid or source,alias,mrid, not {','.join(header)[:60]!r}."
            raise OptionError("alias_columns", message, name)
        found: dict[str, Aliases] = {}
        first: dict[tuple[str, str], int] = {}
        for row in lines:
            _take(found, first, row, len(header), f"{name} line {lines.line_num}")
    except UnicodeDecodeError as error:
        raise FileError("not_csv", f"{name} is not UTF-8; convert the file.", name) from error
    except csv.Error as error:
        raise FileError("not_csv", f"{name} is no CSV: {error}.", name) from error
    return found


def _take(
    found: dict[str, Aliases], first: dict[tuple[str, str], int], row: list[str], columns: int, place: str
) -> None:
    """Take one row in."""
    fields = [text.strip() for text in row]
    if not any(fields):
        return
    if len(fields) != columns or not all(fields):
        raise FileError("alias_row", f"{place}: a row has {columns} texts, none of them empty.", place)
    source, alias, mrid = fields if columns == 3 else ("", *fields)
    if max(map(len, fields)) > limits.ID_CHARACTERS_MAX:
        raise FileError("alias_row", f"{place}: a text has more than {limits.ID_CHARACTERS_MAX} characters.", place)
    identity = canonical(mrid)
    if not identity:
        raise FileError("alias_row", f"{place}: {mrid[:60]!r} is no mRID.", place)
    table, line = found.setdefault(source, Aliases()), int(place.rpartition(" ")[2])
    known = table.targets(alias)
    if known and known != (identity,):
        before = first[source, alias]
        message = f"{place}: alias {alias[:60]!r} leads to {identity}, at line {before} to {known[0]}; keep one."
        raise FileError("alias_twice", message, alias[:60])
    if not known and len(first) >= limits.ALIAS_ROWS_MAX:
        raise LimitError("too_many_aliases", f"{place}: more than {limits.ALIAS_ROWS_MAX} aliases; part the table.")
    first.setdefault((source, alias), line)
    table.add(alias, identity)
