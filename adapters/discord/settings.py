"""What the Discord adapter reads from the environment."""

from __future__ import annotations

import re

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict
from yarl import URL

from bot.settings import AdapterSettings

DISCORD = "https://discord.com"
_TOKEN = re.compile(r"[A-Za-z0-9._-]*")


class DiscordSettings(AdapterSettings):
    """``token`` is the bot's; ``api`` is where Discord answers, for a proxy or a test."""

    model_config = SettingsConfigDict(env_prefix="DISCORD_")

    token: SecretStr = SecretStr("")
    api: str = DISCORD

    @field_validator("token")
    @classmethod
    def _is_bare(cls, value: SecretStr) -> SecretStr:
        token = value.get_secret_value().strip().removeprefix("Bot ")
        if not _TOKEN.fullmatch(token):
            raise ValueError("write the bot's token alone, without spaces or quotes")
        return SecretStr(token)

    @field_validator("api")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        try:
            address = URL(value)
        except ValueError:
            address = URL()
        if address.scheme not in {"http", "https"} or not address.host or address.path != "/":
            raise ValueError("write an address without a path, such as https://discord.com")
        return str(address.origin())
