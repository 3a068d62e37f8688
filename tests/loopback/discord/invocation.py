"""What a person did, and what the bot made of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from tests.loopback.discord.nouns import EPHEMERAL, Channel, Json, Message, User

PATIENCE = 10.0
"""Seconds after which a deferral that nobody resolves fails the test that waits."""


class Unusable(AssertionError):
    """Discord's client would not let the person do this."""


class Unanswered(AssertionError):
    """“The application did not respond”: three seconds passed, or a deferral was never resolved."""


class Asked(IntEnum):
    """What kind of interaction it is."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answered(IntEnum):
    """The kind of the first answer."""

    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person hands in."""

    name: str
    content: bytes


@dataclass(eq=False, slots=True)
class Modal:
    """A form on a person's screen."""

    custom_id: str
    title: str
    components: list[Json]
    user: User
    channel: Channel
    message: Message | None
    """The message whose button opened it."""

    def fields(self) -> Iterable[tuple[str, Json]]:
        """List its fields with the labels over them."""
        for part in self.components:
            if part.get("component"):
                yield part["label"], part["component"]
            for inner in part.get("components") or ():
                yield inner.get("label") or "", inner

    @property
    def labels(self) -> list[str]:
        """The labels of its fields, from top to bottom."""
        return [label for label, _ in self.fields()]


@dataclass(eq=False, slots=True)
class Invocation:
    """One interaction; what is awaited raises Unanswered when the bot lets it lapse."""

    id: int
    token: str
    asked: Asked
    user: User
    channel: Channel
    deadline: float
    source: Json
    """What is kept of it in the messages that answer it."""
    message: Message | None = None
    """The message with the button or menu."""
    first: Answered | None = None
    original: Message | None = None
    """The message that ``@original`` stands for."""
    followed: list[Message] = field(default_factory=list)
    form: Modal | None = None
    offered: list[Json] = field(default_factory=list)
    is_waiting: bool = False
    """Put off, and not yet resolved."""
    deferred: bool = False
    expired: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the three seconds."""
        self._timer = asyncio.get_running_loop().call_later(self.deadline, self._lapse)

    def note(self) -> None:
        """Wake those who wait: something about it has changed."""
        if self.first is not None and self._timer is not None:
            self._timer.cancel()
        self._changed.set()

    def expire(self) -> None:
        """Let its fifteen minutes be over."""
        self.expired = True

    @property
    def updated(self) -> bool:
        """Whether the answer took the place of the message with the button."""
        return self.message is not None and self.original is self.message

    @property
    def ephemeral(self) -> bool:
        """Whether only the person sees the answer."""
        return self.original is not None and bool(self.original.flags & EPHEMERAL)

    @property
    def messages(self) -> list[Message]:
        """The answer and what followed it, without a deferral that nobody resolved."""
        first = [self.original] if self.original and not self.is_waiting else []
        return [*first, *self.followed]

    async def acknowledged(self) -> Answered:
        """Wait for the first answer and say of which kind it is."""
        while self.first is None:
            await self._next_change()
        return self.first

    async def answer(self) -> Message:
        """Wait for the message that answers, through a deferral."""
        if await self.acknowledged() is Answered.MODAL:
            raise Unusable("the answer is a form")
        while not self.messages:
            await self._next_change()
        return self.messages[0]

    async def followups(self, count: int) -> list[Message]:
        """Wait until so many messages have followed the answer."""
        while len(self.followed) < count:
            await self._next_change()
        return self.followed

    async def modal(self) -> Modal:
        """Wait for the form that answers."""
        kind = await self.acknowledged()
        if self.form is None:
            raise Unusable(f"the answer is no form but {kind.name}: {self.original}")
        return self.form

    async def choices(self) -> list[Json]:
        """Wait for what is offered to complete the option: dicts of name and value."""
        await self.acknowledged()
        return self.offered

    def _lapse(self) -> None:
        self.expired = True
        self._changed.set()

    async def _next_change(self) -> None:
        if self.expired and self.first is None:
            raise Unanswered(f"no answer within {self.deadline:g} s: {self.source}")
        self._changed.clear()
        try:
            async with asyncio.timeout(max(PATIENCE, self.deadline + 1)):
                await self._changed.wait()
        except TimeoutError as error:
            raise Unanswered(f"deferred and never resolved: {self.source}") from error
