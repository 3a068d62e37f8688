"""One channel's feeds: what is kept of each, how they are paused and shown, and their posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    func,
    insert,
    select,
    update,
)

from bot.digest import Hold
from bot.look import MODE
from bot.models import Entry, Target, TargetKind
from bot.store import feeds as polled
from bot.store import subscriptions as carriers
from bot.store.deliveries import State
from bot.store.entries import TEXTS, entry_of
from bot.store.tables import deliveries, entries, feeds, subscriptions, targets

_places = targets.alias("places")
_adders = targets.alias("adders")
_TARGET = ("platform", "space", "key", "kind")


@dataclass(frozen=True, slots=True)
class Carriage:
    """A feed in a target, with all that lists, settings and Undo need of it."""

    id: int
    feed_id: int
    target: Target
    title: str
    """The feed's own."""
    host: str
    address: str
    link: str | None
    created_at: datetime
    added_by: Target | None
    name: str | None
    """What it is called here."""
    settings: Mapping[str, str]
    paused_at: datetime | None
    resumes_at: datetime | None
    next_poll_at: datetime
    answered_at: datetime | None
    failing_since: datetime | None
    trouble: str | None
    stopped: str | None
    """Why the feed is not polled at all, for no channel."""
    own_interval: timedelta | None

    @property
    def shown(self) -> str:
        """Name the feed as this target knows it."""
        return self.name or self.title or self.host

    @property
    def together(self) -> bool:
        """Say whether its posts come once a day, all together."""
        return self.settings.get(MODE.name) == "digest"

    def paused(self, now: datetime) -> bool:
        """Say whether its posts are kept from this target now; a pause that has ended is none."""
        return self.paused_at is not None and (self.resumes_at is None or self.resumes_at > now)


_OF_SUBSCRIPTION = ("id", "feed_id", "created_at", "name", "settings", "paused_at", "resumes_at")
_OF_FEED = ("title", "host", "address", "link", "next_poll_at", "answered_at", "failing_since", "trouble")


def _load(c: Connection, *where: ColumnElement[bool]) -> list[Carriage]:
    """Load carriages in the order in which they were made."""
    stopped = func.coalesce(feeds.c.pause_reason, "").label("stopped")
    rows = c.execute(
        select(
            *(subscriptions.c[name] for name in _OF_SUBSCRIPTION),
            *(feeds.c[name] for name in _OF_FEED),
            *(_places.c[name].label(f"place_{name}") for name in _TARGET),
            *(_adders.c[name].label(f"adder_{name}") for name in _TARGET),
            feeds.c.paused_at.label("stopped_at"),
            stopped,
            feeds.c.own_interval_s,
        )
        .join(feeds, feeds.c.id == subscriptions.c.feed_id)
        .join(_places, _places.c.id == subscriptions.c.target_id)
        .outerjoin(_adders, _adders.c.id == subscriptions.c.added_by)
        .where(*where)
        .order_by(subscriptions.c.id)
    )
    return [_carriage(row) for row in rows.mappings()]


def _carriage(row: RowMapping) -> Carriage:
    return Carriage(
        **{name: row[name] for name in (*_OF_SUBSCRIPTION, *_OF_FEED)},
        target=_target(row, "place"),
        added_by=_target(row, "adder") if row["adder_key"] is not None else None,
        stopped=row["stopped"] if row["stopped_at"] is not None else None,
        own_interval=_delta(row["own_interval_s"]),
    )


def _target(row: RowMapping, who: str) -> Target:
    platform, space, key, kind = (row[f"{who}_{name}"] for name in _TARGET)
    return Target(platform, key, space, TargetKind(kind))


def _delta(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _same(target: Target) -> ColumnElement[bool]:
    return and_(
        _places.c.platform == target.platform, _places.c.space == target.space, _places.c.key == target.id
    )


def of_target(c: Connection, target: Target) -> list[Carriage]:
    """List the feeds of a target, in the order they were added."""
    return _load(c, _same(target))


def get(c: Connection, feed_id: int, target: Target) -> Carriage | None:
    """Load a feed in a target; None where the target does not carry it."""
    found = _load(c, _same(target), subscriptions.c.feed_id == feed_id)
    return found[0] if found else None


def at(c: Connection, address: str, target: Target) -> Carriage | None:
    """Load the feed of an address in a target; None where the target does not carry it."""
    found = _load(c, _same(target), feeds.c.address == address)
    return found[0] if found else None


def everywhere(c: Connection, feed_id: int) -> list[Carriage]:
    """List the targets of a feed."""
    return _load(c, subscriptions.c.feed_id == feed_id)


def count(c: Connection, target: Target) -> int:
    """Count the feeds of a target."""
    return _count(c, target, targets.c.key == target.id)


def count_in_space(c: Connection, target: Target) -> int:
    """Count the feeds in all channels of a target's workspace or server, each as often as it is carried."""
    return _count(c, target, targets.c.kind == TargetKind.CHANNEL.value)


def _count(c: Connection, target: Target, which: ColumnElement[bool]) -> int:
    return c.execute(
        select(func.count())
        .select_from(subscriptions)
        .join(targets, targets.c.id == subscriptions.c.target_id)
        .where(targets.c.platform == target.platform, targets.c.space == target.space, which)
    ).scalar_one()


def add(
    c: Connection,
    feed_id: int,
    target: Target,
    *,
    added_by: Target,
    settings: Mapping[str, str],
    now: datetime,
) -> Carriage:
    """Let a target carry a feed that it does not carry yet; a feed nobody polled is polled again."""
    made = c.execute(
        insert(subscriptions)
        .values(
            feed_id=feed_id,
            target_id=carriers.target_id(c, target),
            added_by=carriers.target_id(c, added_by),
            settings=dict(settings),
            created_at=now,
        )
        .returning(subscriptions.c.id)
    )
    if polled.is_paused(c, feed_id):
        polled.set_paused(c, feed_id, reason=None, now=now)
    return _load(c, subscriptions.c.id == made.scalar_one())[0]


def pause(c: Connection, carriage_id: int, *, at: datetime | None, until: datetime | None = None) -> None:
    """Keep a feed's posts from a target from a time on, or with None let them come again."""
    _set(c, carriage_id, paused_at=at, resumes_at=until)


def configure(c: Connection, carriage_id: int, *, name: str | None, settings: Mapping[str, str]) -> None:
    """Write what a feed is called in a target, and how its posts look there."""
    _set(c, carriage_id, name=name, settings=dict(settings))


def _set(c: Connection, carriage_id: int, **values: Any) -> None:  # noqa: ANN401 - a column's value
    c.execute(update(subscriptions).where(subscriptions.c.id == carriage_id).values(**values))


def restore(c: Connection, feed_id: int, removed: Carriage) -> bool:
    """Let a target carry a feed as it did before it was removed; False where it does again already."""
    if get(c, feed_id, removed.target):
        return False
    c.execute(
        insert(subscriptions).values(
            feed_id=feed_id,
            target_id=carriers.target_id(c, removed.target),
            added_by=carriers.target_id(c, removed.added_by) if removed.added_by else None,
            name=removed.name,
            settings=dict(removed.settings),
            paused_at=removed.paused_at,
            resumes_at=removed.resumes_at,
            created_at=removed.created_at,
        )
    )
    return True


def missed(c: Connection, feed_id: int, *, since: datetime, until: datetime) -> int:
    """Count the entries of a feed that were first seen within a time."""
    return c.execute(
        select(func.count()).where(
            entries.c.feed_id == feed_id,
            entries.c.first_seen_at > since,
            entries.c.first_seen_at <= until,
        )
    ).scalar_one()


def entry(c: Connection, feed_id: int, entry_id: int) -> Entry | None:
    """Load an entry of a feed; None where there is none, or its texts are no longer kept."""
    row = (
        c.execute(
            select(entries.c.guid, *(entries.c[name] for name in TEXTS)).where(
                entries.c.id == entry_id, entries.c.feed_id == feed_id, entries.c.title.is_not(None)
            )
        )
        .mappings()
        .one_or_none()
    )
    return entry_of(row) if row else None


def delivery(c: Connection, entry_id: int, target_id: int) -> tuple[int, str] | None:
    """Say by which delivery an entry went or goes to a target, and where that stands."""
    row = c.execute(
        select(deliveries.c.id, deliveries.c.state).where(
            deliveries.c.entry_id == entry_id, deliveries.c.target_id == target_id
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


def waiting(c: Connection, feed_id: int, target_id: int) -> int:
    """Count the posts of a feed that wait for a target's daily digest."""
    return c.execute(
        select(func.count())
        .select_from(deliveries)
        .join(entries, entries.c.id == deliveries.c.entry_id)
        .where(
            deliveries.c.target_id == target_id,
            deliveries.c.state == State.HELD,
            deliveries.c.hold == Hold.DAILY,
            entries.c.feed_id == feed_id,
        )
    ).scalar_one()


def written(c: Connection, text: str) -> Target | None:
    """Find the target that is written so: ``discord:1/2``."""
    platform, _, rest = text.partition(":")
    # An id may have slashes, and on some platforms it begins with the @ that marks a person on others.
    parts = rest.split("/")
    endings = {"/".join(parts[start:]) for start in range(len(parts))}
    ids = endings | {ending.removeprefix("@") for ending in endings}
    rows = c.execute(select(targets).where(targets.c.platform == platform, targets.c.key.in_(ids)))
    found = map(carriers.target_of, rows.mappings())
    return next((one for one in found if str(one) == text), None)
