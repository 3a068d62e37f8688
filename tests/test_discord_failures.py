"""Each error of Discord has one meaning for the message, and none is retried in a loop."""

from __future__ import annotations

import pytest

from adapters.discord import DiscordAdapter
from bot.errors import Busy, DeliveryError, InDoubt, Refused, TargetGone, Undeliverable
from tests.loopback.discord import Channel, FakeDiscord, Limited, Refusal, Status
from tests.loopback.discord.faults import Fault
from tests.newsdesk import CARD, place, ticket

POSTS = "/channels/*/messages"


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (Refusal(404, 10003), TargetGone),
        (Refusal(404, 10004), TargetGone),
        (Refusal(403, 50001), TargetGone),
        (Refusal(403, 50013), TargetGone),
        (Refusal(400, 50024), TargetGone),
        (Refusal(403, 160005), TargetGone),
        (Refusal(404, 10008), Undeliverable),
        (Refusal(400, 50006), Undeliverable),
        (Refusal(400, 200000), Refused),
        (Refusal(400, 240000), Refused),
        (Refusal(429, 20028), Busy),
        (Refusal(400, 20016), Busy),
        (Refusal(401, 0), Busy),
        (Refusal(403, 40333), Busy),
        (Status(403, html=True), Busy),
        (Limited(600, via=False), Busy),
        (Status(503, html=True), InDoubt),
        (Refusal(418, 99999), DeliveryError),
    ],
    ids=str,
)
async def test_an_error_has_one_meaning(
    discord: FakeDiscord,
    news: Channel,
    adapter: DiscordAdapter,
    fault: Fault,
    meaning: type[DeliveryError],
) -> None:
    """Discord's errors end, pause, defer or doubt a message, as its numbers say, after one request each."""
    discord.fail("POST", POSTS, fault, times=None)
    with pytest.raises(DeliveryError) as raised:
        await adapter.post(place(news), CARD, ticket())
    assert type(raised.value) is meaning
    assert len(discord.asked("POST", POSTS)) == 1
    assert raised.value.reason.endswith(".")
