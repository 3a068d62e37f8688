"""The front desk: takes a command from any platform, checks it, has it carried out, and always answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from bot.command import Caller, Command, Completion, Kind, Option, Right, Values
from bot.commands import find
from bot.commands.desk import help, typed  # noqa: A004 - the room has a module for what people call help
from bot.commands.desk.complete import Completer
from bot.commands.desk.register import HOME, Register
from bot.commands.desk.typed import Call
from bot.commands.tools import Refusal, Tools
from bot.errors import CommandError, WireroomError
from bot.models import Target
from bot.prose import Code, Prose, prose
from bot.reply import Choice, Reply

NOTHING: Values = {}
SORRY = (
    "Something went wrong on my side, and its details are in my log. Please try again; "
    "if it happens again, tell whoever runs me."
)

log = structlog.get_logger()


class FrontDesk:
    """Every command of the bot; implements ``bot.command.Desk``."""

    def __init__(self, commands: Sequence[Command], tools: Tools, operator: Target | None = None) -> None:
        """Take all commands but the one for help, which the desk adds, and who runs the bot."""
        self._register = Register((*commands, self._help()))
        self._tools = tools
        self._operator = operator
        self._completer = Completer(self._register, tools)

    def _help(self) -> Command:
        about = Option("command", Kind.TEXT, "The command to explain; without it, all are listed.")
        return Command((HOME, "help"), "Show what I can do.", self._explain, (about,), synonyms=("commands",))

    @property
    def commands(self) -> Sequence[Command]:
        """All that there are, in the order of the help."""
        return self._register.commands

    async def answer(self, caller: Caller, text: str, values: Values = NOTHING) -> Reply:
        """Carry out a command and answer, also where it failed; never raises but when cancelled."""
        begun, name, outcome = time.perf_counter(), "", "done"
        try:
            called = typed.call(self._register, text)
            name = " ".join(called.path)
            reply = await self._carry_out(self._known(caller), called, values)
        except Refusal as refusal:
            reply, outcome = replace(refusal.reply, refused=True), "refused"
        except WireroomError as error:
            reply, outcome = Reply(spoken(str(error)), refused=True), "refused"
        except Exception:
            log.exception("command.failed", command=name)
            reply, outcome = Reply(prose(SORRY)), "failed"
        self._completer.forget(caller.person)  # what they follow may be another by now
        log.info("command", name=name, outcome=outcome, ms=round((time.perf_counter() - begun) * 1_000))
        return reply

    async def complete(self, caller: Caller, text: str) -> Sequence[Completion]:
        """Say how a text typed so far could go on; nothing where that cannot be told in time."""
        try:
            return await self._completer.complete(caller, text)
        except Exception:
            log.exception("command.cannot_complete")
            return ()

    async def suggest(self, caller: Caller, path: Sequence[str], option: str, typed: str) -> Sequence[Choice]:
        """Say what an option could be, at most 25, from memory and within a second."""
        try:
            return await self._completer.suggest(caller, tuple(path), option, typed)
        except Exception:
            log.exception("command.cannot_suggest")
            return ()

    def _known(self, caller: Caller) -> Caller:
        """Know whoever runs the bot on every platform, also where the platform does not tell."""
        return replace(caller, operator=True) if caller.person == self._operator else caller

    async def _carry_out(self, caller: Caller, called: Call, given: Values) -> Reply:
        called, given = typed.alone(self._register, called, given)
        command = self._register.get(called.path)
        if not called.path and not called.rest:
            command = self._register.get((HOME,)) or self._help()
        elif called.rest.casefold() in typed.HELP and called.path:
            return self._about(caller, called)
        if command is None or self._is_other_word(called, command):
            return self._unknown(caller, called)
        values = typed.values(command, called.rest, given)
        for option in command.options:
            if option.required and option.name not in values:
                return help.missing(command, option, values, caller)
        await self._permit(caller, command, values)
        return await command.handler(caller, values)

    def _is_other_word(self, called: Call, command: Command) -> bool:
        """A command without options that has others below it is followed by their words alone."""
        return bool(called.rest) and not command.options and self._register.is_group(called.path)

    def _about(self, caller: Caller, called: Call) -> Reply:
        command = self._register.get(called.path)
        if command is not None and not self._register.is_group(called.path):
            return help.about(command, caller)
        return help.group(self._register, called.path, caller)

    def _unknown(self, caller: Caller, called: Call) -> Reply:
        if called.path and not called.rest:
            return help.group(self._register, called.path, caller)
        said = " ".join([*called.path, called.rest])
        typed_ = "/" + find.shortened(said)
        return help.unknown(self._register, called.path, called.rest, typed_, caller)

    async def _permit(self, caller: Caller, command: Command, values: Mapping[str, str]) -> None:
        if command.right is Right.OPERATOR and not caller.operator:
            raise CommandError("Only whoever runs this bot can do that.")
        if command.right is Right.MANAGER:
            named = [values.get(option.name) for option in command.options if option.kind is Kind.CHANNEL]
            text = next(filter(None, named), None)
            place = await find.channel(self._tools, caller, text) if text else caller.place
            await find.allow(self._tools, caller, place)

    async def _explain(self, caller: Caller, values: Values) -> Reply:
        asked = values.get("command", "")
        if not asked:
            return help.overview(self._register, caller)
        called = typed.call(self._register, asked)
        return self._about(caller, called) if called.path else self._unknown(caller, called)


def spoken(text: str) -> Prose:
    """Make a reply of an error's sentence, in which backticks enclose what is to be typed."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one is left without its fellow, so none of them can be trusted
        return prose(text)
    return prose(*(Code(part) if place % 2 else part for place, part in enumerate(parts) if part))
