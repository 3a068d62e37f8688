"""Bring our commands to Discord, where it knows others."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from discord.http import HTTPClient

from adapters.discord.commands import definitions, differ
from bot.command import Command

log = structlog.get_logger()


async def synced(http: HTTPClient, application_id: int, commands: Sequence[Command]) -> bool:
    """Register the commands unless exactly these are registered; True where that was needed.

    Raises what discord.py raises where Discord cannot be asked.
    """
    ours = definitions(commands)
    if not differ(ours, await http.get_global_commands(application_id)):
        return False
    await http.bulk_upsert_global_commands(application_id, ours)
    log.info("discord.commands_registered", commands=len(ours))
    return True
