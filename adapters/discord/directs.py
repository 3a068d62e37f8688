"""Conversations with people: opened slowly, remembered, and known to be open or closed."""

from __future__ import annotations

import discord

from adapters.discord.failures import DIRECT_TOO_FAST, SLOWLY, code
from adapters.pace import Pace
from bot.adapter import Ledger

OPENED_A_SECOND = 1.0
"""Opening many at once gets a bot blocked (40003)."""


class Directs:
    """Where a person's direct messages go."""

    def __init__(self, client: discord.Client, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger
        self._pace = Pace(OPENED_A_SECOND)
        self._reached: set[int] = set()

    async def channel(self, person: int, *, anew: bool = False) -> tuple[int, bool]:
        """Give the id of a person's conversation, and whether it was known before."""
        noted = None if anew else await self._ledger.note(f"direct:{person}")
        if noted is not None:
            return int(noted), True
        await self._pace.turn()
        try:
            data = await self._client.http.start_private_message(person)
        except discord.HTTPException as error:
            if code(error) == DIRECT_TOO_FAST:
                self._pace.hold(SLOWLY.total_seconds())  # it is meant for all of them
            raise
        await self._ledger.write(f"direct:{person}", str(data["id"]))
        return int(data["id"]), False

    async def is_open(self, person: int) -> bool:
        """Say whether a message has reached a person, and none has failed since."""
        return person in self._reached or await self._ledger.note(f"reached:{person}") is not None

    async def reached(self, person: int) -> None:
        """Remember that a message came."""
        if person not in self._reached:
            await self._ledger.write(f"reached:{person}", "yes")
            self._reached.add(person)

    async def closed(self, person: int) -> None:
        """Remember that none came."""
        self._reached.discard(person)
        await self._ledger.erase(f"reached:{person}")
