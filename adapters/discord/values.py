"""Read what a person called: the data of an interaction as a command's words and its options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from discord import AppCommandOptionType, AppCommandType

from adapters.discord.commands import MENU, NAME
from bot.errors import CommandError

OUTDATED = (
    "I don't know that command in this form. Discord may still show an old list of my commands:"
    " reload it (Ctrl+R), or close and open the app, and try again."
)
_GROUPS = (AppCommandOptionType.subcommand.value, AppCommandOptionType.subcommand_group.value)
_DEPTH = 3
_INTEGER_MOST = 2**53


@dataclass(frozen=True, slots=True)
class File:
    """A file that a person gave with a command; Discord keeps it at ``url`` for a day or so."""

    url: str
    name: str
    size: int
    """Bytes, as Discord counted them."""


@dataclass(frozen=True, slots=True)
class Called:
    """A command as it was called, or as it is being typed."""

    path: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    """Options as ``Desk.answer`` takes them, without files and without what is still being typed."""
    focused: str | None = None
    """The option for which Discord wants suggestions."""
    typed: str = ""
    """What stands in it so far."""
    files: Mapping[str, File] = field(default_factory=dict)
    """Files by the option they were given for; the caller fetches them."""


def read(data: Mapping[str, Any], *, guild_id: int | None) -> Called:
    """Read the ``data`` of an application command or of its autocomplete.

    A channel becomes ``guild/channel``, in a direct message its id alone. Raises CommandError with a
    sentence for whoever called where the data is not what our commands lead to.
    """
    match data.get("type", AppCommandType.chat_input.value):
        case AppCommandType.chat_input.value:
            return _typed(data, guild_id)
        case AppCommandType.message.value:
            return _on_message(data)
    raise CommandError(OUTDATED)


def _on_message(data: Mapping[str, Any]) -> Called:
    path = MENU.get(_text(data.get("name")))
    if path is None:
        raise CommandError(OUTDATED)
    return Called(path, {"message": _id(data.get("target_id"))})


def _typed(data: Mapping[str, Any], guild_id: int | None) -> Called:
    path, options = [_name(data)], list(_objects(data.get("options")))
    while len(options) == 1 and options[0].get("type") in _GROUPS and len(path) < _DEPTH:
        path.append(_name(options[0]))
        options = list(_objects(options[0].get("options")))
    values: dict[str, str] = {}
    files: dict[str, File] = {}
    focused, typed = None, ""
    for option in options:
        name = _name(option)
        if option.get("focused") is True:
            focused, typed = name, _text(option.get("value", ""))
        elif option.get("type") == AppCommandOptionType.attachment.value:
            files[name] = _file(data.get("resolved"), option.get("value"))
        else:
            values[name] = _value(option, guild_id)
    return Called(tuple(path), values, focused, typed, files)


def _value(option: Mapping[str, Any], guild_id: int | None) -> str:
    match option.get("type"), option.get("value"):
        case AppCommandOptionType.string.value, str(text):
            return text
        case AppCommandOptionType.integer.value, int(number) if abs(number) <= _INTEGER_MOST:
            return str(int(number))
        case AppCommandOptionType.channel.value, channel:
            return _id(channel) if guild_id is None else f"{guild_id}/{_id(channel)}"
    raise CommandError(OUTDATED)


def _file(resolved: object, key: object) -> File:
    match resolved:
        case {"attachments": {**attachments}}:
            given = attachments.get(_id(key))
        case _:
            given = None
    match given:
        case {"url": str(url), "filename": str(name), "size": int(size)}:
            return File(url, name, size)
    raise CommandError(OUTDATED)


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    """Go through a list of objects; what is absent is an empty list."""
    if not isinstance(value, list | None):
        raise CommandError(OUTDATED)
    for one in value or ():
        if not isinstance(one, Mapping):
            raise CommandError(OUTDATED)
        yield one


def _name(one: Mapping[str, Any]) -> str:
    """Take a name that can stand in a command's text and mean nothing else there."""
    name = _text(one.get("name"))
    if not NAME.fullmatch(name):
        raise CommandError(OUTDATED)
    return name


def _id(value: object) -> str:
    text = _text(value)
    if not (text.isascii() and text.isdecimal()):
        raise CommandError(OUTDATED)
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise CommandError(OUTDATED)
    return value
