"""Preview: any source in, its feed or a sentence out, in order and without holding much."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from bot.errors import WireroomError
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.models import Entry, Image, ParsedFeed
from bot.parse import Parser
from bot.preview import FILE_LIMIT, Outcome, as_json, preview
from tests.loopback.site import Site


def feed(title: str) -> bytes:
    """Write a feed of one entry."""
    return (
        f"<rss version='2.0'><channel><title>{title}</title><link>https://example.org/</link>"
        f"<description>d</description><item><title>{title} article</title><guid>{title}-1</guid>"
        "<link>https://example.org/1</link></item></channel></rss>"
    ).encode()


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    """Give a real parser."""
    async with Parser(workers=2) as parser:
        yield parser


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site on loopback."""
    async with Site() as site:
        yield site


@pytest.fixture
async def fetcher(site: Site) -> AsyncIterator[Fetcher]:
    """A fetcher that may read that site and nothing else inside."""
    async with Fetcher(Guard([site.host]), user_agent="wireroom-test") as fetcher:
        yield fetcher


async def outcomes(
    sources: Iterable[str], fetcher: Fetcher, parser: Parser, stdin: BinaryIO | None = None
) -> list[tuple[str, Outcome]]:
    """Read them all."""
    return [one async for one in preview(sources, fetcher=fetcher, parser=parser, stdin=stdin)]


def titles(found: Iterable[tuple[str, Outcome]]) -> list[str]:
    """Give each feed's title, or the error's sentence."""
    return [outcome.title if isinstance(outcome, ParsedFeed) else str(outcome) for _, outcome in found]


async def test_addresses_files_and_standard_input_are_read(
    site: Site, fetcher: Fetcher, parser: Parser, tmp_path: Path
) -> None:
    """An address, a file and ``-`` each give their feed, in the order in which they were named."""
    site.respond("/feed.xml", body=feed("Site"), headers={"Content-Type": "application/rss+xml"})
    file = tmp_path / "file.xml"
    file.write_bytes(feed("File"))
    sources = [str(file), "-", site.url("/feed.xml")]
    found = await outcomes(sources, fetcher, parser, io.BytesIO(feed("Input")))
    assert [source for source, _ in found] == sources
    assert titles(found) == ["File", "Input", "Site"]


async def test_a_pipe_is_read_like_a_file(fetcher: Fetcher, parser: Parser) -> None:
    """A pipe by its name, as a shell's ``<(…)`` hands it over, gives what is written to it."""
    reading, writing = os.pipe()
    os.write(writing, feed("Pipe"))
    os.close(writing)
    assert titles(await outcomes([f"/dev/fd/{reading}"], fetcher, parser)) == ["Pipe"]
    os.close(reading)


async def test_what_cannot_be_read_is_said_and_passed_over(
    site: Site, fetcher: Fetcher, parser: Parser, tmp_path: Path
) -> None:
    """A source that cannot be read gives a sentence, and the next one is read all the same."""
    page, large, good = tmp_path / "page.html", tmp_path / "large.xml", tmp_path / "good.xml"
    page.write_bytes(b"<!doctype html><html><body>Log in</body></html>")
    with large.open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    good.write_bytes(feed("Good"))
    expected = {
        str(tmp_path / "none.xml"): "There is no such file.",
        str(tmp_path): "That is a folder.",
        str(page): "web page",
        str(large): "The file is larger than 10 MiB",
        f"{good}/x": "could not be read",
        "a\0b": "cannot be the name of a file",
        "scmp.com/feed": "An address of a feed starts with https://",
        "gopher://example.org/": "http",
        "http://127.0.0.1:1/": "inside this server's own network",
        site.url("/none"): "404",
        "-": "Standard input is empty.",
    }
    found = await outcomes([*expected, str(good)], fetcher, parser, io.BytesIO())
    for (source, outcome), sentence in zip(found, expected.values(), strict=False):
        assert isinstance(outcome, WireroomError), source
        assert sentence in str(outcome)
        assert str(outcome).endswith((".", "?"))
    assert titles(found)[-1] == "Good"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_is_kept_from_us_is_said_so(
    fetcher: Fetcher, parser: Parser, tmp_path: Path
) -> None:
    """A file without the right to read it gives a sentence."""
    file = tmp_path / "secret.xml"
    file.touch(mode=0)
    assert "may not read" in titles(await outcomes([str(file)], fetcher, parser))[0]


async def test_a_file_of_exactly_the_limit_is_read(fetcher: Fetcher, parser: Parser, tmp_path: Path) -> None:
    """10 MiB are allowed, to the byte."""
    file = tmp_path / "full.xml"
    start = feed("Full")
    file.write_bytes(start + b"\n" * (FILE_LIMIT - len(start)))
    assert titles(await outcomes([str(file)], fetcher, parser)) == ["Full"]


async def test_many_files_stream_in_order(fetcher: Fetcher, parser: Parser, tmp_path: Path) -> None:
    """However many sources there are, only a few are under way, and they come back in order."""
    drawn = 0

    def files() -> Iterator[str]:
        nonlocal drawn
        for number in range(60):
            drawn += 1
            file = tmp_path / f"{number}.xml"
            file.write_bytes(feed(f"Feed {number}"))
            yield str(file)

    seen = 0
    async for source, outcome in preview(files(), fetcher=fetcher, parser=parser, ahead=4):
        assert source == str(tmp_path / f"{seen}.xml")
        assert titles([(source, outcome)]) == [f"Feed {seen}"]
        seen += 1
        assert drawn <= seen + 4
    assert seen == 60


async def test_leaving_early_leaves_nothing_under_way(
    site: Site, fetcher: Fetcher, parser: Parser, tmp_path: Path
) -> None:
    """Closed after the first feed, it cuts off what it had begun, and draws no more sources."""
    first = tmp_path / "first.xml"
    first.write_bytes(feed("First"))
    before = asyncio.all_tasks()
    sources = iter([str(first), *(site.url(f"/{number}") for number in range(50))])
    async with aclosing(preview(sources, fetcher=fetcher, parser=parser, ahead=3)) as previews:
        assert titles([await anext(previews)]) == ["First"]
    assert len(list(sources)) >= 47
    assert asyncio.all_tasks() <= before


async def test_an_entry_becomes_a_json_object() -> None:
    """The keys come in a fixed order, times with their offset, what is missing as null, nothing cut."""
    entry = Entry(
        guid="1",
        title="Title",
        link="https://example.org/1",
        author="Ada Lind",
        summary="long " * 1_000,
        image=Image("https://example.org/i.png"),
        published=datetime(2026, 4, 15, 13, 50, 49, tzinfo=UTC),
        updated=datetime(2026, 4, 16, tzinfo=UTC),
        language="en",
    )
    assert list(as_json("feed.xml", "Feed", entry).items()) == [
        ("source", "feed.xml"),
        ("feed", "Feed"),
        ("guid", "1"),
        ("title", "Title"),
        ("link", "https://example.org/1"),
        ("author", "Ada Lind"),
        ("summary", "long " * 1_000),
        ("image", {"url": "https://example.org/i.png", "alt": None}),
        ("published", "2026-04-15T13:50:49+00:00"),
        ("language", "en"),
    ]
    bare = as_json("-", "", Entry("2", "T"))
    assert [bare[key] for key in ("link", "author", "image", "published", "language")] == [None] * 5
