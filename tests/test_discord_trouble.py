"""What goes wrong in one place stays there, passes by itself, and costs neither a message nor a storm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.discord import DiscordAdapter
from adapters.discord.watch import BEYOND
from bot.adapter import Scratch, Sighting
from bot.clock import utc_now
from bot.errors import Busy, DiskFull, TargetGone
from bot.models import Look, Notice
from tests.lobby import lobby
from tests.loopback.discord import Channel, FakeDiscord, Guild, Kind, Limited, Permission, Refusal, Status
from tests.loopback.discord.faults import Fault, Reset
from tests.newsdesk import CARD, listening, opened, person, place, settings, ticket, until
from tests.reading import Room
from tests.test_discord_gateway import Book

POSTS = "/channels/*/messages"
LONG_AGO = timedelta(minutes=10)
NOTICE = Notice("You will get alerts here.")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Open a desk with every command."""
    async with lobby(tmp_path) as room:
        yield room


class Full(Scratch):
    """A ledger that takes no notes whose keys begin so."""

    def __init__(self, beginning: str) -> None:
        super().__init__()
        self._beginning = beginning

    async def write(self, key: str, text: str, *, keep: timedelta | None = None) -> None:
        """Find the disk full."""
        if key.startswith(self._beginning):
            raise DiskFull("There is no room on the disk.")
        await super().write(key, text, keep=keep)


async def test_a_token_that_dies_before_the_first_login_waits_without_a_storm(discord: FakeDiscord) -> None:
    """Where Discord comes back and refuses the token, all waits for an hour, after a single question."""
    await discord.refuse_connections()
    adapter = DiscordAdapter(settings(discord, "token-of-nobody"), ready_within=0.05, login_again=0.0)
    async with adapter:
        await discord.accept_connections()
        for _ in range(5):
            with pytest.raises(Busy, match="refuses this token") as waits:
                await adapter.sees(person(discord.world.add_user("maria")), [])
            assert waits.value.everywhere
            assert waits.value.wait > timedelta(minutes=50)
    assert len(discord.asked("GET", "/users/@me")) == 1


@pytest.mark.parametrize("beginning", ["in:", "crosspost:"])
async def test_a_card_that_came_is_not_posted_again_for_a_note(
    discord: FakeDiscord, guild: Guild, beginning: str
) -> None:
    """With no room for what is noted about a card that stands there, the card still counts as posted."""
    discord.world.set_role(
        guild, guild.everyone, guild.everyone.permissions | Permission.CREATE_PUBLIC_THREADS
    )
    channel = discord.world.add_channel(guild, "n", Kind.TEXT if beginning == "in:" else Kind.ANNOUNCEMENT)
    async with opened(discord, Full(beginning)) as adapter:
        card = replace(CARD, look=Look(thread=beginning == "in:"))
        assert await adapter.post(place(channel), card, ticket())


async def test_a_direct_message_that_came_is_not_posted_again_for_a_note(
    discord: FakeDiscord, guild: Guild
) -> None:
    """With no room for the note that a person was reached, the message still counts as posted."""
    maria = discord.world.add_user("maria", guild)
    async with opened(discord, Full("reached:")) as adapter:
        assert await adapter.post(person(maria), CARD, ticket())


async def test_people_who_cannot_be_reached_by_a_new_conversation_either_are_closed(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """A person refused in an old conversation and in a fresh one is told how to open the door at once."""
    maria = discord.world.add_user("maria", guild)
    await adapter.post(person(maria), CARD, ticket("one"))
    discord.fail("POST", POSTS, Refusal(403, 50001), times=None)
    with pytest.raises(TargetGone, match="direct messages are closed"):
        await adapter.post(person(maria), CARD, ticket("two"))
    assert len(discord.asked("POST", "/users/@me/channels")) == 2
    assert await adapter.greet(person(maria), NOTICE) is not None


async def test_conversations_opened_too_fast_hold_up_the_next_ones(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """After 40003 nobody else's conversation is opened for a while, however many alerts wait."""
    one, other = (discord.world.add_user(name, guild) for name in ("one", "other"))
    discord.fail("POST", "/users/@me/channels", Refusal(400, 40003))
    with pytest.raises(Busy) as waits:
        await adapter.post(person(one), CARD, ticket("one"))
    assert not waits.value.everywhere
    opening = asyncio.create_task(adapter.post(person(other), CARD, ticket("two")))
    await asyncio.sleep(1.2)
    opening.cancel()
    assert len(discord.asked("POST", "/users/@me/channels")) == 1


@pytest.mark.parametrize("how", [Reset(), Status(503)])
async def test_one_route_that_fails_holds_up_no_other(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter, how: Fault
) -> None:
    """A question that breaks off or fails puts off its own target, not the platform."""
    discord.fail("GET", f"/guilds/{guild.id}", how, times=None)
    news = discord.world.add_channel(guild, "news")
    with pytest.raises(Busy) as waits:
        await adapter.post(place(news), CARD, ticket())
    assert not waits.value.everywhere


async def test_a_long_limit_over_all_makes_all_wait(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A 429 over all routes, too long even for discord.py to wait, puts off the whole platform."""
    discord.fail("POST", POSTS, Limited(60, everywhere=True))
    with pytest.raises(Busy) as waits:
        await adapter.post(place(news), CARD, ticket())
    assert waits.value.everywhere


async def test_a_look_cut_off_in_a_limit_blocks_nothing(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A look for a card that is given up while discord.py sleeps out a limit over all leaves no lock."""
    discord.fail("GET", POSTS, Limited(0.8, everywhere=True))
    looking = asyncio.create_task(adapter.find(place(news), CARD, ticket(at=utc_now() - LONG_AGO)))
    await until(lambda: bool(discord.limited))
    await asyncio.sleep(0.1)
    looking.cancel()
    async with asyncio.timeout(4):
        await adapter.post(place(news), CARD, ticket())


async def test_a_limit_over_all_makes_no_second_post_of_a_forum(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """A forum post that was sent back to the queue by a limit is not made by the call left behind as well."""
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM)
    discord.fail("POST", "/channels/*/threads", Limited(3, everywhere=True))
    with pytest.raises(Busy):
        await adapter.post(place(forum), CARD, ticket())
    await asyncio.sleep(3.3)
    assert not [channel for channel in guild.channels.values() if channel.parent is forum]
    await adapter.post(place(forum), CARD, ticket())
    assert len([channel for channel in guild.channels.values() if channel.parent is forum]) == 1


async def test_a_look_passes_over_posts_that_lost_their_text(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """A forum post whose first message was deleted hides no other, and gives no card up."""
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM)
    await adapter.post(place(forum), replace(CARD, title="Spam"), ticket("spam"))
    (spam,) = [channel for channel in guild.channels.values() if channel.parent is forum]
    spam.messages.clear()
    assert await adapter.find(place(forum), CARD, ticket()) is Sighting.ABSENT


async def test_a_clock_that_was_set_back_hides_no_card(
    discord: FakeDiscord, news: Channel, adapter: DiscordAdapter
) -> None:
    """A card first tried at a time that is yet to come is looked for among the newest messages."""
    posted = await adapter.post(place(news), CARD, ticket("one"))
    discord.world.forget_nonces()
    found = await adapter.find(place(news), CARD, ticket("one", at=utc_now() + timedelta(hours=1)))
    assert getattr(found, "message_id", found) == posted


async def test_a_full_forum_puts_its_posts_off(
    discord: FakeDiscord, guild: Guild, adapter: DiscordAdapter
) -> None:
    """Where a server has all the threads that Discord allows, a forum's post waits and uses up no try."""
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM)
    discord.fail("POST", "/channels/*/threads", Refusal(400, 160006))
    with pytest.raises(Busy) as waits:
        await adapter.post(place(forum), CARD, ticket())
    assert not waits.value.everywhere
    assert waits.value.wait >= timedelta(minutes=5)


async def test_the_reason_names_what_is_missing_and_no_number(
    discord: FakeDiscord, guild: Guild, news: Channel, adapter: DiscordAdapter
) -> None:
    """What a refused channel lacks is said as a reason, to stand behind the channel's name, without ids."""
    discord.world.overwrite(news, guild.everyone, deny=Permission.EMBED_LINKS)
    with pytest.raises(TargetGone) as gone:
        await adapter.post(place(news), CARD, ticket())
    assert gone.value.reason.startswith("Missing: Embed Links. ")
    assert str(news.id) not in gone.value.reason


async def test_what_no_permission_cures_is_not_tried_at_each_change(
    discord: FakeDiscord, room: Room, guild: Guild
) -> None:
    """A forum that refuses posts for want of a tag stays paused, whatever changes in the server's roles."""
    forum = discord.world.add_channel(guild, "articles", Kind.FORUM, needs_tag=True)
    role, news = discord.world.add_role(guild, "Any", 0), discord.world.add_channel(guild, "news")
    book = Book(str(guild.id))
    async with opened(discord, book) as adapter, listening(discord, adapter, room.desk):
        with pytest.raises(TargetGone, match="wants a tag"):
            await adapter.post(place(forum), CARD, ticket())
        book.held += [place(forum), place(news)]
        discord.world.set_role(guild, role, 1)
        await until(lambda: ("cured", str(news.id)) in book.told)
        assert book.held == [place(forum)]


async def test_permissions_that_discord_tells_of_late_are_cured_all_the_same(
    discord: FakeDiscord, room: Room, guild: Guild, news: Channel
) -> None:
    """A refusal that came before word of the permission that was taken is cured when it is given back."""
    book = Book(str(guild.id))
    async with opened(discord, book) as adapter, listening(discord, adapter, room.desk):
        discord.fail("POST", POSTS, Refusal(403, 50013))
        with pytest.raises(TargetGone):
            await adapter.post(place(news), CARD, ticket())
        assert await book.notes(BEYOND)
        book.held.append(place(news))
        discord.world.overwrite(news, guild.everyone, deny=Permission.SEND_MESSAGES)
        async with asyncio.timeout(5):
            while await book.notes(BEYOND):  # noqa: ASYNC110 - what is waited for rings no bell
                await asyncio.sleep(0.01)
        assert book.held
        discord.world.overwrite(news, guild.everyone)
        await until(lambda: not book.held)


@pytest.mark.parametrize("how", [Status(503), Status(403, html=True)])
async def test_a_server_that_cannot_be_asked_about_is_not_left(
    discord: FakeDiscord, room: Room, guild: Guild, how: Status
) -> None:
    """A failure, or a refusal by Discord's edge, is no word of a removal, and hides no real one."""
    book = Book(str(guild.id), "111111111", "222222222")
    discord.fail("GET", "/guilds/111111111", how, times=None)
    async with opened(discord, book) as adapter, listening(discord, adapter, room.desk):
        await until(lambda: ("left", "222222222") in book.told)
        assert ("left", "111111111") not in book.told
