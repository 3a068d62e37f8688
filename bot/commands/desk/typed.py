"""Read one free text: which command it calls, and what its options are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import permutations

from bot import query
from bot.command import Command, Kind, Option
from bot.commands.desk import option as options
from bot.commands.desk.register import DEPTH, Path, Register
from bot.commands.find import shortened
from bot.commands.tools import Refusal
from bot.prose import Code, Prose, listed, prose
from bot.reply import Reply

HELP = frozenset({"help", "?"})
ALONE: Mapping[str, Path] = {"list": ("following",), "preview": ("preview",)}
"""What these words mean behind a command that takes a query, where nothing else stands there."""
ENDING_MOST = 12
"""Words at the end of a text that can be options of their own behind a name with spaces."""
STRICT_MOST = 6
"""Words of a value that tells by its form what it is: ``from 10 pm to 7 am``."""
LIKENESS = 0.6

_SLACK_LINK = re.compile(r"<(?P<url>[a-z][a-z0-9+.-]*:[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>", re.IGNORECASE)
_SLACK_NAME = re.compile(r"<(?P<sign>[#@])(?P<id>[A-Z0-9]+)(?:\|[^<>]*)?>", re.IGNORECASE)
_ENTITY = re.compile("&(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}
_QUOTES = '"“”„«»'
_WORD = re.compile(rf"[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}](?!\S)|\S+")
_FLAG = re.compile(r"(?P<name>[^\W\d_]{2,20}):(?!//)(?P<value>\S.*)", re.DOTALL)
_FIELDS = frozenset({"title", "author"})
"""What a query writes in front of a colon by itself."""
_FREE = frozenset({Kind.TEXT, Kind.ADDRESS, Kind.CHANNEL, Kind.DOCUMENT, Kind.QUERY})
_RAW = frozenset({Kind.QUERY, Kind.FOLLOW, Kind.DOCUMENT})
"""Kinds in which quotes and line breaks mean something."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command with the options as typed, not yet checked; or the words that call none."""

    path: Path
    """The words of a command or a group; empty where the text begins with neither."""
    rest: str
    """What stands behind them."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    quoted: bool


def unwrap(text: str) -> str:
    """Undo what Slack does to a typed text: ``<https://…|label>``, ``<#C1|name>``, ``&amp;``.

    A link that Slack made of a typed name (``ASP.net``) becomes that name again; a channel or a
    person becomes its id. A text with other angle brackets is not Slack's and keeps its entities.
    """
    foreign = _SLACK_NAME.sub("", _SLACK_LINK.sub("", text))
    text = _SLACK_LINK.sub(_typed_link, text)
    text = _SLACK_NAME.sub(lambda match: match["id"], text)
    if "<" in foreign or ">" in foreign:
        return text
    return _ENTITY.sub(lambda match: _ENTITIES[match[1]], text)


def _typed_link(match: re.Match[str]) -> str:
    url, label = match["url"], match["label"] or ""
    invented = {f"http://{label}", f"https://{label}", f"http://{label}/", f"mailto:{label}"}
    return label if label and url in invented else url


def call(register: Register, text: str) -> Call:
    """Split a text into the words that call a command and the rest; a slash may be missing or doubled."""
    text = unwrap(text).strip().lstrip("/／").lstrip()
    found = [match for _, match in zip(range(DEPTH + 1), re.finditer(r"\S+", text), strict=False)]
    path, taken = register.begin([match[0].casefold() for match in found])
    rest = text[found[taken - 1].end() :] if taken else text
    asked = rest.strip().casefold()
    command = register.get(path)
    if command and _by_query(command) and (other := ALONE.get(asked)) and register.get(other):
        return Call(other, "")
    return Call(path, rest.strip())


def alone(register: Register, called: Call, given: Mapping[str, str]) -> tuple[Call, Mapping[str, str]]:
    """Let help, list and preview mean the same where a platform has a field for what is looked for.

    They are words to look for as soon as anything else is given.
    """
    command = register.get(called.path)
    told = {name: text.strip().casefold() for name, text in given.items() if text.strip()}
    if command is None or called.rest or len(told) != 1 or not _by_query(command):
        return called, given
    (name, word), *_ = told.items()
    if not any(one.name == name and one.kind is Kind.QUERY for one in command.options):
        return called, given
    if word in HELP:
        return Call(called.path, word), {}
    other = register.get(ALONE.get(word, ()))
    return (Call(other.path, ""), {}) if other else (called, given)


def values(command: Command, rest: str, given: Mapping[str, str]) -> dict[str, str]:
    """Read and check all options: those of the text, outweighed by those that the platform read.

    Raises CommandError with what was typed and what is possible; a required option that is missing
    is left to the caller.
    """
    known = {one.name: one for one in command.options}
    for name in given:
        if name not in known:
            raise Refusal(Reply(prose(Code(command.name), " has no option ", Code(shortened(name)), ".")))
    told = {name: text for name, text in given.items() if text.strip() or known[name].may_be_empty}
    read = {**_typed(command, rest), **_spread(command, told)}
    return {name: options.read(known[name], text) for name, text in read.items()}


def _spread(command: Command, told: Mapping[str, str]) -> Mapping[str, str]:
    """Take apart what stands in the field of one option and is several: hours with a timezone behind them."""
    known = {one.name: one for one in command.options}
    for name, text in told.items():
        if options.is_strict(known[name]) and not options.fits(known[name], text):
            with suppress(Refusal):
                apart = _typed(command, text)
                if len(apart) > 1 and all(options.fits(known[one], part) for one, part in apart.items()):
                    return apart | {one: part for one, part in told.items() if one != name}
    return told


def _typed(command: Command, rest: str) -> dict[str, str]:
    by_flag = {one.flag: one for one in command.options if one.flag}
    if any(one.kind is Kind.DOCUMENT for one in command.options) and rest.lstrip().startswith("<"):
        by_flag = {}  # a pasted document is full of colons
    rest, flags = query.split_flags(rest, by_flag)
    found = {by_flag[flag].name: text for flag, text in flags.items()}
    places = [one for one in command.options if not one.flag and one.name not in found]
    words = list(_words(rest))
    _refuse_unknown_flags(command, words, places)
    if words and not places:
        said = prose(
            Code(command.name), " stands alone: I don't know what to do with ", Code(shortened(rest))
        )
        raise Refusal(Reply(prose(said, ".")))
    return found | _by_place(rest, words, places)


def _words(text: str) -> Iterator[_Word]:
    for match in _WORD.finditer(text):
        quoted = match["quoted"]
        yield _Word(match[0] if quoted is None else quoted, match.start(), quoted is not None)


def _by_query(command: Command) -> bool:
    return any(one.kind is Kind.QUERY and not one.flag for one in command.options)


def _refuse_unknown_flags(command: Command, words: Sequence[_Word], places: Sequence[Option]) -> None:
    """A word like ``whn:daily`` is a slip where it resembles a flag, or where only names can stand."""
    flags = [one.flag.casefold() for one in command.options if one.flag]
    names_only = not any(one.kind in _FREE for one in places)
    for word in words:
        match = None if word.quoted else _FLAG.fullmatch(word.text)
        if match is None or match["name"].casefold() in _FIELDS.union(flags):
            continue  # a flag that was left here stands behind an open quote, which is the fault to tell
        near = difflib.get_close_matches(match["name"].casefold(), flags, n=1, cutoff=LIKENESS)
        if near or names_only:
            raise Refusal(Reply(_unknown_flag(command, match["name"], flags)))


def _unknown_flag(command: Command, name: str, flags: Sequence[str]) -> Prose:
    known = listed([Code(f"{flag}:") for flag in flags], last=" and ") if flags else "none of that kind"
    said = prose("I don't know ", Code(f"{name}:"), ". ", Code(command.name), " knows ", known, ".")
    return prose(said, " Put it in quotes if it is part of a name or of what you look for.")


def _by_place(rest: str, words: Sequence[_Word], places: Sequence[Option]) -> dict[str, str]:
    if not words:
        return {}
    orders = permutations(places) if all(map(options.is_strict, places)) else [tuple(places)]
    for order in orders:
        spans = _assign(words, order)
        if spans is not None:
            break
    else:
        spans = _one_each(words, places)
    return {one.name: _value(one, rest, words, start, end) for one, start, end in spans}


_Span = tuple[Option, int, int]


def _assign(words: Sequence[_Word], places: Sequence[Option], start: int = 0) -> list[_Span] | None:
    """Give each option the words that fit it, leaving no word over; None where that cannot be."""
    if start == len(words):
        return []
    if not places:
        return None
    for taken in _counts(words, places, start):
        others = _assign(words, places[1:], start + taken)
        if others is not None:
            return [(places[0], start, start + taken), *others] if taken else others
    return None


def _counts(words: Sequence[_Word], places: Sequence[Option], start: int) -> Iterator[int]:
    """Say how many words the first option could take, the likeliest first."""
    first, *others = places
    left = len(words) - start
    if options.is_strict(first):
        for count in range(min(STRICT_MOST, left), 0, -1):
            if options.fits(first, " ".join(word.text for word in words[start : start + count])):
                yield count
        if not first.required:
            yield 0
    elif not others:
        yield left
    elif _are_numbers(words[start:]):
        yield 1  # the second is no part of a name, though it may be too high: /feeds preview 3 10
    elif all(map(options.is_strict, others)):
        yield from range(max(1, left - ENDING_MOST), left + 1)
    else:
        yield 1


def _are_numbers(words: Sequence[_Word]) -> bool:
    return len(words) > 1 and all(word.text.isdecimal() and not word.quoted for word in words)


def _one_each(words: Sequence[_Word], places: Sequence[Option]) -> list[_Span]:
    """Where nothing fits, the check of each option says what is wrong; figures are meant for a time."""
    if words[0].text[:1].isdecimal():
        places = sorted(places, key=lambda one: one.kind is not Kind.TIME)
    last = min(len(words), len(places)) - 1
    spans = [(places[place], place, place + 1) for place in range(last)]
    return [*spans, (places[last], last, len(words))]


def _value(option: Option, rest: str, words: Sequence[_Word], start: int, end: int) -> str:
    if option.kind in _RAW:
        return rest[words[start].start : words[end].start if end < len(words) else None].strip()
    return " ".join(word.text for word in words[start:end])
