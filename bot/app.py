"""The composition root: the only place that builds the parts and wires them."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot import adapter as adapters
from bot.adapter import Adapter
from bot.clock import utc_now
from bot.command import Command
from bot.commands.channels import channel
from bot.commands.desk.front import FrontDesk
from bot.commands.feeds import Feeds
from bot.commands.follows import change, follow, following, hush, unfollow, why_card
from bot.commands.people import data, digest, home, quiet, wireroom
from bot.commands.tools import Tools
from bot.deliver import Deliverer
from bot.errors import ConfigError, StoreError
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.headers import user_agent
from bot.ledger import StoredLedger
from bot.metrics import Metrics
from bot.models import Target
from bot.parse import Parser
from bot.poll import Poller
from bot.reach import Reach
from bot.schedule import Bounds
from bot.settings import Settings, load
from bot.store import Connection, deliveries, entries, feeds, follows, notes, spaces, subscriptions
from bot.store.database import Database
from bot.store.holds import Caps
from bot.web.server import Status, serving

TIDY_EVERY = timedelta(hours=1)
LISTEN_AGAIN = timedelta(seconds=5)
"""The rest before an adapter whose listening broke is asked again; doubled each time it breaks at once."""
LISTEN_AGAIN_MOST = timedelta(minutes=5)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reading:
    """What it takes to read a feed."""

    guard: Guard
    fetcher: Fetcher
    parser: Parser


@asynccontextmanager
async def reading(settings: Settings, *, pause: timedelta | None = None) -> AsyncIterator[Reading]:
    """Open what reads feeds; ``pause`` is the rest between two requests to one host."""
    guard = Guard(settings.allow_hosts, settings.ports)
    agent = user_agent(settings.contact)
    fetcher = (
        Fetcher(guard, user_agent=agent) if pause is None else Fetcher(guard, user_agent=agent, pause=pause)
    )
    async with fetcher, Parser(settings.parsers) as parser:
        yield Reading(guard, fetcher, parser)


@asynccontextmanager
async def feed_commands(settings: Settings) -> AsyncIterator[Feeds]:
    """Open the database and what the commands over feeds need."""
    async with Database(settings.database) as db, reading(settings) as read:
        yield Feeds(db, read.guard, read.fetcher, read.parser, clock=utc_now)


def choose_adapters(settings: Settings) -> dict[str, Adapter]:
    """Build the adapters that WIREROOM_ADAPTERS names, or all installed ones that are configured.

    Raises ConfigError for a name that is not installed, or whose settings are missing.
    """
    installed = adapters.installed()
    unknown = [name for name in settings.adapters if name not in installed]
    if unknown:
        raise ConfigError(
            f"WIREROOM_ADAPTERS: no adapter “{unknown[0]}”. Installed: {', '.join(installed) or 'none'}."
        )
    chosen: dict[str, Adapter] = {}
    for name in settings.adapters or installed:
        kind = installed[name]
        own = load(kind.Settings)
        if kind.configured(own):
            chosen[name] = kind(own)
        elif settings.adapters:
            raise ConfigError(f"WIREROOM_ADAPTERS names {name}, but its own settings are missing.")
    return chosen


def operator_target(settings: Settings) -> Target | None:
    """Read WIREROOM_OPERATOR; ConfigError where it is no target."""
    if not settings.operator:
        return None
    try:
        return adapters.parse_target(settings.operator, adapters.installed())
    except Exception as error:
        raise ConfigError(f"WIREROOM_OPERATOR: {error}") from error


class Bot:
    """The running bot: a poller, a deliverer for each adapter, housekeeping, and the way to stop them."""

    def __init__(
        self, db: Database, read: Reading, chosen: Mapping[str, Adapter], settings: Settings
    ) -> None:
        """Take adapters that are not open yet: they get their ledgers here, and may need them to open."""
        self.metrics = Metrics()
        self._db = db
        self._adapters = chosen
        operator = operator_target(settings)
        for adapter in chosen.values():
            adapter.ledger = StoredLedger(db, adapter, clock=utc_now, operator=operator, enqueued=self._ring)
        reach = Reach(db, chosen, clock=utc_now)
        caps = Caps(cards=settings.cards_at_once, alerts=settings.alerts_at_once)
        self._deliverers = {
            name: Deliverer(
                db,
                adapter,
                reach=reach,
                metrics=self.metrics,
                clock=utc_now,
                caps=caps,
                in_doubt=settings.in_doubt,
                operator=operator,
                enqueued=self._ring,
            )
            for name, adapter in chosen.items()
        }
        self._poller = Poller(
            db,
            read.fetcher,
            read.parser,
            metrics=self.metrics,
            clock=utc_now,
            bounds=Bounds(settings.poll_min, settings.poll_max),
            operator=operator,
            keep_tracking=settings.keep_tracking,
            enqueued=self._ring,
        )
        self.feeds = Feeds(db, read.guard, read.fetcher, read.parser, clock=utc_now)
        tools = Tools(db, reach, self.feeds, chosen, settings=settings, clock=utc_now, enqueued=self._ring)
        self.desk = FrontDesk(all_commands(tools), tools, operator)
        self._stop = asyncio.Event()
        beats = {"the poller": lambda: self._poller.beat} | {
            f"the deliverer for {name}": _beat_of(deliverer) for name, deliverer in self._deliverers.items()
        }
        self.status = Status(db, self.metrics, beats=beats, clock=utc_now)

    def stop(self) -> None:
        """Claim nothing more, finish what is in flight, then let ``run`` return."""
        self._stop.set()

    def _ring(self) -> None:
        for deliverer in self._deliverers.values():
            deliverer.ring()

    async def run(self) -> None:
        """Work until ``stop``."""
        spare_the_collector()
        waiting = await self._db.read(subscriptions.platforms)
        for name in sorted(waiting - set(self._deliverers)):
            log.warning(
                "adapter.not_running", platform=name, hint="its channels get nothing until it is set up"
            )
        async with asyncio.TaskGroup() as group:
            idle = [group.create_task(self._tidy())]
            idle += [group.create_task(self._listen(adapter)) for adapter in self._adapters.values()]
            group.create_task(self._poller.run())
            for deliverer in self._deliverers.values():
                group.create_task(deliverer.run())
            await self._stop.wait()
            for task in idle:
                task.cancel()
            self._poller.stop()  # what it still brings home waits for the next start
            for deliverer in self._deliverers.values():
                deliverer.stop()

    async def _listen(self, adapter: Adapter) -> None:
        """Let an adapter take commands; what breaks in it must not end the others."""
        rest = LISTEN_AGAIN
        while True:
            began = time.monotonic()
            try:
                await adapter.listen(self.desk)
            except Exception:
                log.exception("adapter.stopped_listening", platform=adapter.name)
            else:
                return
            if time.monotonic() - began > LISTEN_AGAIN_MOST.total_seconds():
                rest = LISTEN_AGAIN
            await asyncio.sleep(rest.total_seconds())
            rest = min(2 * rest, LISTEN_AGAIN_MOST)

    async def _tidy(self) -> None:
        while True:
            try:
                log.info("tidy", **await self._db.write(lambda c: tidy(c, utc_now())))
            except StoreError as error:
                log.warning("tidy.failed", reason=str(error))
            await asyncio.sleep(TIDY_EVERY.total_seconds())


def all_commands(tools: Tools) -> tuple[Command, ...]:
    """Declare every command, in the order of the help; the desk adds the help itself."""
    nouns = (
        follow,
        unfollow,
        following,
        channel,
        digest,
        quiet,
        wireroom,
        data,
        change,
        hush,
        why_card,
        home,
    )
    return tuple(command for noun in nouns for command in noun.commands(tools))


def spare_the_collector() -> None:
    """Let Python's collector pass over what was there at the start, and come by less often.

    Nearly all that a poll makes dies by its reference count; looking through it all the same takes
    an eighth of the bot's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _beat_of(deliverer: Deliverer) -> Callable[[], float]:
    return lambda: deliverer.beat


def tidy(c: Connection, now: datetime) -> dict[str, int]:
    """Forget what is not needed any more; how much that was, by what it was."""
    left = spaces.tidy(c, now=now)
    given_up = deliveries.tidy(c, now=now)
    forgotten = entries.tidy(c, now=now)
    return {
        "given_up": given_up,
        "entries": forgotten.entries,
        "texts": forgotten.texts,
        "spaces": left,
        "notes": notes.tidy(c, now=now),
        "follows": follows.tidy(c, now=now),
        "feeds": feeds.tidy(c),
    }


@asynccontextmanager
async def bot(
    settings: Settings, chosen: Sequence[Adapter] | None = None, *, pause: timedelta | None = None
) -> AsyncIterator[Bot]:
    """Open everything that a running bot needs; ``chosen`` stands in for the configured adapters."""
    named = choose_adapters(settings) if chosen is None else {adapter.name: adapter for adapter in chosen}
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(Database(settings.database))
        read = await stack.enter_async_context(reading(settings, pause=pause))
        running = Bot(db, read, named, settings)
        for adapter in named.values():
            await stack.enter_async_context(adapter)
        address = await stack.enter_async_context(serving(running.status, settings.http))
        log.info("start", database=str(settings.database), adapters=", ".join(named), http=address)
        yield running
    log.info("stop")
