"""Cards of announcement channels are published once, and what keeps one channel's keeps no other's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import pytest

from adapters.discord import DiscordAdapter
from adapters.discord.crosspost import Crossposts
from bot.adapter import Ledger, Scratch
from bot.errors import DiskFull
from tests.loopback.discord import Channel, FakeDiscord, Guild, Hang, Kind, Limited, Rates, Refusal, Status
from tests.loopback.discord.faults import Fault
from tests.newsdesk import CARD, opened, place, ticket, until

CROSSPOSTS = "/channels/*/messages/*/crosspost"


@asynccontextmanager
async def publishing(adapter: DiscordAdapter) -> AsyncIterator[Crossposts]:
    """Let an adapter publish, looking again after a moment."""
    session = adapter._session
    assert session is not None
    crossposts = Crossposts(session.client, adapter.ledger, again=0.05, limited=0.1)
    running = asyncio.create_task(crossposts.run())
    try:
        yield crossposts
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def announcements(discord: FakeDiscord, guild: Guild, name: str = "announcements") -> Channel:
    """Make an announcement channel."""
    return discord.world.add_channel(guild, name, Kind.ANNOUNCEMENT)


async def waits(ledger: Ledger) -> int:
    """Count what is still to be published."""
    return len(await ledger.notes("crosspost:"))


async def all_published(ledger: Ledger) -> None:
    """Wait until nothing is left."""
    async with asyncio.timeout(5):
        while await waits(ledger):  # noqa: ASYNC110 - what is waited for rings no bell
            await asyncio.sleep(0.01)


async def test_what_the_last_process_left_is_published(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """Cards posted before a restart are published after it, each once."""
    channel = announcements(discord, guild)
    for number in range(3):
        await adapter.post(place(channel), CARD, ticket(f"t-{number}"))
    async with opened(discord, adapter.ledger) as later, publishing(later):
        await all_published(adapter.ledger)
    assert len({request.path for request in discord.asked("POST", CROSSPOSTS)}) == 3
    assert len(discord.asked("POST", CROSSPOSTS)) == 3


@pytest.mark.parametrize(
    "how", [Status(503), Status(403, html=True), Refusal(401, 0), Refusal(429, 20028)], ids=str
)
async def test_a_passing_failure_drops_nothing(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter, how: Fault
) -> None:
    """Where Discord fails, or its edge refuses, the card stays in the queue."""
    await adapter.post(place(announcements(discord, guild)), CARD, ticket())
    discord.fail("POST", CROSSPOSTS, how, times=None)
    async with publishing(adapter):
        await until(lambda: bool(discord.asked("POST", CROSSPOSTS)))
        await asyncio.sleep(0.1)
    assert await waits(adapter.ledger) == 1


@pytest.mark.parametrize("how", [Refusal(403, 50013), Refusal(404, 10008), Refusal(400, 40033)], ids=str)
async def test_what_can_never_be_published_is_tried_once(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter, how: Refusal
) -> None:
    """A card that is deleted, published already, or may not be published, is asked for once."""
    await adapter.post(place(announcements(discord, guild)), CARD, ticket())
    discord.fail("POST", CROSSPOSTS, how, times=None)
    async with publishing(adapter):
        await all_published(adapter.ledger)
        await asyncio.sleep(0.2)
    assert len(discord.asked("POST", CROSSPOSTS)) == 1


@pytest.mark.parametrize("how", [Hang(), Limited(20)], ids=str)
async def test_a_stuck_channel_holds_up_no_other(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter, how: Fault
) -> None:
    """While one channel's requests hang, the cards of another are published."""
    stuck, other = announcements(discord, guild, "stuck"), announcements(discord, guild, "other")
    for channel in (stuck, other):
        await adapter.post(place(channel), CARD, ticket(str(channel.id)))
    discord.fail("POST", f"/channels/{stuck.id}/messages/*/crosspost", how, times=None)
    async with publishing(adapter) as crossposts:
        await until(lambda: bool(discord.asked("POST", f"/channels/{other.id}/messages/*/crosspost")))
        await until(lambda: bool(discord.asked("POST", f"/channels/{stuck.id}/messages/*/crosspost")))
        await crossposts.add(other.id, int(await adapter.post(place(other), CARD, ticket("later"))))
        await until(lambda: len(discord.asked("POST", f"/channels/{other.id}/messages/*/crosspost")) == 2)


async def test_ten_an_hour_are_kept_to_without_asking_more(ten_an_hour: FakeDiscord) -> None:
    """Of twelve cards ten are published at once, and the rest wait without drawing a 429."""
    discord = ten_an_hour
    channel = announcements(discord, discord.world.add_guild("Newsroom"))
    async with opened(discord) as adapter:
        for number in range(12):
            await adapter.post(place(channel), CARD, ticket(f"t-{number}"))
        async with publishing(adapter):
            await until(lambda: len(discord.asked("POST", CROSSPOSTS)) == 10)
            await asyncio.sleep(0.3)
        assert await waits(adapter.ledger) in {2, 3}  # the tenth is told of late
    assert discord.limited == 0


@pytest.fixture
async def ten_an_hour() -> AsyncIterator[FakeDiscord]:
    """Open a Discord that takes ten crossposts an hour, and any number of messages."""
    async with FakeDiscord(rates=Rates(channel=100, crossposts=10)) as discord:
        yield discord


class Shaky(Scratch):
    """A ledger that cannot be read now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = 2

    async def notes(self, prefix: str) -> Mapping[str, str]:
        """Find the disk full at first."""
        if self.fails:
            self.fails -= 1
            raise DiskFull("There is no room on the disk.")
        return await super().notes(prefix)


async def test_a_database_in_trouble_ends_nothing(discord: FakeDiscord, guild: Guild) -> None:
    """While the notes cannot be read publishing waits, and goes on by itself."""
    async with opened(discord, Shaky()) as adapter:
        await adapter.post(place(announcements(discord, guild)), CARD, ticket())
        async with publishing(adapter):
            await until(lambda: len(discord.asked("POST", CROSSPOSTS)) == 1)
