"""The terminal as a chat platform of one person, who sees every channel and may change everything."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from datetime import timedelta, tzinfo
from functools import partial
from types import TracebackType
from typing import ClassVar, TextIO

import structlog

from adapters.terminal import listen, machine
from adapters.terminal.keys import Keys
from adapters.terminal.output import Output
from adapters.terminal.settings import NAME, TerminalSettings
from adapters.terminal.talk import Talk
from adapters.terminal.writer import encoding_of
from bot.adapter import Adapter, Finding, Found, Severity, Sighting, Ticket
from bot.command import Caller, Desk
from bot.errors import CommandError
from bot.models import Card, Message, Target, TargetKind
from bot.prose import Prose
from bot.settings import AdapterSettings
from bot.text import clean

log = structlog.get_logger()


class TerminalAdapter(Adapter):
    """Cards on standard output, commands at a prompt or from a pipe; a channel is a name in a card's head.

    What was written cannot be read back, so ``find`` knows of no message but this process's own. A
    terminal gives no ids either: the ticket's key, which is unique already, serves as one.
    """

    name: ClassVar[str] = "terminal"
    Settings: ClassVar[type[AdapterSettings]] = TerminalSettings
    settle: ClassVar[timedelta] = timedelta(0)  # nothing is under way once this process has ended

    def __init__(
        self,
        settings: TerminalSettings,
        stream: TextIO | None = None,
        zone: tzinfo | None = None,
        stdin: TextIO | None = None,
    ) -> None:
        """Write to ``stream`` (standard output), times in ``zone`` (this machine's); read ``stdin``."""
        super().__init__(settings)
        self._how = settings
        self._output = Output(stream or sys.stdout, settings, zone)
        self._stdin: TextIO | None = stdin or sys.stdin

    @classmethod
    def target(cls, text: str) -> Target:
        """Read a channel's name, with or without the ``#`` before it, or ``@`` and a person's."""
        is_person = text.startswith("@")
        name = text.removeprefix("@" if is_person else "#")
        if not NAME.fullmatch(name):
            raise CommandError(
                f"“{clean(text)[:80]}” cannot be a channel of the terminal. Its name is up to 64 letters,"
                " digits, dots, dashes and underscores, for example terminal:news."
            )
        return Target(cls.name, name, kind=TargetKind.PERSON if is_person else TargetKind.CHANNEL)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the writing thread end."""
        self._output.close()

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Write a message; Busy once nobody reads the output."""
        await self._output.show(target, ticket.key, message, key=ticket.key)
        return ticket.key

    async def edit(self, target: Target, message_id: str, card: Card, ticket: Ticket) -> None:
        """Write the card again, marked as corrected: what is on the screen already stays there."""
        del ticket
        await self._output.show(target, message_id, card, edited=True)

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Look what became of a page whose post was cut off; Busy while it is still being written."""
        del target, message
        return self._output.sighting(ticket.key)

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """See every channel: they all come up on the one screen."""
        del who
        return channels

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Forbid nothing: whoever is at this terminal could as well stop the bot."""
        del person, channel
        return None

    async def doctor(self, targets: Sequence[Target]) -> Sequence[Finding]:
        """Say whether standard output takes cards, whole."""
        del targets
        stream = self._output.stream
        if stream is None or stream.closed:
            return [
                Finding(
                    Severity.PROBLEM, "Standard output is closed: cards for the terminal have nowhere to go."
                )
            ]
        if not encoding_of(stream).startswith("utf"):
            return [
                Finding(
                    Severity.WARNING,
                    f"The terminal's encoding is {stream.encoding}: letters it does not have show as"
                    " “?”. Set PYTHONUTF8=1 in the environment.",
                )
            ]
        return [Finding(Severity.OK, "Cards for the terminal go to standard output.")]

    async def listen(self, desk: Desk) -> None:
        """Take commands at a prompt where a person can type, else from what is piped in.

        A terminal on the reading side alone (``wireroom run | less``) is for looking on. The end of
        what is piped in ends nothing, and neither does a prompt that fails.
        """
        stdin, stream = self._stdin, self._output.stream
        if stdin is None or stdin.closed or stream is None or stream.closed:
            return
        at_terminal = machine.is_terminal(stdin)
        if at_terminal and not machine.is_terminal(stream):
            return
        self._output.keys = Keys()
        talk = self._talk(desk, self._output.keys, echo=not at_terminal)
        try:
            if at_terminal:
                await listen.at_prompt(talk, self._output, stdin, stream)
            else:
                await listen.from_pipe(talk, stdin)
        except Exception:
            log.exception("terminal.deaf", hint="cards still come; restart wireroom to type commands again")
        finally:
            self._output.keys = None

    def _talk(self, desk: Desk, keys: Keys, *, echo: bool) -> Talk:
        person = self.target(f"@{machine.login()}")
        return Talk(
            desk,
            Caller(
                person,
                self.target(self._how.channel),
                machine.timezone(),
                timezone_from="this machine",
                operator=True,
            ),
            keys,
            read_channel=self.target,
            show=partial(listen.answer, desk, self._output, echo=echo),
            leave=machine.interrupt,
        )
