"""The hash chain of the log: a row that somebody changed, took out or put in is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from topogroup.journal.schema import event, log

FIRST_LINK: Final = bytes(32)
"""What the first row follows on."""

_COLUMNS: Final = ("revision", "at", "kind", "source", "sequence", "digest", "body", "answer")


def link(previous: bytes, row: Mapping[str, Any], event_digests: Iterable[bytes]) -> bytes:
    """Return the link of one row of the log.

    Args:
        previous: the link of the row before.
        row: the row, by column.
        event_digests: SHA-256 of its events, in their order.

    Returns:
        SHA-256 over all of them; lengths stand before texts, so that no two rows have the same bytes.
    """
    digest = hashlib.sha256(previous)
    for column in _COLUMNS:
        value = row[column]
        data = b"-" if value is None else b"=" + str(value).encode()
        digest.update(b"%d:" % len(data) + data)
    for one in event_digests:
        digest.update(one)
    return digest.digest()


def last_link(connection: Connection) -> bytes:
    """Return the link of the last row."""
    found = connection.execute(select(log.c.chain).order_by(log.c.revision.desc()).limit(1)).scalar()
    return FIRST_LINK if found is None else bytes(found)


def first_broken(connection: Connection) -> int | None:
    """Return the first revision whose row or events are not what was written, None = all are."""
    from topogroup.journal.codec import inflated

    previous, expected = FIRST_LINK, 1
    for row in connection.execute(select(log).order_by(log.c.revision)).mappings():
        revision = int(row["revision"])
        events = connection.execute(
            select(event.c.document, event.c.sha256).where(event.c.revision == revision).order_by(event.c.n)
        ).all()
        digests = [bytes(digest) for _, digest in events]
        whole = all(hashlib.sha256(inflated(d)).digest() == bytes(digest) for d, digest in events)
        previous = link(previous, dict(row), digests)
        if revision != expected or not whole or previous != bytes(row["chain"]):
            return revision
        expected += 1
    return None
