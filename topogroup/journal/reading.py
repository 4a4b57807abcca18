"""Reading: the committed state, the log, and events, on a connection of one's own."""

from __future__ import annotations

import json
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, RowMapping, and_, func, select

from topogroup.journal import schema
from topogroup.journal.codec import inflated, unpacked
from topogroup.journal.records import (
    Activation,
    DeviceRow,
    Earlier,
    GroupRow,
    Keys,
    LogRow,
    ModelRow,
    Saved,
    StoredEvent,
    SwitchRow,
    TemplateRow,
)


def saved(connection: Connection, generation: int) -> Saved:
    """Return the committed state."""
    last = connection.execute(
        select(schema.log.c.revision, schema.log.c.at).order_by(schema.log.c.revision.desc()).limit(1)
    ).first()
    events = select(func.max(schema.event.c.n)).where(schema.event.c.generation == generation)
    return Saved(
        generation=generation,
        revision=0 if last is None else int(last.revision),
        at=None if last is None else datetime.fromisoformat(last.at),
        last_event=int(connection.execute(events).scalar() or 0),
        model=_model(connection),
        switches=tuple(
            SwitchRow(**{**row, "received_at": _time(row["received_at"]), "at": _time(row["at"])})
            for row in connection.execute(select(schema.switch).order_by(schema.switch.c.key)).mappings()
        ),
        devices=_devices(connection),
        templates=tuple(
            TemplateRow(row["mrid"], tuple(row["by"].split(",")), row["created_revision"], row["deleted_revision"])
            for row in connection.execute(select(schema.template).order_by(schema.template.c.mrid)).mappings()
        ),
        groups=tuple(
            _group(row) for row in connection.execute(select(schema.group).order_by(schema.group.c.key)).mappings()
        ),
        members=_members(connection),
    )


def head(connection: Connection) -> int:
    """Return the last committed revision, 0 = none yet."""
    return int(connection.execute(select(func.max(schema.log.c.revision))).scalar() or 0)


def earlier(connection: Connection, source: str, sequence: str) -> Earlier | None:
    """Return the command that a source sent under a number, None = none was carried out."""
    row = connection.execute(
        select(schema.log.c.revision, schema.log.c.digest, schema.log.c.answer).where(
            schema.log.c.source == source, schema.log.c.sequence == sequence
        )
    ).first()
    return None if row is None else Earlier(int(row.revision), row.digest, json.loads(row.answer))


def log(connection: Connection, after: int, limit: int) -> list[LogRow]:
    """Return rows of the log after a revision, in their order."""
    rows = connection.execute(
        select(schema.log).where(schema.log.c.revision > after).order_by(schema.log.c.revision).limit(limit)
    ).mappings()
    return [
        LogRow(
            int(row["revision"]),
            datetime.fromisoformat(row["at"]),
            row["kind"],
            row["source"],
            row["sequence"],
            row["digest"],
            json.loads(row["body"]),
            json.loads(row["answer"]),
        )
        for row in rows
    ]


def events(connection: Connection, generation: int, after: int, limit: int) -> list[StoredEvent]:
    """Return events after a number, in their order."""
    table = schema.event.c
    rows = connection.execute(
        select(table.generation, table.n, table.revision, table.group_mrid, table.verb, table.document, table.parts)
        .where(table.generation == generation, table.n > after)
        .order_by(table.n)
        .limit(limit)
    )
    return [
        StoredEvent(int(g), int(n), int(revision), group, verb, inflated(document), int(parts))
        for g, n, revision, group, verb, document, parts in rows
    ]


def message(connection: Connection, generation: int, n: int, part: int) -> bytes | None:
    """Return one message of an event, None = there is none."""
    table = schema.message.c
    found = connection.execute(
        select(table.body).where(table.generation == generation, table.n == n, table.part == part)
    ).scalar()
    return None if found is None else inflated(found)


def _model(connection: Connection) -> ModelRow | None:
    row = connection.execute(select(schema.model).order_by(schema.model.c.revision.desc()).limit(1)).first()
    if row is None:
        return None
    gone = connection.execute(select(schema.gone).order_by(schema.gone.c.mrid))
    lost = tuple((one.mrid, int(one.key)) for one in gone)
    return ModelRow(row.revision, row.id, row.name, unpacked(row.keys), row.next_key, lost)


def activations(connection: Connection) -> list[Activation]:
    """Return which models became active, in order; a model prepared anew stands once more."""
    table = schema.model.c
    rows = connection.execute(select(table.revision, table.id, table.name).order_by(table.revision))
    return [Activation(int(revision), id_, name) for revision, id_, name in rows]


def _devices(connection: Connection) -> tuple[DeviceRow, ...]:
    table = schema.device
    return tuple(
        DeviceRow(
            row.id,
            row.kind,
            tuple(text for text in (row.place, row.place2) if text is not None),
            row.phases,
            _time(row.until),
            row.source,
            datetime.fromisoformat(row.placed_at),
            row.revision,
        )
        for row in connection.execute(select(table).order_by(table.c.revision, table.c.id))
    )


def _group(row: RowMapping) -> GroupRow:
    return GroupRow(
        row["key"],
        row["mrid"],
        row["name"],
        row["kind"],
        row["template"],
        json.loads(row["definition"]),
        (row["major"], row["minor"], row["patch"]),
        row["sequence"],
        row["created_revision"],
        row["deleted_revision"],
    )


def _members(connection: Connection) -> dict[int, Keys]:
    """Return the members of each living group: its last full list, and the changes since."""
    group, change = schema.group.c, schema.group_change.c
    rows = connection.execute(
        select(change.group_key, change.joined, change.left, change.members)
        .join(schema.group, and_(group.key == change.group_key, change.sequence >= group.full_sequence))
        .where(group.deleted_revision.is_(None))
        .order_by(change.group_key, change.sequence)
    )
    found: dict[int, Keys] = {}
    for key, joined, left, members in rows:
        if members is not None:
            found[int(key)] = unpacked(members)
        else:
            kept = np.setdiff1d(found[int(key)], unpacked(left), assume_unique=True)
            found[int(key)] = np.union1d(kept, unpacked(joined))
    return found


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
