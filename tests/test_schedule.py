"""When to look again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.models import Feed, Hints
from bot.schedule import DAY, SPREAD, Bounds, floor, gap, interval, next_poll, retry, second_poll
from bot.store.feeds import LONGEST

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)  # a Monday
BOUNDS = Bounds()
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def feed(number: int = 1, **known: object) -> Feed:
    """Make a feed of which only this is known."""
    return Feed(number, "https://a.example/feed", "a.example", "A", NOW, **known)  # type: ignore[arg-type]


def test_a_feed_is_looked_at_as_often_as_it_publishes_within_bounds() -> None:
    """Ten looks a gap, between five minutes and six hours."""
    for usual, expected in ((10 * MINUTE, 5 * MINUTE), (5 * HOUR, 30 * MINUTE), (30 * DAY, 6 * HOUR)):
        assert interval(feed(gap=usual), now=NOW, max_age=None, bounds=BOUNDS) == expected


def test_the_gap_counts_the_silence_since_the_newest() -> None:
    """A feed that posted hourly and then stopped for ten days is not hourly any more."""
    lively = [NOW - n * HOUR for n in range(1, 21)]
    stopped = [date - 10 * DAY for date in lively]
    assert gap(lively, now=NOW) == HOUR
    assert (gap(stopped, now=NOW) or DAY) > 12 * HOUR


def test_a_feed_that_fell_silent_is_asked_less_and_less() -> None:
    """Answers that bring nothing lengthen the interval too, as the silence grows."""
    lively = feed(gap=HOUR, changed_at=NOW - 5 * DAY)
    assert interval(lively, now=NOW, max_age=None, bounds=BOUNDS) == 5 * DAY / 200


def test_future_dates_tell_nothing_of_the_gap() -> None:
    """Only dates up to now count, and without any there is no gap."""
    assert gap([NOW + DAY], now=NOW) is None
    assert gap([NOW + DAY, NOW - HOUR], now=NOW) == HOUR


def test_a_site_is_never_asked_sooner_than_it_wants_within_a_day() -> None:
    """Cache-Control, ttl and sy:updatePeriod lengthen the interval, but never beyond a day."""
    quick = feed(gap=10 * MINUTE)
    assert interval(quick, now=NOW, max_age=2 * HOUR, bounds=BOUNDS) == 2 * HOUR
    assert interval(quick, now=NOW, max_age=90 * DAY, bounds=BOUNDS) == DAY
    assert (
        interval(feed(gap=HOUR, hints=Hints(ttl=3 * HOUR)), now=NOW, max_age=None, bounds=BOUNDS) == 3 * HOUR
    )
    assert (
        interval(feed(gap=HOUR, hints=Hints(update_every=7 * DAY)), now=NOW, max_age=None, bounds=BOUNDS)
        == DAY
    )


def test_a_persons_interval_outweighs_ttl_but_never_max_age() -> None:
    """A person may ask more often than the document wishes, not more often than the answer changes."""
    wish = feed(own_interval=10 * MINUTE, gap=30 * DAY, hints=Hints(ttl=4 * HOUR))
    assert interval(wish, now=NOW, max_age=None, bounds=BOUNDS) == 10 * MINUTE
    assert interval(wish, now=NOW, max_age=HOUR, bounds=BOUNDS) == HOUR
    assert interval(feed(own_interval=MINUTE), now=NOW, max_age=None, bounds=BOUNDS) == 5 * MINUTE


def test_hours_and_days_to_skip_are_skipped() -> None:
    """A poll that would fall into a skipped hour or day comes after it, within a day."""
    hours = feed(gap=timedelta(), hints=Hints(skip_hours=frozenset({12, 13})))
    assert next_poll(hours, now=NOW, max_age=None, bounds=BOUNDS).hour == 14
    monday = feed(gap=timedelta(), hints=Hints(skip_days=frozenset({0})))
    assert next_poll(monday, now=NOW, max_age=None, bounds=BOUNDS).weekday() == 1
    always = feed(gap=timedelta(), hints=Hints(skip_hours=frozenset(range(24))))
    assert next_poll(always, now=NOW, max_age=None, bounds=BOUNDS) == NOW + DAY
    own = feed(own_interval=HOUR, hints=Hints(skip_hours=frozenset(range(24))))
    assert next_poll(own, now=NOW, max_age=None, bounds=BOUNDS) < NOW + 2 * HOUR


def shares(times: list[datetime], start: datetime, length: timedelta) -> list[int]:
    """Count how many times fall into each twentieth of a span."""
    counts = [0] * 20
    for time in times:
        counts[int((time - start) / length * 20) % 20] += 1
    return counts


def test_feeds_added_together_part_at_once() -> None:
    """After the first polls of a thousand feeds at one moment no twentieth gets more than twice its share."""
    lively = [feed(n, gap=timedelta()) for n in range(1, 1001)]
    times = [second_poll(one, now=NOW, max_age=None, bounds=BOUNDS) for one in lively]
    counts = shares(times, NOW + 5 * MINUTE, 5 * MINUTE * SPREAD)
    assert max(counts) <= 100
    assert min(counts) > 0


def test_feeds_that_came_due_together_part_within_some_polls() -> None:
    """After the bot was off all feeds are polled at once, and a few polls later they are spread again."""
    times = dict.fromkeys(range(1, 1001), NOW)
    for _ in range(20):
        for n, at in times.items():
            times[n] = next_poll(feed(n, gap=timedelta()), now=at, max_age=None, bounds=BOUNDS)
    counts = shares(list(times.values()), NOW, 5 * MINUTE * SPREAD)
    assert max(counts) <= 100
    assert min(counts) > 0


INTERVALS = {
    "number": st.integers(1, 10**9),
    "own": st.one_of(st.none(), st.timedeltas(5 * MINUTE, 7 * DAY)),
    "age": st.one_of(st.none(), st.timedeltas(timedelta(), 3 * DAY)),
    "usual": st.one_of(st.none(), st.timedeltas(timedelta(), 400 * DAY)),
}


@given(**INTERVALS)
def test_a_poll_comes_after_the_floor_and_within_the_interval(
    number: int, own: timedelta | None, age: timedelta | None, usual: timedelta | None
) -> None:
    """No feed is polled sooner than it must be left alone, nor later than its interval or a quarter more."""
    one = feed(number, own_interval=own, gap=usual)
    least = floor(one, max_age=age, bounds=BOUNDS)
    wanted = interval(one, now=NOW, max_age=age, bounds=BOUNDS)
    following = next_poll(one, now=NOW, max_age=age, bounds=BOUNDS) - NOW
    assert least <= following <= max(wanted, least * 1.25) + timedelta(seconds=1)
    second = second_poll(one, now=NOW, max_age=age, bounds=BOUNDS) - NOW
    assert least <= second <= least + wanted * SPREAD + timedelta(seconds=1)
    assert second < LONGEST


@given(**INTERVALS, late=st.timedeltas(timedelta(), timedelta(seconds=14)))
def test_a_feed_in_its_slot_stays_in_it(
    number: int,
    own: timedelta | None,
    age: timedelta | None,
    usual: timedelta | None,
    late: timedelta,
) -> None:
    """However late a poll was by its own seconds, the next one is a slot later and never two."""
    one = feed(number, own_interval=own, gap=usual)
    slot = second_poll(one, now=NOW, max_age=age, bounds=BOUNDS)
    again = next_poll(one, now=slot + late, max_age=age, bounds=BOUNDS)
    least = max(
        floor(one, max_age=age, bounds=BOUNDS),
        interval(one, now=NOW, max_age=age, bounds=BOUNDS) / 1.25,
    )
    assert abs(again - slot - least * SPREAD) < timedelta(seconds=1)


def test_failures_back_off_to_a_day_and_after_a_month_to_a_week() -> None:
    """Five minutes, doubled each time up to a day; a week once the feed has failed for 30 days."""
    waits = [
        retry(feed(failures=n, failing_since=NOW), now=NOW, retry_after=None, jitter=0) - NOW
        for n in range(1, 12)
    ]
    assert waits[:3] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE]
    assert waits[-1] == DAY
    assert waits == sorted(waits)
    long = feed(failures=99, failing_since=NOW - 30 * DAY)
    assert retry(long, now=NOW, retry_after=None, jitter=0) - NOW == 7 * DAY


def test_jitter_lengthens_a_wait_by_a_quarter_at_most() -> None:
    """Feeds that failed together come back apart, and none sooner than it should."""
    one = feed(failures=1, failing_since=NOW)
    assert retry(one, now=NOW, retry_after=None, jitter=1) - NOW == 5 * MINUTE * 1.25


def test_retry_after_is_obeyed_within_a_day() -> None:
    """A failing site that names a time is not asked before it, but at most a day is believed."""
    one = feed(failures=1, failing_since=NOW)
    assert retry(one, now=NOW, retry_after=2 * HOUR, jitter=0) == NOW + 2 * HOUR
    assert retry(one, now=NOW, retry_after=9 * DAY, jitter=0) == NOW + DAY
