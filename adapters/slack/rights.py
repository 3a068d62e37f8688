"""Who may see what, who may change what, and what keeps the bot from posting."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Sequence
from typing import Any

import structlog

from adapters.slack.identity import Identity
from adapters.slack.rooms import JUST_NOW, Person, Rooms
from adapters.slack.scopes import ABILITIES, BY_NAME
from adapters.slack.web import Refused, Revoked, Web
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Named, Prose, prose

FOR_YOURSELF = prose("follow for yourself: ", Code("/follow …"), ".")
PAGE_OF_APPS = "https://api.slack.com/apps"

log = structlog.get_logger()


class Rights:
    """Answers who may what, from what ``Rooms`` knows; an outage of Slack raises a kind of Failure."""

    def __init__(self, rooms: Rooms, web: Web, identity: Identity, managers: Collection[str] = ()) -> None:
        """``managers`` are people's ids: those who may change feeds where Slack does not tell who may."""
        self._rooms = rooms
        self._web = web
        self._identity = identity
        self._managers = frozenset(managers)

    @property
    def tells_people(self) -> bool:
        """Whether guests can be told from members."""
        return self._can("timezone")

    def _can(self, ability: str) -> bool:
        return self._web.has(*BY_NAME[ability].scopes)

    def _is_elsewhere(self, target: Target) -> bool:
        return target.space not in ("", self._identity.team)

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Say which channels a person can see, or which ones whoever reads a channel can see."""
        look = self._readers_see if who.kind is TargetKind.CHANNEL else self._sees
        seen = await asyncio.gather(*(self._told(look(who, channel)) for channel in channels))
        return [channel for channel, is_seen in zip(channels, seen, strict=True) if is_seen]

    async def _told(self, look: Coroutine[Any, Any, bool]) -> bool:
        """Take no answer for a no; one channel of which Slack tells nothing says nothing of the others."""
        try:
            return await look
        except Revoked:
            raise
        except Refused as error:
            log.warning("slack.cannot_tell", error=error.error)
            return False

    async def _sees(self, who: Target, channel: Target) -> bool:
        if channel.kind is TargetKind.PERSON:
            return channel == who
        if self._is_elsewhere(channel):
            return False
        is_full = False
        if self.tells_people:
            person = await self._rooms.person(who.id)
            if person is None or not self._is_ours(person):
                return False
            is_full = not person.is_guest
        room = await self._rooms.channel(channel.id)
        if room is None:  # a command typed there shows what a missing scope hides
            return await self._rooms.is_hidden(channel.id) and self._rooms.has_met(who.id, channel.id)
        if is_full and not room.is_private:
            return True
        return self._rooms.has_met(who.id, channel.id) or who.id in (
            await self._rooms.members(channel.id) or ()
        )

    def _is_ours(self, person: Person) -> bool:
        """Say whether this is somebody, and of this workspace."""
        is_of_here = not person.teams or self._identity.team in person.teams
        return is_of_here and not person.is_stranger and not person.is_nobody

    async def _readers_see(self, who: Target, channel: Target) -> bool:
        """Whoever reads a channel sees it, and the public channels if no other company reads along."""
        if channel == who:
            return True
        if channel.kind is TargetKind.PERSON or self._is_elsewhere(channel) or self._is_elsewhere(who):
            return False
        reading = await self._rooms.channel(who.id)
        if reading is None or reading.is_shared:
            return False
        room = await self._rooms.channel(channel.id)
        return room is not None and not room.is_private

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Say why a person may not change feeds in a channel, and what to do; None when they may."""
        if channel.kind is TargetKind.PERSON:
            return None if channel == person else prose("Nobody but that person can change feeds there.")
        if self._is_elsewhere(channel):
            return prose("That channel is in another workspace. Use the command there, or ", FOR_YOURSELF)
        if not self.tells_people:
            return self._not_listed(person, channel, "timezone", "who is a guest here")
        return await self._unfit(person) or await self._outside(person, channel)

    async def _unfit(self, person: Target) -> Prose | None:
        """Say what someone hears who is no full member of the workspace."""
        who = await self._rooms.person(person.id, within=JUST_NOW)
        if who is None or not self._is_ours(who):
            return prose("Only members of this workspace can change channel feeds.")
        if who.is_guest:
            return prose("Guests can't change channel feeds. You can still follow words for yourself.")
        return None

    def _not_listed(self, person: Target, channel: Target, ability: str, untold: str) -> Prose | None:
        """Where a scope is missing, only people whom the operator lists may, in the channel itself."""
        if person.id not in self._managers:
            return prose(
                f"I can't tell {untold}, so only people whom the operator lists may change feeds. The "
                "operator can add you to ",
                Code("SLACK_MANAGERS"),
                f" (your member ID is {person.id}), or let me tell by what ",
                Code(f"wireroom slack manifest --with {ability}"),
                " prints. You can still ",
                FOR_YOURSELF,
            )
        if not self._rooms.has_met(person.id, channel.id):
            return prose(f"I can't tell {untold}. Type the command in the channel that it is about.")
        return None

    async def _outside(self, person: Target, channel: Target) -> Prose | None:
        """Say what someone hears who is not in a channel; of a private one they learn nothing."""
        room = await self._rooms.channel(channel.id)
        if room is None and await self._rooms.is_hidden(channel.id):
            return self._not_listed(person, channel, "private", "who is in that channel")
        if room is not None:
            is_in = await self._is_in(person, channel)
            if is_in is None:
                return prose("I can't tell who is in that channel. Type the command in the channel itself.")
            if is_in:
                return None
            if not room.is_private:
                return prose("You're not in ", Named(channel), ". Join it first, or ", FOR_YOURSELF)
        elif self._rooms.has_met(person.id, channel.id, within=JUST_NOW):
            return (
                None  # they are in it, and it is the bot that is not: that is said when it is to post there
            )
        return prose(
            "I can't find that channel, or you're not in it. If it is private, type ",
            self._invitation,
            " there first. Or ",
            FOR_YOURSELF,
        )

    async def _is_in(self, person: Target, channel: Target) -> bool | None:
        """Say whether a person is in a channel now; of one too large to look through, whether just before."""
        if self._rooms.has_met(person.id, channel.id, within=JUST_NOW):
            return True
        members = await self._rooms.members(channel.id, within=JUST_NOW)
        if members is None:
            return self._rooms.has_met(person.id, channel.id) or None
        return person.id in members

    @property
    def _invitation(self) -> Code:
        return Code(f"/invite @{self._identity.name}")

    async def cannot_post(self, target: Target) -> Prose | None:
        """Say why the bot cannot post in a target, and what to do; None when it can, as far as it knows.

        That a channel takes posts from few people only shows when one is posted.
        """
        if target.kind is TargetKind.PERSON:
            return None
        if self._is_elsewhere(target):
            return prose("I'm not in that workspace. Choose a channel of this one.")
        room = await self._rooms.channel(target.id)
        if room is None:
            return None if await self._rooms.is_hidden(target.id) else self._unfound()
        if room.is_archived:
            return prose(
                "I can't post in ",
                Named(target),
                " because it is archived. Unarchive it, then press Try again.",
            )
        if room.is_member or (not room.is_private and self._can("public")):
            return None
        return prose(
            "I can't post in ",
            Named(target),
            " because I'm not in it. Type ",
            self._invitation,
            " there, then press Try again.",
        )

    def _unfound(self) -> Prose:
        return prose(
            "I can't find that channel. It was deleted, or it is private and I'm not in it: type ",
            self._invitation,
            " there, then press Try again.",
        )

    def lacks(self, place: Target) -> list[Prose]:
        """Say of each ability that is off how it is without, and how the operator adds it.

        In a public channel nothing is said of private ones, and the other way round. Before Slack's
        first answer nothing is known to be off.
        """
        room = self._rooms.known(place) if place.kind is TargetKind.CHANNEL else None
        beside = "" if room is None else "public" if room.is_private else "private"
        off = [one for one in ABILITIES if one.name != beside and not self._web.has(*one.scopes)]
        return [
            prose(
                Bold(one.name),
                f" is off: {one.without} To let me {one.unlocks}, the operator pastes what ",
                Code(f"wireroom slack manifest --with {one.name}"),
                f" prints into the App Manifest of the app, {PAGE_OF_APPS}, and installs it again.",
            )
            for one in (off if self._web.scopes else ())
        ]
