"""/feeds pause and resume: a feed's posts stay away from a channel for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot import duration
from bot.command import Caller, Command, Kind, Option, Right, Values
from bot.commands.channels import phrases, retrying
from bot.commands.channels.phrases import times_of
from bot.commands.channels.whereabouts import CHANNEL, FEED, carriages
from bot.commands.tools import Tools
from bot.errors import CommandError
from bot.models import Button, Target
from bot.prose import Bold, Moment, Prose, prose
from bot.reply import Reply
from bot.store import Connection, channel, feeds, subscriptions
from bot.store.channel import Carriage

LONGEST = timedelta(days=366)

UNTIL = Option("until", Kind.DURATION, "How long: 12h, 2d; else until resumed", flag="until")


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare what pauses and resumes feeds."""
    pausing = Pausing(tools)
    return (
        Command(
            ("feeds", "pause"),
            "Keep a feed's posts away for a while",
            pausing.pause,
            (FEED, UNTIL, CHANNEL),
            Right.MANAGER,
            example="/feeds pause 3 until:2d",
        ),
        Command(
            ("feeds", "resume"),
            "Let a paused feed post again",
            pausing.resume,
            (FEED, CHANNEL),
            Right.MANAGER,
            example="/feeds resume 3",
        ),
    )


class Pausing:
    """Carries out /feeds pause and /feeds resume."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def pause(self, caller: Caller, values: Values) -> Reply:
        """Pause a feed in the channels concerned; it is still read, so that nothing of it is lost."""
        now = self._tools.clock()
        lasting = duration.read(values["until"]) if "until" in values else None
        if lasting is not None and not timedelta() < lasting <= LONGEST:
            raise CommandError("A pause lasts a year at most. Without until: it lasts until you resume.")
        end = now + lasting if lasting else None
        found = await carriages(self._tools, caller, values, change=True)
        await self._tools.db.write(lambda c: _pause(c, found, now, end))
        name, where = Bold(found[0].shown), phrases.here(caller, [one.target for one in found])
        how = prose(" is paused ", where, *((" until ", Moment(end)) if end else ()), ".")
        still = " I still read it, and keep what comes for you to look at."
        was_paused = any(one.paused(now) for one in found)
        undo = (
            _undo(caller, found, "pause", _end(found, now)) if was_paused else _undo(caller, found, "resume")
        )
        return Reply(prose(name, how, still), buttons=(undo,))

    async def resume(self, caller: Caller, values: Values) -> Reply:
        """Let posts come again; those that came meanwhile are not posted but offered as a list.

        A channel that could not be posted to is tried again: that is what kept its feeds away.
        """
        now = self._tools.clock()
        found = await carriages(self._tools, caller, values, change=True)
        tried = await self._tools.db.write(lambda c: _retry(c, found, now))
        if tried:
            self._tools.enqueued()
        is_paused = found[0].stopped is not None or any(one.paused_at for one in found)
        if not is_paused and tried:
            return Reply(retrying.tried(tried))
        if not is_paused:
            where = phrases.here(caller, [one.target for one in found])
            return Reply(prose(Bold(found[0].shown), " isn't paused ", where, "."))
        missed = await self._tools.db.write(lambda c: _resume(c, found, now))
        resumed = _resumed(caller, found, missed, now)
        return replace(resumed, text=prose(resumed.text, " ", retrying.tried(tried))) if tried else resumed


def _pause(c: Connection, found: Sequence[Carriage], now: datetime, end: datetime | None) -> None:
    for one in found:
        # A pause that is only made longer or shorter began when it began: all since then was missed.
        began = one.paused_at if one.paused_at and one.paused(now) else now
        channel.pause(c, one.id, at=began, until=end)


def _retry(c: Connection, found: Sequence[Carriage], now: datetime) -> list[Target]:
    """Post again in those channels that could not be posted to."""
    kept_out = set(subscriptions.paused_on(c, found[0].target.platform))
    stopped = [one.target for one in found if one.target in kept_out]
    return [one for one in stopped if subscriptions.resume_target(c, one, now=now)]


def _resume(c: Connection, found: Sequence[Carriage], now: datetime) -> int:
    """End the pauses, also that of a feed which was not polled at all; the number of posts missed."""
    missed = 0
    for one in found:
        channel.pause(c, one.id, at=None)
        if one.paused_at:
            end = min(now, one.resumes_at or now)
            missed = max(missed, channel.missed(c, one.feed_id, since=one.paused_at, until=end))
    if found[0].stopped is not None:
        feeds.set_paused(c, found[0].feed_id, reason=None, now=now)
    return missed


def _resumed(caller: Caller, found: Sequence[Carriage], missed: int, now: datetime) -> Reply:
    first = found[0]
    where = phrases.here(caller, [one.target for one in found])
    said = prose(Bold(first.shown), " posts ", where, " again.")
    if first.stopped is not None:
        said = prose(said, " I had stopped asking its site, and ask it again now.")
    buttons: tuple[Button, ...] = ()
    if missed:
        came = times_of(missed, "post", "posts")
        said = prose(said, f" Meanwhile {came} came, which I won't post.")
        since = min(one.paused_at for one in found if one.paused_at).astimezone(UTC)
        buttons = (Button("Show them", f"/feeds posts {first.feed_id} since:{since:%Y-%m-%dT%H:%M:%S.%fZ}"),)
    if any(one.paused(now) for one in found):
        buttons = (*buttons, _undo(caller, found, "pause", _end(found, now)))
    return Reply(said, buttons=buttons)


def _end(found: Sequence[Carriage], now: datetime) -> str:
    ends = [one.resumes_at for one in found if one.resumes_at]
    return f" {phrases.until(max(ends), now)}" if ends else ""


def _undo(caller: Caller, found: Sequence[Carriage], verb: str, options: str = "") -> Button:
    channel_ = phrases.of_channel(caller, found[0].target) if len(found) == 1 else ""
    return Button("Undo", f"/feeds {verb} {found[0].feed_id}{options}{channel_}")


def state(one: Carriage, now: datetime) -> Prose:
    """Say in a list that a feed is paused in its channel, and until when; nothing where it is not."""
    if not one.paused(now):
        return ()
    return prose("paused", *((" until ", Moment(one.resumes_at)) if one.resumes_at else ()))
