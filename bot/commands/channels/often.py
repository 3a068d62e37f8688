"""How often a feed posts, by its dates, and in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from bot.models import ParsedFeed
from bot.store import Connection, entries

WITHIN = timedelta(days=14)
DAY = timedelta(days=1)
WEEK = 7
MONTH = 30

Rates = Mapping[int, float]
"""Posts a day, by the feed's number."""


def per_day(dates: Iterable[datetime], *, now: datetime) -> float | None:
    """Say how many posts a day the last 14 days had; None without any date.

    A document that does not reach back so far counts for the days that it holds, one at least.
    """
    past = [date for date in dates if date <= now]
    return rate(min(past), sum(now - date <= WITHIN for date in past), now=now) if past else None


def rate(oldest: datetime, count: int, *, now: datetime) -> float:
    """Say how many posts a day that is, by the oldest date and how many are of the last 14 days."""
    return count / (min(max(now - oldest, DAY), WITHIN) / DAY)


def of_feed(parsed: ParsedFeed, *, now: datetime) -> float | None:
    """Say how many posts a day a document promises; None where it has no dates."""
    dates = [entry.published or entry.updated for entry in parsed.entries]
    return per_day([date for date in dates if date], now=now)


def of_known(c: Connection, feed_ids: Collection[int], *, now: datetime) -> Rates:
    """Say of feeds how many posts a day those have that are known; those without dates are missing."""
    known = entries.dates(c, feed_ids, since=now - WITHIN, now=now)
    return {feed_id: rate(oldest, count, now=now) for feed_id, (oldest, count) in known.items()}


def times(rate: float) -> str:
    """Write a rate as in “will post here, about 4 times a day”."""
    count, span = _rounded(rate)
    word = {0: "less than once", 1: "about once", 2: "about twice"}.get(count, f"about {count} times")
    return f"{word} a {span}"


def posts(rate: float) -> str:
    """Write a rate as in “about 4 posts a day”."""
    count, span = _rounded(rate)
    if count == 0:
        return f"less than 1 post a {span}"
    return f"about {count} {'post' if count == 1 else 'posts'} a {span}"


def _rounded(rate: float) -> tuple[int, str]:
    """Choose the shortest span in which there is at least one post."""
    for days, span in ((1, "day"), (WEEK, "week"), (MONTH, "month")):
        if round(rate * days) >= 1:
            return round(rate * days), span
    return 0, "month"
