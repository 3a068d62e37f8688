"""/retry: post again in a channel that could not be posted to, once the cause is cured."""

from __future__ import annotations

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.tools import Tools
from bot.errors import CommandError
from bot.prose import Named, prose
from bot.reply import Reply
from bot.store import channel, subscriptions

TARGET = Option("target", Kind.TEXT, "The channel, as the notice writes it", required=True)


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare what the button of a notice calls."""

    async def retry(caller: Caller, values: Values) -> Reply:
        platform, _, key = values["target"].partition(":")
        ids = {key, key.removeprefix("@")}  # an @ marks a person, and on some platforms begins their id
        found = await tools.db.read(lambda c: channel.named(c, platform, ids))
        if not found:
            raise CommandError("I know no such channel any more.")
        for target in found:
            await find.allow(tools, caller, target)
        now = tools.clock()
        resumed = await tools.db.write(
            lambda c: [target for target in found if subscriptions.resume_target(c, target, now=now)]
        )
        if not resumed:
            return Reply(prose(Named(found[0]), " was not stopped, and nothing waits for it."))
        tools.enqueued()
        return Reply(prose("I try ", Named(resumed[0]), " again now, with all that waits for it."))

    return (Command(("retry",), "Post in a channel again", retry, (TARGET,), behind_button=True),)
