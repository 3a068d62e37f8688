"""What stands in targets: the messages of the last days, for whoever asks why one came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from bot.models import Entry, Target
from bot.store.deliveries import State
from bot.store.entries import TEXTS, entry_of
from bot.store.subscriptions import target_of
from bot.store.tables import deliveries, entries, feeds, subscriptions, targets

_bundles = deliveries.alias("bundles")


@dataclass(frozen=True, slots=True)
class Sent:
    """An article in a target, on a card of its own or in a digest."""

    delivery_id: int
    target: Target
    feed_id: int
    feed: str
    """As the target knows it, or by its title."""
    entry: Entry
    at: datetime


_AT = func.coalesce(deliveries.c.posted_at, deliveries.c.created_at)


def _selected() -> Select[Any]:
    there = and_(
        subscriptions.c.feed_id == entries.c.feed_id, subscriptions.c.target_id == deliveries.c.target_id
    )
    return (
        select(
            deliveries.c.id.label("delivery_id"),
            entries.c.feed_id,
            func.coalesce(subscriptions.c.name, func.nullif(feeds.c.title, ""), feeds.c.host).label("feed"),
            _AT.label("at"),
            entries.c.guid,
            *(entries.c[name] for name in TEXTS),
            *(targets.c[name] for name in ("platform", "space", "key", "kind")),
        )
        .join(entries, entries.c.id == deliveries.c.entry_id)
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .join(targets, targets.c.id == deliveries.c.target_id)
        .outerjoin(subscriptions, there)
        .outerjoin(_bundles, _bundles.c.id == deliveries.c.bundle_id)
        .where(or_(deliveries.c.state == State.SENT, deliveries.c.message_id.is_not(None)))
        .order_by(_AT.desc(), deliveries.c.id.desc())
    )


def _load(c: Connection, query: Select[Any]) -> list[Sent]:
    return [
        Sent(row["delivery_id"], target_of(row), row["feed_id"], row["feed"], entry_of(row), row["at"])
        for row in c.execute(query).mappings()
    ]


def lately(c: Connection, target: Target, *, limit: int) -> list[Sent]:
    """List the articles that came to a target, newest first."""
    same = and_(
        targets.c.platform == target.platform, targets.c.space == target.space, targets.c.key == target.id
    )
    return _load(c, _selected().where(same).limit(limit))


def of_message(c: Connection, platform: str, message_id: str) -> list[Sent]:
    """List the articles in messages of this id, a digest's too; some platforms use an id in many channels."""
    either = or_(deliveries.c.message_id == message_id, _bundles.c.message_id == message_id)
    return _load(c, _selected().where(targets.c.platform == platform, either))


def of_delivery(c: Connection, platform: str, delivery_id: int) -> list[Sent]:
    """Load the article of one delivery, if it stands in a target of this platform."""
    return _load(c, _selected().where(targets.c.platform == platform, deliveries.c.id == delivery_id))
