"""`wireroom run` as people run it, with a token in the environment, against a Discord on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.house import FEED, SLOWLY, House, publish
from tests.loopback.discord import (
    Channel,
    FakeDiscord,
    Guild,
    Hang,
    Invocation,
    Kind,
    Message,
    Permission,
    User,
)
from tests.loopback.site import Site
from tests.newsdesk import until


class Guildhouse(House):
    """A server on Discord, and the bot in it."""

    def __init__(self, directory: Path, site: Site, discord: FakeDiscord) -> None:
        settings = {"DISCORD_TOKEN": discord.token, "DISCORD_API": discord.address}
        super().__init__(directory, site, {"WIREROOM_ADAPTERS": "discord", **settings})
        self.discord = discord
        self.world = discord.world
        self.guild: Guild = discord.world.add_guild("Newsroom")
        self.news: Channel = discord.world.add_channel(self.guild, "news")
        self.maria: User = discord.world.add_user("maria", self.guild)
        editors = discord.world.add_role(self.guild, "Editors", Permission.MANAGE_CHANNELS)
        discord.world.give(self.guild.members[self.maria.id], editors)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Let the bot run, listening."""
        before = len(self.discord.gateway.identified)
        async with self.started() as process:
            await until(lambda: len(self.discord.gateway.identified) > before, within=SLOWLY)
            await self.discord.gateway.connected()
            await until(lambda: bool(self.world.commands), within=SLOWLY)
            yield process

    def cards(self, channel: Channel) -> list[str]:
        """The titles of the cards in a channel."""
        return [embed["title"] for message in self.shown(channel) for embed in message.embeds]

    def shown(self, channel: Channel) -> list[Message]:
        """What everybody in a channel sees."""
        return [message for message in self.discord.messages(channel) if not message.is_ephemeral]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Guildhouse]:
    """Open everything but the bot."""
    async with Site() as site, FakeDiscord() as discord:
        publish(site, ["Old ferry"])
        yield Guildhouse(tmp_path, site, discord)


async def test_from_a_token_to_cards_and_alerts(house: Guildhouse) -> None:
    """A feed added in a channel posts what is new as cards, and a followed word comes by direct message."""
    discord, news, maria = house.discord, house.news, house.maria
    async with house.running():
        call = await discord.slash(maria, news, "feeds add", address=house.site.url(FEED))
        answer = await call.answer()
        assert call.ephemeral
        assert "Harbour Gazette" in answer.content
        assert answer.embeds[0]["title"] == "Old ferry"
        await until(lambda: any("added" in message.content for message in house.shown(news)))
        follow = await discord.slash(maria, news, "follow", words="ferries")
        assert "You now follow **ferries**" in (await follow.answer()).content
        assert len(discord.messages(discord.world.dm(maria))) == 1
        publish(house.site, ["Old ferry", "New ferry line", "Rail plan"])
        await until(lambda: len(house.cards(news)) == 2, within=SLOWLY)
        assert house.cards(news) == ["New ferry line", "Rail plan"]
        direct = discord.world.dm(maria)
        await until(lambda: house.cards(direct) == ["New ferry line"], within=SLOWLY)
        alert = discord.messages(direct)[-1]
        assert "Matched **ferry**" in alert.content
        pressed = await discord.press(alert, "Unfollow", maria)
        assert "You no longer follow **ferries**" in (await pressed.answer()).content


async def test_kill_9_in_mid_send_leaves_one_card_and_live_buttons(house: Guildhouse) -> None:
    """Killed when Discord has a card but has not answered, the bot comes back and finds it."""
    discord, news, maria = house.discord, house.news, house.maria
    async with house.running() as process:
        answer = await (await discord.slash(maria, news, "feeds add", address=house.site.url(FEED))).answer()
        await until(lambda: bool(house.shown(news)))  # the line for everybody
        discord.fail("POST", "/channels/*/messages", Hang())
        publish(house.site, ["Old ferry", "New ferry line"])
        await until(lambda: "New ferry line" in house.cards(news), within=SLOWLY)
        process.kill()
    discord.heal()
    discord.world.forget_nonces()
    house.pass_time()
    async with house.running():
        settings = await discord.press(answer, "Settings…", maria)
        assert "Harbour Gazette" in (await settings.answer()).content
        publish(house.site, ["Old ferry", "New ferry line", "Rail plan"])
        await until(lambda: "Rail plan" in house.cards(news), within=SLOWLY)
    assert house.cards(news) == ["New ferry line", "Rail plan"]


async def test_a_channel_that_is_closed_stops_is_told_once_and_goes_on_when_cured(house: Guildhouse) -> None:
    """A channel that refuses the bot is paused, whoever added the feed is told, and a cure is noticed."""
    discord, news, maria = house.discord, house.news, house.maria
    direct = discord.world.dm(maria)
    async with house.running():
        await (await discord.slash(maria, news, "feeds add", address=house.site.url(FEED))).answer()
        discord.world.overwrite(news, house.guild.everyone, deny=Permission.EMBED_LINKS)
        publish(house.site, ["Old ferry", "New ferry line", "Rail plan"])
        await until(lambda: bool(discord.messages(direct)), within=SLOWLY)
        (told,) = discord.messages(direct)
        assert "#news" in told.content
        assert "Missing: Embed Links." in told.content
        pressed = await discord.press(told, "Resume", maria)
        assert "again now" in (await pressed.answer()).content
        await until(lambda: len(discord.messages(direct)) > 2, within=SLOWLY)  # refused once more
        refused = len(discord.asked("POST", f"/channels/{news.id}/messages"))
        discord.world.overwrite(news, house.guild.everyone)
        await until(lambda: len(house.cards(news)) == 2, within=SLOWLY)
        assert house.cards(news) == ["New ferry line", "Rail plan"]
    assert refused <= 3  # the line for everybody, and a try each time


async def test_the_doctor_prints_the_invitation(house: Guildhouse) -> None:
    """`wireroom doctor` prints the address that invites the bot, with its five permissions, and no token."""
    process = await house.start("doctor")
    out, _ = await process.communicate()
    said = " ".join(out.decode().split())
    assert "permissions=274877991936" in said
    assert discord_id(house) in said
    assert house.discord.token not in said


async def test_a_wrong_token_stops_the_start(house: Guildhouse) -> None:
    """With a token that Discord refuses the program ends with a sentence, which does not hold the token."""
    house.environment |= {"DISCORD_TOKEN": "canary-token-of-nobody"}
    process = await house.start()
    _, log = await process.communicate()
    assert process.returncode != 0
    assert "DISCORD_TOKEN: Discord refuses this token" in log.decode()
    assert "canary" not in log.decode()


async def test_a_forum_and_an_announcement_channel_are_served(house: Guildhouse) -> None:
    """A forum gets a post for each article, an announcement channel published cards."""
    discord, maria = house.discord, house.maria
    forum = discord.world.add_channel(house.guild, "articles", Kind.FORUM)
    channel = discord.world.add_channel(house.guild, "announcements", Kind.ANNOUNCEMENT)
    calls: list[Invocation] = []
    async with house.running():
        for place in (forum, channel):
            call = await discord.slash(maria, house.news, "feeds add", address=house.site.url(FEED), to=place)
            assert "Harbour Gazette" in (await call.answer()).content
            calls.append(call)
        publish(house.site, ["Old ferry", "New ferry line"])
        await until(lambda: bool(discord.asked("POST", "/channels/*/messages/*/crosspost")), within=SLOWLY)
        await until(
            lambda: "New ferry line" in [thread.name for thread in house.guild.channels.values()],
            within=SLOWLY,
        )
    assert [len(call.messages) for call in calls] == [1, 1]  # that a forum gets no line is no failure


def discord_id(house: Guildhouse) -> str:
    """The bot's own id."""
    assert house.guild.me is not None
    return f"client_id={house.discord.world.application['id']}"
