"""/feeds add: look at an address, let a channel carry the feed, and show how it will look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from yarl import URL

from bot import look
from bot.command import Caller, Command, Kind, Option, Right, Values
from bot.commands import find
from bot.commands.channels import arrival, baseline, limits, offering, phrases, together
from bot.commands.channels.advice import advice
from bot.commands.channels.arrival import Landed
from bot.commands.channels.baseline import Document
from bot.commands.channels.limits import Turns
from bot.commands.desk.front import spoken
from bot.commands.tools import Refusal, Tools
from bot.errors import FeedError, FeedGone, FeedList, NotAFeed
from bot.guard import Refused, canonical, suggest
from bot.models import Button, Target
from bot.prose import Code, prose
from bot.reply import Choice, Reply
from bot.schedule import Bounds
from bot.store import Connection, channel, entries, feeds

MODES = (
    Choice("A card for each post", "cards"),
    Choice("A card in a thread", "thread"),
    Choice("All together once a day", "digest"),
)
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "cards": {},
    "thread": {look.THREAD.name: look.YES},
    "digest": {look.MODE.name: "digest"},
}
"""What each mode sets."""


def commands(tools: Tools, turns: Turns) -> tuple[Command, ...]:
    """Declare what adds feeds."""
    adding = Adding(tools, turns)
    options = (
        Option(
            "address",
            Kind.ADDRESS,
            "The address of a feed, or of a page that offers one",
            required=True,
            longest=2_000,
        ),
        Option("to", Kind.CHANNEL, "The channel, if not this one", flag="to"),
        Option("mode", Kind.CHOICE, "How its posts come", flag="mode", choices=MODES),
        Option(
            "anyway",
            Kind.CHOICE,
            "Though it cannot be read now",
            flag="anyway",
            choices=(Choice("Yes", look.YES),),
        ),
    )
    return (
        Command(
            ("feeds", "add"),
            "Post a feed in a channel",
            adding.add,
            options,
            Right.MANAGER,
            synonyms=("subscribe",),
            example="/feeds add https://example.org/feed.xml",
        ),
    )


class Adding:
    """Carries out /feeds add."""

    def __init__(self, tools: Tools, turns: Turns) -> None:
        self._tools = tools
        self._turns = turns

    async def add(self, caller: Caller, values: Values) -> Reply:
        """Add a feed; what keeps it from being added comes with the button that helps."""
        now = self._tools.clock()
        target = await find.channel(self._tools, caller, values["to"]) if "to" in values else caller.place
        url = self._address(values)
        there = await self._tools.db.read(lambda c: channel.at(c, str(url), target))
        if there is not None:
            return arrival.already(caller, there, now)
        self._turns.take(caller.person)
        await self._demand_post(target, values)
        document = None if "anyway" in values else await self._document(url, values)
        landed = await self._tools.db.write(lambda c: self._land(c, url, document, target, caller, values))
        if not landed.new:
            return arrival.already(caller, landed.carriage, now)
        reply = arrival.added(caller, landed, document.parsed if document else None, now=now)
        return replace(reply, text=prose(reply.text, await advice(self._tools, landed.carriage)))

    def _address(self, values: Values) -> URL:
        """Read an address; one without a scheme is tried with https, one that is wrong comes with a guess."""
        typed = values["address"].strip()
        likely = suggest(typed)
        scheme = typed.partition(":")[0].lower()
        if likely and ("://" not in typed or scheme == "feed"):
            typed = likely
        try:
            canonical(typed)
        except FeedError as error:
            tries = (Button("Try that", again(likely, values)),) if likely else ()
            channel_behind = " #" in typed
            how = prose(" Write ", Code("to:"), " in front of another channel.") if channel_behind else ()
            raise Refusal(Reply(prose(spoken(error.reason), how), buttons=tries)) from error
        return self._tools.feeds.check(typed)

    async def _demand_post(self, target: Target, values: Values) -> None:
        adapter = self._tools.adapters.get(target.platform)
        said = await adapter.cannot_post(target) if adapter else None
        if said is not None:
            raise Refusal(Reply(said, buttons=(Button("Try again", again(values["address"], values)),)))

    async def _document(self, url: URL, values: Values) -> Document:
        """Read the feed; raises Refusal with what else can be done where it is none."""
        keep_tracking = self._tools.settings.keep_tracking
        try:
            answer = await self._tools.feeds.fetch(str(url))
            try:
                return Document(answer, await self._tools.feeds.parse(answer, keep_tracking=keep_tracking))
            except NotAFeed:
                found = await self._tools.feeds.offers(answer)
                raise Refusal(
                    offering.offer(str(url), found, lambda address: again(address, values))
                ) from None
        except (FeedGone, Refused):
            raise
        except FeedList as error:
            channel_ = f" {phrases.flag('channel', values['to'])}" if "to" in values else ""
            take = Button("Import it", f"/feeds import {url}{channel_}")
            raise Refusal(Reply(spoken(error.reason), buttons=(take,))) from error
        except FeedError as error:
            anyway = Button("Add anyway", again(str(url), {**values, "anyway": look.YES}))
            text = prose(spoken(error.reason), " I'll keep trying if you add it anyway.")
            raise Refusal(Reply(text, buttons=(anyway,))) from error

    def _land(
        self,
        c: Connection,
        url: URL,
        document: Document | None,
        target: Target,
        caller: Caller,
        values: Values,
    ) -> Landed:
        """Let the target carry the feed and remember what was read, in one transaction with the limits."""
        now, settings = self._tools.clock(), self._tools.settings
        moved = document.answer.moved_to if document else None
        url = self._tools.feeds.check(moved) if moved else url
        there = channel.at(c, str(url), target)
        if there is not None:
            return Landed(there, new=False)
        limits.demand_room(c, target, settings)
        title = document.parsed.title if document else ""
        feed_id = feeds.add(c, address=str(url), host=url.host_port_subcomponent or "", title=title, now=now)
        chosen = SETTINGS[values.get("mode", "cards")]
        carriage = channel.add(c, feed_id, target, added_by=caller.person, settings=chosen, now=now)
        if document:
            baseline.remember(
                c, feed_id, document, bounds=Bounds(settings.poll_min, settings.poll_max), now=now
            )
        newest = entries.newest(c, feed_id, limit=1)
        carriage = channel.get(c, feed_id, target) or carriage
        habits = together.settle(c, caller, target, now) if carriage.together else None
        return Landed(carriage, newest=newest[0] if newest else None, habits=habits)


def again(address: str, values: Values) -> str:
    """Write the command anew for another address, with the options as they were."""
    options = [phrases.flag(name, values[name]) for name in ("to", "mode", "anyway") if name in values]
    return " ".join(["/feeds add", address, *options])
