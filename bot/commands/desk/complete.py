"""Complete what is being typed: commands, options, follows, feeds, timezones, and words worth following."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.command import Caller, Command, Completion, Kind, Option, Right
from bot.commands.desk import hours, worth
from bot.commands.desk import option as options
from bot.commands.desk.known import Known, Surroundings
from bot.commands.desk.register import Path, Register
from bot.commands.tools import Tools
from bot.models import Follow
from bot.reply import Choice
from bot.text import clean, cut, fold

NAMED = 5
"""Commands of a group that a completion names."""
MOST = 25
"""What Discord takes, and more than anybody reads."""
LONGEST = 100
EXAMPLES: Mapping[Kind, tuple[str, ...]] = {
    Kind.CHANNEL: ("here", "me"),
    Kind.HOURS: ("22:00-07:00", "off"),
    Kind.TIME: ("08:00", "12:00", "18:00"),
    Kind.DURATION: ("24h", "3d", "7d"),
}
_NEEDS_QUOTES = re.compile(r"\s|,$")
_NAMED = frozenset({Kind.FEED, Kind.FOLLOW})


@dataclass(frozen=True, slots=True)
class _Gap:
    """The place in a text that is being typed: an option, what stands of it, and where that begins."""

    option: Option
    typed: str
    start: int
    last: bool
    """No other option can follow by its place, so the value needs no quotes."""


class Completer:
    """Says how a text, or an option that a platform asks for, could go on."""

    def __init__(self, register: Register, tools: Tools) -> None:
        self._register = register
        self._clock = tools.clock
        self._surroundings = Surroundings(tools)
        self.forget = self._surroundings.forget

    async def complete(self, caller: Caller, text: str) -> list[Completion]:
        """Say what could stand at the end of a text; nothing without a slash at its begin."""
        if not text.lstrip().startswith("/"):
            return []
        found = list(re.finditer(r"\S+", text))
        whole = found if text[-1].isspace() else found[:-1]
        fragment_start = len(text) if text[-1].isspace() else found[-1].start()
        path, taken = self._register.begin([match[0].casefold().lstrip("/") for match in whole])
        completions: list[Completion] = []
        if taken == len(whole):
            completions += self._commands(path, text[fragment_start:], fragment_start)
        command = self._register.get(path)
        if command is not None and taken:
            completions += await self._options(caller, command, text, whole[taken - 1].end())
        return completions[:MOST]

    def _commands(self, path: Path, fragment: str, start: int) -> Iterator[Completion]:
        """Name the words that can follow those of a path."""
        typed, slash = fragment.casefold().lstrip("/"), "" if path else "/"
        seen = set()
        for command in self._register.below(path):
            word = command.path[len(path)] if len(command.path) > len(path) else ""
            if word and word.startswith(typed) and word not in seen:
                seen.add(word)
                is_whole = len(command.path) == len(path) + 1
                detail = command.help if is_whole else self._names((*path, word))
                yield Completion(start, slash + word, slash + word, detail)

    def _names(self, path: Path) -> str:
        """Name the first commands of a group."""
        names = list(dict.fromkeys(command.path[len(path)] for command in self._register.below(path)))
        return ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")

    async def _options(self, caller: Caller, command: Command, text: str, begin: int) -> list[Completion]:
        known = await self._surroundings.of(caller)
        gap = _gap(command, text, begin)
        completions: list[Completion] = []
        if gap is not None:
            choices = _choices(command, gap.option, gap.typed, known, self._clock())
            completions += [_completion(gap, choice, known) for choice in choices]
        if gap is None or not gap.option.flag:
            completions += _flags(command, text, begin)
        return completions

    async def suggest(self, caller: Caller, path: Path, option: str, typed: str) -> list[Choice]:
        """Say what an option of a command could be."""
        command = self._register.get(tuple(path))
        wanted = next((one for one in command.options if one.name == option), None) if command else None
        if command is None or wanted is None:
            return []
        known = await self._surroundings.of(caller)
        choices = _choices(command, wanted, typed, known, self._clock())
        return [_short(choice) for choice in choices if len(choice.value) <= LONGEST]


def _gap(command: Command, text: str, begin: int) -> _Gap | None:
    """Find which option is being typed at the end of a text."""
    start = _token_start(text, begin)
    name, colon, value = text[start:].partition(":")
    for option in command.options:
        if colon and option.flag == name.casefold():
            return _Gap(option, value.lstrip('"“„'), start + len(name) + 1, last=False)
    places = [option for option in command.options if not option.flag]
    if not places:
        return None
    whole = text[begin:].lstrip()
    for option in places:  # some choices have a space in them
        if " " in whole and any(choice.value.startswith(whole.casefold()) for choice in option.choices):
            return _Gap(option, whole, len(text) - len(whole), last=False)
    earlier = [match.start() for match in re.finditer(r"\S+", text[begin:start])]
    place = min(len(earlier), len(places) - 1)
    is_last = place == len(places) - 1
    if is_last and len(earlier) > place and ":" not in text[begin:start]:
        start = begin + earlier[place]  # the last option takes all words that are left
    return _Gap(places[place], text[start:], start, last=is_last)


def _token_start(text: str, begin: int) -> int:
    """Find where the word at the end begins; a quote that is not closed holds it together."""
    quotes = [match.start() for match in re.finditer('["“”„]', text[begin:])]
    end = begin + quotes[-1] if len(quotes) % 2 else len(text)
    spaces = [match.end() for match in re.finditer(r"\s", text[begin:end])]
    return begin + (spaces[-1] if spaces else 0)


def _flags(command: Command, text: str, begin: int) -> Iterator[Completion]:
    """Offer the flags that are not there yet."""
    start = _token_start(text, begin)
    typed = text[start:].casefold()
    for option in command.options:
        if (
            option.flag
            and option.flag.startswith(typed)
            and f" {option.flag}:" not in text[begin:].casefold()
        ):
            yield Completion(start, f"{option.flag}:", f"{option.flag}:", option.help)


def _completion(gap: _Gap, choice: Choice, known: Known | None) -> Completion:
    return Completion(gap.start, _written(gap, choice, known), choice.label, choice.detail)


def _written(gap: _Gap, choice: Choice, known: Known | None) -> str:
    """Write a choice as people would: by a name that means no other, in quotes where it needs them."""
    text = choice.value
    if gap.option.kind in _NAMED and known is not None and _is_clear(gap, choice.label, known):
        text = choice.label
    if gap.last or gap.option.kind is Kind.CHOICE or '"' in text or not _NEEDS_QUOTES.search(text):
        return text
    return f'"{text}"'


def _is_clear(gap: _Gap, name: str, known: Known) -> bool:
    if gap.option.kind is Kind.FOLLOW:
        return gap.last and [clean(one.typed) for one in known.follows].count(name) == 1
    alike = {number for number, one in (*known.reach.items(), *known.here.items()) if fold(one) == fold(name)}
    return len(alike) == 1 and '"' not in name and ":" not in name


def _choices(
    command: Command, option: Option, typed: str, known: Known | None, now: datetime
) -> list[Choice]:
    """Say what an option could be, the likeliest first."""
    match option.kind:
        case Kind.QUERY:
            found = worth.following(typed, known) if known else []
        case Kind.FEED:
            found = _feeds(command, typed, known)
        case Kind.FOLLOW:
            found = _follows(typed, known.follows if known else ())
        case Kind.TIMEZONE:
            names = hours.zones_like(typed, limit=MOST)
            found = [Choice(hours.zone_now(name, name, now), name) for name in names]
        case kind:
            named = option.choices or tuple(Choice(text, text) for text in EXAMPLES.get(kind, ()))
            found = [choice for choice in named if _begins(typed, choice)] or _as_read(option, typed)
    return found[:MOST]


def _as_read(option: Option, typed: str) -> list[Choice]:
    """Offer what is typed as it is read: a platform that finds nothing to offer says that nothing fits."""
    if option.kind not in EXAMPLES or not (options.is_strict(option) and options.fits(option, typed)):
        return []
    text = options.read(option, typed)
    return [Choice(text, text)]


def _begins(typed: str, choice: Choice) -> bool:
    return any(text.casefold().startswith(typed.casefold()) for text in (choice.value, choice.label))


def _feeds(command: Command, typed: str, known: Known | None) -> list[Choice]:
    """Name the feeds of the place for those who manage them, else all that a person sees."""
    if known is None:
        return []
    names = known.here if command.right is Right.MANAGER else known.reach
    found = [Choice(name, str(number)) for number, name in names.items()]
    return _by_likeness(typed, found)


def _follows(typed: str, own: Sequence[Follow]) -> list[Choice]:
    return _by_likeness(typed, [Choice(clean(one.typed), f"#{one.id}") for one in own])


def _by_likeness(typed: str, choices: Sequence[Choice]) -> list[Choice]:
    """Keep what holds the text typed, names that begin with it first."""
    wanted, number = fold(typed), typed.strip().removeprefix("#")
    fits = [
        one for one in choices if wanted in fold(one.label) or one.value.removeprefix("#").startswith(number)
    ]
    return sorted(fits, key=lambda one: not fold(one.label).startswith(wanted))


def _short(choice: Choice) -> Choice:
    """Keep what is shown within what platforms take."""
    return replace(choice, label=cut(choice.label, LONGEST), detail=cut(choice.detail, LONGEST))
