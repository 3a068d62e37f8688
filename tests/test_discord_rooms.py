"""Servers, channels and members are looked up seldom, and never from a cache that has gone stale."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import discord
import pytest

from adapters.memory import KEPT, MOST, Memory
from bot.models import Target
from tests.guildhall import Hall, Ticking, connected
from tests.loopback.discord import Permission, Refusal, Status, payloads
from tests.newsdesk import person, place


async def test_many_questions_cost_few_requests(hall: Hall) -> None:
    """A server, its channels and a person are fetched once for all who ask, and again after five minutes."""
    channels = [hall.channel(f"news-{number}") for number in range(30)]
    before = len(hall.fake.requests)
    await asyncio.gather(*(hall.seen(*channels) for _ in range(5)))
    assert len(hall.fake.requests) - before == 3
    hall.clock.seconds += KEPT - 1
    await hall.seen(*channels)
    assert len(hall.fake.requests) - before == 3
    hall.clock.seconds += 1
    await hall.seen(*channels)
    assert len(hall.fake.requests) - before == 6


@pytest.mark.parametrize("how", [Status(503), Refusal(403, 0, "blocked by the edge")])
async def test_an_outage_is_no_answer(hall: Hall, how: Status | Refusal) -> None:
    """Where Discord or its edge fails, the question fails too, and is asked anew."""
    news = hall.channel()
    hall.fake.fail("GET", "/guilds/*", how)
    with pytest.raises(discord.HTTPException):
        await hall.seen(news)
    assert await hall.seen(news) == ["news"]


async def test_a_target_without_a_server_finds_its_own(hall: Hall) -> None:
    """A channel named by its number alone, as an operator may type it, is found in whichever server it is."""
    news = hall.channel()
    bare = Target("discord", str(news.id))
    assert await hall.rights.cannot_post(bare) is None
    known = hall.rooms.known(bare)
    assert known is not None
    assert known.name == "news"
    assert await hall.rights.forbids(person(hall.maria.user), bare) is not None
    assert await hall.rooms.channel(Target("discord", str(2**63))) is None


async def test_a_live_gateway_answers_without_requests(hall: Hall) -> None:
    """While events keep the cache fresh, a channel costs nothing, and a change of it counts at once."""
    world, news = hall.fake.world, hall.channel()
    thread = world.add_thread(news, "thread")
    async with connected(hall) as gateway:
        before = len(hall.fake.requests)
        assert await hall.obstacle(news) == ""
        assert await hall.obstacle(thread) == ""
        assert await hall.rights.cannot_post(Target("discord", str(news.id))) is None
        assert hall.guild.bot_role is not None
        changed = asyncio.ensure_future(gateway.wait_for("guild_channel_update"))
        await asyncio.sleep(0)
        world.overwrite(news, hall.guild.bot_role, deny=Permission.SEND_MESSAGES)
        await asyncio.wait_for(changed, 10)
        assert await hall.rights.missing(place(news)) == ["Send Messages"]
        assert len(hall.fake.requests) == before


async def test_a_cut_gateway_is_not_believed(hall: Hall) -> None:
    """What changes while the gateway is away counts all the same, since REST is asked."""
    world, news = hall.fake.world, hall.channel()
    async with connected(hall) as gateway:
        cut = asyncio.ensure_future(gateway.wait_for("disconnect"))
        await asyncio.sleep(0)
        hall.fake.gateway.refuse(100)
        hall.fake.gateway.drop()
        await asyncio.wait_for(cut, 10)
        assert hall.guild.bot_role is not None
        world.overwrite(news, hall.guild.bot_role, deny=Permission.SEND_MESSAGES)
        assert await hall.rights.missing(place(news)) == ["Send Messages"]


async def test_a_server_in_an_outage_is_asked_for(hall: Hall) -> None:
    """Of a server that Discord calls unavailable the cache holds what was; REST says what is, or fails."""
    news = hall.channel()
    async with connected(hall) as gateway:
        out = asyncio.ensure_future(gateway.wait_for("guild_unavailable"))
        await asyncio.sleep(0)
        hall.fake.world.outage(hall.guild)
        await asyncio.wait_for(out, 10)
        hall.fake.fail("GET", "/guilds/*", Status(503))
        with pytest.raises(discord.DiscordServerError):
            await hall.seen(news)


async def test_an_interaction_brings_the_latest_member(hall: Hall) -> None:
    """A member met in an interaction counts at once, without a request and before what is under way."""
    world, news = hall.fake.world, hall.channel()
    assert await hall.forbidden(news) != ""
    world.give(hall.maria, world.add_role(hall.guild, "managers", Permission.MANAGE_CHANNELS))
    hall.clock.seconds += KEPT
    guild = await hall.rooms.guild(hall.guild.id)
    assert guild is not None
    asked = asyncio.ensure_future(hall.rooms.member(guild.id, hall.maria.user.id))
    await asyncio.sleep(0)
    data = payloads.member(hall.maria)
    met = discord.Member(data=data, guild=guild, state=hall.client._connection)  # type: ignore[arg-type] # plain JSON
    hall.rooms.met(met)
    await asked
    assert await hall.rooms.member(guild.id, hall.maria.user.id) is met
    assert await hall.forbidden(news) == ""


async def test_memory_survives_an_asker_who_gives_up() -> None:
    """Who is cancelled takes no answer away from the others, and an error is not remembered."""
    asked, release = [], asyncio.Event()

    async def ask(key: int) -> int:
        asked.append(key)
        await release.wait()
        if len(asked) == 1:
            raise OSError("no answer")
        return 2 * key

    memory: Memory[int, int] = Memory(ask, Ticking())
    first, second = asyncio.ensure_future(memory.get(4)), asyncio.ensure_future(memory.get(4))
    await asyncio.sleep(0)
    first.cancel()
    release.set()
    with pytest.raises(OSError, match="no answer"):
        await second
    assert await memory.get(4) == 8
    assert await memory.get(4) == 8
    assert asked == [4, 4]


async def test_a_question_is_nobodys_own() -> None:
    """What is asked for many is asked outside of the request that happened to come first."""
    whose: ContextVar[str] = ContextVar("whose", default="nobody's")

    async def ask(key: int) -> str:
        del key
        return whose.get()

    whose.set("mine")
    assert await Memory(ask, Ticking()).get(1) == "nobody's"


async def test_memory_is_bounded_and_forgets() -> None:
    """It holds so many answers at most, the latest, and none for longer than it counts."""
    clock = Ticking()

    async def ask(key: int) -> int:
        return key

    memory: Memory[int, int] = Memory(ask, clock)
    for key in range(MOST + 5):
        memory.put(key, key)
    assert memory.peek(4) is None
    assert memory.peek(5) == 5
    clock.seconds += KEPT
    memory.put(-1, -1)
    assert memory.peek(MOST) is None
