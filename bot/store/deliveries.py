"""Deliveries: the durable queue between the poller and the platforms.

pending → sending (claimed: committed before the request leaves)
sending → sent | pending (when) | doubt (look when) | dead (reason)

held → bundled (into a digest, a delivery of its own) | pending (when it is the only one)
bundled → sent | dead, as its digest

A delivery that has a message id stands in its target already; claimed again it is an edit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from bot.digest import Hold
from bot.models import Notice, Rhythm, Target
from bot.store.subscriptions import CARRIED_AS, target_of
from bot.store.tables import deliveries, entries, feeds, reasons, subscriptions, targets

ONCE_IN = timedelta(days=7)
"""One article goes to one target once in this time, whichever feed brings it."""
KEPT_WAITING = timedelta(days=7)
"""What waits for a target that is paused, or a platform that is down, is kept this long."""
KEPT_DONE = timedelta(days=30)
EDIT_WITHIN = timedelta(hours=48)
EDIT_EVERY = timedelta(minutes=5)
EDITS = 3


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    DOUBT = "doubt"
    SENT = "sent"
    DEAD = "dead"
    HELD = "held"
    """It waits for its time, to come together with others."""
    BUNDLED = "bundled"
    """It is part of a digest that is on its way."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An entry on its way to a target, both by the store's ids."""

    entry_id: int
    target_id: int
    article: str | None
    rhythm: Rhythm | None = None
    """Of an alert; None: the target carries the feed."""
    follows: tuple[int, ...] = ()
    """For which it goes there."""
    due_at: datetime | None = None
    """None: now."""
    hold: Hold | None = None
    """Why it waits until then."""


def enqueue(c: Connection, new: Sequence[NewDelivery], *, now: datetime) -> None:
    """Queue entries, in the order in which their target shall see them.

    An entry that a target has had, or that waits for it, is left out: nobody gets it twice.
    """
    there = _queued(c, {delivery.entry_id for delivery in new})
    fresh = [delivery for delivery in new if (delivery.entry_id, delivery.target_id) not in there]
    rows = [_row(delivery, now) for delivery in fresh]
    if not any(delivery.follows for delivery in fresh):
        if rows:
            c.execute(insert(deliveries), rows)
        return
    made = c.execute(
        insert(deliveries).returning(deliveries.c.entry_id, deliveries.c.target_id, deliveries.c.id), rows
    )
    ids = {(entry_id, target_id): delivery_id for entry_id, target_id, delivery_id in made}
    because = [
        {"delivery_id": ids[delivery.entry_id, delivery.target_id], "follow_id": follow_id}
        for delivery in fresh
        for follow_id in delivery.follows
    ]
    c.execute(insert(reasons), because)


def _row(delivery: NewDelivery, now: datetime) -> dict[str, Any]:
    return {
        "entry_id": delivery.entry_id,
        "target_id": delivery.target_id,
        "article": delivery.article,
        "rhythm": delivery.rhythm,
        "hold": delivery.hold,
        "created_at": now,
        "due_at": delivery.due_at or now,
        "state": State.HELD if delivery.hold else State.PENDING,
    }


def _queued(c: Connection, entry_ids: Collection[int]) -> set[tuple[int | None, int]]:
    if not entry_ids:
        return set()
    rows = c.execute(
        select(deliveries.c.entry_id, deliveries.c.target_id).where(deliveries.c.entry_id.in_(entry_ids))
    )
    return set(rows)


def enqueue_notice(c: Connection, target_ids: Iterable[int], notice: Notice, *, now: datetime) -> None:
    """Queue a sentence of the bot's own."""
    stored = {"text": notice.text, "buttons": [[button.label, button.command] for button in notice.buttons]}
    rows = [
        {"target_id": target_id, "notice": stored, "created_at": now, "due_at": now, "state": State.PENDING}
        for target_id in target_ids
    ]
    if rows:
        c.execute(insert(deliveries), rows)


def sent_lately(c: Connection, articles: Collection[str], *, now: datetime) -> set[tuple[str, int]]:
    """Tell which of these articles went (or are going) to which targets in the last 7 days."""
    if not articles:
        return set()
    rows = c.execute(
        select(deliveries.c.article, deliveries.c.target_id).where(
            deliveries.c.article.in_(list(articles)),
            deliveries.c.created_at > now - ONCE_IN,
            deliveries.c.state != State.DEAD,
        )
    )
    return {(article, target_id) for article, target_id in rows if article is not None}


def correct(c: Connection, entry_ids: Collection[int], *, now: datetime) -> None:
    """Let the cards of revised entries be edited where they stand, if they were posted lately."""
    if entry_ids:
        correct_where(c, deliveries.c.entry_id.in_(list(entry_ids)), now=now)


def correct_where(c: Connection, which: ColumnElement[bool], *, now: datetime) -> None:
    """Turn sent deliveries that show an older revision into edits, as often as a card may be edited."""
    revision = select(entries.c.revision).where(entries.c.id == deliveries.c.entry_id).scalar_subquery()
    stale = c.execute(
        select(deliveries.c.id, deliveries.c.edited_at).where(
            which,
            deliveries.c.state == State.SENT,
            deliveries.c.message_id.is_not(None),
            deliveries.c.posted_at > now - EDIT_WITHIN,
            deliveries.c.edits < EDITS,
            deliveries.c.revision < revision,
        )
    )
    for delivery_id, edited_at in stale.all():
        due_at = now if edited_at is None else max(now, edited_at + EDIT_EVERY)
        c.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery_id)
            .values(state=State.PENDING, due_at=due_at, tries=0, first_tried_at=None, reason=None)
        )


def tidy(c: Connection, *, now: datetime) -> int:
    """Give up what waited too long for a target, and drop what was done long ago."""
    waits = deliveries.c.state.in_([State.PENDING, State.DOUBT])
    too_long = or_(
        and_(waits, deliveries.c.created_at < now - KEPT_WAITING),
        and_(deliveries.c.state == State.HELD, deliveries.c.due_at < now - KEPT_WAITING),
    )
    given_up = c.execute(
        update(deliveries)
        .where(too_long, deliveries.c.message_id.is_(None))
        .values(state=State.DEAD, reason=func.coalesce(deliveries.c.reason, "waited 7 days for its target"))
    ).rowcount
    bury_items(c)
    # A correction that comes a week late confuses more than it mends: the card stays as it is.
    c.execute(
        update(deliveries)
        .where(waits, deliveries.c.posted_at < now - KEPT_WAITING, deliveries.c.message_id.is_not(None))
        .values(state=State.SENT)
    )
    c.execute(
        delete(deliveries).where(
            deliveries.c.state.in_([State.SENT, State.DEAD]), deliveries.c.created_at < now - KEPT_DONE
        )
    )
    return given_up


def bury_items(c: Connection) -> None:
    """Let the items of digests that were given up go with them, for the same reason."""
    digests = deliveries.alias("digests")
    of_it = and_(digests.c.id == deliveries.c.bundle_id, digests.c.state == State.DEAD)
    c.execute(
        update(deliveries)
        .where(deliveries.c.state == State.BUNDLED, exists().where(of_it))
        .values(state=State.DEAD, reason=select(digests.c.reason).where(of_it).scalar_subquery())
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery as ``wireroom deliveries`` shows it."""

    id: int
    state: State
    target: Target
    title: str
    created_at: datetime
    tries: int
    reason: str | None


def listed(c: Connection, *, state: State | None, limit: int) -> list[Listed]:
    """List deliveries, newest first."""
    query = (
        select(
            deliveries.c.id,
            deliveries.c.state,
            deliveries.c.created_at,
            deliveries.c.tries,
            deliveries.c.reason,
            deliveries.c.notice,
            deliveries.c.digest,
            entries.c.title,
            targets.c.platform,
            targets.c.space,
            targets.c.key,
            targets.c.kind,
        )
        .join(targets, targets.c.id == deliveries.c.target_id)
        .outerjoin(entries, entries.c.id == deliveries.c.entry_id)
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(deliveries.c.state == state)
    return [
        Listed(
            row["id"],
            State(row["state"]),
            target_of(row),
            _title(row),
            row["created_at"],
            row["tries"],
            row["reason"],
        )
        for row in c.execute(query).mappings()
    ]


def _title(row: RowMapping) -> str:
    if row["notice"]:
        return str(row["notice"]["text"])
    return (row["digest"]["title"] if row["digest"] else row["title"]) or "(text no longer kept)"


def revive(c: Connection, ids: Collection[int] | None, *, now: datetime) -> int:
    """Put dead deliveries (all with None) back into the queue with their tries forgotten.

    Those stay dead whose target carries the feed no more, or has or gets the article by another
    delivery of the last 7 days; of several dead ones of an article the oldest comes back. The items
    of a digest come back with it, and an alert is looked at again when it is its turn.
    """
    other = deliveries.alias()
    there = exists().where(
        other.c.article == deliveries.c.article,
        other.c.target_id == deliveries.c.target_id,
        other.c.state != State.DEAD,
        other.c.created_at > now - ONCE_IN,
    )
    of_digest = deliveries.c.bundle_id.in_(
        select(other.c.id).where(other.c.digest.is_not(None), *_dead(ids, other))
    )
    c.execute(
        update(deliveries)
        .where(deliveries.c.state == State.DEAD, of_digest, ~there)
        .values(state=State.BUNDLED, created_at=now, reason=None)
    )
    carried = exists().where(
        entries.c.id == deliveries.c.entry_id,
        feeds.c.id == entries.c.feed_id,
        subscriptions.c.feed_id == CARRIED_AS,
        subscriptions.c.target_id == deliveries.c.target_id,
    )
    followed = exists().where(reasons.c.delivery_id == deliveries.c.id)
    has_items = exists().where(other.c.bundle_id == deliveries.c.id, other.c.state == State.BUNDLED)
    may_come = case(
        (deliveries.c.notice.is_not(None), true()),
        (deliveries.c.digest.is_not(None), has_items),
        else_=or_(carried, followed),
    )
    no_article = case((deliveries.c.article.is_(None), deliveries.c.id))
    chosen = (
        select(func.min(deliveries.c.id))
        .where(*_dead(ids), ~there, may_come)
        .group_by(deliveries.c.target_id, deliveries.c.article, no_article)
    )
    changed = c.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(chosen))
        .values(state=State.PENDING, due_at=now, created_at=now, tries=0, first_tried_at=None, reason=None)
    )
    return changed.rowcount


def count_dead(c: Connection, ids: Collection[int] | None) -> int:
    """Count the dead among deliveries (among all with None); those of a digest count as one with it."""
    return c.execute(select(func.count()).select_from(deliveries).where(*_dead(ids))).scalar_one()


def _dead(ids: Collection[int] | None, table: FromClause = deliveries) -> list[ColumnElement[bool]]:
    dead = [table.c.state == State.DEAD, table.c.bundle_id.is_(None)]
    return dead if ids is None else [*dead, table.c.id.in_(list(ids))]


def depth(c: Connection) -> tuple[int, datetime | None, int]:
    """Measure the queue: how many wait, since when the oldest waits, how many are dead.

    What is held for its time is not kept waiting by anything, and does not count.
    """
    open_states = [State.PENDING, State.SENDING, State.DOUBT]
    waiting, oldest = c.execute(
        select(func.count(), func.min(deliveries.c.created_at)).where(deliveries.c.state.in_(open_states))
    ).one()
    dead = c.execute(select(func.count()).where(deliveries.c.state == State.DEAD)).scalar_one()
    return waiting, oldest, dead


def posted(c: Connection) -> list[tuple[str, datetime]]:
    """List the links of all entries that were posted, with the time of it."""
    rows = c.execute(
        select(entries.c.link, deliveries.c.posted_at)
        .join(entries, entries.c.id == deliveries.c.entry_id)
        .where(deliveries.c.posted_at.is_not(None))
    )
    return [(link or "", at) for link, at in rows if at is not None]
