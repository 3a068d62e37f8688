"""A Discord on loopback with its limits on, in a process of its own: what is posted there, and when."""

from __future__ import annotations

import asyncio
import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self, cast

from tests.loopback.discord import FakeDiscord, Slow


@dataclass(frozen=True, slots=True)
class Opened:
    """Where it answers, and the channels that it has."""

    address: str
    token: str
    guild: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came so far."""

    posted: tuple[float, ...]
    """When each message was accepted, by a clock of its own in seconds, in order."""
    limited: int
    """Requests that were answered 429."""


class Chat:
    """The Discord seen from outside; open within ``with``. Each post is answered ``delay`` seconds later."""

    def __init__(self, channels: int, *, delay: float = 0.0) -> None:
        self._channels = channels
        self._delay = delay

    def __enter__(self) -> Self:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, self._channels, self._delay), daemon=True)
        self._process.start()
        self.opened = cast("Opened", self._pipe.recv())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()

    def heard(self) -> Heard:
        """Tell what has come so far."""
        self._pipe.send(None)
        return cast("Heard", self._pipe.recv())


def _serve(pipe: Connection, channels: int, delay: float) -> None:
    asyncio.run(_discord(pipe, channels, delay))


async def _discord(pipe: Connection, channels: int, delay: float) -> None:
    async with FakeDiscord() as discord:
        guild = discord.world.add_guild("Bench")
        made = [discord.world.add_channel(guild, f"channel-{number}") for number in range(channels)]
        if delay:
            discord.fail("POST", "/channels/*/messages", Slow(delay), times=None)
        pipe.send(
            Opened(discord.address, discord.token, str(guild.id), tuple(str(channel.id) for channel in made))
        )
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        loop.add_reader(pipe.fileno(), asked.set)
        while True:
            await asked.wait()
            asked.clear()
            while pipe.poll():
                pipe.recv()
                posts = discord.asked("POST", "/channels/*/messages")
                pipe.send(
                    Heard(tuple(sorted(post.at for post in posts if post.status == 200)), discord.limited)  # noqa: PLR2004 - HTTP's own number
                )
