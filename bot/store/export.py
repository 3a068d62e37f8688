"""All that is kept about a person, in words of the tables that a reader can make sense of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, FromClause, RowMapping, Select, or_, select

from bot.models import Target
from bot.store.notes import about
from bot.store.person import same
from bot.store.tables import (
    deliveries,
    entries,
    feeds,
    follows,
    mutes,
    notes,
    people,
    queries,
    reasons,
    subscriptions,
    targets,
)

Row = dict[str, Any]

_SPELT_OUT = {"owner_id", "target_id", "added_by", "query_id", "made_in"}
"""References that the export follows instead of showing their numbers."""
_places = targets.alias("places")
_made = targets.alias("made")


def collect(c: Connection, person: Target) -> Row:
    """Collect everything kept about a person; fit for JSON, with times in ISO 8601."""
    own = c.execute(select(targets).where(same(person))).mappings().one_or_none()
    who = {"platform": person.platform, "space": person.space, "id": person.id}
    noted = {"notes": _rows(c, select(notes).where(about(person)), without=("platform",))}
    if own is None:
        return {"person": who} | noted
    number = own["id"]
    return {
        "person": who | _plain(own, "paused_at", "pause_reason", "wait_until", "unreachable_since"),
        "habits": _rows(c, select(people).where(people.c.target_id == number), without=("target_id",)),
        "follows": _follows(c, number),
        "feeds": _subscriptions(c, number),
        "alerts": _alerts(c, number),
    } | noted


def _follows(c: Connection, number: int) -> list[Row]:
    """Collect follows, ended ones too, with the feeds that they pass over."""
    query = (
        select(
            *(
                column
                for column in follows.c
                if column.name not in {"owner_id", "target_id", "query_id", "made_in"}
            ),
            queries.c.canonical,
            *_named(_places, "target"),
            *_named(_made, "made_in"),
        )
        .join(queries, queries.c.id == follows.c.query_id)
        .join(_places, _places.c.id == follows.c.target_id)
        .outerjoin(_made, _made.c.id == follows.c.made_in)
        .where(follows.c.owner_id == number)
        .order_by(follows.c.id)
    )
    found = _rows(c, query)
    for row in found:
        of_it = select(mutes.c.feed_id).where(mutes.c.follow_id == row["id"])
        row["muted_feeds"] = list(c.execute(of_it).scalars())
    return found


def _subscriptions(c: Connection, number: int) -> list[Row]:
    """Collect the feeds that come to a person, and those that they added to channels."""
    query = (
        select(
            *(column for column in subscriptions.c if column.name not in _SPELT_OUT),
            feeds.c.address,
            feeds.c.title,
            *_named(_places, "target"),
            (subscriptions.c.added_by == number).label("added_by_person"),
        )
        .join(feeds, feeds.c.id == subscriptions.c.feed_id)
        .join(_places, _places.c.id == subscriptions.c.target_id)
        .where(or_(subscriptions.c.target_id == number, subscriptions.c.added_by == number))
        .order_by(subscriptions.c.id)
    )
    return _rows(c, query)


def _alerts(c: Connection, number: int) -> list[Row]:
    """Collect what was sent to a person or waits for them, with the follows that asked for it."""
    query = (
        select(
            *(column for column in deliveries.c if column.name not in {"target_id", "lease", "lease_until"}),
            entries.c.title.label("entry_title"),
            entries.c.link.label("entry_link"),
        )
        .outerjoin(entries, entries.c.id == deliveries.c.entry_id)
        .where(deliveries.c.target_id == number)
        .order_by(deliveries.c.id)
    )
    found = _rows(c, query)
    for row in found:
        of_it = select(reasons.c.follow_id).where(reasons.c.delivery_id == row["id"])
        row["follows"] = list(c.execute(of_it).scalars())
    return found


def _named(table: FromClause, prefix: str) -> Sequence[Any]:
    return [table.c[name].label(f"{prefix}_{name}") for name in ("platform", "space", "key")]


def _rows(c: Connection, query: Select[Any], *, without: Sequence[str] = ()) -> list[Row]:
    found = c.execute(query).mappings()
    return [_plain(row, *(name for name in row if name not in without)) for row in found]


def _plain(row: RowMapping, *names: str) -> Row:
    return {name: _value(row[name]) for name in names}


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
