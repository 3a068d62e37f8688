"""Who may see what, who may change what, and what the bot itself lacks, as Discord's client names it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence

import discord
from discord.abc import GuildChannel

from adapters.discord.rooms import JUST_NOW, Place, Rooms
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Link, Moment, Named, Prose, listed, prose
from bot.text import clean

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    send_messages_in_threads=True,
    read_message_history=True,
)
"""What the invitation asks for: 274877991936."""

READ_HISTORY = "Read Message History"
"""Without it Discord shows a channel as if it were empty, so that no card in doubt can be looked up."""
FOR_YOURSELF = prose("follow for yourself: ", Code("/follow …"), ".")

_NAMES = {
    "view_channel": "View Channel",
    "connect": "Connect",
    "send_messages": "Send Messages",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
    "read_message_history": READ_HISTORY,
}
"""discord.py's name of a permission → the name in Discord's client, in the client's order."""


def invite(application_id: int, *, person: bool = False) -> str:
    """Write the address under which the bot is added to a server, or to a person's own account."""
    address = f"https://discord.com/oauth2/authorize?client_id={application_id}"
    if person:
        return f"{address}&integration_type=1&scope=applications.commands"
    return f"{address}&scope=bot+applications.commands&permissions={PERMISSIONS.value}"


def lacking(
    place: Place,
    permitting: GuildChannel,
    me: discord.Member,
    *,
    thread: bool = False,
    look_back: bool = False,
) -> list[str]:
    """Name the permissions that posting lacks; ``permitting`` is the channel itself or a thread's parent.

    With ``thread`` each post gets a thread of its own, with ``look_back`` older messages must be read.
    """
    # Not the channel's own permissions_for: where View Channel is missing that denies all the others too,
    # and an admin would look for faults that are none.
    granted = GuildChannel.permissions_for(permitting, me)
    wanted = _wanted(place, thread=thread, look_back=look_back)
    posts = {"send_messages": "Create Posts"} if isinstance(place, discord.ForumChannel) else {}
    names = _NAMES | posts
    return [name for key, name in names.items() if key in wanted and not getattr(granted, key)]


def _wanted(place: Place, *, thread: bool, look_back: bool) -> set[str]:
    wanted = {"view_channel", "embed_links"}
    if isinstance(place, discord.Thread):
        wanted.add("send_messages_in_threads")  # threads ignore Send Messages (Discord, topics/threads)
    else:
        wanted.add("send_messages")
    if isinstance(place, discord.VoiceChannel | discord.StageChannel):
        wanted.add("connect")  # without it the rest is denied (Discord, topics/permissions)
    if thread and isinstance(place, discord.TextChannel):
        wanted |= {"create_public_threads", "send_messages_in_threads"}
    if look_back:
        wanted.add("read_message_history")
    return wanted


def obstacle(target: Target, place: Place, permitting: GuildChannel, me: discord.Member) -> Prose | None:
    """Say what keeps the bot from posting in a place that it has found, and who can cure it."""
    if isinstance(place, discord.CategoryChannel):
        return prose(Named(target), " is a category, which takes no messages. Choose a channel in it.")
    if me.is_timed_out() and me.timed_out_until is not None:
        until = Moment(me.timed_out_until)
        return prose("I'm timed out in that server until ", until, ". A moderator can end it sooner.")
    missing = lacking(place, permitting, me)
    if missing:
        role = place.guild.self_role
        return prose(
            "I can't post in ",
            Named(target),
            ". Missing: ",
            listed([Bold(name) for name in missing]),
            f". A server admin can add {'it' if len(missing) == 1 else 'them'} for the ",
            Bold(clean(role.name if role is not None else me.name)),
            " role in Edit Channel, Permissions.",
        )
    if (
        isinstance(place, discord.Thread)
        and place.locked
        and not permitting.permissions_for(me).manage_threads
    ):
        return prose("I can't post in ", Named(target), " because it is locked. A moderator can unlock it.")
    return None


class Rights:
    """Answers who may what, from what ``Rooms`` knows; an outage of Discord raises."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Say which channels a person can see, or which ones whoever reads a channel can see."""
        if who.kind is TargetKind.CHANNEL:
            looks = [self._readers_see(who, channel) for channel in channels]
            seen = await asyncio.gather(*looks)
            return [channel for channel, is_seen in zip(channels, seen, strict=True) if is_seen]
        by_space: defaultdict[str, list[Target]] = defaultdict(list)
        for channel in channels:
            by_space[channel.space].append(channel)
        found = await asyncio.gather(*(self._person_sees(who, there) for there in by_space.values()))
        return [channel for there in found for channel in there]

    async def _person_sees(self, who: Target, channels: Sequence[Target]) -> list[Target]:
        """Look at the channels of one server, one after the other: most are in memory after the first."""
        return [channel for channel in channels if await self._sees(who, channel)]

    async def _sees(self, who: Target, channel: Target) -> bool:
        if channel.kind is TargetKind.PERSON:
            return channel == who
        place = await self._rooms.channel(channel)
        member = await self._rooms.member(place.guild.id, int(who.id)) if place is not None else None
        return place is not None and member is not None and await self._is_open(place, member)

    async def _is_open(self, place: Place, member: discord.Member) -> bool:
        permitting = await self._rooms.permitting(place)
        if permitting is None:
            return False
        granted = permitting.permissions_for(member)
        if not granted.view_channel:
            return False
        if not (isinstance(place, discord.Thread) and place.is_private()) or granted.manage_threads:
            return True
        return await self._rooms.is_listed(place, member.id)

    async def _readers_see(self, who: Target, channel: Target) -> bool:
        """Whoever reads a channel sees it, and what everybody sees in the same server."""
        if channel == who:
            return True
        if channel.space != who.space or channel.kind is TargetKind.PERSON:
            return False
        place = await self._rooms.channel(channel)
        permitting = await self._rooms.permitting(place) if place is not None else None
        if permitting is None or (isinstance(place, discord.Thread) and place.is_private()):
            return False
        return permitting.permissions_for(permitting.guild.default_role).view_channel

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Say why a person may not change feeds in a channel, and what to do; None when they may."""
        place = await self._rooms.channel(channel)
        if place is None:
            return await self._absent(person, channel)
        member = await self._rooms.member(place.guild.id, int(person.id), within=JUST_NOW)
        if member is None:
            return prose("You're not in that channel's server. Join it first, or ", FOR_YOURSELF)
        if not await self._is_open(place, member):
            return prose("You can't see that channel. Ask a server admin to let you in, or ", FOR_YOURSELF)
        permitting = await self._rooms.permitting(place)
        granted = permitting.permissions_for(member) if permitting is not None else discord.Permissions()
        is_thread = isinstance(place, discord.Thread)
        if granted.manage_channels or (is_thread and granted.manage_threads):
            return None
        need = listed(
            [Bold("Manage Channels"), *([Bold("Manage Threads")] if is_thread else [])], last=" or "
        )
        return prose(
            "You need the ",
            need,
            " permission in ",
            Named(channel),
            " to change feeds there. Ask a server admin, or ",
            FOR_YOURSELF,
        )

    async def _absent(self, person: Target, channel: Target) -> Prose:
        """Another server's channel is called so only to those who are in that server."""
        home = await self._rooms.home(int(channel.id))
        is_elsewhere = home is not None and channel.space not in ("", str(home))
        if home is not None and is_elsewhere and await self._rooms.member(home, int(person.id)):
            return prose("That channel is in another server. Use the command there, or ", FOR_YOURSELF)
        application_id = self._rooms.rest.application_id
        if application_id and channel.space and await self._rooms.guild(int(channel.space)) is None:
            add = Link("add me", invite(application_id))
            return prose("I'm not in that server. A server admin can ", add, ". Or ", FOR_YOURSELF)
        return prose("I can't find that channel. It may be deleted. Name another one, or ", FOR_YOURSELF)

    async def cannot_post(self, target: Target) -> Prose | None:
        """Say why the bot cannot post in a target, and what to do; None when it can, as far as it knows."""
        if target.kind is TargetKind.PERSON:
            return None  # whether messages are closed shows only when one is sent
        standing = await self._standing(target)
        return obstacle(target, *standing) if standing is not None else await self._unreachable(target)

    async def missing(self, target: Target, *, thread: bool = False, look_back: bool = False) -> list[str]:
        """Name what the bot lacks in a channel, as ``lacking`` does; what it cannot find it cannot see."""
        standing = await self._standing(target)
        if standing is None:
            return [_NAMES["view_channel"], *([READ_HISTORY] if look_back else [])]
        return lacking(*standing, thread=thread, look_back=look_back)

    async def _standing(self, target: Target) -> tuple[Place, GuildChannel, discord.Member] | None:
        """Find a place, the channel whose permissions count there, and the bot's membership."""
        place = await self._rooms.channel(target)
        if place is None:
            return None
        permitting = await self._rooms.permitting(place)
        me = await self._rooms.me(place.guild.id)
        return None if permitting is None or me is None else (place, permitting, me)

    async def _unreachable(self, target: Target) -> Prose:
        space = int(target.space) if target.space else await self._rooms.home(int(target.id))
        application_id = self._rooms.rest.application_id
        if space is None or application_id is None or await self._rooms.guild(space) is not None:
            return prose(
                "I can't find that channel. It was deleted, or it is a thread that I'm not allowed to see. "
                "Choose another one, or ask a server admin to let me in."
            )
        return prose(
            "I'm not in that server. A server admin can ", Link("add me", invite(application_id)), "."
        )
