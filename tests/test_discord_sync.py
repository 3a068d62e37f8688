"""Commands are registered where Discord knows none or others, and left alone where it knows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import discord
import pytest
import pytest_asyncio
from pydantic import SecretStr

from adapters.discord.client import log_in, made, point_at
from adapters.discord.commands import definitions, differ
from adapters.discord.settings import DiscordSettings
from adapters.discord.sync import synced
from adapters.pace import Pace
from bot.command import Command
from tests.lobby import lobby
from tests.loopback.discord import FakeDiscord, Refusal

ROUTE = "/applications/*/commands"


@pytest_asyncio.fixture
async def platform() -> AsyncIterator[FakeDiscord]:
    """Open a Discord on loopback."""
    async with FakeDiscord() as opened:
        yield opened


@pytest_asyncio.fixture
async def client(platform: FakeDiscord) -> AsyncIterator[discord.Client]:
    """Log the real discord.py in."""
    undo = point_at(platform.address)
    settings = DiscordSettings(token=SecretStr(platform.token), api=platform.address)
    logged_in = made(Pace(1_000))
    try:
        await log_in(logged_in, settings)
        yield logged_in
    finally:
        await logged_in.close()
        undo()


@pytest_asyncio.fixture
async def commands(tmp_path: Path) -> AsyncIterator[list[Command]]:
    """Declare all commands."""
    async with lobby(tmp_path) as room:
        yield list(room.desk.commands)


async def bring(client: discord.Client, commands: list[Command]) -> bool:
    """Register these commands unless they are."""
    assert client.application_id is not None
    return await synced(client.http, client.application_id, commands)


async def test_commands_are_registered_once(
    platform: FakeDiscord, client: discord.Client, commands: list[Command]
) -> None:
    """The first start registers all in one request that Discord's contract allows, the next ones only ask."""
    assert await bring(client, commands)
    assert {one["name"] for one in platform.world.commands} >= {"follow", "feeds", "Why did I get this?"}
    assert not await bring(client, commands)
    assert not await bring(client, commands)
    assert len(platform.asked("PUT", ROUTE)) == 1
    assert len(platform.asked("GET", ROUTE)) == 3


async def test_a_changed_declaration_is_brought(
    platform: FakeDiscord, client: discord.Client, commands: list[Command]
) -> None:
    """After an update that says one thing otherwise, or has a command less, Discord gets all anew."""
    await bring(client, commands)
    other = [replace(one, help="Else") if one.path == ("follow",) else one for one in commands]
    assert await bring(client, other)
    fewer = [one for one in other if one.path[0] != "quiet"]
    assert await bring(client, fewer)
    assert not differ(definitions(fewer), list(platform.world.commands))
    assert not await bring(client, fewer)
    assert len(platform.asked("PUT", ROUTE)) == 3


async def test_a_refusal_is_the_caller_s_to_hear(
    platform: FakeDiscord, client: discord.Client, commands: list[Command]
) -> None:
    """Where Discord refuses, its error comes through, nothing is registered, and the next try brings all."""
    platform.fail(
        "PUT", ROUTE, Refusal(400, 30_034, "Max number of daily application command creates reached")
    )
    with pytest.raises(discord.HTTPException, match="30034"):
        await bring(client, commands)
    assert not platform.world.commands
    assert await bring(client, commands)
