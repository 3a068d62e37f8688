"""/feeds export: a channel's feeds as a list that any reader takes."""

from __future__ import annotations

from bot import opml
from bot.command import Caller, Command, Right, Values
from bot.commands import find
from bot.commands.channels import phrases
from bot.commands.channels.phrases import times_of
from bot.commands.channels.whereabouts import CHANNEL
from bot.commands.tools import Tools
from bot.opml import Listed
from bot.prose import prose
from bot.reply import Attachment, Reply
from bot.store import channel

FILE = "feeds.opml"


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare what exports feeds."""

    async def export(caller: Caller, values: Values) -> Reply:
        target = caller.place
        if "channel" in values:
            target = await find.channel(tools, caller, values["channel"])
        there = await tools.db.read(lambda c: channel.of_target(c, target))
        where = phrases.here(caller, [target])
        if not there:
            return Reply(prose("No feeds post ", where, " yet."))
        listed = [Listed(one.address, one.shown, link=one.link) for one in there]
        written = opml.write(listed, title="Feeds in wireroom", now=tools.clock())
        feeds = times_of(len(there), "feed that posts", "feeds that post")
        keys = "Addresses can hold keys, so mind whom you give it to."
        text = prose(f"The {feeds} ", where, f", as a list (OPML). {keys}")
        return Reply(text, attachment=Attachment(FILE, written, "text/x-opml"))

    return (
        Command(
            ("feeds", "export"),
            "Get the feeds here as a list (OPML)",
            export,
            (CHANNEL,),
            Right.MANAGER,
        ),
    )
