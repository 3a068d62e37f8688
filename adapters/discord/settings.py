"""What the Discord adapter reads from the environment."""

from __future__ import annotations

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from adapters.origin import bare, origin
from bot.settings import AdapterSettings

DISCORD = "https://discord.com"


class DiscordSettings(AdapterSettings):
    """``token`` is the bot's; ``api`` is where Discord answers, for a proxy or a test."""

    model_config = SettingsConfigDict(env_prefix="DISCORD_")

    token: SecretStr = SecretStr("")
    api: str = DISCORD

    @field_validator("token")
    @classmethod
    def _is_bare(cls, value: SecretStr) -> SecretStr:
        return bare(value, "Bot", "write the bot's token alone, without spaces or quotes")

    @field_validator("api")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        return origin(value, DISCORD)
