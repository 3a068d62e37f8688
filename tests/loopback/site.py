"""A small site on 127.0.0.1 that answers as it is told, also against the rules of HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web
from multidict import CIMultiDictProxy

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request is answered.

    With ``etag`` a request that names it gets 304 instead. ``delay`` is in seconds. A body may also be
    a function that makes an iterator of pieces: they are sent as they come, chunked, so that it can
    drip or never end.
    """

    body: bytes | Callable[[], AsyncIterator[bytes]] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    delay: float = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        await asyncio.sleep(self.delay)
        headers = dict(self.headers)
        if self.etag:
            headers["ETag"] = self.etag
            if request.headers.get("If-None-Match") == self.etag:
                return web.Response(status=304, headers=headers)
        if isinstance(self.body, bytes):
            return web.Response(status=self.status, body=self.body, headers=headers)
        response = web.StreamResponse(status=self.status, headers=headers)
        await response.prepare(request)
        async for piece in self.body():
            await response.write(piece)
        return response


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes put on the wire as they are; then the connection is cut, or reset where ``reset`` is set.

    For answers that no server library would send: a Content-Length that lies, half a chunk, no HTTP.
    """

    data: bytes
    reset: bool = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        assert request.transport is not None
        request.transport.write(self.data)
        if self.reset:
            request.transport.abort()
        else:
            request.transport.close()
        return web.Response()


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the path with its query as it came, and the headers."""

    path: str
    headers: CIMultiDictProxy[str]
    at: float
    """When, by the event loop's clock."""


class Site:
    """A server on a free port of ``address``, open within ``async with``; unknown paths answer 404."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._address = address
        self._scripts: dict[str, list[Handler]] = {}
        self._port = 0
        self.requests: list[Request] = []

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._serve), handle_signals=False, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address, 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def host(self) -> str:
        """Address and port, as they stand in its addresses and in WIREROOM_ALLOW_HOSTS."""
        return f"{self._address}:{self._port}"

    def url(self, path: str = "/") -> str:
        """The whole address of a path."""
        return f"http://{self.host}{path}"

    def respond(
        self,
        path: str,
        *script: Handler,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
    ) -> None:
        """Set what a path answers from now on.

        Either one answer by its parts, or a script of Answer, Raw or handlers of one's own: each serves
        one request, the last one all that follow.
        """
        self._scripts[path] = list(script) or [Answer(body, status, headers or {}, etag)]

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """Send a path's readers elsewhere."""
        self.respond(path, status=status, headers={"Location": to})

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        now = asyncio.get_running_loop().time()
        self.requests.append(Request(request.raw_path, request.headers, now))
        script = self._scripts.get(request.path)
        if script is None:
            return web.Response(status=404)
        handler = script.pop(0) if len(script) > 1 else script[0]
        return await handler(request)
