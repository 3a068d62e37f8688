"""One connection of Socket Mode: what is said on it, and how it ends."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from tests.loopback.door import reset
from tests.loopback.slack.delivery import Delivery
from tests.loopback.slack.nouns import Json


class Link:
    """Sends in the order in which it is told to; nothing that is told waits for the network."""

    def __init__(self, number: int, socket: web.WebSocketResponse, request: web.BaseRequest) -> None:
        self.number = number
        self.closing = False
        """Asked to go: envelopes take another connection if there is one."""
        self.unacknowledged: dict[str, tuple[Delivery, int]] = {}
        """By envelope: what was sent, and which attempt it was."""
        self._socket = socket
        self._request = request
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        """Texts to send; None closes the connection."""
        self._writer = asyncio.create_task(self._write())

    def send(self, said: Json) -> None:
        """Send a payload."""
        self.send_text(json.dumps(said))

    def send_text(self, text: str) -> None:
        """Send a text as it is."""
        self._queue.put_nowait(text)

    def close(self) -> None:
        """Close the connection after all that was sent before."""
        self._queue.put_nowait(None)

    def cut(self) -> None:
        """Cut the connection without a word."""
        reset(self._request)

    async def stop(self) -> None:
        """Send nothing more."""
        self._writer.cancel()
        await asyncio.wait([self._writer])

    async def _write(self) -> None:
        while True:
            said = await self._queue.get()
            try:
                if said is None:
                    await self._socket.close()
                    return
                await self._socket.send_str(said)
            except ConnectionError:
                return
