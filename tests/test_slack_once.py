"""Each card once on Slack, whatever becomes of requests and of the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.slack import SlackAdapter
from bot.adapter import Found, Scratch, Sighting
from bot.clock import utc_now
from bot.errors import InDoubt
from bot.models import Look, Message, Target
from bot.samples import ALERT, CARD, DIGEST, NOTICE
from tests.loopback.slack import (
    Channel,
    Failure,
    FakeSlack,
    InternalError,
    Late,
    LostAnswer,
    Reset,
    User,
)
from tests.slackdesk import keys, opened, place, ticket
from tests.workspace import person

HISTORY = {"channels:history", "groups:history", "im:history"}


@pytest.fixture(name="news")
def _news(slack: FakeSlack) -> Channel:
    slack.world.scopes |= HISTORY | {"groups:read"}
    return slack.world.add_channel("news")


@pytest.fixture(name="maria")
def _maria(slack: FakeSlack) -> User:
    return slack.world.add_user("maria")


@pytest.fixture(name="adapter")
async def _adapter(slack: FakeSlack, news: Channel) -> AsyncIterator[SlackAdapter]:
    del news  # it grants the scopes, before the adapter asks what it may do
    async with opened(slack) as adapter:
        yield adapter


async def settled(adapter: SlackAdapter, target: Target, message: Message, key: str) -> str:
    """Post as the queue does: where a try is in doubt, look, and try again only what is not there."""
    for attempt in range(1, 5):
        try:
            return await adapter.post(target, message, ticket(key, attempt=attempt))
        except InDoubt:
            seen = await adapter.find(target, message, ticket(key, attempt=attempt))
            if isinstance(seen, Found):
                return seen.message_id
            assert seen is Sighting.ABSENT
    raise AssertionError("it never settled")


@pytest.mark.parametrize(
    "fault",
    [
        LostAnswer(),
        Reset(),
        InternalError("internal_error"),
        InternalError("fatal_error", accepted=True),
        Failure(502, accepted=True),
        Failure(503),
    ],
    ids=str,
)
@pytest.mark.parametrize("message", [CARD, DIGEST, NOTICE], ids=["card", "digest", "notice"])
async def test_a_lost_answer_is_looked_up(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel, fault: LostAnswer, message: Message
) -> None:
    """After any doubt the message stands there once, and is known by the id it has there."""
    slack.fail("chat.postMessage", fault)
    posted = await settled(adapter, place(slack, news), message, "wr1-7")
    (there,) = slack.messages(news)
    assert posted == f"{news.id}/{there.ts}"
    assert keys([there]) == ["wr1-7"]


@pytest.mark.parametrize("kind", ["private", "direct", "thread"])
async def test_wherever_it_stands(
    slack: FakeSlack, adapter: SlackAdapter, maria: User, news: Channel, kind: str
) -> None:
    """A message in doubt is found in a private channel, in a conversation, and in the thread of the day."""
    secret = slack.world.add_channel("secret", private=True)
    target = {"private": place(slack, secret), "direct": person(maria), "thread": place(slack, news)}[kind]
    message = replace(CARD, look=Look(thread=kind == "thread")) if kind != "direct" else ALERT
    await adapter.post(target, message, ticket("wr1-1"))
    slack.fail("chat.postMessage", LostAnswer())
    await settled(adapter, target, message, "wr1-2")
    where: dict[str, Channel | User] = {"private": secret, "direct": maria, "thread": news}
    stood = slack.messages(where[kind])
    assert [key for key in keys(stood) if key.startswith("wr1-")] == ["wr1-1", "wr1-2"]


async def test_what_arrives_late_is_not_missed(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel
) -> None:
    """A request that Slack takes once the bot has given up is found when it is looked for after a while."""
    slack.fail("chat.postMessage", Late())
    with pytest.raises(InDoubt):
        await asyncio.wait_for(adapter.post(place(slack, news), CARD, ticket("wr1-7")), 20)
    await slack.until(lambda: slack.messages(news))
    assert isinstance(await adapter.find(place(slack, news), CARD, ticket("wr1-7")), Found)
    assert adapter.settle >= timedelta(seconds=30)


async def test_after_a_crash(slack: FakeSlack, news: Channel) -> None:
    """A process that never saw an answer finds its message, with the notes of the one before."""
    ledger = Scratch()
    async with opened(slack, ledger) as before:
        await before.post(place(slack, news), CARD, ticket("wr1-7"))
    async with opened(slack, ledger) as after:
        seen = await after.find(place(slack, news), CARD, ticket("wr1-7", at=utc_now() - timedelta(hours=3)))
    assert seen == Found(f"{news.id}/{slack.messages(news)[0].ts}")


@pytest.mark.parametrize("lost", sorted(HISTORY))
async def test_without_the_history_nobody_knows(
    slack: FakeSlack, maria: User, news: Channel, lost: str
) -> None:
    """Where a kind of conversation may not be read, a message in doubt there is unknown, never absent."""
    slack.world.scopes.discard(lost)
    secret = slack.world.add_channel("secret", private=True)
    target = {
        "channels:history": place(slack, news),
        "groups:history": place(slack, secret),
        "im:history": person(maria),
    }[lost]
    async with opened(slack) as adapter:
        await adapter.post(target, CARD, ticket("wr1-7"))
        assert await adapter.find(target, CARD, ticket("wr1-7")) is Sighting.UNKNOWN
        assert await adapter.find(target, CARD, ticket("wr1-8")) is Sighting.UNKNOWN


async def test_a_channel_that_the_bot_left_cannot_be_read(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel, maria: User
) -> None:
    """Of a channel that the bot is not in, and of somebody it never talked to, nobody knows."""
    await adapter.post(place(slack, news), CARD, ticket("wr1-7"))
    slack.world.leave(slack.world.bot, news)
    async with opened(slack) as anew:
        assert await anew.find(place(slack, news), CARD, ticket("wr1-7")) is Sighting.UNKNOWN
        assert await anew.find(person(maria), ALERT, ticket("wr1-7")) is Sighting.UNKNOWN


async def test_many_messages_since(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel, maria: User
) -> None:
    """A message is found behind many that others wrote since."""
    slack.world.join(maria, news)
    await adapter.post(place(slack, news), CARD, ticket("wr1-7"))
    for number in range(450):
        slack.world.say(maria, news, f"Good morning, {number}")
    assert isinstance(await adapter.find(place(slack, news), CARD, ticket("wr1-7")), Found)


async def test_nobody_can_forge_a_mark(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """A message of the bot with another delivery's key is not this one's."""
    await adapter.post(place(slack, news), CARD, ticket("wr1-7"))
    assert await adapter.find(place(slack, news), CARD, ticket("wr1-70")) is Sighting.ABSENT
