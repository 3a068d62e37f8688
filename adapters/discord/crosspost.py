"""Cards of announcement channels on their way to the servers that follow: ten an hour, so they queue."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord
import structlog

from adapters.discord import failures
from adapters.discord.failures import code, meaning
from adapters.discord.wire import Trip, travel
from bot.adapter import Ledger
from bot.errors import Busy, InDoubt, StoreError

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

    def __init__(
        self, client: discord.Client, ledger: Ledger, *, again: float = LOOK_EVERY, limited: float = LIMITED
    ) -> None:
        """``again`` are seconds between two looks at what is left, ``limited`` the least for a channel."""
        self._client = client
        self._ledger = ledger
        self._again = again
        self._limited = limited
        self._waiting = asyncio.Event()
        self._waiting.set()  # the last process may have left some
        self._busy: set[int] = set()
        self._not_before: dict[int, float] = {}

    async def add(self, channel: int, message: int) -> None:
        """Have a message published."""
        await self._ledger.write(f"{_PREFIX}{channel}:{message}", "", keep=KEPT)
        self._waiting.set()

    async def run(self) -> None:
        """Publish until cancelled; each channel waits for itself alone."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._waiting.wait()
                self._waiting.clear()
                for channel, messages in (await self._left()).items():
                    if channel not in self._busy:
                        self._busy.add(channel)
                        group.create_task(self._publish(channel, messages))

    async def _left(self) -> dict[int, list[int]]:
        """List what is still to be published, by channel, oldest first."""
        try:
            keys = await self._ledger.notes(_PREFIX)
        except StoreError as error:
            self._look_later(error)
            return {}
        left: dict[int, list[int]] = {}
        for key in keys:
            channel, _, message = key.removeprefix(_PREFIX).partition(":")
            left.setdefault(int(channel), []).append(int(message))
        return {channel: sorted(messages) for channel, messages in left.items()}

    def _look_later(self, error: StoreError | None = None) -> None:
        if error is not None:
            log.warning("discord.publish_later", reason=str(error))
        asyncio.get_running_loop().call_later(self._again, self._waiting.set)

    async def _publish(self, channel: int, messages: list[int]) -> None:
        try:
            is_left = await self._channel(channel, messages)
        except StoreError as error:
            self._look_later(error)
        else:
            # What came meanwhile passed this channel by.
            if is_left:
                self._look_later()
            else:
                self._waiting.set()
        finally:
            self._busy.discard(channel)

    async def _channel(self, channel: int, messages: list[int]) -> bool:
        """Publish the messages of one channel, oldest first; True where some must wait."""
        now = asyncio.get_running_loop().time()
        if self._not_before.get(channel, 0.0) > now:
            return True
        for message in messages:
            trip = Trip()
            try:
                await travel(self._client.http.publish_message(channel, message), trip)
            except Exception as error:  # noqa: BLE001 - what it means is said of each kind there is
                meant = meaning(error, Trip())
                # The last of the ten sleeps for the rest of the hour, though it is published.
                if isinstance(meant, Busy | InDoubt) and not trip.done:
                    wait = max((meant.retry_after or timedelta()).total_seconds(), self._limited)
                    self._not_before[channel] = now + wait
                    log.warning("discord.publish_later", channel=channel, reason=meant.reason)
                    return True
                if not trip.done and code(error) != failures.ALREADY_CROSSPOSTED:
                    log.warning(
                        "discord.not_published", channel=channel, message=message, reason=meant.reason
                    )
            await self._ledger.erase(f"{_PREFIX}{channel}:{message}")
        return False
