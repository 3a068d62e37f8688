"""The gateway comes back by itself, and what it tells of servers and channels reaches the ledger."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.discord import DiscordAdapter
from bot.adapter import Scratch
from bot.errors import ConfigError
from bot.models import Target
from tests.lobby import lobby
from tests.loopback.discord import INVITED, Channel, FakeDiscord, Guild, Permission, User
from tests.newsdesk import CARD, listening, opened, place, settings, ticket, until
from tests.reading import Room

GUILDS = 1 << 0


class Book(Scratch):
    """A ledger in memory that writes down what it is told of places."""

    def __init__(self, *spaces: str) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []
        self.held: list[Target] = []
        self._spaces = spaces

    async def spaces(self) -> tuple[str, ...]:
        """Name the servers that are known."""
        return self._spaces

    async def left(self, space: str) -> None:
        """Write it down."""
        self.told.append(("left", space))

    async def joined(self, space: str) -> None:
        """Write it down."""
        self.told.append(("joined", space))

    async def gone(self, channel: Target) -> None:
        """Write it down."""
        self.told.append(("gone", channel.id))

    async def paused(self) -> list[Target]:
        """List what is paused."""
        return list(self.held)

    async def cured(self, target: Target) -> None:
        """Write it down, and pause it no more."""
        self.told.append(("cured", target.id))
        self.held.remove(target)


@pytest.fixture
def maria(discord: FakeDiscord, guild: Guild) -> User:
    """Somebody."""
    return discord.world.add_user("maria", guild)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Open a desk with every command."""
    async with lobby(tmp_path) as room:
        yield room


async def answers(discord: FakeDiscord, user: User, channel: Channel) -> str:
    """Ask for the status and give the answer's text."""
    call = await discord.slash(user, channel, "wireroom status")
    return (await call.answer()).content


async def test_it_asks_for_no_privileged_intent(
    discord: FakeDiscord, room: Room, news: Channel, maria: User
) -> None:
    """The bot identifies with the intent for servers alone, and answers commands."""
    async with opened(discord) as adapter, listening(discord, adapter, room.desk):
        assert [one.intents for one in discord.gateway.identified] == [GUILDS]
        assert await answers(discord, maria, news)


async def test_commands_are_registered_only_when_they_differ(discord: FakeDiscord, room: Room) -> None:
    """The first start registers the commands, the next finds them as they are and leaves them."""
    for _ in range(2):
        async with opened(discord) as adapter, listening(discord, adapter, room.desk):
            await until(lambda: bool(discord.asked("GET", "/applications/*/commands")))
    assert len(discord.asked("PUT", "/applications/*/commands")) == 1


async def test_a_wrong_token_is_the_operators_to_mend(discord: FakeDiscord) -> None:
    """A token that Discord refuses stops the start with a sentence that says where to get another."""
    adapter = DiscordAdapter(settings(discord, "wrong.token.here"))
    with pytest.raises(ConfigError, match=r"DISCORD_TOKEN.*Reset Token"):
        async with adapter:
            pytest.fail("it opened")


@pytest.mark.parametrize("how", ["drop", "reconnect", "resumable", "not resumable", "close"])
async def test_a_lost_connection_comes_back(
    discord: FakeDiscord, room: Room, news: Channel, maria: User, how: str
) -> None:
    """After a drop, a request to reconnect, an invalid session or a close, commands work again."""
    async with opened(discord) as adapter, listening(discord, adapter, room.desk):
        match how:
            case "drop":
                discord.gateway.drop()
            case "reconnect":
                discord.gateway.reconnect()
            case "close":
                discord.gateway.close(4000)
            case _:
                discord.gateway.invalidate(resumable=how == "resumable")
        await until(lambda: bool(discord.gateway.resumed) or len(discord.gateway.identified) > 1, within=10)
        await discord.gateway.connected()
        assert await answers(discord, maria, news)


async def test_a_malformed_event_ends_nothing(
    discord: FakeDiscord, room: Room, news: Channel, maria: User
) -> None:
    """An event that discord.py cannot read ends its client; a new one takes over, and cards go on."""
    async with opened(discord) as adapter, listening(discord, adapter, room.desk):
        discord.gateway.dispatch("CHANNEL_UPDATE", {"id": "not a number"})
        await adapter.post(place(news), CARD, ticket())
        await until(lambda: len(discord.gateway.identified) > 1, within=10)
        await discord.gateway.connected()
        assert await answers(discord, maria, news)


async def test_no_gateway_at_first_costs_no_card(
    discord: FakeDiscord, room: Room, news: Channel, maria: User
) -> None:
    """While the gateway cannot be reached at the very first connect cards go out, and then commands come."""
    discord.gateway.refuse(1)
    async with opened(discord) as adapter:
        hearing = asyncio.create_task(adapter.listen(room.desk))
        try:
            await adapter.post(place(news), CARD, ticket())
            async with asyncio.timeout(15):
                await discord.gateway.connected()
            await until(lambda: bool(discord.world.commands))
            assert await answers(discord, maria, news)
        finally:
            hearing.cancel()
            with suppress(asyncio.CancelledError):
                await hearing
    assert len(discord.messages(news)) == 1


async def test_shards_are_opened_where_discord_recommends_them(room: Room) -> None:
    """Where the gateway recommends two shards, two are opened, and commands of each server are answered."""
    async with FakeDiscord(shards=2, rates=None) as discord:
        guilds = [discord.world.add_guild(f"Newsroom {number}") for number in range(4)]
        async with opened(discord) as adapter, listening(discord, adapter, room.desk):
            await until(lambda: len(discord.gateway.identified) == 2, within=15)
            assert {one.shard for one in discord.gateway.identified} == {(0, 2), (1, 2)}
            for guild in guilds:
                channel = discord.world.add_channel(guild, "news")
                maria = discord.world.add_user("maria", guild)
                assert await answers(discord, maria, channel)


async def test_an_outage_is_no_removal(discord: FakeDiscord, room: Room, guild: Guild, news: Channel) -> None:
    """A server that Discord calls unavailable keeps all it has; only a real removal is one."""
    book = Book(str(guild.id))
    async with opened(discord, book) as adapter, listening(discord, adapter, room.desk):
        await until(lambda: ("joined", str(guild.id)) in book.told)
        discord.world.outage(guild)
        discord.world.recover(guild)
        discord.world.delete_channel(news)
        await until(lambda: ("gone", str(news.id)) in book.told)  # so all before it has been heard too
        assert ("left", str(guild.id)) not in book.told
        discord.world.remove_bot(guild)
        await until(lambda: ("left", str(guild.id)) in book.told)
        discord.world.invite_bot(guild)
        await until(lambda: book.told[-1] == ("joined", str(guild.id)))


async def test_a_removal_while_the_bot_was_off_is_noticed(
    discord: FakeDiscord, room: Room, guild: Guild
) -> None:
    """A server that is in the book, but not in Discord's list any more, counts as left at the next start."""
    book = Book(str(guild.id), "987654321")
    async with opened(discord, book) as adapter, listening(discord, adapter, room.desk):
        await until(lambda: bool(book.told))
        await until(lambda: ("left", "987654321") in book.told)
        assert ("left", str(guild.id)) not in book.told


async def test_a_deleted_channel_is_gone(
    discord: FakeDiscord, room: Room, guild: Guild, news: Channel
) -> None:
    """A channel or thread that was deleted is said to be gone, by its id."""
    thread = discord.world.add_thread(news, "ferries")
    other = discord.world.add_channel(guild, "other")
    book = Book(str(guild.id))
    async with opened(discord, book) as adapter, listening(discord, adapter, room.desk):
        await until(lambda: ("joined", str(guild.id)) in book.told)
        discord.world.delete_channel(thread)
        discord.world.delete_channel(other)
        await until(lambda: len(book.told) == 3)
        assert set(book.told[1:]) == {("gone", str(thread.id)), ("gone", str(other.id))}


@pytest.mark.parametrize("how", ["channel", "role", "member"])
async def test_a_cure_is_noticed(
    discord: FakeDiscord, room: Room, guild: Guild, news: Channel, how: str
) -> None:
    """A paused channel posts again once a permission of channel, role or member lets the bot in."""
    assert guild.bot_role is not None
    assert guild.me is not None
    deny = Permission.SEND_MESSAGES
    cure = discord.world.add_role(guild, "Cure", deny)
    if how == "channel":
        discord.world.overwrite(news, guild.everyone, deny=deny)
    else:
        discord.world.set_role(guild, guild.everyone, guild.everyone.permissions & ~deny)
        discord.world.set_role(guild, guild.bot_role, INVITED & ~deny)
    open_already = discord.world.add_channel(guild, "open")
    discord.world.overwrite(open_already, guild.bot_role, allow=deny)
    book = Book(str(guild.id))
    book.held += [place(news), place(open_already)]
    async with opened(discord, book) as adapter, listening(discord, adapter, room.desk):
        await until(lambda: ("cured", str(open_already.id)) in book.told)  # the look at the start is over
        assert book.held == [place(news)]
        match how:
            case "channel":
                discord.world.overwrite(news, guild.everyone)
            case "role":
                discord.world.set_role(guild, guild.bot_role, INVITED)
            case _:
                discord.world.give(guild.me, cure)
        await until(lambda: not book.held)


async def test_used_up_sessions_are_waited_for(discord: FakeDiscord, room: Room) -> None:
    """Where no session may be started until Discord's counter is reset, the gateway waits for that."""
    discord.world.session_starts, discord.world.session_reset_ms = 0, 400
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with opened(discord) as adapter, listening(discord, adapter, room.desk):
        assert loop.time() - began >= 0.4


def test_an_ordinary_drop_is_no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """That a connection was lost and is made anew is a warning of one line, not an error with a traceback."""
    logger, cut = logging.getLogger("discord.client"), OSError("cut")
    for line in ("Attempting a reconnect in 1.00s", "Something else went wrong"):
        logger.error(line, exc_info=cut)
    told = [(record.levelname, bool(record.exc_info)) for record in caplog.records]
    assert told == [("WARNING", False), ("ERROR", True)]
