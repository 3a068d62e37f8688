"""How a feed stands after a poll, when it is next looked at, and who must hear of it: pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import schedule, word
from bot.errors import FeedError, FeedGone, FeedRefused, HostBusy
from bot.fetch import Fetched, NotModified
from bot.models import Feed, Notice, ParsedFeed
from bot.novelty import Verdict
from bot.schedule import Bounds

TOLD_AFTER = timedelta(days=1)
SILENT_TIMES = 30
SILENT_LEAST = timedelta(days=7)
"""A lively feed may rest over a holiday without a word about it."""
FLOODS = 3
"""Floods in a row after which a feed is paused."""
MOVED_AFTER = 3
"""Alike permanent redirects after which a feed's address moves."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A feed as a poll leaves it."""

    feed: Feed
    next_poll_at: datetime
    notices: tuple[Notice, ...] = ()
    """Word for whoever added it."""
    pause: str | None = None
    """Why it is not polled any more until someone resumes it."""

    @property
    def moves(self) -> bool:
        """Whether the feed's address has changed for good."""
        return self.feed.moved_to is not None and self.feed.moved_times >= MOVED_AFTER


def answered(feed: Feed, answer: Fetched | NotModified, *, now: datetime) -> Feed:
    """Note a good answer: what to send next time, and perhaps one more day on which the feed answered."""
    today = now.date().isoformat()
    feed = replace(
        feed,
        answered_at=now,
        answered_on=today,
        days_answered=feed.days_answered + (feed.answered_on != today),
    )
    if isinstance(answer, Fetched):
        return replace(feed, etag=answer.etag, last_modified=answer.last_modified, full_at=now)
    return replace(
        feed, etag=answer.etag or feed.etag, last_modified=answer.last_modified or feed.last_modified
    )


def is_routine(feed: Feed, answer: Fetched | NotModified, *, now: datetime) -> bool:
    """Say whether an unchanged poll leaves nothing to write but the times."""
    return (
        feed.failing_since is None
        and answer.moved_to is None
        and feed.moved_to is None
        and not _falls_silent(feed, now=now)
    )


def unchanged(feed: Feed, answer: Fetched | NotModified, *, now: datetime, bounds: Bounds) -> Standing:
    """Work out the standing after an answer that brought nothing."""
    notices = (word.recovered(feed),) if feed.told_at else ()
    if _falls_silent(feed, now=now):
        notices = (*notices, word.silent(feed, now=now))
        feed = replace(feed, silence_told_at=now)
    feed = _moving(_well(feed), answer, still_this=True)
    return Standing(feed, schedule.next_poll(feed, now=now, max_age=answer.max_age, bounds=bounds), notices)


def is_another_feed(feed: Feed, answer: Fetched, verdict: Verdict) -> bool:
    """Say whether a permanent redirect led to a document that shares nothing with what is known."""
    first = feed.first_polled_at is None
    return answer.moved_to is not None and not first and bool(verdict.new) and not verdict.known


def took_in(
    feed: Feed,
    answer: Fetched,
    parsed: ParsedFeed,
    verdict: Verdict,
    *,
    flood: bool,
    now: datetime,
    bounds: Bounds,
) -> Standing:
    """Work out the standing after a document whose entries are now known."""
    notices = (word.recovered(feed),) if feed.told_at else ()
    first = feed.first_polled_at is None
    new = bool(verdict.new)
    feed = replace(
        feed,
        title=parsed.title or feed.title,
        link=parsed.link or feed.link,
        body_hash=answer.body_hash,
        days_read=feed.days_answered,
        first_polled_at=feed.first_polled_at or now,
        changed_at=now if new else feed.changed_at,
        silence_told_at=None if new else feed.silence_told_at,
        floods=feed.floods + 1 if flood else 0,
        gap=_gap(feed, parsed, verdict, now=now) or feed.gap,
        hints=parsed.hints,
    )
    feed = _moving(_well(feed), answer, still_this=bool(verdict.known))
    choose = schedule.second_poll if first else schedule.next_poll
    next_poll_at = choose(feed, now=now, max_age=answer.max_age, bounds=bounds)
    if feed.floods >= FLOODS:
        reason = f"It brought floods of new posts {feed.floods} times running."
        return Standing(feed, next_poll_at, (*notices, word.flood_paused(feed)), reason)
    return Standing(feed, next_poll_at, notices)


def failed(feed: Feed, error: FeedError, *, now: datetime, jitter: float) -> Standing:
    """Work out the standing after a failed poll; ``jitter`` is random, from 0 to 1."""
    busy = isinstance(error, HostBusy)
    feed = replace(
        feed,
        failures=feed.failures + (not busy),
        failing_since=feed.failing_since or now,
        trouble=error.reason,
    )
    if isinstance(error, HostBusy):
        next_poll_at = now + error.wait
    else:
        next_poll_at = schedule.retry(feed, now=now, retry_after=error.retry_after, jitter=jitter)
    lasted = now - (feed.failing_since or now)
    if isinstance(error, FeedGone):
        return Standing(feed, next_poll_at, (word.ended(feed, error.reason),), error.reason)
    if lasted >= schedule.PAUSED_AFTER:
        return Standing(feed, next_poll_at, (word.given_up(feed, error.reason),), error.reason)
    if feed.told_at is None and (isinstance(error, FeedRefused) or lasted >= TOLD_AFTER):
        feed = replace(feed, told_at=now)
        return Standing(feed, next_poll_at, (word.failing(feed, error.reason),))
    return Standing(feed, next_poll_at)


def _gap(feed: Feed, parsed: ParsedFeed, verdict: Verdict, *, now: datetime) -> timedelta | None:
    """Estimate how often the feed publishes, from its dates or else from when entries were first seen."""
    dates = [entry.published for entry in parsed.entries if entry.published]
    # All that the first poll found was seen at one moment, which tells nothing.
    seen = [known.first_seen_at for known in verdict.known if known.first_seen_at != feed.first_polled_at]
    return schedule.gap(dates or seen, now=now)


def _falls_silent(feed: Feed, *, now: datetime) -> bool:
    """Say whether a feed that answers has been silent for 30 times its usual gap, and nobody was told."""
    if feed.changed_at is None or feed.gap is None or feed.silence_told_at is not None:
        return False
    return now - feed.changed_at > max(SILENT_TIMES * feed.gap, SILENT_LEAST)


def _well(feed: Feed) -> Feed:
    return replace(feed, failures=0, failing_since=None, trouble=None, told_at=None)


def _moving(feed: Feed, answer: Fetched | NotModified, *, still_this: bool) -> Feed:
    """Count permanent redirects that agree and still lead to this feed."""
    if answer.moved_to is None or not still_this:
        return replace(feed, moved_to=None, moved_times=0)
    alike = feed.moved_to == answer.moved_to
    return replace(feed, moved_to=answer.moved_to, moved_times=feed.moved_times + 1 if alike else 1)
