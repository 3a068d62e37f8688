"""A list of feeds, looked at before any of it is added: which can be read, and how much they post."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from bot.commands.channels import often
from bot.commands.feeds import Feeds
from bot.errors import WireroomError
from bot.models import Target
from bot.opml import Listed

SECONDS = 45.0
"""How long the whole look may take; a chat waits no longer."""
AT_ONCE = 8
SLOW = "It had not answered when I stopped waiting."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed of a list."""

    address: str
    title: str
    rate: float | None = None
    """Posts a day; None where it has no dates, or could not be read."""
    trouble: str | None = SLOW
    """Why it could not be read; None where it could."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a list offers a target: feeds that could be read, then those that could not."""

    target: Target
    candidates: tuple[Candidate, ...]
    here: int = 0
    """How many of the list the target carries already."""
    nameless: tuple[str, ...] = ()
    """What the list names that can be no feed."""
    left_out: int = 0
    """How many more it names."""

    @property
    def readable(self) -> Sequence[Candidate]:
        """Those that could be read."""
        return [one for one in self.candidates if one.trouble is None]

    @property
    def rate(self) -> float:
        """Posts a day of all that could be read, as far as their dates tell."""
        return sum(one.rate or 0 for one in self.candidates)


async def look(
    feeds: Feeds, listed: Sequence[Listed], *, now: datetime, seconds: float = SECONDS
) -> tuple[Candidate, ...]:
    """Read all feeds, a few at a time; those that can be read come first, else in the order of the list."""
    found = {one.address: Candidate(one.address, one.title or one.address) for one in listed}
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(address: str) -> None:
        async with turns:
            found[address] = await _ask(feeds, found[address], now)

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            for address in list(found):
                tasks.create_task(ask(address))
    return tuple(sorted(found.values(), key=lambda one: one.trouble is not None))


async def _ask(feeds: Feeds, one: Candidate, now: datetime) -> Candidate:
    try:
        parsed = await feeds.parse(await feeds.fetch(one.address))
    except WireroomError as error:
        return replace(one, trouble=str(error))
    return Candidate(one.address, parsed.title or one.title, often.of_feed(parsed, now=now), trouble=None)
