"""Somebody at a terminal: a real pty, the screen as it then looks, and a desk that answers from a book."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import termios
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from typing import TextIO

from structlog.testing import capture_logs

from adapters.terminal import TerminalAdapter, TerminalSettings
from bot.command import Caller, Command, Completion, Kind, Option, Values
from bot.prose import Code, prose
from bot.reply import Choice, Reply

ROWS, COLUMNS = 40, 90
WAIT_SECONDS = 10
TOKEN = re.compile(
    r"\x1b\[(?P<private>[?>=]?)(?P<numbers>[\d;]*)(?P<order>[A-Za-z])"
    r"|\x1b\][^\x1b\x07]*(?:\x07|\x1b\\)|\x1b[=>78M]|(?P<letter>[^\x1b])",
    re.DOTALL,
)
FOLLOW = Command(
    ("follow",),
    "Get a message",
    handler=lambda _caller, _values: asyncio.sleep(0, Reply(())),
    options=(
        Option("words", Kind.QUERY, "Words to look for", required=True),
        Option("feed", Kind.FEED, "Only this feed", flag="in"),
        Option("rhythm", Kind.CHOICE, "When", flag="when"),
    ),
)
IMPORT = Command(
    ("feeds", "import"),
    "Add a list",
    handler=lambda _caller, _values: asyncio.sleep(0, Reply(())),
    options=(Option("list", Kind.DOCUMENT, "A list", longest=100),),
)


class Screen:
    """As much of a terminal as prompt_toolkit and rich use: lines, a cursor, erasing."""

    def __init__(self) -> None:
        self.lines = [""]
        self._row = self._column = 0
        self._rest = ""

    def feed(self, text: str) -> None:
        """Take what a program wrote."""
        text, at = self._rest + text, 0
        while match := TOKEN.match(text, at):
            at = match.end()
            if match["letter"]:
                self._letter(match["letter"])
            elif match["order"] and not match["private"]:
                self._move(match["order"], int(match["numbers"].split(";")[0] or 0))
        self._rest = text[at:]

    def _letter(self, letter: str) -> None:
        match letter:
            case "\r":
                self._column = 0
            case "\n":
                self._row += 1
            case "\b":
                self._column = max(0, self._column - 1)
            case _ if letter.isprintable():
                if self._column == COLUMNS:
                    self._row, self._column = self._row + 1, 0
                line = self._line()
                self.lines[self._row] = line[: self._column] + letter + line[self._column + 1 :]
                self._column += 1
        self._line()

    def _line(self) -> str:
        while len(self.lines) <= self._row:
            self.lines.append("")
        self.lines[self._row] = self.lines[self._row].ljust(self._column)
        return self.lines[self._row]

    def _move(self, order: str, number: int) -> None:
        step = max(1, number)
        match order:
            case "A":
                self._row = max(0, self._row - step)
            case "B":
                self._row += step
            case "C":
                self._column = min(COLUMNS - 1, self._column + step)
            case "D":
                self._column = max(0, self._column - step)
            case "J":
                del self.lines[self._row + 1 :]
                self.lines[self._row] = self._line()[: self._column]
            case "K":
                self.lines[self._row] = self._line()[: self._column]

    def has(self, text: str) -> bool:
        """Say whether a text stands in a line."""
        return any(text in line for line in self.lines)

    def shown(self) -> list[str]:
        """Read the lines that hold something."""
        return [line.rstrip() for line in self.lines if line.strip()]


class Book:
    """A desk whose answers are written down beforehand; what it is asked is kept."""

    def __init__(self, answers: dict[str, Reply] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[Caller, str]] = []
        self.given: list[Values] = []

    @property
    def commands(self) -> Sequence[Command]:
        """Know two commands."""
        return (FOLLOW, IMPORT)

    async def answer(self, caller: Caller, text: str, values: Values | None = None) -> Reply:
        """Look the answer up; without one say what was asked."""
        self.asked.append((caller, text))
        self.given.append(values or {})
        await asyncio.sleep(0)
        return self.answers.get(text) or Reply(prose("You said ", Code(text), "."))

    async def complete(self, caller: Caller, text: str) -> Sequence[Completion]:
        """Complete two commands and a flag."""
        del caller
        start = text.rfind(" ") + 1
        offers = ("/follow", "/following") if not start else ("when:daily", "when:now")
        return [Completion(start, offer) for offer in offers if offer.startswith(text[start:])]

    async def suggest(self, caller: Caller, path: Sequence[str], option: str, typed: str) -> Sequence[Choice]:
        """Suggest nothing."""
        del caller, path, option, typed
        return ()

    @property
    def texts(self) -> list[str]:
        """What it was asked, in order."""
        return [text for _, text in self.asked]


class Typist:
    """Types at one side of a pty and looks at the screen."""

    def __init__(self, master: int, terminal: TextIO, adapter: TerminalAdapter, desk: Book) -> None:
        self.terminal = terminal
        self.adapter = adapter
        self.desk = desk
        self.screen = Screen()
        self.listening = asyncio.create_task(adapter.listen(desk))
        self._master = master
        self._decoder = getincrementaldecoder("utf-8")("replace")

    def type(self, keys: str) -> None:
        """Press keys; Enter is a carriage return."""
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self._master)
        self._master = -1

    async def until(self, done: Callable[[Screen], object]) -> Screen:
        """Look at the screen until something is so."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not done(self.screen):
                    await self._look()
        except TimeoutError:
            raise AssertionError("\n".join(self.screen.shown())) from None
        return self.screen

    async def until_shown(self, *texts: str) -> Screen:
        """Look until each of these texts stands in a line."""
        return await self.until(lambda screen: all(map(screen.has, texts)))

    async def until_last(self, line: str) -> Screen:
        """Look until the last line on the screen is this one."""
        return await self.until(lambda screen: screen.shown()[-1:] == [line])

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._master, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._master)
        self.screen.feed(self._decoder.decode(os.read(self._master, 65_536)))

    async def leave(self) -> None:
        """Let the adapter listen no longer."""
        self.listening.cancel()
        await asyncio.wait({self.listening})
        if self._master >= 0:
            self.hang_up()


@asynccontextmanager
async def typist(
    desk: Book | None = None,
    settings: TerminalSettings | None = None,
    *,
    stderr: bool = False,
    fails: bool = False,
) -> AsyncIterator[Typist]:
    """Sit down at a terminal whose adapter listens, and see that it logs no failure unless it ``fails``.

    With ``stderr`` this process's own standard error leads to the terminal too.
    """
    desk = desk or Book()
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (ROWS, COLUMNS))
    if stderr:
        os.dup2(slave, 2)
    with (
        os.fdopen(slave, "w", encoding="utf-8", closefd=False) as stdout,
        os.fdopen(slave, encoding="utf-8") as stdin,
    ):
        async with TerminalAdapter(settings or TerminalSettings(width=60), stdout, UTC, stdin) as adapter:
            with capture_logs() as logs:
                sitting = Typist(master, stdin, adapter, desk)
                try:
                    yield sitting
                finally:
                    await sitting.leave()
    assert [line["event"] for line in logs] == (["terminal.deaf"] if fails else [])
