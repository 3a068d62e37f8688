"""Answers of a platform, kept a while: who sees what is asked far more often than it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from functools import partial
from typing import Generic, TypeVar

KEPT = 300.0
"""Seconds for which an answer counts. ``bot.reach`` keeps what follows from it for an hour."""
MOST = 10_000
"""Answers of a kind kept in memory."""

K = TypeVar("K")
T = TypeVar("T")


class Memory(Generic[K, T]):
    """Answers by key: one question for all who ask meanwhile, kept a while, the oldest forgotten first.

    An asker who is cancelled takes no answer away from the others; errors are not kept.
    """

    def __init__(self, ask: Callable[[K], Awaitable[T]], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[K, tuple[float, T]] = {}
        self._under_way: dict[K, asyncio.Task[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()
        """Those under way and those overtaken: the loop itself holds none."""

    async def get(self, key: K, *, within: float = KEPT) -> T:
        """Answer from memory what was learnt ``within`` seconds, else ask."""
        kept = self._known.get(key)
        if kept is not None and self._clock() - kept[0] < within:
            return kept[1]
        asked = self._under_way.get(key)
        if asked is None:
            # An empty context: a question asked for many is no part of the first asker's request.
            asked = asyncio.create_task(self._look(key), name="look up a room", context=Context())
            self._under_way[key] = asked
            self._tasks.add(asked)
            asked.add_done_callback(partial(self._looked, key))
        return await asyncio.shield(asked)

    def peek(self, key: K) -> T | None:
        """Answer from memory or not at all, however long ago it was."""
        kept = self._known.get(key)
        return kept[1] if kept is not None else None

    def put(self, key: K, answer: T) -> None:
        """Learn an answer from elsewhere; it is newer than any that is under way."""
        self._under_way.pop(key, None)
        self._keep(key, answer)

    def forget(self, key: K) -> None:
        """Ask anew the next time; an answer that is under way may be old already, and is not kept."""
        self._under_way.pop(key, None)
        self._known.pop(key, None)

    async def _look(self, key: K) -> T:
        return await self._ask(key)

    def _looked(self, key: K, asked: asyncio.Task[T]) -> None:
        self._tasks.discard(asked)
        is_newest = self._under_way.get(key) is asked
        if is_newest:
            del self._under_way[key]
        if not asked.cancelled() and asked.exception() is None and is_newest:
            self._keep(key, asked.result())

    def _keep(self, key: K, answer: T) -> None:
        self._known.pop(key, None)
        self._known[key] = (self._clock(), answer)
        while len(self._known) > MOST or self._clock() - next(iter(self._known.values()))[0] >= KEPT:
            del self._known[next(iter(self._known))]
