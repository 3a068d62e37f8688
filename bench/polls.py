"""The bot's side of unchanged polls: the real poller, fetcher, database and log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bench import seed
from bench.side import Work
from bot import log
from bot.app import Reading, reading, spare_the_collector
from bot.clock import utc_now
from bot.metrics import Metrics
from bot.poll import Poller
from bot.settings import Settings
from bot.store.database import Database

LOOK = 0.02
"""Seconds between two looks at whether a round is over."""
AHEAD = timedelta(minutes=20)
"""How far the clock is put forward between two rounds: all feeds are due again, none for a whole GET."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one side of the bot needs to know; travels to its process."""

    directory: Path
    port: int
    count: int
    page: str
    outcome: str
    """The outcome that every poll must have."""


@dataclass(slots=True)
class Clock:
    """The time, put forward by hand instead of waiting for it."""

    ahead: timedelta = field(default=timedelta())

    def __call__(self) -> datetime:
        """Say what time it is."""
        return utc_now() + self.ahead


class Polls:
    """Rounds of polls of feeds that the database knows."""

    idle = 0.0

    def __init__(self, plan: Plan, db: Database, read: Reading, clock: Clock) -> None:
        self._plan = plan
        self._db = db
        self._read = read
        self._clock = clock

    async def prepare(self) -> None:
        """Let all feeds be due."""
        self._clock.ahead += AHEAD

    async def run(self) -> int:
        """Let the poller poll every feed once."""
        return await poll_all(
            self._db, self._read, self._clock, count=self._plan.count, outcome=self._plan.outcome
        )


async def poll_all(db: Database, read: Reading, clock: Clock, *, count: int, outcome: str) -> int:
    """Run a poller until it has polled so many feeds, each with this outcome, and all is written."""
    metrics = Metrics()
    poller = Poller(db, read.fetcher, read.parser, metrics=metrics, clock=clock)
    running = asyncio.create_task(poller.run())
    while metrics.total("wireroom_polls") < count and not running.done():  # noqa: ASYNC110 - the counters ring no bell, and a look costs next to nothing
        await asyncio.sleep(LOOK)
    poller.stop()
    await running
    await db.write(lambda _: None)  # what ``later`` still holds goes with it
    done = metrics.total("wireroom_polls", outcome=outcome)
    assert done == metrics.total("wireroom_polls") == count, metrics.text().decode()
    return done


def settings(plan: Plan) -> Settings:
    """Set the bot up as for production, but for the site's addresses."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so
        database=plan.directory / f"{plan.page}.db",
        allow_hosts=(f"127.0.0.0/8:{plan.port}",),
        log_format="json",
    )


@asynccontextmanager
async def polls(plan: Plan) -> AsyncIterator[Work]:
    """Open the bot over a database of known feeds, logging to a file as under systemd or Docker."""
    chosen, clock = settings(plan), Clock()
    await seed.known_feeds(chosen.database, count=plan.count, port=plan.port, page=plan.page, now=clock())
    with (plan.directory / f"{plan.page}.log").open("w") as lines:
        log.configure(form="json", stream=lines)
        async with Database(chosen.database) as db, reading(chosen) as read:
            spare_the_collector()
            yield Polls(plan, db, read, clock)
