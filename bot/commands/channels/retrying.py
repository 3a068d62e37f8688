"""/retry: post again in a channel that could not be posted to, once the cause is cured."""

from __future__ import annotations

from collections.abc import Sequence

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.tools import Tools
from bot.errors import CommandError
from bot.models import Target
from bot.prose import Named, Prose, listed, prose
from bot.reply import Reply
from bot.store import channel, subscriptions

TARGET = Option("target", Kind.TEXT, "The channel, as the notice writes it", required=True)


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare what the button of a notice calls."""

    async def retry(caller: Caller, values: Values) -> Reply:
        found = await tools.db.read(lambda c: channel.written(c, values["target"]))
        if found is None:
            raise CommandError("I know no such channel any more.")
        await find.allow(tools, caller, found)
        now = tools.clock()
        if not await tools.db.write(lambda c: subscriptions.resume_target(c, found, now=now)):
            return Reply(prose(Named(found), " was not stopped, and nothing waits for it."))
        tools.enqueued()
        return Reply(tried([found]))

    return (Command(("retry",), "Post in a channel again", retry, (TARGET,), behind_button=True),)


def tried(targets: Sequence[Target]) -> Prose:
    """Say that channels which could not be posted to are tried again."""
    named = listed([Named(one) for one in targets], last=" and ")
    return prose(
        "I try ", named, f" again now, with all that waits for {'it' if len(targets) == 1 else 'them'}."
    )
