"""The bot cut off everywhere: at each statement of a poll and its deliveries, and by kill -9.

The first is how SQLite tests itself: let the n-th operation fail, for every n until a run passes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot.errors import StoreError
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.metrics import Metrics
from bot.models import Feed, Target
from bot.parse import Parser
from bot.poll import Poller
from bot.store import Connection, feeds, subscriptions
from bot.store.database import Database
from tests.loopback.site import Site
from tests.stage import Clock, Stage, deliverer_of

FEED = "/feed.xml"
KILLS = 12
CUT_OFF = 0.5
EARLIER = "UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%f000', {column}, '-10 minutes')"

Mode = Literal["once", "from then on"]


def document(titles: Iterable[str]) -> bytes:
    """Write a feed with these entries, a minute apart, newest first."""
    items = "".join(
        f"<item><guid>{title}</guid><title>{title}</title><link>https://a.example/{title}</link>"
        f"<pubDate>Wed, 15 Apr 2026 08:{minute:02}:00 GMT</pubDate></item>"
        for minute, title in reversed(list(enumerate(titles)))
    )
    return f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode()


def publish(site: Site, titles: Iterable[str]) -> None:
    """Let the site's feed hold these entries."""
    body = document(titles)
    site.respond(FEED, body=body, etag=f'"{len(body)}"')


class Faults:
    """Lets the n-th statement or commit on a database fail, once or with all that follow."""

    def __init__(self, db: Database, n: int, mode: Mode) -> None:
        self.happened = False
        self._left = n
        self._mode = mode
        event.listen(db._engine.sync_engine, "before_cursor_execute", self._count)
        event.listen(db._engine.sync_engine, "commit", self._count)

    def _count(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0 or (self._left < 0 and self._mode == "from then on"):
            self.happened = True
            raise OperationalError("told to fail", None, sqlite3.OperationalError("disk I/O error"))


async def cycle(db: Database, fetcher: Fetcher, parser: Parser, stage: Stage, clock: Clock) -> None:
    """Poll what is due and deliver what is due, once, with parts as new as after a start."""
    poller = Poller(db, fetcher, parser, metrics=Metrics(), clock=clock)
    due: list[Feed] = []
    with contextlib.suppress(StoreError):
        due = await db.write(lambda c: feeds.claim_due(c, now=clock(), limit=9, lease=secrets.token_hex(8)))
    for feed in due:
        await poller.poll(feed)
    deliverer = deliverer_of(db, stage, clock)
    while claimed := await deliverer._claim():
        await asyncio.gather(*map(deliverer.deliver, claimed))


async def subscribe(path: Path, address: str, host: str) -> None:
    """Make a database with one feed that two channels carry, with a sample for one of them."""

    def add(c: Connection) -> None:
        now = Clock().now
        feed_id = feeds.add(c, address=address, host=host, title="A", now=now)
        for key, sample in (("news", True), ("tech", False)):
            target_id = subscriptions.target_id(c, Target("stage", key))
            subscriptions.add(c, feed_id=feed_id, target_id=target_id, added_by=None, sample=sample, now=now)

    async with Database(path) as db:
        await db.write(add)


@asynccontextmanager
async def reading(site: Site) -> AsyncIterator[tuple[Fetcher, Parser]]:
    """Open what reads the site."""
    fetcher = Fetcher(Guard((site.host,)), user_agent="test", pause=timedelta())
    async with fetcher, Parser(1) as parser:
        yield fetcher, parser


@pytest.mark.parametrize("mode", ["once", "from then on"])
@pytest.mark.parametrize("first", [True, False], ids=["first poll", "second poll"])
async def test_every_statement(tmp_path: Path, mode: Mode, first: bool) -> None:  # noqa: FBT001 - a parameter
    """Whichever statement fails, or is the last before the end, each entry arrives once after a restart."""
    async with Site() as site, reading(site) as (fetcher, parser):
        known, new = ["1", "2", "3"], ["4", "5"]
        publish(site, known)
        await subscribe(tmp_path / "start.db", site.url(FEED), site.host)
        clock = Clock()
        if not first:
            async with Database(tmp_path / "start.db") as db:
                await cycle(db, fetcher, parser, Stage(), clock)
            publish(site, known + new)
            clock.pass_(days=1)
        expected = Counter(
            {("news", "3"): 1} if first else {(t, e): 1 for e in new for t in ("news", "tech")}
        )
        began, n = clock.now, 0
        while True:
            n += 1
            path = tmp_path / f"{n}.db"
            shutil.copy(tmp_path / "start.db", path)
            clock.now, stage = began, Stage()
            async with Database(path) as db:
                faults = Faults(db, n, mode)
                # A card that cannot be marked is marked again and again, until the process ends.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CUT_OFF if mode == "from then on" else None):
                        await cycle(db, fetcher, parser, stage, clock)
            async with Database(path) as db:
                for _ in range(3):
                    clock.pass_(minutes=10)
                    await cycle(db, fetcher, parser, stage, clock)
            posts = [(post.target, post.text) for post in stage.posts]
            assert Counter(posts) == expected, f"operation {n} failed"
            assert posts == sorted(posts, key=lambda post: post[1]), f"operation {n} failed"
            if not faults.happened:
                break
        assert n > 15


class Bot:
    """`wireroom run` in a process of its own, its cards as lines of JSON in a file."""

    def __init__(self, directory: Path, site: Site) -> None:
        self._directory = directory
        self._site = site
        self.cards_file = directory / "cards.jsonl"

    async def start(self) -> asyncio.subprocess.Process:
        """Start it on the same database and the same file as before."""
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "WIREROOM_DATABASE": str(self.database),
            "WIREROOM_ADAPTERS": "terminal",
            "WIREROOM_TERMINAL_FORMAT": "json",
            "WIREROOM_ALLOW_HOSTS": self._site.host,
            "WIREROOM_POLL_MIN": "1s",
            "WIREROOM_POLL_MAX": "1s",
            "WIREROOM_PARSERS": "1",
            "WIREROOM_CARDS_AT_ONCE": "1000",
            "WIREROOM_LOG_LEVEL": "warning",
        }
        with self.cards_file.open("ab") as cards, (self._directory / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                "from bot.cli import main; main()",
                "run",
                cwd=self._directory,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,  # commands: not from where pytest hears its own
                stdout=cards,
                stderr=log,
            )

    @property
    def database(self) -> Path:
        """Its database."""
        return self._directory / "w.db"

    def cards(self) -> list[tuple[str, str]]:
        """Read target and title of all that was posted."""
        lines = self.cards_file.read_text().splitlines() if self.cards_file.exists() else []
        return [(card["target"], card["title"]) for card in map(json.loads, lines) if card["event"] == "card"]

    def ten_minutes_pass(self) -> None:
        """Bring all that is due, and the end of all leases, nearer: as if the bot had been off so long."""
        plain = sqlite3.connect(self.database)
        with plain:
            plain.execute(EARLIER.format(table="feeds", column="next_poll_at"))
            plain.execute(EARLIER.format(table="feeds", column="lease_until"))
            plain.execute(EARLIER.format(table="deliveries", column="due_at"))
            plain.execute(EARLIER.format(table="deliveries", column="lease_until"))
        plain.close()

    def states(self) -> Counter[str]:
        """Count the deliveries by state."""
        plain = sqlite3.connect(self.database)
        rows = plain.execute("SELECT state FROM deliveries").fetchall()
        plain.close()
        return Counter(state for (state,) in rows)


async def first_start(bot: Bot, site: Site) -> None:
    """Let the bot know a feed, carried by two channels, of which one gets a sample."""

    def add(c: Connection) -> None:
        now = Clock().now
        feed_id = feeds.add(c, address=site.url(FEED), host=site.host, title="A", now=now)
        for key in ("news", "tech"):
            target_id = subscriptions.target_id(c, Target("terminal", key))
            subscriptions.add(c, feed_id=feed_id, target_id=target_id, added_by=None, sample=True, now=now)

    async with Database(bot.database) as db:
        await db.write(add)


async def until_posted(bot: Bot, expected: set[tuple[str, str]]) -> None:
    """Wait until all these were posted."""
    async with asyncio.timeout(25):
        while not expected <= set(bot.cards()):  # noqa: ASYNC110 - a file of another process rings no bell
            await asyncio.sleep(0.05)


async def test_killed_again_and_again(tmp_path: Path) -> None:
    """However often it is killed, every article is posted, in order, with no more repeats than kills.

    The terminal cannot be asked what stands in it, so what was in hand at a kill is posted again: one
    card for each channel at most. At the end a SIGTERM leaves nothing in hand.
    """
    chance = random.Random(2)  # noqa: S311 - no secret
    titles = ["000"]
    async with Site() as site:
        bot = Bot(tmp_path, site)
        publish(site, titles)
        await first_start(bot, site)
        process = await bot.start()
        await until_posted(bot, {("terminal:news", "000"), ("terminal:tech", "000")})
        for number in range(1, KILLS + 1):
            titles += [f"{number:02}{letter}" for letter in "abcd"]
            publish(site, titles)
            await asyncio.sleep(chance.uniform(0.2, 2.0))
            process.kill()
            await process.wait()
            bot.ten_minutes_pass()
            process = await bot.start()
        expected = {(f"terminal:{key}", title) for key in ("news", "tech") for title in titles}
        await until_posted(bot, expected)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    posted = Counter(bot.cards())
    assert set(posted) == expected
    assert posted.total() - len(expected) <= 2 * KILLS
    for key in ("terminal:news", "terminal:tech"):
        mine = [title for target, title in bot.cards() if target == key]
        assert list(dict.fromkeys(mine)) == titles
    assert set(bot.states()) == {"sent"}
