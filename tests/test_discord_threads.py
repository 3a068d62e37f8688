"""Threads are found rather than made twice; forum posts bear the tags that were chosen; doubts about both."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from adapters.discord import DiscordAdapter
from bot.adapter import Found
from bot.clock import utc_now
from bot.models import Look
from tests.loopback.discord import Channel, FakeDiscord, Guild, Kind
from tests.newsdesk import CARD, opened, place, ticket

IN_THREAD = replace(CARD, look=Look(thread=True))


async def test_a_thread_that_was_made_and_never_noted_is_found(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """A process that died between making the feed's thread and noting it leaves it to the next."""
    made = discord.world.add_thread(news, CARD.source)
    await adapter.post(place(news), IN_THREAD, ticket())
    assert len(discord.messages(made)) == 1
    assert [channel for channel in guild.channels.values() if channel.is_thread] == [made]


async def test_a_strangers_thread_of_that_name_is_left_alone(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """A thread that bears the feed's name, but is a person's or hangs on another channel, gets no card."""
    maria = discord.world.add_user("maria", guild)
    theirs = discord.world.add_thread(news, CARD.source, owner=maria)
    elsewhere = discord.world.add_thread(discord.world.add_channel(guild, "other"), CARD.source)
    await adapter.post(place(news), IN_THREAD, ticket())
    assert not discord.messages(theirs)
    assert not discord.messages(elsewhere)


async def test_a_forum_post_bears_five_tags_at_most(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """Of more tags than Discord takes the first five are used, and the card comes."""
    names = ("Air", "Bus", "Car", "Dam", "Eel", "Fog")
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM, tags=names)
    await adapter.post(place(forum), replace(CARD, look=Look(more=(("tags", ",".join(names)),))), ticket())
    (post,) = [channel for channel in guild.channels.values() if channel.is_thread]
    assert [forum.tags[tag] for tag in post.applied_tags] == list(names[:5])


async def test_a_clock_that_is_ahead_hides_no_message() -> None:
    """A message that Discord dates some seconds before its first try, by our clock, is found all the same."""
    first_tried = utc_now() - timedelta(minutes=10)
    behind = first_tried - timedelta(seconds=20)
    async with FakeDiscord(rates=None, now=lambda: behind) as discord:
        news = discord.world.add_channel(discord.world.add_guild("Newsroom"), "news")
        async with opened(discord) as adapter:
            posted = await adapter.post(place(news), CARD, ticket(at=first_tried))
            assert await adapter.find(place(news), CARD, ticket(at=first_tried)) == Found(posted)


async def test_what_discord_unfurled_makes_no_other_card(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A compact card to which Discord has added a preview of its link is still recognised."""
    compact = replace(CARD, look=Look(compact=True))
    tried = ticket(at=utc_now() - timedelta(minutes=10))
    posted = await adapter.post(place(news), compact, tried)
    (message,) = discord.messages(news)
    message.nonce = None
    message.embeds.append({"type": "article", "title": "A preview", "url": CARD.link})
    assert await adapter.find(place(news), compact, tried) == Found(posted)
