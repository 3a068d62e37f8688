"""Politeness to one host: how many connections, how far apart, and how long to leave it alone.

Of a host nobody is talking to, nothing is kept longer than the pause, so that ten thousand hosts leave
no more behind than those of the last second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

LONGEST_REST = timedelta(days=1)
_RESTS_BEFORE_TIDYING = 1_000


class Visit:
    """What is known of one host while somebody talks to it or has just done so."""

    __slots__ = ("free_at", "slots", "users")

    def __init__(self, per_host: int) -> None:
        self.slots = asyncio.Semaphore(per_host)
        self.users = 0
        self.free_at = 0.0

    @property
    def crowded(self) -> bool:
        """Say whether others talk to this host or wait to."""
        return self.users > 1


class Pace:
    """The turns that requests take at each host, and the hosts that asked for a rest.

    ``pause`` lies between the beginnings of two turns at one host. Hosts are told apart by name and
    port as they stand in an address.
    """

    def __init__(self, *, per_host: int, pause: timedelta) -> None:
        self._per_host = per_host
        self._pause = pause.total_seconds()
        self._visits: dict[str, Visit] = {}
        self._left: deque[tuple[float, str]] = deque()
        self._rests: dict[str, datetime] = {}

    def __len__(self) -> int:
        """Count the hosts of which anything is kept."""
        return len(self._visits) + len(self._rests)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[Visit]:
        """Wait for this host's turn, in the order of asking, and hold it."""
        clock = asyncio.get_running_loop().time
        self._forget(clock())
        visit = self._visits.get(host)
        if visit is None:
            visit = self._visits[host] = Visit(self._per_host)
        visit.users += 1
        try:
            async with visit.slots:
                now = clock()
                start = max(now, visit.free_at)
                visit.free_at = start + self._pause
                if start > now:
                    await asyncio.sleep(start - now)
                yield visit
        finally:
            visit.users -= 1
            self._left.append((max(clock(), visit.free_at), host))

    def _forget(self, now: float) -> None:
        while self._left and self._left[0][0] <= now:
            _, host = self._left.popleft()
            visit = self._visits.get(host)
            if visit is not None and not visit.users and visit.free_at <= now:
                del self._visits[host]

    def rest(self, host: str, wait: timedelta, now: datetime) -> None:
        """Remember that a host asked to be left alone."""
        if len(self._rests) >= _RESTS_BEFORE_TIDYING:
            self._rests = {name: until for name, until in self._rests.items() if until > now}
        self._rests[host] = now + wait

    def resting(self, host: str, now: datetime) -> timedelta | None:
        """Tell how much longer a host wants to be left alone, if it does."""
        until = self._rests.get(host) if self._rests else None
        if until is None:
            return None
        left = until - now
        # Further off than anyone may ask for: the clock was set back, so the rest is over.
        if timedelta(0) < left <= LONGEST_REST:
            return left
        del self._rests[host]
        return None
