"""A command and what came beside it in fields, written as a person would type both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.command import Command, Kind, Option
from bot.text import clean


def meant(text: str, commands: Sequence[Command]) -> Command | None:
    """Find the command that a text calls."""
    words = tuple(text.lstrip("/").split())
    fitting = [command for command in commands if command.path == words[: len(command.path)]]
    return max(fitting, key=lambda command: len(command.path), default=None)


def typed(text: str, values: Mapping[str, str], commands: Sequence[Command]) -> str:
    """Write a command and the options that came beside it as a person would type both."""
    command = meant(text, commands)
    known = {option.name: option for option in command.options} if command else {}
    given = [(known[name], clean(value)) for name, value in values.items() if name in known and clean(value)]
    flagged = [f"{option.flag}:{_quoted(value)}" for option, value in given if option.flag]
    return " ".join([text, *flagged, *(_placed(option, value) for option, value in given if not option.flag)])


def _placed(option: Option, value: str) -> str:
    return value if option.kind is Kind.QUERY else _quoted(value)


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace('"', "'")) if " " in value or '"' in value else value
