"""/skip: what a button does that leaves everything as it is."""

from __future__ import annotations

from bot.command import Caller, Command, Values
from bot.prose import prose
from bot.reply import Reply


def commands() -> tuple[Command, ...]:
    """Declare it."""
    return (Command(("skip",), "Change nothing", _skip, behind_button=True),)


async def _skip(caller: Caller, values: Values) -> Reply:
    del caller, values
    return Reply(prose("Cancelled. Nothing changed."))
