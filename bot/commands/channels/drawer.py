"""What a command keeps for a while, for the person who gave it: a list read, a feed removed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from bot.commands.tools import Tools
from bot.models import Target
from bot.store import notes

KEPT = timedelta(hours=1)

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Script(Generic[_Thing]):
    """How a kind of things is written down, and read again."""

    write: Callable[[_Thing], str]
    read: Callable[[str], _Thing]


class Drawer(Generic[_Thing]):
    """Keeps things for an hour, over a restart too, each under a short word that a button carries.

    They are notes about their owner, and go when all that is kept of the person is forgotten.
    """

    def __init__(self, tools: Tools, script: Script[_Thing]) -> None:
        self._tools = tools
        self._script = script

    async def put(self, owner: Target, thing: _Thing) -> str:
        """Keep something, and give back the word for it."""
        word, until = secrets.token_hex(4), self._tools.clock() + KEPT
        key, text = _key(owner, word), self._script.write(thing)
        await self._tools.db.write(lambda c: notes.write(c, owner.platform, key, text, keep_until=until))
        return word

    async def get(self, owner: Target, word: str) -> _Thing | None:
        """Look at something of a person's own; None where it is gone, or somebody else's."""
        now = self._tools.clock()
        text = await self._tools.db.read(lambda c: notes.note(c, owner.platform, _key(owner, word), now=now))
        return None if text is None else self._script.read(text)

    async def drop(self, owner: Target, word: str) -> None:
        """Forget something before its time."""
        await self._tools.db.write(lambda c: notes.erase(c, owner.platform, _key(owner, word)))


def _key(owner: Target, word: str) -> str:
    return f"drawer:{word}:{owner.id}"
