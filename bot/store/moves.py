"""Moves: a feed changes its address, and may turn out to be another feed that is known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from bot.store import feeds as polled
from bot.store.tables import feeds, follows, mutes, subscriptions


def move(c: Connection, feed_id: int, *, address: str, host: str, now: datetime) -> None:
    """Change a feed's address; where that address is a feed already, hand channels and follows to that one.

    The old feed then stays, paused, until what it queued is delivered (see ``feeds.tidy``).
    """
    other: int | None = c.execute(select(feeds.c.id).where(feeds.c.address == address)).scalar()
    values: dict[str, Any] = {"moved_to": None, "moved_times": 0}
    if other is None:
        values |= {"address": address, "host": host}
    elif other != feed_id:
        _hand_over(c, feed_id, other, now)
        values |= {"paused_at": now, "pause_reason": f"It moved to feed {other}."}
    c.execute(update(feeds).where(feeds.c.id == feed_id).values(values))


def _hand_over(c: Connection, feed_id: int, other: int, now: datetime) -> None:
    """Let another feed take the place of one: in channels, in follows, and for what waits to be sent."""
    there = select(subscriptions.c.target_id).where(subscriptions.c.feed_id == other)
    c.execute(
        update(subscriptions)
        .where(subscriptions.c.feed_id == feed_id, subscriptions.c.target_id.not_in(there))
        .values(feed_id=other, sample=False)
    )
    c.execute(delete(subscriptions).where(subscriptions.c.feed_id == feed_id))
    if polled.is_paused(c, other):  # what the site sends readers to is alive
        polled.set_paused(c, other, reason=None, now=now)
    c.execute(update(follows).where(follows.c.feed_id == feed_id).values(feed_id=other))
    passed_over = select(mutes.c.follow_id).where(mutes.c.feed_id == other)
    c.execute(
        update(mutes)
        .where(mutes.c.feed_id == feed_id, mutes.c.follow_id.not_in(passed_over))
        .values(feed_id=other)
    )
    # Also those that moved here before: what they queued may still wait.
    same = or_(feeds.c.id == feed_id, feeds.c.merged_into == feed_id)
    c.execute(update(feeds).where(same).values(merged_into=other))
