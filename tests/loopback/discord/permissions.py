"""Who may do what, by the algorithm of Discord's documentation (topics/permissions, topics/threads)."""

from __future__ import annotations

from enum import IntFlag

from tests.loopback.discord.nouns import Channel, Kind, Member


class Permission(IntFlag):
    """The rights that matter to a bot that posts."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYTHING = (1 << 53) - 1

INVITED = Permission(274877991936)
"""View Channel, Send Messages, Embed Links, Read Message History, Send Messages in Threads."""

EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What everybody may in a new guild, as far as it matters."""


def rights(member: Member, channel: Channel | None = None) -> int:
    """Compute what a member may in a channel, or in the guild as a whole."""
    guild = member.guild
    if guild.owner is member.user:
        return EVERYTHING
    base = int(guild.everyone.permissions)
    for role in member.roles:
        base |= role.permissions
    if base & Permission.ADMINISTRATOR:
        return EVERYTHING
    if channel is None:
        return base
    place = channel.parent if channel.is_thread and channel.parent else channel
    return _implied(_overwritten(base, member, place), member, channel)


def _overwritten(base: int, member: Member, channel: Channel) -> int:
    """Apply a channel's overwrites: everyone's, then those of all roles together, then the member's own."""
    overwrites = channel.overwrites
    role_ids = {role.id for role in member.roles}
    for ids in ({member.guild.id}, role_ids, {member.user.id}):
        found = [overwrites[one] for one in ids if one in overwrites]
        deny = allow = 0
        for one in found:
            deny |= one.deny
            allow |= one.allow
        base = base & ~deny | allow
    return base


def _implied(held: int, member: Member, channel: Channel) -> int:
    """Take away what comes to nothing: without a sight of the channel all, without sending what needs it."""
    if not held & Permission.VIEW_CHANNEL:
        return 0
    is_stranger = channel.kind is Kind.PRIVATE_THREAD and member.user.id not in channel.members
    if is_stranger and not held & Permission.MANAGE_THREADS:
        return 0
    sends = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    if not held & sends:
        held &= ~(Permission.EMBED_LINKS | Permission.ATTACH_FILES | Permission.MENTION_EVERYONE)
    return held
