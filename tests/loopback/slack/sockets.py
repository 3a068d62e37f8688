"""Socket Mode: connections that are opened, renewed and dropped, and the envelopes on them."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import Callable

from aiohttp import WSMsgType, web

from tests.loopback.slack.delivery import Delivery, Office
from tests.loopback.slack.link import Link
from tests.loopback.slack.nouns import Json

PATH = "/link/"
MOST = 10
"""How many connections an app may hold."""


class Socket:
    """All connections, and how they misbehave on demand."""

    def __init__(self, app_id: str, violations: list[str]) -> None:
        self._app_id = app_id
        self._violations = violations
        self._numbers = itertools.count(1)
        self._tickets: set[str] = set()
        self._turn = 0
        self._changed = asyncio.Event()
        self._timers: set[asyncio.TimerHandle] = set()
        self._refusals = 0
        self.office: Office
        """Where acknowledgements go; set by the server."""
        self.links: list[Link] = []
        """The connections that are open, the oldest first."""
        self.opened = 0
        """How many connections were ever opened."""

    def ticket(self) -> str:
        """Give the path of an address for one connection."""
        ticket = secrets.token_urlsafe(12)
        self._tickets.add(ticket)
        return f"{PATH}?ticket={ticket}&app_id={self._app_id}"

    async def connected(self, count: int = 1) -> None:
        """Wait until so many connections are open that were not asked to go."""
        await self._until(lambda: sum(not link.closing for link in self.links) >= count)

    async def disconnected(self) -> None:
        """Wait until no connection is open."""
        await self._until(lambda: not self.links)

    async def reopened(self, opened: int) -> None:
        """Wait until more connections were ever opened than this number."""
        await self._until(lambda: self.opened > opened and bool(self.links))

    def send(self, delivery: Delivery) -> bool:
        """Send an envelope on the connection whose turn it is; one that was asked to go comes last."""
        fresh = [link for link in self.links if not link.closing] or self.links
        if not fresh:
            return False
        self._turn += 1
        link = fresh[self._turn % len(fresh)]
        link.unacknowledged[delivery.id] = (delivery, delivery.attempt)
        link.send(delivery.envelope())
        return True

    def refresh(
        self, reason: str = "refresh_requested", grace: float = 0.5, *, only: Link | None = None
    ) -> None:
        """Ask every connection, or one, to go, and close it after the grace; a ``warning`` comes first."""
        for link in list(self.links) if only is None else [only]:
            link.closing = True
            link.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-loopback"}})
            self._timers.add(asyncio.get_running_loop().call_later(grace, link.close))
        self._changed.set()

    def drop(self) -> None:
        """Cut every connection without a word."""
        for link in list(self.links):
            link.cut()

    def refuse(self, times: int) -> None:
        """Answer the next handshakes with 503."""
        self._refusals = times

    def send_garbage(self, text: str = '{"type": "events_api", "payload": {"event": nul') -> None:
        """Send every connection a text that is no envelope."""
        for link in self.links:
            link.send_text(text)

    def close(self) -> None:
        """Stop every clock, and cut every connection."""
        for timer in self._timers:
            timer.cancel()
        self.drop()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take a client in and listen until it is gone."""
        ticket = request.query.get("ticket", "")
        if self._refusals > 0:
            self._refusals -= 1
            return web.Response(status=503)
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        if len(self.links) >= MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        link = Link(next(self._numbers), socket, request)
        self.links.append(link)
        link.send(self._hello())
        self.opened += 1
        self._changed.set()
        self.office.flush()
        try:
            async for said in socket:
                if said.type is WSMsgType.TEXT:
                    self._hear(link, said.data)
        finally:
            self.links.remove(link)
            self._changed.set()
            for delivery, attempt in link.unacknowledged.values():
                if attempt == delivery.attempt:
                    self.office.lost(delivery, "connection_closed", "connection_closed")
            await link.stop()
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.links),
            "debug_info": {
                "host": "applink-loopback",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self._app_id},
        }

    def _hear(self, link: Link, text: str) -> None:
        try:
            said = json.loads(text)
            delivery, _ = link.unacknowledged.pop(said["envelope_id"], (None, 0))
        except (ValueError, KeyError, TypeError):
            self._violations.append(f"socket: no acknowledgement: {text[:200]}")
            return
        # One of another connection, or of an envelope that was given up: nobody waits for it any more.
        if delivery is not None:
            self.office.acknowledge(delivery, said.get("payload") or {})

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()
