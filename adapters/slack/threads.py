"""The thread of the day: one in a channel, for the posts of feeds that are set so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from adapters.slack.noting import posted
from adapters.slack.web import Answer
from adapters.slack.words import moment
from bot.adapter import Ledger

KEPT = timedelta(days=8)
"""A card in doubt is looked for in the threads of its days; what waits for a channel is kept a week."""
EVENT = "wireroom_day"
_DAY = timedelta(days=1)


class Threads:
    """Finds the thread of the day, making it where there is none; which it is stands in the ledger."""

    def __init__(
        self,
        write: Callable[..., Awaitable[Answer]],
        ledger: Ledger,
        *,
        now: Callable[[], datetime],
    ) -> None:
        """``write`` calls a method that posts in a channel, in its turn."""
        self._write = write
        self._ledger = ledger
        self._now = now

    async def today(self, channel: str) -> str:
        """Give the ``ts`` of the message whose thread takes today's posts."""
        known = await self._ledger.note(_key(self._now(), channel))
        return known or await self._begin(channel)

    async def since(self, channel: str, first: datetime) -> list[str]:
        """Name the threads of a channel in which a card tried since then may stand, the newest first."""
        days = min(max((self._now() - first) // _DAY, 0) + 1, KEPT.days)
        noted = [await self._ledger.note(_key(self._now() - day * _DAY, channel)) for day in range(days + 1)]
        return [ts for ts in noted if ts is not None]

    async def adopt(self, channel: str, day: str, ts: str) -> None:
        """Note a thread's first message that was found standing there: its answer was lost."""
        if day == _item(self._now()) and await self._ledger.note(_key(self._now(), channel)) is None:
            await self._ledger.write(_key(self._now(), channel), ts, keep=KEPT)

    async def forget(self, channel: str) -> None:
        """Let the next post begin a new thread: the old one's first message is gone."""
        await self._ledger.erase(_key(self._now(), channel))

    async def _begin(self, channel: str) -> str:
        now = self._now()
        said = f"Posts of feeds, from {moment(now)} on, in this thread."
        section = {"type": "section", "text": {"type": "mrkdwn", "text": said, "verbatim": True}}
        answer = await self._write(
            "chat.postMessage",
            channel=channel,
            text=said,
            blocks=[section],
            metadata={"event_type": EVENT, "event_payload": {"item": _item(now), "rev": 1}},
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
        )
        ts = str(answer["ts"])
        async with posted():
            await self._ledger.write(_key(now, channel), ts, keep=KEPT)
        return ts


def _item(day: datetime) -> str:
    return f"{day:%Y%m%d}"


def _key(day: datetime, channel: str) -> str:
    return f"day:{day:%Y-%m-%d}:{channel}"
