"""Cards of announcement channels on their way to the servers that follow: ten an hour, so they queue."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import discord
import structlog

from adapters.discord import failures
from adapters.discord.failures import code
from bot.adapter import Ledger

PUBLISH = "publish"
KEPT = timedelta(days=2)
"""What could not be published by then is old news."""
LOOK_EVERY = 60.0
LIMITED = 360.0
"""Seconds between two tries in a channel whose limit is used up."""
_PREFIX = "crosspost:"

log = structlog.get_logger()


class Crossposts:
    """Publishes what the ledger says is still to be published."""

    def __init__(self, client: discord.Client, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger
        self._waiting = asyncio.Event()
        self._waiting.set()  # the last process may have left some
        self._not_before: dict[int, float] = {}

    async def add(self, channel: int, message: int) -> None:
        """Have a message published."""
        await self._ledger.write(f"{_PREFIX}{channel}:{message}", "", keep=KEPT)
        self._waiting.set()

    async def run(self) -> None:
        """Publish until cancelled; each channel waits for itself alone."""
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            waiting = await self._ledger.notes(_PREFIX)
            by_channel: dict[int, list[int]] = {}
            for key in waiting:
                channel, _, message = key.removeprefix(_PREFIX).partition(":")
                by_channel.setdefault(int(channel), []).append(int(message))
            left = [await self._channel(channel, sorted(ids)) for channel, ids in by_channel.items()]
            if any(left):
                asyncio.get_running_loop().call_later(LOOK_EVERY, self._waiting.set)

    async def _channel(self, channel: int, messages: list[int]) -> bool:
        """Publish the messages of one channel, oldest first; True where some must wait."""
        now = asyncio.get_running_loop().time()
        if self._not_before.get(channel, 0.0) > now:
            return True
        for message in messages:
            try:
                await self._client.http.publish_message(channel, message)
            except discord.RateLimited as error:
                self._not_before[channel] = now + max(error.retry_after, LIMITED)
                return True
            except discord.HTTPException as error:
                if error.status >= 500 or error.status == 429:  # noqa: PLR2004 - HTTP's own numbers
                    self._not_before[channel] = now + LIMITED
                    return True
                if code(error) != failures.ALREADY_CROSSPOSTED:
                    log.warning("discord.not_published", channel=channel, message=message, code=code(error))
            except (OSError, aiohttp.ClientError, TimeoutError) as error:
                log.warning("discord.publish_later", channel=channel, error=type(error).__name__)
                return True
            await self._ledger.erase(f"{_PREFIX}{channel}:{message}")
        return False
