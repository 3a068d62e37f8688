"""The bot's side of first polls: fetch, parse in worker processes, remember 50 entries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bench import seed
from bench.document import document, host
from bench.polls import Clock, Plan, poll_all, settings
from bench.side import Work, of_workers
from bot import log
from bot.app import Reading, reading
from bot.parse import Parser
from bot.settings import Settings
from bot.store.database import Database


class FirstPolls:
    """Rounds of first polls, each of feeds added just before it.

    The workers live for one round: the system tells what a process used only once it has ended. What
    starting two of them costs is measured once and taken off.
    """

    def __init__(self, plan: Plan, db: Database, chosen: Settings, idle: float) -> None:
        self.idle = idle
        self._plan = plan
        self._db = db
        self._settings = chosen
        self._added = 0
        self._open = AsyncExitStack()

    async def prepare(self) -> None:
        """Add feeds, start the workers."""
        some = range(self._added, self._added + self._plan.count)
        self._added += self._plan.count
        await seed.new_feeds(self._db, some, port=self._plan.port, page=self._plan.page, now=Clock()())
        self._read: Reading = await self._open.enter_async_context(reading(self._settings))
        await warm(self._read.parser, self._settings.parsers)

    async def run(self) -> int:
        """Let the poller poll every new feed once."""
        async with self._open:
            return await poll_all(
                self._db, self._read, Clock(), count=self._plan.count, outcome=self._plan.outcome
            )


async def warm(parser: Parser, workers: int) -> None:
    """Let every worker read a document, so that all of them have started."""
    body, address = document(host(0)), f"http://{host(0)}/"
    await asyncio.gather(*(parser.parse(body, address=address) for _ in range(workers)))


@asynccontextmanager
async def first_polls(plan: Plan) -> AsyncIterator[Work]:
    """Open the bot over an empty database."""
    chosen = settings(plan)
    before = of_workers()
    async with Parser(chosen.parsers) as parser:
        await warm(parser, chosen.parsers)
    idle = of_workers() - before
    with (plan.directory / f"{plan.page}.log").open("w") as lines:
        log.configure(form="json", stream=lines)
        async with Database(chosen.database) as db:
            yield FirstPolls(plan, db, chosen, idle)
