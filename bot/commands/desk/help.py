"""What people read about commands, made from their declarations alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.command import Caller, Command, Kind, Option, Right
from bot.commands.desk.register import HOME, Path, Register
from bot.models import Button
from bot.prose import Bold, Code, Prose, listed, prose
from bot.reply import Field, FieldKind, Form, Reply

CHOICES_SHOWN = 5
"""More choices than this are named, not spelt out, in a usage line."""
USAGE_LONGEST = 110
FORMS = {
    Kind.CHANNEL: "me|here|#channel",
    Kind.HOURS: "22:00-07:00|off",
    Kind.TIME: "08:00",
    Kind.DURATION: "2d",
}
"""How a value of a kind looks in a usage line; the others go by the option's name."""

LANGUAGE: tuple[tuple[str, str], ...] = (
    ("solid state battery", "all of these words, in any order"),
    ("chips, TSMC, semiconductors", "any of these"),
    ('"solid-state battery"', "exactly these words"),
    ("robot*", "words that begin so"),
    ("battery -tesla", "but not this word"),
)
"""The query language, by example; ``title:`` and ``author:`` stand in its last line."""
FIELDS = prose(Code("title:"), " or ", Code("author:"), " in front of a word looks only there.")

RIGHTS = {
    Right.ANYONE: "",
    Right.MANAGER: "For those who may change feeds in the channel.",
    Right.OPERATOR: "For the operator.",
}


def usage(command: Command, caller: Caller | None = None) -> str:
    """Write how a command is typed: ``/feeds pause <feed> [until:2d]``; a long one without its choices.

    Where the caller's platform has a field for each option, their names say it all.
    """
    if caller is not None and caller.fields:
        return " ".join([command.name, *map(_field, command.options)])
    whole = " ".join([command.name, *map(_place, command.options)])
    if len(whole) <= USAGE_LONGEST:
        return whole
    return " ".join([command.name, *(_place(option, briefly=True) for option in command.options)])


def _field(option: Option) -> str:
    is_needed = option.required or option.kind is Kind.QUERY
    return f"<{option.name}>" if is_needed else f"[{option.name}]"


def _place(option: Option, *, briefly: bool = False) -> str:
    value = _value(option)
    if option.flag and (briefly or value == option.flag):
        value = "…"
    if option.flag:
        return f"{option.flag}:{value}" if option.required else f"[{option.flag}:{value}]"
    return f"<{value}>" if option.required else f"[{value}]"


def _value(option: Option) -> str:
    if option.kind is Kind.CHOICE and 0 < len(option.choices) <= CHOICES_SHOWN:
        return "|".join(choice.value for choice in option.choices)
    return FORMS.get(option.kind, option.name)


def about(command: Command, caller: Caller) -> Reply:
    """Explain one command: how it is typed, what its options are, an example."""
    lines = [prose(_sentence(command.help)), prose(Code(usage(command, caller)))]
    lines += [
        prose(
            "• ",
            Bold(option.name if caller.fields else option.flag or option.name),
            f": {_sentence(option.help)}",
        )
        for option in command.options
    ]
    if command.example:
        lines.append(prose("Example: ", Code(command.example)))
    if RIGHTS[command.right]:
        lines.append(prose(RIGHTS[command.right]))
    if any(option.kind is Kind.QUERY for option in command.options):
        lines += _language()
    return Reply(_lines(lines))


def group(register: Register, path: Path, caller: Caller) -> Reply:
    """List the commands of a group: all that begin with ``/feeds``."""
    return Reply(_lines([_line(one, caller) for one in _callable(register, register.below(path), caller)]))


def overview(register: Register, caller: Caller) -> Reply:
    """List all commands, a line each, and say how to write what to follow, and what is so on the platform."""
    lines: list[Prose] = []
    for _, commands in _groups(_callable(register, register.commands, caller)):
        if len(commands) > 1 and lines:
            lines.append(())
        lines += [_line(command, caller) for command in commands]
    lines += [(), prose("What to follow:"), *_language(), ()]
    said = prose("Each command explains itself: ")
    if caller.fields:
        lines.append(prose(said, Code(f"/{HOME} help command:follow"), "."))
    else:
        lines.append(prose(said, Code("/follow help"), ". All work behind ", Code(f"/{HOME}"), " too."))
    lines += [prose(hint) for hint in caller.hints]
    return Reply(_lines(lines))


def _callable(register: Register, commands: Sequence[Command], caller: Caller) -> list[Command]:
    """Leave out the commands that are a group too: fields come behind the last word only."""
    return [one for one in commands if not (caller.fields and register.is_group(one.path))]


def unknown(register: Register, path: Path, rest: str, typed: str, caller: Caller) -> Reply:
    """Answer what calls no command: what was typed, the nearest command as a button, or where help is."""
    said = prose("I don't know ", Code(typed), ".")
    near, taken = register.nearest(path, rest.casefold().split())
    if near is not None:
        behind = rest.split(maxsplit=taken)[taken:]
        button = Button(near.name, " ".join([near.name, *behind]))
        return Reply(prose(said, " Did you mean ", Code(usage(near, caller)), "?"), buttons=(button,))
    help_button = Button("Show all commands", f"/{HOME} help")
    if register.is_group(path):
        return Reply(prose(said, "\n", group(register, path, caller).text), buttons=(help_button,))
    return Reply(prose(said, " ", Code(f"/{HOME} help"), " lists all commands."), buttons=(help_button,))


def missing(command: Command, option: Option, values: dict[str, str], caller: Caller) -> Reply:
    """Ask for an option that a command cannot do without."""
    said = prose(Code(command.name), " still needs the ", Bold(option.name), f": {_sentence(option.help)} ")
    shown = prose(Code(usage(command, caller)))
    if command.example:
        shown = prose("Example: ", Code(command.example))
    return Reply(prose(said, shown), form=form(command, values))


def form(command: Command, values: dict[str, str]) -> Form:
    """Ask for all options of a command at once, filled in as far as they are known."""
    fields = tuple(
        Field(
            option.name,
            option.name.capitalize(),
            _FIELD_KINDS.get(option.kind, FieldKind.TEXT) if not option.choices else FieldKind.CHOICE,
            value=values.get(option.name, ""),
            hint=option.help,
            choices=option.choices,
            required=option.required,
            longest=option.longest,
        )
        for option in command.options
    )
    return Form(command.name.removeprefix("/").capitalize(), command.name, fields, submit="Send")


_FIELD_KINDS = {Kind.FEED: FieldKind.FEED, Kind.CHANNEL: FieldKind.CHANNEL}


def as_markdown(commands: Sequence[Command]) -> str:
    """Write the page of all commands for the papers."""
    parts: list[str] = []
    for title, of_group in _groups(commands):
        parts.append(f"## {title}")
        parts += [_section(command) for command in of_group]
    parts += ["## What to follow", "\n".join(f"- `{typed}`: {means}" for typed, means in LANGUAGE)]
    parts.append("`title:` or `author:` in front of a word looks only there.")
    return "\n\n".join(parts) + "\n"


def _section(command: Command) -> str:
    lines = [f"### `{usage(command)}`", "", f"{_sentence(command.help)} {RIGHTS[command.right]}".strip()]
    if command.options:
        lines += ["", *(_item(option) for option in command.options)]
    if command.synonyms:
        lines += ["", "Also: " + ", ".join(f"`{_named(command, word)}`" for word in command.synonyms) + "."]
    if command.example:
        lines += ["", f"Example: `{command.example}`"]
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _named(command: Command, last: str) -> str:
    return "/" + " ".join((*command.path[:-1], last))


def _item(option: Option) -> str:
    possible = f" ({', '.join(f'`{choice.value}`' for choice in option.choices)})" if option.choices else ""
    return f"- **{option.flag or option.name}**: {option.help.removesuffix('.')}{possible}."


def _groups(commands: Sequence[Command]) -> Iterator[tuple[str, list[Command]]]:
    """Bring commands of one first word together, in the order in which these words first come."""
    listed_ = [command for command in commands if not command.behind_button]
    order = {word: place for place, word in enumerate(dict.fromkeys(one.path[0] for one in listed_))}
    listed_.sort(key=lambda command: order[command.path[0]])
    for word, of_group in groupby(listed_, key=lambda command: command.path[0]):
        yield f"/{word}", list(of_group)


def _line(command: Command, caller: Caller) -> Prose:
    return prose("• ", Code(usage(command, caller)), f" {command.help.removesuffix('.')}")


def _language() -> list[Prose]:
    return [prose("• ", Code(typed), f" {means}") for typed, means in LANGUAGE] + [FIELDS]


def _lines(lines: Sequence[Prose]) -> Prose:
    return listed(list(lines), between="\n")
