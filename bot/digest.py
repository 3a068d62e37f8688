"""When a card may come, and why it waits: rhythms, quiet hours, and what a digest calls itself; all pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.models import Habits, Rhythm

ITEMS = 15
"""Articles in one message of a digest."""
MESSAGES = 3
"""Messages of one digest; what goes beyond them is shown when somebody asks for it."""

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_LONGEST_GAP = 25 * 60
"""Minutes by which a clock was ever put forward: Samoa left out a whole day in 2011."""
_SATURDAY = 5


class Hold(StrEnum):
    """Why a card waits to come together with others."""

    QUIET = "quiet"
    BURST = "burst"
    """More came within ten minutes than anybody wants one by one."""
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


def when(rhythm: Rhythm, habits: Habits, now: datetime) -> tuple[datetime, Hold | None]:
    """Say when a card that is wanted in this rhythm may come (UTC), and why it waits; None: it does not."""
    zone = _zone(habits.timezone)
    match rhythm:
        case Rhythm.NOW:
            due = _after_quiet(now, habits, zone)
            return due.astimezone(UTC), Hold.QUIET if due > now else None
        case Rhythm.HOURLY:
            due = _next_full_hour(now, zone)
        case Rhythm.DAILY:
            due = _next_day(now, zone, habits.daily_at, range(_SATURDAY if habits.weekdays_only else 7))
        case Rhythm.WEEKLY:
            due = _next_day(now, zone, habits.weekly_at, (habits.weekly_day,))
    return _after_quiet(due, habits, zone).astimezone(UTC), Hold(rhythm)


def next_digest(rhythm: Rhythm, habits: Habits, now: datetime) -> datetime:
    """Say when the next digest of this rhythm comes, in the person's own time."""
    return when(rhythm, habits, now)[0].astimezone(_zone(habits.timezone))


def quiet_until(habits: Habits, now: datetime) -> datetime | None:
    """Say when the quiet hours that hold now end (UTC); None outside of them."""
    due, hold = when(Rhythm.NOW, habits, now)
    return due if hold is not None else None


@lru_cache(maxsize=1_000)
def _zone(name: str | None) -> tzinfo:
    """Find a timezone; one that is not known (any more) counts as UTC."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a directory, such as “America”
        return UTC


def _at(day: date, minutes: int, zone: tzinfo) -> datetime:
    """Give the moment (UTC) of a time of day; one that a day leaves out moves to the next that it has.

    A time that comes twice is taken the first time, as ``fold=0`` says.
    """
    local = datetime.combine(day, time(minutes // 60, minutes % 60))
    for _ in range(_LONGEST_GAP):
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == local:
            return moment
        local += _MINUTE
    raise AssertionError(f"{zone} has no time after {day} {minutes}")


def _next_full_hour(now: datetime, zone: tzinfo) -> datetime:
    due = now.astimezone(UTC)
    due = due.replace(second=0, microsecond=0) + timedelta(minutes=60 - due.astimezone(zone).minute)
    # Lord Howe Island puts its clocks back by half an hour.
    while minute := due.astimezone(zone).minute:
        due += timedelta(minutes=60 - minute)
    return due


def _next_day(now: datetime, zone: tzinfo, minutes: int, weekdays: Collection[int]) -> datetime:
    """Find the next of these weekdays on which the time is still to come."""
    today = now.astimezone(zone).date()
    # A day that a zone leaves out gives its time to the one after it, so yesterday's may be to come.
    days = (today + timedelta(days=offset) for offset in range(-1, 9))
    return next(due for day in days if day.weekday() in weekdays and (due := _at(day, minutes, zone)) > now)


def _after_quiet(due: datetime, habits: Habits, zone: tzinfo) -> datetime:
    """Move a moment in quiet hours to their end; hours from a time to itself are none."""
    begin, end = habits.quiet_from, habits.quiet_until
    if begin is None or end is None or begin == end:
        return due
    # A day whose clocks change may leave no time between two quiet nights: two at most, then.
    for day in (due.astimezone(zone).date() + timedelta(days=offset) for offset in (-1, 0, 1)):
        closes = _at(day if begin < end else day + _DAY, end, zone)
        if _at(day, begin, zone) <= due < closes:
            due = closes
    return due


_NAMES = {
    Hold.QUIET: "From your quiet hours",
    Hold.HOURLY: "Hourly digest",
    Hold.DAILY: "Daily digest",
    Hold.WEEKLY: "Weekly digest",
}


def title(holds: Collection[Hold], count: int, *, first: int = 1, last: int | None = None) -> str:
    """Call a digest by what it waited for, the rarest first: “Daily digest: 8 posts”.

    ``first`` and ``last`` number the items of one message where a digest takes several.
    """
    if {Hold.DAILY, Hold.WEEKLY} <= set(holds):
        name = "Daily and weekly digest"
    else:
        rarest = (Hold.WEEKLY, Hold.DAILY, Hold.HOURLY, Hold.QUIET)
        name = next((_NAMES[hold] for hold in rarest if hold in holds), "")
    if first > 1:
        return f"{name or 'More posts'}, continued: {first} to {last} of {count}"
    return f"{name}: {counted(count, 'post')}" if name else counted(count, "more post")


def subtitle(*, follows: int, feeds: int) -> str:
    """Say where a digest comes from: “From 2 follows in 1 feed”."""
    return (
        f"From {counted(follows, 'follow')} in {counted(feeds, 'feed')}"
        if follows
        else (f"From {counted(feeds, 'feed')}")
    )


def counted(count: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
