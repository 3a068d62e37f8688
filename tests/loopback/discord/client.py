"""A bare discord.py client that talks to the fake: for tests of the fake, and of single rooms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from tests.loopback.discord.server import FakeDiscord


class Bare(discord.Client):
    """A client with the adapter's intents that keeps its interactions for the test to answer."""

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.01,
        )
        self.interactions: asyncio.Queue[discord.Interaction] = asyncio.Queue()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Keep what a person did."""
        self.interactions.put_nowait(interaction)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Begin a session at once; discord.py would wait 5 seconds for Discord's sake."""


@contextmanager
def pointed_at(fake: FakeDiscord) -> Iterator[None]:
    """Send what discord.py asks to the fake, for as long as this lasts."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = f"{fake.address}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = URL(fake.world.gateway_address)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def logged_in(fake: FakeDiscord) -> AsyncIterator[Bare]:
    """Give a client that is logged in over REST and has no gateway."""
    client = Bare()
    with pointed_at(fake):
        async with client:
            await client.login(fake.token)
            yield client


@asynccontextmanager
async def connected(fake: FakeDiscord) -> AsyncIterator[Bare]:
    """Give a client that is ready."""
    async with logged_in(fake) as client:
        running = asyncio.create_task(client.connect())
        ready = asyncio.create_task(client.wait_until_ready())
        await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED, timeout=10)
        assert client.is_ready()
        try:
            yield client
        finally:
            await client.close()
            await asyncio.wait([running, ready])
