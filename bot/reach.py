"""Which feeds a person may hear of: those in channels they can see, and those they added for themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.adapter import Adapter
from bot.errors import DeliveryError
from bot.models import Target, TargetKind
from bot.store import reach
from bot.store.database import Database
from bot.store.reach import Carried, Seen

ASKED_EVERY = timedelta(hours=1)
"""A platform is asked about a person so often at most."""
REMEMBERED = 10_000
"""People whose sight is kept in memory."""

log = structlog.get_logger()


class Reach:
    """Asks the platforms who sees what, and remembers their answers for an hour."""

    def __init__(
        self, db: Database, adapters: Mapping[str, Adapter], *, clock: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._adapters = adapters
        self._clock = clock
        self._known: dict[Target, tuple[datetime, dict[Target, bool]]] = {}

    async def feeds(
        self, who: Target, space: str | None, *, feed_id: int | None = None, sure: bool = False
    ) -> dict[int, str]:
        """Name the feeds within reach by their ids; ``space`` None means each that is shared.

        Of a feed that several channels carry, the first name counts. ``sure`` as in ``sees``.
        """
        found: dict[int, str] = {}
        for one in await self.carried(who, space, feed_id=feed_id, sure=sure):
            found.setdefault(one.feed_id, one.name)
        return found

    async def carried(
        self, who: Target, space: str | None, *, feed_id: int | None = None, sure: bool = False
    ) -> list[Carried]:
        """List the feeds within reach with the targets that carry them; ``sure`` as in ``sees``."""
        all_ = await self._db.read(lambda c: reach.carried(c, who.platform, space=space, feed_id=feed_id))
        own = [] if space in (None, who.space) else await self._own(who, feed_id)
        all_ += own
        channels = list(dict.fromkeys(one.target for one in all_ if one.target.kind is TargetKind.CHANNEL))
        visible = await self.sees(who, channels, sure=sure)
        return [one for one in all_ if one.target == who or one.target in visible]

    async def _own(self, who: Target, feed_id: int | None) -> list[Carried]:
        """What a person added for themselves stands in their own space, and counts everywhere."""
        there = await self._db.read(
            lambda c: reach.carried(c, who.platform, space=who.space, feed_id=feed_id)
        )
        return [one for one in there if one.target == who]

    async def newest(self, feed_ids: Sequence[int], *, limit: int = 50) -> list[Seen]:
        """Load the newest known entries of these feeds together, newest first."""
        return await self._db.read(lambda c: reach.newest(c, feed_ids, limit=limit))

    async def sees(self, who: Target, channels: Sequence[Target], *, sure: bool = False) -> set[Target]:
        """Say which of these channels a person can see; no answer means no, until it is asked again.

        With ``sure`` it raises DeliveryError where the platform fails to answer: what waits for the
        answer can wait longer.
        """
        now = self._clock()
        asked_at, known = self._known.get(who, (now, {}))
        if not timedelta() <= now - asked_at < ASKED_EVERY:
            asked_at, known = now, {}
        unknown = [channel for channel in channels if channel not in known]
        adapter = self._adapters.get(who.platform)
        if unknown and adapter is not None:
            try:
                async with asyncio.timeout(adapter.post_timeout.total_seconds()):
                    seen = set(await adapter.sees(who, unknown))
            except Exception as error:
                if isinstance(error, DeliveryError):
                    log.warning("reach.cannot_tell", platform=who.platform, reason=error.reason)
                else:
                    log.exception("reach.cannot_tell", platform=who.platform)
                if sure:
                    raise DeliveryError("the platform did not say who sees which channel") from error
                return {channel for channel in channels if known.get(channel, False)}
            known |= {channel: channel in seen for channel in unknown}
            self._remember(who, asked_at, known)
        return {channel for channel in channels if known.get(channel, False)}

    def _remember(self, who: Target, asked_at: datetime, known: dict[Target, bool]) -> None:
        self._known.pop(who, None)
        self._known[who] = (asked_at, known)
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def forget(self, who: Target) -> None:
        """Ask anew about a person next time: they came or went."""
        self._known.pop(who, None)
