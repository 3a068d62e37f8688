"""Follows: add, change, end, and find those that an entry's queries belong to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.models import Follow, Habits, Rhythm, Target, TargetKind
from bot.store import people
from bot.store.deliveries import State
from bot.store.portions import portions
from bot.store.spaces import is_left
from bot.store.subscriptions import target_id
from bot.store.tables import deliveries, follows, mutes, queries, reasons, targets

ENDED_KEPT = timedelta(days=30)
"""An ended follow stays for Undo, and to say why a card came."""

_owners = targets.alias("owners")
_places = targets.alias("places")
_PLAIN = ("id", "typed", "created_at", "feed_id", "space", "paused_at", "snoozed_until", "ended_at")


@dataclass(frozen=True, slots=True)
class NewFollow:
    """A follow to be made; see ``bot.models.Follow``."""

    owner: Target
    target: Target
    typed: str
    canonical: str
    rhythm: Rhythm = Rhythm.NOW
    feed_id: int | None = None
    space: str | None = None
    made_in: Target | None = None


def add(c: Connection, new: NewFollow, *, now: datetime) -> int:
    """Make a follow and return its id."""
    made = c.execute(
        insert(follows)
        .values(
            owner_id=target_id(c, new.owner),
            target_id=target_id(c, new.target),
            query_id=query_id(c, new.canonical),
            typed=new.typed,
            feed_id=new.feed_id,
            space=new.space,
            made_in=target_id(c, new.made_in) if new.made_in else None,
            rhythm=new.rhythm,
            created_at=now,
        )
        .returning(follows.c.id)
    )
    made_id: int = made.scalar_one()
    return made_id


def query_id(c: Connection, canonical: str) -> int:
    """Return the id of a query, remembering it if it is new; ids only ever grow."""
    c.execute(upsert(queries).values(canonical=canonical).on_conflict_do_nothing())
    found: int = c.execute(select(queries.c.id).where(queries.c.canonical == canonical)).scalar_one()
    return found


def queries_after(c: Connection, last_id: int) -> list[tuple[int, str]]:
    """List the queries made since the one with this id, with their ids, oldest first."""
    rows = c.execute(
        select(queries.c.id, queries.c.canonical).where(queries.c.id > last_id).order_by(queries.c.id)
    )
    return [(made, canonical) for made, canonical in rows]


def _selected() -> Select[Any]:
    return (
        select(
            *(follows.c[name] for name in _PLAIN),
            follows.c.rhythm,
            queries.c.canonical,
            *(_owners.c[name].label(f"owner_{name}") for name in ("platform", "space", "key", "kind")),
            *(_places.c[name].label(f"place_{name}") for name in ("platform", "space", "key", "kind")),
        )
        .join(queries, queries.c.id == follows.c.query_id)
        .join(_owners, _owners.c.id == follows.c.owner_id)
        .join(_places, _places.c.id == follows.c.target_id)
    )


def _follow(row: RowMapping) -> Follow:
    return Follow(
        **{name: row[name] for name in _PLAIN},
        owner=_target(row, "owner"),
        target=_target(row, "place"),
        canonical=row["canonical"],
        rhythm=Rhythm(row["rhythm"]),
    )


def _target(row: RowMapping, who: str) -> Target:
    return Target(
        row[f"{who}_platform"], row[f"{who}_key"], row[f"{who}_space"], TargetKind(row[f"{who}_kind"])
    )


def get(c: Connection, follow_id: int) -> Follow | None:
    """Load a follow, ended or not."""
    row = c.execute(_selected().where(follows.c.id == follow_id)).mappings().one_or_none()
    return _follow(row) if row else None


def of_person(c: Connection, owner: Target) -> list[Follow]:
    """List what a person follows now, oldest first; also what they follow for a channel."""
    rows = c.execute(
        _selected().where(_is(_owners, owner), follows.c.ended_at.is_(None)).order_by(follows.c.id)
    )
    return [_follow(row) for row in rows.mappings()]


def _is(table: FromClause, target: Target) -> ColumnElement[bool]:
    return and_(table.c.platform == target.platform, table.c.space == target.space, table.c.key == target.id)


def of_delivery(c: Connection, delivery_ids: Collection[int]) -> dict[int, list[Follow]]:
    """Load the follows for which deliveries exist, by the delivery's id; ended ones too."""
    found: dict[int, list[Follow]] = {}
    for some in portions(delivery_ids):
        rows = c.execute(
            _selected()
            .add_columns(reasons.c.delivery_id)
            .join(reasons, reasons.c.follow_id == follows.c.id)
            .where(reasons.c.delivery_id.in_(some))
            .order_by(follows.c.id)
        )
        for row in rows.mappings():
            found.setdefault(row["delivery_id"], []).append(_follow(row))
    return found


def change(c: Connection, follow_id: int, **values: Any) -> None:  # noqa: ANN401 - a column's value
    """Set columns of a follow: rhythm, snoozed_until, ended_at."""
    c.execute(update(follows).where(follows.c.id == follow_id).values(**values))


def rewrite(c: Connection, follow: Follow) -> None:
    """Make a follow what it shall be: its words, feed, target, rhythm, and whether it is paused.

    What waits for it alone goes to its new target, unless that has it already.
    """
    target = target_id(c, follow.target)
    change(
        c,
        follow.id,
        query_id=query_id(c, follow.canonical),
        typed=follow.typed,
        feed_id=follow.feed_id,
        target_id=target,
        rhythm=follow.rhythm,
        paused_at=follow.paused_at,
    )
    _take_along(c, follow.id, target)


def _take_along(c: Connection, follow_id: int, target: int) -> None:
    other, there = reasons.alias("other"), deliveries.alias("there")
    another = exists().where(
        other.c.delivery_id == deliveries.c.id, other.c.follow_id.is_distinct_from(follow_id)
    )
    same = or_(there.c.entry_id == deliveries.c.entry_id, there.c.article == deliveries.c.article)
    asked = select(reasons.c.delivery_id).where(reasons.c.follow_id == follow_id)
    c.execute(
        update(deliveries)
        .where(
            deliveries.c.id.in_(asked),
            deliveries.c.state.in_([State.PENDING, State.HELD]),
            deliveries.c.message_id.is_(None),
            deliveries.c.rhythm.is_not(None),
            deliveries.c.target_id != target,
            ~another,
            ~exists().where(there.c.target_id == target, same),
        )
        .values(target_id=target)
    )


def mute(c: Connection, follow_id: int, feed_id: int, *, muted: bool) -> None:
    """Let a follow pass over a feed, or take it in again."""
    c.execute(delete(mutes).where(mutes.c.follow_id == follow_id, mutes.c.feed_id == feed_id))
    if muted:
        c.execute(insert(mutes).values(follow_id=follow_id, feed_id=feed_id))


def muted(c: Connection, follow_ids: Collection[int]) -> dict[int, set[int]]:
    """List the feeds that these follows pass over, by the follow's id."""
    found: dict[int, set[int]] = {}
    for follow_id, feed_id in c.execute(
        select(mutes.c.follow_id, mutes.c.feed_id).where(mutes.c.follow_id.in_(list(follow_ids)))
    ):
        found.setdefault(follow_id, set()).add(feed_id)
    return found


def live(
    c: Connection, query_ids: Collection[int], *, feed_id: int, now: datetime
) -> dict[int, list[Follow]]:
    """Load the follows of these queries that take in this feed now, by the query's id.

    One whose alerts go where the bot was removed is not among them.
    """
    awake = or_(follows.c.snoozed_until.is_(None), follows.c.snoozed_until <= now)
    is_muted = exists().where(mutes.c.follow_id == follows.c.id, mutes.c.feed_id == feed_id)
    rows = c.execute(
        _selected()
        .add_columns(follows.c.query_id)
        .where(
            follows.c.query_id.in_(list(query_ids)),
            follows.c.ended_at.is_(None),
            follows.c.paused_at.is_(None),
            awake,
            or_(follows.c.feed_id.is_(None), follows.c.feed_id == feed_id),
            ~is_muted,
            ~is_left(_places),
        )
        .order_by(follows.c.id)
    )
    found: dict[int, list[Follow]] = {}
    for row in rows.mappings():
        found.setdefault(row["query_id"], []).append(_follow(row))
    return found


def tidy(c: Connection, *, now: datetime) -> int:
    """Forget what was unfollowed long ago, and queries that nobody follows; the number of follows."""
    gone = c.execute(delete(follows).where(follows.c.ended_at < now - ENDED_KEPT)).rowcount
    c.execute(delete(queries).where(~exists().where(follows.c.query_id == queries.c.id)))
    return gone


def count(c: Connection, owner: Target) -> int:
    """Count what a person follows."""
    return c.execute(
        select(func.count())
        .select_from(follows)
        .join(_owners, _owners.c.id == follows.c.owner_id)
        .where(_is(_owners, owner), follows.c.ended_at.is_(None))
    ).scalar_one()


@dataclass(frozen=True, slots=True)
class Addressee:
    """How messages reach a target: when it wants them, and whether they do."""

    habits: Habits
    paused: bool
    """The platform refused what was sent there, and nothing is sent until somebody asks for it."""
    unreached: bool = False
    """The last message to a person did not come; it is tried again for some days."""


def addressee(c: Connection, target: Target) -> Addressee:
    """Load how messages reach a target, also one that nothing is known of yet."""
    known = select(targets.c.id, targets.c.paused_at, targets.c.unreachable_since)
    row = c.execute(known.where(_is(targets, target))).one_or_none()
    if row is None:
        return Addressee(Habits(), paused=False)
    habits = people.habits(c, row.id)
    return Addressee(habits, row.paused_at is not None, row.unreachable_since is not None)
