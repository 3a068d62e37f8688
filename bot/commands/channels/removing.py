"""/feeds remove: take a feed out of a channel."""

from __future__ import annotations

from collections.abc import Sequence

from bot.command import Caller, Command, Right, Values
from bot.commands.channels import phrases
from bot.commands.channels.undoing import Before, Undoing
from bot.commands.channels.whereabouts import CHANNEL, FEED, carriages
from bot.commands.tools import Tools
from bot.models import TargetKind
from bot.prose import Bold, Named, Prose, prose
from bot.reply import Reply
from bot.store import Connection, subscriptions
from bot.store.channel import Carriage


def commands(tools: Tools, undoing: Undoing) -> tuple[Command, ...]:
    """Declare what removes feeds."""

    async def remove(caller: Caller, values: Values) -> Reply:
        found = await carriages(tools, caller, values, change=True)
        await tools.db.write(lambda c: _remove(c, found))
        where = phrases.here(caller, [one.target for one in found])
        return Reply(
            prose(Bold(found[0].shown), " no longer posts ", where, "."),
            buttons=(await undoing.button(caller, Before(was=tuple(found), public=True)),),
            public=_public(caller, found),
            public_in=found[0].target,
        )

    return (
        Command(
            ("feeds", "remove"),
            "Take a feed out of a channel",
            remove,
            (FEED, CHANNEL),
            Right.MANAGER,
            ("unsubscribe", "delete"),
            example="/feeds remove 3",
        ),
    )


def _remove(c: Connection, found: Sequence[Carriage]) -> None:
    for one in found:
        where = subscriptions.target_id(c, one.target)
        subscriptions.remove(c, feed_id=one.feed_id, target_id=where, forget=False)


def _public(caller: Caller, found: Sequence[Carriage]) -> Prose | None:
    """Tell the channel; in a direct message, or of several channels, there is none to tell."""
    if len(found) > 1 or found[0].target.kind is TargetKind.PERSON:
        return None
    where = phrases.channel_of(caller, found[0].target)
    return prose(Named(caller.person), " removed ", Bold(found[0].shown), " from ", where, ".")
