"""Messages in doubt: is the one that was sent there? Its metadata tells, where the history may be read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

from adapters.slack.rooms import Rooms
from adapters.slack.threads import Threads
from adapters.slack.web import Refused, Web
from bot.adapter import Found, Ledger, Sighting, Ticket
from bot.models import Card, Message, Target, TargetKind

EARLIER = timedelta(minutes=5)
"""How far this machine's clock may be ahead of Slack's, by which messages are dated."""
PAGE = 200
LOOKED_THROUGH = 1_000
"""Messages since the first try; where there are more, nobody knows."""

_UNREADABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found", "no_permission"})


class Finder:
    """Looks for a message of ours among a conversation's recent ones."""

    def __init__(
        self,
        web: Web,
        rooms: Rooms,
        ledger: Ledger,
        threads: Threads,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._web = web
        self._rooms = rooms
        self._ledger = ledger
        self._threads = threads
        self._now = now

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Say whether a message arrived; UNKNOWN without the scope to read its kind of conversation."""
        channel = await self._readable(target)
        if channel is None:
            return Sighting.UNKNOWN
        found: Found | Sighting = Sighting.ABSENT
        try:
            if isinstance(message, Card) and message.look.thread and target.kind is TargetKind.CHANNEL:
                thread = await self._threads.known(channel)
                if thread is not None:
                    found = await self._among("conversations.replies", channel, ticket, ts=thread)
            if found is Sighting.ABSENT:
                found = await self._among("conversations.history", channel, ticket)
        except Refused as error:
            if error.error in _UNREADABLE:
                return Sighting.UNKNOWN
            if error.error != "thread_not_found":
                raise
            found = await self._among("conversations.history", channel, ticket)
        return found

    async def _readable(self, target: Target) -> str | None:
        """Name the conversation, if its history may be read; None where that is not so."""
        if target.kind is TargetKind.PERSON:
            known = await self._ledger.note(f"direct:{target.id}")
            return known if self._web.has("im:history") else None
        room = await self._rooms.channel(target.id)
        if room is None or not room.is_member:
            return None  # Slack shows the bot no history of a channel that it is not in
        scope = "groups:history" if room.is_private else "channels:history"
        return target.id if self._web.has(scope) else None

    async def _among(self, method: str, channel: str, ticket: Ticket, **more: Any) -> Found | Sighting:  # noqa: ANN401 - Slack's
        seen = 0
        async for message in self._messages(method, channel, ticket, more):
            seen += 1
            if _key(message) == ticket.key:
                return Found(f"{channel}/{message['ts']}")
        return Sighting.UNKNOWN if seen >= LOOKED_THROUGH else Sighting.ABSENT

    async def _messages(
        self, method: str, channel: str, ticket: Ticket, more: dict[str, Any]
    ) -> AsyncIterator[dict[str, Any]]:
        left = LOOKED_THROUGH
        pages = self._web.pages(
            method,
            channel=channel,
            oldest=self._since(ticket),
            include_all_metadata=True,
            limit=PAGE,
            **more,
        )
        async for page in pages:
            for message in page.get("messages") or ():
                yield message
                left -= 1
                if not left:
                    return

    def _since(self, ticket: Ticket) -> str | None:
        """Say since when a message may be ours; None: the clock was set back, so look at the newest."""
        if ticket.first_tried > self._now():
            return None
        return f"{(ticket.first_tried - EARLIER).timestamp():.6f}"


def _key(message: dict[str, Any]) -> object:
    """Read a message's mark; that it is ours, nobody else could know the key of."""
    metadata = message.get("metadata") or {}
    if not str(metadata.get("event_type", "")).startswith("wireroom_"):
        return None
    return (metadata.get("event_payload") or {}).get("item")
