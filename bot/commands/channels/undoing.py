"""Undo of what changed several things at once: feeds in channels become what they were."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.channels import baseline, limits
from bot.commands.channels.baseline import Document
from bot.commands.channels.drawer import Drawer
from bot.commands.channels.phrases import channel_of, times_of
from bot.commands.tools import Tools
from bot.errors import CommandError, WireroomError
from bot.models import Button, TargetKind
from bot.prose import Bold, Named, Prose, listed, prose
from bot.reply import Reply
from bot.schedule import Bounds
from bot.store import Connection, channel, feeds, subscriptions
from bot.store.channel import Carriage

GONE = "I can't undo that any more: I keep the way back for an hour. You can change it anew by hand."


@dataclass(frozen=True, slots=True)
class Before:
    """How it was before a change."""

    was: tuple[Carriage, ...] = ()
    """As they were; they may be gone by now."""
    was_not: tuple[Carriage, ...] = ()
    """They were not there."""
    public: bool = False
    """Whether the channel was told of the change; then it is told of this too."""


class Undoing:
    """Keeps ways back, and goes them."""

    def __init__(self, tools: Tools, drawer: Drawer[Before]) -> None:
        self._tools = tools
        self._drawer = drawer

    async def button(self, caller: Caller, before: Before) -> Button:
        """Make the button by which a person undoes their change within the hour."""
        return Button("Undo", f"/feeds undo {await self._drawer.put(caller.person, before)}")

    def commands(self) -> tuple[Command, ...]:
        """Declare what the button calls."""
        word = Option("word", Kind.TEXT, "Which change", required=True)
        return (
            Command(("feeds", "undo"), "Take a change of feeds back", self.undo, (word,), behind_button=True),
        )

    async def undo(self, caller: Caller, values: Values) -> Reply:
        """Go back to how it was; once."""
        before = await self._drawer.get(caller.person, values["word"])
        if before is None:
            raise CommandError(GONE)
        everything = before.was + before.was_not
        for one in everything:
            await find.allow(self._tools, caller, one.target)
        documents = {one.address: await self._document(one) for one in before.was}
        await self._tools.db.write(lambda c: self._go_back(c, before, documents))
        await self._drawer.drop(caller.person, values["word"])
        return Reply(
            prose("Undone: ", _back(before)),
            public=_public(caller, before),
            public_in=everything[0].target,
        )

    async def _document(self, one: Carriage) -> Document | None:
        """Read a feed that is forgotten by now, so that its posts are no news; else None."""
        if await self._tools.db.read(lambda c: feeds.find(c, one.address)) is not None:
            return None
        with suppress(WireroomError):  # the first poll will do it
            answer = await self._tools.feeds.fetch(one.address)
            return Document(answer, await self._tools.feeds.parse(answer))
        return None

    def _go_back(self, c: Connection, before: Before, documents: dict[str, Document | None]) -> None:
        for one in before.was_not:
            where = subscriptions.target_id(c, one.target)
            subscriptions.remove(c, feed_id=one.feed_id, target_id=where)
        for one in before.was:
            self._bring_back(c, one, documents[one.address])

    def _bring_back(self, c: Connection, was: Carriage, document: Document | None) -> None:
        now, settings = self._tools.clock(), self._tools.settings
        feed_id = feeds.add(c, address=was.address, host=was.host, title=was.title, now=now)
        there = channel.get(c, feed_id, was.target)
        if there is None:
            limits.demand_room(c, was.target, settings)
            channel.restore(c, feed_id, was)
        else:
            channel.configure(c, there.id, name=was.name, settings=was.settings)
        if feeds.get(c, feed_id).own_interval != was.own_interval:
            feeds.set_interval(c, feed_id, interval=was.own_interval, now=now)
        if document:
            bounds = Bounds(settings.poll_min, settings.poll_max)
            baseline.remember(c, feed_id, document, bounds=bounds, now=now)


def _back(before: Before) -> Prose:
    if before.was:
        names = listed([Bold(name) for name in _names(before.was)], last=" and ")
        return prose(names, " is" if len(_names(before.was)) == 1 else " are", " as before.")
    return prose(f"{times_of(len(before.was_not), 'feed is', 'feeds are')} removed again.")


def _names(carriages: Sequence[Carriage]) -> list[str]:
    return list(dict.fromkeys(one.shown for one in carriages))


def _public(caller: Caller, before: Before) -> Prose | None:
    """Tell a channel; in a direct message there is nobody to tell."""
    everything = before.was + before.was_not
    targets = {one.target for one in everything}
    if not before.public or len(targets) > 1 or everything[0].target.kind is TargetKind.PERSON:
        return None
    where = channel_of(caller, everything[0].target)
    return prose(Named(caller.person), " undid a change of the feeds in ", where, ": ", _back(before))
