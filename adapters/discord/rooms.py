"""Servers, channels, members: from the gateway's cache while it is live, else over REST and kept a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import discord
from discord.abc import GuildChannel

from adapters.discord.failures import (
    INVALID_FORM,
    MISSING_ACCESS,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_USER,
)
from adapters.discord.names import NAME
from adapters.discord.wire import ask
from adapters.memory import KEPT, Memory
from bot.models import Target

JUST_NOW = 5.0
"""Seconds for which a member counts where feeds are to be changed; interactions in the server bring them."""
AT_ONCE = 5
"""Requests under way at the same time."""
UNKNOWN_MEMBER = 10007
ABSENT = frozenset(
    {UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MEMBER, UNKNOWN_USER, MISSING_ACCESS, INVALID_FORM}
)
"""Discord's word that there is nothing, or nothing for us (INVALID_FORM: no id that it ever gave).

A 403 or 404 without one of these numbers comes from a proxy or from Discord's edge: an outage.
"""

Place = GuildChannel | discord.Thread
"""Where messages may stand: a channel of any kind, or a thread."""

T = TypeVar("T")


async def _at_once() -> None:
    """Let each request go when it comes."""


def _nowhere() -> None:
    """Have no gateway, as ``wireroom doctor``."""


@dataclass(frozen=True, slots=True)
class _Server:
    guild: discord.Guild
    channels: dict[int, GuildChannel]


class Rooms:
    """Finds servers, channels and members. None means gone or closed to us; an outage raises.

    ``rest`` is logged in and answers whatever the gateway does; ``gateway`` names the client whose
    cache is kept fresh, if there is one; ``turn`` is awaited before each request; ``clock`` counts
    seconds.
    """

    def __init__(
        self,
        rest: discord.Client,
        gateway: Callable[[], discord.Client | None] = _nowhere,
        *,
        turn: Callable[[], Awaitable[None]] = _at_once,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rest = rest
        self._gateway = gateway
        self._turn = turn
        self._requests = asyncio.Semaphore(AT_ONCE)
        self._servers: Memory[int, _Server | None] = Memory(self._fetch_server, clock)
        self._strays: Memory[tuple[int, int], Place | None] = Memory(self._fetch_stray, clock)
        self._homes: Memory[int, int | None] = Memory(self._fetch_home, clock)
        self._members: Memory[tuple[int, int], discord.Member | None] = Memory(self._fetch_member, clock)
        self._listed: Memory[tuple[int, int, int], bool] = Memory(self._fetch_listed, clock)

    async def guild(self, guild_id: int) -> discord.Guild | None:
        """Find a server that the bot is in."""
        live = self._live(guild_id)
        if live is not None:
            return live
        server = await self._servers.get(guild_id)
        return server.guild if server is not None else None

    async def channel(self, target: Target) -> Place | None:
        """Find a channel or thread in the server that the target names, or in any if it names none."""
        channel_id = int(target.id)
        guild_id = int(target.space) if target.space else await self.home(channel_id)
        if guild_id is None:
            return None
        live = self._live(guild_id)
        found: Place | None
        if live is not None:
            found = live.get_channel_or_thread(channel_id)
        else:
            server = await self._servers.get(guild_id)
            if server is None:
                return None
            found = server.channels.get(channel_id)
        # Archived threads, and channels made a moment ago, stand in no list.
        return found or await self._strays.get((guild_id, channel_id))

    def known(self, target: Target) -> Place | None:
        """Find a channel in memory alone, for its name; it may have been renamed since."""
        channel_id, client = int(target.id), self._gateway()
        guild_id = int(target.space) if target.space else self._homes.peek(channel_id)
        if guild_id is None:
            return None
        cached = client.get_guild(guild_id) if client is not None else None
        server = self._servers.peek(guild_id)
        return (
            (cached.get_channel_or_thread(channel_id) if cached is not None else None)
            or (server.channels.get(channel_id) if server is not None else None)
            or self._strays.peek((guild_id, channel_id))
        )

    async def home(self, channel_id: int) -> int | None:
        """Say in which server a channel is, whatever a target says; None where it is in none."""
        client = self._gateway()
        cached = client.get_channel(channel_id) if client is not None else None
        if isinstance(cached, Place):
            return cached.guild.id
        return await self._homes.get(channel_id)

    async def permitting(self, place: Place) -> GuildChannel | None:
        """Find the channel whose permissions count: a thread's are its parent's."""
        if not isinstance(place, discord.Thread):
            return place
        if place.parent is not None:
            return place.parent
        parent = await self.channel(Target(NAME, str(place.parent_id), str(place.guild.id)))
        return None if isinstance(parent, discord.Thread) else parent

    async def member(self, guild_id: int, user_id: int, *, within: float = KEPT) -> discord.Member | None:
        """Find a member of a server; None where they are none, or the bot is not there.

        ``within`` are the seconds for which an earlier answer counts.
        """
        return await self._members.get((guild_id, user_id), within=within)

    def met(self, member: discord.Member) -> None:
        """Remember a member as an interaction brought them, with the roles they have now."""
        self._members.put((member.guild.id, member.id), member)

    async def me(self, guild_id: int) -> discord.Member | None:
        """Find the bot's own membership of a server."""
        if self.rest.user is None:
            return None
        live = self._live(guild_id)
        mine = live.get_member(self.rest.user.id) if live is not None else None
        return mine or await self.member(guild_id, self.rest.user.id)

    async def is_listed(self, thread: discord.Thread, user_id: int) -> bool:
        """Say whether a person was added to a thread, as a private one demands."""
        return await self._listed.get((thread.guild.id, thread.id, user_id))

    def _live(self, guild_id: int) -> discord.Guild | None:
        """Find a server in the gateway's cache, if events keep it fresh at this moment."""
        client = self._gateway()
        if client is None or not client.is_ready():
            return None
        guild = client.get_guild(guild_id)
        if guild is None or guild.unavailable:
            return None
        if isinstance(client, discord.AutoShardedClient):
            shard = client.get_shard(guild.shard_id)
            return None if shard is None or shard.is_closed() else guild
        return guild if client.ws.open else None

    async def _asked(self, request: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """Make a request; None where there is nothing, or nothing that discord.py knows the kind of."""
        async with self._requests:
            await self._turn()
            try:
                return await ask(request())  # one that hangs would keep its place from all others
            except discord.InvalidData:
                return None
            except discord.HTTPException as error:
                if error.code in ABSENT:
                    return None
                raise

    async def _fetch_server(self, guild_id: int) -> _Server | None:
        """All channels come in one answer, those that the bot cannot see as well."""
        guild = await self._asked(partial(self.rest.fetch_guild, guild_id, with_counts=False))
        if guild is None:
            return None
        channels = await self._asked(guild.fetch_channels)
        return _Server(guild, {channel.id: channel for channel in channels or ()})

    async def _fetch_stray(self, key: tuple[int, int]) -> Place | None:
        guild_id, channel_id = key
        guild = await self.guild(guild_id)
        return None if guild is None else await self._asked(partial(guild.fetch_channel, channel_id))

    async def _fetch_home(self, channel_id: int) -> int | None:
        found = await self._asked(partial(self.rest.fetch_channel, channel_id))
        return found.guild.id if isinstance(found, Place) else None

    async def _fetch_member(self, key: tuple[int, int]) -> discord.Member | None:
        guild_id, user_id = key
        guild = await self.guild(guild_id)
        return None if guild is None else await self._asked(partial(guild.fetch_member, user_id))

    async def _fetch_listed(self, key: tuple[int, int, int]) -> bool:
        guild_id, thread_id, user_id = key
        thread = await self.channel(Target(NAME, str(thread_id), str(guild_id)))
        if not isinstance(thread, discord.Thread):
            return False
        return await self._asked(partial(thread.fetch_member, user_id)) is not None
