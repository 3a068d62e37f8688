"""The Discord adapter keeps every law of an adapter, against a Discord on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from adapters.discord import DiscordAdapter
from bot.contract import AdapterContract, Outage, Seen
from bot.models import Target
from tests.loopback.discord import FakeDiscord, Guild, Permission, Reset
from tests.newsdesk import opened, place


class TestDiscord(AdapterContract):
    """The laws; each test has a Discord of its own."""

    @pytest.fixture
    async def adapter(self, discord: FakeDiscord) -> AsyncIterator[DiscordAdapter]:
        """Open the adapter."""
        async with opened(discord) as adapter:
            yield adapter

    @pytest.fixture
    def target(self, discord: FakeDiscord, guild: Guild) -> Target:
        """A channel."""
        return place(discord.world.add_channel(guild, "news"))

    @pytest.fixture
    def others(self, discord: FakeDiscord, guild: Guild) -> Sequence[Target]:
        """Two more channels."""
        return [place(discord.world.add_channel(guild, name)) for name in ("chips", "ferries")]

    @pytest.fixture
    def gone(self, discord: FakeDiscord, guild: Guild) -> Target:
        """A channel that the bot may not see."""
        hidden = discord.world.add_channel(guild, "secret")
        discord.world.overwrite(hidden, guild.everyone, deny=Permission.VIEW_CHANNEL)
        return place(hidden)

    @pytest.fixture
    def seen(self, discord: FakeDiscord) -> Seen:
        """Return what anybody could read or press."""
        return discord.text

    @pytest.fixture
    def outage(self, discord: FakeDiscord) -> Outage:
        """Cut every connection at the request."""

        def cut() -> None:
            for path in ("/channels/*/messages", "/channels/*/messages/*"):
                discord.fail("*", path, Reset(), times=None)

        return cut
