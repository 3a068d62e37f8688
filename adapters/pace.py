"""When a request may leave: so many a second, evenly."""

from __future__ import annotations

import asyncio


class Pace:
    """Turns, so many a second and evenly; a late timer is caught up with, what a stall costs is lost."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self._next = 0.0
        self._queue = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for a turn; they come in the order in which they were asked for."""
        # Nobody books ahead: after a stall of the event loop all who had would set out at once.
        async with self._queue:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, self.book(now) - now))

    def book(self, now: float) -> float:
        """Take the next turn, and say when it is; the times are of one monotonic clock, in seconds."""
        at = max(self._next, now - self._gap / 4)
        self._next = at + self._gap
        return max(at, now)

    def hold(self, seconds: float) -> None:
        """Give no turn for so long."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
