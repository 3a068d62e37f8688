"""The fake Discord's gateway under a real client: beginning, losing and resuming sessions."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
from backports import zstd

from tests.loopback.discord import EVERYONE, FakeDiscord, Permission
from tests.loopback.discord.client import Bare, connected, pointed_at


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    """A fake with one server and one channel."""
    async with FakeDiscord() as fake:
        fake.world.add_channel(fake.world.add_guild("Newsroom"), "news")
        yield fake


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that is about to happen."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - discord.py has no event for all that is waited for
            await asyncio.sleep(0.002)


async def test_ready(fake: FakeDiscord) -> None:
    """A client that begins a session knows its servers, channels, threads, roles and own rights."""
    (guild,) = fake.world.guilds.values()
    (news,) = guild.channels.values()
    fake.world.add_thread(news, "talk")
    fake.world.add_role(guild, "editors", Permission.MANAGE_CHANNELS)
    async with connected(fake) as client:
        (known,) = client.guilds
        assert (known.name, [one.name for one in known.channels]) == ("Newsroom", ["news"])
        assert [one.name for one in known.threads] == ["talk"]
        assert "editors" in [one.name for one in known.roles]
        channel = known.get_channel(news.id)
        assert channel is not None
        assert channel.permissions_for(known.me).value == EVERYONE

        (identify,) = fake.gateway.identified
        assert (identify.intents, identify.shard) == (1, (0, 1))
        assert identify.compression in {"zlib-stream", "zstd-stream"}


async def test_world_changes(fake: FakeDiscord) -> None:
    """What changes in the world, the client hears."""
    world = fake.world
    (guild,) = world.guilds.values()
    (news,) = guild.channels.values()
    async with connected(fake) as client:
        world.rename(news, "headlines")
        more = world.add_channel(guild, "more")
        await until(lambda: {one.name for one in client.guilds[0].channels} == {"headlines", "more"})
        world.overwrite(more, guild.everyone, deny=Permission.SEND_MESSAGES)
        world.delete_channel(news)
        await until(lambda: [one.name for one in client.guilds[0].channels] == ["more"])
        channel = client.guilds[0].channels[0]
        await until(lambda: not channel.permissions_for(client.guilds[0].me).send_messages)

        assert guild.me is not None
        world.give(guild.me, world.add_role(guild, "admins", Permission.ADMINISTRATOR))
        await until(lambda: channel.permissions_for(client.guilds[0].me).send_messages)


async def test_servers_come_and_go(fake: FakeDiscord) -> None:
    """An outage, a kick and an invitation look different."""
    (guild,) = fake.world.guilds.values()
    heard: list[str] = []

    def noting(event: str) -> Callable[[discord.Guild], Awaitable[None]]:
        async def note(_: discord.Guild) -> None:
            heard.append(event)

        return note

    async with connected(fake) as client:
        for event in ("guild_join", "guild_remove", "guild_available", "guild_unavailable"):
            setattr(client, f"on_{event}", noting(event))
        fake.world.outage(guild)
        fake.world.recover(guild)
        fake.world.remove_bot(guild)
        fake.world.invite_bot(guild)
        await until(lambda: len(heard) == 4)

    assert heard == ["guild_unavailable", "guild_available", "guild_remove", "guild_join"]


@pytest.mark.parametrize("how", ["drop", "reconnect", "invalidate", "close"])
async def test_resume(fake: FakeDiscord, how: str) -> None:
    """A client that was away resumes its session and hears what it missed."""
    (guild,) = fake.world.guilds.values()
    async with connected(fake) as client:
        match how:
            case "drop":
                fake.gateway.drop()
            case "reconnect":
                fake.gateway.reconnect()
            case "invalidate":
                fake.gateway.invalidate(resumable=True)
            case "close":
                fake.gateway.close(4000)
        await fake.gateway.disconnected()
        fake.world.add_channel(guild, "meanwhile")
        await until(lambda: "meanwhile" in [one.name for one in client.guilds[0].channels])

    assert len(fake.gateway.resumed) == 1
    assert len(fake.gateway.identified) == 1


@pytest.mark.parametrize("how", ["invalidate", "restart"])
async def test_session_lost(fake: FakeDiscord, how: str) -> None:
    """A client whose session is gone begins another and learns everything anew; the old one is over."""
    (guild,) = fake.world.guilds.values()
    async with connected(fake) as client:
        old = client.ws.session_id
        if how == "invalidate":
            fake.gateway.invalidate()
        else:
            fake.gateway.restart()
        await fake.gateway.disconnected()
        fake.world.add_channel(guild, "meanwhile")
        await until(lambda: len(fake.gateway.identified) == 2)
        await until(lambda: client.guilds and client.guilds[0].get_channel(max(guild.channels)))
    async with spoken_to(fake) as socket:
        await socket.receive()
        await socket.send_json({"op": 6, "d": {"token": fake.token, "session_id": old, "seq": 1}})
        assert await socket.receive_json() == {"op": 9, "d": False}
    assert fake.gateway.resumed == []


async def test_heartbeats(fake: FakeDiscord) -> None:
    """The client's heart beats at the rate that the gateway asks for."""
    fake.gateway.heartbeat_interval = 0.05
    async with connected(fake) as client:
        await until(lambda: fake.gateway.heartbeats >= 3)
        assert client.latency < 1


async def test_deaf(fake: FakeDiscord) -> None:
    """A deaf gateway counts heartbeats and acknowledges none until it hears again."""
    async with spoken_to(fake) as socket:
        await socket.receive()
        fake.gateway.deaf()
        await socket.send_json({"op": 1, "d": None})
        await until(lambda: fake.gateway.heartbeats == 1)
        fake.gateway.deaf(is_deaf=False)
        await socket.send_json({"op": 1, "d": None})
        assert await socket.receive_json() == {"op": 11}
        await until(lambda: fake.gateway.heartbeats == 2)


async def test_wrong_token_at_the_gateway(fake: FakeDiscord) -> None:
    """A wrong token and privileged intents close the connection with their codes."""
    async with spoken_to(fake) as socket:
        await socket.receive()
        await socket.send_json({"op": 2, "d": _identify("wrong")})
        assert (await socket.receive()).data == 4004
    async with spoken_to(fake) as socket:
        await socket.receive()
        await socket.send_json({"op": 2, "d": _identify(fake.token) | {"intents": 1 << 15}})
        assert (await socket.receive()).data == 4014


async def test_malformed_dispatch_ends_the_client(fake: FakeDiscord) -> None:
    """discord.py ends on one malformed event: what is sent raw arrives raw."""
    client = Bare()
    with pointed_at(fake):
        running = asyncio.create_task(client.start(fake.token))
        await fake.gateway.connected()
        fake.gateway.raw(json.dumps({"op": 0, "t": "CHANNEL_DELETE", "s": 9, "d": {}}))
        with pytest.raises(KeyError):
            await running
        await client.close()


async def test_refused_handshake(fake: FakeDiscord) -> None:
    """A gateway that refuses at first takes the next handshake."""
    fake.gateway.refuse(1)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(fake.world.gateway_address)
    async with connected(fake):
        pass


async def test_compression(fake: FakeDiscord) -> None:
    """Each compression, and none, carries the same messages, over one context for the connection."""
    inflate, unzstd = zlib.decompressobj(), zstd.ZstdDecompressor()
    readers: dict[str, Callable[[Any], Any]] = {
        "": lambda data: data,
        "zlib-stream": inflate.decompress,
        "zstd-stream": unzstd.decompress,
    }
    for compression, read in readers.items():
        async with spoken_to(fake, compression) as socket:
            hello = json.loads(read((await socket.receive()).data))
            assert hello["op"] == 10
            await socket.send_json({"op": 2, "d": _identify(fake.token)})
            ready = json.loads(read((await socket.receive()).data))
            created = json.loads(read((await socket.receive()).data))
            assert (ready["t"], created["t"], created["s"]) == ("READY", "GUILD_CREATE", 2)


async def test_shards() -> None:
    """With two shards each hears of its own servers only."""
    async with FakeDiscord(shards=2) as fake:
        for name in ("a", "b", "c"):
            fake.world.add_guild(name)
            await asyncio.sleep(0.002)  # the ids, and so the shards, come from the clock
        for shard in (0, 1):
            async with spoken_to(fake) as socket:
                await socket.receive()
                await socket.send_json({"op": 2, "d": _identify(fake.token) | {"shard": [shard, 2]}})
                ready = (await socket.receive_json())["d"]
                ours = {str(key) for key in fake.world.guilds if (key >> 22) % 2 == shard}
                assert {one["id"] for one in ready["guilds"]} == ours
                assert ready["shard"] == [shard, 2]


async def test_sharded_client() -> None:
    """An AutoShardedClient starts as many shards as the gateway recommends."""

    class Sharded(discord.AutoShardedClient):
        async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
            """Begin at once."""

    async with FakeDiscord(shards=2) as fake:
        fake.world.add_guild("Newsroom")
        client = Sharded(intents=discord.Intents(guilds=True), guild_ready_timeout=0.01)
        with pointed_at(fake):
            running = asyncio.create_task(client.start(fake.token))
            await fake.gateway.connected(2)
            await until(client.is_ready)
            assert [one.name for one in client.guilds] == ["Newsroom"]
            await client.close()
            await asyncio.wait([running])
        assert sorted(one.shard for one in fake.gateway.identified) == [(0, 2), (1, 2)]


@asynccontextmanager
async def spoken_to(
    fake: FakeDiscord, compression: str = ""
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare WebSocket to the gateway."""
    query = f"?v=10&encoding=json&compress={compression}" if compression else "?v=10&encoding=json"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(fake.world.gateway_address + query) as socket,
    ):
        yield socket


def _identify(token: str) -> dict[str, Any]:
    return {"token": token, "intents": 1, "properties": {}}
