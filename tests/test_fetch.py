"""One polite conditional GET against a real site on loopback."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import FeedError, FeedGone, FeedRefused, HostBusy
from bot.fetch import BUSY_WAIT, Fetched, Fetcher, NotModified, Validators
from bot.guard import Guard
from bot.headers import user_agent
from tests.loopback.names import Names
from tests.loopback.site import Answer, Raw, Site

NOW = datetime(2026, 4, 16, 8, 0, tzinfo=UTC)
RSS = b"<rss version='2.0'><channel/></rss>"
AGENT = user_agent("ops@example.com")


def fetcher(
    *sites: Site,
    timeout: float = 10,
    max_bytes: int = 10 * 2**20,
    per_host: int = 2,
    pause: float = 0,
    names: Names | None = None,
) -> Fetcher:
    """A Fetcher that may read these sites and nothing else of this machine."""
    return Fetcher(
        Guard([site.host for site in sites]),
        user_agent=AGENT,
        timeout=timedelta(seconds=timeout),
        max_bytes=max_bytes,
        per_host=per_host,
        pause=timedelta(seconds=pause),
        resolver=names,
    )


@asynccontextmanager
async def reading(**options: float) -> AsyncIterator[tuple[Site, Fetcher]]:
    """A site and a Fetcher that may read it."""
    async with Site() as site, fetcher(site, **options) as fetches:  # type: ignore[arg-type] # plain numbers
        yield site, fetches


async def test_document() -> None:
    """A 200 gives the body and all that the next poll needs."""
    async with reading() as (site, fetches):
        headers = {
            "Last-Modified": "Wed, 15 Apr 2026 08:00:00 GMT",
            "Content-Type": "text/xml; charset=gb2312",
            "Cache-Control": "max-age=600",
        }
        site.respond("/feed.xml", body=RSS, headers=headers, etag='"1"')
        answer = await fetches.fetch(site.url("/feed.xml#top"), now=NOW)
    assert isinstance(answer, Fetched)
    assert answer.body == RSS
    assert answer.url == site.url("/feed.xml")
    assert answer.etag == '"1"'
    assert answer.last_modified == headers["Last-Modified"]
    assert answer.content_type == headers["Content-Type"]
    assert answer.max_age == timedelta(minutes=10)
    assert answer.moved_to is None


async def test_request() -> None:
    """A request says who asks and what is understood, and carries no cookie of an earlier answer."""
    async with Site() as site:
        guard = Guard([f"feeds.local:{site.port}"])
        names = Names(feeds_local=[["127.0.0.1"]])  # a name, as cookies are never kept for numbers
        async with Fetcher(guard, user_agent=AGENT, pause=timedelta(0), resolver=names) as fetches:
            site.respond("/", body=RSS, headers={"Set-Cookie": "id=1; Path=/"})
            for _ in range(2):
                await fetches.fetch(f"http://feeds.local:{site.port}/")
    headers = site.requests[1].headers
    assert headers["User-Agent"] == AGENT
    assert headers["Accept-Encoding"] == "gzip, deflate, br, zstd"
    assert "application/rss+xml" in headers["Accept"]
    assert not {"Cookie", "If-None-Match", "If-Modified-Since", "Referer"} & set(headers)


async def test_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment, which would connect where the guard cannot look, is not used."""
    async with Site() as proxy, reading() as (site, fetches):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        site.respond("/feed.xml", body=RSS)
        answer = await fetches.fetch(site.url("/feed.xml"))
    assert isinstance(answer, Fetched)
    assert not proxy.requests


async def test_hash() -> None:
    """The hash tells a changed document from an unchanged one, however it was packed."""
    async with reading() as (site, fetches):
        packed = Answer(gzip.compress(RSS), headers={"Content-Encoding": "gzip"})
        site.respond("/", Answer(RSS), packed, Answer(RSS + b" "))
        hashes = [
            answer.body_hash
            for _ in range(3)
            if isinstance(answer := await fetches.fetch(site.url()), Fetched)
        ]
    assert hashes[0] == hashes[1] != hashes[2]


async def test_not_modified() -> None:
    """Validators are sent back as they came; a 304 keeps those that it does not renew."""
    validators = Validators('W/"1"', "Wed, 15 Apr 2026 08:00:00 GMT")
    async with reading() as (site, fetches):
        site.respond("/", status=304, headers={"ETag": 'W/"2"', "Cache-Control": "max-age=60"})
        answer = await fetches.fetch(site.url(), validators)
    assert answer == NotModified('W/"2"', validators.last_modified, timedelta(minutes=1), None)
    assert site.requests[0].headers["If-None-Match"] == validators.etag
    assert site.requests[0].headers["If-Modified-Since"] == validators.last_modified


async def test_not_modified_unasked() -> None:
    """A 304 that nobody asked for is an error: there is no document to go with it."""
    async with reading() as (site, fetches):
        site.respond("/", status=304)
        with pytest.raises(FeedError, match="nobody asked"):
            await fetches.fetch(site.url())


async def test_validators_that_cannot_be_sent() -> None:
    """A validator that would break the request is left out."""
    async with reading() as (site, fetches):
        site.respond("/", body=RSS)
        await fetches.fetch(site.url(), Validators('"1"\r\nX-Injected: 1', "ä"))
    assert not {"If-None-Match", "If-Modified-Since", "X-Injected"} & set(site.requests[0].headers)


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (204, FeedError, "The site answered without a document (204)."),
        (300, FeedError, "The site answered without a document (300)."),
        (400, FeedError, "The site turns the request down (400)."),
        (401, FeedRefused, "The site refuses wireroom (401). The owner may block readers; "),
        (403, FeedRefused, "The site refuses wireroom (403). The owner may block readers; "),
        (404, FeedError, "There is nothing at that address (404)."),
        (410, FeedGone, "The site says that this feed has ended for good (410)."),
        (451, FeedError, "The site may not show this for legal reasons (451)."),
        (500, FeedError, "The site has trouble of its own (500)."),
        (503, FeedError, "The site has trouble of its own (503)."),
    ],
)
async def test_statuses(status: int, kind: type[FeedError], sentence: str) -> None:
    """Each status that is no document has its kind of error and its plain sentence."""
    async with reading() as (site, fetches):
        site.respond("/", status=status)
        with pytest.raises(FeedError) as refused:
            await fetches.fetch(site.url())
    assert type(refused.value) is kind
    assert refused.value.reason.startswith(sentence)


@pytest.mark.parametrize(
    ("status", "value", "wait"),
    [
        (429, "120", timedelta(minutes=2)),
        (503, "Thu, 16 Apr 2026 08:02:00 GMT", timedelta(minutes=2)),
        (429, "99999999", timedelta(days=1)),
        (429, "soon", BUSY_WAIT),
        (429, "-1", BUSY_WAIT),
        (429, None, BUSY_WAIT),
    ],
)
async def test_busy_host(status: int, value: str | None, wait: timedelta) -> None:
    """A host that asks to wait is left alone for all of its feeds, and asked again after that."""
    async with reading() as (site, fetches):
        site.respond("/a", status=status, headers={"Retry-After": value} if value else {})
        site.respond("/b", body=RSS)
        with pytest.raises(HostBusy) as busy:
            await fetches.fetch(site.url("/a"), now=NOW)
        assert (busy.value.host, busy.value.wait) == (site.host, wait)
        with pytest.raises(HostBusy) as still:
            await fetches.fetch(site.url("/b"), now=NOW + wait / 2)
        assert (still.value.host, still.value.wait) == (site.host, wait / 2)
        assert len(site.requests) == 1
        assert isinstance(await fetches.fetch(site.url("/b"), now=NOW + wait), Fetched)


async def test_unavailable_without_a_time() -> None:
    """A 503 that names no time is a fault of this feed, and other feeds of the host are still read."""
    async with reading() as (site, fetches):
        site.respond("/a", status=503, headers={"Retry-After": "-5"})
        site.respond("/b", body=RSS)
        with pytest.raises(FeedError) as refused:
            await fetches.fetch(site.url("/a"))
        assert not isinstance(refused.value, HostBusy)
        assert isinstance(await fetches.fetch(site.url("/b")), Fetched)


async def test_busy_host_and_those_in_line() -> None:
    """Whoever waits for a host's turn when it asks for a rest goes away without asking."""
    async with reading(per_host=1) as (site, fetches):
        site.respond("/", status=429)
        asked = (fetches.fetch(site.url(), now=NOW) for _ in range(5))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [HostBusy] * 5
    assert len(site.requests) == 1


async def test_pause() -> None:
    """Requests to one host lie a pause apart, and waiting does not count against the time limit."""
    async with reading(timeout=0.4, pause=0.5) as (site, fetches):
        site.respond("/", body=RSS)
        await asyncio.gather(*(fetches.fetch(site.url()) for _ in range(3)))
    first, second, third = (request.at for request in site.requests)
    assert second - first > 0.4
    assert third - second > 0.4


async def test_connection_kept_for_those_in_line() -> None:
    """A connection is kept only while others wait for the same host."""
    async with reading(per_host=1) as (site, fetches):
        site.respond("/", body=RSS)
        await asyncio.gather(*(fetches.fetch(site.url()) for _ in range(3)))
    # The first asked before anyone stood behind it.
    assert [request.headers.get("Connection") for request in site.requests] == ["close", None, "close"]


async def _drip() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.02)


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield bytes(64 * 1024)


async def test_slow_drip() -> None:
    """A body that drips for ever ends with the time limit, in words."""
    async with reading(timeout=0.3) as (site, fetches):
        site.respond("/", Answer(_drip))
        with pytest.raises(FeedError, match=r"^The site didn't answer in 0\.3 seconds\.$"):
            await fetches.fetch(site.url())


async def test_endless_body() -> None:
    """An endless body ends at the size limit."""
    async with reading(max_bytes=2**20) as (site, fetches):
        site.respond("/", Answer(_endless))
        with pytest.raises(FeedError, match=r"^The answer is larger than 1 MiB"):
            await fetches.fetch(site.url())


async def test_declared_size() -> None:
    """A body that declares itself too large is not read at all."""
    async with reading(max_bytes=2**20) as (site, fetches):
        site.respond("/", Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"))
        with pytest.raises(FeedError, match=r"^The answer is larger than 1 MiB"):
            await fetches.fetch(site.url())


async def test_bomb() -> None:
    """A small packed answer that holds much more than the limit is given up (trap 10)."""
    bomb = gzip.compress(gzip.compress(bytes(32 * 2**20)))
    async with reading(max_bytes=2**20) as (site, fetches):
        site.respond("/", body=bomb, headers={"Content-Encoding": "gzip, gzip"})
        with pytest.raises(FeedError, match=r"^The answer is larger than 1 MiB"):
            await fetches.fetch(site.url())
    assert len(bomb) < 2_000


PACKED = gzip.compress(RSS * 20)
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "wire",
    [
        HEAD + b"Content-Length: 100\r\n\r\n" + RSS,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n" + RSS[:16] + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n" + RSS[:5],
        HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + PACKED[:-10],
    ],
    ids=["length", "between chunks", "within a chunk", "packed"],
)
async def test_broken_off(wire: bytes) -> None:
    """A body that ends before its end is an error, never a shorter document."""
    async with reading() as (site, fetches):
        site.respond("/", Raw(wire))
        with pytest.raises(FeedError, match=r"^The answer broke off before its end\.$"):
            await fetches.fetch(site.url())


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Raw(b""), "The site broke the connection off"),
        (Raw(b"", reset=True), "The site broke the connection off"),
        (Raw(b"HTTP/1.1 200 OK\r\nX-Half"), "The site broke the connection off"),
        (Raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "The site's answer breaks the rules of HTTP"),
        (Raw(HEAD + b"X: " + b"a" * 20_000 + b"\r\n\r\n"), "The site's answer breaks the rules of HTTP"),
        (Raw(HEAD + b"Content-Length: -5\r\n\r\n"), "The site's answer breaks the rules of HTTP"),
        (Answer(b"\x1f\x8bno", headers={"Content-Encoding": "gzip"}), "The site's answer is damaged"),
    ],
)
async def test_no_answer(answer: Answer | Raw, sentence: str) -> None:
    """Whatever comes instead of an answer has a plain sentence, in which no secret stands."""
    async with reading() as (site, fetches):
        site.respond("/", answer)
        with pytest.raises(FeedError) as refused:
            await fetches.fetch(site.url("/?token=canary"))
    assert refused.value.reason.startswith(sentence)
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


async def test_no_connection() -> None:
    """A site that is down, has no name or no secure side is told apart in plain sentences."""
    async with Site() as site, Site() as closed, fetcher(site, closed, names=Names()) as fetches:
        await closed.__aexit__(None, None, None)
        with pytest.raises(FeedError, match=r"^I couldn't connect to the site\."):
            await fetches.fetch(closed.url())
        with pytest.raises(FeedError, match=r"^I couldn't find the site nowhere\.example\."):
            await fetches.fetch("http://nowhere.example/?token=canary")
        with pytest.raises(FeedError, match=r"^The site doesn't manage a secure connection\."):
            await fetches.fetch(site.url().replace("http:", "https:"))


@pytest.mark.parametrize(
    "script", [lambda: [Raw(b""), Answer(RSS)], lambda: [Answer(status=500), Answer(RSS)]]
)
async def test_well_again(script: Callable[[], list[Answer | Raw]]) -> None:
    """A fetch that failed leaves nothing behind that would spoil the next."""
    async with reading() as (site, fetches):
        site.respond("/", *script(), Answer(RSS))
        with suppress(FeedError):
            await fetches.fetch(site.url())
        answer = await fetches.fetch(site.url())
    assert isinstance(answer, Fetched)
