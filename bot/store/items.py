"""Items: entries on their way to targets, with all that their cards are drawn from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, func, select

from bot import look
from bot.models import Entry, Follow, Look
from bot.store import follows
from bot.store.entries import TEXTS, entry_of
from bot.store.subscriptions import CARRIED_AS
from bot.store.tables import deliveries, entries, feeds, reasons, subscriptions


@dataclass(frozen=True, slots=True)
class Item:
    """An entry for a target, and who wants it there."""

    delivery_id: int
    feed_id: int
    entry: Entry
    at: datetime
    """When it was published, or else first seen."""
    source: str
    """The feed's name as the target knows it, else its title."""
    source_link: str | None
    look: Look
    carried: bool
    """The target carries the feed, so the entry is wanted whoever follows what."""
    follows: tuple[Follow, ...]
    """Those that asked for it and still do; of what stands in the target already, all that asked."""
    place: int
    """Its place in a digest: the first of all that asked, awake or not, so that the order stays."""

    @property
    def wanted(self) -> bool:
        """Whether anybody still asks for it."""
        return self.carried or bool(self.follows)


def load(c: Connection, which: ColumnElement[bool], *, now: datetime) -> list[Item]:
    """Load the items of some deliveries, by the delivery's id."""
    name = func.coalesce(subscriptions.c.name, func.nullif(feeds.c.title, ""), feeds.c.host)
    texts = [entries.c[column] for column in ("guid", "title_mark", "link_mark", *TEXTS, "first_seen_at")]
    rows = c.execute(
        select(
            deliveries.c.id,
            deliveries.c.message_id,
            CARRIED_AS.label("feed_id"),
            *texts,
            name.label("source"),
            feeds.c.link.label("source_link"),
            subscriptions.c.id.label("subscription_id"),
            subscriptions.c.settings,
            exists().where(reasons.c.delivery_id == deliveries.c.id).label("followed"),
        )
        .join(entries, entries.c.id == deliveries.c.entry_id)
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .outerjoin(
            subscriptions,
            and_(subscriptions.c.feed_id == CARRIED_AS, subscriptions.c.target_id == deliveries.c.target_id),
        )
        .where(which)
        .order_by(deliveries.c.id)
    )
    found = rows.mappings().all()
    followed = [row["id"] for row in found if row["followed"]]
    asked = follows.of_delivery(c, followed) if followed else {}
    muted = follows.muted(c, {follow.id for some in asked.values() for follow in some}) if asked else {}
    return [_item(c, row, asked.get(row["id"], []), muted, now) for row in found]


def _item(
    c: Connection,
    row: RowMapping,
    asked: Sequence[Follow],
    muted: Mapping[int, Collection[int]],
    now: datetime,
) -> Item:
    entry = entry_of(row)
    seen: datetime = row["first_seen_at"]
    still = [
        follow
        for follow in asked
        if _awake(follow, now)
        and row["feed_id"] not in muted.get(follow.id, ())
        and _takes_in(c, follow, row)
    ]
    return Item(
        delivery_id=row["id"],
        feed_id=row["feed_id"],
        entry=entry,
        at=min(entry.published or entry.updated or seen, seen),
        source=row["source"],
        source_link=row["source_link"],
        look=look.read(row["settings"] or {}),
        carried=row["subscription_id"] is not None,
        follows=tuple(still if row["message_id"] is None else asked),
        place=min((follow.id for follow in asked), default=0),
    )


def _awake(follow: Follow, now: datetime) -> bool:
    snoozed = follow.snoozed_until is not None and follow.snoozed_until > now
    return follow.ended_at is None and follow.paused_at is None and not snoozed


def _takes_in(c: Connection, follow: Follow, row: RowMapping) -> bool:
    """Say whether a follow is about an entry's feed, or about one that brought the same article."""
    if follow.feed_id in {None, row["feed_id"]}:
        return True
    same = exists().where(
        entries.c.feed_id == follow.feed_id,
        entries.c.title_mark == row["title_mark"],
        entries.c.link_mark == row["link_mark"],
    )
    return c.execute(select(same)).scalar_one()


def in_order(items: Collection[Item]) -> list[Item]:
    """Put the items of a digest in order: by follow, then newest first."""
    return sorted(items, key=lambda item: (item.place, -item.at.timestamp(), -item.delivery_id))
