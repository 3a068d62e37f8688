"""Deliveries: the durable queue between the poller and the platforms.

pending → sending (claimed: committed before the request leaves)
sending → sent | pending (when) | doubt (look when) | dead (reason)

A delivery that has a message id stands in its target already; claimed again it is an edit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.models import Notice, Target
from bot.store.subscriptions import target_of
from bot.store.tables import deliveries, entries, subscriptions, targets

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


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An entry on its way to a target, both by the store's ids."""

    entry_id: int
    target_id: int
    article: str | None


def enqueue(c: Connection, new: Sequence[NewDelivery], *, now: datetime) -> None:
    """Queue entries, in the order in which their target shall see them.

    An entry that a target has had, or that waits for it, is left out: nobody gets it twice.
    """
    there = _queued(c, {delivery.entry_id for delivery in new})
    rows = [
        {
            "entry_id": delivery.entry_id,
            "target_id": delivery.target_id,
            "article": delivery.article,
            "created_at": now,
            "due_at": now,
            "state": State.PENDING,
        }
        for delivery in new
        if (delivery.entry_id, delivery.target_id) not in there
    ]
    if rows:
        c.execute(insert(deliveries), rows)


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
    given_up = c.execute(
        update(deliveries)
        .where(waits, deliveries.c.created_at < now - KEPT_WAITING, deliveries.c.message_id.is_(None))
        .values(state=State.DEAD, reason=func.coalesce(deliveries.c.reason, "waited 7 days for its target"))
    ).rowcount
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
            row["notice"]["text"] if row["notice"] else row["title"] or "(text no longer kept)",
            row["created_at"],
            row["tries"],
            row["reason"],
        )
        for row in c.execute(query).mappings()
    ]


def revive(c: Connection, ids: Collection[int] | None, *, now: datetime) -> int:
    """Put dead deliveries (all with None) back into the queue with their tries forgotten.

    Those stay dead whose target carries the feed no more, or has or gets the article by another
    delivery of the last 7 days; of several dead ones of an article the oldest comes back.
    """
    other = deliveries.alias()
    there = exists().where(
        other.c.article == deliveries.c.article,
        other.c.target_id == deliveries.c.target_id,
        other.c.state != State.DEAD,
        other.c.created_at > now - ONCE_IN,
    )
    carried = exists().where(
        entries.c.id == deliveries.c.entry_id,
        subscriptions.c.feed_id == entries.c.feed_id,
        subscriptions.c.target_id == deliveries.c.target_id,
    )
    no_article = case((deliveries.c.article.is_(None), deliveries.c.id))
    chosen = (
        select(func.min(deliveries.c.id))
        .where(*_dead(ids), ~there, or_(deliveries.c.entry_id.is_(None), carried))
        .group_by(deliveries.c.target_id, deliveries.c.article, no_article)
    )
    changed = c.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(chosen))
        .values(state=State.PENDING, due_at=now, created_at=now, tries=0, first_tried_at=None, reason=None)
    )
    return changed.rowcount


def count_dead(c: Connection, ids: Collection[int] | None) -> int:
    """Count the dead among deliveries (among all with None)."""
    return c.execute(select(func.count()).select_from(deliveries).where(*_dead(ids))).scalar_one()


def _dead(ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    dead = deliveries.c.state == State.DEAD
    return [dead] if ids is None else [dead, deliveries.c.id.in_(list(ids))]


def depth(c: Connection) -> tuple[int, datetime | None, int]:
    """Measure the queue: how many wait, since when the oldest waits, how many are dead."""
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
