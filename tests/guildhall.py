"""A server of the fake Discord with one person in it, and the adapter's rooms and rights looking at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import discord

from adapters.discord import client as clients
from adapters.discord.rights import Rights
from adapters.discord.rooms import Rooms
from adapters.pace import Pace
from bot.prose import Named, Prose, plain
from tests.loopback.discord import Channel, FakeDiscord, Guild, Kind, Member, Permission, User
from tests.newsdesk import person, place, settings


@dataclass(slots=True)
class Ticking:
    """A clock that stands still until it is told otherwise."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Say how many seconds it counts."""
        return self.seconds


@dataclass(slots=True)
class Hall:
    """A fake Discord with a server in it, a client logged in over REST, and our rooms on it."""

    fake: FakeDiscord
    client: discord.Client
    gateways: list[discord.Client] = field(default_factory=list)
    clock: Ticking = field(default_factory=Ticking)
    guild: Guild = field(init=False)
    maria: Member = field(init=False)
    rooms: Rooms = field(init=False)
    rights: Rights = field(init=False)

    def __post_init__(self) -> None:
        world = self.fake.world
        self.guild = world.add_guild("Newsroom")
        self.maria = world.add_member(self.guild, world.add_user("maria"))
        self.rooms = Rooms(self.client, lambda: next(iter(self.gateways), None), clock=self.clock)
        self.rights = Rights(self.rooms)

    def channel(self, name: str = "news", kind: Kind = Kind.TEXT, *, hidden: bool = False) -> Channel:
        """Make a channel; a hidden one is for nobody but admins."""
        channel = self.fake.world.add_channel(self.guild, name, kind)
        if hidden:
            self.fake.world.overwrite(channel, self.guild.everyone, deny=Permission.VIEW_CHANNEL)
        return channel

    async def seen(self, *channels: Channel, by: User | Channel | None = None) -> list[str]:
        """Name the channels that someone sees."""
        by = by or self.maria.user
        who = place(by) if isinstance(by, Channel) else person(by)
        found = set(await self.rights.sees(who, [place(channel) for channel in channels]))
        return [channel.name for channel in channels if place(channel) in found]

    async def forbidden(self, channel: Channel, by: User | None = None) -> str:
        """Read why someone may not change feeds in a channel."""
        return written(await self.rights.forbids(person(by or self.maria.user), place(channel)))

    async def obstacle(self, channel: Channel) -> str:
        """Read why the bot cannot post in a channel."""
        return written(await self.rights.cannot_post(place(channel)))


def written(said: Prose | None) -> str:
    """Read a sentence, a channel's name being “#it”."""
    return plain(tuple("#it" if isinstance(piece, Named) else piece for piece in said or ()))


@asynccontextmanager
async def opened() -> AsyncIterator[Hall]:
    """Log in over REST."""
    async with FakeDiscord() as fake:
        undo = clients.point_at(fake.address)
        client = clients.made(Pace(1_000))
        try:
            await client.login(fake.token)
            yield Hall(fake, client)
        finally:
            await client.close()
            undo()


@asynccontextmanager
async def connected(hall: Hall) -> AsyncIterator[discord.Client]:
    """Hold a gateway open."""
    clients_made: asyncio.Queue[discord.Client] = asyncio.Queue()
    gateway = clients.Gateway(settings(hall.fake), Pace(1_000), clients_made.put_nowait, ready_within=0.1)
    life = asyncio.create_task(gateway.run())
    try:
        async with asyncio.timeout(10):
            client = await clients_made.get()
            await client.wait_until_ready()
        hall.gateways.append(client)
        yield client
    finally:
        hall.gateways.clear()
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
