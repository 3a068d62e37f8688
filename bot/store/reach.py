"""Reach: which feeds stand in which channels, and their newest entries, for whoever may see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.models import Entry, Target
from bot.store.entries import TEXTS, entry_of
from bot.store.spaces import is_left
from bot.store.subscriptions import target_of
from bot.store.tables import entries, feeds, subscriptions, targets


@dataclass(frozen=True, slots=True)
class Carried:
    """A feed in a target, and what it is called there."""

    feed_id: int
    target: Target
    name: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry that is known, with where it came from and when."""

    entry_id: int
    feed_id: int
    entry: Entry
    first_seen_at: datetime


def carried(
    c: Connection, platform: str, *, space: str | None = None, feed_id: int | None = None
) -> list[Carried]:
    """List the feeds of a platform's targets (of one space, of one feed), in the order they were added.

    Where the bot was removed nobody can be asked who sees what, so it is in nobody's reach.
    """
    name = func.coalesce(subscriptions.c.name, func.nullif(feeds.c.title, ""), feeds.c.host)
    query = (
        select(subscriptions.c.feed_id, name.label("name"), targets)
        .join(targets, targets.c.id == subscriptions.c.target_id)
        .join(feeds, feeds.c.id == subscriptions.c.feed_id)
        .where(targets.c.platform == platform, ~is_left(targets))
        .order_by(subscriptions.c.id)
    )
    if space is not None:
        query = query.where(targets.c.space == space)
    if feed_id is not None:
        query = query.where(subscriptions.c.feed_id == feed_id)
    return [Carried(row["feed_id"], target_of(row), row["name"]) for row in c.execute(query).mappings()]


def newest(c: Connection, feed_ids: Collection[int], *, limit: int) -> list[Seen]:
    """Load the newest entries of several feeds together whose texts are kept, newest first."""
    when = func.coalesce(entries.c.published_at, entries.c.first_seen_at)
    rows = c.execute(
        select(
            entries.c.id,
            entries.c.feed_id,
            entries.c.first_seen_at,
            entries.c.guid,
            *(entries.c[n] for n in TEXTS),
        )
        .where(entries.c.feed_id.in_(list(feed_ids)), entries.c.title.is_not(None))
        .order_by(when.desc(), entries.c.id.desc())
        .limit(limit)
    )
    return [Seen(row["id"], row["feed_id"], entry_of(row), row["first_seen_at"]) for row in rows.mappings()]
