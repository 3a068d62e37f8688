"""The nouns of a command: what is declared of it, who calls it, and who answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.models import Target
from bot.reply import Choice, Reply


class Kind(StrEnum):
    """What an option holds; adapters choose a widget by it, the desk reads and checks it."""

    TEXT = "text"
    QUERY = "query"
    """Words to follow: the one kind that takes all the text no flag has taken."""
    FEED = "feed"
    """A feed by its number, name or address."""
    FOLLOW = "follow"
    """One of the caller's follows, by its number or words."""
    CHANNEL = "channel"
    """``here``, ``me``, or a channel as the platform writes it; read by ``Adapter.target``."""
    CHOICE = "choice"
    """One of ``Option.choices``."""
    NUMBER = "number"
    DURATION = "duration"
    """2h, 3d."""
    HOURS = "hours"
    """22:00-07:00, or off."""
    TIME = "time"
    """08:00."""
    TIMEZONE = "timezone"
    """An IANA name."""
    ADDRESS = "address"
    """A web address, as typed."""
    DOCUMENT = "document"
    """A file's text, handed over by the platform, or its address."""


class Right(StrEnum):
    """Who may use a command."""

    ANYONE = "anyone"
    MANAGER = "manager"
    """Who may change feeds in the channel that the command is about."""
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command."""

    name: str
    kind: Kind
    help: str
    """A short phrase, at most 100 characters."""
    required: bool = False
    flag: str | None = None
    """How it is written in free text, in front of a colon (``in`` for ``in:``); None: by its place."""
    choices: tuple[Choice, ...] = ()
    longest: int = 300
    least: int | None = None
    most: int | None = None
    """Bounds of a NUMBER."""
    may_be_empty: bool = False
    """Handed in empty it is a value, as where a form's field was emptied; else that is as if not given."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who gives a command and where, as the adapter knows it."""

    person: Target
    place: Target
    """The channel in which it was typed; the person's own target in a direct message."""
    timezone: str | None = None
    """The person's timezone (IANA) where the platform tells it."""
    timezone_from: str = ""
    """Where the platform has it from, for a sentence; “your Slack profile” need not be said."""
    operator: bool = False
    fields: bool = False
    """Whether the platform has a field for each option, so that nothing is typed behind a command."""
    elsewhere: bool = False
    """Whether it was typed where the bot is not, with a bot that the person brought along: what is said
    there of “here” is about their direct messages."""
    alone: str = "in a direct message with me"
    """Where a person can type for themselves alone, for a sentence."""
    hints: tuple[str, ...] = ()
    """What help adds about this platform, a sentence each."""

    @property
    def direct(self) -> bool:
        """Whether it was typed in a direct message with the bot."""
        return self.place == self.person


Values = Mapping[str, str]
"""Options by name, as typed; what was not given is not in it."""

Handler = Callable[[Caller, Values], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Command:
    """A command, declared once: dispatch, help, completion and each platform's own form come from it."""

    path: tuple[str, ...]
    """The words by which it is called: ``("feeds", "add")``."""
    help: str
    """One line, at most 100 characters."""
    handler: Handler
    options: tuple[Option, ...] = ()
    right: Right = Right.ANYONE
    synonyms: tuple[str, ...] = ()
    """Other words for the last of ``path``."""
    example: str = ""
    behind_button: bool = False
    """Meant for buttons: not listed in help nor registered with a platform, but understood everywhere."""

    @property
    def name(self) -> str:
        """The command as it is typed: ``/feeds add``."""
        return "/" + " ".join(self.path)


@dataclass(frozen=True, slots=True)
class Completion:
    """What could stand from ``start`` (an offset in the typed text) to the text's end."""

    start: int
    text: str
    label: str = ""
    detail: str = ""


class Desk(Protocol):
    """Where adapters bring commands, and fetch answers."""

    @property
    def commands(self) -> Sequence[Command]:
        """All that there are, in the order of the help."""

    async def answer(self, caller: Caller, text: str, values: Values = ...) -> Reply:
        """Carry out a command and answer, also where it failed; never raises but when cancelled.

        ``text`` is the command as typed or as a button carries it; ``values`` are options that the
        platform read by itself (a form, typed options) and outweigh those of the text.
        """

    async def complete(self, caller: Caller, text: str) -> Sequence[Completion]:
        """Say how a text typed so far could go on."""

    async def suggest(self, caller: Caller, path: Sequence[str], option: str, typed: str) -> Sequence[Choice]:
        """Say what an option could be, at most 25, from memory and within a second."""
