"""/feeds import: a list of feeds from another reader, looked at first and added by choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import opml
from bot.command import Caller, Command, Kind, Option, Right, Values
from bot.commands import find
from bot.commands.channels import limits, script, survey, surveyed, together
from bot.commands.channels.adding import MODES, SETTINGS
from bot.commands.channels.drawer import Drawer
from bot.commands.channels.limits import Turns
from bot.commands.channels.survey import Candidate, Survey
from bot.commands.channels.surveyed import Taken
from bot.commands.channels.undoing import Before, Undoing
from bot.commands.desk.front import spoken
from bot.commands.tools import Refusal, Tools
from bot.errors import CommandError, FeedError
from bot.prose import prose
from bot.reply import Field, Form, Reply
from bot.store import Connection, channel, feeds

LONGEST = 500_000
"""Characters of a pasted list."""
GONE = "That list is gone: I keep one for an hour. Send it again with `/feeds import`."

LIST = Option("list", Kind.DOCUMENT, "An OPML file, its text or its address", longest=LONGEST)
CHANNEL = Option("channel", Kind.CHANNEL, "The channel, if not this one", flag="channel")
WORD = Option("word", Kind.TEXT, "Which list", required=True)
WHICH = Option("which", Kind.TEXT, "Numbers: 1 3 5-9, or all", flag="which", longest=2_000)
MODE = Option("mode", Kind.CHOICE, "How their posts come", flag="mode", choices=MODES)
PAGE = Option("page", Kind.NUMBER, "The page", least=1)
FORM = Form(
    "Import a list of feeds",
    "/feeds import",
    (Field("list", "The list (OPML), or its address", required=True, longest=3_000),),
    submit="Look at it",
)


def commands(tools: Tools, turns: Turns, undoing: Undoing) -> tuple[Command, ...]:
    """Declare what imports lists."""
    importing = Importing(tools, turns, undoing)
    return (
        Command(
            ("feeds", "import"),
            "Add the feeds of a list (OPML)",
            importing.read,
            (LIST, CHANNEL),
            Right.MANAGER,
            example="/feeds import https://example.org/feeds.opml",
        ),
        Command(
            ("feeds", "choose"),
            "Choose feeds of a list",
            importing.choose,
            (WORD, PAGE),
            behind_button=True,
        ),
        Command(
            ("feeds", "take"),
            "Add feeds of a list",
            importing.take,
            (WORD, WHICH, MODE),
            behind_button=True,
        ),
    )


class Importing:
    """Carries out /feeds import, and the choice that follows it."""

    def __init__(self, tools: Tools, turns: Turns, undoing: Undoing) -> None:
        self._tools = tools
        self._turns = turns
        self._undoing = undoing
        self._drawer: Drawer[Survey] = Drawer(tools, script.LIST)

    async def read(self, caller: Caller, values: Values) -> Reply:
        """Look at a list and say what it would bring; nothing is added yet."""
        if "list" not in values:
            return Reply(prose("Which list? Most feed readers export one as OPML."), form=FORM)
        target = caller.place
        if "channel" in values:
            target = await find.channel(self._tools, caller, values["channel"])
        self._turns.take(caller.person)
        wanted = await self._list(values["list"].strip())
        there = await self._tools.db.read(lambda c: channel.of_target(c, target))
        addresses = {one.address for one in there}
        new = [one for one in wanted.feeds if one.address not in addresses]
        candidates = await survey.look(self._tools.feeds, new, now=self._tools.clock())
        found = Survey(target, candidates, len(wanted.feeds) - len(new), wanted.unreadable, wanted.left_out)
        room = await self._tools.db.read(lambda c: limits.room(c, target, self._tools.settings))
        return surveyed.summary(caller, found, room, await self._drawer.put(caller.person, found))

    async def _list(self, given: str) -> opml.FeedList:
        """Read a list that was pasted, or lies at an address."""
        try:
            if not _is_address(given):
                return opml.read(await self._tools.feeds.outlines(given))
            answer = await self._tools.feeds.fetch(given)
            return opml.read(await self._tools.feeds.outlines(answer.body, content_type=answer.content_type))
        except FeedError as error:
            raise Refusal(Reply(spoken(error.reason))) from error

    async def _survey(self, caller: Caller, values: Values) -> Survey:
        found = await self._drawer.get(caller.person, values["word"])
        if found is None:
            raise CommandError(GONE)
        return found

    async def choose(self, caller: Caller, values: Values) -> Reply:
        """List the feeds by numbers, with a form for those that are wanted."""
        found = await self._survey(caller, values)
        return surveyed.menu(found, values["word"], int(values.get("page", 1)))

    async def take(self, caller: Caller, values: Values) -> Reply:
        """Add feeds of a list that was looked at; as many as there is room for, in the list's order."""
        found = await self._survey(caller, values)
        await find.allow(self._tools, caller, found.target)
        chosen = found.readable
        if "which" in values:
            numbers = surveyed.read_numbers(values["which"], len(found.candidates))
            chosen = [found.candidates[number - 1] for number in numbers]
        mode = values.get("mode", "cards")
        taken = await self._tools.db.write(lambda c: self._take(c, caller, found, chosen, mode))
        added = taken.added
        undo = (await self._undoing.button(caller, Before(was_not=added, public=True)),) if added else ()
        return replace(surveyed.taken(caller, found, taken, mode), buttons=undo)

    def _take(
        self, c: Connection, caller: Caller, found: Survey, chosen: Sequence[Candidate], mode: str
    ) -> Taken:
        """Let the target carry the feeds.

        Their first poll, within seconds, finds out what they have already.
        """
        now = self._tools.clock()
        room = limits.room(c, found.target, self._tools.settings)
        new = [one for one in chosen if channel.at(c, one.address, found.target) is None]
        added = []
        for one in new[:room]:
            host = self._tools.feeds.check(one.address).host_port_subcomponent or ""
            feed_id = feeds.add(c, address=one.address, host=host, title=one.title, now=now)
            settings = SETTINGS[mode]
            added.append(
                channel.add(c, feed_id, found.target, added_by=caller.person, settings=settings, now=now)
            )
        daily = bool(added) and added[0].together
        habits = together.settle(c, caller, found.target, now) if daily else None
        return Taken(tuple(added), len(new) - len(added), habits)


def _is_address(given: str) -> bool:
    """Tell an address, with a slip in it perhaps, from a list, which has more than one word or is mark-up."""
    return "." in given and not given.startswith("<") and len(given.split()) == 1
