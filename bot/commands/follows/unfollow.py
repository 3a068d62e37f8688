"""Stop following, and take that back."""

from __future__ import annotations

from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.follows import follow_reply, saving, told, which, wording
from bot.commands.tools import Refusal, Tools
from bot.errors import CommandError
from bot.models import Button, Follow
from bot.prose import Bold, Prose, listed, prose
from bot.reply import Reply
from bot.store import Connection, follows


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    return (
        Command(
            ("unfollow",),
            "Stop following a word",
            partial(_unfollow, tools),
            (Option("follow", Kind.FOLLOW, "Its words or its number; empty shows a list"),),
            example="/unfollow semiconductors",
        ),
        Command(
            ("refollow",),
            "Follow again what was unfollowed lately",
            partial(_refollow, tools),
            (Option("number", Kind.NUMBER, "The number it had", required=True),),
            behind_button=True,
        ),
    )


async def _unfollow(tools: Tools, caller: Caller, values: Values) -> Reply:
    if "follow" not in values:
        return await which.choose(tools, caller, "unfollow", "Which one shall I stop following?")
    follow = await find.follow(tools, caller, values["follow"], verb="Unfollow")
    now = tools.clock()

    def end(c: Connection) -> list[Follow]:
        follows.change(c, follow.id, ended_at=now)
        return follows.of_person(c, caller.person)

    left = [one for one in await tools.db.write(end) if one.canonical == follow.canonical]
    text = prose("You no longer follow ", Bold(follow.typed), ".", await _still(tools, left))
    return Reply(text, buttons=(Button("Undo", f"/refollow {follow.id}"),))


async def _still(tools: Tools, left: list[Follow]) -> Prose:
    """Name what is still followed with the same words: in another feed, or for a channel."""
    scopes = [wording.briefly(await told.look_up(tools, one)) for one in left]
    return prose(" You still follow it: ", listed(scopes, between="; "), ".") if scopes else ()


async def _refollow(tools: Tools, caller: Caller, values: Values) -> Reply:
    limit, number = tools.settings.follows_per_person, int(values["number"])
    ended = await tools.db.read(lambda c: follows.get(c, number))
    if ended is not None and ended.owner == caller.person:
        await find.allow(tools, caller, ended.target)  # the right to alert a channel can be lost

    def restore(c: Connection) -> Follow:
        follow = follows.get(c, number)
        if follow is None or follow.owner != caller.person:
            raise CommandError("That follow is gone for good: follow its words anew.")
        own = follows.of_person(c, caller.person)
        if saving.twin(follow, own) is None:
            if len(own) >= limit:
                raise Refusal(follow_reply.too_many(limit))
            follows.change(c, number, ended_at=None)
        return follow

    again = await told.look_up(tools, await tools.db.write(restore))
    text = prose("You follow ", wording.name(again), " again (", wording.briefly(again), ").")
    return Reply(text, buttons=(Button("Unfollow", f"/unfollow #{number}"),))
