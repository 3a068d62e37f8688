"""The thread of the day: one in a channel, for the posts of feeds that are set so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from adapters.slack.web import Answer
from adapters.slack.words import moment
from bot.adapter import Ledger

KEPT = timedelta(days=2)
EVENT = "wireroom_day"


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
        known = await self.known(channel)
        return known or await self._begin(channel)

    async def known(self, channel: str) -> str | None:
        """Give that ``ts``, if the thread has been made."""
        return await self._ledger.note(self._key(channel))

    async def forget(self, channel: str) -> None:
        """Let the next post begin a new thread: the old one's first message is gone."""
        await self._ledger.erase(self._key(channel))

    async def _begin(self, channel: str) -> str:
        said = f"Posts of feeds, from {moment(self._now())} on, in this thread."
        section = {"type": "section", "text": {"type": "mrkdwn", "text": said, "verbatim": True}}
        answer = await self._write(
            "chat.postMessage",
            channel=channel,
            text=said,
            blocks=[section],
            metadata={"event_type": EVENT, "event_payload": {"item": f"{self._now():%Y%m%d}", "rev": 1}},
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
        )
        ts = str(answer["ts"])
        await self._ledger.write(self._key(channel), ts, keep=KEPT)
        return ts

    def _key(self, channel: str) -> str:
        return f"day:{self._now():%Y-%m-%d}:{channel}"
