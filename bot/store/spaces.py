"""Spaces: the workspaces and servers of a platform, and what becomes of one that the bot is removed from."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, FromClause, delete, exists, insert, select, update

from bot.models import Target
from bot.store import notes
from bot.store.tables import follows, spaces, targets

REMOVED = "wireroom was removed from this server."
"""Why the targets of a space are paused; by it they are known when the bot is let in again."""
FORGOTTEN_AFTER = timedelta(days=30)


def is_left(place: FromClause) -> ColumnElement[bool]:
    """Say whether a row of targets is in a space that the bot was removed from."""
    return exists().where(spaces.c.platform == place.c.platform, spaces.c.space == place.c.space)


def names(c: Connection, platform: str) -> set[str]:
    """Name the spaces of a platform in which anything was ever set up."""
    rows = c.execute(
        select(targets.c.space).where(targets.c.platform == platform, targets.c.space != "").distinct()
    )
    return set(rows.scalars())


def was_left(c: Connection, platform: str, space: str) -> bool:
    """Say whether the bot was removed from a space, and has not come back."""
    there = exists().where(spaces.c.platform == platform, spaces.c.space == space)
    return c.execute(select(there)).scalar_one()


def leave(c: Connection, platform: str, space: str, *, now: datetime) -> None:
    """Stop posting to all of a space; the day of the removal is that of the first word of it."""
    if not was_left(c, platform, space):
        c.execute(insert(spaces).values(platform=platform, space=space, left_at=now))
    c.execute(
        update(targets)
        .where(targets.c.platform == platform, targets.c.space == space, targets.c.paused_at.is_(None))
        .values(paused_at=now, pause_reason=REMOVED)
    )


def rejoin(c: Connection, platform: str, space: str) -> None:
    """Post again to what the removal stopped, and to nothing that was stopped for another reason."""
    c.execute(delete(spaces).where(spaces.c.platform == platform, spaces.c.space == space))
    c.execute(
        update(targets)
        .where(targets.c.platform == platform, targets.c.space == space, targets.c.pause_reason == REMOVED)
        .values(paused_at=None, pause_reason=None, wait_until=None)
    )


def tidy(c: Connection, *, now: datetime) -> int:
    """Forget the spaces that were left long ago, with all that is in them; the number of them.

    Feeds and queries that nobody wants any more are for the housekeeping of feeds and follows.
    """
    old = c.execute(
        select(spaces.c.platform, spaces.c.space).where(spaces.c.left_at < now - FORGOTTEN_AFTER)
    ).all()
    for platform, space in old:
        owners = select(targets.c.id).where(targets.c.platform == platform)
        c.execute(delete(follows).where(follows.c.space == space, follows.c.owner_id.in_(owners)))
        places = select(targets).where(targets.c.platform == platform, targets.c.space == space)
        for place in c.execute(places).mappings().all():
            notes.forget(c, Target(platform, place["key"], space))
        # What is the targets' own goes with them: subscriptions, deliveries, follows (bot.store.tables).
        c.execute(delete(targets).where(targets.c.platform == platform, targets.c.space == space))
        c.execute(delete(spaces).where(spaces.c.platform == platform, spaces.c.space == space))
    return len(old)
