"""The first schema: feeds, targets, subscriptions, entries, deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "feeds",
        sa.Column("id", ID, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=True),
        sa.Column("full_at", TIME, nullable=True),
        sa.Column("moved_to", sa.String(), nullable=True),
        sa.Column("moved_times", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_polled_at", TIME, nullable=True),
        sa.Column("changed_at", TIME, nullable=True),
        sa.Column("answered_on", sa.String(), nullable=True),
        sa.Column("days_answered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("days_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("floods", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_poll_at", TIME, nullable=False),
        sa.Column("own_interval_s", sa.Integer(), nullable=True),
        sa.Column("gap_s", sa.Integer(), nullable=True),
        sa.Column("hints", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", TIME, nullable=True),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("told_at", TIME, nullable=True),
        sa.Column("silence_told_at", TIME, nullable=True),
        sa.Column("paused_at", TIME, nullable=True),
        sa.Column("pause_reason", sa.String(), nullable=True),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("address", name=op.f("uq_feeds_address")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feeds_host", "feeds", ["host"])
    op.create_index("ix_feeds_next_poll_at", "feeds", ["next_poll_at"])
    op.create_table(
        "targets",
        sa.Column("id", ID, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("paused_at", TIME, nullable=True),
        sa.Column("pause_reason", sa.String(), nullable=True),
        sa.Column("wait_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_targets")),
        sa.UniqueConstraint("platform", "space", "key", name=op.f("uq_targets_platform_space_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("link_mark", sa.String(), nullable=True),
        sa.Column("title_mark", sa.String(), nullable=False),
        sa.Column("seen_day", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("image_url", sa.String(), nullable=True),
        sa.Column("image_alt", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("published_at", TIME, nullable=True),
        sa.Column("updated_at", TIME, nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("revised_at", TIME, nullable=True),
        sa.Column("earlier_title", sa.String(), nullable=True),
        sa.Column("held", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_entries_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("feed_id", "guid", name=op.f("uq_entries_feed_id_guid")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entries_feed_id_first_seen_at", "entries", ["feed_id", "first_seen_at"])
    op.create_index("ix_entries_feed_id_link_mark", "entries", ["feed_id", "link_mark"])
    op.create_index("ix_entries_feed_id_title_mark", "entries", ["feed_id", "title_mark"])
    op.create_table(
        "subscriptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("added_by", ID, nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("paused_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"], ["targets.id"], name=op.f("fk_subscriptions_added_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_subscriptions_feed_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["targets.id"], name=op.f("fk_subscriptions_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("feed_id", "target_id", name=op.f("uq_subscriptions_feed_id_target_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscriptions_added_by", "subscriptions", ["added_by"])
    op.create_index("ix_subscriptions_target_id", "subscriptions", ["target_id"])
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=True),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("notice", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("article", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_tried_at", TIME, nullable=True),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("posted_at", TIME, nullable=True),
        sa.Column("edited_at", TIME, nullable=True),
        sa.Column("edits", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_deliveries_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["targets.id"], name=op.f("fk_deliveries_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("entry_id", "target_id", name=op.f("uq_deliveries_entry_id_target_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_article", "deliveries", ["article", "target_id"])
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["target_id", "id"],
        sqlite_where=sa.text("state IN ('pending', 'sending', 'doubt')"),
        postgresql_where=sa.text("state IN ('pending', 'sending', 'doubt')"),
    )
    op.create_index("ix_deliveries_state_due_at", "deliveries", ["state", "due_at"])
    op.create_index("ix_deliveries_target_id", "deliveries", ["target_id"])
