"""What a chat platform must do to be served: the Adapter, and how installed ones are found.

``docs/adapters.md`` tells the story for someone writing one; ``bot.contract`` holds the tests that
say when it is done. An adapter is found through the entry-point group ``wireroom.adapters``, so
those shipped with wireroom load exactly as a stranger's do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import entry_points
from types import TracebackType
from typing import ClassVar, Protocol, Self

import click

from bot.command import Command, Desk
from bot.errors import CommandError, ConfigError, Undeliverable
from bot.look import Setting
from bot.models import Card, Digest, Message, Notice, Target, TargetKind
from bot.prose import Prose, prose
from bot.settings import AdapterSettings

ENTRY_POINTS = "wireroom.adapters"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What makes two tries of one delivery recognisable as the same."""

    key: str
    """Opaque, at most 25 characters, the same for every try of one message in one target."""
    attempt: int
    """1 for the first try."""
    first_tried: datetime
    """When a request for it may first have left."""


@dataclass(frozen=True, slots=True)
class Found:
    """The message in doubt is there; this is its id."""

    message_id: str


class Sighting(StrEnum):
    """What a look for a message in doubt can say besides Found."""

    ABSENT = "absent"
    """It is certainly not there and will not arrive any more: posting again is safe."""
    UNKNOWN = "unknown"
    """The platform cannot tell."""


class Severity(StrEnum):
    """How much a finding of ``wireroom doctor`` matters."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One plain sentence of ``wireroom doctor``: what was found and what to do about it."""

    severity: Severity
    text: str


class Ledger(Protocol):
    """What the bot keeps for one adapter: a small store of its own, and the book of its places.

    The key of a note about a person or a channel ends in a colon and the id: a person can ask for it
    and have it deleted, and a channel's goes when the channel does. All of it can be said twice, and
    of what the bot has never heard of.
    """

    async def note(self, key: str) -> str | None:
        """Look up what was noted under a key."""

    async def notes(self, prefix: str) -> Mapping[str, str]:
        """List what was noted under keys that begin so."""

    async def write(self, key: str, text: str, *, keep: timedelta | None = None) -> None:
        """Note a text under a key (of 200 characters at most), for ``keep`` or for good."""

    async def erase(self, key: str) -> None:
        """Forget what was noted under a key."""

    async def spaces(self) -> Collection[str]:
        """Name the workspaces or servers of this platform in which anything is set up."""

    async def carries(self, channel: Target) -> bool:
        """Say whether a channel carries feeds."""

    async def left(self, space: str) -> None:
        """The bot was removed from a workspace or server: posts stop; 30 days later it is forgotten whole."""

    async def joined(self, space: str) -> None:
        """The bot is in a workspace or server, perhaps again: what ``left`` stopped goes on."""

    async def gone(self, channel: Target) -> None:
        """A channel was deleted for good: it carries nothing any more, and whoever set it up is told."""

    async def report(self, said: str) -> None:
        """Tell whoever runs the bot what only they can mend, where WIREROOM_OPERATOR says who that is."""

    async def paused(self) -> Sequence[Target]:
        """List the targets of this platform that cannot be posted to, so that a cure is noticed."""

    async def cured(self, target: Target) -> None:
        """Post to a paused target again: what kept the bot out is gone."""


class Scratch:
    """The ledger of an adapter that no app has taken in: notes in memory, and no places."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    async def note(self, key: str) -> str | None:
        """Look up what was noted under a key."""
        return self._notes.get(key)

    async def notes(self, prefix: str) -> Mapping[str, str]:
        """List what was noted under keys that begin so."""
        return {key: text for key, text in self._notes.items() if key.startswith(prefix)}

    async def write(self, key: str, text: str, *, keep: timedelta | None = None) -> None:
        """Note a text under a key, for as long as this process lives."""
        del keep
        self._notes[key] = text

    async def erase(self, key: str) -> None:
        """Forget what was noted under a key."""
        self._notes.pop(key, None)

    async def spaces(self) -> Collection[str]:
        """Know of none."""
        return ()

    async def carries(self, channel: Target) -> bool:
        """Know of nothing."""
        del channel
        return False

    async def left(self, space: str) -> None:
        """Keep no book."""

    async def joined(self, space: str) -> None:
        """Keep no book."""

    async def gone(self, channel: Target) -> None:
        """Keep no book."""

    async def report(self, said: str) -> None:
        """Have nobody to tell."""

    async def paused(self) -> Sequence[Target]:
        """Know of none."""
        return ()

    async def cured(self, target: Target) -> None:
        """Keep no book."""


class Adapter(ABC):
    """One chat platform.

    ``post`` raises only what ``bot.errors.DeliveryError`` heads; anything else counts as a fault
    of the adapter, which is logged with its traceback and retried as a DeliveryError. All methods
    run on the event loop and must not block it. Opened and closed with ``async with``.
    """

    name: ClassVar[str]
    """The platform, as it stands in front of the colon in ``terminal:news``."""
    Settings: ClassVar[type[AdapterSettings]] = AdapterSettings
    """What the adapter reads from the environment."""
    needs_space: ClassVar[bool] = False
    """Whether a channel is only known together with its workspace or server."""
    parallel: ClassVar[int] = 8
    """How many targets are posted to at the same time; one target gets one message at a time."""
    post_timeout: ClassVar[timedelta] = timedelta(seconds=20)
    """A post that takes longer is cut off and in doubt; must stay below the lease of a minute."""
    settle: ClassVar[timedelta] = timedelta(seconds=30)
    """How long after a request was cut off it may still arrive; ``find`` is asked after that."""

    feed_settings: ClassVar[tuple[Setting, ...]] = ()
    """What a channel can choose about a feed on this platform only, beside what ``bot.look`` has."""
    ignores: ClassVar[frozenset[str]] = frozenset()
    """Names of the settings of ``bot.look`` that the platform cannot do."""

    def __init__(self, settings: AdapterSettings) -> None:
        """Take the settings that the app loaded from ``Settings``; open nothing yet."""
        self.settings = settings
        self.ledger: Ledger = Scratch()
        """The app puts its own in place before it opens the adapter."""

    @classmethod
    def configured(cls, settings: AdapterSettings) -> bool:
        """Say whether the settings hold what the adapter needs to run (a token, say)."""
        del settings
        return True

    @classmethod
    def target(cls, text: str) -> Target:
        """Read what stands behind the colon in ``--to platform:text``, as ``str(Target)`` writes it.

        An ``@`` begins a person's; a slash ends the workspace or server, which in a command may be left
        out where it is the caller's. Raises CommandError with a sentence when it cannot be a target of
        this platform.
        """
        space, _, name = text.rpartition("/")
        key = name.removeprefix("@")
        if not key or text != text.strip():
            raise CommandError(f"{cls.name}: needs the name or id of a channel behind the colon.")
        return Target(cls.name, key, space, TargetKind.CHANNEL if key == name else TargetKind.PERSON)

    @classmethod
    def placed(cls, target: Target) -> Target:
        """Give back a target that names all it takes to find it; CommandError for one that does not."""
        if cls.needs_space and target.kind is TargetKind.CHANNEL and not target.space:
            raise CommandError(
                f"Which {cls.name} channel “{target.id}” is that? Name its server too: server/{target.id}."
            )
        return target

    @classmethod
    def commands(cls, declared: Callable[[], Sequence[Command]]) -> Sequence[click.Command]:
        """Sub-commands that appear as ``wireroom NAME …``; ``declared`` lists what people can type."""
        del declared
        return ()

    async def __aenter__(self) -> Self:
        """Connect; raise ConfigError where only the operator can help."""
        return self

    async def __aexit__(  # noqa: B027 - most platforms of one process have nothing to close
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect; called once, also after an error."""

    @abstractmethod
    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Post a message and return the platform's id of it (at most 200 characters)."""

    def fits(self, digest: Digest) -> int:
        """Say how many of a digest's items, from the first on, one message holds; the rest go in another.

        At least one: what is too long alone is for ``post`` to cut.
        """
        return len(digest.items)

    async def edit(self, target: Target, message_id: str, card: Card, ticket: Ticket) -> None:
        """Replace a card where it stands; Undeliverable where it cannot be changed any more."""
        del target, message_id, card, ticket
        raise Undeliverable(f"{self.name} cannot change a message once it is posted.")

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Look for a message in doubt: asked ``settle`` after its request was cut off."""
        del target, message, ticket
        return Sighting.UNKNOWN

    async def listen(self, desk: Desk) -> None:
        """Take commands from people and bring them to the desk, until cancelled.

        A platform without commands simply returns. After an error it is called again, at first in
        5 seconds; adapters do not notice each other's.
        """
        del desk

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Say which of these channels a person can see (of a channel: whoever reads it).

        It is asked at most once an hour for a person; what cannot be told counts as unseen.
        """
        del who, channels
        return ()

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Say why a person may not change feeds in a channel, and what to do; None when they may."""
        del person, channel
        return prose("You can't change feeds there.")

    async def cannot_post(self, target: Target) -> Prose | None:
        """Say why the bot cannot post in a target, and what to do; None when it can, as far as it knows."""
        del target
        return None

    async def advice(self, target: Target, chosen: Mapping[str, str]) -> Prose | None:
        """Say what a channel should still choose for a feed, or has chosen in vain; None where all fits.

        Asked after a feed was added or its settings were changed; ``chosen`` are these, by name.
        """
        del target, chosen
        return None

    async def lacks(self, place: Target) -> Sequence[Prose]:
        """Say which optional abilities the bot was not given on this platform, and how each is added.

        Shown to people who ask how things are; from memory, or within a second.
        """
        del place
        return ()

    def called(self, target: Target) -> str:
        """Name a target in a plain sentence, from memory: “#news”, where the platform tells names."""
        return str(target)

    async def greet(self, person: Target, first: Notice) -> Prose | None:
        """Send a person who is just looking their first direct message, unless one has arrived before.

        Say why none can reach them and how they cure that; None when they can be reached. Asked while
        they follow words, so that closed messages are found out at once.
        """
        del person, first
        return None

    async def doctor(self, targets: Sequence[Target]) -> Sequence[Finding]:
        """Check what this platform needs, and each target served on it."""
        del targets
        return ()


def installed() -> dict[str, type[Adapter]]:
    """Load every installed adapter, by name.

    Raises ConfigError when one of them does not load, naming the package it comes from.
    """
    found: dict[str, type[Adapter]] = {}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            loaded = point.load()
        except Exception as error:
            origin = point.dist.name if point.dist else point.value
            raise ConfigError(f"The adapter {point.name} (of {origin}) does not load: {error}") from error
        if not (isinstance(loaded, type) and issubclass(loaded, Adapter)):
            raise ConfigError(f"The adapter {point.name} ({point.value}) is no bot.adapter.Adapter.")
        found[point.name] = loaded
    return found


def parse_target(text: str, adapters: dict[str, type[Adapter]]) -> Target:
    """Read ``platform:target`` as a person types it.

    Raises CommandError; a wrong platform lists those installed.
    """
    platform, colon, rest = text.partition(":")
    if not colon:
        raise CommandError(f"“{text}” is not a target. Write platform:channel, for example terminal:news.")
    if platform not in adapters:
        raise CommandError(f"There is no adapter “{platform}”. Installed: {', '.join(adapters) or 'none'}.")
    adapter = adapters[platform]
    return adapter.placed(adapter.target(rest))
