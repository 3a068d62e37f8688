"""Cards come as embeds, into channels, threads, forums and direct messages, and are corrected in place."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.discord import DiscordAdapter
from bot.errors import TargetGone, Undeliverable
from bot.models import Button, Card, Correction, Image, Look, Notice
from bot.prose import plain
from tests.loopback.discord import Channel, FakeDiscord, Guild, Kind, Permission, Refusal
from tests.newsdesk import CARD, opened, person, place, ticket, until

SILENT = 1 << 12
NO_PREVIEW = 1 << 2


async def test_a_card_is_an_embed(discord: FakeDiscord, news: Channel, adapter: DiscordAdapter) -> None:
    """A card arrives as one embed with title, link, summary, picture and its alt text."""
    card = replace(
        CARD,
        image=Image("https://gazette.example/ferry.jpg", "A ferry at its pier"),
        published=datetime(2026, 4, 15, 13, 50, tzinfo=UTC),
    )
    await adapter.post(place(news), card, ticket("key-1"))
    (request,) = discord.asked("POST", "/channels/*/messages")
    assert request.body["nonce"] == "key-1"
    assert request.body["enforce_nonce"] is True
    assert request.body["allowed_mentions"] == {"parse": []}
    (embed,) = request.body["embeds"]
    assert embed["title"] == card.title
    assert embed["url"] == card.link
    assert embed["description"] == card.summary
    assert embed["author"]["name"] == card.source
    assert embed["footer"]["text"] == card.author
    assert embed["timestamp"] == "2026-04-15T13:50:00+00:00"
    assert embed["image"] == {
        "url": "https://gazette.example/ferry.jpg",
        "description": "A ferry at its pier",
    }
    assert not request.body.get("content")
    assert "flags" not in embed  # which discord.py would add, and Discord's contract does not know


async def test_a_silent_card_rings_nowhere(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """The setting silent sends Discord's flag for messages without a notification."""
    await adapter.post(place(news), replace(CARD, look=Look(silent=True)), ticket())
    (request,) = discord.asked("POST", "/channels/*/messages")
    assert request.body["flags"] == SILENT


async def test_a_compact_card_is_one_line_without_a_preview(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A compact card has no embed, neither ours nor one that Discord would unfurl."""
    await adapter.post(place(news), replace(CARD, look=Look(compact=True)), ticket())
    (request,) = discord.asked("POST", "/channels/*/messages")
    assert request.body["flags"] == NO_PREVIEW
    assert not request.body.get("embeds")
    assert f"[{CARD.title}]({CARD.link})" in request.body["content"]


async def test_a_feed_has_one_thread_in_a_channel(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """With the setting thread a feed's cards come in a thread of its name, made once for good."""
    card = replace(CARD, look=Look(thread=True))
    first = await adapter.post(place(news), card, ticket("one"))
    async with opened(discord, adapter.ledger) as again:
        await again.post(place(news), card, ticket("two"))
    (thread,) = [channel for channel in guild.channels.values() if channel.parent is news]
    assert thread.name == CARD.source
    assert len(discord.messages(thread)) == 2
    assert not discord.messages(news)
    corrected = replace(card, title="Ferry line orders three", correction=Correction(datetime.now(UTC), None))
    await adapter.edit(place(news), first, corrected, ticket("one"))
    assert discord.messages(thread)[0].embeds[0]["title"] == "Ferry line orders three"


async def test_a_deleted_thread_is_made_anew(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """A thread that somebody deleted costs no card."""
    card = replace(CARD, look=Look(thread=True))
    await adapter.post(place(news), card, ticket("one"))
    (thread,) = [channel for channel in guild.channels.values() if channel.parent is news]
    discord.world.delete_channel(thread)
    await adapter.post(place(news), card, ticket("two"))
    (made,) = [channel for channel in guild.channels.values() if channel.parent is news]
    assert len(discord.messages(made)) == 1


async def test_without_the_right_to_make_threads_the_channel_takes_the_card(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """Where no thread can be made the card stands in the channel itself, once."""
    assert news.guild is not None
    discord.world.overwrite(news, news.guild.everyone, deny=Permission.CREATE_PUBLIC_THREADS)
    await adapter.post(place(news), replace(CARD, look=Look(thread=True)), ticket())
    assert [message.embeds[0]["title"] for message in discord.messages(news)] == [CARD.title]


async def test_a_forum_gets_a_post_each_with_tags(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """In a forum a card is a post of its own, named by its title, with tags, and corrected there."""
    forum = discord.world.add_channel(
        guild, "articles", Kind.FORUM, tags=("Ships", "Rail", "Air"), needs_tag=True
    )
    card = replace(CARD, look=Look(more=(("tags", "rail, SHIPS"),)))
    posted = await adapter.post(place(forum), card, ticket())
    (thread,) = [channel for channel in guild.channels.values() if channel.parent is forum]
    (request,) = discord.asked("POST", "/channels/*/threads")
    assert not request.query  # likewise
    assert thread.name == CARD.title
    assert {forum.tags[tag] for tag in thread.applied_tags} == {"Ships", "Rail"}
    await adapter.edit(place(forum), posted, replace(card, title="Another headline"), ticket())
    assert discord.messages(thread)[0].embeds[0]["title"] == "Another headline"


async def test_a_forum_that_wants_a_tag_says_so(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """Without a tag that the forum demands, the channel is stopped with a reason that says what to do."""
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM, tags=("Ships",), needs_tag=True)
    with pytest.raises(TargetGone, match=r"wants a tag on each post.*/feeds settings"):
        await adapter.post(place(forum), CARD, ticket())


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("", "wants a tag on each post, so none can come yet. Choose one in the settings, Forum tags"),
        ("Boats", "This forum has no tag Boats. It has Ships, Rail."),
        ("rail", None),
    ],
)
async def test_a_forums_tags_are_looked_at_when_they_are_chosen(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter, chosen: str, said: str | None
) -> None:
    """Whoever sets a feed of a forum hears at once of a tag that is missing or is none."""
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM, tags=("Ships", "Rail"), needs_tag=True)
    advice = await adapter.advice(place(forum), {"tags": chosen})
    assert (advice is None) == (said is None)
    assert (said or "") in plain(advice or ())


async def test_what_a_thread_lacks_is_said_when_it_is_chosen(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """Whoever chooses a thread where none can be made hears which permission that takes."""
    assert news.guild is not None
    assert await adapter.advice(place(news), {"thread": "yes"}) is None
    other = discord.world.add_channel(news.guild, "other")
    discord.world.overwrite(other, news.guild.everyone, deny=Permission.CREATE_PUBLIC_THREADS)
    async with opened(discord) as fresh:
        assert await fresh.advice(place(other), {}) is None
        said = await fresh.advice(place(other), {"thread": "yes"})
    assert said is not None
    assert "I lack Create Public Threads here" in plain(said)


async def test_corrections_edit_in_place(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A correction changes the card that stands there, says what it said earlier, and mentions nobody."""
    posted = await adapter.post(place(news), CARD, ticket())
    correction = Correction(datetime(2026, 4, 15, 15, 10, tzinfo=UTC), CARD.title)
    await adapter.edit(
        place(news),
        posted,
        replace(CARD, title="Ferry line @everyone", correction=correction),
        ticket(),
    )
    (request,) = discord.asked("PATCH", "/channels/*/messages/*")
    assert request.body["allowed_mentions"] == {"parse": []}
    (message,) = discord.messages(news)
    (field,) = message.embeds[0]["fields"]
    assert field["name"] == "Headline corrected"
    assert CARD.title in field["value"]


async def test_a_card_in_an_archived_thread_is_corrected_all_the_same(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """A thread that has gone quiet is opened for a correction."""
    thread = discord.world.add_thread(news, "ferries")
    target = place(thread)
    posted = await adapter.post(target, CARD, ticket())
    thread.archived = True
    thread.owner = guild.me.user if guild.me else None
    await adapter.edit(target, posted, replace(CARD, title="Another"), ticket())
    assert discord.messages(thread)[0].embeds[0]["title"] == "Another"


async def test_a_deleted_card_is_not_corrected(news: Channel, adapter: DiscordAdapter) -> None:
    """What somebody deleted stays deleted."""
    posted = await adapter.post(place(news), CARD, ticket())
    news.messages.clear()
    with pytest.raises(Undeliverable, match="deleted"):
        await adapter.edit(place(news), posted, CARD, ticket())


@pytest.mark.parametrize("refused", [1, 2])
async def test_a_refused_form_comes_plainer(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter, refused: int
) -> None:
    """A card whose form Discord refuses comes without its picture, then as a line: degraded, never lost."""
    refusal = Refusal(400, 50035, "Invalid Form Body")
    discord.fail("POST", "/channels/*/messages", refusal, times=refused)
    card = replace(CARD, image=Image("https://gazette.example/ferry.jpg"))
    await adapter.post(place(news), card, ticket())
    (message,) = discord.messages(news)
    shown = message.content + str(message.embeds)
    assert CARD.title in shown
    assert "ferry.jpg" not in shown


@pytest.mark.parametrize(
    ("lacking", "names"),
    [
        (Permission.SEND_MESSAGES, ["Send Messages"]),
        (Permission.EMBED_LINKS, ["Embed Links"]),
        (Permission.VIEW_CHANNEL, ["View Channel"]),
        (Permission.EMBED_LINKS | Permission.SEND_MESSAGES, ["Send Messages", "Embed Links"]),
    ],
)
async def test_what_is_missing_is_named(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter, lacking: int, names: list[str]
) -> None:
    """A channel that refuses the bot is stopped, and the reason names exactly the permissions it lacks."""
    assert news.guild is not None
    discord.world.overwrite(news, news.guild.everyone, deny=lacking)
    with pytest.raises(TargetGone) as stopped:
        await adapter.post(place(news), CARD, ticket())
    all_names = ["View Channel", "Send Messages", "Embed Links"]
    assert [name for name in all_names if name in stopped.value.reason] == [
        name for name in all_names if name in names
    ]


async def test_a_direct_message_reaches_a_person(discord: FakeDiscord, adapter: DiscordAdapter) -> None:
    """An alert opens the conversation once, and comes with its buttons."""
    maria = discord.world.add_user("maria", discord.world.add_guild("Newsroom"))
    for key in ("one", "two"):
        await adapter.post(
            person(maria), replace(CARD, buttons=(Button("Unfollow", "/unfollow #1"),)), ticket(key)
        )
    assert len(discord.asked("POST", "/users/@me/channels")) == 1
    assert len(discord.messages(discord.world.dm(maria))) == 2
    assert "Unfollow" in discord.text()


async def test_closed_messages_are_found_out_while_the_person_looks(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """A first message that cannot come says how that is cured; once one came none is sent again."""
    maria = discord.world.add_user("maria", guild, closed=True)
    said = await adapter.greet(person(maria), Notice("You'll get alerts for ferries here."))
    assert said is not None
    assert "allow direct messages" in "".join(piece for piece in said if isinstance(piece, str))
    maria.closed = False
    for _ in range(2):
        assert await adapter.greet(person(maria), Notice("You'll get alerts for ferries here.")) is None
    assert len(discord.messages(discord.world.dm(maria))) == 1


@pytest.mark.parametrize("shared", [True, False])
async def test_a_closed_conversation_is_the_persons_to_cure(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter, *, shared: bool
) -> None:
    """Closed messages (50007) and no common server (50278) stop the target; the next greeting tries anew."""
    maria = discord.world.add_user("maria", guild)
    assert await adapter.greet(person(maria), Notice("Hello")) is None
    maria.closed = shared
    if not shared:
        discord.world.remove_member(guild, maria)
    with pytest.raises(TargetGone):
        await adapter.post(person(maria), CARD, ticket())
    assert await adapter.greet(person(maria), Notice("Hello again")) is not None


async def test_a_stale_conversation_is_opened_anew(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """Missing Access in a known conversation is tried once more in a fresh one."""
    maria = discord.world.add_user("maria", guild)
    await adapter.post(person(maria), CARD, ticket("one"))
    discord.fail("POST", "/channels/*/messages", Refusal(403, 50001, "Missing Access"))
    await adapter.post(person(maria), CARD, ticket("two"))
    assert len(discord.messages(discord.world.dm(maria))) == 2


async def test_announcements_are_published(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """A card in an announcement channel is published, unless the channel chose otherwise."""
    channel = discord.world.add_channel(guild, "announcements", Kind.ANNOUNCEMENT)
    posted = await adapter.post(place(channel), CARD, ticket("one"))
    quiet: Card = replace(CARD, look=Look(more=(("publish", "no"),)))
    await adapter.post(place(channel), quiet, ticket("two"))
    assert await adapter.ledger.notes("crosspost:") == {f"crosspost:{channel.id}:{posted}": ""}
    session = await adapter._ready()
    publishing = asyncio.create_task(session.poster.crossposts.run())
    try:
        await until(lambda: bool(discord.asked("POST", "/channels/*/messages/*/crosspost")))
    finally:
        publishing.cancel()
    published = discord.asked("POST", "/channels/*/messages/*/crosspost")
    assert [request.path.split("/")[-2] for request in published] == [posted]
