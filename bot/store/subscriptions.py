"""Targets and the feeds they carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    RowMapping,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.look import MODE
from bot.models import Subscription, Target, TargetKind
from bot.store.spaces import is_left
from bot.store.tables import deliveries, entries, feeds, follows, reasons, subscriptions, targets

REFUSALS_TOLD_EVERY = timedelta(days=1)
CARRIED_AS = func.coalesce(feeds.c.merged_into, feeds.c.id)
"""The feed for which a feed's entries count: itself, or the one that it turned out to be."""


def target_id(c: Connection, target: Target) -> int:
    """Return the id under which a target is known, remembering it if it is new."""
    found: int | None = c.execute(
        select(targets.c.id).where(
            targets.c.platform == target.platform,
            targets.c.space == target.space,
            targets.c.key == target.id,
        )
    ).scalar()
    if found is not None:
        return found
    made = c.execute(
        insert(targets)
        .values(platform=target.platform, space=target.space, key=target.id, kind=target.kind.value)
        .returning(targets.c.id)
    )
    made_id: int = made.scalar_one()
    return made_id


def target_of(row: RowMapping) -> Target:
    """Build a Target from a row of the targets table."""
    return Target(row["platform"], row["key"], row["space"], TargetKind(row["kind"]))


def served(c: Connection, platform: str) -> list[Target]:
    """List the targets of a platform that carry a feed."""
    rows = c.execute(
        select(targets)
        .where(
            targets.c.platform == platform,
            targets.c.id.in_(select(subscriptions.c.target_id)),
        )
        .order_by(targets.c.id)
    )
    return [target_of(row) for row in rows.mappings()]


def platforms(c: Connection) -> set[str]:
    """Name the platforms that any target is on."""
    return set(c.execute(select(targets.c.platform).distinct()).scalars())


def add(
    c: Connection, *, feed_id: int, target_id: int, added_by: int | None, sample: bool, now: datetime
) -> bool:
    """Let a target carry a feed; False where it does already."""
    there = c.execute(
        select(subscriptions.c.id).where(
            subscriptions.c.feed_id == feed_id, subscriptions.c.target_id == target_id
        )
    ).scalar()
    if there is not None:
        return False
    c.execute(
        insert(subscriptions).values(
            feed_id=feed_id, target_id=target_id, added_by=added_by, sample=sample, created_at=now
        )
    )
    return True


def remove(c: Connection, *, feed_id: int, target_id: int | None = None, forget: bool = True) -> int:
    """Take a feed out of one target, or of all; a feed that no target carries is forgotten whole.

    Without ``forget`` that is left to the housekeeping, so that Undo still finds the feed and the
    follows that are for it alone. What waits for the target is given up, unless a follow asked for it.
    """
    where = [subscriptions.c.feed_id == feed_id]
    if target_id is not None:
        where.append(subscriptions.c.target_id == target_id)
    gone = c.execute(delete(subscriptions).where(*where)).rowcount
    if target_id is not None:
        of_feed = select(entries.c.id).where(entries.c.feed_id == feed_id)
        c.execute(
            update(deliveries)
            .where(
                deliveries.c.target_id == target_id,
                deliveries.c.entry_id.in_(of_feed),
                deliveries.c.state.in_(["pending", "doubt", "held"]),
                deliveries.c.message_id.is_(None),
                ~exists().where(reasons.c.delivery_id == deliveries.c.id),
            )
            .values(state="dead", reason="The feed was taken out of this channel.")
        )
    if forget:
        carried = select(subscriptions.c.feed_id)
        c.execute(delete(feeds).where(feeds.c.id == feed_id, feeds.c.id.not_in(carried)))
    return gone


def of_feed(c: Connection, feed_id: int, *, now: datetime) -> list[Subscription]:
    """List the channels that carry a feed, in the order in which they were added.

    A pause whose end has come counts as none; a channel where the bot was removed carries nothing.
    """
    rows = c.execute(
        select(subscriptions)
        .join(targets, targets.c.id == subscriptions.c.target_id)
        .where(subscriptions.c.feed_id == feed_id, ~is_left(targets))
        .order_by(subscriptions.c.id)
    )
    return [_subscription(row, now) for row in rows.mappings()]


def _subscription(row: RowMapping, now: datetime) -> Subscription:
    ended = row["resumes_at"] is not None and row["resumes_at"] <= now
    return Subscription(
        row["id"],
        row["target_id"],
        row["added_by"],
        sample=row["sample"],
        paused=row["paused_at"] is not None and not ended,
        digest=row["settings"].get(MODE.name) == "digest",
    )


def targets_of(c: Connection, feed_id: int) -> list[Target]:
    """List the targets that carry a feed, also those in which it is paused; not where the bot was removed."""
    rows = c.execute(
        select(targets)
        .join(subscriptions, subscriptions.c.target_id == targets.c.id)
        .where(subscriptions.c.feed_id == feed_id, ~is_left(targets))
        .order_by(subscriptions.c.id)
    )
    return [target_of(row) for row in rows.mappings()]


def samples_done(c: Connection, feed_id: int) -> None:
    """Note that the sample of a feed's first poll is on its way."""
    c.execute(
        update(subscriptions)
        .where(subscriptions.c.feed_id == feed_id, subscriptions.c.sample)
        .values(sample=False)
    )


def told(c: Connection, feed_id: int, operator: int | None) -> list[int]:
    """List whom to tell about a feed: each person who added it somewhere, once.

    A feed added by the operator is told to the operator's target, or where none is set in the
    channel itself: word that nobody can see would be silence.
    """
    rows = c.execute(
        select(func.coalesce(subscriptions.c.added_by, operator, subscriptions.c.target_id))
        .where(subscriptions.c.feed_id == feed_id)
        .order_by(subscriptions.c.id)
    )
    return list(dict.fromkeys(rows.scalars()))


@dataclass(frozen=True, slots=True)
class Carrier:
    """A target that carries a feed, as lists show it."""

    feed_id: int
    target: Target
    target_paused: str | None


def carriers(c: Connection) -> Sequence[Carrier]:
    """List every target of every feed."""
    rows = c.execute(
        select(subscriptions.c.feed_id, targets)
        .join(targets, targets.c.id == subscriptions.c.target_id)
        .order_by(subscriptions.c.id)
    )
    return [Carrier(row["feed_id"], target_of(row), row["pause_reason"]) for row in rows.mappings()]


def pause_target(c: Connection, target_id: int, *, reason: str, now: datetime) -> bool:
    """Stop posting to a target; False where it is stopped already, so that word goes out once."""
    changed = c.execute(
        update(targets)
        .where(targets.c.id == target_id, targets.c.paused_at.is_(None))
        .values(paused_at=now, pause_reason=reason)
    )
    return changed.rowcount == 1


def resume_target(c: Connection, target: Target, *, now: datetime) -> bool:
    """Post to a target again, at once; False where it neither was paused nor had to wait."""
    same = and_(
        targets.c.platform == target.platform, targets.c.space == target.space, targets.c.key == target.id
    )
    kept_waiting = or_(targets.c.paused_at.is_not(None), targets.c.wait_until > now)
    changed = c.execute(
        update(targets).where(same, kept_waiting).values(paused_at=None, pause_reason=None, wait_until=None)
    )
    hurried = c.execute(
        update(deliveries)
        .where(
            deliveries.c.target_id.in_(select(targets.c.id).where(same)),
            deliveries.c.state == "pending",
            deliveries.c.message_id.is_(None),
            deliveries.c.due_at > now,
        )
        .values(due_at=now)
    )
    return changed.rowcount + hurried.rowcount > 0


def is_paused(c: Connection, target: Target) -> bool:
    """Say whether a target is not posted to until someone resumes it."""
    paused_at = select(targets.c.paused_at).where(
        targets.c.platform == target.platform, targets.c.space == target.space, targets.c.key == target.id
    )
    return c.execute(paused_at).scalar() is not None


def hold_target(c: Connection, target_id: int, *, until: datetime) -> None:
    """Leave a target alone until the platform lets us post there again."""
    c.execute(update(targets).where(targets.c.id == target_id).values(wait_until=until))


def unreached(c: Connection, target_id: int, *, now: datetime, until: datetime) -> None:
    """Note that a person cannot be messaged, since the first such failure, and leave them alone a while."""
    c.execute(
        update(targets)
        .where(targets.c.id == target_id)
        .values(
            unreachable_since=func.coalesce(
                targets.c.unreachable_since, literal(now, targets.c.unreachable_since.type)
            ),
            wait_until=until,
        )
    )


def reached(c: Connection, target_id: int) -> None:
    """Note that a person got a message."""
    c.execute(update(targets).where(targets.c.id == target_id).values(unreachable_since=None))


def tells_of_refusal(c: Connection, target_id: int, *, now: datetime) -> bool:
    """Say whether word of a refused post is due, and note that it goes out: once a day."""
    told = targets.c.refusal_told_at
    changed = c.execute(
        update(targets)
        .where(targets.c.id == target_id, or_(told.is_(None), told <= now - REFUSALS_TOLD_EVERY))
        .values(refusal_told_at=now)
    )
    return changed.rowcount == 1


def who_set_up(c: Connection, target_id: int) -> list[int]:
    """List the people who brought feeds into a target."""
    rows = c.execute(
        select(subscriptions.c.added_by)
        .where(
            subscriptions.c.target_id == target_id,
            subscriptions.c.added_by.is_not(None),
            subscriptions.c.added_by != target_id,
        )
        .distinct()
    )
    return [added_by for (added_by,) in rows if added_by is not None]


def paused_on(c: Connection, platform: str) -> list[Target]:
    """List the targets of a platform that cannot be posted to, where something is set up.

    Those of a space that the bot was removed from are not among them: they wait for its return.
    """
    carries = exists().where(subscriptions.c.target_id == targets.c.id)
    is_alerted = exists().where(follows.c.target_id == targets.c.id, follows.c.ended_at.is_(None))
    rows = c.execute(
        select(targets)
        .where(
            targets.c.platform == platform,
            targets.c.paused_at.is_not(None),
            or_(carries, is_alerted),
            ~is_left(targets),
        )
        .order_by(targets.c.id)
    )
    return [target_of(row) for row in rows.mappings()]


def paused_targets(c: Connection) -> int:
    """Count the targets that cannot be posted to."""
    return c.execute(select(func.count()).where(targets.c.paused_at.is_not(None))).scalar_one()
