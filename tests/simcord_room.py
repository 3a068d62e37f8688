"""A server on a simulated Discord, with a real client in it and every command of the bot behind that."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import discord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, UserHandle
from simcord.env import Env
from simcord.results import InteractionResult, ResponseMessage

from adapters.discord import names
from adapters.discord.adapter import DiscordAdapter
from adapters.discord.interactions import PATIENCE, Interactions
from adapters.discord.rights import Rights
from adapters.discord.rooms import Rooms
from adapters.discord.sync import synced
from bot.adapter import Adapter, Ledger, Scratch, Ticket
from bot.command import Desk
from bot.commands.desk.front import FrontDesk
from bot.commands.feeds import Feeds
from bot.commands.tools import Tools
from bot.errors import TargetGone
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.models import Entry, Follow, Message, Target, TargetKind
from bot.parse import Parser
from bot.prose import Prose, plain
from bot.reach import Reach
from bot.settings import AdapterSettings, Settings
from bot.store import Connection, claims, deliveries, entries, feeds, follows, subscriptions
from bot.store.database import Database
from bot.store.deliveries import NewDelivery
from tests.blank import blank
from tests.lobby import every
from tests.loopback.discord.contract import judge
from tests.loopback.site import Site

START = datetime(2026, 4, 16, 9, 0, tzinfo=UTC)
TITLES = ("Chips are back", "TSMC builds a chips plant", "Whales sing again")
Seen = discord.Message | ResponseMessage | None


class Street(Adapter):
    """Discord with the adapter's own rooms and rights, but without its posts."""

    name: ClassVar[str] = names.NAME
    feed_settings = DiscordAdapter.feed_settings

    def __init__(self) -> None:
        super().__init__(AdapterSettings())
        self.rooms: Rooms
        self.rights: Rights

    def open(self, client: discord.Client) -> None:
        """Look through the eyes of a client."""
        self.rooms = Rooms(client, lambda: client)
        self.rights = Rights(self.rooms)

    @classmethod
    def target(cls, text: str) -> Target:
        """Read a place as the adapter does."""
        return names.read(text)

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Take a message and forget it."""
        del target, message
        return ticket.key

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Ask Discord."""
        return await self.rights.sees(who, channels)

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Ask Discord."""
        return await self.rights.forbids(person, channel)

    async def cannot_post(self, target: Target) -> Prose | None:
        """Ask Discord."""
        return await self.rights.cannot_post(target)


@dataclass(slots=True)
class Town:
    """What a test of these commands works with: maria may manage channels, joe may not."""

    env: Env
    site: Site
    db: Database
    desk: Desk
    street: Street
    ledger: Ledger
    news: ChannelHandle
    maria: MemberActor
    joe: MemberActor
    ann: UserHandle
    """Somebody who shares no server with the bot, and writes to it."""
    now: datetime = field(default=START)
    announced: list[tuple[str, str]] = field(default_factory=list)
    """Channels and the lines that everybody there got."""
    met: list[str] = field(default_factory=list)
    """Members who came by."""
    shut: str = ""
    """Why nothing can be announced."""

    @property
    def channel(self) -> Target:
        """The channel in which commands are given."""
        return Target(names.NAME, str(self.news.id), str(self.env.guild.id))

    def closed_channel(self, name: str) -> Target:
        """Make a channel that only managers see."""
        guild = self.env.guild
        shut = discord.PermissionOverwrite(view_channel=False)
        made = guild.create_text_channel(name, overwrites={guild.default_role: shut})
        return Target(names.NAME, str(made.id), str(guild.id))

    async def feed(self, name: str = "Chip News", *, where: Target | None = None) -> int:
        """Let the channel, or another target, carry a feed with three posts."""
        host = f"{name.lower().replace(' ', '-')}.example"

        def add(c: Connection) -> int:
            feed_id = feeds.add(c, address=f"https://{host}/feed", host=host, title=name, now=self.now)
            there = subscriptions.target_id(c, where or self.channel)
            subscriptions.add(c, feed_id=feed_id, target_id=there, added_by=None, sample=False, now=self.now)
            posts = [
                Entry(
                    f"{name}-{n}", title, f"https://{host}/{n}", published=self.now - n * timedelta(hours=6)
                )
                for n, title in enumerate(TITLES, start=1)
            ]
            entries.add(c, feeds.get(c, feed_id), posts, now=self.now)
            return feed_id

        return await self.db.write(add)

    async def card(self, entry_id: int) -> discord.Message:
        """Let a post stand in the channel, as one that the bot has delivered."""
        message = await self.env.bot.get_partial_messageable(self.news.id).send("A card")

        def note(c: Connection) -> None:
            there = subscriptions.target_id(c, self.channel)
            deliveries.enqueue(c, [NewDelivery(entry_id, there, None)], now=self.now)
            (claimed,) = claims.claim(c, names.NAME, now=self.now, limit=1, lease="test")
            claims.mark_sent(c, claimed, message_id=str(message.id), now=self.now)

        await self.db.write(note)
        return message

    async def follows(self, who: MemberActor | UserHandle) -> list[Follow]:
        """List what somebody follows, as the store has it."""
        return await self.db.read(lambda c: follows.of_person(c, person(who)))

    async def restart(self) -> None:
        """End the client and start a new one that remembers nothing but its ledger."""
        await self.env.restart_bot(self.client())

    def client(self, desk: Desk | None = None, patience: float = PATIENCE) -> discord.Client:
        """Make a client with our listeners."""
        made = plain_client()
        self.street.open(made)
        taking = Interactions(
            desk or self.desk, self.ledger, announce=self._announce, met=self._meet, patience=patience
        )
        taking.listen_to(made)
        return made

    def _meet(self, member: discord.Member) -> None:
        self.met.append(member.name)
        self.street.rooms.met(member)

    async def _announce(self, target: Target, line: Prose) -> None:
        if self.shut:
            raise TargetGone(self.shut)
        self.announced.append((target.id, plain(line)))

    def breaches(self) -> list[str]:
        """Hold every request of the client against Discord's own document."""
        found = []
        for one in self.env.http_requests:
            body = json.loads(json.dumps(one.json))  # a StrEnum is a text on the wire
            verdict = judge(one.method, one.path, _query(one.params), body)
            wrong = [*verdict.breaches, *verdict.unwelcome]
            found += [f"{one.method} {one.path}: {breach} in {str(body)[:300]}" for breach in wrong]
        return found


def plain_client() -> discord.Client:
    """Make a client as the adapter has it."""
    return discord.Client(
        intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none()
    )


def _query(params: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (params or {}).items()}


def person(who: MemberActor | UserHandle) -> Target:
    """Name somebody as the bot does."""
    return Target(names.NAME, str(who.id), kind=TargetKind.PERSON)


def labels(seen: Seen) -> list[str]:
    """Name the buttons of a message, in their order."""
    return [part["label"] for part in parts(seen) if part["type"] == discord.ComponentType.button.value]


def menus(seen: Seen) -> list[list[str]]:
    """Name the lines of a message's menus."""
    kind = discord.ComponentType.select.value
    return [[line["label"] for line in part["options"]] for part in parts(seen) if part["type"] == kind]


def parts(seen: Seen) -> list[dict[str, Any]]:
    """List the buttons and menus of a message."""
    assert isinstance(seen, ResponseMessage)
    return [part for row in seen.components for part in row["components"]]


def said(result: InteractionResult) -> str:
    """Read what an answer says, its marks for bold and code included, without backslashes."""
    assert result.response is not None, result
    return re.sub(r"\\(.)", r"\1", result.response.content)


def fields(result: InteractionResult) -> dict[str, dict[str, Any]]:
    """Read a form that was opened: its fields' entries by their labels."""
    assert result.modal is not None, result
    return {label["label"]: label["component"] for label in result.modal["components"]}


def _installed(event: str, payload: Mapping[str, Any]) -> None:
    """Say of each interaction in a server what simcord leaves out: that the app is installed there."""
    if event == "INTERACTION_CREATE" and "guild_id" in payload:
        payload["authorizing_integration_owners"]["0"] = payload["guild_id"]


@asynccontextmanager
async def town(directory: Path, *, reads: bool = False, **settings: int) -> AsyncIterator[Town]:
    """Open a server on a database in this directory; every request made there is judged at its end.

    Only with ``reads`` feeds can be fetched and parsed, which takes processes of their own.
    """
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(Site())
        guard = Guard([site.host])
        db = await stack.enter_async_context(Database(blank(directory / "town.db")))
        fetcher = Fetcher(guard, user_agent="tests", pause=timedelta(), timeout=timedelta(seconds=2))
        parser = Parser(1)
        if reads:
            await stack.enter_async_context(fetcher)
            await stack.enter_async_context(parser)
        made: Town

        def clock() -> datetime:
            return made.now

        street = Street()
        adapters: dict[str, Adapter] = {street.name: street}
        reach = Reach(db, adapters, clock=clock)
        read = Feeds(db, guard, fetcher, parser, clock=clock)
        tools = Tools(db, reach, read, adapters, Settings.model_validate(settings), clock, lambda: None)
        desk = FrontDesk(every(tools), tools)
        env = Env(plain_client())
        env.backend.subscribers.append(_installed)
        await stack.enter_async_context(_running(env))
        guild = env.create_guild("Office")
        managers = guild.create_role("Managers", permissions=discord.Permissions(manage_channels=True))
        made = Town(
            env,
            site,
            db,
            desk,
            street,
            Scratch(),
            guild.create_text_channel("news"),
            guild.add_member(env.create_user("maria"), roles=[managers]),
            guild.add_member(env.create_user("joe")),
            env.create_user("ann"),
        )
        await made.restart()
        await synced(env.bot.http, env.bot.application_id or 0, desk.commands)
        yield made
        breaches = made.breaches()
        assert not breaches, "\n".join(breaches)


@asynccontextmanager
async def _running(env: Env) -> AsyncIterator[None]:
    await env.start()
    try:
        yield
    finally:
        await env.shutdown()
    env.raise_errors()
