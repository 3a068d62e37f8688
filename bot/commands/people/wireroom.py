"""/wireroom: a welcome, and how things are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from zoneinfo import ZoneInfo

import structlog

from bot import word
from bot.command import Caller, Command, Values
from bot.commands import find
from bot.commands.channels import phrases
from bot.commands.desk.register import HOME
from bot.commands.people import own_time
from bot.commands.tools import Tools
from bot.digest import counted
from bot.models import Button, Target
from bot.prose import Bold, Code, Prose, listed, prose
from bot.reply import Reply
from bot.store import Connection, deliveries, status
from bot.store.status import Health

NAMED_MOST = 10
"""Feeds in trouble that are named."""
PATIENCE = timedelta(seconds=1)
"""A platform that has to think longer about what it was not given is not waited for."""

log = structlog.get_logger()


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands; the desk adds the one for help."""
    return (
        Command((HOME,), "Say what I can do", _welcome),
        Command((HOME, "status"), "Show how the feeds here fare", partial(_status, tools)),
    )


async def _welcome(caller: Caller, values: Values) -> Reply:
    del caller, values
    text = prose(
        "wireroom is ready. Two things to try: add a feed to a channel with ",
        Code("/feeds add <address>"),
        ", or get a message when a word comes up with ",
        Code("/follow semiconductors"),
        ". I don't read your messages.",
    )
    return Reply(
        text, buttons=(Button("Follow a keyword", "/follow"), Button("How it works", f"/{HOME} help"))
    )


@dataclass(frozen=True, slots=True)
class _Found:
    health: Sequence[Health]
    checked: int
    sent: int
    cannot_post: str | None
    waiting: int


async def _status(tools: Tools, caller: Caller, values: Values) -> Reply:
    """Of a channel tell of its feeds; in a direct message of all that the person may see."""
    del values
    carried = await find.feeds(tools, caller, here=not caller.direct)
    names = {one.feed_id: one.name for one in reversed(carried)}
    since = await _midnight(tools, caller)

    def look(c: Connection) -> _Found:
        return _Found(
            status.health(c, names),
            status.checked(c, names, since=since),
            status.sent(c, caller.place, since=since),
            status.cannot_post(c, caller.place),
            deliveries.depth(c)[0],
        )

    found = await tools.db.read(look)
    trouble = [one for one in found.health if not one.well]
    where = "within your reach" if caller.direct else "here"
    parts: list[Prose] = [prose(phrases.healthy(len(names), len(trouble), where))]
    parts += [_told(names[one.feed_id], one) for one in trouble[:NAMED_MOST]]
    if len(trouble) > NAMED_MOST:
        parts.append(prose(f"And {len(trouble) - NAMED_MOST} more."))
    if found.cannot_post is not None:
        parts.append(prose(phrases.kept_out(found.cannot_post)))
    parts.append(prose(f"Checked {counted(found.checked, 'post')} today, sent {found.sent}."))
    if caller.operator:
        parts.append(prose(f"{counted(found.waiting, 'message')} waiting in all."))
    parts.append(prose(f"wireroom {version('wireroom')}."))
    lacking = await _lacks(tools, caller.place)
    text = prose(listed(parts, between=" "), *(prose("\n• ", one) for one in lacking))
    return Reply(text, buttons=() if found.cannot_post is None else (word.resume(str(caller.place)),))


async def _midnight(tools: Tools, caller: Caller) -> datetime:
    """Say when the person's day began."""
    zone = own_time.zone_of(caller, await own_time.habits_of(tools, caller), None)
    local = tools.clock().astimezone(ZoneInfo(zone.name if zone else "UTC"))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _told(name: str, health: Health) -> Prose:
    if health.pause_reason is not None:
        return prose(Bold(name), f": paused. {health.pause_reason}".rstrip())
    fails = phrases.failing(health.failing_since, health.trouble, health.next_poll_at)
    return prose(Bold(name), ": ", fails, ".")


async def _lacks(tools: Tools, place: Target) -> Sequence[Prose]:
    """Ask the platform what it was not given; the status is told without it where that fails."""
    adapter = tools.adapters.get(place.platform)
    if adapter is None:
        return ()
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await adapter.lacks(place)
    except Exception:
        log.exception("status.lacks_failed", platform=place.platform)
        return ()
