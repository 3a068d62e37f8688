"""When cards may come: rhythms and quiet hours over zones, and days whose clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest import Hold, next_digest, quiet_until, subtitle, title, when
from bot.models import Habits, Rhythm

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Hong_Kong", "Asia/Kathmandu", "Australia/Lord_Howe"),
    *("Pacific/Apia", "America/St_Johns", "Africa/Cairo", "Pacific/Chatham", "America/Santiago"),
)
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - a bound
MINUTES = st.integers(0, 24 * 60 - 1)


@st.composite
def habits(draw: st.DrawFn) -> Habits:
    """Draw the habits of a person somewhere."""
    quiet = draw(st.none() | st.tuples(MINUTES, MINUTES))
    return Habits(
        timezone=draw(st.sampled_from(ZONES)),
        quiet_from=quiet and quiet[0],
        quiet_until=quiet and quiet[1],
        daily_at=draw(MINUTES),
        weekdays_only=draw(st.booleans()),
        weekly_day=draw(st.integers(0, 6)),
        weekly_at=draw(MINUTES),
    )


def utc(text: str) -> datetime:
    """Read a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str) -> datetime:
    """Read a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def minutes(hour: int, minute: int = 0) -> int:
    """Count the minutes since midnight."""
    return hour * 60 + minute


@given(habits(), st.sampled_from(Rhythm), MOMENTS)
def test_never_too_early_never_too_late(mine: Habits, rhythm: Rhythm, now: datetime) -> None:
    """What is due comes now or later, in UTC, within its rhythm and a day, and only what waits has a hold."""
    due, hold = when(rhythm, mine, now)
    longest = {Rhythm.NOW: 0, Rhythm.HOURLY: 0, Rhythm.DAILY: 1, Rhythm.WEEKLY: 7}[rhythm]
    if rhythm is Rhythm.DAILY and mine.weekdays_only:
        longest = 3
    assert now <= due <= now + timedelta(days=longest + 2, hours=3)
    assert due.tzinfo is UTC
    assert (hold is None) == (due == now)
    assert hold in {None, Hold.QUIET} if rhythm is Rhythm.NOW else hold is Hold(rhythm)


@given(habits(), st.sampled_from(Rhythm), MOMENTS)
def test_nothing_comes_in_quiet_hours(mine: Habits, rhythm: Rhythm, now: datetime) -> None:
    """Whatever the rhythm, the zone and the day, nothing is due within quiet hours."""
    due, _ = when(rhythm, mine, now)
    assert quiet_until(mine, due) is None


@given(habits(), MOMENTS)
def test_a_day_has_one_digest_at_its_time(mine: Habits, now: datetime) -> None:
    """From one daily digest to the next the local day goes on by one, and the time is the one set."""
    mine = Habits(timezone=mine.timezone, daily_at=mine.daily_at)
    zone = ZoneInfo(mine.timezone or "UTC")
    first, _ = when(Rhythm.DAILY, mine, now)
    second, _ = when(Rhythm.DAILY, mine, first)
    days = (second.astimezone(zone).date() - first.astimezone(zone).date()).days
    assert days == 1 or (zone.key == "Pacific/Apia" and first.year == 2011)
    for due in (first.astimezone(zone), second.astimezone(zone)):
        naive = due.replace(tzinfo=None)
        if naive.hour * 60 + naive.minute != mine.daily_at:  # the day left it out: it begins after the gap
            wanted = naive.replace(hour=mine.daily_at // 60, minute=mine.daily_at % 60, tzinfo=zone)
            assert wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wanted.replace(tzinfo=None)


@given(st.sampled_from(ZONES), MOMENTS)
def test_hourly_is_the_next_full_hour_there(zone: str, now: datetime) -> None:
    """Hourly means the first full hour on the person's own clock, also where zones end in half hours."""
    due, hold = when(Rhythm.HOURLY, Habits(timezone=zone), now)
    assert hold is Hold.HOURLY
    assert (due.astimezone(ZoneInfo(zone)).minute, due.second, due.microsecond) == (0, 0, 0)
    assert timedelta() < due - now <= timedelta(minutes=90)


@given(MOMENTS, st.integers(0, 6), MINUTES)
def test_weekly_and_weekdays(now: datetime, day: int, at: int) -> None:
    """A weekly digest comes on its day, and one for weekdays never on Saturday or Sunday."""
    mine = Habits(timezone="Asia/Hong_Kong", weekdays_only=True, weekly_day=day, weekly_at=at, daily_at=at)
    zone = ZoneInfo("Asia/Hong_Kong")
    assert when(Rhythm.WEEKLY, mine, now)[0].astimezone(zone).weekday() == day
    assert when(Rhythm.DAILY, mine, now)[0].astimezone(zone).weekday() < 5


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-04-15T21:59", None),
        ("2026-04-15T22:00", "2026-04-16T07:00"),
        ("2026-04-16T06:59", "2026-04-16T07:00"),
        ("2026-04-16T07:00", None),
    ],
)
def test_quiet_hours_over_midnight(now: str, due: str | None) -> None:
    """From 22:00 until 07:00 holds from the first minute to the last, in the person's time."""
    mine = Habits(timezone="Asia/Hong_Kong", quiet_from=minutes(22), quiet_until=minutes(7))
    moment = local(now, "Asia/Hong_Kong")
    expected = (local(due, "Asia/Hong_Kong"), Hold.QUIET) if due else (moment, None)
    assert when(Rhythm.NOW, mine, moment) == expected


def test_a_digest_in_quiet_hours_comes_at_their_end() -> None:
    """A digest set to a time in quiet hours moves to the end of those."""
    mine = Habits(quiet_from=minutes(6), quiet_until=minutes(9, 30), daily_at=minutes(8))
    assert when(Rhythm.DAILY, mine, utc("2026-04-15T12:00")) == (utc("2026-04-16T09:30"), Hold.DAILY)


def test_a_time_that_a_day_leaves_out() -> None:
    """A digest at 02:30 comes at 03:00 on the day whose clocks go from 02:00 to 03:00."""
    mine = Habits(timezone="Europe/Berlin", daily_at=minutes(2, 30))
    due, _ = when(Rhythm.DAILY, mine, local("2026-03-28T12:00", "Europe/Berlin"))
    assert due == utc("2026-03-29T01:00")
    assert when(Rhythm.DAILY, mine, due)[0] == local("2026-03-30T02:30", "Europe/Berlin")


def test_a_time_that_comes_twice() -> None:
    """A digest at 02:30 comes once, the first time, on the day whose clocks go from 03:00 to 02:00."""
    mine = Habits(timezone="Europe/Berlin", daily_at=minutes(2, 30))
    due, _ = when(Rhythm.DAILY, mine, local("2026-10-24T12:00", "Europe/Berlin"))
    assert due == utc("2026-10-25T00:30")
    assert when(Rhythm.DAILY, mine, due)[0] == local("2026-10-26T02:30", "Europe/Berlin")


def test_a_day_that_a_zone_leaves_out() -> None:
    """Where a whole day is left out its digest comes when the next one begins."""
    mine = Habits(timezone="Pacific/Apia", daily_at=minutes(8))
    due, _ = when(Rhythm.DAILY, mine, local("2011-12-29T12:00", "Pacific/Apia"))
    assert due == local("2011-12-31T00:00", "Pacific/Apia")
    assert when(Rhythm.DAILY, mine, due)[0] == local("2011-12-31T08:00", "Pacific/Apia")


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "America", "../etc/passwd", "\x00", "x" * 5_000])
def test_an_unknown_zone_counts_as_utc(name: str | None) -> None:
    """A zone that is not known, for whatever reason, counts as UTC."""
    mine = Habits(timezone=name, daily_at=minutes(8))
    assert when(Rhythm.DAILY, mine, utc("2026-04-15T07:00"))[0] == utc("2026-04-15T08:00")


def test_next_digest_is_told_in_local_time() -> None:
    """The next digest is said as the date on which the person gets it."""
    mine = Habits(timezone="Asia/Hong_Kong", weekdays_only=True, daily_at=minutes(8))
    following = next_digest(Rhythm.DAILY, mine, utc("2026-04-16T12:00"))
    assert f"{following:%A %d %B %H:%M}" == "Friday 17 April 08:00"


@pytest.mark.parametrize(
    ("holds", "count", "said"),
    [
        ({Hold.DAILY}, 8, "Daily digest: 8 posts"),
        ({Hold.DAILY}, 1, "Daily digest: 1 post"),
        ({Hold.WEEKLY, Hold.DAILY, Hold.QUIET}, 8, "Daily and weekly digest: 8 posts"),
        ({Hold.QUIET, Hold.BURST}, 3, "From your quiet hours: 3 posts"),
        ({Hold.BURST}, 3, "3 more posts"),
    ],
)
def test_a_digest_is_called_by_what_it_waited_for(holds: set[Hold], count: int, said: str) -> None:
    """The title names the rarest rhythm among the items and counts them."""
    assert title(holds, count) == said


def test_a_digest_that_goes_on_says_where() -> None:
    """The second message of a digest says which of all the posts it holds."""
    assert title({Hold.DAILY}, 40, first=16, last=30) == "Daily digest, continued: 16 to 30 of 40"
    assert title({Hold.BURST}, 40, first=16, last=30) == "More posts, continued: 16 to 30 of 40"


def test_a_digest_says_where_it_comes_from() -> None:
    """The subtitle counts follows and feeds; a channel's list has no follows."""
    assert subtitle(follows=2, feeds=1) == "From 2 follows in 1 feed"
    assert subtitle(follows=0, feeds=3) == "From 3 feeds"
