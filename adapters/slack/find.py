"""Messages in doubt: is the one that was sent there? Its metadata tells, where the history may be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from adapters.slack import direct
from adapters.slack.identity import Identity
from adapters.slack.noting import posted
from adapters.slack.rooms import Rooms
from adapters.slack.threads import EVENT, Threads
from adapters.slack.web import Refused, Web, further
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
        identity: Identity,
        rooms: Rooms,
        ledger: Ledger,
        threads: Threads,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._web = web
        self._identity = identity
        self._rooms = rooms
        self._ledger = ledger
        self._threads = threads
        self._now = now

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Say whether a message arrived; UNKNOWN without the scope to read its kind of conversation."""
        channel = await self._readable(target)
        if channel is None:
            return Sighting.UNKNOWN
        threads: list[str] = []
        if isinstance(message, Card) and target.kind is TargetKind.CHANNEL:
            threads = await self._threads.since(channel, ticket.first_tried)
        try:
            for thread in threads:
                found = await self._in_thread(channel, thread, ticket)
                if found is not Sighting.ABSENT:
                    return found
            return await self._among("conversations.history", channel, ticket)
        except Refused as error:
            if error.error in _UNREADABLE:
                return Sighting.UNKNOWN
            raise

    async def _in_thread(self, channel: str, thread: str, ticket: Ticket) -> Found | Sighting:
        try:
            return await self._among("conversations.replies", channel, ticket, ts=thread)
        except Refused as error:
            if error.error == "thread_not_found":
                return Sighting.ABSENT
            raise

    async def _readable(self, target: Target) -> str | None:
        """Name the conversation, if its history may be read; None where that is not so."""
        if target.kind is TargetKind.PERSON:
            known = await direct.known(self._ledger, target.id)
            return known if self._web.has("im:history") else None
        room = await self._rooms.channel(target.id)
        if room is None or not room.is_member:
            return None  # Slack shows the bot no history of a channel that it is not in
        scope = "groups:history" if room.is_private else "channels:history"
        return target.id if self._web.has(scope) else None

    async def _among(self, method: str, channel: str, ticket: Ticket, **more: Any) -> Found | Sighting:  # noqa: ANN401 - Slack's
        """Look through what was written since the first try; where there is more of it, nobody knows."""
        seen, page = 0, None
        async for page in self._web.pages(
            method,
            channel=channel,
            oldest=self._since(ticket),
            include_all_metadata=True,
            limit=PAGE,
            **more,
        ):
            messages = page.get("messages") or ()
            for message in messages:
                if self._is_it(message, ticket):
                    return Found(f"{channel}/{message['ts']}")
                await self._adopt(channel, message)
            seen += len(messages)
            if seen >= LOOKED_THROUGH:
                return Sighting.UNKNOWN
        return Sighting.UNKNOWN if page is not None and further(page) else Sighting.ABSENT

    def _is_it(self, message: dict[str, Any], ticket: Ticket) -> bool:
        """Say whether a message is the bot's own and bears the mark; marks can be read, and so copied."""
        kind, item = _mark(message)
        is_ours = message.get("bot_id") == self._identity.bot_id
        return is_ours and kind.startswith("wireroom_") and kind != EVENT and item == ticket.key

    async def _adopt(self, channel: str, message: dict[str, Any]) -> None:
        """Take in the first message of a day's thread whose answer was lost: the card will stand there."""
        kind, item = _mark(message)
        if kind == EVENT and message.get("bot_id") == self._identity.bot_id:
            async with posted():
                await self._threads.adopt(channel, str(item), str(message.get("ts")))

    def _since(self, ticket: Ticket) -> str | None:
        """Say since when a message may be ours; None: the clock was set back, so look at the newest."""
        if ticket.first_tried > self._now():
            return None
        return f"{(ticket.first_tried - EARLIER).timestamp():.6f}"


def _mark(message: dict[str, Any]) -> tuple[str, object]:
    """Read by its metadata what kind of message it is, and of which delivery."""
    metadata = message.get("metadata") or {}
    return str(metadata.get("event_type") or ""), (metadata.get("event_payload") or {}).get("item")
