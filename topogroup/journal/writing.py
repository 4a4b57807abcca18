"""Writing one revision: all its rows, on the connection of a transaction."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert as upsert

from topogroup.journal import schema
from topogroup.journal.chain import link
from topogroup.journal.codec import deflated, packed
from topogroup.journal.records import Commit, EventRow, GroupChangeRow, GroupRow, LogRow


def write(connection: Connection, generation: int, commit: Commit, previous: bytes) -> bytes:
    """Write one revision.

    Args:
        connection: in a transaction; the caller commits.
        generation: the history.
        commit: the revision.
        previous: the link of the row before in the chain of the log.

    Returns:
        The link of this row.
    """
    row = _log_row(commit.log)
    digests = [hashlib.sha256(event.document).digest() for event in commit.events]
    row["chain"] = link(previous, row, digests)
    connection.execute(schema.log.insert(), row)
    _write_switches(connection, commit)
    _write_devices(connection, commit)
    for template in commit.templates:
        _replace(
            connection,
            schema.template,
            "mrid",
            {
                "mrid": template.mrid,
                "by": ",".join(template.by),
                "created_revision": template.created_revision,
                "deleted_revision": template.deleted_revision,
            },
        )
    if (model := commit.model) is not None:
        connection.execute(
            schema.model.insert().values(
                revision=model.revision, id=model.id, name=model.name, keys=packed(model.keys), next_key=model.next_key
            )
        )
        connection.execute(schema.gone.delete())
        if model.gone:
            connection.execute(schema.gone.insert(), [{"mrid": mrid, "key": key} for mrid, key in model.gone])
    _write_groups(connection, commit)
    _write_events(connection, generation, commit.events, digests)
    chain: bytes = row["chain"]
    return chain


def _log_row(row: LogRow) -> dict[str, Any]:
    return {
        "revision": row.revision,
        "at": row.at.isoformat(),
        "kind": row.kind,
        "source": row.source,
        "sequence": row.sequence,
        "digest": row.digest,
        "body": json.dumps(row.body, ensure_ascii=False, separators=(",", ":")),
        "answer": json.dumps(row.answer, ensure_ascii=False, separators=(",", ":")),
    }


def _write_switches(connection: Connection, commit: Commit) -> None:
    rows = [
        {
            "key": row.key,
            "known": row.known,
            "open": row.open,
            "source": row.source,
            "received_at": row.received_at.isoformat(),
            "at": _text(row.at),
            "quality": row.quality,
            "revision": row.revision,
        }
        for row in commit.switches
    ]
    if rows:
        _replace(connection, schema.switch, "key", rows)


def _write_devices(connection: Connection, commit: Commit) -> None:
    for id_ in commit.ended_devices:
        connection.execute(schema.device.delete().where(schema.device.c.id == id_))
    rows = [
        {
            "id": row.id,
            "kind": row.kind,
            "place": row.place[0],
            "place2": row.place[1] if len(row.place) > 1 else None,
            "phases": row.phases,
            "until": _text(row.until),
            "source": row.source,
            "placed_at": row.placed_at.isoformat(),
            "revision": row.revision,
        }
        for row in commit.devices
    ]
    if rows:
        connection.execute(schema.device.insert(), rows)


def _write_groups(connection: Connection, commit: Commit) -> None:
    full = {change.key: change.sequence for change in commit.group_changes if change.members is not None}
    rows = [_group_row(row, full.get(row.key)) for row in commit.groups]
    fresh = [row for row in rows if row["full_sequence"] is not None]
    if fresh:
        _replace(connection, schema.group, "key", fresh)
    for row in rows:
        if row["full_sequence"] is None:
            del row["full_sequence"]
            connection.execute(schema.group.update().where(schema.group.c.key == row["key"]).values(row))
    changes = [_group_change_row(change, commit.log.revision) for change in commit.group_changes]
    if changes:
        connection.execute(schema.group_change.insert(), changes)


def _group_row(row: GroupRow, full_sequence: int | None) -> dict[str, Any]:
    major, minor, patch = row.version
    return {
        "key": row.key,
        "mrid": row.mrid,
        "name": row.name,
        "kind": row.kind,
        "template": row.template,
        "definition": json.dumps(row.definition, ensure_ascii=False),
        "major": major,
        "minor": minor,
        "patch": patch,
        "sequence": row.sequence,
        "full_sequence": full_sequence,
        "created_revision": row.created_revision,
        "deleted_revision": row.deleted_revision,
    }


def _group_change_row(change: GroupChangeRow, revision: int) -> dict[str, Any]:
    major, minor, patch = change.version
    return {
        "group_key": change.key,
        "sequence": change.sequence,
        "revision": revision,
        "verb": change.verb,
        "major": major,
        "minor": minor,
        "patch": patch,
        "joined": packed(change.joined),
        "left": packed(change.left),
        "members": None if change.members is None else packed(change.members),
    }


def _write_events(connection: Connection, generation: int, events: tuple[EventRow, ...], digests: list[bytes]) -> None:
    if not events:
        return
    rows = [
        {
            "generation": generation,
            "n": event.n,
            "revision": event.revision,
            "group_mrid": event.group,
            "sequence": event.sequence,
            "verb": event.verb,
            "document": deflated(event.document),
            "sha256": digest,
            "parts": len(event.messages),
            "codec": event.codec,
        }
        for event, digest in zip(events, digests, strict=True)
    ]
    connection.execute(schema.event.insert(), rows)
    messages = [
        {
            "generation": generation,
            "n": event.n,
            "part": part,
            "body": deflated(body),
            "sha256": hashlib.sha256(body).digest(),
        }
        for event in events
        for part, body in enumerate(event.messages, 1)
    ]
    connection.execute(schema.message.insert(), messages)


def _replace(connection: Connection, table: Any, key: str, rows: Any) -> None:  # noqa: ANN401 - any table and its rows
    """Insert rows, or write over those with the same key."""
    statement = upsert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=others), rows)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
