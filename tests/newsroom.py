"""The commands over feeds as people use them: all parts real, but a site and a platform told what to say."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from bot.adapter import Adapter, Ticket
from bot.command import Caller
from bot.commands.channels import channel
from bot.commands.desk.front import FrontDesk
from bot.commands.feeds import Feeds
from bot.commands.tools import Tools
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.look import Setting
from bot.metrics import Metrics
from bot.models import Message, Target, TargetKind
from bot.parse import Parser
from bot.poll import Poller
from bot.prose import Prose, plain, prose
from bot.reach import Reach
from bot.reply import Choice, Reply
from bot.settings import AdapterSettings, Settings
from bot.store import claims, feeds
from bot.store.channel import Carriage
from bot.store.channel import of_target as carriages_of
from bot.store.database import Database
from tests.blank import blank
from tests.loopback.site import Site

MARIA = Target("chat", "maria", kind=TargetKind.PERSON)
JOE = Target("chat", "joe", kind=TargetKind.PERSON)
NEWS = Target("chat", "news")
TECH = Target("chat", "tech")
START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LEASES = itertools.count()


class Chat(Adapter):
    """A platform that posts nothing, and says of people and channels what a test wrote down."""

    name: ClassVar[str] = "chat"
    feed_settings = (
        Setting("flag", "Flag", "Which flag.", (Choice("Red", "red"), Choice("Blue", "blue")), "red"),
        Setting("tags", "Tags", "Tags of its posts, with commas between them."),
    )

    def __init__(self) -> None:
        super().__init__(AdapterSettings())
        self.guests: set[Target] = set()
        self.closed: dict[Target, Prose] = {}
        self.unseen: set[Target] = set()

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Take a message and forget it."""
        del target, message
        return ticket.key

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Everybody sees every channel but the unseen."""
        del who
        return [one for one in channels if one not in self.unseen]

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Guests change nothing."""
        del channel
        return prose("Guests can't change channel feeds.") if person in self.guests else None

    async def cannot_post(self, target: Target) -> Prose | None:
        """Closed channels say why."""
        return self.closed.get(target)


@dataclass(slots=True)
class Newsroom:
    """What a test of these commands works with."""

    site: Site
    db: Database
    chat: Chat
    desk: FrontDesk
    feeds: Feeds
    poller: Poller
    rung: list[datetime]
    tools: Tools
    now: datetime = field(default=START)
    zone: str | None = None
    """What the platform says of everybody's timezone."""

    async def ask(
        self, text: str, *, who: Target = MARIA, place: Target = NEWS, operator: bool = False, **values: str
    ) -> Reply:
        """Give a command."""
        return await self.desk.answer(Caller(who, place, self.zone, operator=operator), text, values)

    async def say(self, text: str, *, who: Target = MARIA, place: Target = NEWS, **values: str) -> str:
        """Give a command and read the private answer without its mark-up."""
        return plain((await self.ask(text, who=who, place=place, operator=False, **values)).text)

    async def press(
        self, reply: Reply, label: str, *, who: Target = MARIA, place: Target = NEWS, **values: str
    ) -> Reply:
        """Press a button of an answer, or choose from its menu."""
        commands = [(one.label, one.command) for one in reply.buttons]
        commands += [(one.label, one.value) for one in reply.choices]
        (command,) = [command for name, command in commands if name == label]
        return await self.ask(command, who=who, place=place, operator=False, **values)

    def restart(self) -> None:
        """Begin anew as another process on the same database would: what was in memory alone is gone."""
        self.desk = FrontDesk(channel.commands(self.tools), self.tools)

    async def poll(self) -> None:
        """Go forward to when the next feed is due, and poll what is due then."""
        due = await self.db.read(lambda c: feeds.next_due(c, now=self.now))
        assert due is not None
        self.now = max(self.now, due)
        lease = f"test-{next(LEASES)}"
        claimed = await self.db.write(lambda c: feeds.claim_due(c, now=self.now, limit=50, lease=lease))
        for feed in claimed:
            await self.poller.poll(feed)
        await self.db.write(lambda _: None)  # what may wait for a commit is written with this one

    async def carried(self, target: Target = NEWS) -> list[Carriage]:
        """List what a target carries."""
        return await self.db.read(lambda c: carriages_of(c, target))

    async def queued(self) -> list[tuple[str, str]]:
        """Take all that is queued: the target and the title of each card."""
        now, lease = self.now, f"test-{next(LEASES)}"
        taken = await self.db.write(lambda c: claims.claim(c, "chat", now=now, limit=99, lease=lease))
        for one in taken:
            await self.db.write(lambda c, one=one: claims.mark_sent(c, one, message_id="m", now=now))  # type: ignore[misc]
        return [(one.target.id, one.entry.title if one.entry else "") for one in taken]


@asynccontextmanager
async def newsroom(directory: Path, **settings: int) -> AsyncIterator[Newsroom]:
    """Open a newsroom on a database in this directory, with these settings."""
    async with Site() as site:
        guard = Guard([site.host])
        async with (
            Database(blank(directory / "newsroom.db")) as db,
            Fetcher(
                guard, user_agent="wireroom-tests", pause=timedelta(), timeout=timedelta(seconds=2)
            ) as fetcher,
            Parser(1) as parser,
        ):
            made: Newsroom

            def clock() -> datetime:
                return made.now

            chat, rung = Chat(), list[datetime]()
            tools = Tools(
                db,
                Reach(db, {"chat": chat}, clock=clock),
                Feeds(db, guard, fetcher, parser, clock=clock),
                {"chat": chat},
                Settings.model_validate(settings),
                clock,
                lambda: rung.append(clock()),
            )
            desk = FrontDesk(channel.commands(tools), tools)
            poller = Poller(db, fetcher, parser, metrics=Metrics(), clock=clock)
            made = Newsroom(site, db, chat, desk, tools.feeds, poller, rung, tools)
            yield made
