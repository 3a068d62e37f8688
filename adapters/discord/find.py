"""Messages in doubt: is the one that was sent there?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import discord

from adapters.discord.cards import draw
from adapters.discord.directs import Directs
from adapters.discord.drawn import Drawn
from adapters.discord.plainer import plainer
from adapters.discord.rights import READ_HISTORY, Rights
from adapters.discord.rooms import Rooms
from adapters.discord.threads import Threads
from bot.adapter import Found, Sighting, Ticket
from bot.models import Card, Message, Target, TargetKind

NONCE_HOLDS = timedelta(minutes=2)
"""Discord keeps nonces “for a few minutes”: within two a second post gives back the first message."""
SLACK = timedelta(minutes=5)
"""How far this machine's clock may be ahead of Discord's, by which messages are dated."""
LOOKED_THROUGH = 500
"""Messages since the first try; where there are more, nobody knows."""


class Finder:
    """Looks for a message of ours among a channel's recent ones."""

    def __init__(
        self,
        client: discord.Client,
        rooms: Rooms,
        rights: Rights,
        directs: Directs,
        threads: Threads,
        *,
        clock: Callable[[], datetime] = discord.utils.utcnow,
    ) -> None:
        self._client = client
        self._rooms = rooms
        self._rights = rights
        self._directs = directs
        self._threads = threads
        self._clock = clock

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Say whether a message arrived: by its nonce or its looks, among those since the first try."""
        drawn = draw(message, direct=target.kind is TargetKind.PERSON)
        # A first try in the future: the clock was set back, and nobody knows how long ago it was.
        is_fresh = timedelta() <= self._clock() - ticket.first_tried < NONCE_HOLDS
        if target.kind is TargetKind.PERSON:
            if is_fresh:
                return Sighting.ABSENT
            channel, _ = await self._directs.channel(int(target.id))
            return await self._among(channel, drawn, ticket)
        room = await self._rooms.channel(target)
        if is_fresh and room is not None and not isinstance(room, discord.ForumChannel):
            return Sighting.ABSENT
        # Without that right Discord shows an empty channel, which says nothing.
        if room is None or READ_HISTORY in await self._rights.missing(target, look_back=True):
            return Sighting.UNKNOWN
        if isinstance(room, discord.ForumChannel):
            return await self._among_posts(room, drawn, ticket)
        found: Found | Sighting = Sighting.ABSENT
        if isinstance(message, Card) and message.look.thread and isinstance(room, discord.TextChannel):
            found = await self._in_thread(room, message.source, drawn, ticket)
        return await self._among(room.id, drawn, ticket) if found is Sighting.ABSENT else found

    async def _in_thread(
        self, room: discord.TextChannel, source: str, drawn: Drawn, ticket: Ticket
    ) -> Found | Sighting:
        """Look in the thread that a feed has; the card may stand in the channel all the same."""
        thread = await self._threads.known(room, source)
        if thread is None:
            return Sighting.ABSENT
        try:
            found = await self._among(thread, drawn, ticket)
        except discord.NotFound:
            return Sighting.ABSENT
        if isinstance(found, Found):
            await self._threads.holds(thread, int(found.message_id))
        return found

    async def _among(self, channel: int, drawn: Drawn, ticket: Ticket) -> Found | Sighting:
        place = self._client.get_partial_messageable(channel)
        since = self._since(ticket)
        after = None if since is None else discord.Object(discord.utils.time_snowflake(since))
        seen = 0
        async for message in place.history(limit=LOOKED_THROUGH, after=after, oldest_first=after is not None):
            seen += 1
            if self._is_ours(message, drawn, ticket):
                return Found(str(message.id))
        return Sighting.UNKNOWN if seen >= LOOKED_THROUGH else Sighting.ABSENT

    async def _among_posts(
        self, forum: discord.ForumChannel, drawn: Drawn, ticket: Ticket
    ) -> Found | Sighting:
        """Look among a forum's active threads: its posts take no nonce."""
        async for thread in self._posts(forum, since=self._since(ticket)):
            try:
                message = await self._client.get_partial_messageable(thread).fetch_message(thread)
            except discord.NotFound:  # its first message was deleted, and the thread left
                continue
            if self._is_ours(message, drawn, ticket):
                return Found(str(message.id))
        return Sighting.ABSENT

    async def _posts(self, forum: discord.ForumChannel, *, since: datetime | None) -> AsyncIterator[int]:
        data = await self._client.http.get_active_threads(forum.guild.id)
        for thread in data["threads"]:
            thread_id = int(thread["id"])
            is_recent = since is None or discord.utils.snowflake_time(thread_id) >= since
            if str(thread["parent_id"]) == str(forum.id) and is_recent:
                yield thread_id

    def _since(self, ticket: Ticket) -> datetime | None:
        """Say which messages may be ours: those sent since then; None: the newest, whenever that was."""
        return None if ticket.first_tried > self._clock() else ticket.first_tried - SLACK

    def _is_ours(self, message: discord.Message, drawn: Drawn, ticket: Ticket) -> bool:
        if self._client.user is None or message.author.id != self._client.user.id:
            return False
        return message.nonce == ticket.key or _looks(message) in _shapes(drawn)


def _shapes(drawn: Drawn) -> set[tuple[str, ...]]:
    """The looks that a message may have come in: as drawn, or plainer after a refusal."""
    shapes = set()
    shape: Drawn | None = drawn
    while shape is not None:
        shapes.add(_look(shape.content, shape.sendable()))
        shape = plainer(shape)
    return shapes


def _looks(message: discord.Message) -> tuple[str, ...]:
    # What Discord unfurled from a link of ours is no embed of ours.
    return _look(message.content, [embed for embed in message.embeds if embed.type == "rich"])


def _look(content: str, embeds: list[discord.Embed]) -> tuple[str, ...]:
    parts = [content, *(part or "" for embed in embeds for part in (embed.title, embed.url))]
    if not any(embed.url for embed in embeds):
        parts += [embed.description or "" for embed in embeds]
    return tuple(" ".join(part.split()) for part in parts)
