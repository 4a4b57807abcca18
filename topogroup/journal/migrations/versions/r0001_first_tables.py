"""The first tables: log, switches, templates, models, groups with their changes, events with their messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "der_group",
        sa.Column("key", _ID, autoincrement=False, nullable=False),
        sa.Column("mrid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("patch", sa.Integer(), nullable=False),
        sa.Column("sequence", _ID, nullable=False),
        sa.Column("full_sequence", _ID, nullable=False),
        sa.Column("created_revision", _ID, nullable=False),
        sa.Column("deleted_revision", _ID, nullable=True),
        sa.CheckConstraint("sequence >= full_sequence"),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("mrid"),
    )
    op.create_table(
        "event",
        sa.Column("generation", _ID, autoincrement=False, nullable=False),
        sa.Column("n", _ID, autoincrement=False, nullable=False),
        sa.Column("revision", _ID, nullable=False),
        sa.Column("group_mrid", sa.Text(), nullable=False),
        sa.Column("sequence", _ID, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "n"),
        sa.UniqueConstraint("generation", "group_mrid", "sequence", name="event_gapless"),
    )
    op.create_index("event_by_revision", "event", ["revision"], unique=False)
    op.create_table(
        "group_change",
        sa.Column("group_key", _ID, autoincrement=False, nullable=False),
        sa.Column("sequence", _ID, autoincrement=False, nullable=False),
        sa.Column("revision", _ID, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("patch", sa.Integer(), nullable=False),
        sa.Column("joined", sa.LargeBinary(), nullable=False),
        sa.Column("left", sa.LargeBinary(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("sequence > 0"),
        sa.PrimaryKeyConstraint("group_key", "sequence"),
    )
    op.create_table(
        "log",
        sa.Column("revision", _ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("sequence", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("revision > 0"),
        sa.PrimaryKeyConstraint("revision"),
        sa.UniqueConstraint("source", "sequence", name="log_once"),
    )
    op.create_table(
        "message",
        sa.Column("generation", _ID, autoincrement=False, nullable=False),
        sa.Column("n", _ID, autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "n", "part"),
    )
    op.create_table(
        "model",
        sa.Column("revision", _ID, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("next_key", _ID, nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
    op.create_table(
        "store",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation", _ID, nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "switch",
        sa.Column("key", _ID, autoincrement=False, nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("revision", _ID, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "template",
        sa.Column("mrid", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("created_revision", _ID, nullable=False),
        sa.Column("deleted_revision", _ID, nullable=True),
        sa.PrimaryKeyConstraint("mrid"),
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in ("template", "switch", "store", "model", "message", "log", "group_change", "event", "der_group"):
        op.drop_table(table)
