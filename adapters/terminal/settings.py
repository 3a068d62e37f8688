"""What the terminal adapter reads from the environment."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from bot.settings import AdapterSettings

NAME = re.compile(r"\w[\w.-]{0,63}")
"""What a channel or a person can be called."""


class TerminalSettings(AdapterSettings):
    """How and where: ``format`` card or json; ``width`` in columns, else the terminal's own; ``channel``.

    ``channel`` is the one in which commands are given, until ``/channel`` changes it.
    """

    model_config = SettingsConfigDict(env_prefix="WIREROOM_TERMINAL_")

    format: Literal["card", "json"] = "card"
    width: int | None = Field(default=None, ge=20, le=500)
    channel: str = "news"

    @field_validator("channel")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        name = value.removeprefix("#")
        if not NAME.fullmatch(name):
            raise ValueError("write up to 64 letters, digits, dots, dashes and underscores")
        return name
