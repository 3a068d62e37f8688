"""Discord: cards as embeds, commands as application commands, over the real discord.py."""

from __future__ import annotations

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.settings import DiscordSettings

__all__ = ["DiscordAdapter", "DiscordSettings"]
