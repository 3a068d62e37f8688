"""What an add has read is known at once, as after a first poll, so that none of it is posted as news."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from bot import novelty, standing
from bot.fetch import Fetched
from bot.models import ParsedFeed
from bot.schedule import Bounds
from bot.store import Connection, entries, feeds, subscriptions


@dataclass(frozen=True, slots=True)
class Document:
    """What a feed's site answered, and what it says."""

    answer: Fetched
    parsed: ParsedFeed


def remember(c: Connection, feed_id: int, document: Document, *, bounds: Bounds, now: datetime) -> None:
    """Take a document in as a feed's first: whatever comes after it is new and will be posted.

    A feed that is known stays as it is. A first poll under way loses its lease, and with it the right to
    call its own, later document the first; one that owes a channel its sample is left to send it.
    """
    feed = feeds.get(c, feed_id)
    owes_sample = any(carrier.sample for carrier in subscriptions.of_feed(c, feed_id, now=now))
    if feed.first_polled_at is not None or owes_sample:
        return
    feed = feeds.take(c, feed_id, lease=secrets.token_hex(8), now=now)
    feed = standing.answered(feed, document.answer, now=now)
    guids = [entry.guid for entry in document.parsed.entries]
    verdict = novelty.judge(
        document.parsed.entries, known=entries.known(c, feed_id, guids), alike=(), link_counts={}
    )
    entries.add(c, feed, verdict.new, now=now)
    entries.see(c, verdict.known, day=feed.days_answered)
    after = standing.took_in(
        feed, document.answer, document.parsed, verdict, flood=False, now=now, bounds=bounds
    )
    feeds.save(c, after.feed, next_poll_at=after.next_poll_at, now=now)
