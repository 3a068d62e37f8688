"""Hear less of a follow for a while, or nothing from one feed: snooze and mute."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from bot import duration
from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.follows import wording
from bot.commands.follows.change import FOLLOW
from bot.commands.tools import Refusal, Tools
from bot.errors import CommandError
from bot.models import Button, Follow
from bot.prose import Bold, Moment, prose
from bot.reply import Reply
from bot.store import follows

OFF = "off"
DAY = "24h"
SNOOZE_MOST = timedelta(days=90)


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    feed = Option("feed", Kind.FEED, "The feed", required=True)
    time = Option("time", Kind.TEXT, "How long: 2h, 24h, 7d, or off")
    return (
        Command(
            ("snooze",),
            "Hold a follow for a while",
            partial(_snooze, tools),
            (FOLLOW, time),
            behind_button=True,
        ),
        Command(
            ("mute",),
            "Leave a feed out of a follow",
            partial(_mute, tools),
            (FOLLOW, feed),
            behind_button=True,
        ),
        Command(
            ("unmute",),
            "Let a follow look in a feed again",
            partial(_unmute, tools),
            (FOLLOW, feed),
            behind_button=True,
        ),
    )


async def _snooze(tools: Tools, caller: Caller, values: Values) -> Reply:
    follow = await find.follow(tools, caller, values["follow"])
    now, text = tools.clock(), values.get("time", DAY)
    until = None if text.casefold() == OFF else now + _length(text)
    await tools.db.write(lambda c: follows.change(c, follow.id, snoozed_until=until))
    before = OFF
    if follow.snoozed_until is not None and follow.snoozed_until > now:
        minute = timedelta(minutes=1)
        before = duration.shown(-(-(follow.snoozed_until - now) // minute) * minute)
    undo = (Button("Undo", f"/snooze #{follow.id} {before}"),)
    if until is None:
        return Reply(prose("Alerts for ", Bold(follow.typed), " come again."), buttons=undo)
    return Reply(prose("No alerts for ", Bold(follow.typed), " until ", Moment(until), "."), buttons=undo)


def _length(text: str) -> timedelta:
    try:
        length = duration.read(text)
    except ValueError:
        raise CommandError("Write how long as 2h, 24h or 7d, or off.") from None
    if not timedelta() < length <= SNOOZE_MOST:
        raise CommandError(f"A follow can be snoozed for at most {SNOOZE_MOST.days} days. Longer: pause it.")
    return length


async def _mute(tools: Tools, caller: Caller, values: Values) -> Reply:
    follow = await find.follow(tools, caller, values["follow"])
    feed = await find.feed(tools, caller, values["feed"])
    if follow.feed_id == feed.feed_id:
        raise Refusal(_only_there(follow, feed.name))
    await tools.db.write(lambda c: follows.mute(c, follow.id, feed.feed_id, muted=True))
    text = prose("You won't be alerted to ", Bold(follow.typed), " in ", Bold(feed.name), " any more.")
    return Reply(text, buttons=(Button("Undo", f"/unmute #{follow.id} {feed.feed_id}"),))


def _only_there(follow: Follow, name: str) -> Reply:
    text = prose(Bold(follow.typed), " looks only in ", Bold(name), ". Unfollow it, or pause it.")
    buttons = (
        Button("Unfollow", f"/unfollow #{follow.id}"),
        Button("Pause", f"/change #{follow.id} paused:yes"),
    )
    return Reply(text, buttons=buttons)


async def _unmute(tools: Tools, caller: Caller, values: Values) -> Reply:
    follow = await find.follow(tools, caller, values["follow"])
    muted = (await tools.db.read(lambda c: follows.muted(c, [follow.id]))).get(follow.id, set())
    names = await tools.reach.feeds(caller.person, None)
    text = values["feed"]
    if find.is_number(text) and int(text) in muted:  # also one that is beyond reach by now
        feed_id = int(text)
    else:
        feed_id = (await find.feed(tools, caller, text)).feed_id
    await tools.db.write(lambda c: follows.mute(c, follow.id, feed_id, muted=False))
    said = prose(Bold(follow.typed), " looks in ", wording.feed(names, feed_id), " again.")
    return Reply(said, buttons=(Button("Undo", f"/mute #{follow.id} {feed_id}"),))
