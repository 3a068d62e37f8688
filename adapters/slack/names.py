"""How a place in Slack is written: ``workspace/channel``, ``@person``, or as Slack itself writes them."""

from __future__ import annotations

import re

from bot.errors import CommandError
from bot.models import Target, TargetKind
from bot.text import clean

NAME = "slack"
_ID = r"[A-Z0-9]{1,20}"
_CHANNEL = re.compile(
    rf"(?:(?:https://app\.slack\.com/client/)?(?P<space>[TE]{_ID})/)?(?P<id>[CG]{_ID})"
    rf"|<#(?P<mention>[CG]{_ID})(?:\|[^<>]*)?>"
    rf"|https://[a-z0-9-]+(?:\.enterprise)?\.slack\.com/archives/(?P<link>[CG]{_ID})(?:/p\d+)?/?"
)
_PERSON = re.compile(rf"@(?P<id>[UW]{_ID})|<@(?P<mention>[UW]{_ID})(?:\|[^<>]*)?>")


def read(text: str) -> Target:
    """Read a target as a person writes it; CommandError where it is none."""
    person = _PERSON.fullmatch(text)
    if person is not None:
        return Target(NAME, person["id"] or person["mention"], kind=TargetKind.PERSON)
    found = _CHANNEL.fullmatch(text.removeprefix("#"))
    if found is None:
        raise CommandError(
            f"“{clean(text)[:80]}” is no channel that I know. On Slack, type a space, then # and "
            "choose it from the list; in the shell write T…/C…, which Slack in a browser shows in the "
            "address of an open channel."
        )
    return Target(NAME, found["id"] or found["mention"] or found["link"], found["space"] or "")


def channel(text: str) -> str | None:
    """Read the id of a channel; None where it is something else."""
    try:
        target = read(text)
    except CommandError:
        return None
    return target.id if target.kind is TargetKind.CHANNEL else None
