"""Alerts: where follows want what a feed brings, and what of it waits there already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update

from bot.models import Follow, Habits
from bot.store import follows as stored
from bot.store.deliveries import NewDelivery, State, enqueue
from bot.store.portions import portions
from bot.store.tables import deliveries, entries, feeds, follows, people, reasons, subscriptions

_TURNED = 100
"""Articles that are looked for elsewhere at once: each is a look at every feed."""
_HABITS = [people.c[name] for name in Habits.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a follow wants what it finds."""

    target_id: int
    shown_anyway: bool
    """The channel in which it was made shows it, and its owner wants no alert for that."""


def live(
    c: Connection, query_ids: Collection[int], *, feed_id: int, now: datetime
) -> dict[int, list[Follow]]:
    """Load the follows of these queries that take in this feed now, by the query's id."""
    found: dict[int, list[Follow]] = {}
    for some in portions(query_ids):
        found |= stored.live(c, some, feed_id=feed_id, now=now)
    return found


def places(c: Connection, follow_ids: Collection[int], *, feed_id: int, now: datetime) -> dict[int, Place]:
    """Say where these follows want what a feed brings, by the follow's id."""
    shows = exists().where(
        subscriptions.c.target_id == follows.c.made_in,
        subscriptions.c.feed_id == feed_id,
        or_(subscriptions.c.paused_at.is_(None), subscriptions.c.resumes_at <= now),
    )
    skips = exists().where(people.c.target_id == follows.c.owner_id, people.c.skip_shown)
    elsewhere = follows.c.made_in != follows.c.target_id
    found: dict[int, Place] = {}
    for some in portions(follow_ids):
        rows = c.execute(
            select(follows.c.id, follows.c.target_id, and_(elsewhere, skips, shows)).where(
                follows.c.id.in_(some)
            )
        )
        found |= {follow_id: Place(target_id, bool(shown)) for follow_id, target_id, shown in rows}
    return found


def habits(c: Connection, target_ids: Collection[int]) -> dict[int, Habits]:
    """Load the habits of these people and channels; those who never said anything are not in it."""
    found: dict[int, Habits] = {}
    for some in portions(target_ids):
        rows = c.execute(select(people.c.target_id, *_HABITS).where(people.c.target_id.in_(some)))
        found |= {row[0]: Habits(*row[1:]) for row in rows}
    return found


def bring_forward(c: Connection, new: NewDelivery, *, now: datetime) -> None:
    """Let an article that waits for its target, by whichever feed, come as soon as it is wanted now.

    The follows that ask for it now are added to those that asked before. Where the target itself
    carries the feed that brings it now, it is that feed's post from now on: nobody can unfollow it.
    """
    row = c.execute(
        select(deliveries.c.id, deliveries.c.due_at, deliveries.c.rhythm, deliveries.c.state).where(
            deliveries.c.article == new.article,
            deliveries.c.target_id == new.target_id,
            deliveries.c.state.in_([State.HELD, State.PENDING]),
            deliveries.c.message_id.is_(None),
        )
    ).first()
    if row is None:
        return
    there = set(c.execute(select(reasons.c.follow_id).where(reasons.c.delivery_id == row.id)).scalars())
    because = [{"delivery_id": row.id, "follow_id": one} for one in new.follows if one not in there]
    if because:
        c.execute(insert(reasons), because)
    values: dict[str, Any] = {}
    if row.rhythm is not None and new.rhythm is None:
        values |= {"entry_id": new.entry_id, "rhythm": None}
    if row.state == State.HELD and (due_at := new.due_at or now) < row.due_at:
        values |= {
            "rhythm": row.rhythm and new.rhythm,
            "due_at": due_at,
            "hold": new.hold,
            "state": State.HELD if new.hold else State.PENDING,
        }
    if values:
        c.execute(update(deliveries).where(deliveries.c.id == row.id).values(**values))


def turn_elsewhere(c: Connection, given_up: Collection[int], *, now: datetime) -> None:
    """Queue articles of alerts that were given up once more, as other feeds brought them since.

    They were left out then because the article waited for its reader already, who may see those feeds.
    """
    if not given_up:
        return
    later, its_feed, queued = entries.alias("later"), feeds.alias("its_feed"), deliveries.alias("queued")
    same_article = and_(
        later.c.title_mark == entries.c.title_mark,
        later.c.link_mark == entries.c.link_mark,
        later.c.feed_id.in_(select(subscriptions.c.feed_id)),
        later.c.feed_id != entries.c.feed_id,
        later.c.id > entries.c.id,
        later.c.title.is_not(None),
    )
    is_queued = exists().where(queued.c.entry_id == later.c.id, queued.c.target_id == deliveries.c.target_id)
    rows = c.execute(
        select(
            deliveries.c.id,
            deliveries.c.target_id,
            deliveries.c.article,
            deliveries.c.rhythm,
            func.min(later.c.id).label("entry_id"),
        )
        .join(entries, entries.c.id == deliveries.c.entry_id)
        .join(later, same_article)
        .join(its_feed, its_feed.c.id == later.c.feed_id)
        .where(
            deliveries.c.id.in_(list(given_up)[:_TURNED]),
            deliveries.c.rhythm.is_not(None),
            its_feed.c.first_polled_at < later.c.first_seen_at,
            ~later.c.held,
            ~is_queued,
        )
        .group_by(deliveries.c.id)
    ).all()
    because = {row.id: _because(c, row.id) for row in rows}
    again = [
        NewDelivery(row.entry_id, row.target_id, row.article, row.rhythm, because[row.id]) for row in rows
    ]
    enqueue(c, again, now=now)


def _because(c: Connection, delivery_id: int) -> tuple[int, ...]:
    rows = c.execute(
        select(reasons.c.follow_id).where(
            reasons.c.delivery_id == delivery_id, reasons.c.follow_id.is_not(None)
        )
    )
    return tuple(follow_id for follow_id in rows.scalars() if follow_id is not None)
