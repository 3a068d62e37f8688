"""The floors: the least a program of aiohttp, or of feedparser, spends on the same work."""

from __future__ import annotations

import io
from asyncio import TaskGroup
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import feedparser
from aiohttp import ClientSession, TCPConnector

from bench.document import ENTRIES, document, host
from bench.side import Work
from bench.site import ETAG, LAST_MODIFIED
from bot.poll import PLACES


class Gets:
    """Bare GETs, as many at once as the bot makes, each on a connection of its own as the bot's are."""

    idle = 0.0

    def __init__(self, session: ClientSession, urls: list[str], status: int) -> None:
        self._session = session
        self._urls = urls
        self._status = status
        conditions = {"If-None-Match": ETAG, "If-Modified-Since": LAST_MODIFIED}
        self._headers = conditions if status == HTTPStatus.NOT_MODIFIED else {}

    async def prepare(self) -> None:
        """Nothing to do."""

    async def run(self) -> int:
        """Ask every address once."""
        urls = iter(self._urls)
        async with TaskGroup() as group:
            for _ in range(PLACES):
                group.create_task(self._ask(urls))
        return len(self._urls)

    async def _ask(self, urls: Iterator[str]) -> None:
        for url in urls:
            async with self._session.get(url, headers=self._headers) as answer:
                assert answer.status == self._status, answer.status
                await answer.read()


@asynccontextmanager
async def gets(urls: list[str], status: int) -> AsyncIterator[Work]:
    """Open the bare loop. A kept connection would be idle until the next poll, so none is kept."""
    async with ClientSession(connector=TCPConnector(limit=0, force_close=True)) as session:
        yield Gets(session, urls, status)


class Parses:
    """feedparser alone over the documents that the bot reads."""

    idle = 0.0

    def __init__(self, count: int) -> None:
        self._bodies = [document(host(feed)) for feed in range(count)]

    async def prepare(self) -> None:
        """Nothing to do."""

    async def run(self) -> int:
        """Parse every document once."""
        for body in self._bodies:
            assert len(feedparser.parse(io.BytesIO(body)).entries) == ENTRIES
        return len(self._bodies)


@asynccontextmanager
async def parses(count: int) -> AsyncIterator[Work]:
    """Open feedparser alone."""
    yield Parses(count)
