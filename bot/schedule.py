"""When to look at a feed again: pure functions of what is known of it and the time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.models import Feed, Hints

DAY = timedelta(days=1)
UNKNOWN_GAP = timedelta(hours=5)
"""Taken for a feed whose entries carry no dates, until it has published some."""
LOOKS_PER_GAP = 10
"""A feed is looked at ten times between two entries: a card is late by a twentieth of the usual gap."""
DATES = 20
"""The newest dates of a feed that tell how often it publishes."""
SPREAD = 1.05
"""A feed's slots lie a little further apart than it must be left alone, so that being late by the
poll's own seconds never costs a whole slot."""
NEAREST_REACH, FARTHEST_REACH = 1.1, 1.25
"""A feed that is out of its slot goes this much further each time until it is in it; each feed by an
amount of its own, so that those which were due together do not stay together."""
GOLDEN = 0.6180339887498949

WEEKLY_AFTER = timedelta(days=30)
PAUSED_AFTER = timedelta(days=180)
RETRY_FIRST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The operator's bounds on the time between two polls of a feed."""

    least: timedelta = timedelta(minutes=5)
    most: timedelta = timedelta(hours=6)


def gap(dates: Iterable[datetime], *, now: datetime) -> timedelta | None:
    """Estimate the usual time between two entries from their dates; None without dates.

    The silence since the newest counts too, so that a feed that stops is asked less and less.
    """
    newest = sorted((date for date in dates if date <= now), reverse=True)[:DATES]
    return (now - newest[-1]) / len(newest) if newest else None


def floor(feed: Feed, *, max_age: timedelta | None, bounds: Bounds) -> timedelta:
    """Say how long a feed must be left alone after a good answer.

    What a person set outweighs what the document asks for, but never Cache-Control: the site would
    only repeat itself. No wish of a site counts beyond a day.
    """
    asked = max(bounds.least, min(max_age or timedelta(), DAY))
    if feed.own_interval is not None:
        return max(feed.own_interval, asked)
    hints = feed.hints
    return max(asked, min(max(hints.ttl or timedelta(), hints.update_every or timedelta()), DAY))


def interval(feed: Feed, *, now: datetime, max_age: timedelta | None, bounds: Bounds) -> timedelta:
    """Say how long to leave a feed alone: by how often it publishes, unless a person set it."""
    least = floor(feed, max_age=max_age, bounds=bounds)
    if feed.own_interval is not None:
        return least
    silence = now - (feed.changed_at or now)  # unchanged answers leave the gap as it was estimated
    usual = max(feed.gap if feed.gap is not None else UNKNOWN_GAP, silence / DATES) / LOOKS_PER_GAP
    return max(min(usual, bounds.most), least)


def next_poll(feed: Feed, *, now: datetime, max_age: timedelta | None, bounds: Bounds) -> datetime:
    """Choose the next poll after a good answer: within the interval, or a quarter beyond the floor.

    Each feed has a slot of its own, fixed by its id, so that feeds which came due together (after
    the bot was off, say) part again within some polls and stay apart. Hours and days that the
    document says to skip are skipped, unless a person set the interval.
    """
    least = _least(feed, now=now, max_age=max_age, bounds=bounds)
    reach = least * (NEAREST_REACH + (FARTHEST_REACH - NEAREST_REACH) * _phase(feed.id, math.sqrt(2)))
    due = min(_slot(feed.id, least * SPREAD, at_least=now + least), now + reach)
    return _skip(due, feed, latest=now + DAY)


def second_poll(feed: Feed, *, now: datetime, max_age: timedelta | None, bounds: Bounds) -> datetime:
    """Choose the poll after a feed's first: in its slot from the start, so that feeds added at once part."""
    least = _least(feed, now=now, max_age=max_age, bounds=bounds)
    soonest = now + floor(feed, max_age=max_age, bounds=bounds)
    return _skip(_slot(feed.id, least * SPREAD, at_least=soonest), feed, latest=now + DAY)


def _least(feed: Feed, *, now: datetime, max_age: timedelta | None, bounds: Bounds) -> timedelta:
    """Leave room for the slot: below the interval where the floor allows it."""
    wanted = interval(feed, now=now, max_age=max_age, bounds=bounds)
    return max(floor(feed, max_age=max_age, bounds=bounds), wanted / FARTHEST_REACH)


def _slot(feed_id: int, period: timedelta, *, at_least: datetime) -> datetime:
    phase, seconds = _phase(feed_id, GOLDEN), period.total_seconds()
    turn = math.ceil(at_least.timestamp() / seconds - phase)
    return max(at_least, datetime.fromtimestamp((turn + phase) * seconds, UTC))


def _phase(feed_id: int, irrational: float) -> float:
    """Place a feed on a circle, 0 to 1; multiples of an irrational lie evenly, however many there are."""
    return (feed_id * irrational) % 1.0


def _skip(due: datetime, feed: Feed, *, latest: datetime) -> datetime:
    hints = feed.hints if feed.own_interval is None else Hints()
    while due < latest and (due.hour in hints.skip_hours or due.weekday() in hints.skip_days):
        due += timedelta(hours=1)
    return min(due, latest) if hints.skip_hours or hints.skip_days else due


def retry(feed: Feed, *, now: datetime, retry_after: timedelta | None, jitter: float) -> datetime:
    """Choose the next poll of a feed that failed ``feed.failures`` times, this one included.

    Twice as long each time up to a day, after 30 days of failure a week. ``jitter`` is a random
    number from 0 to 1, so that feeds that failed together do not come back together.
    """
    if feed.failing_since is not None and now - feed.failing_since >= WEEKLY_AFTER:
        wait = timedelta(days=7)
    else:
        wait = min(RETRY_FIRST * 2 ** min(feed.failures - 1, 10), DAY)
    wait *= 1 + 0.25 * jitter
    return now + max(wait, min(retry_after or timedelta(), DAY))
