r"""The statements of a model as tables: one per class, a row per object, a column per property; as CSV and in pandas.

The first column, `id`, is the canonical id. A reference stands as `#` and the id of the other object, a text as it is;
a text that begins with `#` has a backslash before it. Several values of one property stand in one cell with line feeds
between; backslashes and line feeds of texts are written `\\` and `\n`, an empty text as one backslash. The table
`FullModel` names the profiles of the files, `Description` holds objects that no file gives a class.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from cim_models import limits
from cim_models.errors import FileError
from cim_models.interop.facts import Fact, classes, facts, profiles, statements_of
from cim_models.statements import Statements

if TYPE_CHECKING:
    import pandas as pd

UNCLASSED: Final = "Description"
FILES: Final = "FullModel"
_PROFILE: Final = "Model.profile"
_ID: Final = "id"
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ClassTable:
    """The objects of one class; `rows` are as long as `columns`, None = not said."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


def to_tables(statements: Statements) -> dict[str, ClassTable]:
    """Return the statements of a model by class; rows ascend by id, columns by name.

    Args:
        statements: what the files of a model say.
    """
    class_of = dict(classes(statements))
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for identity, name in class_of.items():
        found.setdefault(name, {})[identity] = {}
    for fact in facts(statements):
        objects = found.setdefault(class_of.get(fact.subject, UNCLASSED), {})
        cell = "#" + fact.value if fact.refers else _escaped(fact.value)
        objects.setdefault(fact.subject, {}).setdefault(fact.property, []).append(cell)
    if named := profiles(statements):
        found[FILES] = {"files": {_PROFILE: [_escaped(one) for one in named]}}
    return {name: _table(found[name]) for name in sorted(found)}


def from_tables(tables: Mapping[str, ClassTable], source: str = "tables") -> Statements:
    """Return the statements of tables such as `to_tables` makes.

    Args:
        tables: by class.
        source: how findings name them.

    Raises:
        FileError: a table has no column `id`, or a row no id.
        LimitError: they hold too much.
    """
    of_files: list[str] = []
    declared: list[tuple[str, str]] = []
    said: list[Fact] = []
    for name, table in tables.items():
        if not table.columns or table.columns[0] != _ID:
            raise FileError("bad_table", f"{source}: the first column of {name} must be {_ID}.", name)
        for row in table.rows:
            identity = row[0]
            if not identity:
                raise FileError("bad_table", f"{source}: a row of {name} has no {_ID}.", name)
            cells = zip(table.columns[1:], row[1:], strict=True)
            of_row = [fact for column, cell in cells if cell for fact in _facts(identity, column, cell)]
            if name == FILES:
                of_files += [fact.value for fact in of_row if fact.property == _PROFILE]
                continue
            if name != UNCLASSED:
                declared.append((identity, name))
            said += of_row
    return statements_of(declared, said, of_files, source)


def write_csv(statements: Statements, folder: Path) -> list[Path]:
    """Write a file per class, `<class>.csv` in UTF-8.

    Args:
        statements: what the files of a model say.
        folder: where; made where it is missing.

    Returns:
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in to_tables(statements).items():
        path = folder / f"{quote(name, safe='')}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(table.columns)
            writer.writerows(table.rows)
        written.append(path)
    return written


def read_csv(folder: Path) -> Statements:
    """Return the statements of a folder that `write_csv` wrote.

    Args:
        folder: the folder; files of other kinds in it are left alone.

    Raises:
        FileError: there is no such file, or one is no such table.
        LimitError: they hold too much.
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise FileError("file_not_found", f"{folder} holds no CSV files.", str(folder))
    return from_tables({unquote(path.stem): _read(path) for path in paths}, str(folder))


def to_pandas(statements: Statements) -> dict[str, pd.DataFrame]:
    """Return the tables as data frames, with `id` as their index.

    Args:
        statements: what the files of a model say.
    """
    import pandas as pd

    frames = {}
    for name, table in to_tables(statements).items():
        frame = pd.DataFrame(list(table.rows), columns=list(table.columns), dtype=object)
        frames[name] = frame.set_index(_ID)
    return frames


def from_pandas(frames: Mapping[str, pd.DataFrame], source: str = "pandas") -> Statements:
    """Return the statements of data frames such as `to_pandas` makes; as `from_tables`."""
    tables = {}
    for name, frame in frames.items():
        filled = frame.astype(object).where(frame.notna(), None)
        rows = (tuple(None if cell is None else str(cell) for cell in row) for row in filled.itertuples(name=None))
        tables[name] = ClassTable((_ID, *map(str, frame.columns)), tuple(rows))
    return from_tables(tables, source)


def _table(objects: Mapping[str, Mapping[str, Sequence[str]]]) -> ClassTable:
    columns = sorted({name for said in objects.values() for name in said})
    rows = []
    for identity in sorted(objects):
        said = objects[identity]
        rows.append((identity, *("\n".join(said[name]) if name in said else None for name in columns)))
    return ClassTable((_ID, *columns), tuple(rows))


def _read(path: Path) -> ClassTable:
    csv.field_size_limit(limits.XML_TEXT_BYTES_MAX)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [tuple(cell or None for cell in row) for row in csv.reader(stream)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError("bad_table", f"{path} cannot be read as CSV in UTF-8: {error}.", str(path)) from error
    head = tuple(cell or "" for cell in rows[0]) if rows else ()
    for line, row in enumerate(rows, 1):
        if len(row) != len(head):
            message = f"{path}, row {line}: {len(row)} cells under {len(head)} columns."
            raise FileError("bad_table", message, str(path), line=line)
    return ClassTable(head, tuple(rows[1:]))


def _facts(subject: str, name: str, cell: str) -> Iterator[Fact]:
    for value in cell.split("\n"):
        if value.startswith("#"):
            yield Fact(subject, name, value[1:], True)
        else:
            yield Fact(subject, name, "" if value == "\\" else _ESCAPED.sub(_character, value), False)


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("\n", "\\n")
    return "\\" + plain if plain.startswith("#") else plain or "\\"


def _character(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]
