"""What could stand in an option, while it is being typed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import discord
import structlog
from discord import app_commands

from adapters.discord import values
from adapters.discord.buttons import shortened
from adapters.discord.callers import caller, data
from bot.command import Desk
from bot.errors import CommandError
from bot.reply import Choice
from bot.text import clean

WITHIN = 1.0
"""Seconds; whoever types on asks again."""
MOST = 25
LONGEST = 100

log = structlog.get_logger()


async def complete(desk: Desk, interaction: discord.Interaction) -> None:
    """Suggest what fits; nothing where that cannot be told in time."""
    try:
        await interaction.response.autocomplete(_suggestions(await _found(desk, interaction)))
    except discord.HTTPException as error:
        log.info("discord.completion_too_late", code=error.code)


async def _found(desk: Desk, interaction: discord.Interaction) -> Sequence[Choice]:
    try:
        called = values.read(data(interaction), guild_id=interaction.guild_id)
        async with asyncio.timeout(WITHIN):
            return await desk.suggest(caller(interaction), called.path, called.focused or "", called.typed)
    except (TimeoutError, CommandError):
        return ()
    except Exception:
        log.exception("discord.cannot_complete")
        return ()


def _suggestions(found: Sequence[Choice]) -> list[app_commands.Choice[str]]:
    fitting = [choice for choice in found if 0 < len(choice.value) <= LONGEST]
    return [app_commands.Choice(name=_named(one), value=one.value) for one in fitting[:MOST]]


def _named(choice: Choice) -> str:
    """Show the detail too, where there is room for all of it."""
    whole = clean(f"{choice.label} · {choice.detail}") if choice.detail else ""
    return whole if 0 < len(whole) <= LONGEST else shortened(choice.label, LONGEST)
