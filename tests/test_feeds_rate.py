"""How often a feed posts, in numbers and in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.channels.often import per_day, posts, times

NOW = datetime(2026, 4, 16, 12, 0, tzinfo=UTC)


def ago(**time: float) -> datetime:
    """Give a time before now."""
    return NOW - timedelta(**time)


def test_a_rate_is_of_the_last_fourteen_days() -> None:
    """Posts older than 14 days count neither as posts nor as days."""
    assert per_day([ago(days=1), ago(days=7), ago(days=100)], now=NOW) == 2 / 14


def test_a_short_document_counts_for_the_days_it_holds() -> None:
    """Fifty posts that reach back five days are ten a day; some within an hour are no more than those."""
    assert per_day([ago(hours=2.4 * number) for number in range(1, 51)], now=NOW) == 10
    assert per_day([ago(minutes=5), ago(minutes=9)], now=NOW) == 2


def test_no_dates_are_no_rate() -> None:
    """Without dates, or with only such as are to come, nothing is said."""
    assert per_day([], now=NOW) is None
    assert per_day([NOW + timedelta(days=1)], now=NOW) is None


@given(st.lists(st.timedeltas(timedelta(days=-30), timedelta(days=3_000)), max_size=60))
def test_a_rate_is_never_more_than_the_posts_there_are(ages: list[timedelta]) -> None:
    """However the dates lie, the rate is between nothing and all of them in a day."""
    rate = per_day([NOW - age for age in ages], now=NOW)
    assert rate is None or 0 <= rate <= len(ages)


@pytest.mark.parametrize(
    ("rate", "as_times", "as_posts"),
    [
        (4.2, "about 4 times a day", "about 4 posts a day"),
        (2.0, "about twice a day", "about 2 posts a day"),
        (0.9, "about once a day", "about 1 post a day"),
        (3 / 7, "about 3 times a week", "about 3 posts a week"),
        (1 / 14, "about twice a month", "about 2 posts a month"),
        (0.0, "less than once a month", "less than 1 post a month"),
    ],
)
def test_rates_are_written_for_people(rate: float, as_times: str, as_posts: str) -> None:
    """A rate is written in the shortest span that has a post in it."""
    assert (times(rate), posts(rate)) == (as_times, as_posts)
