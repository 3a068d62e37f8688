"""How the feeds of a place fare, and what came of them, for whoever asks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from bot.models import Target
from bot.store.person import same
from bot.store.tables import deliveries, entries, feeds, targets


@dataclass(frozen=True, slots=True)
class Health:
    """How a feed fares."""

    feed_id: int
    failing_since: datetime | None
    trouble: str | None
    """A sentence, while it is failing."""
    next_poll_at: datetime
    pause_reason: str | None
    """Set while nobody polls it."""

    @property
    def well(self) -> bool:
        """Whether it is polled, and answers."""
        return self.failing_since is None and self.pause_reason is None


def health(c: Connection, feed_ids: Collection[int]) -> list[Health]:
    """Load how feeds fare, by their ids."""
    rows = c.execute(
        select(
            feeds.c.id,
            feeds.c.failing_since,
            feeds.c.trouble,
            feeds.c.next_poll_at,
            feeds.c.paused_at,
            feeds.c.pause_reason,
        )
        .where(feeds.c.id.in_(list(feed_ids)))
        .order_by(feeds.c.id)
    )
    return [
        Health(
            row.id,
            row.failing_since,
            row.trouble,
            row.next_poll_at,
            None if row.paused_at is None else row.pause_reason or "",
        )
        for row in rows
    ]


def checked(c: Connection, feed_ids: Collection[int], *, since: datetime) -> int:
    """Count the posts in the documents of those feeds that have answered since a moment."""
    return c.execute(
        select(func.count())
        .select_from(entries)
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .where(
            feeds.c.id.in_(list(feed_ids)),
            feeds.c.answered_at >= since,
            entries.c.seen_day >= feeds.c.days_read,
        )
    ).scalar_one()


def sent(c: Connection, target: Target, *, since: datetime) -> int:
    """Count the posts sent to a target since a moment, alone or in a digest."""
    bundles = deliveries.alias("bundles")
    posted = func.coalesce(bundles.c.posted_at, deliveries.c.posted_at)
    return c.execute(
        select(func.count())
        .select_from(deliveries)
        .join(targets, targets.c.id == deliveries.c.target_id)
        .outerjoin(bundles, bundles.c.id == deliveries.c.bundle_id)
        .where(same(target), deliveries.c.entry_id.is_not(None), posted >= since)
    ).scalar_one()


def cannot_post(c: Connection, target: Target) -> str | None:
    """Say why nothing is sent to a target; None where all is well."""
    return c.execute(
        select(func.coalesce(targets.c.pause_reason, "")).where(
            and_(same(target), targets.c.paused_at.is_not(None))
        )
    ).scalar()
