"""What a follow would have found among the newest posts that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.commands.tools import Tools
from bot.match import Matcher, explain
from bot.models import Entry, Follow, TargetKind
from bot.query import Query
from bot.store.follows import NewFollow
from bot.store.reach import Seen

NEWEST = 50
"""Posts that are looked through."""
RATED = timedelta(days=14)
"""A rate is taken over this time, and told per day."""
NOISY_A_DAY = 1.0
NOISY_OF_NEWEST = 15
"""Matches among the newest 50 (30 %) from which on a follow is noisy, however slowly they come."""

Wanted = Follow | NewFollow


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a query finds among the newest posts."""

    looked: int
    """Posts that were looked through."""
    hits: tuple[Seen, ...]
    """Newest first."""
    rate: float
    """Matches a day, by what the posts say of their date."""

    @property
    def noisy(self) -> bool:
        """Whether a digest would be calmer than an alert each."""
        return self.rate >= NOISY_A_DAY or len(self.hits) >= NOISY_OF_NEWEST


async def within(tools: Tools, follow: Wanted) -> dict[int, str]:
    """Name the feeds that a follow looks in, by their ids.

    One that posts in a channel finds what both its owner and the channel's readers may see.
    """
    names = await tools.reach.feeds(follow.owner, follow.space, feed_id=follow.feed_id)
    if follow.target.kind is TargetKind.PERSON:
        return names
    theirs = await tools.reach.feeds(follow.target, follow.space, feed_id=follow.feed_id)
    return {feed_id: name for feed_id, name in names.items() if feed_id in theirs}


async def look_through(tools: Tools, feed_ids: Collection[int], query: Query) -> Backtest:
    """Try a query on the newest posts of these feeds."""
    return backtest(query, await tools.reach.newest(list(feed_ids), limit=NEWEST), now=tools.clock())


def backtest(query: Query, seen: Sequence[Seen], *, now: datetime) -> Backtest:
    """Try a query on these posts, which are the newest of more if there are as many as are looked through."""
    hits = tuple(one for one in seen if explain(query, one.entry) is not None)
    return Backtest(len(seen), hits, _rate(hits, seen, now))


def _rate(hits: Iterable[Seen], seen: Sequence[Seen], now: datetime) -> float:
    """Count matches a day over the last 14 days, or as far back as the newest posts reach.

    Posts without a date are left out: all that a new feed holds was first seen in one moment.
    """
    days = RATED
    dates = [said for one in seen if (said := _said(one.entry)) is not None]
    if len(seen) >= NEWEST and dates:
        days = min(max(now - min(dates), timedelta(days=1)), RATED)
    lately = [said for one in hits if (said := _said(one.entry)) is not None and said > now - days]
    return len(lately) / (days / timedelta(days=1))


def _said(entry: Entry) -> datetime | None:
    return entry.published or entry.updated


def often(rate: float) -> str:
    """Write a rate: nearly 2 a day, about 3 a week; empty where it is less than one a week."""
    for span, times in (("day", rate), ("week", rate * 7)):
        if round(times) >= 1:
            return f"{'nearly' if times < round(times) - 0.05 else 'about'} {round(times)} a {span}"
    return ""


def overlap(hits: Sequence[Seen], others: Iterable[Follow]) -> tuple[Follow, int] | None:
    """Find the follow among others that finds the most of these posts too, and how many."""
    by_id = {one.id: one for one in others}
    found = finders(by_id.values(), hits)
    shared = Counter(
        key
        for one in hits
        for key in found[one.entry_id]
        if by_id[key].feed_id is None or by_id[key].feed_id == one.feed_id
    )
    if not shared:
        return None
    most = max(sorted(shared), key=shared.__getitem__)
    return by_id[most], shared[most]


def finders(wanted: Iterable[Follow], seen: Iterable[Seen]) -> dict[int, list[int]]:
    """Tell which follows find which posts, wherever those stand: ids of follows by ids of entries."""
    matcher = Matcher()
    for one in wanted:
        matcher.add_text(one.id, one.canonical)
    return {one.entry_id: matcher.match(one.entry) for one in seen}


async def record(
    tools: Tools, wanted: Sequence[Follow], muted: Mapping[int, Collection[int]]
) -> dict[int, tuple[int, int]]:
    """Count what each follow finds among the newest posts within its reach: matches, posts looked through.

    Each post is matched once against all of them, and each reach is looked up once.
    """
    reaches: dict[tuple[object, ...], dict[int, str]] = {}
    newest: dict[frozenset[int], list[Seen]] = {}
    feeds: dict[int, frozenset[int]] = {}
    for one in wanted:
        key = (one.owner, one.target, one.space, one.feed_id)
        if key not in reaches:
            reaches[key] = await within(tools, one)
        feeds[one.id] = frozenset(reaches[key]).difference(muted.get(one.id, ()))
        if feeds[one.id] not in newest:
            newest[feeds[one.id]] = await tools.reach.newest(sorted(feeds[one.id]), limit=NEWEST)
    posts = {seen.entry_id: seen for some in newest.values() for seen in some}
    found = finders(wanted, posts.values())
    return {
        follow_id: (sum(follow_id in found[seen.entry_id] for seen in newest[ids]), len(newest[ids]))
        for follow_id, ids in feeds.items()
    }
