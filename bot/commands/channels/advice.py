"""What a platform has to say of a feed's settings in a channel, behind an answer."""

from __future__ import annotations

import asyncio

import structlog

from bot.commands.tools import Tools
from bot.prose import Prose, prose
from bot.store.channel import Carriage

WITHIN = 5.0
"""Seconds; a platform that takes longer has no say."""

log = structlog.get_logger()


async def advice(tools: Tools, there: Carriage) -> Prose:
    """Ask the platform, whose silence and whose failure count as none."""
    adapter = tools.adapters.get(there.target.platform)
    if adapter is None:
        return ()
    try:
        async with asyncio.timeout(WITHIN):
            said = await adapter.advice(there.target, there.settings)
    except Exception:
        log.exception("command.no_advice", platform=there.target.platform)
        return ()
    return prose("\n", said) if said else ()
