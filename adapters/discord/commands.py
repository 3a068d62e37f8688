"""What Discord is told of each command, made from the one declaration; and whether it knows that already.

Limits, types and defaults are those of Discord's documentation, ``interactions/application-commands``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from discord import AppCommandOptionType, AppCommandType, ChannelType, Permissions
from discord.app_commands import AppCommandContext, AppInstallationType

from bot.command import Command, Kind, Option, Right
from bot.text import cut

NAME = re.compile(r"[-_'\w]{1,32}")
"""What Discord lets a command, a sub-command or an option be called; lower case besides."""
DESCRIPTION_MOST = 100
TEXT_MOST = 6_000
"""Characters that an option can hold on Discord."""

MENU: Mapping[str, tuple[str, ...]] = {"Why did I get this?": ("why",)}
"""What stands in the menu of a message, under Apps; the commands take it as their option ``message``."""

CHANNELS = [
    kind.value
    for kind in (
        ChannelType.text,
        ChannelType.news,
        ChannelType.news_thread,
        ChannelType.public_thread,
        ChannelType.private_thread,
        ChannelType.forum,
    )
]
"""Channels that can carry feeds; media channels, made for posts with files, are left out."""
HERE_OR_ME = {
    "type": AppCommandOptionType.string.value,
    "description": "To me, or to this channel",  # the declared help also tells of channels to be typed
    "choices": [
        {"name": "Me, as a direct message", "value": "me"},
        {"name": "This channel", "value": "here"},
    ],
}
SUGGESTED = frozenset(
    {Kind.QUERY, Kind.FEED, Kind.FOLLOW, Kind.TIMEZONE, Kind.HOURS, Kind.TIME, Kind.DURATION}
)
"""Kinds of which the desk knows what they could be while they are typed."""

Path = tuple[str, ...]
Payload = dict[str, Any]
"""A JSON object as Discord takes it."""


def definitions(commands: Sequence[Command]) -> list[Payload]:
    """Write all commands that people type, and those of the message menu, as Discord registers them."""
    shown = [command for command in commands if not command.behind_button]
    tops = dict.fromkeys(command.path[0] for command in shown)
    paths = {command.path for command in commands}
    return [
        *(_top(word, shown) for word in tops),
        *(_in_menu(name) for name, path in MENU.items() if path in paths),
    ]


def _top(word: str, shown: Sequence[Command]) -> Payload:
    inside = [command for command in shown if command.path[0] == word]
    rights = None
    if any(command.right is Right.MANAGER for command in inside):
        rights = Permissions(manage_channels=True).value
    return {**_step((word,), inside), **_everywhere(rights)}


def _in_menu(name: str) -> Payload:
    return {"type": AppCommandType.message.value, "name": name, **_everywhere(None)}


def _everywhere(rights: int | None) -> Payload:
    """Say who is shown a command (None: everybody), and that it is for servers, for people and for both."""
    return {
        "default_member_permissions": rights,
        "contexts": AppCommandContext(guild=True, dm_channel=True).to_array(),
        "integration_types": AppInstallationType(guild=True, user=True).to_array(),
    }


def _step(path: Path, shown: Sequence[Command]) -> Payload:
    """Write a command with its options, or a group with what is in it.

    Discord cannot call what has sub-commands, so that a command which has some is only their group.
    """
    own = next((command for command in shown if command.path == path), None)
    inside = [command for command in shown if command.path[: len(path)] == path and command is not own]
    words = list(dict.fromkeys(command.path[len(path)] for command in inside))
    if words:
        kind = AppCommandOptionType.subcommand_group
        options = [_step((*path, word), inside) for word in words]
    else:
        kind = AppCommandOptionType.subcommand
        options = _options(own) if own else []
    return {
        "type": AppCommandType.chat_input.value if len(path) == 1 else kind.value,
        "name": path[-1],
        "description": own.help if own else cut(", ".join(words), DESCRIPTION_MOST),
        "options": options,
    }


def _options(command: Command) -> list[Payload]:
    """Write the options, those that must be there first, as Discord demands."""
    written = [_option(command, option) for option in command.options]
    return sorted(written, key=lambda option: not option["required"])


def _option(command: Command, option: Option) -> Payload:
    return {
        "name": option.name,
        "description": option.help,
        # Without words the desk would ask for them in a form; Discord's own field is the shorter way.
        "required": option.required or option.kind is Kind.QUERY,
        **_field(command, option),
    }


def _field(command: Command, option: Option) -> Payload:
    """Choose what an option is filled in with."""
    match option.kind:
        case Kind.CHANNEL if command.right is Right.MANAGER:
            return {"type": AppCommandOptionType.channel.value, "channel_types": CHANNELS}
        case Kind.CHANNEL:
            return HERE_OR_ME
        case Kind.CHOICE:
            choices = [{"name": choice.label, "value": choice.value} for choice in option.choices]
            return {"type": AppCommandOptionType.string.value, "choices": choices}
        case Kind.NUMBER:
            bounds = {"min_value": option.least, "max_value": option.most}
            given = {name: bound for name, bound in bounds.items() if bound is not None}
            return {"type": AppCommandOptionType.integer.value, **given}
        case Kind.DOCUMENT:
            return {"type": AppCommandOptionType.attachment.value}
        case kind:
            text = {"type": AppCommandOptionType.string.value, "max_length": min(option.longest, TEXT_MOST)}
            return text | ({"autocomplete": True} if kind in SUGGESTED else {})


def differ(ours: Sequence[Mapping[str, Any]], registered: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether what is registered means anything else than ours.

    Discord leaves out what is at its default, adds ids and versions, and keeps no order of commands.
    """
    return len(ours) != len(registered) or _by_name(ours) != _by_name(registered)


def _by_name(commands: Sequence[Mapping[str, Any]]) -> dict[tuple[object, object], Payload]:
    return {(one.get("type") or 1, one.get("name")): _essence(one) for one in commands}


def _essence(command: Mapping[str, Any]) -> Payload:
    """Keep what we declare or could have declared otherwise, in one form."""
    rights = command.get("default_member_permissions")
    return {
        **_said(command),
        # Sent as a number, as the OpenAPI document has it, and given back as text.
        "default_member_permissions": None if rights is None else str(rights),
        "contexts": _unordered(command.get("contexts")),
        "integration_types": _unordered(command.get("integration_types")),
        "nsfw": bool(command.get("nsfw")),
    }


def _said(one: Mapping[str, Any]) -> Payload:
    """Keep what commands and options have in common."""
    return {
        "type": one.get("type") or 1,
        "name": one.get("name"),
        "description": one.get("description") or "",
        "options": [_option_essence(option) for option in one.get("options") or ()],
        "translated": [one.get(f"{text}_localizations") or {} for text in ("name", "description")],
    }


def _option_essence(option: Mapping[str, Any]) -> Payload:
    bounds = ("min_value", "max_value", "min_length", "max_length")
    return {
        **_said(option),
        **{bound: option.get(bound) for bound in bounds},
        "required": bool(option.get("required")),
        "autocomplete": bool(option.get("autocomplete")),
        "channel_types": _unordered(option.get("channel_types")),
        "choices": [
            (one.get("name"), one.get("value"), one.get("name_localizations") or {})
            for one in option.get("choices") or ()
        ],
    }


def _unordered(values: Sequence[int] | None) -> list[int]:
    return sorted(values or ())
