"""The site that is measured against: thousands of addresses, one socket, a process of its own.

It speaks just enough HTTP to be faster than what is measured. ``/unchanged`` answers 304 to whoever
brings its ETag, ``/same`` always sends the whole document, ``/first`` likewise with a day of
freshness, ``/news`` has one more entry each time it is asked.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
from collections import Counter
from functools import lru_cache
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self, cast

from bench.document import ENTRIES, TYPE, document

ETAG = '"50-entries"'
LAST_MODIFIED = "Fri, 05 Jan 2024 06:00:00 GMT"
BACKLOG = 1_024

Counts = Counter[tuple[str, int]]
"""Answers by path and status."""

_VALIDATORS = f"ETag: {ETAG}\r\nLast-Modified: {LAST_MODIFIED}\r\n"
_NOT_MODIFIED = f"HTTP/1.1 304 Not Modified\r\n{_VALIDATORS}\r\n".encode()


class Site:
    """The site seen from outside; open within ``with``."""

    def __enter__(self) -> Self:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        self.port = cast("int", self._pipe.recv())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()

    @property
    def allow(self) -> str:
        """What WIREROOM_ALLOW_HOSTS must say."""
        return f"127.0.0.0/8:{self.port}"

    def counts(self) -> Counts:
        """Tell what it has answered so far."""
        self._pipe.send(None)
        return cast("Counts", self._pipe.recv())


class _Answerer(asyncio.Protocol):
    def __init__(self, counts: Counts, news: itertools.count[int]) -> None:
        self._counts = counts
        self._news = news
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        # A socket for all of 127.0.0.0/8 hears the network too.
        if not transport.get_extra_info("sockname")[0].startswith("127."):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._request += data
        while b"\r\n\r\n" in self._request:
            head, _, self._request = self._request.partition(b"\r\n\r\n")
            self._answer(head.decode("latin-1"))

    def _answer(self, head: str) -> None:
        line, *rest = head.split("\r\n")
        path = line.split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in rest)}
        asked = headers.get("if-none-match") == ETAG and path == "/unchanged"
        self._counts[path, 304 if asked else 200] += 1
        self._transport.write(_NOT_MODIFIED if asked else self._document(path, headers["host"]))
        if headers.get("connection", "").lower() == "close":
            self._transport.close()

    def _document(self, path: str, place: str) -> bytes:
        body = document(place, newest=next(self._news)) if path == "/news" else _kept(place)
        fields = f"Content-Type: {TYPE}\r\nContent-Length: {len(body)}\r\n"
        if path == "/unchanged":
            fields += _VALIDATORS
        if path == "/first":
            fields += "Cache-Control: max-age=86400\r\n"
        return f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode() + body


@lru_cache(maxsize=4_000)
def _kept(place: str) -> bytes:
    return document(place)


def _serve(pipe: Connection) -> None:
    asyncio.run(_answer_until_killed(pipe))


async def _answer_until_killed(pipe: Connection) -> None:
    counts: Counts = Counter()
    news = itertools.count(ENTRIES)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answerer(counts, news), "0.0.0.0", 0, backlog=BACKLOG)  # noqa: S104 - there is no socket for 127.0.0.0/8 alone; connection_made turns others away
    pipe.send(server.sockets[0].getsockname()[1])

    def tell() -> None:
        pipe.recv()
        pipe.send(counts)

    loop.add_reader(pipe.fileno(), tell)
    await server.serve_forever()
