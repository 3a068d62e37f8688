"""The nouns of the fake Discord: guilds, roles, channels, people, messages."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

Json = dict[str, Any]
EPHEMERAL = 1 << 6
LOADING = 1 << 7
CROSSPOSTED = 1 << 0
EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015, from which Discord counts its ids."""


class Kind(IntEnum):
    """A channel's type, by Discord's numbers."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    DIRECTORY = 14
    FORUM = 15
    MEDIA = 16


THREADS = frozenset({Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD})
FORUMS = frozenset({Kind.FORUM, Kind.MEDIA})
TEXTLESS = frozenset({Kind.CATEGORY, Kind.DIRECTORY})


@dataclass(eq=False, slots=True)
class User:
    """A person, or the bot."""

    id: int
    name: str
    bot: bool = False
    closed: bool = False
    """Takes no direct messages."""
    installed: bool = False
    """Has the app on the account."""


@dataclass(eq=False, slots=True)
class Role:
    """A role; the one of everyone has the guild's id."""

    id: int
    name: str
    permissions: int
    position: int = 0
    managed: bool = False


@dataclass(eq=False, slots=True)
class Member:
    """A person in a guild; ``roles`` without the one of everyone."""

    user: User
    guild: Guild
    joined: datetime
    roles: list[Role] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel grants or takes away; ``kind`` is 0 for a role, 1 for a member."""

    kind: int
    allow: int
    deny: int


@dataclass(eq=False, slots=True)
class Guild:
    """A server."""

    id: int
    name: str
    everyone: Role
    owner: User
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    """Threads too."""
    me: Member | None = None
    """The bot; None where it is not a member."""
    bot_role: Role | None = None
    unavailable: bool = False


@dataclass(eq=False, slots=True)
class Channel:
    """A channel, a thread, or what the bot and one person share."""

    id: int
    kind: Kind
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    """The category, or the channel that a thread hangs on."""
    recipient: User | None = None
    position: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    needs_tag: bool = False
    applied_tags: list[int] = field(default_factory=list)
    owner: User | None = None
    members: set[int] = field(default_factory=set)
    archived: bool = False
    locked: bool = False
    archived_at: datetime | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    """In the order in which they came; ephemeral ones too."""

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread or a forum's post."""
        return self.kind in THREADS


@dataclass(eq=False, slots=True)
class Message:
    """A message; ``viewer`` is the only person who sees an ephemeral one."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """What the attachments hold, by name."""
    flags: int = 0
    nonce: str | None = None
    edited: datetime | None = None
    viewer: User | None = None
    interaction: Json | None = None
    thread: Channel | None = None

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.viewer is not None

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons, as they stand."""
        return [part["label"] for part in self.parts() if part.get("label")]

    def parts(self) -> Iterable[Json]:
        """List its buttons and menus."""
        return (part for row in self.components for part in row.get("components", ()))


class Ids:
    """Gives out Discord's ids: the time in milliseconds, then a number that only grows."""

    def __init__(self) -> None:
        self._counter = itertools.count()

    def next(self, now: datetime) -> int:
        """Give an id for something made now; two of one millisecond stand in the order of their making."""
        milliseconds = int(now.timestamp() * 1000) - EPOCH_MS
        return (milliseconds << 22) + next(self._counter)


def made_at(snowflake: int) -> datetime:
    """Read from an id when it was made."""
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC)
