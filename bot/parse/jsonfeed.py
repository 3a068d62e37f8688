"""JSON Feed, versions 1 and 1.1 (jsonfeed.org), which feedparser does not read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bot.errors import FeedError
from bot.models import ENTRIES_LIMIT, Entry, Image, ParsedFeed
from bot.parse import picture
from bot.parse.address import absolute
from bot.parse.article import article, language
from bot.parse.author import byline
from bot.parse.guid import identify
from bot.parse.markup import Page, literal, read_html
from bot.parse.preclean import BROKE_OFF, NO_FEED
from bot.text import clean

MALFORMED = "The feed is not valid JSON, so wireroom cannot read it. Its publisher has to mend it."

_Object = dict[str, Any]


def read_json_feed(text: str, *, address: str, keep_tracking: bool) -> ParsedFeed:
    """Read a decoded JSON Feed; FeedError when it is none or did not end."""
    feed = _load(text.strip())
    if not isinstance(feed, dict) or "jsonfeed.org/version/1" not in str(feed.get("version")):
        raise FeedError(NO_FEED)
    tongue = language(feed.get("language"))
    items = _objects(feed, "items")[:ENTRIES_LIMIT]
    writers = byline(_names(feed))
    made = [_entry(item, address, tongue, writers, keep_tracking=keep_tracking) for item in items]
    entries = [entry for entry in made if entry]
    return ParsedFeed(
        title=clean(literal(_string(feed, "title"))),
        link=absolute(feed.get("home_page_url"), address),
        language=tongue,
        entries=identify(entries),
        dropped=len(items) - len(entries),
    )


def _load(text: str) -> object:
    try:
        # Numbers stay as they are written: an id may be one, and Python refuses very long ones.
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        broke_off = error.pos >= len(text) or error.msg.startswith("Unterminated") or text[-1] != "}"
        raise FeedError(BROKE_OFF if broke_off else MALFORMED) from None
    except RecursionError:
        raise FeedError(MALFORMED) from None


def _entry(
    item: _Object, address: str, tongue: str | None, writers: str | None, *, keep_tracking: bool
) -> Entry | None:
    content = read_html(_string(item, "content_html"))
    summary = literal(_string(item, "summary")) or literal(_string(item, "content_text")) or content.text
    links = (absolute(item.get(key), address, keep_tracking=keep_tracking) for key in ("url", "external_url"))
    return article(
        guid=_string(item, "id"),
        title=clean(literal(_string(item, "title"))),
        summary=summary,
        link=next((link for link in links if link), None),
        author=byline(_names(item)) or writers,
        image=_image(item, content, address),
        times=(_time(item, "date_published"), _time(item, "date_modified")),
        language=language(item.get("language"), tongue),
    )


def _string(data: _Object, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _objects(data: _Object, key: str) -> list[_Object]:
    value = data.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _names(data: _Object) -> Iterator[object]:
    # Version 1 has one `author`, 1.1 a list; both may stand there for old readers.
    old = data.get("author")
    return (
        author.get("name") for author in _objects(data, "authors") or ([old] if isinstance(old, dict) else [])
    )


def _image(item: _Object, content: Page, base: str) -> Image | None:
    own = [{"medium": "image", "url": _string(item, key)} for key in ("image", "banner_image")]
    attached = [
        {
            "type": _string(file, "mime_type"),
            "url": _string(file, "url"),
            "caption_title": _string(file, "title"),
        }
        for file in _objects(item, "attachments")
    ]
    return picture.first(picture.media(one, base) for one in (*own, *attached)) or picture.first(
        picture.inline(one, base) for one in content.pictures
    )


def _time(item: _Object, key: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_string(item, key).strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
