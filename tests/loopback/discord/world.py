"""What there is in the fake Discord and how it changes; every change is announced to the gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tests.loopback.discord import payloads
from tests.loopback.discord.invocation import Invocation
from tests.loopback.discord.nouns import (
    FORUMS,
    Channel,
    Guild,
    Ids,
    Json,
    Kind,
    Member,
    Message,
    Overwrite,
    Role,
    User,
)
from tests.loopback.discord.permissions import EVERYONE, INVITED, Permission, rights

Announce = Callable[[str, Json, Guild | None], None]


class World:
    """All guilds, people and conversations; its methods are what people and admins do."""

    def __init__(self, announce: Announce, now: Callable[[], datetime]) -> None:
        self._announce = announce
        self._ids = Ids()
        self.now = now
        self.guilds: dict[int, Guild] = {}
        self.users: dict[int, User] = {}
        self.dms: dict[int, Channel] = {}
        """By the person's id."""
        self.commands: list[Json] = []
        self.nonces: dict[str, Message] = {}
        self.calls: dict[str, Invocation] = {}
        """By the interaction's token."""
        self.uploads: dict[str, bytes] = {}
        """By the path under which they can be read."""
        self.address = ""
        self.shards = 1
        """How many of them ``/gateway/bot`` recommends."""
        self.session_starts = 1000
        """How often a session may still be started today, as ``/gateway/bot`` says."""
        self.session_reset_ms = 14_400_000
        """After how long they may all be started again."""
        self.me = self.add_user("wireroom")
        self.me.bot = True
        self.owner = self.add_user("operator")
        self.application: Json = {
            "id": str(self.me.id),
            "name": "wireroom",
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "owner": payloads.user(self.owner),
            "team": None,
            "integration_types_config": {"0": {}, "1": {}},
        }

    def id(self) -> int:
        """Give the next id."""
        return self._ids.next(self.now())

    @property
    def gateway_address(self) -> str:
        """Where the gateway listens."""
        return self.address.replace("http", "ws", 1) + "/gateway"

    def upload(self, channel: Channel, name: str, content: bytes) -> Json:
        """Keep a file and describe it as an attachment."""
        key = self.id()
        path = f"/attachments/{channel.id}/{key}/{name}"
        self.uploads[path] = content
        address = self.address + path
        return {
            "id": str(key),
            "filename": name,
            "size": len(content),
            "url": address,
            "proxy_url": address,
            "content_type": "application/octet-stream",
        }

    # People

    def add_user(self, name: str, *guilds: Guild, closed: bool = False) -> User:
        """Make a person, a member of these guilds."""
        user = User(self.id(), name, closed=closed)
        self.users[user.id] = user
        for guild in guilds:
            self.add_member(guild, user)
        return user

    def install(self, user: User) -> None:
        """Add the app to a person's account."""
        user.installed = True

    def dm(self, user: User) -> Channel:
        """Open what the bot and a person share, or take what is open."""
        if user.id not in self.dms:
            self.dms[user.id] = Channel(self.id(), Kind.DM, "", recipient=user)
        return self.dms[user.id]

    def say(self, user: User, channel: Channel, text: str) -> Message:
        """Let a person write something."""
        message = Message(self.id(), channel, user, text)
        channel.messages[message.id] = message
        return message

    # Guilds

    def add_guild(
        self,
        name: str,
        *,
        everyone: int = EVERYONE,
        bot: int = INVITED,
        owner: User | None = None,
        joined: bool = True,
    ) -> Guild:
        """Make a guild, with the bot in it unless ``joined`` is False."""
        key = self.id()
        guild = Guild(key, name, Role(key, "@everyone", everyone), owner or self.owner)
        guild.roles[key] = guild.everyone
        self.guilds[key] = guild
        self.add_member(guild, guild.owner)
        if joined:
            self.invite_bot(guild, bot)
        return guild

    def invite_bot(self, guild: Guild, permissions: int = INVITED) -> None:
        """Take the bot into a guild, with a role of its own."""
        role = Role(self.id(), self.me.name, permissions, len(guild.roles), managed=True)
        guild.roles[role.id] = guild.bot_role = role
        guild.me = Member(self.me, guild, self.now(), [role])
        guild.members[self.me.id] = guild.me
        self._announce("GUILD_CREATE", self.guild_create(guild), guild)

    def remove_bot(self, guild: Guild) -> None:
        """Kick the bot out."""
        assert guild.bot_role is not None
        del guild.members[self.me.id], guild.roles[guild.bot_role.id]
        guild.me = guild.bot_role = None
        self._announce("GUILD_DELETE", {"id": str(guild.id)}, guild)

    def outage(self, guild: Guild) -> None:
        """Make a guild unavailable, as in an outage of Discord's."""
        guild.unavailable = True
        self._announce("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, guild)

    def recover(self, guild: Guild) -> None:
        """End a guild's outage."""
        guild.unavailable = False
        self._announce("GUILD_CREATE", self.guild_create(guild) | {"unavailable": False}, guild)

    def guild_create(self, guild: Guild) -> Json:
        """Write what the gateway says of a guild that is there."""
        assert guild.me is not None
        channels = [channel for channel in guild.channels.values() if not channel.is_thread]
        return payloads.guild(guild) | {
            "joined_at": guild.me.joined.isoformat(),
            "large": False,
            "member_count": len(guild.members),
            "voice_states": [],
            "members": [payloads.member(guild.me)],
            "channels": [payloads.channel(channel) for channel in channels],
            "threads": [payloads.channel(thread) for thread in self.active_threads(guild)],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def active_threads(self, guild: Guild) -> list[Channel]:
        """List the threads that the bot sees and that are not archived."""
        return [
            channel
            for channel in guild.channels.values()
            if channel.is_thread and not channel.archived and self.sees(channel)
        ]

    def sees(self, channel: Channel) -> bool:
        """Whether the bot sees a channel."""
        return bool(self.bot_rights(channel) & Permission.VIEW_CHANNEL)

    def bot_rights(self, channel: Channel) -> int:
        """Compute what the bot may in a channel; 0 where it is not there."""
        if channel.guild is None:
            return EVERYONE
        return 0 if channel.guild.me is None else rights(channel.guild.me, channel)

    # Roles and members

    def add_role(self, guild: Guild, name: str, permissions: int = 0, *members: Member) -> Role:
        """Make a role and give it to members."""
        role = Role(self.id(), name, permissions, len(guild.roles))
        guild.roles[role.id] = role
        self._role("GUILD_ROLE_CREATE", guild, role)
        for member in members:
            self.give(member, role)
        return role

    def set_role(self, guild: Guild, role: Role, permissions: int) -> None:
        """Change what a role may."""
        role.permissions = permissions
        self._role("GUILD_ROLE_UPDATE", guild, role)

    def add_member(self, guild: Guild, user: User, *roles: Role) -> Member:
        """Let a person join."""
        member = guild.members[user.id] = Member(user, guild, self.now(), list(roles))
        return member

    def remove_member(self, guild: Guild, user: User) -> None:
        """Let a person leave."""
        del guild.members[user.id]

    def give(self, member: Member, role: Role) -> None:
        """Give a member a role."""
        member.roles.append(role)
        self._member(member)

    def take(self, member: Member, role: Role) -> None:
        """Take a role from a member."""
        member.roles.remove(role)
        self._member(member)

    # Channels

    def add_channel(
        self,
        guild: Guild,
        name: str,
        kind: Kind = Kind.TEXT,
        *,
        parent: Channel | None = None,
        tags: Sequence[str] = (),
        needs_tag: bool = False,
    ) -> Channel:
        """Make a channel; ``tags`` and ``needs_tag`` are a forum's."""
        channel = Channel(self.id(), kind, name, guild, parent, position=len(guild.channels))
        channel.tags = {self.id(): tag for tag in tags}
        channel.needs_tag = needs_tag
        guild.channels[channel.id] = channel
        self._announce("CHANNEL_CREATE", payloads.channel(channel), guild)
        return channel

    def add_thread(
        self,
        parent: Channel,
        name: str,
        *,
        key: int | None = None,
        owner: User | None = None,
        private: bool = False,
        archived: bool = False,
        locked: bool = False,
        members: Sequence[User] = (),
        tags: Sequence[int] = (),
    ) -> Channel:
        """Make a thread or a forum's post; ``key`` is its id where it hangs on a message."""
        assert parent.guild is not None
        kind = Kind.PRIVATE_THREAD if private else Kind.PUBLIC_THREAD
        if parent.kind is Kind.ANNOUNCEMENT:
            kind = Kind.ANNOUNCEMENT_THREAD
        thread = Channel(key or self.id(), kind, name, parent.guild, parent, owner=owner or self.me)
        thread.members = {member.id for member in members}
        thread.applied_tags = list(tags)
        thread.archived, thread.locked = archived, locked
        parent.guild.channels[thread.id] = thread
        self._thread("THREAD_CREATE", thread)
        return thread

    def archive(self, thread: Channel, *, archived: bool = True, locked: bool | None = None) -> None:
        """Archive a thread or bring it back; ``locked`` as given."""
        thread.archived = archived
        thread.archived_at = self.now()
        thread.locked = thread.locked if locked is None else locked
        self._thread("THREAD_UPDATE", thread)

    def overwrite(
        self, channel: Channel, who: Role | Member | User, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Set what a channel grants to a role or person, or takes away."""
        key = who.user.id if isinstance(who, Member) else who.id
        kind = 0 if isinstance(who, Role) else 1
        channel.overwrites[key] = Overwrite(kind, int(allow), int(deny))
        self._announce("CHANNEL_UPDATE", payloads.channel(channel), channel.guild)

    def rename(self, channel: Channel, name: str) -> None:
        """Give a channel or thread another name."""
        channel.name = name
        if channel.is_thread:
            self._thread("THREAD_UPDATE", channel)
        else:
            self._announce("CHANNEL_UPDATE", payloads.channel(channel), channel.guild)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads, or a thread."""
        assert channel.guild is not None
        threads = [
            each for each in channel.guild.channels.values() if each.parent is channel and each.is_thread
        ]
        for thread in threads:
            del channel.guild.channels[thread.id]
        del channel.guild.channels[channel.id]
        event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        self._announce(event, payloads.channel(channel), channel.guild)

    def forget_nonces(self) -> None:
        """Forget the nonces, as Discord does after some minutes."""
        self.nonces.clear()

    # Look-ups

    def channel(self, key: int) -> Channel | None:
        """Find a channel, thread or direct conversation."""
        for guild in self.guilds.values():
            if key in guild.channels:
                return guild.channels[key]
        return next((dm for dm in self.dms.values() if dm.id == key), None)

    def reaches(self, user: User) -> bool:
        """Whether the bot has a server in common with a person, or is on the person's account."""
        together = any(guild.me and user.id in guild.members for guild in self.guilds.values())
        return user.installed or together

    def is_forum(self, channel: Channel | None) -> bool:
        """Whether posts in a channel are threads."""
        return channel is not None and channel.kind in FORUMS

    def _role(self, event: str, guild: Guild, role: Role) -> None:
        self._announce(event, {"guild_id": str(guild.id), "role": payloads.role(role)}, guild)

    def _member(self, member: Member) -> None:
        """Tell of a change of the bot's own; those of others need an intent that nobody asks for."""
        if member.user is self.me:
            data = payloads.member(member) | {"guild_id": str(member.guild.id)}
            self._announce("GUILD_MEMBER_UPDATE", data, member.guild)

    def _thread(self, event: str, thread: Channel) -> None:
        if self.sees(thread):
            self._announce(event, payloads.channel(thread), thread.guild)


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)
