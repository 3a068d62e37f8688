"""A message as Discord gets it, still as plain data; and its embeds as discord.py sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import discord
from discord.types.embed import Embed as EmbedData

from bot.models import Button

Embed = Mapping[str, Any]
"""An embed object as Discord's API documents it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What of a message can be seen, within Discord's limits; every text in it is already escaped."""

    content: str = ""
    embeds: tuple[Embed, ...] = ()
    buttons: tuple[Button, ...] = ()
    previews: bool = False
    """Whether Discord may unfurl the links of ``content``."""
    title: str = ""
    """Plain, 100 characters at most: the name of a forum post."""

    @property
    def hides_previews(self) -> bool:
        """Whether Discord is told to unfurl nothing; the flag would hide embeds of ours as well."""
        return bool(self.content) and not self.embeds and not self.previews

    def sendable(self) -> list[discord.Embed]:
        """Make discord.py's embeds, which keep what their setters do not know: an image's description."""
        return [_Sendable.from_dict(embed) for embed in self.embeds]


class _Sendable(discord.Embed):
    """discord.py sends the flags that Discord gives an embed back to it, which its contract does not know."""

    def to_dict(self) -> EmbedData:
        data = super().to_dict()
        cast("dict[str, Any]", data).pop("flags", None)
        return data
