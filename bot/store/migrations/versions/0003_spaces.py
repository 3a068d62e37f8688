"""Spaces that the bot was removed from, notes of adapters, and what is known of targets that refuse us."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and the columns."""
    op.add_column("targets", sa.Column("unreachable_since", TIME, nullable=True))
    op.add_column("targets", sa.Column("refusal_told_at", TIME, nullable=True))
    op.create_table(
        "spaces",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("left_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("platform", "space", name="pk_spaces"),
    )
    op.create_table(
        "notes",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("keep_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("platform", "key", name="pk_notes"),
    )
