"""The feeds that a web page offers: those it declares, else what lies at the usual places.

Nothing is offered that was not fetched and read: a declared address may be dead, and a guess is none
until the site has confirmed it. Every request goes through the Fetcher, so that the guard decides where
a page may lead and the host's turns are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from posixpath import dirname
from urllib.parse import urlsplit

from yarl import URL

from bot.errors import FeedError
from bot.fetch import Fetched, Fetcher
from bot.models import ParsedFeed
from bot.parse import PageFeed, Parser
from bot.text import fold

OFFERS_LIMIT = 10
"""Feeds in an answer: what a menu in a chat holds without scrolling."""
DECLARED_LIMIT = 12
"""Declared feeds that are asked."""
GUESSES_LIMIT = 8
SECONDS = 20.0
"""How long the whole search may take; what was found by then is offered."""

_AT_ONCE = 4
_OWN_PLACES = ("feed", "rss")
_SITE_PLACES = ("/feed", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/feed.json")


@dataclass(frozen=True, slots=True)
class Offered:
    """A feed that was there a moment ago, under the address to add."""

    address: str
    title: str
    entries: int


@dataclass(frozen=True, slots=True)
class Discovered:
    """The feeds that a page offers, those with comments last; perhaps none."""

    page: str
    feeds: tuple[Offered, ...]


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A candidate that turned out to be a feed; ``rank`` is its place among the candidates."""

    rank: int
    url: str
    offered: Offered
    content: tuple[str, ...]
    comments: bool


async def discover(
    page: Fetched, *, fetcher: Fetcher, parser: Parser, seconds: float = SECONDS
) -> Discovered:
    """Find the feeds of a page that was fetched and is none itself (``NotAFeed``).

    A candidate that cannot be read is not offered, whatever the reason. Raises FeedError only where the
    page itself cannot be read. One that nobody answers for holds up the search for ``seconds`` at most.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    search = _Search(fetcher, parser, deadline)
    declared = await parser.links(page.body, address=page.url, content_type=page.content_type)
    sightings = await search.look(_worth_asking(declared, page.url))
    if not sightings:
        sightings = await search.look([PageFeed(place) for place in usual_places(page.url)])
    return Discovered(page.url, tuple(_best(sightings)))


def usual_places(address: str) -> Sequence[str]:
    """Guess where a site keeps its feeds: beside the page itself, then at its root."""
    url = URL(address).with_query(None).with_fragment(None)
    # /blog and /blog/ are places of their own, /blog/index.html is a file in one.
    own = dirname(url.path) if "." in url.name else url.path
    near = [f"{own.rstrip('/')}/{place}" for place in _OWN_PLACES] if own.strip("/") else []
    return [str(url.with_path(place)) for place in (*near, *_SITE_PLACES)][:GUESSES_LIMIT]


def _worth_asking(declared: Iterable[PageFeed], page: str) -> Sequence[PageFeed]:
    others = [feed for feed in declared if feed.address != page]
    others.sort(key=lambda feed: _has_comments(feed.address, feed.title))
    return others[:DECLARED_LIMIT]


def _has_comments(address: str, *titles: str) -> bool:
    in_path = "/comments/feed" in urlsplit(address).path.lower()
    return in_path or any(fold(title).startswith("comments") for title in titles)


def _best(sightings: Iterable[_Sighting]) -> Iterable[Offered]:
    """Take each feed once, in the order of the candidates, those with comments last."""
    urls: set[str] = set()
    contents: set[tuple[str, ...]] = set()
    kept: list[Offered] = []
    for seen in sorted(sightings, key=lambda seen: (seen.comments, seen.rank)):
        if seen.url not in urls and seen.content not in contents:
            kept.append(seen.offered)
        urls.add(seen.url)
        contents.add(seen.content)
    return kept[:OFFERS_LIMIT]


class _Search:
    """Asks candidates, a few at a time, until the deadline (by the loop's clock)."""

    def __init__(self, fetcher: Fetcher, parser: Parser, deadline: float) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._deadline = deadline
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def look(self, candidates: Sequence[PageFeed]) -> Sequence[_Sighting]:
        sightings: list[_Sighting] = []
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._deadline), asyncio.TaskGroup() as tasks:
                for rank, candidate in enumerate(candidates):
                    tasks.create_task(self._ask(rank, candidate, sightings))
        return sightings

    async def _ask(self, rank: int, candidate: PageFeed, sightings: list[_Sighting]) -> None:
        with suppress(FeedError):
            async with self._turns:
                answer = await self._fetcher.fetch(candidate.address)
                if isinstance(answer, Fetched):
                    parsed = await self._parser.parse(
                        answer.body, address=answer.url, content_type=answer.content_type
                    )
                    sightings.append(_sighting(rank, candidate, answer, parsed))


def _sighting(rank: int, candidate: PageFeed, answer: Fetched, parsed: ParsedFeed) -> _Sighting:
    address = answer.moved_to or candidate.address
    title = parsed.title or candidate.title or URL(address).host or address
    return _Sighting(
        rank=rank,
        url=answer.url,
        offered=Offered(address, title, len(parsed.entries)),
        # RSS and Atom of one site differ in ids, and often in how they write a link.
        content=tuple(fold(text) for text in (title, *(entry.title for entry in parsed.entries))),
        comments=_has_comments(answer.url, candidate.title, parsed.title),
    )
