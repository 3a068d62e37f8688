"""Bundles: what is held for a target becomes a digest, a delivery that its items share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from bot import digest
from bot.digest import ITEMS, MESSAGES, Hold
from bot.models import Habits, Rhythm, Target
from bot.store import items
from bot.store.deliveries import State
from bot.store.items import Item
from bot.store.portions import portions
from bot.store.subscriptions import target_of
from bot.store.tables import deliveries, targets

LONGEST = timedelta(days=9)
"""Nothing is held longer, a week and a day of quiet hours: a later due time is a clock gone wrong."""
TARGETS_AT_ONCE = 20
"""Targets whose digests are made in one transaction, so that it stays short at eight o'clock."""
UNWANTED = "Nobody asks for it any more: what followed it was ended, paused, snoozed or muted."

_HELD = deliveries.c.state == State.HELD


def gather(c: Connection, platform: str, *, now: datetime) -> bool:
    """Make digests of what was held and is due, for some targets; False where nothing was."""
    due = and_(_HELD, or_(deliveries.c.due_at <= now, deliveries.c.due_at > now + LONGEST))
    rows = c.execute(
        select(deliveries.c.target_id)
        .join(targets, targets.c.id == deliveries.c.target_id)
        .where(due, targets.c.platform == platform, targets.c.paused_at.is_(None))
        .distinct()
        .limit(TARGETS_AT_ONCE)
    )
    found = list(rows.scalars())
    for target_id in found:
        _make(c, target_id, and_(due, deliveries.c.target_id == target_id), asked=False, now=now)
    return bool(found)


def release(c: Connection, target_id: int, now: datetime) -> int:
    """Send all that is held for a target at once, whatever the hour; return how many articles that is."""
    return _make(c, target_id, and_(_HELD, deliveries.c.target_id == target_id), asked=True, now=now)


def _make(c: Connection, target_id: int, which: ColumnElement[bool], *, asked: bool, now: datetime) -> int:
    """Turn held deliveries of a target into a digest; one alone into a card again."""
    found = items.load(c, which, now=now)
    unwanted = [item.delivery_id for item in found if not item.wanted]
    _set(c, unwanted, state=State.DEAD, reason=UNWANTED)
    wanted = items.in_order([item for item in found if item.wanted])
    if len(wanted) == 1 and not asked:
        # It is as new as a digest made now: neither is given up for having waited for its time.
        _set(c, [wanted[0].delivery_id], state=State.PENDING, hold=None, due_at=now, created_at=now)
    elif wanted:
        _bundle(c, target_id, [item.delivery_id for item in wanted], asked=asked, now=now)
    return len(wanted)


def _bundle(c: Connection, target_id: int, ids: Sequence[int], *, asked: bool, now: datetime) -> None:
    """Share items out among messages; those beyond the last message belong to it all the same."""
    holds: set[Hold] = set()
    for some in portions(ids):
        rows = c.execute(select(deliveries.c.hold).where(deliveries.c.id.in_(some)).distinct())
        holds |= {Hold(hold) for hold in rows.scalars()}
    said = {"title": digest.title(holds, len(ids)), "holds": sorted(holds), "asked": asked}
    batch: list[int] = []
    for start in range(0, min(len(ids), ITEMS * MESSAGES), ITEMS):
        values = {"target_id": target_id, "digest": said, "created_at": now, "due_at": now}
        made = c.execute(
            insert(deliveries).values(**values, state=State.PENDING).returning(deliveries.c.id)
        ).scalar_one()
        end = start + ITEMS if len(batch) < MESSAGES - 1 else None
        _set(c, ids[start:end], state=State.BUNDLED, bundle_id=made, due_at=now)
        batch.append(made)
    _set(c, batch, digest=said | {"batch": batch})


def _set(c: Connection, ids: Collection[int], **values: Any) -> None:  # noqa: ANN401 - a column's value
    for some in portions(ids):
        c.execute(update(deliveries).where(deliveries.c.id.in_(some)).values(**values))


def dissolve(c: Connection, target_id: int, *, due_at: datetime) -> None:
    """Take apart the digests that wait for a target, and hold their items until then."""
    waiting = and_(
        deliveries.c.target_id == target_id,
        deliveries.c.digest.is_not(None),
        deliveries.c.state == State.PENDING,
        deliveries.c.message_id.is_(None),
    )
    rows = c.execute(select(deliveries.c.id, deliveries.c.digest).where(waiting)).all()
    gone = [row.id for row in rows if not row.digest["asked"]]
    c.execute(
        update(deliveries)
        .where(deliveries.c.bundle_id.in_(gone), deliveries.c.state == State.BUNDLED)
        .values(state=State.HELD, bundle_id=None, due_at=due_at)
    )
    c.execute(delete(deliveries).where(deliveries.c.id.in_(gone)))


def rehold(c: Connection, target_id: int, habits: Habits, now: datetime) -> None:
    """Move what is held for a target to the times of its new habits."""
    rows = c.execute(select(deliveries.c.hold).where(_HELD, deliveries.c.target_id == target_id).distinct())
    for hold in [Hold(hold) for hold in rows.scalars()]:
        rhythm = Rhythm.NOW if hold in {Hold.QUIET, Hold.BURST} else Rhythm(hold)
        due_at, still = digest.when(rhythm, habits, now)
        if hold is Hold.BURST and still is None:  # it waits for others, not for the end of the night
            continue
        c.execute(
            update(deliveries)
            .where(_HELD, deliveries.c.target_id == target_id, deliveries.c.hold == hold)
            .values(due_at=due_at)
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a digest's message says of itself."""

    holds: tuple[Hold, ...]
    first: int
    """The number of its first item: a long digest goes on in the next message."""
    total: int
    """Items of all its messages."""
    ends: bool
    """It is the last message."""


def describe(c: Connection, bundle_id: int, said: dict[str, Any]) -> Bundle:
    """Number a digest's message by what has not been left out of those before it."""
    rows = c.execute(
        select(deliveries.c.bundle_id, func.count())
        .where(deliveries.c.bundle_id.in_(said["batch"]), deliveries.c.state != State.DEAD)
        .group_by(deliveries.c.bundle_id)
    )
    counts = {number: count for number, count in rows if number is not None}
    before = sum(count for number, count in counts.items() if number < bundle_id)
    return Bundle(
        holds=tuple(Hold(hold) for hold in said["holds"]),
        first=before + 1,
        total=sum(counts.values()),
        ends=bundle_id == max(said["batch"]),
    )


def told(c: Connection, bundle_id: int) -> Bundle:
    """Number a digest's message anew, after items of it were moved."""
    said = c.execute(select(deliveries.c.digest).where(deliveries.c.id == bundle_id)).scalar_one()
    return describe(c, bundle_id, said)


def contents(c: Connection, bundle_id: int, *, now: datetime) -> tuple[Item, ...]:
    """Load the items of a digest's message, in their order."""
    of_it = and_(deliveries.c.bundle_id == bundle_id, deliveries.c.state != State.DEAD)
    return tuple(items.in_order(items.load(c, of_it, now=now)))


def came(c: Connection, bundle_id: int, *, left_out: Mapping[int, str], now: datetime) -> None:
    """Note that a digest's message stands in its target, with its items but those left out."""
    for delivery_id, reason in left_out.items():
        _set(c, [delivery_id], state=State.DEAD, reason=reason)
    c.execute(
        update(deliveries)
        .where(deliveries.c.bundle_id == bundle_id, deliveries.c.state == State.BUNDLED)
        .values(state=State.SENT, posted_at=now, reason=None)
    )


def push_on(c: Connection, bundle_id: int, rest: Sequence[int], *, shown: int, now: datetime) -> bool:
    """Move items that a digest's message does not hold to the next one; False where it is the last there is.

    Then it shows so many, and the others belong to it all the same. The next message is one that waits
    its turn, made where there is none and the digest has fewer than it may have.
    """
    row = c.execute(
        select(deliveries.c.target_id, deliveries.c.digest).where(deliveries.c.id == bundle_id)
    ).one()
    waits = and_(deliveries.c.state == State.PENDING, deliveries.c.tries == 0)
    later = [number for number in row.digest["batch"] if number > bundle_id]
    following: int | None = c.execute(
        select(func.min(deliveries.c.id)).where(deliveries.c.id.in_(later), waits)
    ).scalar()
    if following is None and len(row.digest["batch"]) >= MESSAGES:
        _set(c, [bundle_id], digest=row.digest | {"shown": shown})
        return False
    if following is None:
        values = {"target_id": row.target_id, "digest": row.digest, "created_at": now, "due_at": now}
        following = c.execute(
            insert(deliveries).values(**values, state=State.PENDING).returning(deliveries.c.id)
        ).scalar_one()
        batch = [*row.digest["batch"], following]
        _set(c, batch, digest=row.digest | {"batch": batch})
    _set(c, rest, bundle_id=following)
    return True


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a digest's articles that no message showed, for somebody who asked for more."""

    target: Target
    """For whom it is; to be shown to nobody else."""
    items: tuple[Item, ...]
    first: int
    """The number of the first one in the digest."""
    total: int
    """Articles of the whole digest."""


def page(c: Connection, bundle_id: int, *, now: datetime, skip: int = 0) -> Page | None:
    """Load articles that come after what a digest's last message shows, or after number ``skip``.

    None where the digest is known no more. Whether the reader may (still) see their feeds is for the
    caller to ask.
    """
    row = (
        c.execute(
            select(targets, deliveries.c.digest)
            .join(deliveries, deliveries.c.target_id == targets.c.id)
            .where(deliveries.c.id == bundle_id, deliveries.c.digest.is_not(None))
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    bundle, found = describe(c, bundle_id, row["digest"]), contents(c, bundle_id, now=now)
    start = max(row["digest"].get("shown", ITEMS), skip - bundle.first + 1)
    return Page(target_of(row), found[start : start + ITEMS], bundle.first + start, bundle.total)


def next_due(c: Connection, platform: str, *, now: datetime) -> datetime | None:
    """Say when ``gather`` has something to do next."""
    due: datetime | None = c.execute(
        select(func.min(deliveries.c.due_at))
        .join(targets, targets.c.id == deliveries.c.target_id)
        .where(_HELD, targets.c.platform == platform, targets.c.paused_at.is_(None))
    ).scalar()
    return due if due is None or due <= now + LONGEST else now
