"""Ask which follow is meant, where a command names none."""

from __future__ import annotations

from bot.command import Caller
from bot.commands import find
from bot.commands.follows import follow_reply
from bot.commands.tools import Tools
from bot.prose import prose
from bot.reply import Choice, Reply
from bot.store import follows


async def choose(tools: Tools, caller: Caller, verb: str, question: str) -> Reply:
    """Show what a person follows as a menu; each choice gives the command ``verb`` with that follow."""
    own = await tools.db.read(lambda c: follows.of_person(c, caller.person))
    if not own:
        return follow_reply.none_yet()
    menu = tuple(Choice(find.shortened(one.typed), f"/{verb} #{one.id}") for one in own)
    return Reply(prose(question), choices=menu)
