"""Which follows take part in a digest: let them join, leave, or be as they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.people import own_time
from bot.commands.tools import Tools
from bot.digest import counted
from bot.errors import CommandError
from bot.models import Button, Follow, Rhythm
from bot.prose import prose
from bot.reply import Choice, Reply
from bot.store import Connection, follows

RHYTHMS = tuple(Choice(rhythm.capitalize(), rhythm) for rhythm in (Rhythm.DAILY, Rhythm.WEEKLY))
SEND = Button("Send one now", "/digest now")
LONGEST = 2_000
"""Characters in which an Undo names every follow that somebody may have."""


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    numbers = tuple(
        Option(rhythm, Kind.TEXT, "Follows by their numbers", flag=rhythm, longest=LONGEST)
        for rhythm in Rhythm
    )
    rhythm = Option("rhythm", Kind.CHOICE, "Which digest: daily or weekly", choices=RHYTHMS)
    return (
        Command(("digest", "off"), "Let all your follows alert at once again", partial(_off, tools)),
        Command(
            ("digest", "join"),
            "Let follows that alert at once join the digest",
            partial(_join, tools),
            (rhythm,),
            behind_button=True,
        ),
        Command(
            ("digest", "put"),
            "Give follows the rhythm they had",
            partial(_put, tools),
            numbers,
            behind_button=True,
        ),
    )


def own(c: Connection, caller: Caller) -> list[Follow]:
    """List what a person follows for themselves: of a channel's alerts the channel has the times."""
    return [one for one in follows.of_person(c, caller.person) if one.target == caller.person]


async def _join(tools: Tools, caller: Caller, values: Values) -> Reply:
    habits = await own_time.habits_of(tools, caller)
    rhythm = Rhythm(values.get("rhythm", Rhythm.DAILY))
    if own_time.zone_of(caller, habits, None) is None:
        return own_time.ask(caller, f"/digest {rhythm}", tools.clock())
    before = await _give(tools, caller, lambda one: rhythm if one.rhythm is Rhythm.NOW else None)
    if not before:
        return Reply(prose("None of your follows alerts at once. Nothing changed."))
    said = f"{counted(len(before), 'follow')} now come{'s' * (len(before) == 1)} in your {rhythm} digest."
    return Reply(prose(said), buttons=(_back(before),))


async def _off(tools: Tools, caller: Caller, values: Values) -> Reply:
    del values
    digests = {Rhythm.DAILY, Rhythm.WEEKLY}
    before = await _give(tools, caller, lambda one: Rhythm.NOW if one.rhythm in digests else None)
    if not before:
        return Reply(prose("None of your follows waits for a digest. Nothing changed."))
    one = len(before) == 1
    said = f"No more digests: {counted(len(before), 'follow')} alert{'s' * one} at once again."
    return Reply(prose(said, " What waits already still comes together."), buttons=(SEND, _back(before)))


async def _put(tools: Tools, caller: Caller, values: Values) -> Reply:
    wanted = {
        int(number): Rhythm(rhythm)
        for rhythm, numbers in values.items()
        for number in numbers.split(",")
        if find.is_number(number)
    }
    before = await _give(tools, caller, lambda one: wanted.get(one.id))
    if not before:
        raise CommandError("Nothing is left of these follows that could be put back.")
    said = f"{counted(len(before), 'follow')} as before."
    return Reply(prose("Put back: ", said), buttons=(_back(before),))


async def _give(
    tools: Tools, caller: Caller, rhythm_of: Callable[[Follow], Rhythm | None]
) -> Mapping[int, Rhythm]:
    """Give a person's follows other rhythms (None: leave it); say which had which before."""

    def change(c: Connection) -> dict[int, Rhythm]:
        before = {}
        for one in own(c, caller):
            rhythm = rhythm_of(one)
            if rhythm is not None and rhythm is not one.rhythm:
                follows.change(c, one.id, rhythm=rhythm)
                before[one.id] = one.rhythm
        return before

    return await tools.db.write(change)


def _back(before: Mapping[int, Rhythm]) -> Button:
    """Bring back exactly these rhythms."""
    groups = {
        rhythm: ",".join(str(number) for number, had in before.items() if had is rhythm) for rhythm in Rhythm
    }
    named = [f"{rhythm}:{numbers}" for rhythm, numbers in groups.items() if numbers]
    return Button("Undo", " ".join(["/digest put", *named]))
