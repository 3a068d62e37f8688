"""Each message comes once: after lost answers, failures of Discord, a crash in mid-send and a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.discord import DiscordAdapter
from bot.adapter import Found, Sighting, Ticket
from bot.clock import utc_now
from bot.errors import Busy, InDoubt
from bot.models import Card, Digest, Look, Message, Notice
from bot.samples import DIGEST
from tests.loopback.discord import (
    Channel,
    FakeDiscord,
    Guild,
    Kind,
    Limited,
    Permission,
    Refusal,
    Reset,
    Status,
)
from tests.newsdesk import CARD, opened, person, place, ticket

LONG_AGO = timedelta(minutes=10)
"""Beyond what Discord remembers of nonces."""
POSTS = "/channels/*/messages"


async def again(adapter: DiscordAdapter, channel: Channel, message: Message, tried: Ticket) -> None:
    """Do what the deliverer does with a message in doubt: look, and post it only where it is not there."""
    seen = await adapter.find(place(channel), message, tried)
    assert seen is not Sighting.UNKNOWN
    if seen is Sighting.ABSENT:
        await adapter.post(place(channel), message, Ticket(tried.key, 2, tried.first_tried))


@pytest.mark.parametrize("how", [Reset(after=True), Reset()])
async def test_a_lost_answer_ends_with_one_message(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter, how: Reset
) -> None:
    """Whether Discord took the message before the connection broke or not, exactly one is left."""
    discord.fail("POST", POSTS, how)
    tried = ticket()
    with pytest.raises(InDoubt):
        await adapter.post(place(news), CARD, tried)
    await again(adapter, news, CARD, tried)
    assert len(discord.messages(news)) == 1


@pytest.mark.parametrize("how", [Status(502, after=True), Status(500), Status(504, after=True)])
async def test_a_failure_after_acceptance_ends_with_one_message(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter, how: Status
) -> None:
    """discord.py repeats what a 5xx answered, under the same nonce: one message."""
    discord.fail("POST", POSTS, how)
    posted = await adapter.post(place(news), CARD, ticket())
    (message,) = discord.messages(news)
    assert str(message.id) == posted


async def test_a_503_is_in_doubt_and_ends_with_one_message(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A 503, which discord.py does not repeat, is in doubt, and repeating it is safe."""
    discord.fail("POST", POSTS, Status(503, after=True))
    tried = ticket()
    with pytest.raises(InDoubt):
        await adapter.post(place(news), CARD, tried)
    await again(adapter, news, CARD, tried)
    assert len(discord.messages(news)) == 1


@pytest.mark.parametrize(
    "message",
    [
        CARD,
        replace(CARD, look=Look(compact=True)),
        replace(CARD, title="*Stars* and [brackets](x) @everyone"),
        Notice("Harbour Gazette cannot be read. I keep trying."),
        DIGEST,
    ],
    ids=["card", "compact", "hostile", "notice", "digest"],
)
async def test_beyond_the_nonce_the_channel_is_looked_through(
    discord: FakeDiscord,
    guild: Guild,
    news: Channel,
    adapter: DiscordAdapter,
    message: Card | Notice | Digest,
) -> None:
    """After a restart minutes later a message that arrived is found among the recent ones."""
    tried = ticket(at=utc_now() - LONG_AGO)
    discord.fail("POST", POSTS, Reset(after=True))
    with pytest.raises(InDoubt):
        await adapter.post(place(news), message, tried)
    maria = discord.world.add_user("maria", guild)
    for number in range(120):
        discord.world.say(maria, news, f"chatter {number}")
    discord.world.forget_nonces()
    for sent in discord.messages(news):
        sent.nonce = None
    async with opened(discord, adapter.ledger) as later:
        seen = await later.find(place(news), message, tried)
    ours = [sent for sent in discord.messages(news) if sent.author.bot]
    assert [Found(str(sent.id)) for sent in ours] == [seen]


async def test_beyond_the_nonce_what_is_not_there_is_absent(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """A message that never arrived is not found, whatever else of ours or of others stands there."""
    await adapter.post(
        place(news), replace(CARD, link="https://gazette.example/other", title="Other"), ticket("x")
    )
    maria = discord.world.add_user("maria", guild)
    discord.world.say(maria, news, CARD.link or "")
    tried = ticket(at=utc_now() - LONG_AGO)
    assert await adapter.find(place(news), CARD, tried) is Sighting.ABSENT


async def test_without_read_message_history_nobody_knows(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """Where older messages cannot be read a card in doubt counts as unknown, never as absent."""
    assert news.guild is not None
    discord.world.overwrite(news, news.guild.everyone, deny=Permission.READ_MESSAGE_HISTORY)
    tried = ticket(at=utc_now() - LONG_AGO)
    assert await adapter.find(place(news), CARD, tried) is Sighting.UNKNOWN


async def test_among_too_many_messages_nobody_knows(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """In a channel that has gone on for 500 messages since, a card not found counts as unknown."""
    maria = discord.world.add_user("maria", guild)
    tried = ticket(at=utc_now() - LONG_AGO)
    for number in range(500):
        discord.world.say(maria, news, f"chatter {number}")
    assert await adapter.find(place(news), CARD, tried) is Sighting.UNKNOWN


async def test_a_forum_post_is_looked_up_at_once(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """A forum takes no nonce: a post whose answer was lost is found among the active threads."""
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM)
    tried = ticket()
    assert await adapter.find(place(forum), CARD, tried) is Sighting.ABSENT
    discord.fail("POST", "/channels/*/threads", Reset(after=True))
    with pytest.raises(InDoubt):
        await adapter.post(place(forum), CARD, tried)
    (thread,) = [channel for channel in guild.channels.values() if channel.parent is forum]
    (message,) = discord.messages(thread)
    assert await adapter.find(place(forum), CARD, tried) == Found(str(message.id))


@pytest.mark.parametrize("how", [Status(502, after=True), Status(500, after=True), Reset(after=True)])
async def test_a_forum_post_is_not_repeated_under_our_feet(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter, how: Status | Reset
) -> None:
    """A forum post takes no nonce, and after a 5xx discord.py repeats nothing: one post is left."""
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM)
    discord.fail("POST", "/channels/*/threads", how)
    tried = ticket()
    with pytest.raises(InDoubt):
        await adapter.post(place(forum), CARD, tried)
    await again(adapter, forum, CARD, tried)
    assert len([channel for channel in guild.channels.values() if channel.parent is forum]) == 1


@pytest.mark.parametrize("how", [Status(502, after=True), Reset(after=True)])
async def test_a_thread_whose_answer_was_lost_is_not_made_twice(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter, how: Status | Reset
) -> None:
    """The next try finds the thread that was made, and the card comes in it once."""
    card, tried = replace(CARD, look=Look(thread=True)), ticket()
    discord.fail("POST", "/channels/*/threads", how)
    with pytest.raises(Busy):
        await adapter.post(place(news), card, tried)
    await adapter.post(place(news), card, tried)
    (thread,) = [channel for channel in guild.channels.values() if channel.parent is news]
    assert len(discord.messages(thread)) == 1


async def test_a_card_in_a_thread_is_found_there(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """A card in doubt that went into the feed's thread is found in it, and can be corrected there."""
    card = replace(CARD, look=Look(thread=True))
    tried = ticket(at=utc_now() - LONG_AGO)
    discord.fail("POST", POSTS, Reset(after=True))
    with pytest.raises(InDoubt):
        await adapter.post(place(news), card, tried)
    found = await adapter.find(place(news), card, tried)
    assert isinstance(found, Found)
    await adapter.edit(place(news), found.message_id, replace(card, title="Corrected"), tried)
    (thread,) = [channel for channel in guild.channels.values() if channel.parent is news]
    assert [message.embeds[0]["title"] for message in discord.messages(thread)] == ["Corrected"]


async def test_a_direct_message_in_doubt_is_found(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """A direct message whose answer was lost is found in the conversation, minutes later."""
    maria = discord.world.add_user("maria", guild)
    tried = ticket(at=utc_now() - LONG_AGO)
    discord.fail("POST", POSTS, Reset(after=True))
    with pytest.raises(InDoubt):
        await adapter.post(person(maria), CARD, tried)
    (message,) = discord.messages(discord.world.dm(maria))
    assert await adapter.find(person(maria), CARD, tried) == Found(str(message.id))


async def test_what_never_left_is_in_no_doubt(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """Where the connection is refused nothing has left: the whole platform waits, and no try is used up."""
    await adapter.post(place(news), CARD, ticket("one"))
    await discord.refuse_connections()
    with pytest.raises(Busy) as waits:
        await adapter.post(place(news), CARD, ticket("two"))
    assert waits.value.everywhere
    await discord.accept_connections()
    await adapter.post(place(news), CARD, ticket("two"))
    assert len(discord.messages(news)) == 2


@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_limit_sends_the_message_back_to_the_queue(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter, *, everywhere: bool
) -> None:
    """A 429 that asks for longer than a moment is no failure: the message waits as long, and comes once."""
    await adapter.post(place(news), CARD, ticket("one"))
    discord.fail("POST", POSTS, Limited(3, everywhere=everywhere))
    tried = ticket("two")
    with pytest.raises(Busy) as waits:
        await adapter.post(place(news), CARD, tried)
    assert waits.value.everywhere is everywhere
    assert timedelta(seconds=2) <= waits.value.wait <= timedelta(seconds=3)
    posted = await adapter.post(place(news), CARD, Ticket(tried.key, 1, tried.first_tried))
    assert [str(message.id) for message in discord.messages(news)][1:] == [posted]


async def test_a_short_limit_is_waited_for_in_place(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A 429 that asks for a moment is waited for by discord.py, and the message comes once."""
    discord.fail("POST", POSTS, Limited(0.05))
    await adapter.post(place(news), CARD, ticket())
    assert len(discord.messages(news)) == 1


async def test_a_revoked_token_stops_the_platform(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A token that Discord refuses makes the whole platform wait: no storm shall ban the address."""
    discord.fail("POST", POSTS, Refusal(401, 0, "401: Unauthorized"))
    with pytest.raises(Busy, match="refuses the token") as waits:
        await adapter.post(place(news), CARD, ticket())
    assert waits.value.everywhere
    assert waits.value.wait >= timedelta(minutes=30)
