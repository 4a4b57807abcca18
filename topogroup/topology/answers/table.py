"""The attachment report as a table: one row per DER, lists joined by semicolons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

from topogroup.topology.answers.answer import Attachment, DerAttachment
from topogroup.topology.arrays.links import Item


def table_of(report: Iterable[DerAttachment]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows as `attach --csv` prints them; items stand as their mRIDs.

    Args:
        report: the DER, such as an `AttachmentReport`.

    Returns:
        Column names, and one row of texts per DER.
    """
    header = ["mrid", "source_id", "name", "kind", "unit_kinds", "end_devices", "phases"]
    names = _attachment_columns()
    header += [f"{state}.{name}" for state in ("current", "normal") for name in names]
    rows = []
    for der in report:
        row = [der.mrid, der.source_id, der.name, der.kind, ";".join(der.unit_kinds)]
        row += [_cell(der.end_devices), der.phases]
        row += [_cell(getattr(one, name)) for one in (der.current, der.normal) for name in names]
        rows.append(row)
    return header, rows


def _attachment_columns() -> list[str]:
    return [column.name for column in fields(Attachment) if column.name != "by_phase"]


def _cell(value: Item | Sequence[Item] | str | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Item):
        return value.mrid
    return ";".join(item.mrid for item in value)


def is_away(current: Attachment, normal: Attachment) -> bool:
    """Tell whether a DER hangs on other feeders than normally."""
    return current.feeders != normal.feeders
