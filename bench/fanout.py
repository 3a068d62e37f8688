"""One article to many channels of Discord: the real poller, queue and discord.py against its limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from adapters.discord import DiscordAdapter, DiscordSettings
from bench import seed
from bench.chat import Chat
from bench.document import host
from bench.polls import LOOK, Plan, settings
from bot import log
from bot.app import reading
from bot.clock import utc_now
from bot.deliver import Deliverer
from bot.metrics import Metrics
from bot.models import Target
from bot.poll import Poller
from bot.reach import Reach
from bot.schedule import Bounds
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.holds import Caps

A_SECOND = 50
"""Requests that Discord lets a bot make in a second."""
ONCE = timedelta(hours=1)
"""The time between two polls: the feed is read once."""


@dataclass(frozen=True, slots=True)
class FannedOut:
    """What it took."""

    channels: int
    delay: float
    """Seconds that each answer of Discord took."""
    took: float
    """Seconds from the first message that Discord accepted to the last."""
    limited: int

    @property
    def ratio(self) -> float:
        """The time against the least that the limit allows."""
        return self.took / ((self.channels - 1) / A_SECOND)


def fan_out(directory: Path, port: int, *, channels: int, delay: float) -> FannedOut:
    """Let one poll bring one article that all channels carry."""
    with Chat(channels, delay=delay) as chat:
        asyncio.run(_deliver(directory, port, chat))
        heard = chat.heard()
    assert len(heard.posted) == channels, (len(heard.posted), channels)
    return FannedOut(channels, delay, heard.posted[-1] - heard.posted[0], heard.limited)


async def _deliver(directory: Path, port: int, chat: Chat) -> None:
    plan, opened = Plan(directory, port, 1, "news", "new"), chat.opened
    chosen = settings(plan)
    chosen.database.unlink(missing_ok=True)
    await seed.known_feeds(chosen.database, count=1, port=port, page="news", now=utc_now())
    async with aiohttp.request("GET", f"http://{host(0)}:{port}/news"):
        pass  # the next who asks finds an entry more
    adapter = DiscordAdapter(DiscordSettings(token=SecretStr(opened.token), api=opened.address))
    with (directory / "fanout.log").open("w") as lines:
        log.configure(form="json", stream=lines)
        async with Database(chosen.database) as db, reading(chosen, pause=timedelta()) as read, adapter:
            await _carry(db, opened.guild, opened.channels)
            metrics = Metrics()
            deliverer = Deliverer(
                db,
                adapter,
                reach=Reach(db, {adapter.name: adapter}, clock=utc_now),
                metrics=metrics,
                clock=utc_now,
                caps=Caps(alerts=1, cards=1),
            )
            poller = Poller(
                db,
                read.fetcher,
                read.parser,
                metrics=metrics,
                clock=utc_now,
                bounds=Bounds(ONCE, ONCE),
                enqueued=deliverer.ring,
            )
            async with asyncio.TaskGroup() as group:
                polling = group.create_task(poller.run())
                delivering = group.create_task(deliverer.run())
                while metrics.total("wireroom_deliveries") < len(opened.channels):
                    assert not delivering.done()
                    await asyncio.sleep(LOOK)
                poller.stop()
                await polling
                deliverer.stop()


async def _carry(db: Database, guild: str, channels: tuple[str, ...]) -> None:
    """Let all channels carry the feed that the database knows."""
    now = utc_now()
    targets = [Target(DiscordAdapter.name, channel, guild) for channel in channels]
    await db.write(
        lambda c: [
            subscriptions.add(
                c,
                feed_id=1,
                target_id=subscriptions.target_id(c, target),
                added_by=None,
                sample=False,
                now=now,
            )
            for target in targets
        ]
    )
