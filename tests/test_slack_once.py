"""Each card once on Slack, whatever becomes of requests and of the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.slack import SlackAdapter
from bot.adapter import Found, Scratch, Sighting
from bot.clock import utc_now
from bot.errors import InDoubt, StoreError
from bot.models import Look, Message, Target
from bot.samples import ALERT, CARD, CORRECTED, DIGEST, NOTICE
from tests.loopback.slack import (
    Channel,
    Failure,
    FakeSlack,
    InternalError,
    Late,
    LostAnswer,
    Refuse,
    Reset,
    User,
)
from tests.slackdesk import keys, opened, place, ticket
from tests.workspace import person, settings

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


@pytest.mark.parametrize("off", [False, True])
async def test_over_midnight(slack: FakeSlack, news: Channel, *, off: bool) -> None:
    """A card of yesterday's thread is found there, also where threads were switched off since."""
    clock = [datetime(2026, 4, 15, 23, 59, 50, tzinfo=UTC)]
    card = replace(CARD, look=Look(thread=True))
    async with SlackAdapter(settings(slack), gap=0.01, now=lambda: clock[0]) as adapter:
        tried = ticket("wr1-7", at=clock[0])
        posted = await adapter.post(place(slack, news), card, tried)
        clock[0] += timedelta(seconds=40)
        await adapter.post(place(slack, news), card, ticket("wr1-8"))
        seen = await adapter.find(place(slack, news), replace(card, look=Look(thread=not off)), tried)
    assert seen == Found(posted)


async def test_the_thread_itself_in_doubt(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """Where the answer to a day's first message is lost, the card stands below that one."""
    slack.fail("chat.postMessage", LostAnswer())
    await settled(adapter, place(slack, news), replace(CARD, look=Look(thread=True)), "wr1-7")
    first, card = slack.messages(news)
    assert card.thread_ts == first.ts


class Slow(Scratch):
    """A ledger that takes its time, or has no room, for notes whose keys begin so."""

    def __init__(self, beginning: str, seconds: float | None) -> None:
        super().__init__()
        self._beginning = beginning
        self._seconds = seconds

    async def write(self, key: str, text: str, *, keep: timedelta | None = None) -> None:
        """Wait, or find the disk full."""
        if key.startswith(self._beginning):
            if self._seconds is None:
                raise StoreError("no room")
            await asyncio.sleep(self._seconds)
        await super().write(key, text, keep=keep)

    async def erase(self, key: str) -> None:
        """Likewise."""
        if key.startswith(self._beginning) and self._seconds is None:
            raise StoreError("no room")
        await super().erase(key)


@pytest.mark.parametrize("seconds", [None, 30.0], ids=["full", "locked"])
@pytest.mark.parametrize("beginning", ["layout:", "day:", "direct:"])
async def test_a_note_costs_no_second_card(
    slack: FakeSlack, news: Channel, maria: User, beginning: str, seconds: float | None
) -> None:
    """A database that takes no note, or takes long, has no card posted twice."""
    target = person(maria) if beginning == "direct:" else place(slack, news)
    card = ALERT if beginning == "direct:" else replace(CARD, look=Look(thread=beginning == "day:"))
    async with opened(slack, Slow(beginning, seconds)) as adapter:
        async with asyncio.timeout(5):
            await adapter.post(target, card, ticket("wr1-7"))
        if beginning == "day:":
            slack.world.delete_message(slack.messages(news)[0])
            await adapter.post(target, card, ticket("wr1-8"))
    stood = keys(slack.messages(maria if beginning == "direct:" else news))
    assert [key for key in stood if key.startswith("wr1-")] == sorted(
        {key for key in stood if key.startswith("wr1-")}
    )


async def test_an_answer_that_says_nothing_is_doubt(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel
) -> None:
    """Where Slack says yes and not where the message stands, it is looked for."""
    slack.fail("chat.postMessage", Refuse("", {"ok": True}))
    with pytest.raises(InDoubt):
        await adapter.post(place(slack, news), CARD, ticket("wr1-7"))


async def test_a_copied_mark_is_not_ours(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel, maria: User
) -> None:
    """A message of somebody else with the same metadata is not the card."""
    slack.world.join(maria, news)
    copy = slack.world.say(maria, news, "A card")
    copy.metadata = {"event_type": "wireroom_item", "event_payload": {"item": "wr1-7", "rev": 1}}
    assert await adapter.find(place(slack, news), CARD, ticket("wr1-7")) is Sighting.ABSENT


async def test_more_pages_than_are_read(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """Where Slack has more to show than is looked through, nobody knows."""
    page = {"ok": True, "messages": [{"ts": "1.0"}], "response_metadata": {"next_cursor": "more"}}
    slack.fail("conversations.history", Refuse("", page), times=None)
    assert await adapter.find(place(slack, news), CARD, ticket("wr1-7")) is Sighting.UNKNOWN


async def test_a_correction_in_doubt_is_said_once(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel
) -> None:
    """The line beside a card that cannot be changed is not said again where its answer is lost."""
    posted = await adapter.post(place(slack, news), replace(CARD, look=Look(thread=True)), ticket("wr1-7"))
    slack.fail("chat.update", Refuse("edit_window_closed"), times=None)
    slack.fail("chat.postMessage", LostAnswer())
    await adapter.edit(place(slack, news), posted, CORRECTED, ticket("wr1-7-2"))
    first, card, line = slack.messages(news)
    assert (card.thread_ts, line.thread_ts) == (first.ts, first.ts)
