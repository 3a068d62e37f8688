"""How a place on Discord is written: ``guild/channel``, ``@person``, or as Discord itself writes them."""

from __future__ import annotations

import re

from bot.errors import CommandError
from bot.models import Target, TargetKind
from bot.text import clean

NAME = "discord"
_ID = r"[1-9][0-9]{0,19}"
_CHANNEL = re.compile(
    rf"(?:(?:https://(?:\w+\.)?discord(?:app)?\.com/channels/)?(?P<space>{_ID})/)?(?P<id>{_ID})"
    rf"|<#(?P<mention>{_ID})>"
)
_PERSON = re.compile(rf"@(?P<id>{_ID})|<@!?(?P<mention>{_ID})>")


def read(text: str) -> Target:
    """Read a target as a person writes it; CommandError where it is none."""
    person = _PERSON.fullmatch(text)
    if person is not None:
        return Target(NAME, person["id"] or person["mention"], kind=TargetKind.PERSON)
    channel = _CHANNEL.fullmatch(text.removeprefix("#"))
    if channel is None:
        raise CommandError(
            f"“{clean(text)[:80]}” is no channel of Discord. Write it as server/channel, by their numbers: "
            "in Discord, right-click the channel, Copy Link, and paste that."
        )
    return Target(NAME, channel["id"] or channel["mention"], channel["space"] or "")
