"""What a command keeps in memory for a while, for the person who gave it: a list read, a feed removed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.models import Target

KEPT = timedelta(hours=1)
MOST = 1_000
"""Things kept in all; the oldest go first."""

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_Thing]):
    owner: Target
    thing: _Thing
    until: datetime


class Drawer(Generic[_Thing]):
    """Keeps things for an hour, each under a short word that a button carries."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept[_Thing]] = {}

    def put(self, owner: Target, thing: _Thing) -> str:
        """Keep something, and give back the word for it."""
        now = self._clock()
        self._kept = {word: kept for word, kept in self._kept.items() if kept.until > now}
        if len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        word = secrets.token_hex(4)
        self._kept[word] = _Kept(owner, thing, now + KEPT)
        return word

    def get(self, owner: Target, word: str) -> _Thing | None:
        """Look at something of a person's own; None where it is gone, or somebody else's."""
        kept = self._kept.get(word)
        if kept is None or kept.owner != owner or kept.until <= self._clock():
            return None
        return kept.thing

    def drop(self, word: str) -> None:
        """Forget something before its time."""
        self._kept.pop(word, None)
