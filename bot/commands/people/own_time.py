"""A person's own time: their timezone, how it is asked for, and habits that are kept with what waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.command import Caller
from bot.commands.desk import hours
from bot.commands.tools import Tools
from bot.models import Habits
from bot.prose import Bold, Code, prose
from bot.reply import Choice, Field, Reply
from bot.store import Connection, bundles, follows, people, subscriptions

ZONE_MOST = 60
"""Characters of a timezone in a form; the longest name has 32."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A timezone, and where it is known from."""

    name: str
    source: str = ""
    """``from your Slack profile``, where the platform told it."""

    @property
    def shown(self) -> str:
        """Write it for a sentence: Asia/Hong_Kong, from your Slack profile."""
        return f"{self.name}, {self.source}" if self.source else self.name


def zone_of(caller: Caller, habits: Habits, typed: str | None) -> Zone | None:
    """Choose a timezone: the one typed, else the one kept, else what the platform says; None: unknown."""
    profile = _profile(caller)
    name = typed or habits.timezone or profile
    if name is None:
        return None
    told_by = caller.timezone_from or f"your {platform(caller)} profile"
    return Zone(name, f"from {told_by}" if name == profile and not typed else "")


def _profile(caller: Caller) -> str | None:
    try:
        return hours.read_zone(caller.timezone or "")
    except ValueError:  # no timezone that this machine knows
        return None


def platform(caller: Caller) -> str:
    """Name the platform as a sentence does."""
    return caller.person.platform.title()


def ask(caller: Caller, command: str, now: datetime) -> Reply:
    """Ask for the timezone once; each answer gives the command again, so that nothing is typed twice."""
    menu = tuple(
        Choice(hours.zone_now(hours.city(name), name, now), f"{command} {name}", name)
        for name in hours.LIKELY
    )
    said = f"What is your timezone? {platform(caller)} doesn't tell me. Choose one, or "
    if caller.fields:
        how = prose("give the command once more with yours in the field ", Bold("timezone"), ".")
    else:
        how = prose("type it: ", Code(f"{command} Europe/Berlin"))
    return Reply(prose(said, how), choices=menu)


def field(zone: Zone | None) -> Field:
    """Ask for the timezone in a form."""
    hint = "By a large city in it: Hong Kong"
    return Field("timezone", "Your timezone", value=zone.name if zone else "", hint=hint, longest=ZONE_MOST)


async def habits_of(tools: Tools, caller: Caller) -> Habits:
    """Load what a person has said of their time."""
    return await tools.db.read(lambda c: follows.addressee(c, caller.person).habits)


async def keep(tools: Tools, caller: Caller, change: Callable[[Habits], Habits]) -> tuple[Habits, Habits]:
    """Change a person's habits and move what waits for them; give the habits before and after."""
    now = tools.clock()

    def save(c: Connection) -> tuple[Habits, Habits]:
        before = follows.addressee(c, caller.person).habits
        after = change(before)
        if after != before:
            target_id = subscriptions.target_id(c, caller.person)
            people.save(c, target_id, after)
            bundles.rehold(c, target_id, after, now)
        return before, after

    before, after = await tools.db.write(save)
    if after != before:
        tools.enqueued()
    return before, after
