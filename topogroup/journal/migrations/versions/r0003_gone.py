"""Keys of what earlier models had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "gone",
        sa.Column("mrid", sa.Text(), nullable=False),
        sa.Column("key", _ID, nullable=False),
        sa.PrimaryKeyConstraint("mrid"),
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("gone")
