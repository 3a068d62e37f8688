"""An adapter whose platform is a list, and a queue with a clock of its own to try it on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Connection, insert, select, update

from bot.adapter import Adapter, Found, Sighting, Ticket
from bot.bell import Bell
from bot.deliver import Deliverer, InDoubtPolicy
from bot.metrics import Metrics
from bot.models import Card, Digest, Message, Notice, Target
from bot.reach import Reach
from bot.settings import AdapterSettings
from bot.store import deliveries as queue
from bot.store import feeds, subscriptions
from bot.store.database import Database
from bot.store.deliveries import NewDelivery
from bot.store.holds import Caps
from bot.store.tables import deliveries, entries
from tests.blank import blank

START = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)
NO_CAPS = Caps(alerts=1_000, cards=1_000)


@dataclass(frozen=True, slots=True)
class Landed:
    """The message arrives, and then this error is what the caller sees."""

    error: Exception


Act = Exception | Landed | Callable[[], Awaitable[None]]
"""What happens to one request: it is refused, it arrives unanswered, or something is awaited first."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as it stands on the platform."""

    target: str
    text: str
    key: str
    message: Message


class Stage(Adapter):
    """Keeps what is posted in ``posts``; a script per target says what happens to the next requests.

    ``find`` answers by what really stands in ``posts``, unless ``sightings`` hold other answers.
    Everybody sees every channel that is not ``hidden`` from them.
    """

    name: ClassVar[str] = "stage"

    def __init__(self) -> None:
        super().__init__(AdapterSettings())
        self.posts: list[Posted] = []
        self.edits: list[Posted] = []
        self.tickets: list[Ticket] = []
        """Of every request that was made, whatever became of it."""
        self.script: defaultdict[str, list[Act]] = defaultdict(list)
        self.sightings: list[Found | Sighting | Exception] = []
        self.looks = 0
        self.hidden: set[tuple[str, str]] = set()
        """Whom (by id) which channel is hidden from."""
        self.speechless = False
        """Whether the platform fails when it is asked who sees what."""
        self.holds = 1_000
        """How many items of a digest one message holds."""
        self.names: dict[Target, str] = {}
        """What channels are called in sentences."""
        self.under_way: list[str] = []
        self.most_at_once = 0
        self._bell = Bell()

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Keep a message; its id is its place in the list, from 1."""
        return await self._take(self.posts, target, message, ticket)

    def fits(self, digest: Digest) -> int:
        """Say what the test wants."""
        return min(self.holds, len(digest.items))

    async def edit(self, target: Target, message_id: str, card: Card, ticket: Ticket) -> None:
        """Keep what the card was changed to."""
        del message_id
        await self._take(self.edits, target, card, ticket)

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Look through what was posted."""
        del target, message
        self.looks += 1
        if self.sightings:
            answer = self.sightings.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        ids = [number for number, post in enumerate(self.posts, 1) if post.key == ticket.key]
        return Found(str(ids[0])) if ids else Sighting.ABSENT

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Say which channels are not hidden."""
        if self.speechless:
            raise ConnectionError("no answer")
        return [channel for channel in channels if (who.id, channel.id) not in self.hidden]

    def called(self, target: Target) -> str:
        """Say a channel's name, or else write it as it is typed."""
        return self.names.get(target, str(target))

    async def _take(self, kept: list[Posted], target: Target, message: Message, ticket: Ticket) -> str:
        self.tickets.append(ticket)
        assert target.id not in self.under_way, "one target gets one message at a time"
        self.under_way.append(target.id)
        self.most_at_once = max(self.most_at_once, len(self.under_way))
        self._bell.ring()
        try:
            act = self.script[target.id].pop(0) if self.script[target.id] else None
            if isinstance(act, Exception):
                raise act
            if act is not None and not isinstance(act, Landed):
                await act()
            text = message.text if isinstance(message, Notice) else message.title
            kept.append(Posted(target.id, text, ticket.key, message))
            if isinstance(act, Landed):
                raise act.error
            return str(len(kept))
        finally:
            self.under_way.remove(target.id)
            self._bell.ring()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until something is so, looking at the begin and the end of each request."""
        async with asyncio.timeout(10):
            while not done():
                await self._bell.wait()

    def titles(self, target: str = "news") -> list[str]:
        """Read what stands in one target, oldest first."""
        return [post.text for post in self.posts if post.target == target]


class Clock:
    """A time that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """Say what time it is."""
        return self.now

    def pass_(self, **time: float) -> None:
        """Let time pass: ``pass_(minutes=5)``; a negative number sets the clock back."""
        self.now += timedelta(**time)


@dataclass(slots=True)
class Scene:
    """A database with a feed in it, a stage, and the deliverer between them."""

    db: Database
    stage: Stage
    clock: Clock
    deliverer: Deliverer
    feed_id: int

    async def target(self, key: str = "news") -> int:
        """Return the id of a target of the stage."""
        return await self.db.write(lambda c: subscriptions.target_id(c, Target("stage", key)))

    async def queue(self, *titles: str, to: Sequence[str] = ("news",)) -> list[int]:
        """Remember entries of these titles and queue each for every target, which carries the feed.

        Gives back the entries' ids.
        """
        where = [await self.target(key) for key in to]
        return await self.db.write(lambda c: self._queue(c, titles, where))

    def _queue(self, c: Connection, titles: Sequence[str], where: Sequence[int]) -> list[int]:
        for there in where:
            subscriptions.add(
                c, feed_id=self.feed_id, target_id=there, added_by=None, sample=False, now=self.clock()
            )
        ids = []
        for title in titles:
            row = {"guid": title, "title": title, "title_mark": title, "seen_day": 1}
            values = row | {"feed_id": self.feed_id, "first_seen_at": self.clock()}
            entry_id: int = c.execute(insert(entries).values(values).returning(entries.c.id)).scalar_one()
            queue.enqueue(c, [NewDelivery(entry_id, there, None) for there in where], now=self.clock())
            ids.append(entry_id)
        return ids

    async def notice(self, text: str, to: str = "news") -> None:
        """Queue a sentence of the bot's own."""
        where = await self.target(to)
        await self.db.write(lambda c: queue.enqueue_notice(c, [where], Notice(text), now=self.clock()))

    async def correct(self, entry_id: int, title: str) -> None:
        """Let the publisher change a headline."""

        def change(c: Connection) -> None:
            values = {"title": title, "revision": entries.c.revision + 1, "revised_at": self.clock()}
            c.execute(update(entries).where(entries.c.id == entry_id).values(values))
            queue.correct(c, [entry_id], now=self.clock())

        await self.db.write(change)

    async def deliver(self) -> None:
        """Send all that is due now, as the deliverer's loop does, until there is nothing left."""
        while claimed := await self.deliverer._claim():
            await asyncio.gather(*map(self.deliverer.deliver, claimed))

    async def rows(self) -> list[dict[str, Any]]:
        """Read the queue, oldest first."""
        query = select(deliveries).order_by(deliveries.c.id)
        return await self.db.read(lambda c: [dict(row) for row in c.execute(query).mappings()])

    async def states(self) -> list[str]:
        """Read where each delivery stands."""
        return [row["state"] for row in await self.rows()]


def deliverer_of(
    db: Database,
    stage: Stage,
    clock: Callable[[], datetime],
    policy: InDoubtPolicy = "repost",
    operator: str | None = None,
    caps: Caps = NO_CAPS,
) -> Deliverer:
    """Build a deliverer as the app does, with a clock of ours."""
    return Deliverer(
        db,
        stage,
        reach=Reach(db, {stage.name: stage}, clock=clock),
        metrics=Metrics(),
        clock=clock,
        caps=caps,
        in_doubt=policy,
        operator=Target("stage", operator) if operator else None,
    )


@asynccontextmanager
async def scene(
    path: Path, policy: InDoubtPolicy = "repost", operator: str | None = None
) -> AsyncIterator[Scene]:
    """Open a scene on a database file of its own."""
    stage, clock = Stage(), Clock()
    async with Database(blank(path)) as db:
        feed_id = await db.write(
            lambda c: feeds.add(c, address="https://a.example/feed", host="a.example", title="A", now=START)
        )
        yield Scene(db, stage, clock, deliverer_of(db, stage, clock, policy, operator), feed_id)
