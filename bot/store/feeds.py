"""Feeds: add, claim for polling, save what a poll found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.errors import LeaseLost
from bot.models import Feed, Hints
from bot.store.tables import deliveries, entries, feeds, subscriptions

LEASE = timedelta(minutes=2)
"""A poll takes 20 s for the fetch, some for its turn at a host, 10 s for the parse. After a crash its
feed waits so long."""
LONGEST = timedelta(days=16)
"""No feed waits longer (up to two weeks after the first poll of one that a person wants weekly): a
later due time is a clock gone wrong."""
PER_HOST = 4
"""Feeds of one host that are claimed at once: a slow host must not take all places."""

_PLAIN = (
    "id",
    "address",
    "host",
    "title",
    "created_at",
    "link",
    "etag",
    "last_modified",
    "body_hash",
    "full_at",
    "moved_to",
    "moved_times",
    "first_polled_at",
    "changed_at",
    "answered_on",
    "days_answered",
    "days_read",
    "floods",
    "failures",
    "failing_since",
    "answered_at",
    "trouble",
    "told_at",
    "silence_told_at",
)
_COLUMNS = [feeds.c[name] for name in _PLAIN] + [feeds.c.own_interval_s, feeds.c.gap_s, feeds.c.hints]

_FREE = and_(
    feeds.c.paused_at.is_(None),
    or_(
        feeds.c.lease_until.is_(None),
        feeds.c.lease_until <= bindparam("now"),
        feeds.c.lease_until > bindparam("longest_lease"),
    ),
)


def _times(now: datetime) -> dict[str, datetime]:
    """Say what is now, and from when on a lease can only come from a clock gone wrong."""
    return {"now": now, "longest_lease": now + LEASE}


def _feed(row: RowMapping, lease: str = "") -> Feed:
    return Feed(
        **{name: row[name] for name in _PLAIN},
        own_interval=_delta(row["own_interval_s"]),
        gap=_delta(row["gap_s"]),
        hints=load_hints(row["hints"]),
        lease=lease,
    )


def _delta(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def load_hints(stored: Mapping[str, Any]) -> Hints:
    """Read what ``dump_hints`` wrote."""
    return Hints(
        ttl=_delta(stored.get("ttl")),
        update_every=_delta(stored.get("every")),
        skip_hours=frozenset(stored.get("hours", ())),
        skip_days=frozenset(stored.get("days", ())),
    )


def dump_hints(hints: Hints) -> dict[str, Any]:
    """Write hints as JSON, leaving out what a document does not say."""
    stored: dict[str, Any] = {}
    if hints.ttl is not None:
        stored["ttl"] = int(hints.ttl.total_seconds())
    if hints.update_every is not None:
        stored["every"] = int(hints.update_every.total_seconds())
    if hints.skip_hours:
        stored["hours"] = sorted(hints.skip_hours)
    if hints.skip_days:
        stored["days"] = sorted(hints.skip_days)
    return stored


def add(c: Connection, *, address: str, host: str, title: str, now: datetime) -> int:
    """Return the id of the feed at this address, making it, due at once, if it is not there yet."""
    found: int | None = c.execute(select(feeds.c.id).where(feeds.c.address == address)).scalar()
    if found is not None:
        return found
    made = c.execute(
        insert(feeds)
        .values(address=address, host=host, title=title, created_at=now, next_poll_at=now)
        .returning(feeds.c.id)
    )
    made_id: int = made.scalar_one()
    return made_id


def get(c: Connection, feed_id: int) -> Feed:
    """Load one feed; sqlalchemy.exc.NoResultFound where there is none."""
    return _feed(c.execute(select(*_COLUMNS).where(feeds.c.id == feed_id)).mappings().one())


def next_due(c: Connection, *, now: datetime) -> datetime | None:
    """Say when the next feed that nobody holds is due; None where there is none."""
    first, last = c.execute(_ENDS, _times(now)).one()
    return now if last is not None and last > now + LONGEST else first


# Each end by itself is one look into the index.
_ENDS = select(
    select(func.min(feeds.c.next_poll_at)).where(_FREE).scalar_subquery(),
    select(func.max(feeds.c.next_poll_at)).where(_FREE).scalar_subquery(),
)


def claim_due(
    c: Connection, *, now: datetime, limit: int, lease: str, busy_hosts: Collection[str] = ()
) -> list[Feed]:
    """Take due feeds under a lease: no other process polls them until it ends.

    ``lease`` must be new for each claim: a process that slept through its lease finds another's
    word there and may neither save nor post. Hosts that already keep us busy are passed over.
    """
    c.execute(_SET_RIGHT, {"b_now": now, "b_latest": now + LONGEST})
    due = (
        select(feeds.c.id, feeds.c.host, feeds.c.next_poll_at)
        .where(_FREE, feeds.c.next_poll_at <= bindparam("now"))
        .order_by(feeds.c.next_poll_at)
        .limit(limit * PER_HOST)
    )
    if busy_hosts:
        due = due.where(feeds.c.host.not_in(list(busy_hosts)))
    first = due.subquery()
    turn = func.row_number().over(partition_by=first.c.host, order_by=first.c.next_poll_at)
    turns = select(first.c.id, first.c.next_poll_at, turn.label("turn")).subquery()
    chosen = select(turns.c.id).where(turns.c.turn <= PER_HOST).order_by(turns.c.next_poll_at).limit(limit)
    rows = c.execute(
        update(feeds)
        .where(feeds.c.id.in_(chosen))
        .values(lease=lease, lease_until=now + LEASE)
        .returning(*_COLUMNS),
        _times(now),
    )
    return [_feed(row, lease) for row in rows.mappings()]


def take(c: Connection, feed_id: int, *, lease: str, now: datetime) -> Feed:
    """Take one feed, whoever holds it: they find their lease lost, and neither save nor post."""
    rows = c.execute(
        update(feeds)
        .where(feeds.c.id == feed_id)
        .values(lease=lease, lease_until=now + LEASE)
        .returning(*_COLUMNS)
    )
    return _feed(rows.mappings().one(), lease)


_SET_RIGHT = (
    update(feeds).where(feeds.c.next_poll_at > bindparam("b_latest")).values(next_poll_at=bindparam("b_now"))
)

_UNCHANGED = (
    update(feeds)
    .where(feeds.c.id == bindparam("b_id"), feeds.c.lease == bindparam("b_lease"))
    .values(
        next_poll_at=bindparam("b_next"),
        answered_at=bindparam("b_answered_at"),
        answered_on=bindparam("b_answered_on"),
        days_answered=bindparam("b_days_answered"),
        full_at=bindparam("b_full_at"),
        etag=bindparam("b_etag"),
        last_modified=bindparam("b_last_modified"),
        failures=0,
        lease=None,
        lease_until=None,
    )
)


def save_unchanged(c: Connection, rows: list[dict[str, Any]]) -> None:
    """Write many polls that brought nothing new in one statement; a lost lease writes nothing."""
    c.execute(_UNCHANGED, rows)


def unchanged_row(feed: Feed, *, next_poll_at: datetime) -> dict[str, Any]:
    """Build what ``save_unchanged`` takes from a feed as the poll left it."""
    return {
        "b_id": feed.id,
        "b_lease": feed.lease,
        "b_next": next_poll_at,
        "b_answered_at": feed.answered_at,
        "b_answered_on": feed.answered_on,
        "b_days_answered": feed.days_answered,
        "b_full_at": feed.full_at,
        "b_etag": feed.etag,
        "b_last_modified": feed.last_modified,
    }


def save(
    c: Connection, feed: Feed, *, next_poll_at: datetime, paused: str | None = None, now: datetime
) -> None:
    """Write a feed as its poll left it and give it back; LeaseLost where another holds it by now."""
    values: dict[str, Any] = {name: getattr(feed, name) for name in _PLAIN if name != "id"}
    values |= {
        "gap_s": None if feed.gap is None else int(feed.gap.total_seconds()),
        "hints": dump_hints(feed.hints),
        "next_poll_at": next_poll_at,
        "lease": None,
        "lease_until": None,
    }
    if paused is not None:
        values |= {"paused_at": now, "pause_reason": paused}
    done = c.execute(update(feeds).where(feeds.c.id == feed.id, feeds.c.lease == feed.lease).values(values))
    if done.rowcount != 1:
        raise LeaseLost(f"feed {feed.id} is polled by another process by now")


def release(c: Connection, unpolled: Sequence[Feed]) -> None:
    """Give feeds back: they are due at once for whoever comes."""
    for feed in unpolled:
        c.execute(
            update(feeds)
            .where(feeds.c.id == feed.id, feeds.c.lease == feed.lease)
            .values(lease=None, lease_until=None)
        )


def hold_host(c: Connection, *, host: str, until: datetime) -> None:
    """Let no feed of a host be due before the time the host asked for."""
    c.execute(
        update(feeds).where(feeds.c.host == host, feeds.c.next_poll_at < until).values(next_poll_at=until)
    )


def tidy(c: Connection) -> int:
    """Forget feeds that no channel carries and that have nothing left to deliver."""
    waiting = (
        select(entries.c.feed_id)
        .join(deliveries, deliveries.c.entry_id == entries.c.id)
        .where(deliveries.c.state.not_in(["sent", "dead"]))
    )
    gone = delete(feeds).where(feeds.c.id.not_in(select(subscriptions.c.feed_id)), feeds.c.id.not_in(waiting))
    return c.execute(gone).rowcount


def is_paused(c: Connection, feed_id: int) -> bool:
    """Say whether a feed is not polled until someone resumes it."""
    return c.execute(select(feeds.c.paused_at).where(feeds.c.id == feed_id)).scalar() is not None


def set_paused(c: Connection, feed_id: int, *, reason: str | None, now: datetime) -> None:
    """Pause a feed with a reason, or with None let it be polled again at once, its past forgiven."""
    values: dict[str, Any] = {"paused_at": now, "pause_reason": reason}
    if reason is None:
        values = {
            "paused_at": None,
            "pause_reason": None,
            "next_poll_at": now,
            "failures": 0,
            "failing_since": None,
            "trouble": None,
            "told_at": None,
            "floods": 0,
            "merged_into": None,
        }
    c.execute(update(feeds).where(feeds.c.id == feed_id).values(values))


def set_interval(c: Connection, feed_id: int, *, interval: timedelta | None, now: datetime) -> None:
    """Set how often a person wants a feed polled (None: as it publishes); the next poll is now."""
    seconds = None if interval is None else int(interval.total_seconds())
    c.execute(update(feeds).where(feeds.c.id == feed_id).values(own_interval_s=seconds, next_poll_at=now))


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed as ``wireroom feeds list`` and the doctor show it."""

    id: int
    address: str
    title: str
    next_poll_at: datetime
    answered_at: datetime | None
    failing_since: datetime | None
    trouble: str | None
    pause_reason: str | None
    own_interval: timedelta | None


def everything(c: Connection) -> Sequence[Listed]:
    """List all feeds, oldest first."""
    columns = [
        feeds.c[name]
        for name in (
            "id",
            "address",
            "title",
            "next_poll_at",
            "answered_at",
            "failing_since",
            "trouble",
            "pause_reason",
        )
    ]
    every = feeds.c.own_interval_s.label("own_interval")
    rows = c.execute(select(*columns, every).order_by(feeds.c.id)).mappings()
    return [Listed(**{**row, "own_interval": _delta(row["own_interval"])}) for row in rows]


def find(c: Connection, text: str) -> int | None:
    """Find a feed by its number or its address."""
    is_number = text.isascii() and text.isdigit()
    by = feeds.c.id == int(text) if is_number else feeds.c.address == text
    found: int | None = c.execute(select(feeds.c.id).where(by)).scalar()
    return found


def counts(c: Connection) -> tuple[int, int, int]:
    """Count feeds: all, failing, paused."""
    row = c.execute(
        select(func.count(), func.count(feeds.c.failing_since), func.count(feeds.c.paused_at)).select_from(
            feeds
        )
    ).one()
    return row[0], row[1], row[2]
