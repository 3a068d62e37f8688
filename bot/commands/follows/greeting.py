"""The first direct message to a person, tried while they are looking: if none can come, they hear it now."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.command import Caller
from bot.commands.follows.backtest import Wanted
from bot.commands.tools import Tools
from bot.models import Button, Notice, Target
from bot.prose import Prose, prose
from bot.reply import Reply

PATIENCE = timedelta(seconds=8)
"""A person waits for the answer to their command; after that the first alert will tell."""
RETRY = Button("Try again", "/following retry")

log = structlog.get_logger()


async def greet(tools: Tools, person: Target, first: str) -> Prose | None:
    """Send a person their first direct message; say what keeps it away and the cure, as far as is known."""
    adapter = tools.adapters.get(person.platform)
    if adapter is None:
        return None
    try:
        async with asyncio.timeout(min(PATIENCE, adapter.post_timeout).total_seconds()):
            return await adapter.greet(person, Notice(first))
    except Exception:
        log.exception("greeting.failed", platform=person.platform)
        return None


async def before(tools: Tools, caller: Caller, follow: Wanted, follow_id: int, reply: Reply) -> Reply:
    """Put the cure before the answer about a follow whose alerts cannot reach the person."""
    if follow.target != caller.person:
        return reply
    cure = await greet(tools, caller.person, f"You'll get alerts for {follow.typed} here.")
    if cure is None:
        return reply
    ways = ways_out(caller, follow_id)
    return replace(reply, text=prose(cure, "\n", reply.text), buttons=(*ways, *reply.buttons))


def ways_out(caller: Caller, follow_id: int) -> tuple[Button, ...]:
    """Offer what a person can do about a follow whose alerts cannot reach them."""
    again = replace(RETRY, command=f"{RETRY.command} #{follow_id}")
    return (again,) if caller.direct else (again, Button("Use this channel", f"/change #{follow_id} to:here"))
