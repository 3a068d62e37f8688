"""Follows and their queries, people's habits, digests, and how a channel wants a feed shown."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and columns."""
    op.add_column("feeds", sa.Column("merged_into", ID, nullable=True))
    op.add_column("subscriptions", sa.Column("resumes_at", TIME, nullable=True))
    op.add_column("subscriptions", sa.Column("settings", sa.JSON(), server_default="{}", nullable=False))
    op.create_table(
        "people",
        sa.Column("target_id", ID, nullable=False),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("daily_at", sa.Integer(), server_default="480", nullable=False),
        sa.Column("weekdays_only", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("weekly_day", sa.Integer(), server_default="0", nullable=False),
        sa.Column("weekly_at", sa.Integer(), server_default="480", nullable=False),
        sa.Column("skip_shown", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["targets.id"], name="fk_people_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("target_id", name="pk_people"),
    )
    op.create_table(
        "queries",
        sa.Column("id", ID, nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queries"),
        sa.UniqueConstraint("canonical", name="uq_queries_canonical"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "follows",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("query_id", ID, nullable=False),
        sa.Column("typed", sa.String(), nullable=False),
        sa.Column("feed_id", ID, nullable=True),
        sa.Column("space", sa.String(), nullable=True),
        sa.Column("made_in", ID, nullable=True),
        sa.Column("rhythm", sa.String(), server_default="now", nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("paused_at", TIME, nullable=True),
        sa.Column("snoozed_until", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["targets.id"], name="fk_follows_owner_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["target_id"], ["targets.id"], name="fk_follows_target_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name="fk_follows_query_id"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_follows_feed_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_in"], ["targets.id"], name="fk_follows_made_in", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_follows"),
        sqlite_autoincrement=True,
    )
    for column in ("owner_id", "target_id", "query_id", "feed_id", "made_in"):
        op.create_index(f"ix_follows_{column}", "follows", [column])
    op.create_table(
        "mutes",
        sa.Column("follow_id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["follow_id"], ["follows.id"], name="fk_mutes_follow_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_mutes_feed_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("follow_id", "feed_id", name="pk_mutes"),
    )
    op.create_index("ix_mutes_feed_id", "mutes", ["feed_id"])
    op.add_column("deliveries", sa.Column("digest", sa.JSON(), nullable=True))
    op.add_column("deliveries", sa.Column("bundle_id", ID, nullable=True))
    op.add_column("deliveries", sa.Column("rhythm", sa.String(), nullable=True))
    op.add_column("deliveries", sa.Column("hold", sa.String(), nullable=True))
    op.create_index("ix_deliveries_bundle_id", "deliveries", ["bundle_id"])
    op.create_table(
        "reasons",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("follow_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_reasons_delivery_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["follow_id"], ["follows.id"], name="fk_reasons_follow_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reasons"),
        sa.UniqueConstraint("delivery_id", "follow_id", name="uq_reasons_delivery_id_follow_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reasons_follow_id", "reasons", ["follow_id"])
