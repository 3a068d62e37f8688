"""The Discord adapter, opened against the Discord of ``tests.loopback.discord``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from pydantic import SecretStr

from adapters.discord import DiscordAdapter, DiscordSettings
from adapters.discord.names import NAME
from bot.adapter import Ledger, Ticket
from bot.clock import utc_now
from bot.command import Desk
from bot.models import Card, Target, TargetKind
from tests.loopback.discord import Channel, FakeDiscord, Guild, User

CARD = Card(
    title="Ferry line orders two electric ships",
    source="Harbour Gazette",
    link="https://gazette.example/ferries/electric",
    summary="The line that serves the outer islands said the ships will sail from next spring.",
    author="Ines Okafor",
)
PROMPTLY = 5.0


def settings(discord: FakeDiscord, token: str | None = None) -> DiscordSettings:
    """Point the adapter at a Discord on loopback."""
    return DiscordSettings(token=SecretStr(discord.token if token is None else token), api=discord.address)


@asynccontextmanager
async def opened(discord: FakeDiscord, ledger: Ledger | None = None) -> AsyncIterator[DiscordAdapter]:
    """Open an adapter; a ``ledger`` that an earlier one wrote makes it the same bot after a restart."""
    adapter = DiscordAdapter(settings(discord), ready_within=0.05)
    if ledger is not None:
        adapter.ledger = ledger
    async with adapter:
        yield adapter


@asynccontextmanager
async def listening(discord: FakeDiscord, adapter: DiscordAdapter, desk: Desk) -> AsyncIterator[None]:
    """Let an adapter listen, from the moment when the gateway is open and the commands are registered."""
    hearing = asyncio.create_task(adapter.listen(desk))
    try:
        await discord.gateway.connected()
        await until(lambda: bool(discord.world.commands))
        yield
    finally:
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing


async def until(condition: Callable[[], object], *, within: float = PROMPTLY) -> None:
    """Wait for something to be so, ``within`` seconds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is waited for rings no bell
            await asyncio.sleep(0.01)


def place(channel: Channel, guild: Guild | None = None) -> Target:
    """Say where a channel of the fake is, as the bot writes it; ``guild`` claims another server."""
    server = guild or channel.guild
    assert server is not None
    return Target(NAME, str(channel.id), str(server.id))


def person(user: User) -> Target:
    """Say who somebody is, as the bot writes it."""
    return Target(NAME, str(user.id), kind=TargetKind.PERSON)


def ticket(key: str = "t-1", at: datetime | None = None, attempt: int = 1) -> Ticket:
    """Make a ticket, of now unless told otherwise."""
    return Ticket(key, attempt, at or utc_now())
