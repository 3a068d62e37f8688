"""A form as a command line: where nothing can be filled in by mouse, the line is finished by hand."""

from __future__ import annotations

from collections.abc import Sequence

from bot.command import Command, Kind, Option
from bot.reply import Field, Form
from bot.text import clean


def command_line(form: Form, commands: Sequence[Command]) -> str:
    """Write the command that hands a form in as it stands: values by their place, then those by flag."""
    placed, flagged = [], []
    for field in form.fields:
        option, value = _option(field, form, commands), clean(field.value)
        if not value:
            continue
        if option is not None and option.flag is None:
            placed.append(value if option.kind is Kind.QUERY else _quoted(value))
        else:
            flagged.append(f"{_flag(field, option)}:{_quoted(value)}")
    return " ".join([form.command, *placed, *flagged]) + ("" if placed or flagged else " ")


def how(field: Field, form: Form, commands: Sequence[Command]) -> str:
    """Say how a field is written in that line: ``when:now|daily``; nothing where it stands by its place."""
    option = _option(field, form, commands)
    values = "|".join(choice.value for choice in field.choices)
    if option is not None and option.flag is None:
        return values
    return f"{_flag(field, option)}:{values}"


def _flag(field: Field, option: Option | None) -> str:
    return option.flag if option is not None and option.flag else field.name


def _option(field: Field, form: Form, commands: Sequence[Command]) -> Option | None:
    words = tuple(form.command.lstrip("/").split())
    fitting = [command for command in commands if command.path == words[: len(command.path)]]
    command = max(fitting, key=lambda command: len(command.path), default=None)
    options = command.options if command else ()
    return next((option for option in options if option.name == field.name), None)


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace('"', "'")) if " " in value or '"' in value else value
