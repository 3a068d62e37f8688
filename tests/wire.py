"""The whole wire in one process: real site, fetcher, parser, store and poller, and a clock to set."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.commands.feeds import Feeds
from bot.deliver import Deliverer
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.metrics import Metrics
from bot.models import Message, Target
from bot.parse import Parser
from bot.poll import Poller
from bot.store import claims, feeds
from bot.store.claims import Delivery
from bot.store.database import Database
from bot.store.feeds import Listed
from bot.store.holds import Caps
from tests.blank import blank
from tests.loopback.site import Answer, Site
from tests.stage import NO_CAPS, Stage, deliverer_of

NEWS = Target("stage", "news")
PATH = "/feed.xml"
LEASES = itertools.count()


@dataclass(slots=True)
class Wire:
    """What a test of polling works with."""

    site: Site
    db: Database
    poller: Poller
    feeds: Feeds
    metrics: Metrics
    stage: Stage
    deliverer: Deliverer
    now: datetime = field(default_factory=lambda: datetime(2026, 3, 10, 12, 0, tzinfo=UTC))

    def serve(self, body: bytes, **answer: object) -> None:
        """Let the feed's address answer with this from now on."""
        self.site.respond(PATH, Answer(body, **answer))  # type: ignore[arg-type]  # as given

    async def add(self, target: Target = NEWS, *, path: str = PATH) -> int:
        """Let a channel carry the feed, as `wireroom feeds add` does."""
        return (await self.feeds.add(self.site.url(path), target)).feed_id

    async def publish(self, body: bytes) -> None:
        """Let the feed's address answer with this, and poll it."""
        self.serve(body)
        await self.poll()

    async def deliver(self) -> list[tuple[str, Message]]:
        """Send all that is due now as the deliverer's loop does, and give what arrived, with its target."""
        before = len(self.stage.posts)
        while claimed := await self.deliverer._claim():
            await asyncio.gather(*map(self.deliverer.deliver, claimed))
        return [(post.target, post.message) for post in self.stage.posts[before:]]

    async def poll(self) -> str:
        """Go forward to when the next feed is due, poll what is due then, and name the last outcome."""
        due = await self.db.read(lambda c: feeds.next_due(c, now=self.now))
        assert due is not None, "no feed will ever be due"
        self.now = max(self.now, due)
        lease = f"test-{next(LEASES)}"
        before = self._outcomes()
        claimed = await self.db.write(lambda c: feeds.claim_due(c, now=self.now, limit=50, lease=lease))
        for feed in claimed:
            await self.poller.poll(feed)
        await self.db.write(lambda _: None)  # what may wait for a commit is written with this one
        now = self._outcomes()
        (outcome,) = {name for name in now if now[name] != before.get(name)}
        return outcome

    def _outcomes(self) -> dict[str, float]:
        return {
            sample.labels["outcome"]: sample.value
            for family in self.metrics.polls.collect()
            for sample in family.samples
            if sample.name.endswith("_total")
        }

    async def deliveries(self) -> list[Delivery]:
        """Take all that is queued, in order, and mark it as posted."""
        taken: list[Delivery] = []
        while True:
            lease = f"test-{next(LEASES)}"
            now = self.now
            some = await self.db.write(
                lambda c, now=now, lease=lease: claims.claim(c, "stage", now=now, limit=99, lease=lease)  # type: ignore[misc]
            )
            if not some:
                return taken
            for one in some:
                await self.db.write(
                    lambda c, one=one: claims.mark_sent(c, one, message_id=f"m{one.id}", now=self.now)  # type: ignore[misc]
                )
            taken += some

    async def posted(self) -> list[str]:
        """Take all that is queued and give the titles of cards and the texts of notices."""
        return [
            one.entry.title if one.entry else one.notice.text if one.notice else ""
            for one in await self.deliveries()
        ]

    async def feed(self, feed_id: int = 1) -> Listed:
        """Look at a feed as lists show it."""
        return next(one for one in await self.db.read(feeds.everything) if one.id == feed_id)


@asynccontextmanager
async def wire(
    directory: Path, *, operator: Target | None = None, caps: Caps = NO_CAPS
) -> AsyncIterator[Wire]:
    """Open the whole wire on a database in this directory."""
    async with Site() as site:
        guard = Guard([site.host])
        async with (
            Database(blank(directory / "wire.db")) as db,
            Fetcher(guard, user_agent="wireroom-tests", pause=timedelta()) as fetcher,
            Parser(1) as parser,
        ):
            metrics = Metrics()
            made: Wire

            def clock() -> datetime:
                return made.now

            poller = Poller(db, fetcher, parser, metrics=metrics, clock=clock, operator=operator)
            stage = Stage()
            deliverer = deliverer_of(db, stage, clock, caps=caps)
            commands = Feeds(db, guard, fetcher, parser, clock=clock)
            made = Wire(site, db, poller, commands, metrics, stage, deliverer)
            yield made
