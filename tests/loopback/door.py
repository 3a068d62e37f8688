"""A port of 127.0.0.1 that a fake platform answers on, and that can be shut as in an outage."""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable

from aiohttp import web


class Door:
    """Takes requests, unless it is shut; the port stays ours all the while."""

    def __init__(self, serve: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        self._serve = serve
        self._site: web.BaseSite | None = None

    async def open(self) -> None:
        """Choose a port, and take connections."""
        # Bound and never listening, it keeps the port ours while connections are refused.
        self._place = _bound(0)
        self._port: int = self._place.getsockname()[1]
        self._runner = web.ServerRunner(web.Server(self._serve), handle_signals=False, shutdown_timeout=0)
        await self._runner.setup()
        await self.accept()

    async def close(self) -> None:
        """Take none any more, for good."""
        await self._runner.cleanup()
        self._place.close()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    async def refuse(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        for connection in list(self._runner.server.connections if self._runner.server else ()):
            if connection.transport is not None:
                connection.transport.abort()

    async def accept(self) -> None:
        """Take connections, again or for the first time."""
        if self._site is None:
            self._site = web.SockSite(self._runner, _bound(self._port))
            await self._site.start()


def reset(request: web.BaseRequest) -> None:
    """Reset a connection: the other side gets an error, no orderly end."""
    if request.transport is None:
        return
    wire = request.transport.get_extra_info("socket")
    if wire is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


def _bound(port: int) -> socket.socket:
    """Bind a port of 127.0.0.1 that others of ours may bind too."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound
