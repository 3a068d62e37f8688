"""A workspace on the fake Slack with two people in it, and the adapter's interactions listening there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.slack import app as apps
from adapters.slack.adapter import SlackAdapter
from adapters.slack.identity import Identity, identify
from adapters.slack.interactions import JUDGED_WITHIN, PATIENCE, Interactions
from adapters.slack.rooms import Rooms
from adapters.slack.sockets import Sockets
from adapters.slack.web import Web
from bot.adapter import Ledger, Scratch
from bot.command import Caller, Command, Completion, Desk, Kind, Option, Values
from bot.commands.desk.front import FrontDesk
from bot.errors import TargetGone
from bot.models import Target
from bot.prose import Prose, plain, prose
from bot.reach import Reach
from bot.reply import Choice, Reply
from tests.guildhall import Ticking
from tests.lobby import every, lobby
from tests.loopback.slack import Channel, FakeSlack, Message, User, View
from tests.reading import Room
from tests.slackdesk import place
from tests.workspace import settings

NOTHING: Values = {}
PROMPTLY = 5.0


async def nothing(caller: Caller, values: Values) -> Reply:
    """Stand where a command needs a handler."""
    del caller, values
    return Reply(())


def declared(name: str, *options: Option) -> Command:
    """Declare a command by name."""
    return Command(tuple(name.split()), name, nothing, options)


COMMANDS = (
    declared(
        "follow",
        Option("words", Kind.QUERY, "Words"),
        Option("feed", Kind.FEED, "Feed", flag="in"),
        Option("when", Kind.CHOICE, "When", flag="when"),
    ),
    declared("following"),
)


@dataclass
class Clerk:
    """A desk that knows only the names of commands, and answers what it was told to."""

    commands: Sequence[Command] = COMMANDS
    replies: dict[str, Reply | Exception] = field(default_factory=dict)
    """By the text of the command."""
    takes: float = 0.0
    """Seconds for an answer."""
    asked: list[tuple[Caller, str, Mapping[str, str]]] = field(default_factory=list)
    choices: Sequence[Choice] = ()
    suggested: list[tuple[Sequence[str], str, str]] = field(default_factory=list)

    async def answer(self, caller: Caller, text: str, values: Values = NOTHING) -> Reply:
        """Answer at once, or late."""
        self.asked.append((caller, text, values))
        reply = self.replies.get(text, Reply(prose("Well.")))
        await asyncio.sleep(self.takes)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def complete(self, caller: Caller, text: str) -> Sequence[Completion]:
        """Complete nothing."""
        del caller, text
        return ()

    async def suggest(self, caller: Caller, path: Sequence[str], option: str, typed: str) -> Sequence[Choice]:
        """Suggest what it was told to."""
        del caller
        self.suggested.append((tuple(path), option, typed))
        await asyncio.sleep(self.takes)
        return self.choices

    @property
    def commands_asked(self) -> list[str]:
        """List the commands so far, the drawing of homes left out."""
        return [text for _, text, _ in self.asked if text != "/home"]


@dataclass(slots=True)
class Counter:
    """A workspace, and the desk behind the bot in it."""

    slack: FakeSlack
    ledger: Ledger
    news: Channel
    maria: User
    joe: User
    identity: Identity
    rooms: Rooms
    clock: Ticking
    """The clock of the rooms."""
    announced: list[tuple[Target, str]] = field(default_factory=list)
    shut: str = ""
    """Why nothing can be announced."""

    async def announce(self, target: Target, said: Prose) -> None:
        """Note what everybody is told."""
        if self.shut:
            raise TargetGone(self.shut)
        self.announced.append((target, plain(said)))

    async def types(self, text: str, *, user: User | None = None, where: Channel | None = None) -> Message:
        """Let maria give a command in the channel, and see the answer."""
        command, _, rest = text.partition(" ")
        call = await self.slack.types(user or self.maria, where or self.news, command, rest)
        return await call.answer()

    async def opens(self, text: str = "/following") -> View:
        """Let maria give a command that a form answers."""
        call = await self.slack.types(self.maria, self.news, text)
        return await call.opens()

    async def presses(self, message: Message, label: str, *, user: User | None = None) -> Message:
        """Let maria press a button, and see the answer."""
        call = await self.slack.presses(user or self.maria, message, label)
        return await call.answer()

    @property
    def target(self) -> Target:
        """The channel in which commands are given."""
        return place(self.slack, self.news)


@asynccontextmanager
async def counter(desk: Desk, ledger: Ledger | None = None, **patience: float) -> AsyncIterator[Counter]:
    """Open a workspace with a desk."""
    async with FakeSlack() as slack:
        maria, joe = slack.world.add_user("maria"), slack.world.add_user("joe")
        news = slack.world.add_channel("news", maria, joe)
        async with serving(slack, desk, ledger or Scratch(), news, (maria, joe), **patience) as made:
            yield made


@asynccontextmanager
async def serving(
    slack: FakeSlack,
    desk: Desk,
    ledger: Ledger,
    news: Channel,
    people: tuple[User, User],
    *,
    patience: float = PATIENCE,
    judged_within: float = JUDGED_WITHIN,
) -> AsyncIterator[Counter]:
    """Let a bot listen; again for the same workspace, it is the bot after a restart."""
    how = settings(slack)
    web = Web(how)
    await web.open()
    opened = slack.socket.opened
    try:
        identity = await identify(web)
        app = apps.made(identity, how, apps.Once())
        clock = Ticking()
        rooms = Rooms(web, clock=clock)
        made = Counter(slack, ledger, news, *people, identity, rooms, clock)
        interactions = Interactions(
            desk,
            ledger,
            web,
            rooms,
            identity,
            prefix="wr-",
            announce=made.announce,
            patience=patience,
            judged_within=judged_within,
        )
        interactions.listen_to(app)
        sockets = Sockets(how, app, report=_unheard, rest=0.05, grace=0.1)
        running = asyncio.create_task(sockets.run())
        try:
            while slack.socket.opened < opened + 2:  # noqa: ASYNC110 - what is waited for rings no bell
                await asyncio.sleep(0.01)
            await slack.socket.connected(2)
            yield made
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await interactions.close()
    finally:
        await web.close()


async def _unheard(said: str) -> None:
    raise AssertionError(said)


@asynccontextmanager
async def office(directory: Path) -> AsyncIterator[tuple[Counter, Room]]:
    """Open a workspace with the real desk, every command of the bot and a database behind it."""
    async with lobby(directory) as room, FakeSlack() as slack:
        maria, joe = slack.world.add_user("maria"), slack.world.add_user("joe")
        news = slack.world.add_channel("news", maria, joe)
        slack.world.scopes |= {"users:read"}
        adapter = SlackAdapter(settings(slack))
        async with adapter:
            adapters: dict[str, Any] = {"slack": adapter}
            reach = Reach(room.db, adapters, clock=room.tools.clock)
            room.tools = replace(room.tools, adapters=adapters, reach=reach)
            room.desk = FrontDesk(every(room.tools), room.tools)
            async with serving(slack, room.desk, Scratch(), news, (maria, joe)) as made:
                yield made, room


def said(message: Message | View) -> str:
    """Read the sections of an answer."""
    texts = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    return "\n".join(texts)


async def until(condition: Any) -> None:  # noqa: ANN401 - anything that can be called
    """Wait for something to be so."""
    async with asyncio.timeout(PROMPTLY):
        while not condition():  # noqa: ASYNC110 - what is waited for rings no bell
            await asyncio.sleep(0.01)
