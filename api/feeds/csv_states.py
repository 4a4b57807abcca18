"""Switch states as CSV: `switch,open[,phases,at,quality]`, one state a line."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Final

from api.feeds.batch import Asked, Batch, batch_of
from cim_models import limits
from cim_models.errors import FileError, LimitError
from topogroup.engine.commands import SwitchOperation
from topogroup.engine.state_files import FIRST_TIME, LAST_TIME

_COLUMNS: Final = ("switch", "open", "phases", "at", "quality")
_TRUTH: Final = {"true": True, "1": True, "open": True, "false": False, "0": False, "closed": False}


def read_csv(data: bytes, asked: Asked) -> Batch:
    """Read a table of switch states.

    Args:
        data: CSV in UTF-8 whose first line names the columns.
        asked: what the address says; source and sequence stand there alone.

    Returns:
        The batch.

    Raises:
        FileError: no CSV, or a line is not as it must be; the message names the line.
        LimitError: it has too many lines.
        OptionError: the address says no source or sequence.
    """
    operations: list[SwitchOperation] = []
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        header = [word.strip().lower() for word in next(lines, [])]
        strange = [word for word in header if word not in _COLUMNS or header.count(word) > 1]
        if strange or not {"switch", "open"} <= set(header):
            shown = f", not {strange[0][:40]!r}" if strange else ""
            message = f"Line 1 names the columns switch,open and where wanted phases,at,quality, each once{shown}."
            raise FileError("bad_columns", message, "line 1")
        for row in lines:
            if any(text.strip() for text in row):
                operations.append(_operation(row, header, lines.line_num))
            if len(operations) > limits.SWITCHING_OPERATIONS_MAX:
                most = limits.SWITCHING_OPERATIONS_MAX
                raise LimitError("too_many_operations", f"The body has more than {most} switch states; part it.")
    except UnicodeDecodeError as error:
        raise FileError("not_csv", "The body is not UTF-8.", "body") from error
    except csv.Error as error:
        raise FileError("not_csv", f"The body is no CSV: {error}.", "body") from error
    return batch_of(operations, None, None, asked)


def _operation(row: list[str], header: list[str], line: int) -> SwitchOperation:
    def wrong(why: str) -> FileError:
        return FileError("bad_row", f"Line {line}: {why}.", f"line {line}")

    if len(row) > len(header):
        raise wrong(f"it has {len(row)} fields for {len(header)} columns; quote those with commas")
    said = {name: text.strip() for name, text in zip(header, row, strict=False)}
    switch, opens = said.get("switch", ""), _TRUTH.get(said.get("open", "").lower())
    if not 0 < len(switch) <= limits.ID_CHARACTERS_MAX:
        raise wrong(f"switch has 1 to {limits.ID_CHARACTERS_MAX} characters")
    if opens is None:
        raise wrong(f"open is true or false, not {said.get('open', '')[:20]!r}")
    most = limits.SWITCHING_PHASES_CHARACTERS_MAX
    if len(said.get("phases", "")) > most or len(said.get("quality", "")) > limits.SWITCHING_WORD_CHARACTERS_MAX:
        raise wrong("phases or quality are too long")
    at = None
    if text := said.get("at", ""):
        try:
            at = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            at = None
        if at is None or at.tzinfo is None or not FIRST_TIME <= at <= LAST_TIME:
            raise wrong(f"at is a time with a zone such as 2026-05-01T16:00:00Z, not {text[:40]!r}")
    return SwitchOperation(switch, opens, said.get("phases", ""), at, said.get("quality") or "good")
