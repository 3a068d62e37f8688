"""Feeds as the operator commands them, and the reading of what people name; other files speak to the chat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yarl import URL

from bot import route
from bot.discover import Discovered, discover
from bot.errors import CommandError
from bot.fetch import Fetched, Fetcher
from bot.guard import Guard, redact
from bot.models import Entry, ParsedFeed, Subscription, Target
from bot.parse import Outlines, Parser
from bot.store import Connection, deliveries, entries, feeds, subscriptions
from bot.store.database import Database
from bot.store.deliveries import NewDelivery

INTERVAL_LEAST = timedelta(minutes=5)
INTERVAL_MOST = timedelta(days=7)
NEWEST = 50
DIGITS_MOST = 18
"""A longer number does not fit into the database, and is no feed's."""


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding a feed."""

    feed_id: int
    address: str
    title: str
    entries: int
    """Entries of the feed now; none of them but the sample is posted."""
    already: bool
    """The channel carried it before; nothing changed."""


class Feeds:
    """The commands over feeds."""

    def __init__(
        self,
        db: Database,
        guard: Guard,
        fetcher: Fetcher,
        parser: Parser,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._guard = guard
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock

    async def add(
        self,
        address: str,
        target: Target,
        *,
        added_by: Target | None = None,
        anyway: bool = False,
    ) -> Added:
        """Let a channel carry the feed at an address, once the feed has been seen to be one.

        With ``anyway`` a feed that cannot be read now is added all the same. Raises FeedError with
        what is wrong. The running bot polls it within seconds and posts its newest entry as a sample.
        """
        url = self._guard.check(address)
        place = url.host_port_subcomponent or ""
        parsed = None if anyway else await self.parse(await self.fetch(str(url)))
        title = parsed.title if parsed else ""
        now = self._clock()
        feed_id, new = await self._db.write(lambda c: _add(c, str(url), place, title, target, added_by, now))
        return Added(feed_id, redact(str(url)), title or place, len(parsed.entries) if parsed else 0, not new)

    def check(self, address: str) -> URL:
        """Bring an address to one form; FeedError where it is none, or may not be fetched."""
        return self._guard.check(address)

    async def fetch(self, address: str) -> Fetched:
        """Get what lies at an address; FeedError says why there is nothing."""
        answer = await self._fetcher.fetch(address)
        if not isinstance(answer, Fetched):
            raise CommandError("The site answered without a document.")
        return answer

    async def parse(self, answer: Fetched, *, keep_tracking: bool = False) -> ParsedFeed:
        """Read a document as a feed; NotAFeed where it is a web page."""
        return await self._parser.parse(
            answer.body, address=answer.url, content_type=answer.content_type, keep_tracking=keep_tracking
        )

    async def offers(self, page: Fetched) -> Discovered:
        """Find the feeds that a web page offers."""
        return await discover(page, fetcher=self._fetcher, parser=self._parser)

    async def outlines(self, document: bytes | str, *, content_type: str | None = None) -> Outlines:
        """Read a list of feeds; FeedError says why it is none."""
        return await self._parser.outlines(document, content_type=content_type)

    async def remove(self, feed: str, target: Target | None) -> int:
        """Take a feed out of a channel, or of all; the number of channels it was taken out of."""
        feed_id = await self.find(feed)

        def remove(c: Connection) -> int:
            where = subscriptions.target_id(c, target) if target else None
            return subscriptions.remove(c, feed_id=feed_id, target_id=where)

        removed = await self._db.write(remove)
        if not removed:
            raise CommandError(f"Feed {feed_id} is not in {target}.")
        return removed

    async def pause(self, feed: str) -> int:
        """Stop polling a feed until it is resumed."""
        return await self._set_paused(feed, "You paused it.")

    async def resume(self, feed: str) -> int:
        """Poll a feed again, at once."""
        return await self._set_paused(feed, None)

    async def _set_paused(self, feed: str, reason: str | None) -> int:
        feed_id, now = await self.find(feed), self._clock()
        await self._db.write(lambda c: feeds.set_paused(c, feed_id, reason=reason, now=now))
        return feed_id

    async def set_interval(self, feed: str, interval: timedelta | None) -> int:
        """Set how often a feed is polled (None: as it publishes)."""
        if interval is not None and not INTERVAL_LEAST <= interval <= INTERVAL_MOST:
            raise CommandError("A feed can be polled every 5 minutes at most, and every 7 days at least.")
        feed_id, now = await self.find(feed), self._clock()
        await self._db.write(lambda c: feeds.set_interval(c, feed_id, interval=interval, now=now))
        return feed_id

    async def posts(self, feed: str, *, held: bool) -> Sequence[Entry]:
        """List a feed's newest entries; with ``held`` only those of a flood that were not posted."""
        feed_id = await self.find(feed)
        newest = await self._db.read(lambda c: entries.newest(c, feed_id, limit=NEWEST, held=held))
        return [entry for _, entry in newest]

    async def find(self, text: str) -> int:
        """Find a feed by its number or its address; CommandError where there is none."""
        is_number = text.isdecimal()
        found = None
        if not (is_number and len(text) > DIGITS_MOST):
            found = await self._db.read(lambda c: feeds.find(c, text))
        if found is None and not is_number:
            url = str(self._guard.check(text))
            found = await self._db.read(lambda c: feeds.find(c, url))
        if found is None:
            raise CommandError(f"There is no feed “{redact(text)}”. `wireroom feeds list` shows them all.")
        return found


def _add(
    c: Connection, address: str, host: str, title: str, target: Target, added_by: Target | None, now: datetime
) -> tuple[int, bool]:
    feed_id = feeds.add(c, address=address, host=host, title=title, now=now)
    where = subscriptions.target_id(c, target)
    person = subscriptions.target_id(c, added_by) if added_by else None
    polled = feeds.get(c, feed_id).first_polled_at is not None
    new = subscriptions.add(c, feed_id=feed_id, target_id=where, added_by=person, sample=not polled, now=now)
    if new and feeds.is_paused(c, feed_id):
        feeds.set_paused(c, feed_id, reason=None, now=now)  # whoever adds it wants it asked again
    if new and polled:
        _enqueue_sample(c, feed_id, where, now)
    return feed_id, new


def _enqueue_sample(c: Connection, feed_id: int, target_id: int, now: datetime) -> None:
    """A feed that other channels carry is known: its sample is on its way at once."""
    newest = entries.newest(c, feed_id, limit=NEWEST)
    ids = {entry.guid: entry_id for entry_id, entry in newest}
    document = [entry for _, entry in reversed(newest)]
    names = {key for entry in document if (key := route.name(entry))}
    asked = [Subscription(0, target_id, sample=True)]
    sent = deliveries.sent_lately(c, names, now=now)
    routes = route.route_samples(document, asked, sent=sent).routes
    fresh = [NewDelivery(ids[r.entry.guid], r.target_id, r.article) for r in routes]
    deliveries.enqueue(c, fresh, now=now)
