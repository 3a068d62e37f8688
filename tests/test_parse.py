"""Feeds of every format, and the exact values they become."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import FeedError
from bot.models import ENTRIES_LIMIT, SUMMARY_LIMIT, ParsedFeed
from bot.parse import parse_document
from bot.parse.document import UNREADABLE
from bot.parse.preclean import BROKE_OFF, EMPTY, ENTITIES, LOGIN_PAGE, NO_FEED, WEB_PAGE

FEEDS = Path(__file__).parent / "data" / "feeds"
SAMPLES = sorted(path for path in FEEDS.iterdir() if ".expected" not in path.name)
ADDRESS = "https://news.example/rss/harbour/feed"


def parse(document: str | bytes, content_type: str | None = None) -> ParsedFeed:
    """Parse a document as if it came from ADDRESS."""
    body = document.encode() if isinstance(document, str) else document
    return parse_document(body, address=ADDRESS, content_type=content_type)


def rss(items: str, channel: str = "") -> str:
    """Wrap items into a small RSS document."""
    return f'<rss version="2.0"><channel><title>T</title>{channel}{items}</channel></rss>'


def refusal(document: str | bytes) -> str:
    """Return the sentence with which a document is refused."""
    with pytest.raises(FeedError) as caught:
        parse(document)
    assert caught.value.__cause__ is None, "a fault that nobody foresaw"
    return caught.value.reason


def as_json(feed: ParsedFeed) -> object:
    """Bring a feed to the form of the files beside the samples."""

    def plain(value: object) -> object:
        if isinstance(value, frozenset):
            return sorted(value)
        return value.total_seconds() if isinstance(value, timedelta) else str(value)

    return json.loads(json.dumps(asdict(feed), default=plain))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sample(path: Path) -> None:
    """A sample becomes exactly what stands beside it."""
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    assert as_json(parse(path.read_bytes())) == expected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_cut_short(path: Path) -> None:
    """A document cut at any byte is refused as broken off and gives no entry."""
    body = path.read_bytes().rstrip()
    assert refusal(b"") == EMPTY
    for end in range(1, len(body)):
        assert refusal(body[:end]) == BROKE_OFF, body[:end][-60:]


GOOD = rss(
    "<item><title>A &amp; B</title><link>https://x.example/?a=1&amp;b=2</link>"
    "<guid>https://x.example/?a=1&amp;b=2</guid>"
    "<description>&lt;p&gt;One &amp;amp; two&lt;/p&gt;</description></item>"
)


@pytest.mark.parametrize(
    "broken",
    [
        GOOD.replace("a=1&amp;b", "a=1&b"),
        GOOD.replace("A &amp; B", "A & B"),
        GOOD.replace("<title>A", "<title>\0A"),
        GOOD.replace("</item>", "<undeclared:x>1</undeclared:x></item>"),
        GOOD.replace("</item>", "<b></item>"),  # only the loose parser reads this one
        GOOD.replace("1&amp;b=2</guid>", "1&amp;amp;b=2</guid>"),
        GOOD.replace("b=2</guid>", "b=2&amp;utm_source=x</guid>"),
        "<?xml version='1.0'?>\n\n" + GOOD + "<!-- 0.2 s --><script>count()</script>",
    ],
)
def test_break_keeps_identity(broken: str) -> None:
    """A feed that breaks for one poll keeps its entries' identities, titles and links."""
    assert parse(broken).entries == parse(GOOD).entries


def test_repeated_id() -> None:
    """An id that a document repeats is told apart for all its carriers, whatever their order."""
    items = [
        f"<item><guid>1</guid><title>T</title><description>{text}</description></item>" for text in "abc"
    ]
    guids = {entry.guid for entry in parse(rss("".join(items))).entries}
    assert len(guids) == 3
    assert "1" not in guids
    assert {entry.guid for entry in parse(rss("".join(reversed(items)))).entries} == guids
    assert [entry.guid for entry in parse(rss(items[0] * 2)).entries] == ["1"]


def test_long_id() -> None:
    """An id of any length leaves as at most 300 characters, and different ones stay different."""
    ids = ["x" * 5_000, "x" * 5_001]
    guids = {
        entry.guid
        for entry in parse(
            rss("".join(f"<item><guid>{one}</guid><title>T</title></item>" for one in ids))
        ).entries
    }
    assert len(guids) == 2
    assert max(map(len, guids)) <= 300


def test_guid_is_not_resolved() -> None:
    """A guid that is no address stays as it is, wherever the feed moved to."""
    document = rss("<item><guid>123</guid><title>T</title></item>").encode()
    here, there = (
        parse_document(document, address=f"https://{host}/feed").entries
        for host in ("a.example", "b.example")
    )
    assert here == there
    assert (here[0].guid, here[0].link) == ("123", None)


def test_keep_tracking() -> None:
    """A setting keeps tracking parameters in links, and identities never have them."""
    document = rss(
        "<item><title>T</title><link>https://x.example/?utm_source=a&amp;id=1</link></item>"
    ).encode()
    kept = parse_document(document, address=ADDRESS, keep_tracking=True).entries[0]
    assert (kept.link, kept.guid) == ("https://x.example/?utm_source=a&id=1", "https://x.example/?id=1")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", EMPTY),
        (" \n\ufeff", EMPTY),
        ("<!DOCTYPE html><html><body>Hello</body></html>", WEB_PAGE),
        ("<html><body><p>no doctype", WEB_PAGE),
        ("<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><HTML></HTML>", WEB_PAGE),
        ("<html><form><input type=password></form></html>", LOGIN_PAGE),
        ("/etc/passwd", NO_FEED),
        ("http://127.0.0.1/feed", NO_FEED),
        ("feed:http://127.0.0.1/feed", NO_FEED),
        ("<svg></svg>", NO_FEED),
        ("{}", NO_FEED),
        ("[1, 2]", NO_FEED),
        ('<!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel><title>&a;</title></channel></rss>', ENTITIES),
    ],
)
def test_no_feed(document: str, reason: str) -> None:
    """What is no feed is refused with its reason and never taken for an empty healthy feed."""
    assert refusal(document) == reason


TRIPS_FEEDPARSER = "<rss><channel><image><width><b></width></image></channel></rss>"


@pytest.mark.parametrize("hiding", ["<!-- %s -->", "<![CDATA[%s]]>"])
def test_hidden_end_tag(hiding: str) -> None:
    """An end tag that only a comment or an article's text holds does not end a document."""
    assert refusal("<rss><channel><item><title>" + hiding % "</title></item></channel></rss>") == BROKE_OFF


def test_unforeseen_fault() -> None:
    """What feedparser itself trips over is a FeedError that keeps the fault for the log."""
    with pytest.raises(FeedError) as caught:
        parse(TRIPS_FEEDPARSER)
    assert caught.value.reason == UNREADABLE
    assert isinstance(caught.value.__cause__, TypeError)


def test_opml_says_import() -> None:
    """A list of feeds is told apart from a feed, with what to do about it."""
    assert "Import it" in refusal("<opml><body/></opml>")


def test_path_opens_nothing(tmp_path: Path) -> None:
    """A body that is the path of a feed is not opened."""
    (tmp_path / "feed.xml").write_text(GOOD)
    assert refusal(str(tmp_path / "feed.xml")) == NO_FEED


@pytest.mark.parametrize(
    "empty", ["<rss><channel></channel></rss>", "<rss/>", "<feed xmlns='http://www.w3.org/2005/Atom'></feed>"]
)
def test_empty_feed_is_healthy(empty: str) -> None:
    """A well-formed feed without entries is a feed."""
    assert parse(empty).entries == ()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
        ("a &lt; b", "a < b"),
        ("&amp;amp;amp; twice", "& twice"),
        ("&lt;!channel&gt; @everyone", "<!channel> @everyone"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("&#55357;&#56832; &amp;#xD83D;&amp;#xDE00;", "😀 😀"),
        ("half &#55357; pair", "half pair"),
        ("bell&#7; &#27;[31mred", "bell [31mred"),
        ("<![CDATA[\x1b[31mred & <i>it</i>]]>", "[31mred & it"),
    ],
)
def test_title(raw: str, shown: str) -> None:
    """Titles leave as literal text, references resolved, without control and bidi characters."""
    assert parse(rss(f"<item><guid>1</guid><title>{raw}</title></item>")).entries[0].title == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a &lt; b, if x&lt;y and y&gt;z", "a < b, if x<y and y>z"),
        ("one\ntwo", "one\ntwo"),
        ("&lt;p&gt;one\ntwo&lt;/p&gt;three&lt;br/&gt;four", "one two\nthree\nfour"),
        ("&amp;lt;p&amp;gt;escaped twice&amp;lt;/p&amp;gt;", "escaped twice"),
        ("&lt;style&gt;x{}&lt;/style&gt;&lt;!-- no --&gt;&lt;table&gt;&lt;td&gt;a&lt;td&gt;b", "a b"),
        ("&lt;pre&gt;one\n  two&lt;/pre&gt;", "one\ntwo"),
    ],
)
def test_summary(raw: str, shown: str) -> None:
    """Mark-up goes and paragraph breaks stay; a text with stray signs is not taken for mark-up."""
    item = f"<item><title>T</title><description>{raw}</description></item>"
    assert parse(rss(item)).entries[0].summary == shown


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("javascript:alert(1)", None),
        ("JaVa&#10;script:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://x.example/file", None),
        ("javascript://x.example/%0aalert(1)", None),
        ("mailto:a@b.example", None),
        ("https://[broken", None),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("../up?q=%41&amp;r", "https://news.example/rss/up?q=%41&r"),
        (" https://x.example/a b|c ", "https://x.example/a%20b%7Cc"),
        ("https://x.example/" + "a" * 3000, None),
    ],
)
def test_link(link: str, shown: str | None) -> None:
    """Links are absolute and http or https, or they are not."""
    assert parse(rss(f"<item><title>T</title><link>{link}</link></item>")).entries[0].link == shown


@pytest.mark.parametrize(
    ("encoding", "content_type", "word"),
    [
        ("utf-16", None, "日本"),
        ("utf-32", None, "日本"),
        ("utf-8-sig", None, "日本"),
        ("shift_jis", None, "日本"),
        ("gb2312", None, "路"),
        ("euc-kr", "text/xml; charset=euc-kr", "한국"),
        ("utf-8", "application/rss+xml; charset=ISO-8859-1", "Zürich"),
        ("iso-8859-1", None, "Zürich"),
        ("windows-1251", "text/xml;charset=windows-1251", "Рынок"),
    ],
)
def test_encoding(encoding: str, content_type: str | None, word: str) -> None:
    """The encoding comes from mark, header or declaration, and a false Latin-1 is seen through."""
    name = encoding.removesuffix("-sig")
    document = f'<?xml version="1.0" encoding="{name}"?>' + rss(f"<item><title>{word}</title></item>")
    assert parse(document.encode(encoding), content_type).entries[0].title == word


@pytest.mark.parametrize("name", ["rot13", "zlib", "unicode_escape", "utf-7", "idna", "nonsense", "x" * 100])
def test_strange_encoding(name: str) -> None:
    """A name that is no encoding of text is passed over."""
    document = f'<?xml version="1.0" encoding="{name}"?>' + rss("<item><title>Zürich</title></item>")
    assert parse(document, f"text/xml; charset={name}").entries[0].title == "Zürich"


def test_one_bad_byte() -> None:
    """One broken byte costs one character, not every umlaut of the document."""
    body = rss("<item><title>Zürich Köln Grün!</title></item>").encode().replace(b"!", b"\xff")
    assert parse(body).entries[0].title == "Zürich Köln Grün\ufffd"


def test_limits() -> None:
    """At most 500 entries are read, summaries keep 8,000 characters, and what follows the entries counts."""
    items = "".join(f"<item><guid>{number}</guid><title>T</title></item>" for number in range(600))
    feed = parse(rss(items + "<language>fr</language>"))
    assert [entry.guid for entry in feed.entries] == [str(number) for number in range(ENTRIES_LIMIT)]
    assert feed.language == "fr"
    long = parse(rss(f"<item><title>T</title><description>{'word ' * 3000}</description></item>")).entries[0]
    assert SUMMARY_LIMIT - 10 < len(long.summary) <= SUMMARY_LIMIT


@pytest.mark.parametrize(
    ("elements", "author"),
    [
        ("<author>desk@x.example</author>", None),
        ("<author>desk@x.example (Jo Ward)</author>", "Jo Ward"),
        ("<author>Jo Ward &lt;jo@x.example&gt;</author>", "Jo Ward"),
        ("<author>A B,C D</author><dc:creator>A B, C D</dc:creator>", "A B, C D"),
        ("<author>A B</author><dc:creator>A B, C D</dc:creator>", "A B, C D"),
        ("<dc:creator>A B</dc:creator><dc:creator>C D</dc:creator>", "A B, C D"),
        ("<dc:creator>ÉMILE ROY</dc:creator><author>Émile Roy</author>", "ÉMILE ROY"),
    ],
)
def test_author(elements: str, author: str | None) -> None:
    """Each author shows once by name, and no mail address ever does."""
    assert parse(rss(f"<item><title>T</title>{elements}</item>")).entries[0].author == author


@pytest.mark.parametrize(
    ("elements", "url"),
    [
        (
            (
                '<media:content url="/a.jpg" medium="image" width="90"/>'
                '<media:content url="/b.jpg" type="image/png" width="900"/>'
            ),
            "/b.jpg",
        ),
        ('<media:content url="/v.mp4" medium="video"/><media:thumbnail url="/t.jpg"/>', "/t.jpg"),
        ('<media:thumbnail url="/t.jpg"/><media:content url="/a.webp"/>', "/a.webp"),
        (
            (
                '<media:content url="/p.gif" medium="image" width="1" height="1"/>'
                '<enclosure url="/e.png" type="image/png"/>'
            ),
            "/e.png",
        ),
        ('<enclosure url="/e.mp3" type="audio/mpeg"/><itunes:image href="/i.jpg"/>', "/i.jpg"),
        (
            (
                '<itunes:image href="/i.svg"/>'
                '<description>&lt;img src="data:x"&gt;&lt;img src="/d.jpg"&gt;</description>'
            ),
            "/d.jpg",
        ),
        ('<media:content url="javascript:x" medium="image"/>', None),
    ],
)
def test_image(elements: str, url: str | None) -> None:
    """The picture comes from the best place that has one which can be shown."""
    image = parse(rss(f"<item><title>T</title>{elements}</item>")).entries[0].image
    assert (image.url if image else None) == (f"https://news.example{url}" if url else None)


@pytest.mark.parametrize(
    "date", ["32 Jan 2026", "2026-02-30T00:00:00Z", "", "9999999", "Mon, 01 Jan 10000 00:00:00 GMT"]
)
def test_unparsable_date(date: str) -> None:
    """A date that is none is no date, and no failure."""
    entry = parse(rss(f"<item><title>T</title><pubDate>{date}</pubDate></item>")).entries[0]
    assert entry.published is None or isinstance(entry.published, datetime)
    assert "32 Jan" not in date or entry.published is None


@pytest.mark.parametrize(
    ("document", "broke_off"),
    [
        ('{"version":"https://jsonfeed.org/version/1","items":' + "[" * 50_000 + "]" * 50_000 + "}", False),
        ('{"version":"https://jsonfeed.org/version/1",}', False),
        ('{"version":"https://jsonfeed.org/version/1","items":[{"id":"a}', True),
    ],
)
def test_hostile_json(document: str, broke_off: bool) -> None:  # noqa: FBT001 - a parameter of the law
    """JSON that is malformed, cut or nested beyond reason is refused with its reason."""
    assert (refusal(document) == BROKE_OFF) is broke_off


@pytest.mark.parametrize(
    "items", ["null", "7", '{"a":1}', '[null, 7, [], {"id": {}, "url": true, "title": [], "authors": 1}]']
)
def test_json_of_wrong_types(items: str) -> None:
    """Wrong types in a JSON Feed are passed over."""
    assert parse(f'{{"version":"https://jsonfeed.org/version/1","items":{items}}}').entries == ()


def test_json_numbers_and_repetition() -> None:
    """A JSON id may be a number of any length, and a repeated one is told apart."""
    items = [{"id": 7, "url": f"https://x.example/{path}"} for path in "ab"]
    document = json.dumps({"version": "https://jsonfeed.org/version/1", "items": items})
    assert len({entry.guid for entry in parse(document).entries}) == 2
    huge = document.replace('"id": 7', '"id": ' + "9" * 5_000)
    assert len({entry.guid for entry in parse(huge).entries}) == 2
