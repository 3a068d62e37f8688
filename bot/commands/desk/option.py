"""What an option may hold: reading a value into its one form, or saying what is possible instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot import duration
from bot.command import Kind, Option
from bot.commands.desk import hours, worth
from bot.commands.find import is_number, shortened
from bot.commands.tools import Refusal
from bot.prose import Bold, Code, Prose, listed, prose
from bot.reply import Reply

SHORTENED_LEAST = 3
"""Letters of a choice that stand for the whole word: tues, thread."""


def read(option: Option, text: str) -> str:
    """Read a value into the form that handlers get: choices and timezones by their names, 08:00, 22:00-07:00.

    Raises Refusal, which repeats what was typed and says what is possible.
    """
    text = text.strip()
    if len(text) > option.longest:
        raise Refusal(Reply(prose(Bold(option.name), f" is too long: {_limit(option, text)}")))
    try:
        return _named(option, text) or _READERS.get(option.kind, _as_typed)(option, text)
    except ValueError as fault:
        raise Refusal(Reply(_not_possible(option, text, str(fault)))) from None


def fits(option: Option, text: str) -> bool:
    """Say whether a text can be read as this option."""
    try:
        read(option, text)
    except Refusal:
        return False
    return True


def is_strict(option: Option) -> bool:
    """Say whether a value tells by its form that it is this option's."""
    return option.kind in _READERS


def _limit(option: Option, text: str) -> str:
    return f"{len(text):,} characters, and at most {option.longest:,} are possible."


def _not_possible(option: Option, text: str, how: str) -> Prose:
    said = prose("“", Bold(shortened(text)), "” is not possible for ", Bold(option.name), ". ")
    if option.choices:
        return prose(said, "Possible: ", listed([Code(choice.value) for choice in option.choices]), ".")
    return prose(said, how)


def _as_typed(option: Option, text: str) -> str:
    match option.kind:
        case Kind.QUERY:
            return worth.unlabelled(text)
        case Kind.ADDRESS if text.startswith("<") and text.endswith(">"):
            return text[1:-1].strip()  # as people write one in a chat that shall show no preview of it
        case _:
            return text


def _named(option: Option, text: str) -> str:
    """Choose by value or label, a word's beginning being enough where only one choice has it, else ""."""
    words = text.casefold().split()
    exact = [c.value for c in option.choices if words in (_words(c.value), _words(c.label))]
    close = [c.value for c in option.choices if _begins(words, _words(c.value))]
    found = set(exact or close)
    return found.pop() if len(found) == 1 else ""


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _begins(typed: list[str], meant: list[str]) -> bool:
    """Say whether each word is the beginning of its fellow, either way: tues, tuesday."""
    return len(typed) == len(meant) and all(map(_is_same, typed, meant))


def _is_same(typed: str, meant: str) -> bool:
    if min(len(typed), len(meant)) < SHORTENED_LEAST:
        return typed == meant
    return typed.startswith(meant) or meant.startswith(typed)


def _choice(option: Option, text: str) -> str:
    del option, text
    raise ValueError("")  # the choices are listed instead


def _number(option: Option, text: str) -> str:
    if not is_number(text):
        raise ValueError("Write a number.")
    number = int(text)
    if (option.least is not None and number < option.least) or (
        option.most is not None and number > option.most
    ):
        raise ValueError(_bounds(option))
    return str(number)


def _bounds(option: Option) -> str:
    match option.least, option.most:
        case None, most:
            return f"Write a number up to {most}."
        case least, None:
            return f"Write a number from {least} on."
        case least, most:
            return f"Write a number from {least} to {most}."


def _duration(option: Option, text: str) -> str:
    del option
    try:
        duration.read(text)
    except ValueError:
        raise ValueError("Write a number and its unit: 30m, 2h or 3d.") from None
    return text.casefold()


def _hours(option: Option, text: str) -> str:
    if not text and option.may_be_empty:
        return hours.OFF
    read = hours.read_hours(text)
    return hours.shown_hours(*read, between="-") if read else hours.OFF


def _time(option: Option, text: str) -> str:
    del option
    return hours.shown(hours.read_time(text))


def _zone(option: Option, text: str) -> str:
    del option
    return hours.read_zone(text)


_READERS: Mapping[Kind, Callable[[Option, str], str]] = {
    Kind.CHOICE: _choice,
    Kind.NUMBER: _number,
    Kind.DURATION: _duration,
    Kind.HOURS: _hours,
    Kind.TIME: _time,
    Kind.TIMEZONE: _zone,
}
