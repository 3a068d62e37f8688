"""A workspace of the fake Slack with one person in it, and the adapter's rooms and rights looking at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

from adapters.slack.identity import Identity, identify
from adapters.slack.names import NAME
from adapters.slack.rights import Rights
from adapters.slack.rooms import Rooms
from adapters.slack.scopes import BY_NAME
from adapters.slack.settings import SlackSettings
from adapters.slack.web import Web
from bot.models import Target, TargetKind
from bot.prose import Named, Prose, plain
from tests.guildhall import Ticking
from tests.loopback.slack import Channel, FakeSlack, User


def settings(slack: FakeSlack, **others: object) -> SlackSettings:
    """Point the adapter at a Slack on loopback."""
    written = {"bot_token": SecretStr(slack.bot_token), "app_token": SecretStr(slack.app_token)}
    return SlackSettings.model_validate(written | {"api": slack.address} | others)


@dataclass(slots=True)
class Workspace:
    """A fake Slack, the web looking at it, and our rooms on it."""

    fake: FakeSlack
    web: Web
    identity: Identity
    managers: tuple[str, ...] = ()
    clock: Ticking = field(default_factory=Ticking)
    maria: User = field(init=False)
    rooms: Rooms = field(init=False)
    rights: Rights = field(init=False)

    def __post_init__(self) -> None:
        self.maria = self.fake.world.add_user("maria")
        self.managers = (self.fake.world.add_user("max").id,)
        self.rooms = Rooms(self.web, clock=self.clock)
        self.rights = Rights(self.rooms, self.web, self.identity, self.managers)

    async def grant(self, *abilities: str) -> None:
        """Let the app do more from now on."""
        for name in abilities:
            self.fake.world.scopes.update(BY_NAME[name].scopes)
        await identify(self.web)

    def place(self, channel: Channel) -> Target:
        """Write a channel as a target."""
        return Target(NAME, channel.id, self.identity.team)

    async def seen(self, *channels: Channel, by: User | Channel | None = None) -> list[str]:
        """Name the channels that someone sees."""
        by = by or self.maria
        who = self.place(by) if isinstance(by, Channel) else person(by)
        found = set(await self.rights.sees(who, [self.place(channel) for channel in channels]))
        return [channel.name for channel in channels if self.place(channel) in found]

    async def forbidden(self, channel: Channel, by: User | None = None) -> str:
        """Read why someone may not change feeds in a channel."""
        return written(await self.rights.forbids(person(by or self.maria), self.place(channel)))

    async def obstacle(self, channel: Channel) -> str:
        """Read why the bot cannot post in a channel."""
        return written(await self.rights.cannot_post(self.place(channel)))


def person(user: User) -> Target:
    """Write a person as a target."""
    return Target(NAME, user.id, kind=TargetKind.PERSON)


def written(said: Prose | None) -> str:
    """Read a sentence, what is named in it being “#it” or “@them”."""

    def name(target: Target) -> str:
        return "#it" if target.kind is TargetKind.CHANNEL else "@them"

    return plain(tuple(name(piece.target) if isinstance(piece, Named) else piece for piece in said or ()))


@asynccontextmanager
async def opened() -> AsyncIterator[Workspace]:
    """Open a workspace in which the app has the least scopes."""
    async with FakeSlack(rates=None) as fake:
        web = Web(settings(fake))
        await web.open()
        try:
            yield Workspace(fake, web, await identify(web))
        finally:
            await web.close()
