"""From the parsed document to the card's post, at rest: the real poller, queue and deliverer."""

from __future__ import annotations

import asyncio
import io
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import feedparser

from bench import seed
from bench.document import ENTRIES, document, host
from bench.polls import LOOK, Plan, settings
from bot import log
from bot.adapter import Adapter, Ticket
from bot.app import Reading, reading
from bot.clock import utc_now
from bot.deliver import Deliverer
from bot.metrics import Metrics
from bot.models import Message, ParsedFeed, Target
from bot.parse import Parser
from bot.poll import Poller
from bot.reach import Reach
from bot.schedule import Bounds
from bot.settings import AdapterSettings
from bot.store.database import Database
from bot.store.holds import Caps

EVERY = timedelta(seconds=0.1)
"""Between two polls: by then the last card is out and all is quiet."""
PARSES = 20
NO_LIMIT = 10_000
"""Cards at once: each is to be timed by itself."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds, one of each for every card."""

    parse: list[float]
    """Our parser, there and back to its worker."""
    post: list[float]
    """From the parsed document to the call of the adapter's ``post``."""
    feedparser: list[float]
    """feedparser alone, in this process."""


class _Channel(Adapter):
    """Notes when each card came."""

    name: ClassVar[str] = seed.CHANNEL.platform

    def __init__(self) -> None:
        super().__init__(AdapterSettings())
        self.posted: list[float] = []

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        self.posted.append(time.perf_counter())
        del target, message
        return ticket.key


class _TimedParser(Parser):
    """Notes when each document came and when it was parsed."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.came: list[float] = []
        self.parsed: list[float] = []

    async def parse(
        self, body: bytes, *, address: str, content_type: str | None = None, keep_tracking: bool = False
    ) -> ParsedFeed:
        self.came.append(time.perf_counter())
        parsed = await super().parse(
            body, address=address, content_type=content_type, keep_tracking=keep_tracking
        )
        self.parsed.append(time.perf_counter())
        return parsed


async def latencies(directory: Path, port: int, *, cards: int) -> Latencies:
    """Watch a feed that has one more entry at each poll, until so many cards are out."""
    plan = Plan(directory, port, 1, "news", "new")
    chosen = settings(plan)
    await seed.known_feeds(chosen.database, count=1, port=port, page="news", now=utc_now())
    with (directory / "news.log").open("w") as lines:
        log.configure(form="json", stream=lines)
        async with (
            Database(chosen.database) as db,
            reading(chosen, pause=timedelta()) as read,
            _TimedParser(chosen.parsers) as parser,
        ):
            channel = await _watch(db, read, parser, cards=cards)
    assert len(parser.parsed) == len(channel.posted) >= cards, (len(parser.parsed), len(channel.posted))
    # The first card finds every statement uncompiled: it is not at rest.
    return Latencies(
        [parsed - came for came, parsed in zip(parser.came, parser.parsed, strict=True)][1:],
        [posted - parsed for parsed, posted in zip(parser.parsed, channel.posted, strict=True)][1:],
        _feedparser_alone(),
    )


async def _watch(db: Database, read: Reading, parser: _TimedParser, *, cards: int) -> _Channel:
    metrics, channel = Metrics(), _Channel()
    deliverer = Deliverer(
        db,
        channel,
        reach=Reach(db, {channel.name: channel}, clock=utc_now),
        metrics=metrics,
        clock=utc_now,
        caps=Caps(alerts=NO_LIMIT, cards=NO_LIMIT),
    )
    poller = Poller(
        db,
        read.fetcher,
        parser,
        metrics=metrics,
        clock=utc_now,
        bounds=Bounds(EVERY, EVERY),
        enqueued=deliverer.ring,
    )
    async with asyncio.TaskGroup() as group:
        polling = group.create_task(poller.run())
        group.create_task(deliverer.run())
        while len(channel.posted) <= cards and not polling.done():  # noqa: ASYNC110 - see bench.polls
            await asyncio.sleep(LOOK)
        poller.stop()
        await polling
        while len(channel.posted) < len(parser.parsed):  # noqa: ASYNC110 - see bench.polls
            await asyncio.sleep(LOOK)
        deliverer.stop()
    return channel


def _feedparser_alone() -> list[float]:
    body, took = document(host(0)), []
    for _ in range(PARSES):
        start = time.perf_counter()
        assert len(feedparser.parse(io.BytesIO(body)).entries) == ENTRIES
        took.append(time.perf_counter() - start)
    return took
