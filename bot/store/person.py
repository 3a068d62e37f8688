"""One person: the feeds they brought, how much is kept about them, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, func, select

from bot.models import Target
from bot.store import notes
from bot.store.reach import Carried
from bot.store.subscriptions import target_of
from bot.store.tables import deliveries, feeds, follows, people, queries, subscriptions, targets


def carried(c: Connection, person: Target) -> list[Carried]:
    """List the feeds that come to a person, then those that they added to channels."""
    added = subscriptions.c.added_by.in_(select(targets.c.id).where(same(person)))
    own = [one for one in _listed(c, added) if one.target != person]
    return carried_in(c, person) + own


def carried_in(c: Connection, target: Target) -> list[Carried]:
    """List the feeds of one target, in the order they were added."""
    return _listed(c, same(target))


def same(target: Target) -> ColumnElement[bool]:
    """Tell a target's row."""
    return and_(
        targets.c.platform == target.platform, targets.c.space == target.space, targets.c.key == target.id
    )


def _listed(c: Connection, which: ColumnElement[bool]) -> list[Carried]:
    rows = c.execute(_selected().where(which).order_by(subscriptions.c.id)).mappings()
    return [Carried(row["feed_id"], target_of(row), row["name"]) for row in rows]


def _selected() -> Select[Any]:
    name = func.coalesce(subscriptions.c.name, func.nullif(feeds.c.title, ""), feeds.c.host)
    return (
        select(subscriptions.c.feed_id, name.label("name"), targets)
        .join(targets, targets.c.id == subscriptions.c.target_id)
        .join(feeds, feeds.c.id == subscriptions.c.feed_id)
    )


@dataclass(frozen=True, slots=True)
class Record:
    """How much is kept about a person."""

    follows: int
    """Those that are live."""
    feeds: int
    """Feeds that come to them, which nobody else put there."""
    alerts: int
    """Posts that were sent to them or wait for them."""
    habits: bool
    anything: bool
    """Whether anything at all is kept, be it only their id."""


def record(c: Connection, person: Target) -> Record:
    """Count what is kept about a person."""
    number: int | None = c.execute(select(targets.c.id).where(same(person))).scalar()

    def count(table: Table, *where: ColumnElement[bool]) -> int:
        return c.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    return Record(
        follows=count(follows, follows.c.owner_id == number, follows.c.ended_at.is_(None)),
        feeds=count(subscriptions, subscriptions.c.target_id == number),
        alerts=count(deliveries, deliveries.c.target_id == number, deliveries.c.entry_id.is_not(None)),
        habits=count(people, people.c.target_id == number) > 0,
        anything=number is not None,
    )


def forget(c: Connection, person: Target) -> None:
    """Delete all that is kept about a person; what they brought into channels stays, without their name.

    Feeds and queries that nobody else wants go with it.
    """
    notes.forget(c, person)
    number = c.execute(select(targets.c.id).where(same(person))).scalar()
    if number is None:
        return
    own_feeds = c.execute(
        select(subscriptions.c.feed_id).where(subscriptions.c.target_id == number)
    ).scalars()
    own_queries = c.execute(select(follows.c.query_id).where(follows.c.owner_id == number)).scalars()
    feed_ids, query_ids = list(own_feeds), list(own_queries)
    # Rows that are the person's own go with the target, and others lose the reference (bot.store.tables).
    c.execute(delete(targets).where(targets.c.id == number))
    c.execute(
        delete(feeds).where(feeds.c.id.in_(feed_ids), feeds.c.id.not_in(select(subscriptions.c.feed_id)))
    )
    c.execute(
        delete(queries).where(queries.c.id.in_(query_ids), queries.c.id.not_in(select(follows.c.query_id)))
    )
