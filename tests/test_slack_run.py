"""`wireroom run` as people run it, with tokens in the environment, against a Slack on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.house import FEED, SLOWLY, House, publish
from tests.loopback.discord import FakeDiscord
from tests.loopback.site import Site
from tests.loopback.slack import Channel, FakeSlack, Hang, Message, User
from tests.newsdesk import until

USUAL = {"chat:write.public", "groups:read", "users:read", "files:write"}


class Workhouse(House):
    """A workspace on Slack, and the bot in it."""

    def __init__(self, directory: Path, site: Site, slack: FakeSlack) -> None:
        settings = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API": slack.address,
        }
        super().__init__(directory, site, {"WIREROOM_ADAPTERS": "slack", **settings})
        self.slack = slack
        slack.world.scopes |= USUAL
        self.maria: User = slack.world.add_user("maria", tz="Asia/Hong_Kong")
        self.news: Channel = slack.world.add_channel("news", self.maria)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Let the bot run, listening."""
        before = self.slack.socket.opened
        async with self.started() as process:
            await until(lambda: self.slack.socket.opened >= before + 2, within=SLOWLY)
            yield process

    def titles(self, place: Channel | User) -> list[str]:
        """The headlines of the cards that stand somewhere."""
        return [headline(message) for message in self.slack.messages(place) if is_card(message)]


def is_card(message: Message) -> bool:
    """Say whether a message is a card or an alert."""
    kind = (message.metadata or {}).get("event_type")
    return not message.is_ephemeral and kind in {"wireroom_item", "wireroom_alert"}


def headline(message: Message) -> str:
    """Read a card's headline out of what a screen reader reads."""
    said = message.text.partition(": ")[2] if message.text.startswith("Alert") else message.text
    return said.partition(" — ")[0]


@pytest.fixture
async def house(tmp_path: Path, slack: FakeSlack) -> AsyncIterator[Workhouse]:
    """Open everything but the bot."""
    async with Site() as site:
        publish(site, ["Old ferry"])
        yield Workhouse(tmp_path, site, slack)


async def test_from_tokens_to_cards_and_alerts(house: Workhouse) -> None:
    """A feed added in a channel posts what is new as cards, and a followed word comes by direct message."""
    slack, news, maria = house.slack, house.news, house.maria
    async with house.running():
        call = await slack.types(maria, news, "/feeds", f"add {house.site.url(FEED)}")
        answer = await call.answer()
        assert answer.is_ephemeral
        assert "Harbour Gazette" in answer.text
        await until(lambda: any("added" in message.text for message in slack.messages(news)))
        follow = await slack.types(maria, news, "/follow", "ferries")
        assert "You now follow ferries" in (await follow.answer()).text
        publish(house.site, ["Old ferry", "New ferry line", "Rail plan"])
        await until(lambda: len(house.titles(news)) == 2, within=SLOWLY)
        assert house.titles(news) == ["New ferry line", "Rail plan"]
        await until(lambda: house.titles(maria) == ["New ferry line"], within=SLOWLY)
        alert = slack.messages(maria)[-1]
        assert alert.text.startswith("Alert “ferries”: New ferry line")
        pressed = await slack.presses(maria, alert, "Unfollow")
        assert "You no longer follow ferries" in (await pressed.answer()).text


async def test_kill_9_in_mid_send_leaves_one_card_and_live_buttons(house: Workhouse) -> None:
    """Killed when Slack has a card but has not answered, the bot comes back and finds it by its metadata."""
    slack, news, maria = house.slack, house.news, house.maria
    slack.world.scopes |= {"channels:history", "groups:history", "im:history"}
    async with house.running() as process:
        answer = await (await slack.types(maria, news, "/feeds", f"add {house.site.url(FEED)}")).answer()
        await until(lambda: any("added" in message.text for message in slack.messages(news)))
        slack.fail("chat.postMessage", Hang())
        publish(house.site, ["Old ferry", "New ferry line"])
        await until(lambda: "New ferry line" in house.titles(news), within=SLOWLY)
        process.kill()
    slack.heal()
    house.pass_time()
    async with house.running():
        settings = await slack.presses(maria, answer, "Settings…")
        assert "Harbour Gazette" in str((await settings.opens()).blocks)
        publish(house.site, ["Old ferry", "New ferry line", "Rail plan"])
        for _ in range(20):  # the message in doubt is looked for half a minute after the start
            house.pass_time()
            await asyncio.sleep(0.5)
            if "Rail plan" in house.titles(news):
                break
    assert house.titles(news) == ["New ferry line", "Rail plan"]


async def test_an_uninstalled_app_falls_silent_and_comes_back(house: Workhouse) -> None:
    """Once the app is uninstalled nothing is called any more; installed again, what is new is posted."""
    slack, news, maria = house.slack, house.news, house.maria
    async with house.running():
        await (await slack.types(maria, news, "/feeds", f"add {house.site.url(FEED)}")).answer()
        slack.world.uninstall()
        await asyncio.sleep(0.5)
        before = len(slack.calls)
        publish(house.site, ["Old ferry", "New ferry line"])
        asked = len(house.site.requests)
        await until(lambda: len(house.site.requests) >= asked + 2, within=SLOWLY)  # the first is dealt with
        assert len(slack.calls) == before
    slack.world.reinstall()
    slack.world.join(slack.world.bot, news)
    house.environment["SLACK_BOT_TOKEN"] = slack.bot_token
    async with house.running():
        publish(house.site, ["Old ferry", "New ferry line", "Rail plan"])
        await until(lambda: house.titles(news), within=SLOWLY)
    assert house.titles(news) == ["Rail plan"]


async def test_a_wrong_token_stops_the_start(house: Workhouse) -> None:
    """With a token that Slack refuses the program ends with a sentence, which does not hold the token."""
    house.environment |= {"SLACK_BOT_TOKEN": "xoxb-canary-of-nobody"}
    process = await house.start()
    _, log = await process.communicate()
    assert process.returncode != 0
    assert "SLACK_BOT_TOKEN: Slack refuses this token" in log.decode()
    assert "canary" not in log.decode()


async def test_the_manifest_declares_what_the_bot_serves(house: Workhouse) -> None:
    """`wireroom slack manifest` prints a manifest that Slack takes, with commands that the bot answers."""
    process = await house.start("slack", "manifest", "--with", "history", "--prefix", "wr-")
    out, _ = await process.communicate()
    manifest = json.loads(out)
    house.slack.declare(manifest, optional=USUAL)
    house.environment["SLACK_COMMAND_PREFIX"] = "wr-"
    async with house.running():
        for command in (one["command"] for one in manifest["features"]["slash_commands"]):
            call = await house.slack.types(house.maria, house.news, command, "help")
            assert (await call.answer()).text


async def test_the_doctor_says_what_is_missing(house: Workhouse) -> None:
    """`wireroom doctor` looks at both tokens, the scopes and the channels, and prints no token."""
    house.slack.world.scopes.discard("groups:read")
    process = await house.start("doctor")
    out, _ = await process.communicate()
    said = " ".join(out.decode().split())
    assert house.slack.world.team_id in said
    assert "private" in said
    assert house.slack.bot_token not in said
    assert house.slack.app_token not in said


async def test_slack_and_discord_from_one_process(house: Workhouse) -> None:
    """One process serves both: a feed in a channel of each, and neither waits for the other."""
    async with FakeDiscord() as discord:
        guild = discord.world.add_guild("Newsroom")
        chips = discord.world.add_channel(guild, "chips")
        house.environment |= {
            "WIREROOM_ADAPTERS": "slack,discord",
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API": discord.address,
        }
        for place in (f"slack:{house.slack.world.team_id}/{house.news.id}", f"discord:{guild.id}/{chips.id}"):
            process = await house.start("feeds", "add", house.site.url(FEED), "--to", place)
            _, log = await process.communicate()
            assert process.returncode == 0, log.decode()
        async with house.running() as process:
            publish(house.site, ["Old ferry", "New ferry line"])
            await until(lambda: "New ferry line" in house.titles(house.news), within=SLOWLY)
            await until(lambda: discord.messages(chips), within=SLOWLY)
            house.slack.fail("chat.postMessage", Hang(), times=None)
            publish(house.site, ["Old ferry", "New ferry line", "Rail plan"])
            await until(lambda: len(discord.messages(chips)) >= 2, within=SLOWLY)
            process.kill()  # else it would wait for Slack, some seconds
