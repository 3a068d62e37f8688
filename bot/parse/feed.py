"""What feedparser read → our nouns: RSS, RDF and Atom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.models import ENTRIES_LIMIT, Entry, Image, ParsedFeed
from bot.parse import picture
from bot.parse.address import absolute
from bot.parse.article import article, language, utc
from bot.parse.author import byline
from bot.parse.guid import identify
from bot.parse.hints import hints
from bot.parse.markup import Page, literal, read_html
from bot.parse.preclean import preclean
from bot.parse.reader import read
from bot.text import clean

_Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Channel:
    """What the entries of a document share."""

    address: str
    language: str | None
    author: str | None
    keep_tracking: bool


def read_feed(text: str, *, address: str, keep_tracking: bool) -> ParsedFeed:
    """Read a decoded RSS, RDF or Atom document; FeedError when it is none or did not end."""
    document = read(preclean(text), address)
    feed, found = document.feed, document.entries[:ENTRIES_LIMIT]
    channel = _Channel(
        address=address,
        language=language(feed.get("language")),
        # RFC 4287, 4.2.1: an Atom feed's author wrote the entries that name none.
        author=_author(feed) if document.version.startswith("atom") else None,
        keep_tracking=keep_tracking,
    )
    entries = [entry for data in found if (entry := _entry(data, channel))]
    return ParsedFeed(
        title=clean(_page(feed, "title").text),
        link=absolute(_plain(feed, "link"), address),
        language=channel.language,
        entries=identify(entries),
        hints=hints(feed),
        dropped=len(found) - len(entries),
    )


def _entry(data: _Data, channel: _Channel) -> Entry | None:
    description, content = _texts(data)
    caption = literal(_plain(data, "caption_description"))
    base = _detail(data, "title").get("base") or _detail(data, "summary").get("base") or channel.address
    return article(
        guid=_plain(data, "id"),
        title=clean(_page(data, "title").text) or clean(literal(_plain(data, "caption_title"))),
        summary=description.text or content.text or caption,
        link=_link(data, channel),
        author=_author(data) or channel.author,
        image=_image(data, [content, description], str(base)),
        times=(_time(data, "published") or _time(data, "created"), _time(data, "updated")),
        language=language(data.get("language"), _detail(data, "title").get("language"), channel.language),
    )


def _plain(data: _Data, key: str) -> str:
    # FeedParserDict warns, and guesses, where a key is missing: a plain look-up does neither.
    value = dict.get(data, key)
    return value if isinstance(value, str) else ""


def _detail(data: _Data, key: str) -> Mapping[str, Any]:
    value = dict.get(data, f"{key}_detail")
    return value if isinstance(value, dict) else {}


def _page(data: _Data, key: str) -> Page:
    kind = _detail(data, key).get("type", "text/html")
    return _of_type(_plain(data, key), str(kind))


def _of_type(value: str, kind: str) -> Page:
    return Page(literal(value)) if kind == "text/plain" else read_html(value)


def _texts(data: _Data) -> tuple[Page, Page]:
    """Read the description and the longest of the contents.

    feedparser copies a content into a summary that is missing: that one has no detail.
    """
    contents = [
        _of_type(part["value"], str(part.get("type", "text/html")))
        for part in dict.get(data, "content") or ()
        if isinstance(part.get("value"), str)
    ]
    content = max(contents, key=lambda page: len(page.text), default=Page(""))
    return (_page(data, "summary") if _detail(data, "summary") else Page("")), content


def _link(data: _Data, channel: _Channel) -> str | None:
    links = [link.get("href") for link in dict.get(data, "links") or () if link.get("rel") == "alternate"]
    guid = _plain(data, "id").strip() if data.get("permalink") else ""
    # RSS 2.0 calls any guid an address unless told otherwise; most that are none are not marked.
    address = guid if guid.startswith(("http://", "https://")) else None
    for candidate in (_plain(data, "link"), *links, address):
        if link := absolute(candidate, channel.address, keep_tracking=channel.keep_tracking):
            return link
    return None


def _author(data: _Data) -> str | None:
    return byline(author.get("name") for author in dict.get(data, "authors") or ())


def _image(data: _Data, pages: list[Page], base: str) -> Image | None:
    # A caption that serves as the article's text (YouTube) describes the video, not its picture.
    alt = dict.get(data, "caption_description") if any(page.text for page in pages) else None
    alt = alt or dict.get(data, "caption_title")
    thumbnails = [{"medium": "image", **attributes} for attributes in dict.get(data, "media_thumbnail") or ()]
    enclosures = [link for link in dict.get(data, "links") or () if link.get("rel") == "enclosure"]
    cover = dict.get(data, "image")
    covers = [{"medium": "image", **cover}] if isinstance(cover, dict) else []
    return (
        picture.largest(picture.media(one, base, alt) for one in dict.get(data, "media_content") or ())
        or picture.largest(picture.media(one, base, alt) for one in thumbnails)
        or picture.first(picture.media(one, base) for one in enclosures)
        or picture.first(picture.media(one, base) for one in covers)
        or picture.first(picture.inline(one, base) for page in pages for one in page.pictures)
    )


def _time(data: _Data, key: str) -> datetime | None:
    moment = dict.get(data, f"{key}_parsed")
    return utc(*moment[:6]) if moment else None
