"""What is typed at the terminal, a line at a time: commands, the numbers of buttons, /channel, /quit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from adapters.terminal.file import opened
from adapters.terminal.keys import Keys
from bot.command import Caller, Completion, Desk
from bot.errors import CommandError
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Named, Prose, prose
from bot.reply import Reply

LONGEST = 4_000
"""Characters of a line; the longest query has 300."""
QUOTED = 60
"""Characters of a longer line by which it can be recognised."""
OWN = (
    ("/channel", "Change the channel in which you type, or see which it is"),
    ("/quit", "End wireroom"),
)
"""Commands that only a terminal has."""

TOO_LONG = prose(f"That line is longer than {LONGEST:,} characters, so I didn't read it. Make it shorter.")
HINT = prose(
    *("Commands begin with a slash: ", Code("/follow semiconductors"), ". "),
    *(Code("/wireroom help"), " shows them all."),
)

Show = Callable[[Target, str, Reply], Awaitable[None]]
"""Shows the answer to what was typed in a place."""


class Talk:
    """One person at one terminal, and where they are."""

    def __init__(
        self,
        desk: Desk,
        caller: Caller,
        keys: Keys,
        *,
        read_channel: Callable[[str], Target],
        show: Show,
        leave: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._caller = caller
        self._keys = keys
        self._read_channel = read_channel
        self.show = show
        self._leave = leave
        self.over = False
        """Whether the person has left."""

    @property
    def place(self) -> Target:
        """The channel in which commands are given, or the person."""
        return self._caller.place

    async def hear(self, line: str) -> str:
        """Carry out a line and show its answer; gives back what the person is to finish, mostly nothing.

        Lines that all begin with a slash are several commands, pasted at one go.
        """
        lines = [one.strip() for one in line.splitlines() if one.strip()]
        unfinished = ""
        for one in lines if all(one.startswith("/") for one in lines) else [line.strip()]:
            unfinished = await self._one(one)
        return unfinished

    async def _one(self, typed: str) -> str:
        if not typed or self.over:
            return ""
        if len(typed) > LONGEST:
            return await self._say(f"{typed[:QUOTED]}…", TOO_LONG)
        if typed.isascii() and typed.isdecimal() and len(typed) <= len("99"):
            return await self._press(typed)
        if not typed.startswith("/"):
            return await self._say(typed, HINT)
        word, _, rest = typed.partition(" ")
        match word.casefold():
            case "/quit":
                self.leave()
            case "/channel":
                return await self._say(typed, self._go(rest.strip()))
            case _:
                await self._carry_out(typed, typed)
        return ""

    def leave(self) -> None:
        """End wireroom as Ctrl-C does."""
        self.over = True
        self._leave()

    async def complete(self, text: str) -> Sequence[Completion]:
        """Say how a command typed so far could go on."""
        if not text.startswith("/"):
            return ()
        own = [Completion(0, name, detail=help_) for name, help_ in OWN if name.startswith(text.casefold())]
        return [*await self._desk.complete(self._caller, text), *own]

    async def _press(self, typed: str) -> str:
        press = self._keys.pressed(typed)
        if press is None:
            return await self._say(typed, prose("No button here bears the number ", Bold(typed), "."))
        if press.to_finish:
            return press.text
        await self._carry_out(press.text, typed)
        return ""

    async def _carry_out(self, command: str, typed: str) -> None:
        text, values = await asyncio.to_thread(opened, command, self._desk.commands, Path.cwd())
        await self.show(self.place, typed, await self._desk.answer(self._caller, text, values))

    async def _say(self, typed: str, text: Prose) -> str:
        await self.show(self.place, typed, Reply(text))
        return ""

    def _go(self, name: str) -> Prose:
        """Change the channel."""
        here = self._caller
        person = here.person
        try:
            if name:
                place = person if name.casefold() == "me" else self._read_channel(name)
                if place.kind is TargetKind.PERSON and place != person:
                    return prose("Only your own direct messages are here: ", Code("/channel me"), ".")
                self._caller = replace(here, place=place)
        except CommandError as error:
            return (str(error),)
        return prose("You are in ", Named(self.place), ".")
