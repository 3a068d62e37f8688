"""The adapter for Discord: each thing that the bot asks of it is handed on to the room that does it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import ClassVar, Self, TypeVar, cast

import discord
import structlog

from adapters.discord import client as clients
from adapters.discord import doctor, names
from adapters.discord.client import Gateway
from adapters.discord.crosspost import PUBLISH
from adapters.discord.failures import REFUSED_TOKEN, meaning
from adapters.discord.find import Finder
from adapters.discord.interactions import Interactions
from adapters.discord.post import Poster
from adapters.discord.rights import Rights, invite
from adapters.discord.rooms import Rooms
from adapters.discord.settings import DiscordSettings
from adapters.discord.sync import synced
from adapters.discord.threads import TAGS, advice
from adapters.discord.watch import Watch
from adapters.discord.wire import REQUESTS_A_SECOND, Trip, ask
from adapters.pace import Pace
from bot.adapter import Adapter, Finding, Found, Severity, Sighting, Ticket
from bot.command import Desk
from bot.errors import Busy, ConfigError, DeliveryError, TargetGone
from bot.look import NO, THREAD, YES, Setting
from bot.models import Card, Message, Notice, Target, TargetKind
from bot.prose import Bold, Link, Prose, listed, prose
from bot.reply import Choice
from bot.settings import AdapterSettings

LOGIN_AGAIN = 10.0
"""Seconds between two tries to log in while Discord is away."""
REGISTER_AGAIN = 30.0
REGISTER_AGAIN_MOST = 600.0
"""Seconds before commands that could not be registered are brought again: doubled up to the most."""

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Session:
    """What works once the bot is logged in; none of it needs the gateway."""

    client: discord.Client
    rooms: Rooms
    rights: Rights
    poster: Poster
    finder: Finder


@dataclass(frozen=True, slots=True)
class Away:
    """Why nobody is logged in, and when the next try may be made."""

    reason: str = "Discord cannot be reached."
    until: float = 0.0
    """Of the monotonic clock."""

    def busy(self) -> Busy:
        """Put everything off until then."""
        wait = max(0.0, self.until - time.monotonic())
        return Busy(self.reason, retry_after=timedelta(seconds=wait), everywhere=True)


class DiscordAdapter(Adapter):
    """Embeds in channels, application commands, direct messages."""

    name: ClassVar[str] = names.NAME
    Settings: ClassVar[type[AdapterSettings]] = DiscordSettings
    needs_space: ClassVar[bool] = True
    parallel: ClassVar[int] = 40
    post_timeout: ClassVar[timedelta] = timedelta(seconds=20)
    settle: ClassVar[timedelta] = timedelta(seconds=5)  # a late arrival bears the nonce of the next try
    feed_settings: ClassVar[tuple[Setting, ...]] = (
        Setting(TAGS, "Forum tags", "Names of tags for posts in a forum, separated by commas"),
        Setting(
            PUBLISH,
            "Publish",
            "Send posts of an announcement channel on to the servers that follow it",
            (Choice("Yes", YES), Choice("No", NO)),
            YES,
        ),
    )

    def __init__(
        self,
        settings: DiscordSettings,
        *,
        ready_within: float = clients.READY_WITHIN,
        login_again: float = LOGIN_AGAIN,
    ) -> None:
        """Take the settings; ``ready_within`` seconds after the last server the gateway's cache counts."""
        super().__init__(settings)
        self._how = settings
        self._ready_within = ready_within
        self._login_again = login_again
        self._pace = Pace(REQUESTS_A_SECOND)
        self._session: Session | None = None
        self._gateway: Gateway | None = None
        self._login = asyncio.Lock()
        self._away = Away()
        self._point_back: Callable[[], None] | None = None

    @classmethod
    def configured(cls, settings: AdapterSettings) -> bool:
        """Say whether there is a token."""
        return bool(cast("DiscordSettings", settings).token.get_secret_value())

    @classmethod
    def target(cls, text: str) -> Target:
        """Read ``server/channel``, a channel's link, ``<#channel>`` or ``@person``."""
        return names.read(text)

    async def __aenter__(self) -> Self:
        """Log in over REST; where Discord is away, go on and log in when it is back."""
        self._point_back = clients.point_at(self._how.api)
        try:
            await self._logged_in()
        except ConfigError:
            await self.__aexit__(None, None, None)
            raise
        except Busy as error:
            log.warning("discord.away", reason=error.reason)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.client.close()
        point_back, self._point_back = self._point_back, None
        if point_back is not None:
            point_back()

    async def _ready(self) -> Session:
        """Give the session, logging in where there is none; Busy while Discord is away or refuses us."""
        try:
            return await self._logged_in()
        except ConfigError as error:
            raise self._away.busy() from error

    async def _logged_in(self) -> Session:
        async with self._login:
            if self._session is None:
                if self._away.until > time.monotonic():
                    raise self._away.busy()
                self._session = await self._opened()
            return self._session

    async def _opened(self) -> Session:
        client = clients.made(self._pace)
        try:
            await ask(clients.log_in(client, self._how))
        except ConfigError as error:
            self._away = Away(str(error), time.monotonic() + REFUSED_TOKEN.total_seconds())
            log.error("discord.refused", reason=str(error))  # noqa: TRY400 - the sentence says it all
            raise
        except Exception as error:
            self._away = Away(until=time.monotonic() + self._login_again)
            raise self._away.busy() from error
        rooms = Rooms(client, self._live)
        rights = Rights(rooms)
        poster = Poster(client, rooms, rights, self.ledger)
        finder = Finder(client, rooms, rights, poster.directs, poster.threads)
        return Session(client, rooms, rights, poster, finder)

    def _live(self) -> discord.Client | None:
        return self._gateway.client if self._gateway else None

    async def _asked(self, question: Callable[[Session], Awaitable[T]]) -> T:
        """Ask Discord something; whatever keeps it from answering is a DeliveryError."""
        session = await self._ready()
        try:
            return await question(session)
        except DeliveryError:
            raise
        except Exception as error:
            raise meaning(error, Trip()) from error

    # Messages.

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Post a message; its nonce is the ticket's key."""
        return await (await self._ready()).poster.post(target, message, ticket)

    async def edit(self, target: Target, message_id: str, card: Card, ticket: Ticket) -> None:
        """Replace a card in place."""
        del ticket
        await (await self._ready()).poster.edit(target, message_id, card)

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Look for a message in doubt among the recent ones."""
        try:
            # Whoever asks may lose patience; what sleeps out a limit must not be cut off (see wire.py).
            return await self._asked(lambda session: ask(session.finder.find(target, message, ticket)))
        except TargetGone:
            return Sighting.UNKNOWN

    async def greet(self, person: Target, first: Notice) -> Prose | None:
        """Send the first direct message; where it is refused, say how the person opens the door."""
        session = await self._ready()
        if await session.poster.directs.is_open(int(person.id)):
            return None
        ticket = Ticket(f"hello-{secrets.token_hex(8)}", 1, discord.utils.utcnow())
        try:
            await session.poster.post(person, first, ticket)
        except TargetGone:
            return _how_to_open(session.client.application_id)
        return None

    # Rights.

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Say which channels a person can see."""
        return await self._asked(lambda session: session.rights.sees(who, channels))

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Say why a person may not change feeds in a channel."""
        return await self._asked(lambda session: session.rights.forbids(person, channel))

    async def cannot_post(self, target: Target) -> Prose | None:
        """Say which permissions the bot lacks in a channel."""
        return await self._asked(lambda session: session.rights.cannot_post(target))

    async def advice(self, target: Target, chosen: Mapping[str, str]) -> Prose | None:
        """Look whether a forum has the tags that its posts shall have, and whether a thread can be made."""
        if target.kind is TargetKind.PERSON:
            return None
        room = await self._asked(lambda session: session.rooms.channel(target))
        if isinstance(room, discord.ForumChannel):
            return advice(room, chosen.get(TAGS, ""))
        if chosen.get(THREAD.name) != YES or not isinstance(room, discord.TextChannel):
            return None
        missing = await self._asked(lambda session: session.rights.missing(target, thread=True))
        said = prose("For a thread I lack ", listed([Bold(name) for name in missing]), " here: until then ")
        return prose(said, "posts come in the channel itself.") if missing else None

    def called(self, target: Target) -> str:
        """Name a channel as people know it, where it has been seen."""
        known = self._session.rooms.known(target) if self._session else None
        return f"#{known.name}" if known else str(target)

    async def doctor(self, targets: Sequence[Target]) -> Sequence[Finding]:
        """Check the token, what the bot was invited with, and each channel served."""
        try:
            session = await self._ready()
        except DeliveryError as error:
            said = f"{error.reason} Look into the network, and try again."
            return [Finding(Severity.PROBLEM, said)]
        return await doctor.examine(session.client, self._how, targets)

    # People.

    async def listen(self, desk: Desk) -> None:
        """Keep the gateway open, take what people do, and register the commands."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._register(desk))
            group.create_task(self._publish())
            group.create_task(self._connect(desk))

    async def _session_in_time(self) -> Session:
        while True:
            try:
                return await self._ready()
            except Busy as error:
                await asyncio.sleep(error.wait.total_seconds())

    async def _register(self, desk: Desk) -> None:
        rest = REGISTER_AGAIN
        while True:
            session = await self._session_in_time()
            try:
                await synced(session.client.http, cast("int", session.client.application_id), desk.commands)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may do better
                log.warning("discord.not_registered", error=type(error).__name__, reason=str(error)[:500])
                await asyncio.sleep(rest)
                rest = min(2 * rest, REGISTER_AGAIN_MOST)
            else:
                return

    async def _publish(self) -> None:
        await (await self._session_in_time()).poster.crossposts.run()

    async def _connect(self, desk: Desk) -> None:
        session = await self._session_in_time()

        def prepare(client: discord.Client) -> None:
            Watch(client, self.ledger, session.rights).listen()
            Interactions(
                desk, self.ledger, announce=session.poster.announce, met=session.rooms.met
            ).listen_to(client)

        self._gateway = Gateway(self._how, self._pace, prepare, ready_within=self._ready_within)
        try:
            await self._gateway.run()
        finally:
            self._gateway = None


def _how_to_open(application: int | None) -> Prose:
    """Say what a person does whose direct messages are closed to the bot."""
    add: Prose = prose("add wireroom to your account")
    if application is not None:
        add = prose(Link("add wireroom to your account", invite(application, person=True)))
    return prose(
        "I can't send you direct messages from this server. Open the server menu, Privacy Settings, "
        "and allow direct messages, then press Try again. Or ",
        add,
        ", or get alerts in a channel.",
    )
