"""One connection to the gateway: what is said on it, compressed as the client asked."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable

from aiohttp import web
from backports import zstd

from tests.loopback.discord.nouns import Json
from tests.loopback.door import reset

Packer = Callable[[bytes], bytes]


class Link:
    """Sends in the order in which it is told to; nothing that is told waits for the network."""

    def __init__(self, socket: web.WebSocketResponse, request: web.BaseRequest, compression: str) -> None:
        self.compression = compression
        self._socket = socket
        self._request = request
        self._pack = _packer(compression)
        self._queue: asyncio.Queue[str | int] = asyncio.Queue()
        """Texts to send; a number closes the connection with that code."""
        self._writer = asyncio.create_task(self._write())

    def send(self, said: Json) -> None:
        """Send a payload."""
        self.send_text(json.dumps(said))

    def send_text(self, text: str) -> None:
        """Send a text as it is."""
        self._queue.put_nowait(text)

    def close(self, code: int) -> None:
        """Close the connection with a code, after all that was sent before."""
        self._queue.put_nowait(code)

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
                if isinstance(said, int):
                    await self._socket.close(code=said)
                elif self._pack is None:
                    await self._socket.send_str(said)
                else:
                    await self._socket.send_bytes(self._pack(said.encode()))
            except ConnectionError:
                return


def _packer(compression: str) -> Packer | None:
    """Give what compresses each message so that it can be read at once, over one context for all of them."""
    match compression:
        case "zlib-stream":
            deflate = zlib.compressobj()
            return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
        case "zstd-stream":
            shrink = zstd.ZstdCompressor()
            return lambda data: shrink.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)
    return None
