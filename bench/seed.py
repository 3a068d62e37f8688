"""Databases to start from: feeds that were polled before, with all their entries known."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import update

from bench.document import ENTRIES, body_hash, document, guid, host, published, title
from bench.site import ETAG, LAST_MODIFIED
from bot.models import Entry, Feed, Target
from bot.store import Connection, entries, feeds, subscriptions
from bot.store.database import Database
from bot.store.tables import feeds as table

CHANNEL = Target("terminal", "bench")
_SHARE = 100
"""Feeds that are made in one commit."""
_SUMMARY = "The harbour board said on Thursday that the ferry to the outer islands will run again. " * 4


async def known_feeds(path: Path, *, count: int, port: int, page: str, now: datetime) -> None:
    """Make a database of feeds that are due now, were read whole a moment ago and publish every hour."""
    async with Database(path) as db:
        for start in range(0, count, _SHARE):
            some = range(start, min(start + _SHARE, count))
            made = await new_feeds(db, some, port=port, page=page, now=now)
            await db.write(partial(_remember, made=made, now=now))


async def new_feeds(db: Database, some: range, *, port: int, page: str, now: datetime) -> list[Feed]:
    """Add feeds that were never polled and are due now."""
    return await db.write(lambda c: [_add(c, f"{host(number)}:{port}", page, now) for number in some])


def _add(c: Connection, place: str, page: str, now: datetime) -> Feed:
    feed_id = feeds.add(c, address=f"http://{place}/{page}", host=place, title="", now=now)
    channel = subscriptions.target_id(c, CHANNEL)
    subscriptions.add(c, feed_id=feed_id, target_id=channel, added_by=None, sample=False, now=now)
    return feeds.get(c, feed_id)


def _remember(c: Connection, made: list[Feed], now: datetime) -> None:
    for feed in made:
        _leave_polled(c, feed, now)


def _leave_polled(c: Connection, feed: Feed, now: datetime) -> None:
    """Leave a feed as its last poll would have."""
    entries.add(c, feed, [_entry(feed.host, number) for number in range(1, ENTRIES + 1)], now=now)
    validators = {"etag": ETAG, "last_modified": LAST_MODIFIED} if feed.address.endswith("/unchanged") else {}
    c.execute(
        update(table)
        .where(table.c.id == feed.id)
        .values(
            body_hash=body_hash(document(feed.host)),
            full_at=now,
            first_polled_at=now,
            changed_at=now,
            answered_at=now,
            answered_on=now.date().isoformat(),
            days_answered=1,
            days_read=1,
            gap_s=3600,
            **validators,
        )
    )


def _entry(place: str, number: int) -> Entry:
    link = guid(place, number)
    return Entry(
        guid=link,
        title=title(place, number),
        link=link,
        author="Marit Holm",
        summary=_SUMMARY,
        published=published(number),
    )
