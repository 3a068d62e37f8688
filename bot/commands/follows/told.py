"""What is known when a reply speaks of a follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.commands.follows.backtest import Wanted, within
from bot.commands.tools import Tools
from bot.models import Habits
from bot.store import follows


@dataclass(frozen=True, slots=True)
class Told:
    """A follow, and what it takes to speak of it."""

    follow: Wanted
    names: Mapping[int, str]
    """The feeds that it looks in."""
    habits: Habits
    """Of whom its alerts come to."""


async def look_up(tools: Tools, follow: Wanted) -> Told:
    """Learn where a follow looks and when its alerts come."""
    habits = await tools.db.read(lambda c: follows.addressee(c, follow.target).habits)
    return Told(follow, await within(tools, follow), habits)
