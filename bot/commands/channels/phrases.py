"""Pieces of the sentences about feeds in channels, and of the commands behind their buttons: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot import duration
from bot.command import Caller
from bot.models import Target, TargetKind
from bot.prose import Moment, Named, Prose, listed, prose

_SIMPLE = re.compile(r"[\w./#@+-]+")
_STATUS_CODE = re.compile(r"\((\d{3})\)")
MINUTE = timedelta(minutes=1)


def here(caller: Caller, targets: Sequence[Target]) -> Prose:
    """Say where: “here”, or “in” channels by their names, the caller's own being their direct messages."""
    if list(targets) == [caller.place] and not caller.elsewhere:
        return prose("here")
    if list(targets) == [caller.person]:
        return prose("in your direct messages")
    return prose("in ", listed([Named(target) for target in targets], last=" and "))


def channel_of(caller: Caller, target: Target) -> Prose:
    """Name a channel in a sentence that stands in it, or elsewhere: “this channel”, or its name."""
    return prose("this channel" if target == caller.place else Named(target))


def day(at: datetime, caller: Caller, now: datetime) -> str:
    """Write a day in the caller's timezone: 2 April, with the year where it is another."""
    zone = ZoneInfo(caller.timezone or "UTC")
    there = at.astimezone(zone)
    year = f" {there.year}" if there.year != now.astimezone(zone).year else ""
    return f"{there.day} {there:%B}{year}"


def times_of(count: int, one: str, many: str) -> str:
    """Write a number with its noun: 1 feed, 3 feeds."""
    return f"{count} {one if count == 1 else many}"


def flag(name: str, value: str) -> str:
    """Write an option as it is typed, in quotes where it needs them."""
    return f"{name}:{value}" if _SIMPLE.fullmatch(value) else f'{name}:"{value}"'


def until(end: datetime, now: datetime) -> str:
    """Write the time until an end as an option: until:90m."""
    return flag("until", duration.shown(max(MINUTE, -(-(end - now) // MINUTE) * MINUTE)))


def of_channel(caller: Caller, target: Target) -> str:
    """Write the option that lets a button's command mean this channel, where it is not understood anyway."""
    if target == caller.place or target.kind is TargetKind.PERSON:
        return ""
    return f" {flag('channel', spelled(caller, target))}"


def spelled(caller: Caller, target: Target) -> str:
    """Write a channel as the caller can type it: with its space where that is not the caller's."""
    return target.id if target.space == caller.place.space else str(target).partition(":")[2]


def failing(since: datetime | None, trouble: str | None, next_try: datetime) -> Prose:
    """Say in short that a feed fails: since when, with which status, and when it is tried again."""
    code = _STATUS_CODE.search(trouble or "")
    said = prose("failing", *((" since ", Moment(since)) if since else ()), f" ({code[1]})" if code else "")
    return prose(said, ", next try ", Moment(next_try))


def healthy(feeds: int, trouble: int, where: str) -> str:
    """Count the feeds of a place, and those of them that are well."""
    if not feeds:
        return f"No feeds {where}."
    return f"{times_of(feeds, 'feed', 'feeds')} {where}, {feeds - trouble} healthy."


def kept_out(why: str) -> str:
    """Say in a place that cannot be posted to that it is so, and why as far as is known."""
    return f"I can't post here: {why}" if why else "I can't post here."


def begun(text: Prose) -> Prose:
    """Let a text begin with a capital; a name that it begins with stays as it is."""
    first, *rest = text
    return prose(first[:1].upper() + first[1:] if isinstance(first, str) else first, *rest)
