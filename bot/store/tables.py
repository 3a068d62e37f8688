"""The tables, as SQLAlchemy sees them; ``migrations/versions`` makes them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)


class Utc(TypeDecorator[datetime]):
    """A moment: aware when it goes in and when it comes out, stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: which zone it means can only be guessed."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives back what it was given: UTC without saying so."""
        del dialect
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")

feeds = Table(
    "feeds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", String, nullable=False, unique=True),
    Column("host", String, nullable=False),
    Column("title", String, nullable=False, server_default=""),
    Column("link", String),
    Column("created_at", Utc, nullable=False),
    # the last answer
    Column("etag", String),
    Column("last_modified", String),
    Column("body_hash", LargeBinary),
    Column("full_at", Utc),  # the last GET without conditions: a 304 for ever is found out once a day
    Column("moved_to", String),
    Column("moved_times", Integer, nullable=False, server_default="0"),
    # what is known of it
    Column("first_polled_at", Utc),  # NULL: the next poll remembers and posts only the sample
    Column("changed_at", Utc),  # when an entry was last new
    Column("answered_on", String),  # the last day, ISO, on which it answered
    Column("days_answered", Integer, nullable=False, server_default="0"),
    Column("days_read", Integer, nullable=False, server_default="0"),  # days_answered at the last parse
    Column("floods", Integer, nullable=False, server_default="0"),
    # when to look again
    Column("next_poll_at", Utc, nullable=False),
    Column("own_interval_s", Integer),
    Column("gap_s", Integer),  # the usual time between two entries
    Column("hints", JSON, nullable=False, server_default="{}"),
    # trouble
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Utc),
    Column("answered_at", Utc),
    Column("trouble", String),
    Column("told_at", Utc),
    Column("silence_told_at", Utc),
    Column("paused_at", Utc),
    Column("pause_reason", String),
    # The feed that it turned out to be; no reference, since SQLite adds those to new tables only.
    Column("merged_into", Id),
    # who polls it now
    Column("lease", String),
    Column("lease_until", Utc),
    Index("ix_feeds_next_poll_at", "next_poll_at"),
    Index("ix_feeds_host", "host"),
    sqlite_autoincrement=True,
)

targets = Table(
    "targets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String, nullable=False),
    Column("space", String, nullable=False),
    Column("key", String, nullable=False),  # the platform's own id
    Column("kind", String, nullable=False),
    Column("paused_at", Utc),
    Column("pause_reason", String),
    Column("wait_until", Utc),  # the platform asked for patience with this target
    # Of a person: when the first message failed that none has followed since.
    Column("unreachable_since", Utc),
    Column("refusal_told_at", Utc),  # when somebody last heard that the channel's rules keep posts out
    UniqueConstraint("platform", "space", "key"),
    sqlite_autoincrement=True,
)

spaces = Table(  # the workspaces and servers that the bot was removed from
    "spaces",
    metadata,
    Column("platform", String, primary_key=True),
    Column("space", String, primary_key=True),
    Column("left_at", Utc, nullable=False),
)

notes = Table(  # what adapters keep for themselves
    "notes",
    metadata,
    Column("platform", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("text", String, nullable=False),
    Column("keep_until", Utc),  # NULL: for good
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feed_id", Id, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("target_id", Id, ForeignKey("targets.id", ondelete="CASCADE"), nullable=False),
    Column("added_by", Id, ForeignKey("targets.id", ondelete="SET NULL")),
    Column("name", String),  # what a person calls the feed here
    Column("sample", Boolean, nullable=False, server_default=false()),  # one card wanted at the first poll
    Column("created_at", Utc, nullable=False),
    Column("paused_at", Utc),
    Column("resumes_at", Utc),  # a pause with an end
    Column("settings", JSON, nullable=False, server_default="{}"),  # names and values of bot.look's schema
    UniqueConstraint("feed_id", "target_id"),
    Index("ix_subscriptions_target_id", "target_id"),
    Index("ix_subscriptions_added_by", "added_by"),
    sqlite_autoincrement=True,
)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feed_id", Id, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    # the marks by which it is known again; they outlive the texts
    Column("guid", String, nullable=False),
    Column("link_mark", String),
    Column("title_mark", String, nullable=False),
    Column("seen_day", Integer, nullable=False),  # the feed's days_answered when it was last in the document
    Column("first_seen_at", Utc, nullable=False),
    # the texts: NULL title once they are no longer kept
    Column("title", String),
    Column("link", String),
    Column("author", String),
    Column("summary", String),
    Column("image_url", String),
    Column("image_alt", String),
    Column("language", String),
    Column("published_at", Utc),
    Column("updated_at", Utc),
    # corrections
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("revised_at", Utc),
    Column("earlier_title", String),
    Column("held", Boolean, nullable=False, server_default=false()),  # remembered from a flood, not posted
    UniqueConstraint("feed_id", "guid"),
    Index("ix_entries_feed_id_title_mark", "feed_id", "title_mark"),
    Index("ix_entries_feed_id_link_mark", "feed_id", "link_mark"),
    Index("ix_entries_feed_id_first_seen_at", "feed_id", "first_seen_at"),
    sqlite_autoincrement=True,
)

people = Table(
    "people",
    metadata,
    Column("target_id", Id, ForeignKey("targets.id", ondelete="CASCADE"), primary_key=True),
    Column("timezone", String),  # IANA
    # times of day in minutes after midnight, the person's own time
    Column("quiet_from", Integer),
    Column("quiet_until", Integer),
    Column("daily_at", Integer, nullable=False, server_default="480"),
    Column("weekdays_only", Boolean, nullable=False, server_default=false()),
    Column("weekly_day", Integer, nullable=False, server_default="0"),  # Monday is 0
    Column("weekly_at", Integer, nullable=False, server_default="480"),
    Column("skip_shown", Boolean, nullable=False, server_default=false()),
)

queries = Table(  # each distinct query once: the index in memory reads on from the last id it knows
    "queries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("canonical", String, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

follows = Table(
    "follows",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner_id", Id, ForeignKey("targets.id", ondelete="CASCADE"), nullable=False),
    Column("target_id", Id, ForeignKey("targets.id", ondelete="CASCADE"), nullable=False),
    Column("query_id", Id, ForeignKey("queries.id"), nullable=False),
    Column("typed", String, nullable=False),
    Column("feed_id", Id, ForeignKey("feeds.id", ondelete="CASCADE")),  # NULL: all within reach
    Column("space", String),  # NULL: in each that the person shares with the bot
    Column("made_in", Id, ForeignKey("targets.id", ondelete="SET NULL")),
    Column("rhythm", String, nullable=False, server_default="now"),
    Column("created_at", Utc, nullable=False),
    Column("paused_at", Utc),
    Column("snoozed_until", Utc),
    Column("ended_at", Utc),  # unfollowed; kept some days for Undo
    Index("ix_follows_owner_id", "owner_id"),
    Index("ix_follows_target_id", "target_id"),
    Index("ix_follows_query_id", "query_id"),
    Index("ix_follows_feed_id", "feed_id"),
    Index("ix_follows_made_in", "made_in"),
    sqlite_autoincrement=True,
)

mutes = Table(  # a follow passes over a feed
    "mutes",
    metadata,
    Column("follow_id", Id, ForeignKey("follows.id", ondelete="CASCADE"), primary_key=True),
    Column("feed_id", Id, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_mutes_feed_id", "feed_id"),
)

OPEN = text("state IN ('pending', 'sending', 'doubt')")

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entry_id", Id, ForeignKey("entries.id", ondelete="CASCADE")),
    Column("target_id", Id, ForeignKey("targets.id", ondelete="CASCADE"), nullable=False),
    Column("notice", JSON(none_as_null=True)),  # instead of an entry
    Column("digest", JSON(none_as_null=True)),  # instead of an entry: what the rows with this bundle_id share
    # The delivery that is the digest it came in; no reference, since SQLite adds those to new tables only.
    Column("bundle_id", Id),
    Column("rhythm", String),  # of an alert: the soonest of the follows that asked for it
    Column("hold", String),  # why it waits to come with others: bot.digest.Hold
    Column("article", String),  # link and title: one article goes to one target once in 7 days
    Column("created_at", Utc, nullable=False),
    Column("state", String, nullable=False),  # bot.store.deliveries.State
    Column("reason", String),
    Column("due_at", Utc, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("first_tried_at", Utc),
    Column("lease", String),
    Column("lease_until", Utc),
    # what stands in the target
    Column("message_id", String),  # once it is there, a pending delivery means an edit
    Column("revision", Integer),
    Column("posted_at", Utc),
    Column("edited_at", Utc),
    Column("edits", Integer, nullable=False, server_default="0"),
    UniqueConstraint("entry_id", "target_id"),
    Index("ix_deliveries_open", "target_id", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_deliveries_state_due_at", "state", "due_at"),
    Index("ix_deliveries_article", "article", "target_id"),
    Index("ix_deliveries_target_id", "target_id"),
    Index("ix_deliveries_bundle_id", "bundle_id"),
    sqlite_autoincrement=True,
)

reasons = Table(  # the follows for which a delivery exists
    "reasons",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", Id, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("follow_id", Id, ForeignKey("follows.id", ondelete="SET NULL")),
    UniqueConstraint("delivery_id", "follow_id"),
    Index("ix_reasons_follow_id", "follow_id"),
    sqlite_autoincrement=True,
)
