"""Lists of feeds: any list that readers write comes in, and what goes out comes back."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import opml
from bot.errors import FeedError
from bot.opml import FeedList, Listed
from bot.parse import Outline, Outlines, Parser
from bot.parse.outline import NO_LIST, OUTLINES_LIMIT, PAGE, read_outlines
from bot.parse.parser import TOO_LARGE
from bot.text import clean

LISTS = Path(__file__).parent / "data" / "opml"
NOW = datetime(2026, 4, 16, 8, 0, tzinfo=UTC)

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(clean)
_PATHS = st.lists(_TEXTS.filter(bool), max_size=4).map(tuple)
_QUERIES = st.text(st.sampled_from("abz019&=%3d;+/,<>\"'"), max_size=20)
_ADDRESSES = st.builds("https://{}.example/{}?{}".format, st.integers(0, 99), st.integers(0, 99), _QUERIES)


def listing(*outlines: str) -> bytes:
    """Write a list of these outlines."""
    return f'<opml version="2.0"><body>{"".join(outlines)}</body></opml>'.encode()


def feed(n: int) -> str:
    """Write the outline of a feed."""
    return f'<outline type="rss" text="Feed {n}" xmlUrl="https://news.example/{n}"/>'


def refusal(body: bytes) -> str:
    """Return the sentence with which a list is refused."""
    with pytest.raises(FeedError) as caught:
        read_outlines(body)
    return caught.value.reason


@pytest.mark.parametrize("path", sorted(LISTS.glob("*.opml")), ids=lambda path: path.stem)
def test_lists_as_they_are_found(path: Path) -> None:
    """Each list in the collection gives the feeds written beside it, and names what is none."""
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    found = opml.read(read_outlines(path.read_bytes()))
    assert [[one.address, one.title, list(one.path)] for one in found.feeds] == expected["feeds"]
    assert list(found.unreadable) == expected["unreadable"]
    assert found.left_out == expected["left_out"]


@given(
    st.lists(
        st.builds(
            Listed, _ADDRESSES.map(lambda text: opml.read(outlines(text)).feeds[0].address), _TEXTS, _PATHS
        ),
        unique_by=lambda listed: listed.address,
        max_size=8,
    ),
    _TEXTS,
)
def test_what_is_written_is_read_back(feeds: list[Listed], title: str) -> None:
    """Every list that is written is read back with the same addresses, titles and folders."""
    found = opml.read(read_outlines(opml.write(feeds, title=title, now=NOW)))
    assert sorted(found.feeds, key=repr) == sorted(feeds, key=repr)
    assert (found.unreadable, found.left_out) == ((), 0)


def outlines(*addresses: str) -> Outlines:
    """Make a list that was read, of addresses alone."""
    return Outlines(tuple(Outline(address) for address in addresses))


def test_written_for_other_programs() -> None:
    """A written list is OPML 2.0 with type, text, title, xmlUrl and htmlUrl, feeds of a folder together."""
    feeds = [
        Listed("https://a.example/rss", "A & <B>\x1b[31m", ("News", "Far"), "https://a.example/"),
        Listed("https://b.example/rss"),
        Listed("https://c.example/rss", "C", ("News",)),
    ]
    root = ET.fromstring(opml.write(feeds, title="wireroom, #news", now=NOW))  # noqa: S314 - written here
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "wireroom, #news"
    assert root.findtext("head/dateCreated") == "Thu, 16 Apr 2026 08:00:00 +0000"
    name = "A & <B>"
    assert [outline.attrib for outline in root.iter("outline")] == [
        {"text": "News", "title": "News"},
        {"text": "Far", "title": "Far"},
        {
            "type": "rss",
            "text": name,
            "title": name,
            "xmlUrl": "https://a.example/rss",
            "htmlUrl": "https://a.example/",
        },
        {"type": "rss", "text": "C", "title": "C", "xmlUrl": "https://c.example/rss"},
        {
            "type": "rss",
            "text": "https://b.example/rss",
            "title": "https://b.example/rss",
            "xmlUrl": "https://b.example/rss",
        },
    ]


def test_limit() -> None:
    """Of a long list the first 500 feeds are kept, and all the others are counted."""
    found = opml.read(read_outlines(listing(*map(feed, range(OUTLINES_LIMIT + 200)))))
    assert [one.title for one in found.feeds] == [f"Feed {n}" for n in range(opml.FEEDS_LIMIT)]
    assert found.left_out == OUTLINES_LIMIT + 200 - opml.FEEDS_LIMIT


def test_each_address_once() -> None:
    """Two spellings of one address are one feed, under the first title."""
    found = opml.read(outlines("https://A.example/x", "https://a.example:443/x#1", "http://a.example/x"))
    assert found == FeedList((Listed("https://a.example/x"), Listed("http://a.example/x")))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"https://127.0.0.1/list.opml",
        b"<rss><channel/></rss>",
        listing(feed(1))[:-20],
        b'<!DOCTYPE opml [<!ENTITY a "lol">]>' + listing('<outline text="&a;" xmlUrl="https://a.example/"/>'),
        listing("<outline text='a'>" * 300),
        listing("<outline " + " ".join(f'a{n}="1"' for n in range(600)) + "/>"),
        listing(feed(1), '<outline text="a>'),
        listing("<![odd"),
    ],
    ids=["empty", "address", "feed", "cut", "entities", "deep", "attributes", "quote", "marked section"],
)
def test_no_list(body: bytes) -> None:
    """What is no whole OPML document, or is built to harm, gives a sentence and nothing else."""
    assert refusal(body) == NO_LIST


def test_page_instead_of_a_list() -> None:
    """A web page in place of a list is called what it is."""
    assert refusal(b"<!doctype html><html><body>Log in</body></html>") == PAGE


def test_comments_and_sections_are_not_read() -> None:
    """What a list holds in comments and CDATA sections is none of its feeds."""
    found = read_outlines(listing(f"<![CDATA[a > {feed(1)}]]><!-- a > {feed(2)} -->", feed(3)))
    assert [one.title for one in found.found] == ["Feed 3"]


def test_stray_end_tags() -> None:
    """An outline that is closed twice does not cost the feeds after it."""
    found = read_outlines(listing(feed(1), "</outline></outline>", feed(2)))
    assert [one.title for one in found.found] == ["Feed 1", "Feed 2"]


@pytest.mark.parametrize(
    "body",
    [
        listing(*(f'<outline text="f{n}">{feed(1)}</outline>' for n in range(20_000))),
        listing(f'<outline xmlUrl="https://a.example/" category="{",".join(map(str, range(50_000)))}"/>'),
        listing("<outline text='a'>" * 190, *(f"{feed(n)}</outline>" for n in range(190))),
        listing(*map(feed, range(20_000))),
    ],
    ids=["one feed in many folders", "categories", "deep", "long"],
)
def test_time_is_linear(body: bytes) -> None:
    """No list costs more than its length: what listparser compares with all before never reaches it."""
    started = time.process_time()
    assert read_outlines(body).found
    assert time.process_time() - started < 2


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 40))
def test_damage_is_survived(noise: bytes, at: int, cut: int) -> None:
    """However a list is damaged, it is read or refused with a sentence."""
    whole = listing('<outline text="News">', feed(1), "</outline>", feed(2))
    try:
        opml.read(read_outlines(whole[:at] + noise + whole[at + cut :]))
    except FeedError as error:
        assert error.reason in {NO_LIST, PAGE}  # noqa: PT017 - a list may also be read


async def test_read_by_a_worker() -> None:
    """A worker reads a list as the plain function does; text is read as it stands, not as it declares."""
    document = (LISTS / "folders.opml").read_bytes()
    pasted = "<?xml version='1.0' encoding='gb2312'?><opml><outline text='中文 é' url='https://a.example/'/></opml>"
    async with Parser(1) as parser:
        assert await parser.outlines(document) == read_outlines(document)
        read = await parser.outlines(pasted)
        assert read == Outlines((Outline("https://a.example/", "中文 é"),))
        with pytest.raises(FeedError, match="no list of feeds"):
            await parser.outlines("https://127.0.0.1/list.opml \ud800")


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not keep to RLIMIT_AS")
async def test_worker_limits_hold() -> None:
    """A list that needs too much memory ends its worker, not the bot."""
    greedy = listing(*(f'<outline text="{n}" xmlUrl="https://a.example/{n}"/>' for n in range(150_000)))
    async with Parser(1, memory=96 << 20) as parser:
        with pytest.raises(FeedError) as caught:
            await parser.outlines(greedy)
        assert caught.value.reason == TOO_LARGE
        assert (await parser.outlines(listing(feed(1)))).found


def test_link_is_not_read_back() -> None:
    """The address of a feed's site is written for other programs and not read back."""
    listed = Listed("https://a.example/rss", "A", link="https://a.example/")
    found = opml.read(read_outlines(opml.write([listed], title="", now=NOW)))
    assert found.feeds == (replace(listed, link=None),)
