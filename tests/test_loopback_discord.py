"""The fake Discord over HTTP: what it refuses, what it remembers, and how it fails on demand."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from tests.loopback.discord import (
    EVERYONE,
    Channel,
    FakeDiscord,
    Guild,
    Hang,
    Kind,
    Limited,
    Permission,
    Rates,
    Refusal,
    Reset,
    Slow,
    Status,
)
from tests.loopback.discord.client import Bare, logged_in, pointed_at
from tests.loopback.discord.faults import Fault

SILENT: dict[str, Any] = {"allowed_mentions": {"parse": []}}


class Scene:
    """A fake with one server and one channel, and a client that is logged in."""

    def __init__(self, fake: FakeDiscord, client: Bare, guild: Guild, news: Channel) -> None:
        self.fake, self.client, self.guild, self.news = fake, client, guild, news

    def to(self, channel: Channel) -> discord.PartialMessageable:
        """The channel as discord.py posts to it."""
        return self.client.get_partial_messageable(channel.id)

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Ask as no client library would."""
        headers = {"Authorization": f"Bot {self.fake.token}"}
        address = f"{self.fake.address}/api/v10{path}"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, address, json=body) as response,
        ):
            return response.status, await response.json()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """One server, one channel."""
    async with FakeDiscord() as fake:
        guild = fake.world.add_guild("Newsroom")
        news = fake.world.add_channel(guild, "news")
        async with logged_in(fake) as client:
            yield Scene(fake, client, guild, news)


async def refused(work: object) -> int:
    """Discord's code for why this is refused."""
    with pytest.raises(discord.HTTPException) as caught:
        await work  # type: ignore[misc] # a coroutine of discord.py
    return caught.value.code


async def test_post_and_edit(scene: Scene) -> None:
    """A message is there as it was sent, and as it was edited afterwards."""
    sent = await scene.to(scene.news).send("First", embed=discord.Embed(title="Chips"))
    await sent.edit(content="Second")

    (message,) = scene.fake.messages(scene.news)
    assert (message.id, message.content) == (sent.id, "Second")
    assert message.embeds[0]["title"] == "Chips"
    assert message.edited is not None
    assert "Second" in scene.fake.text()
    assert "Chips" in scene.fake.text()


async def test_nonce(scene: Scene) -> None:
    """The same nonce gives the same message, until it is forgotten."""
    to = scene.to(scene.news)
    first = await to.send("Chips", nonce="d-1")

    assert (await to.send("Chips", nonce="d-1")).id == first.id
    scene.fake.world.forget_nonces()
    assert (await to.send("Chips", nonce="d-1")).id != first.id
    assert len(scene.fake.messages(scene.news)) == 2


async def test_history(scene: Scene) -> None:
    """Messages are listed the newest first, on either side of an id, and not at all without the right to."""
    to = scene.to(scene.news)
    sent = [await to.send(text) for text in ("a", "b", "c", "d")]

    assert [one.content async for one in to.history(limit=2)] == ["d", "c"]
    assert [one.content async for one in to.history(before=sent[2])] == ["b", "a"]
    assert [one.content async for one in to.history(after=sent[1])] == ["c", "d"]
    assert [one.content async for one in to.history(around=sent[1], limit=3)] == ["c", "b", "a"]
    assert (await to.fetch_message(sent[0].id)).content == "a"

    scene.fake.world.overwrite(scene.news, scene.guild.everyone, deny=Permission.READ_MESSAGE_HISTORY)
    assert [one async for one in to.history()] == []


@pytest.mark.parametrize(
    ("missing", "code"),
    [(Permission.VIEW_CHANNEL, 50001), (Permission.SEND_MESSAGES, 50013), (Permission.EMBED_LINKS, 50013)],
)
async def test_missing_right(scene: Scene, missing: Permission, code: int) -> None:
    """Who may not is refused: unseen is 50001, unallowed 50013; a right granted to the bot alone suffices."""
    world, embed = scene.fake.world, discord.Embed(title="Chips")
    world.overwrite(scene.news, scene.guild.everyone, deny=missing)
    assert await refused(scene.to(scene.news).send(embed=embed)) == code

    assert scene.guild.me is not None
    world.overwrite(scene.news, scene.guild.me, allow=missing)
    await scene.to(scene.news).send(embed=embed)


async def test_rights_of_roles(scene: Scene) -> None:
    """An administrator may all, whatever a channel takes away; a role without rights may nothing."""
    world, guild = scene.fake.world, scene.guild
    world.overwrite(scene.news, guild.everyone, deny=EVERYONE)
    assert guild.bot_role is not None
    world.set_role(guild, guild.bot_role, Permission.ADMINISTRATOR)
    await scene.to(scene.news).send("as admin")

    world.set_role(guild, guild.bot_role, 0)
    assert await refused(scene.to(scene.news).send("as nobody")) == 50001


async def test_unknown(scene: Scene) -> None:
    """What is not there has a code of its own."""
    client, news = scene.client, scene.news
    gone = scene.fake.world.add_channel(scene.guild, "gone")
    scene.fake.world.delete_channel(gone)
    stranger = scene.fake.world.add_user("stranger")

    assert await refused(scene.to(gone).send("x")) == 10003
    assert await refused(scene.to(news).fetch_message(1)) == 10008
    assert await refused(client.fetch_guild(1)) == 10004
    assert await refused((await client.fetch_guild(scene.guild.id)).fetch_member(stranger.id)) == 10007
    scene.fake.world.remove_bot(scene.guild)
    assert await refused(scene.to(news).send("x")) == 50001


async def test_direct_messages(scene: Scene) -> None:
    """Direct messages reach members and those with the app on their account, unless they take none."""
    world = scene.fake.world
    member, closed = world.add_user("maria", scene.guild), world.add_user("closed", scene.guild, closed=True)
    stranger = world.add_user("stranger")

    async def send(key: int) -> None:
        await (await scene.client.fetch_user(key)).send("Hello")

    await send(member.id)
    assert [one.content for one in scene.fake.messages(world.dm(member))] == ["Hello"]
    assert await refused(send(closed.id)) == 50007
    assert await refused(send(stranger.id)) == 50278
    world.install(stranger)
    await send(stranger.id)


async def test_forum(scene: Scene) -> None:
    """A forum takes posts with a tag where it wants one, and no plain messages."""
    forum = scene.fake.world.add_channel(scene.guild, "forum", Kind.FORUM, tags=["Tech"], needs_tag=True)
    assert await refused(scene.to(forum).send("x")) == 40058

    found = await scene.client.fetch_channel(forum.id)
    assert isinstance(found, discord.ForumChannel)
    assert found.flags.require_tag
    assert await refused(found.create_thread(name="Chips", content="Body")) == 40067

    post = await found.create_thread(name="Chips", content="Body", applied_tags=found.available_tags)
    assert [one.content for one in scene.fake.messages(post.thread.id)] == ["Body"]
    assert post.message.id == post.thread.id
    active = await (await scene.client.fetch_guild(scene.guild.id)).active_threads()
    assert [thread.name for thread in active] == ["Chips"]


async def test_threads(scene: Scene) -> None:
    """A thread has its own right to post, is brought back by a post, and cannot be edited while archived."""
    world, news = scene.fake.world, scene.news
    channel = await scene.client.fetch_channel(news.id)
    assert isinstance(channel, discord.TextChannel)
    sent = await channel.send("Parent")
    thread = await sent.create_thread(name="Talk")
    assert await refused(sent.create_thread(name="Again")) == 160004

    inside = await thread.send("Inside")
    await thread.edit(archived=True)
    assert await refused(inside.edit(content="Late")) == 50083
    await thread.send("Back")
    assert not scene.guild.channels[thread.id].archived

    world.archive(scene.guild.channels[thread.id], archived=True, locked=True)
    assert await refused(thread.send("Locked")) == 160005
    assert [one.name async for one in channel.archived_threads()] == ["Talk"]

    world.archive(scene.guild.channels[thread.id], archived=False, locked=False)
    world.overwrite(news, scene.guild.everyone, deny=Permission.SEND_MESSAGES_IN_THREADS)
    assert await refused(thread.send("Mute")) == 50013


async def test_private_thread(scene: Scene) -> None:
    """A private thread is seen by those in it only."""
    inside = scene.fake.world.add_thread(scene.news, "in", private=True, members=[scene.fake.world.me])
    outside = scene.fake.world.add_thread(scene.news, "out", private=True)

    await scene.to(inside).send("x")
    assert await refused(scene.to(outside).send("x")) == 50001
    thread = await scene.client.fetch_channel(inside.id)
    assert isinstance(thread, discord.Thread)
    assert [one.id for one in await thread.fetch_members()] == [scene.fake.world.me.id]
    assert await refused(thread.fetch_member(scene.guild.owner.id)) == 10007


async def test_crosspost(scene: Scene) -> None:
    """An announcement is published once."""
    channel = scene.fake.world.add_channel(scene.guild, "official", Kind.ANNOUNCEMENT)
    sent = await scene.to(channel).send("Hear, hear")
    await sent.publish()

    assert scene.fake.messages(channel)[0].flags == 1
    assert await refused(sent.publish()) == 40033


async def test_file(scene: Scene) -> None:
    """A file arrives with its name, and can be read where the message says."""
    sent = await scene.to(scene.news).send("List", file=discord.File(io.BytesIO(b"<opml/>"), "feeds.opml"))

    assert scene.fake.messages(scene.news)[0].files == {"feeds.opml": b"<opml/>"}
    assert sent.attachments[0].filename == "feeds.opml"
    assert await sent.attachments[0].read() == b"<opml/>"


async def test_wrong_token() -> None:
    """A wrong token cannot log in."""
    async with FakeDiscord(token="right") as fake:  # noqa: S106 - no secret
        with pointed_at(fake):
            client = Bare()
            with pytest.raises(discord.LoginFailure):
                await client.login("wrong")
            await client.close()


async def test_client_obeys_limits() -> None:
    """A client that heeds the headers of a channel's bucket is never answered 429."""
    async with FakeDiscord(rates=Rates(channel=2, window=0.15)) as fake:
        news = fake.world.add_channel(fake.world.add_guild("Newsroom"), "news")
        async with logged_in(fake) as client:
            to = client.get_partial_messageable(news.id)
            for number in range(5):
                await to.send(str(number))
        assert fake.limited == 0
        first, *_, last = [one.at for one in fake.asked("POST", "/channels/*/messages")]
        assert last - first > 0.25


async def test_limits_refuse(scene: Scene) -> None:
    """The sixth message in five seconds, and the 51st request in one, are answered 429."""
    path = f"/channels/{scene.news.id}/messages"
    answers = [await scene.ask("POST", path, SILENT | {"content": str(number)}) for number in range(6)]
    assert [status for status, _ in answers] == [200] * 5 + [429]
    assert answers[-1][1]["global"] is False
    assert 0 < answers[-1][1]["retry_after"] <= 5

    statuses = [(await scene.ask("GET", "/users/@me"))[0] for _ in range(50)]
    assert 429 in statuses
    assert scene.fake.limited >= 2
    assert len(scene.fake.messages(scene.news)) == 5


@pytest.mark.parametrize(
    ("fault", "arrives", "status"),
    [
        (Status(503), False, 503),
        (Status(503, after=True), True, 503),
        (Status(503, html=True), False, 503),
        (Refusal(403, 50013, "Missing Permissions"), False, 403),
        (Limited(1, via=False), False, 429),
        (Reset(), False, None),
        (Reset(after=True), True, None),
        (Hang(), True, None),
        (Slow(0.01), True, 200),
    ],
)
async def test_faults(scene: Scene, fault: Fault, arrives: bool, status: int | None) -> None:  # noqa: FBT001 - a table
    """A fault spoils one request, before or after what was asked is done, and no other."""
    scene.fake.fail("POST", "/channels/*/messages", fault)
    try:
        async with asyncio.timeout(0.1):
            await scene.to(scene.news).send("x")
        seen: int | None = 200
    except discord.HTTPException as error:
        seen = error.status
    except (aiohttp.ClientError, OSError, TimeoutError):
        seen = None

    assert seen == status
    assert len(scene.fake.messages(scene.news)) == arrives
    await scene.to(scene.news).send("y")


async def test_limited_on_demand(scene: Scene) -> None:
    """An ordered 429 makes the client wait and try again."""
    scene.fake.fail("POST", "/channels/*/messages", Limited(0.05, everywhere=True))
    before = time.monotonic()
    await scene.to(scene.news).send("x")

    assert time.monotonic() - before >= 0.05
    assert [one.status for one in scene.fake.asked("POST", "/channels/*/messages")] == [429, 200]


async def test_refused_connections(scene: Scene) -> None:
    """While connections are refused nothing gets through; afterwards all is as before."""
    await scene.fake.refuse_connections()
    with pytest.raises(aiohttp.ClientConnectionError):
        await scene.to(scene.news).send("x")

    await scene.fake.accept_connections()
    await scene.to(scene.news).send("y")
    assert [one.content for one in scene.fake.messages(scene.news)] == ["y"]


async def test_breach_fails() -> None:
    """Whoever breaks Discord's contract within the fake gets an error at its end that says how."""

    async def shout() -> None:
        async with FakeDiscord() as fake:
            news = fake.world.add_channel(fake.world.add_guild("Newsroom"), "news")
            async with logged_in(fake) as client:
                route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=news.id)
                await client.http.request(route, json={"content": "@everyone"})

    with pytest.raises(AssertionError, match="allowed_mentions"):
        await shout()


async def test_refusal_has_discords_shape(scene: Scene) -> None:
    """What Discord refuses is refused with its error 50035, which says what is wrong where."""
    body = SILENT | {"embeds": [{"description": "x" * 4097}]}
    status, answer = await scene.ask("POST", f"/channels/{scene.news.id}/messages", body)

    assert (status, answer["code"]) == (400, 50035)
    (error,) = answer["errors"]["embeds"]["0"]["description"]["_errors"]
    assert error["code"] == "BASE_TYPE_MAX_LENGTH"
    assert scene.fake.messages(scene.news) == []
    scene.fake.violations.clear()
