"""Which channels a command over a feed is about."""

from __future__ import annotations

from dataclasses import replace

from bot.command import Caller, Kind, Option, Values
from bot.commands import find
from bot.commands.tools import Tools
from bot.errors import CommandError
from bot.store import channel
from bot.store.channel import Carriage

FEED = Option("feed", Kind.FEED, "Its number, name or address", required=True)
CHANNEL = Option("channel", Kind.CHANNEL, "The channel, if not this one", flag="channel")


async def carriages(tools: Tools, caller: Caller, values: Values, *, change: bool = False) -> list[Carriage]:
    """Find the feed that a command names in each target that the command is about.

    That is the channel named or the place of the command. In a direct message it is the caller's own
    feed, else (below a notice about it, say) the channels to which they added it. An operator means
    every channel where a number is no feed of the place. With ``change`` whoever may not change feeds
    in one of them is refused.
    """
    if "channel" in values:
        caller = replace(caller, place=await find.channel(tools, caller, values["channel"]))
    found = await _found(tools, caller, values["feed"])
    if change:
        for one in found:
            await find.allow(tools, caller, one.target)
    return found


async def _found(tools: Tools, caller: Caller, text: str) -> list[Carriage]:
    try:
        meant = await find.feed(tools, caller, text, here=True)
    except CommandError:
        everywhere = await _of_operator(tools, caller, text)
        if not everywhere:
            raise
        return everywhere
    targets = [
        one.target for one in await find.feeds(tools, caller, here=True) if one.feed_id == meant.feed_id
    ]
    if meant.target == caller.place:
        targets = [meant.target]
    found = await tools.db.read(lambda c: [channel.get(c, meant.feed_id, target) for target in targets])
    kept = [one for one in found if one is not None]
    if not kept:
        raise CommandError("That feed was removed just now.")
    return kept


async def _of_operator(tools: Tools, caller: Caller, text: str) -> list[Carriage]:
    if not (caller.operator and find.is_number(text)):
        return []
    return await tools.db.read(lambda c: channel.everywhere(c, int(text)))
