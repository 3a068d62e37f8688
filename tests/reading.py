"""People who follow words, at a desk with all parts real but the platform, which knows who sees what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from bot.adapter import Adapter, Ticket
from bot.command import Caller
from bot.commands.desk.front import FrontDesk
from bot.commands.feeds import Feeds
from bot.commands.follows import change, follow, following, hush, unfollow, why_card
from bot.commands.tools import Tools
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.models import Entry, Follow, Message, Notice, Target, TargetKind
from bot.parse import Parser
from bot.prose import Prose, plain, prose
from bot.reach import Reach
from bot.reply import Reply
from bot.settings import AdapterSettings, Settings
from bot.store import Connection, entries, feeds, follows, subscriptions
from bot.store.database import Database
from tests.blank import blank

START = datetime(2026, 4, 16, 9, 0, tzinfo=UTC)
MARIA = Target("chat", "maria", kind=TargetKind.PERSON)
JOE = Target("chat", "joe", kind=TargetKind.PERSON)
NEWS, TECH, SECRET = (Target("chat", name, "office") for name in ("news", "tech", "secret"))
ELSEWHERE = Target("chat", "elsewhere", "club")


class Chat(Adapter):
    """A platform that posts nothing; people see every channel but those that are closed to them."""

    name: ClassVar[str] = "chat"

    def __init__(self) -> None:
        super().__init__(AdapterSettings())
        self.closed: set[tuple[str, str]] = set()
        """Person or channel, and the channel that they do not see, by their ids."""
        self.guests: set[Target] = set()
        self.greeted: list[tuple[str, str]] = []
        """The first messages that people were sent, with their ids."""
        self.greeting: Callable[[], Awaitable[Prose | None]] | None = None
        """What comes of them; None: they arrive."""
        self.lacking: Callable[[], Awaitable[Sequence[Prose]]] | None = None
        """What the bot was not given here; None: nothing is wanting."""

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Take a message and forget it."""
        del target, message
        return ticket.key

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Leave out what is closed."""
        return [one for one in channels if (who.id, one.id) not in self.closed]

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Guests change nothing."""
        del channel
        return prose("Guests can't change channel feeds.") if person in self.guests else None

    async def greet(self, person: Target, first: Notice) -> Prose | None:
        """Greet as the test wants it."""
        self.greeted.append((person.id, first.text))
        return await self.greeting() if self.greeting else None

    async def lacks(self, place: Target) -> Sequence[Prose]:
        """Lack what the test wants it to."""
        del place
        return await self.lacking() if self.lacking else ()


@dataclass(slots=True)
class Room:
    """What a test of these commands works with."""

    db: Database
    chat: Chat
    desk: FrontDesk
    tools: Tools
    rung: list[datetime]
    now: datetime = field(default=START)

    async def feed(
        self,
        name: str,
        titles: Sequence[str] = (),
        *,
        where: Target = NEWS,
        by: Target | None = None,
        **more: str,
    ) -> int:
        """Let a target carry a feed with these posts, the newest first and six hours between each two."""
        host = f"{name.lower().replace(' ', '-')}.example"

        def add(c: Connection) -> int:
            feed_id = feeds.add(c, address=f"https://{host}/feed", host=host, title=name, now=self.now)
            person = subscriptions.target_id(c, by) if by else None
            there = subscriptions.target_id(c, where)
            subscriptions.add(
                c, feed_id=feed_id, target_id=there, added_by=person, sample=False, now=self.now
            )
            posts = [
                Entry(
                    f"{name}-{number}",
                    title,
                    f"https://{host}/{number}",
                    summary=more.get("summary", ""),
                    published=self.now - number * timedelta(hours=6),
                )
                for number, title in enumerate(titles, start=1)
            ]
            entries.add(c, feeds.get(c, feed_id), posts, now=self.now)
            return feed_id

        return await self.db.write(add)

    async def ask(
        self,
        text: str,
        *,
        who: Target = MARIA,
        place: Target = NEWS,
        timezone: str | None = None,
        **values: str,
    ) -> Reply:
        """Give a command."""
        return await self.desk.answer(Caller(who, place, timezone), text, values)

    async def say(self, text: str, *, who: Target = MARIA, place: Target = NEWS, **values: str) -> str:
        """Give a command and read the answer without its mark-up."""
        return self.text(await self.ask(text, who=who, place=place, **values))

    @staticmethod
    def text(reply: Reply) -> str:
        """Read an answer without its mark-up."""
        return plain(reply.text)

    async def press(self, reply: Reply, label: str, *, who: Target = MARIA, place: Target = NEWS) -> Reply:
        """Press a button of an answer, or choose from its menu."""
        commands = [(one.label, one.command) for one in reply.buttons]
        commands += [(one.label, one.value) for one in reply.choices]
        (command,) = [command for name, command in commands if name == label]
        return await self.ask(command, who=who, place=place)

    async def follows(self, who: Target = MARIA) -> list[Follow]:
        """List what somebody follows, as the store has it."""
        return await self.db.read(lambda c: follows.of_person(c, who))

    async def muted(self, follow_id: int) -> set[int]:
        """List the feeds that a follow passes over."""
        return (await self.db.read(lambda c: follows.muted(c, [follow_id]))).get(follow_id, set())


def labels(reply: Reply) -> list[str]:
    """Name the buttons of an answer."""
    return [button.label for button in reply.buttons]


@asynccontextmanager
async def reading(directory: Path, **settings: int) -> AsyncIterator[Room]:
    """Open a desk on a database in this directory, with these settings."""
    async with Database(blank(directory / "reading.db")) as db:
        made: Room

        def clock() -> datetime:
            return made.now

        guard, chat, rung = Guard([]), Chat(), list[datetime]()
        idle = Feeds(db, guard, Fetcher(guard, user_agent="tests"), Parser(1), clock=clock)
        tools = Tools(
            db,
            Reach(db, {"chat": chat}, clock=clock),
            idle,
            {"chat": chat},
            Settings.model_validate(settings),
            clock,
            lambda: rung.append(clock()),
        )
        parts = (follow, unfollow, following, change, hush, why_card)
        desk = FrontDesk([command for part in parts for command in part.commands(tools)], tools)
        made = Room(db, chat, desk, tools, rung)
        yield made
