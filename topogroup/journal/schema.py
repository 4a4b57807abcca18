"""The tables of the journal; `migrations` makes them. Keys and bytes only: names of the network stand in events."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy import UniqueConstraint as Unique

metadata: Final = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")

store: Final = Table(
    "store",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("generation", _Id, nullable=False),
    Column("created_at", Text, nullable=False),
)
"""One row: which history this is. A restore starts a new generation."""

log: Final = Table(
    "log",
    metadata,
    Column("revision", _Id, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text),
    Column("sequence", Text),
    Column("digest", Text),
    Column("body", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Unique("source", "sequence", name="log_once"),
    CheckConstraint("revision > 0"),
)
"""One row for each command; `chain` is the SHA-256 of the row before, this row and its events."""

switch: Final = Table(
    "switch",
    metadata,
    Column("key", _Id, primary_key=True, autoincrement=False),
    Column("known", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("at", Text),
    Column("quality", Text, nullable=False),
    Column("revision", _Id, nullable=False),
)
"""The latest report of each switch that was ever reported."""

device: Final = Table(
    "device",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("place2", Text),
    Column("phases", Text, nullable=False),
    Column("until", Text),
    Column("source", Text, nullable=False),
    Column("placed_at", Text, nullable=False),
    Column("revision", _Id, nullable=False),
)
"""The temporary devices that stand in the network now; those that were taken away are in the log alone."""

template: Final = Table(
    "template",
    metadata,
    Column("mrid", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("created_revision", _Id, nullable=False),
    Column("deleted_revision", _Id),
)

model: Final = Table(
    "model",
    metadata,
    Column("revision", _Id, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("keys", LargeBinary, nullable=False),
    Column("next_key", _Id, nullable=False),
)
"""One row for each activation; the last one is the active model. Its arrays lie in the folder of models."""

gone: Final = Table(
    "gone",
    metadata,
    Column("mrid", Text, primary_key=True),
    Column("key", _Id, nullable=False),
)
"""DER and switches of earlier models that the active one lacks, with their keys; they may come back."""

group: Final = Table(
    "der_group",
    metadata,
    Column("key", _Id, primary_key=True, autoincrement=False),
    Column("mrid", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("template", Text),
    Column("definition", Text, nullable=False),
    Column("major", Integer, nullable=False),
    Column("minor", Integer, nullable=False),
    Column("patch", Integer, nullable=False),
    Column("sequence", _Id, nullable=False),
    Column("full_sequence", _Id, nullable=False),
    Column("created_revision", _Id, nullable=False),
    Column("deleted_revision", _Id),
    CheckConstraint("sequence >= full_sequence"),
)
"""One row for each group that ever was; `full_sequence` is its last change with a full list of members."""

group_change: Final = Table(
    "group_change",
    metadata,
    Column("group_key", _Id, primary_key=True, autoincrement=False),
    Column("sequence", _Id, primary_key=True, autoincrement=False),
    Column("revision", _Id, nullable=False),
    Column("verb", Text, nullable=False),
    Column("major", Integer, nullable=False),
    Column("minor", Integer, nullable=False),
    Column("patch", Integer, nullable=False),
    Column("joined", LargeBinary, nullable=False),
    Column("left", LargeBinary, nullable=False),
    Column("members", LargeBinary),
    CheckConstraint("sequence > 0"),
)
"""What one revision did to the members of one group, as compressed keys; now and then the full list."""

event: Final = Table(
    "event",
    metadata,
    Column("generation", _Id, primary_key=True, autoincrement=False),
    Column("n", _Id, primary_key=True, autoincrement=False),
    Column("revision", _Id, nullable=False),
    Column("group_mrid", Text, nullable=False),
    Column("sequence", _Id, nullable=False),
    Column("verb", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("codec", Text, nullable=False),
    Unique("generation", "group_mrid", "sequence", name="event_gapless"),
)
"""The outbox: rows are only ever added."""

message: Final = Table(
    "message",
    metadata,
    Column("generation", _Id, primary_key=True, autoincrement=False),
    Column("n", _Id, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
)
"""The IEC 61968 messages of each event, as they are sent on every attempt."""

Index("event_by_revision", event.c.revision)
