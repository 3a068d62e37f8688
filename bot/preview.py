"""What the bot will see of a feed: addresses, files and standard input, read without remembering."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from bot.errors import FeedError, WireroomError
from bot.fetch import Fetcher, NotModified
from bot.models import Entry, ParsedFeed
from bot.parse import Parser

AHEAD = 8
"""Sources under way at the same time: enough to keep the parsers busy while one of them is slow."""

FILE_LIMIT = 10 * 2**20
"""Bytes of a file, or of standard input: as much as is taken from a site."""

Outcome = ParsedFeed | WireroomError
"""What became of a source: its feed, or the sentence that says why there is none."""


async def preview(
    sources: Iterable[str],
    *,
    fetcher: Fetcher,
    parser: Parser,
    keep_tracking: bool = False,
    stdin: BinaryIO | None = None,
    ahead: int = AHEAD,
) -> AsyncGenerator[tuple[str, Outcome], None]:
    """Read each source and give it back with its feed, or with the error that kept it from being read.

    A source is an address, a file or ``-`` for ``stdin``. They come back in the order given; no
    more than ``ahead`` are in memory. Close the iterator (``contextlib.aclosing``) when leaving early.
    """
    reader = _Reader(fetcher, parser, keep_tracking, stdin)
    rest = iter(sources)
    under_way = deque((source, asyncio.create_task(reader.read(source))) for source in islice(rest, ahead))
    try:
        while under_way:
            source, task = under_way[0]
            outcome = await task
            under_way.popleft()
            under_way.extend((more, asyncio.create_task(reader.read(more))) for more in islice(rest, 1))
            yield source, outcome
    finally:
        tasks = [task for _, task in under_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def as_json(source: str, feed_title: str, entry: Entry) -> dict[str, object]:
    """Make the object that ``wireroom preview --json`` prints for an entry, nothing cut."""
    return {
        "source": source,
        "feed": feed_title,
        "guid": entry.guid,
        "title": entry.title,
        "link": entry.link,
        "author": entry.author,
        "summary": entry.summary,
        "image": {"url": entry.image.url, "alt": entry.image.alt} if entry.image else None,
        "published": entry.published.isoformat() if entry.published else None,
        "language": entry.language,
    }


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one source at a time, whatever kind it is; errors are outcomes."""

    fetcher: Fetcher
    parser: Parser
    keep_tracking: bool
    stdin: BinaryIO | None

    async def read(self, source: str) -> Outcome:
        try:
            body, address, content_type = await self._body(source)
            return await self.parser.parse(
                body, address=address, content_type=content_type, keep_tracking=self.keep_tracking
            )
        except WireroomError as error:
            return error

    async def _body(self, source: str) -> tuple[bytes, str, str | None]:
        """Give the bytes, the address against which links are resolved, and the type if one is said."""
        if source == "-":
            return await asyncio.to_thread(_read_stdin, self.stdin), "", None
        if "://" not in source:
            return await asyncio.to_thread(_read_file, source), "", None
        answer = await self.fetcher.fetch(source)
        if isinstance(answer, NotModified):
            raise FeedError(
                "The site says that nothing has changed, though it was not asked. Try again later."
            )
        return answer.body, answer.url, answer.content_type


def _read_stdin(stdin: BinaryIO | None) -> bytes:
    if stdin is None and sys.stdin is None:
        raise FeedError("Standard input is closed.")
    try:
        return _read(stdin or sys.stdin.buffer, "Standard input")
    except OSError as error:
        raise FeedError(f"Standard input could not be read: {error.strerror or error}.") from error


def _read_file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return _read(file, "The file")
    except FileNotFoundError:
        raise FeedError(
            "There is no such file. An address of a feed starts with https:// or http://."
        ) from None
    except IsADirectoryError:
        raise FeedError("That is a folder. Name the files in it, for example folder/*.xml.") from None
    except PermissionError:
        raise FeedError("wireroom may not read this file. Give it the right to, or copy the file.") from None
    except OSError as error:
        raise FeedError(f"The file could not be read: {error.strerror or error}.") from error
    except ValueError:  # a NUL in the name
        raise FeedError("That cannot be the name of a file.") from None


def _read(file: BinaryIO, what: str) -> bytes:
    """Read one byte more than is allowed: a pipe or a device does not say how much it holds."""
    body = file.read(FILE_LIMIT + 1)
    if len(body) > FILE_LIMIT:
        raise FeedError(f"{what} is larger than {FILE_LIMIT // 2**20} MiB, so I stopped reading it.")
    if not body:
        raise FeedError(f"{what} is empty.")
    return body
