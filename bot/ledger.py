"""The ledger of an adapter: its notes, and what becomes of places that it loses or gets back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot import word
from bot.adapter import Adapter
from bot.models import Notice, Target
from bot.store import Connection, deliveries, ending, notes, spaces, subscriptions
from bot.store import channel as channels
from bot.store.database import Database

log = structlog.get_logger()


class StoredLedger:
    """``bot.adapter.Ledger`` in the database; everything in it can be said twice without harm."""

    def __init__(
        self,
        db: Database,
        adapter: Adapter,
        *,
        clock: Callable[[], datetime],
        operator: Target | None = None,
        enqueued: Callable[[], None] = lambda: None,
    ) -> None:
        """``enqueued`` is called after each commit by which there is something to deliver."""
        self._db = db
        self._adapter = adapter
        self._platform = adapter.name
        self._clock = clock
        self._operator = operator
        self._enqueued = enqueued

    async def note(self, key: str) -> str | None:
        """Look up what was noted under a key."""
        return await self._db.read(lambda c: notes.note(c, self._platform, key, now=self._clock()))

    async def notes(self, prefix: str) -> Mapping[str, str]:
        """List what was noted under keys that begin so."""
        return await self._db.read(lambda c: notes.beginning(c, self._platform, prefix, now=self._clock()))

    async def write(self, key: str, text: str, *, keep: timedelta | None = None) -> None:
        """Note a text under a key, for ``keep`` or for good, in place of what was noted there."""
        until = None if keep is None else self._clock() + keep
        await self._db.write(lambda c: notes.write(c, self._platform, key, text, keep_until=until))

    async def erase(self, key: str) -> None:
        """Forget what was noted under a key."""
        await self._db.write(lambda c: notes.erase(c, self._platform, key))

    async def spaces(self) -> Collection[str]:
        """Name the workspaces or servers in which anything is set up, those that were left too."""
        return await self._db.read(lambda c: spaces.names(c, self._platform))

    async def carries(self, channel: Target) -> bool:
        """Say whether a channel carries feeds."""
        return bool(await self._db.read(lambda c: channels.of_target(c, channel)))

    async def left(self, space: str) -> None:
        """Stop posting in a workspace or server; nobody is told. No space at all is none that can be left."""
        if space:
            await self._db.write(lambda c: spaces.leave(c, self._platform, space, now=self._clock()))

    async def joined(self, space: str) -> None:
        """Go on where ``left`` stopped."""
        # Platforms say it of every space at each start: most of the time there is nothing to write.
        if await self._db.read(lambda c: spaces.was_left(c, self._platform, space)):
            await self._db.write(lambda c: spaces.rejoin(c, self._platform, space))
            self._enqueued()

    async def gone(self, channel: Target) -> None:
        """End all that a deleted channel carries, and tell each person who set it up what ended."""
        # Platforms say it of every channel, and most carry nothing.
        if not await self._db.read(lambda c: ending.is_known(c, channel)):
            return
        name = self._adapter.called(channel)
        if await self._db.write(lambda c: self._end(c, channel, name)):
            self._enqueued()

    def _end(self, c: Connection, channel: Target, name: str) -> bool:
        """Say whether anybody is told."""
        now = self._clock()
        losses = ending.end(c, channel, now=now)
        for person, loss in losses.items():
            listener = person
            if listener is None and self._operator is not None:
                listener = subscriptions.target_id(c, self._operator)
            if listener is not None:
                told = word.channel_deleted(name, loss.feeds, loss.follows)
                deliveries.enqueue_notice(c, [listener], told, now=now)
        return bool(losses)

    async def report(self, said: str) -> None:
        """Queue a sentence for the operator; without one the log is the only place for it."""
        operator = self._operator
        log.error("adapter.report", platform=self._platform, said=said)
        if operator is None:
            return

        def tell(c: Connection) -> None:
            listener = subscriptions.target_id(c, operator)
            deliveries.enqueue_notice(c, [listener], Notice(said), now=self._clock())

        await self._db.write(tell)
        self._enqueued()

    async def paused(self) -> Sequence[Target]:
        """List what is set up but cannot be posted to, leaving out the spaces that were left."""
        return await self._db.read(lambda c: subscriptions.paused_on(c, self._platform))

    async def cured(self, target: Target) -> None:
        """Post to a paused target again, at once; nothing happens to one that only has to wait."""
        now = self._clock()
        if await self._db.write(lambda c: _cure(c, target, now)):
            self._enqueued()


def _cure(c: Connection, target: Target, now: datetime) -> bool:
    is_paused = subscriptions.is_paused(c, target)
    return is_paused and subscriptions.resume_target(c, target, now=now)
