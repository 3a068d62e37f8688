"""Requests keep below Discord's limits, and what is slow holds up nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import DiscordAdapter
from adapters.pace import Pace
from bot.clock import utc_now
from bot.deliver import Deliverer
from bot.metrics import Metrics
from bot.models import Notice
from bot.reach import Reach
from bot.store import deliveries as queue
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.holds import Caps
from tests.loopback.discord import FakeDiscord, Limited, Slow
from tests.newsdesk import CARD, place, ticket, until


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    """Open a Discord whose limits are on."""
    async with FakeDiscord() as discord:
        yield discord


@given(
    rate=st.floats(1, 200),
    lateness=st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_no_second_has_many_more_turns_than_the_rate(rate: float, lateness: list[float]) -> None:
    """However late turns are asked for, a second holds hardly more of them than the rate."""
    pace, now, at = Pace(rate), 100.0, []
    for late in lateness:
        now += late
        at.append(pace.book(now))
    for first in at:
        assert sum(1 for one in at if first <= one < first + 1) <= rate + 2


async def test_many_channels_are_served_at_once_without_a_429(
    discord: FakeDiscord, adapter: DiscordAdapter
) -> None:
    """A hundred channels get a card at the pace that Discord allows; no request is turned away."""
    guild = discord.world.add_guild("Newsroom")
    channels = [discord.world.add_channel(guild, f"news-{number}") for number in range(100)]
    await asyncio.gather(
        *(
            adapter.post(place(channel), CARD, ticket(f"t-{number}"))
            for number, channel in enumerate(channels)
        )
    )
    assert discord.limited == 0
    at = [request.at for request in discord.requests]
    assert max(sum(1 for one in at if start <= one < start + 1) for start in at) <= 50
    assert all(len(discord.messages(channel)) == 1 for channel in channels)


async def test_a_burst_in_one_channel_keeps_to_its_bucket(
    discord: FakeDiscord, adapter: DiscordAdapter
) -> None:
    """Seven cards in one channel, which takes five at once, draw no 429 and come in their order."""
    news = discord.world.add_channel(discord.world.add_guild("Newsroom"), "news")
    for number in range(7):
        await adapter.post(place(news), CARD, ticket(f"t-{number}"))
    assert discord.limited == 0
    assert [message.nonce for message in discord.messages(news)] == [f"t-{number}" for number in range(7)]


async def test_one_stuck_channel_holds_up_no_other(
    discord: FakeDiscord, adapter: DiscordAdapter, tmp_path: Path
) -> None:
    """While one channel answers slowly and another draws 429s, the queue of all others goes out."""
    guild = discord.world.add_guild("Newsroom")
    slow, limited, *others = [discord.world.add_channel(guild, f"news-{number}") for number in range(20)]
    discord.fail("POST", f"/channels/{slow.id}/messages", Slow(3), times=None)
    discord.fail("POST", f"/channels/{limited.id}/messages", Limited(30), times=None)
    async with Database(tmp_path / "queue.db") as db:
        await db.write(
            lambda c: queue.enqueue_notice(
                c,
                [subscriptions.target_id(c, place(channel)) for channel in (slow, limited, *others)],
                Notice("Harbour Gazette can be read again."),
                now=utc_now(),
            )
        )
        deliverer = Deliverer(
            db,
            adapter,
            reach=Reach(db, {}, clock=utc_now),
            metrics=Metrics(),
            clock=utc_now,
            caps=Caps(alerts=1, cards=1),
        )
        running = asyncio.create_task(deliverer.run())
        await until(lambda: all(discord.messages(channel) for channel in others))
        assert not discord.messages(limited)
        deliverer.stop(within=0)
        await running
