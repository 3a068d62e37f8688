"""What no document may do, however it is made: raise anything but FeedError, or take long."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import FeedError
from bot.models import ParsedFeed
from bot.parse import parse_document
from bot.parse.document import UNREADABLE
from bot.parse.preclean import preclean
from bot.parse.shape import TOO_DEEP, TOO_MANY_ATTRIBUTES
from tests.loopback.site import Site

FEEDS = Path(__file__).parent / "data" / "feeds"
BODIES = [path.read_bytes() for path in sorted(FEEDS.iterdir()) if ".expected" not in path.name]
SPITE = [
    b"&",
    b"<",
    b">",
    b"\0",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"&#55357;",
    b"&#xDFFFF;",
    b"&#99999999999;",
    b'"',
    b"\xff\xfe",
    b"\xc3",
    b"</item>",
    b"<item>",
    b"</channel>",
    b"<x:y z='1'>",
    b" xml:base='http://[bad'",
    b" xml:lang='\xe2\x80\xae'",
    b"<link href='http://[::1'/>",
    b"<media:content url='//:99999/' width='9e9'/>",
    b"<pubDate>Mon, 99 Foo 99999 99:99:99 +9999</pubDate>",
    b"<title type='text/html' mode='base64'>",
    b"[[[[",
    b"{",
]


def parse(body: bytes) -> ParsedFeed:
    """Parse a document as if it came from a public address."""
    return parse_document(body, address="https://news.example/feed")


def outcome(body: bytes) -> ParsedFeed | FeedError:
    """Parse a document, or return the error that refuses it."""
    try:
        return parse(body)
    except FeedError as error:
        return error


def seconds(body: bytes) -> float:
    """Measure the processor time of one document, refused or not."""
    started = time.process_time()
    with contextlib.suppress(FeedError):
        parse(body)
    return time.process_time() - started


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    body=st.sampled_from(BODIES),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(SPITE) | st.binary(max_size=6)),
        max_size=8,
    ),
)
def test_mutated(body: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    """A damaged feed becomes entries that hold what Entry promises, or a FeedError with a sentence."""
    for where, length, what in changes:
        position = int(where * len(body))
        body = body[:position] + what + body[position + length :]
    feed = outcome(body)
    if isinstance(feed, FeedError):
        assert feed.reason.endswith(".")
        return
    for entry in feed.entries:
        assert entry.title
        assert 0 < len(entry.guid) <= 300
        assert entry.link is None or entry.link.startswith(("http://", "https://"))
        assert not {"\x1b", "\0", "\u202e"} & set(
            entry.title + entry.summary + (entry.author or "") + entry.guid
        )
    assert len({entry.guid for entry in feed.entries}) == len(feed.entries)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200) | st.text(alphabet="<>&;![]CDAT-/ rsfed\"'{}:,\n", max_size=200).map(str.encode)
)
def test_noise(body: bytes) -> None:
    """Noise is refused with a sentence or, by chance, a feed."""
    with contextlib.suppress(FeedError):
        parse(body)


def of_items(item: str) -> str:
    """Wrap one hostile item into a document."""
    return f"<rss><channel><item><title>x</title>{item}</item></channel></rss>"


def of_xhtml(content: str) -> str:
    """Wrap mark-up into an Atom entry's content."""
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>x</title>"
        f"<content type='xhtml'>{content}</content></entry></feed>"
    )


@pytest.mark.parametrize(
    "document",
    [
        "\n" * 160_000 + of_items(""),
        "<?xml version='1.0'?>" + " \n" * 80_000 + of_items(""),
        "<!DOCTYPE rss" + " \n" * 80_000 + ">" + of_items(""),
        of_items("<!-- c -->" * 50_000),
        of_items(
            "<category>c</category>" * 5_000 + "".join(f"<category>{n}</category>" for n in range(5_000))
        ),
        of_items("<author>" + "a" * 500_000 + "</author>"),
        of_items("".join(f"<author>a{n}</author>" for n in range(10_000))),
        of_items("<itunes:keywords>" + ",".join(map(str, range(20_000))) + "</itunes:keywords>"),
        "<rss><channel><webMaster>" + "a" * 100_000 + "</webMaster></channel></rss>",
        "<rss>" + "".join(f"<item><guid>1</guid><title>{n}</title></item>" for n in range(500)) + "</rss>",
        of_items("<description>" + "<![CDATA[" * 50_000 + "</description>"),
        of_items("<description>" + "&lt;a " * 50_000 + "</description>"),
        of_items("<description>" + "&amp;" * 50_000 + "</description>"),
        of_items("<title>" + "&#55357;" * 50_000 + "</title>"),
        of_items("<guid>" + "&amp;" * 20_000 + "</guid>"),
        "<rss><channel>" + "<item><title>x</title></item>" * 100_000 + "</channel></rss>",
        "<html>" + "<p>x</p>" * 1_250_000,
        of_items("<x " + " ".join(f"a{n}='1'" for n in range(50_000)) + "/>"),
        of_items("<x " + " ".join(f"xmlns:a{n}='u'" for n in range(50_000)) + "/>"),
        of_xhtml("<div>" * 20_000 + "x" + "</div>" * 20_000),
        of_items("<description><![CDATA[" + "<div>" * 20_000 + "</div>" * 20_000 + "]]></description>"),
        of_items("".join(f"<x xmlns:a{n}='u{n}'>" for n in range(20_000)) + "</x>" * 20_000),
        '{"version":"https://jsonfeed.org/version/1","items":' + "[" * 200_000,
    ],
    ids=lambda document: document[:12].strip() + str(len(document)),
)
def test_within_a_second(document: str) -> None:
    """What is quadratic in feedparser takes less than a second here."""
    assert seconds(document.encode()) < 1.0


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (of_items("<x " + " ".join(f"a{n}='1'" for n in range(501)) + "/>"), TOO_MANY_ATTRIBUTES),
        (of_items("<x>" * 201 + "</x>" * 201), TOO_DEEP),
        (of_items("<x>" * 201), TOO_DEEP),
    ],
    ids=["attributes", "deep", "unclosed"],
)
def test_built_to_take_long(document: str, reason: str) -> None:
    """More attributes or depth than any feed has is refused in a sentence that says so."""
    with pytest.raises(FeedError) as refused:
        parse(document.encode())
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "inside",
    [
        "<![CDATA[" + "<div>" * 300 + "</div>" * 300 + "]]>",
        "&lt;div&gt;" * 300,
        "line<br>" * 300,
        "<p>line" * 150,
        "<img alt='" + "it's " * 10 + "' src='data:image/png;base64," + "A" * 100_000 + "'/>",
        "<b>word</b> " * 1_000,
        "<x/>" * 1_000,
        '<a href="https://example.org/?' + "a=1&amp;" * 1_000 + '">x</a>',
    ],
    ids=lambda inside: inside[:12],
)
def test_ordinary_mark_up_is_not_refused(inside: str) -> None:
    """Escaped HTML of any depth, lines that are never closed and long attributes are read."""
    (entry,) = parse(of_items(f"<description>{inside}</description>").encode()).entries
    assert entry.title == "x"


async def test_a_body_is_never_an_address_or_a_path(tmp_path: Path) -> None:
    """A body that reads like an address or a path is no feed: nothing is fetched, no file is opened."""
    feed = BODIES[0]
    file = tmp_path / "feed.xml"
    file.write_bytes(feed)
    async with Site() as site:
        site.respond("/feed.xml", body=feed)
        address = site.url("/feed.xml")
        bodies = [address, address.replace("http:", "feed:"), "feed:" + address, str(file), file.as_uri()]
        for body in [*bodies, *(f"{body}\n" for body in bodies)]:
            with pytest.raises(FeedError):
                await asyncio.to_thread(parse, body.encode())
        assert not site.requests


def test_chardet_is_not_here() -> None:
    """chardet, with which feedparser decodes correct feeds wrongly, is neither locked nor importable."""
    assert importlib.util.find_spec("chardet") is None
    locks = sorted(Path(__file__).parent.parent.glob("requirements*.lock"))
    assert locks
    for lock in locks:
        assert not re.search(r"^chardet\b", lock.read_text("utf-8"), re.MULTILINE | re.IGNORECASE), lock.name


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<>&;![]CDAT-/ ?rs\"'=\n", min_size=1, max_size=12))
def test_preclean_is_linear(unit: str) -> None:
    """Whatever a document repeats, cleaning 200 KB of it takes well under a second."""
    document = f"<rss>{unit * (200_000 // len(unit))}</rss>"
    started = time.process_time()
    with contextlib.suppress(FeedError):
        preclean(document)
    assert time.process_time() - started < 0.5


def test_foreseen() -> None:
    """Nothing in the samples' damage is left to the broad except."""
    for body in BODIES:
        for spite in SPITE:
            found = outcome(body[:400] + spite + body[400:])
            assert not isinstance(found, FeedError) or found.reason != UNREADABLE, (spite, found.__cause__)
