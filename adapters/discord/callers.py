"""Who does something on Discord, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

from adapters.discord import names
from bot.command import Caller
from bot.models import Target, TargetKind


def caller(interaction: discord.Interaction) -> Caller:
    """Say who asks and where; what a person brought along into a server is as private as a message."""
    person = Target(names.NAME, str(interaction.user.id), kind=TargetKind.PERSON)
    if interaction.channel_id is None or not interaction.is_guild_integration():
        return Caller(person, person, fields=True, elsewhere=in_server(interaction))
    place = Target(names.NAME, str(interaction.channel_id), str(interaction.guild_id))
    return Caller(person, place, fields=True)


def in_server(interaction: discord.Interaction) -> bool:
    """Say whether others could see an answer, so that it has to be hidden from them."""
    return interaction.guild_id is not None


def data(interaction: discord.Interaction) -> Mapping[str, Any]:
    """Give what Discord tells of an interaction, as its documentation has it."""
    return {**(interaction.data or {})}
