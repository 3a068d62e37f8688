"""What several files about a platform begin with; a file that needs another says so by the same name."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from hypothesis import settings

from adapters.discord import DiscordAdapter
from tests import guildhall, newsdesk
from tests.guildhall import Hall
from tests.loopback.discord import Channel, FakeDiscord, Guild
from tests.loopback.slack import FakeSlack

# No example is timed: how long one takes says more about what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was imported and collected: all of it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """Let no test log as an earlier one set it up."""
    yield
    structlog.reset_defaults()


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    """Open a Discord whose limits are off."""
    async with FakeDiscord(rates=None) as discord:
        yield discord


@pytest.fixture
def guild(discord: FakeDiscord) -> Guild:
    """Make a server in which the bot has the rights of its invitation."""
    return discord.world.add_guild("Newsroom")


@pytest.fixture
def news(discord: FakeDiscord, guild: Guild) -> Channel:
    """Make a channel in it."""
    return discord.world.add_channel(guild, "news")


@pytest.fixture
async def adapter(discord: FakeDiscord) -> AsyncIterator[DiscordAdapter]:
    """Open the adapter, without its gateway."""
    async with newsdesk.opened(discord) as adapter:
        yield adapter


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    """Open a server, without a gateway."""
    async with guildhall.opened() as hall:
        yield hall


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """Open a Slack whose limits are off; what it finds wrong with a request fails the test."""
    async with FakeSlack() as slack:
        yield slack
