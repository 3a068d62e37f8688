"""Channels, their members, and people, as Slack tells of them; kept a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from adapters.memory import KEPT, MOST, Memory
from adapters.slack.web import Answer, Failure, Refused, Web
from bot.models import Target
from bot.text import clean

JUST_NOW = 5.0
"""Seconds for which an earlier answer counts where feeds are to be changed."""
AT_ONCE = 3
"""Requests under way at the same time; Slack allows these methods 50 to 100 a minute."""
PAGE = 999
PAGES_MOST = 20
"""The members of a larger channel are not listed: that would take a minute's worth of requests."""

ABSENT = frozenset({"channel_not_found", "user_not_found", "user_not_visible", "users_not_found"})
"""Slack's word that there is nothing, or nothing for us."""
HIDDEN = "missing_scope"
"""Slack's word that there is something, for an app that may do more."""
KINDS = {"public_channel": "channels:read", "private_channel": "groups:read"}
"""Kinds of channels, and the scope that shows them."""
UNCOUNTABLE = frozenset({HIDDEN, "fetch_members_failed"})
"""Slack's word that it does not tell who is in a channel, though there may be one."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that the bot can know of: a public one, or a private one that it is in."""

    id: str
    name: str
    is_private: bool = False
    is_member: bool = False
    """Whether the bot is in it."""
    is_archived: bool = False
    is_shared: bool = False
    """Whether people of other companies read it (Slack Connect)."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account of somebody, or of something."""

    id: str
    timezone: str | None = None
    """An IANA name, from the profile."""
    is_guest: bool = False
    is_stranger: bool = False
    """Of another company, met in a shared channel."""
    is_nobody: bool = False
    """A bot, or an account that was closed."""
    teams: frozenset[str] = frozenset()
    """The workspaces that they belong to."""
    name: str = ""
    """What others call them; never written down."""


K = TypeVar("K")
T = TypeVar("T")


class _Lack(Enum):
    """Why there is no channel to be seen."""

    ABSENT = "absent"
    HIDDEN = "hidden"


async def _at_once() -> None:
    """Let each request go when it comes."""


class Rooms:
    """Finds channels and people. None means gone or closed to us; an outage raises a kind of Failure.

    ``turn`` is awaited before each request; ``clock`` counts seconds.
    """

    def __init__(
        self,
        web: Web,
        *,
        turn: Callable[[], Awaitable[None]] = _at_once,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._web = web
        self._turn = turn
        self._clock = clock
        self._requests = asyncio.Semaphore(AT_ONCE)
        self._channels: Memory[str, Channel | _Lack] = Memory(self._fetch_channel, clock)
        self._members: Memory[str, frozenset[str] | None] = Memory(self._fetch_members, clock)
        self._people: Memory[str, Person | None] = Memory(self._fetch_person, clock)
        self._met: dict[tuple[str, str], float] = {}
        self._seen: dict[str, Channel] = {}
        """By id, for their names; kept longer than answers count."""

    async def channel(self, channel_id: str) -> Channel | None:
        """Find a channel; None where it is gone, the bot may not know of it, or a scope is missing."""
        found = await self._channels.get(channel_id)
        return found if isinstance(found, Channel) else None

    async def learn(self) -> None:
        """Look up all channels that the bot is in, in a few requests instead of one for each."""
        kinds = [kind for kind, scope in KINDS.items() if self._web.has(scope)]
        if not kinds:
            return
        async with self._requests:
            await self._turn()
            listed = self._web.pages("users.conversations", types=",".join(kinds), limit=PAGE)
            async for page in listed:
                for data in page.get("channels") or ():
                    # Slack leaves is_member out here: whatever is listed has the bot in it.
                    self._learn(_channel(str(data.get("id")), {**data, "is_member": True}))

    def _learn(self, channel: Channel) -> None:
        self._channels.put(channel.id, channel)
        _put(self._seen, channel.id, channel)

    async def is_hidden(self, channel_id: str) -> bool:
        """Say whether a channel is there, but only a scope that is missing would show it."""
        return await self._channels.get(channel_id) is _Lack.HIDDEN

    async def members(self, channel_id: str, *, within: float = KEPT) -> frozenset[str] | None:
        """Name the people in a channel; None where it cannot be told, as in one of very many members.

        ``within`` are the seconds for which an earlier answer counts.
        """
        return await self._members.get(channel_id, within=within)

    async def person(self, person_id: str, *, within: float = KEPT) -> Person | None:
        """Find a person; None where there is none, or ``users:read`` is missing."""
        return await self._people.get(person_id, within=within)

    async def called(self, person_id: str) -> str | None:
        """Say what a person is called by others; None where that cannot be told."""
        try:
            known = await self.person(person_id)
        except Failure:
            return None
        return known.name or None if known is not None else None

    def met(self, person_id: str, channel_id: str) -> None:
        """Remember that a person is in a channel: they typed a command there, or came in just now."""
        _put(self._met, (person_id, channel_id), self._clock())

    def has_met(self, person_id: str, channel_id: str, *, within: float = KEPT) -> bool:
        """Say whether a person was met in a channel within so many seconds."""
        at = self._met.get((person_id, channel_id))
        return at is not None and self._clock() - at < within

    def left(self, person_id: str, channel_id: str) -> None:
        """Remember that a person is in a channel no more."""
        self._met.pop((person_id, channel_id), None)
        self._members.forget(channel_id)

    def named(self, name: str) -> str | None:
        """Find a channel's id by its name, among those public ones that were seen."""
        wanted, seen = name.casefold(), reversed(self._seen.values())
        return next((one.id for one in seen if not one.is_private and one.name.casefold() == wanted), None)

    def known(self, target: Target) -> Channel | None:
        """Find a channel in memory alone, for its name; it may have been renamed since."""
        return self._seen.get(target.id)

    def changed(self, channel_id: str) -> None:
        """Forget what an event has made stale: the next question goes to Slack."""
        self._channels.forget(channel_id)
        self._members.forget(channel_id)

    async def _asked(self, method: str, **arguments: object) -> Answer:
        async with self._requests:
            await self._turn()
            return await self._web.read(method, **arguments)

    async def _fetch_channel(self, channel_id: str) -> Channel | _Lack:
        try:
            answer = await self._asked("conversations.info", channel=channel_id)
        except Refused as error:
            if error.error == HIDDEN:
                return _Lack.HIDDEN
            if error.error in ABSENT:
                return _Lack.ABSENT
            raise
        channel = _channel(channel_id, answer.get("channel") or {})
        _put(self._seen, channel_id, channel)
        return channel

    async def _fetch_members(self, channel_id: str) -> frozenset[str] | None:
        members, pages = set[str](), 0
        async with self._requests:
            await self._turn()
            try:
                async for page in self._web.pages("conversations.members", channel=channel_id, limit=PAGE):
                    if pages == PAGES_MOST:
                        return None
                    members.update(page.get("members") or ())
                    pages += 1
            except Refused as error:
                if error.error in ABSENT:
                    return frozenset()
                if error.error in UNCOUNTABLE:
                    return None
                raise
        return frozenset(members)

    async def _fetch_person(self, person_id: str) -> Person | None:
        try:
            answer = await self._asked("users.info", user=person_id)
        except Refused as error:
            if error.error == HIDDEN or error.error in ABSENT:
                return None
            raise
        return _person(person_id, answer.get("user") or {})


def _channel(channel_id: str, data: Answer) -> Channel:
    return Channel(
        channel_id,
        str(data.get("name") or channel_id),
        is_private=data.get("is_private") is not False,  # what is not said to be public is not
        is_member=bool(data.get("is_member")),
        is_archived=bool(data.get("is_archived")),
        is_shared=bool(data.get("is_ext_shared")),
    )


def _person(person_id: str, data: Answer) -> Person:
    # On Enterprise Grid people belong to several workspaces, and ``team_id`` names one of them.
    profile = data.get("profile") or {}
    teams = {data.get("team_id"), *((data.get("enterprise_user") or {}).get("teams") or ())}
    return Person(
        person_id,
        data.get("tz") or None,
        is_guest=bool(data.get("is_restricted") or data.get("is_ultra_restricted")),
        is_stranger=bool(data.get("is_stranger")),
        is_nobody=bool(data.get("is_bot") or data.get("deleted")),
        teams=frozenset(team for team in teams if team),
        name=clean(str(profile.get("display_name") or profile.get("real_name") or data.get("name") or "")),
    )


def _put(kept: dict[K, T], key: K, value: T) -> None:
    """Keep the newest ``MOST``."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > MOST:
        del kept[next(iter(kept))]
