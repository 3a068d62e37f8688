"""The backtest: what a query finds among the newest posts, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.follows.backtest import NEWEST, Backtest, backtest, finders, often, overlap
from bot.match import explain
from bot.models import Entry, Follow, Rhythm, Target, TargetKind
from bot.query import parse
from bot.store.reach import Seen

NOW = datetime(2026, 4, 16, 12, 0, tzinfo=UTC)
ANN = Target("chat", "ann", kind=TargetKind.PERSON)
WORDS = ("chip", "rain", "solid", "state", "battery")


def seen(titles: list[str], *, hours: float = 6, dated: bool = True, feed_id: int = 1) -> list[Seen]:
    """Make posts, the newest first, these hours apart."""
    return [
        Seen(
            number,
            feed_id,
            Entry(str(number), title, published=NOW - number * timedelta(hours=hours) if dated else None),
            NOW,
        )
        for number, title in enumerate(titles, start=1)
    ]


def follow(number: int, words: str, feed_id: int | None = None) -> Follow:
    """Make a follow of Ann's."""
    return Follow(number, ANN, ANN, words, str(parse(words)), Rhythm.NOW, NOW, feed_id)


@pytest.mark.parametrize(
    ("hits", "hours", "noisy"),
    [
        (3, 6, False),
        (25, 6, True),
        (14, 24, False),
        (15, 24, True),
        (13, 6, True),
        (3, 0.5, True),
    ],
)
def test_noisy_is_one_a_day_or_thirty_in_a_hundred(hits: int, hours: float, noisy: bool) -> None:  # noqa: FBT001 - a column of the table
    """A query is noisy from one match a day on, or from 15 of the newest 50 on, however old those are."""
    titles = ["chip"] * hits + ["rain"] * (NEWEST - hits)
    assert backtest(parse("chip"), seen(titles, hours=hours), now=NOW).noisy is noisy


def test_a_short_history_is_not_stretched() -> None:
    """Where fewer posts are known than are looked through, the rate is taken over the full 14 days."""
    test = backtest(parse("chip"), seen(["chip"] * 4, hours=0.1), now=NOW)
    assert (test.rate, test.noisy) == (4 / 14, False)


def test_posts_without_dates_make_no_rate() -> None:
    """Posts that say nothing of their date count as matches, but not to the rate."""
    test = backtest(parse("chip"), seen(["chip"] * NEWEST, dated=False), now=NOW)
    assert (len(test.hits), test.rate) == (NEWEST, 0)


def test_old_posts_make_no_rate() -> None:
    """Matches older than 14 days say nothing about how often they come now."""
    assert backtest(parse("chip"), seen(["rain", "chip"], hours=24 * 10), now=NOW).rate == 0


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (25 / 14, "nearly 2 a day"),
        (2.2, "about 2 a day"),
        (1, "about 1 a day"),
        (0.3, "about 2 a week"),
        (0.01, ""),
    ],
)
def test_rates_in_words(rate: float, words: str) -> None:
    """A rate is told in whole posts a day or a week, and not at all where it is less."""
    assert often(rate) == words


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1).map(" ".join), max_size=12))
def test_matching_many_is_matching_each(titles: list[str]) -> None:
    """All follows tried at once find what each finds by itself."""
    queries = ["chip", "solid state", "rain, battery", "battery -chip", '"solid state"', "bat*"]
    wanted = [follow(number, words) for number, words in enumerate(queries)]
    posts = seen(titles)
    found = finders(wanted, posts)
    for post in posts:
        alone = [one.id for one in wanted if explain(parse(one.canonical), post.entry)]
        assert found[post.entry_id] == alone


def test_overlap_is_the_follow_with_most_in_common() -> None:
    """Of several follows that find the same posts the one that finds most is named, within its own feed."""
    posts = seen(["chip rain", "chip rain", "chip solid"])
    others = [follow(1, "solid"), follow(2, "rain"), follow(3, "chip", feed_id=2), follow(4, "battery")]
    assert overlap(posts, others) == (others[1], 2)
    assert overlap(posts, [others[2], others[3]]) is None
    assert overlap([], others) is None


def test_nothing_known_is_not_noisy() -> None:
    """Without any post there are no matches and no noise."""
    assert backtest(parse("chip"), [], now=NOW) == Backtest(0, (), 0)
    assert not Backtest(0, (), 0).noisy
