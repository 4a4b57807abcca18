"""Switching plans as CSV: `step,switch,action,phases,at,comment,place,place2,until`."""

from __future__ import annotations

import csv
import io

from cim_models import limits
from cim_models.errors import FileError, OptionError
from topogroup.topology.switching.plan import COLUMNS, NEEDED_COLUMNS


def plan_rows(data: bytes, name: str) -> list[dict[str, str]]:
    """Read the rows of a plan.

    Args:
        data: CSV in UTF-8 with a header.
        name: how errors name it.

    Returns:
        The rows, by the names of the columns.

    Raises:
        FileError: it is too large or no CSV.
        OptionError: a column is missing or unknown, or a row has too many fields.
    """
    if len(data) > limits.PLAN_BYTES_MAX:
        raise FileError("file_too_large", f"{name} is larger than {limits.PLAN_BYTES_MAX} bytes.", name)
    try:
        text = data.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:
        raise FileError("file_unreadable", f"{name} cannot be read: it is not UTF-8.", name) from error
    except csv.Error as error:
        raise FileError("not_csv", f"{name} is no CSV: {error}.", name) from error
    header = [word.strip().lower() for word in lines[0]] if lines else []
    for word in header:
        if word not in COLUMNS or header.count(word) > 1:
            message = f"{name}: the columns are {', '.join(COLUMNS)}, each once; it has {word[:40]!r}."
            raise OptionError("plan_columns", message, name)
    for word in NEEDED_COLUMNS:
        if word not in header:
            message = f"{name} has no column {word}; its first line names the columns step,switch,action."
            raise OptionError("plan_columns", message, name)
    rows = [line for line in lines[1:] if any(field.strip() for field in line)]
    for number, row in enumerate(rows, 1):
        if len(row) > len(header):
            message = f"Row {number}: it has {len(row)} fields for {len(header)} columns; quote those with commas."
            raise OptionError("plan_row", message, name)
    return [dict(zip(header, row, strict=False)) for row in rows]
