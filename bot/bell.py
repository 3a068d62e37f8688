"""A bell that wakes a loop: for new work, a free place or the end, whichever comes first."""

from __future__ import annotations

import asyncio
import contextlib


class Bell:
    """Rung by anybody, heard by one loop; a ring while nobody listens is heard at the next wait."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake the loop."""
        self._event.set()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for a ring, at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()
