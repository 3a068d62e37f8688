"""The feeds a web page offers: asked for, politely, on a real site."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discover import (
    DECLARED_LIMIT,
    GUESSES_LIMIT,
    OFFERS_LIMIT,
    Discovered,
    Offered,
    discover,
    usual_places,
)
from bot.errors import FeedError, NotAFeed
from bot.fetch import Fetched, Fetcher
from bot.guard import Guard
from bot.parse import Parser, parse_document
from bot.parse.page import FEEDS_LIMIT, declared_feeds
from bot.parse.parser import TOO_SLOW
from bot.parse.preclean import LOGIN_PAGE, WEB_PAGE
from tests.documents import Item, newest_first, rss
from tests.loopback.site import Answer, Site

PAGES = Path(__file__).parent / "data" / "pages"
EMPTY_PAGE = b"<!doctype html><title>A page</title><p>Nothing"


def page(*links: str) -> bytes:
    """Write a page that declares feeds at these addresses."""
    tags = (f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    return f"<!doctype html><title>A page</title>{''.join(tags)}".encode()


class Web:
    """A site, and what reads it and nothing else of this machine."""

    def __init__(self, site: Site, fetcher: Fetcher, parser: Parser) -> None:
        self.site = site
        self.fetcher = fetcher
        self.parser = parser

    async def discover(self, path: str, body: bytes, *, seconds: float = 10) -> Discovered:
        """Put a page on the site, find out that it is one, and look for its feeds."""
        self.site.respond(path, body=body, headers={"Content-Type": "text/html; charset=utf-8"})
        fetched = await self.fetcher.fetch(self.site.url(path))
        assert isinstance(fetched, Fetched)
        with pytest.raises(NotAFeed):
            await self.parser.parse(fetched.body, address=fetched.url)
        self.site.requests.clear()
        return await discover(fetched, fetcher=self.fetcher, parser=self.parser, seconds=seconds)

    @property
    def asked(self) -> list[str]:
        """The paths asked for since the page was fetched."""
        return [request.path for request in self.site.requests]


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """A site and its reader."""
    async with _reading() as reader:
        yield reader


@asynccontextmanager
async def _reading(pause: float = 0, seconds: float = 10) -> AsyncIterator[Web]:
    async with Site() as site, Parser(1, seconds=seconds) as parser:
        guard = Guard([site.host])
        async with Fetcher(guard, user_agent="tests", pause=timedelta(seconds=pause)) as fetcher:
            yield Web(site, fetcher, parser)


def named(title: str, *numbers: int) -> bytes:
    """Write a feed of this title."""
    return rss(*(Item(n) for n in numbers), title=title)


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.html")), ids=lambda path: path.stem)
def test_pages_as_they_are_found(path: Path) -> None:
    """Each page in the collection declares the feeds written beside it."""
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    found = declared_feeds(path.read_bytes(), address="https://kiln.example/notes/?page=2")
    assert [[feed.address, feed.title] for feed in found] == expected


def test_declared_limit() -> None:
    """Of a page that declares feeds without end the first 20 are kept."""
    found = declared_feeds(page(*map(str, range(100))), address="https://many.example/")
    assert [feed.address for feed in found] == [f"https://many.example/{n}" for n in range(FEEDS_LIMIT)]


@pytest.mark.parametrize("header", ["text/html", "text/html; charset=shift_jis"])
def test_encoding_of_a_page(header: str) -> None:
    """A page is read in the encoding it names where its header names none."""
    text = '<meta charset="Shift_JIS"><link rel=alternate type=application/rss+xml href=/ title="窯の便り">'
    (found,) = declared_feeds(text.encode("cp932"), address="https://kiln.example/", content_type=header)
    assert found.title == "窯の便り"


@given(
    st.binary(max_size=300) | st.text(st.sampled_from("<>\"'= /!-linkrelhtype"), max_size=100).map(str.encode)
)
def test_no_page_is_too_odd(body: bytes) -> None:
    """Whatever a page holds, what it declares are whole http addresses, or nothing."""
    for found in declared_feeds(body + page("/feed"), address="https://odd.example/"):
        assert found.address.startswith("https://odd.example/")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<!DOCTYPE html><html><body>Hi</body></html>", WEB_PAGE),
        (b"<HTML><body>Hi", WEB_PAGE),
        (b"<!doctype html><input type=password>", LOGIN_PAGE),
    ],
)
async def test_pages_are_told_from_feeds(body: bytes, sentence: str) -> None:
    """A web page is refused as NotAFeed with its sentence, also through a worker; others are not."""
    with pytest.raises(NotAFeed) as here:
        parse_document(body, address="https://a.example/")
    assert here.value.reason == sentence
    async with Parser(1) as parser:
        with pytest.raises(NotAFeed) as there:
            await parser.parse(body, address="https://a.example/")
        assert there.value.reason == sentence
        with pytest.raises(FeedError) as other:
            await parser.parse(b"<urlset/>", address="https://a.example/")
        assert not isinstance(other.value, NotAFeed)


async def test_declared_feeds_are_asked(web: Web) -> None:
    """A declared feed is offered with its own title once it was read; a dead or false one is not."""
    web.site.respond("/feed", body=named("Tech, Example Post", 1, 2))
    web.site.respond("/gone", status=410)
    web.site.respond("/page", body=EMPTY_PAGE)
    web.site.respond("/cut", body=named("Cut", 1)[:-20])
    found = await web.discover("/tech", page("/gone", "/page", "/cut", "/404", "/feed", "/tech"))
    assert found == Discovered(
        web.site.url("/tech"), (Offered(web.site.url("/feed"), "Tech, Example Post", 2),)
    )
    assert sorted(web.asked) == ["/404", "/cut", "/feed", "/gone", "/page"]


async def test_usual_places_are_asked(web: Web) -> None:
    """Where a page declares nothing that is a feed, a short list of places is asked."""
    web.site.respond("/atom.xml", body=named("At the root", 1))
    web.site.respond("/blog/feed", body=named("The blog", 2))
    found = await web.discover("/blog/", page("/dead"))
    assert [(one.address, one.title) for one in found.feeds] == [
        (web.site.url("/blog/feed"), "The blog"),
        (web.site.url("/atom.xml"), "At the root"),
    ]
    assert len(web.asked) == 1 + GUESSES_LIMIT


async def test_nothing_found(web: Web) -> None:
    """A page without feeds, on a site that answers every path with a page, offers nothing."""
    for place in usual_places(web.site.url()):
        web.site.respond(place.removeprefix(web.site.url("")), body=EMPTY_PAGE)
    assert (await web.discover("/", EMPTY_PAGE)).feeds == ()
    assert len(web.asked) == len(usual_places(web.site.url()))


@pytest.mark.parametrize(
    ("address", "first"),
    [
        ("https://a.example", "https://a.example/feed"),
        ("https://a.example/?q=1#top", "https://a.example/feed"),
        ("https://a.example/index.html", "https://a.example/feed"),
        ("https://a.example/blog?q=1", "https://a.example/blog/feed"),
        ("https://a.example/blog/2026/post.html", "https://a.example/blog/2026/feed"),
    ],
)
def test_places(address: str, first: str) -> None:
    """The usual places lie beside the page, then at the site's root, and are few."""
    places = usual_places(address)
    assert places[0] == first
    assert "https://a.example/rss.xml" in places
    assert len(set(places)) == len(places) <= GUESSES_LIMIT


async def test_each_feed_once(web: Web) -> None:
    """Feeds that end at one address, or have the same title and entries, are offered once."""
    web.site.redirect("/old", "/rss")
    web.site.respond("/rss", body=named("Example", 1, 2))
    web.site.respond("/copy", body=rss(Item(1, guid="tag:1"), Item(2, guid="tag:2"), title="Example"))
    web.site.respond("/other", body=named("Example", 3))
    web.site.redirect("/alive", "/live")
    web.site.respond("/live", Answer(named("Live", 4)), Answer(named("Live", 4, 5)))  # changes while asked
    found = await web.discover("/", page("/old", "/rss", "/copy", "/other", "/alive", "/live"))
    assert [one.address for one in found.feeds] == [
        web.site.url(path) for path in ("/old", "/other", "/alive")
    ]


async def test_moved_for_good(web: Web) -> None:
    """A feed that has moved for good is offered under its new address."""
    web.site.redirect("/feed", "/feed/", status=301)
    web.site.respond("/feed/", body=named("Example", 1))
    found = await web.discover("/", page("/feed"))
    assert [one.address for one in found.feeds] == [web.site.url("/feed/")]


async def test_comments_last(web: Web) -> None:
    """Feeds of comments come after all others, known by path or title."""
    web.site.respond("/comments/feed/", body=named("Example", 1))
    web.site.respond("/talk", body=named("Comments on: Example", 2))
    web.site.respond("/posts", body=named("Example", 3))
    found = await web.discover("/", page("/comments/feed/", "/talk", "/posts"))
    assert [one.address for one in found.feeds] == [
        web.site.url(path) for path in ("/posts", "/talk", "/comments/feed/")
    ]


async def test_title_of_last_resort(web: Web) -> None:
    """A feed without a title goes by the page's words for it, else by its host."""
    web.site.respond("/a", body=named("", 1))
    web.site.respond("/b", body=named("", 2))
    body = page("/a") + b'<link rel=alternate type=application/rss+xml href=/b title="Second">'
    assert [one.title for one in (await web.discover("/", body)).feeds] == ["127.0.0.1", "Second"]


async def test_limits(web: Web) -> None:
    """However many feeds a page declares, a dozen are asked and ten offered."""
    for n in range(FEEDS_LIMIT):
        web.site.respond(f"/{n}", body=named(f"Feed {n}", n))
    found = await web.discover("/", page(*(f"/{n}" for n in range(FEEDS_LIMIT))))
    assert [one.title for one in found.feeds] == [f"Feed {n}" for n in range(OFFERS_LIMIT)]
    assert len(web.asked) == DECLARED_LIMIT


async def test_page_leads_inside(web: Web) -> None:
    """A page that points into a private network, itself or by a redirect, leads nowhere."""
    async with Site() as inside:
        inside.respond("/feed", body=named("Inside", 1))
        web.site.redirect("/hop", inside.url("/feed"))
        web.site.respond("/feed", body=named("Outside", 1))
        found = await web.discover("/", page(inside.url("/feed"), "/hop", "http://[::1]:8080/feed", "/feed"))
        assert [one.title for one in found.feeds] == ["Outside"]
        assert inside.requests == []


async def test_time_limit(web: Web) -> None:
    """What answers in time is offered when the time is up; what does not is left behind."""
    web.site.respond("/slow", Answer(named("Slow", 1), delay=1.5))
    web.site.respond("/quick", body=named("Quick", 1))
    started = time.perf_counter()
    found = await web.discover("/", page("/slow", "/quick"), seconds=0.5)
    assert time.perf_counter() - started < 1.2
    assert [one.title for one in found.feeds] == ["Quick"]
    assert (await web.parser.parse(newest_first(1), address=web.site.url())).entries


async def test_host_is_not_rushed() -> None:
    """Candidates of one host take their turns like any other request."""
    async with _reading(pause=0.1) as web:
        web.site.respond("/3", body=named("Third", 1))
        await web.discover("/", page("/1", "/2", "/3"))
        times = [request.at for request in web.site.requests]
        assert len(times) == 3
        assert times[-1] - times[0] > 0.15


async def test_host_that_wants_rest() -> None:
    """A site that answers 429 is asked nothing more, and offers nothing."""
    async with _reading(pause=0.05) as web:
        web.site.respond("/1", status=429, headers={"Retry-After": "60"})
        found = await web.discover("/", page(*(f"/{n}" for n in range(1, 10))))
        assert found.feeds == ()
        assert len(web.asked) < 5


async def test_page_that_cannot_be_read() -> None:
    """A page that takes too long to read is an error of the whole, and its worker is replaced."""
    attributes = " ".join(f"a{n}" for n in range(100_000))  # HTML compares each with all before it
    slow = f"<!doctype html><link {attributes}>".encode()
    async with _reading(seconds=0.5) as web:
        with pytest.raises(FeedError) as caught:
            await web.discover("/", slow)
        assert caught.value.reason == TOO_SLOW
        assert web.asked == []
