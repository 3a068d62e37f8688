"""feedparser, entered below its front door: the same parsers on a document that is already clean.

``feedparser.parse`` would guess the encoding again, look for a DOCTYPE with quadratic patterns, turn
a guid like ``123`` into an address on whatever host the feed is read from, take the caption of a
picture for the article's text, compare every category with all before it, and leave half a mail address
in an author's name. The handlers below
are its own way of extension: methods named after elements.
"""

from __future__ import annotations

import io
import xml.sax
from dataclasses import dataclass
from typing import Any
from xml.sax.handler import feature_external_ges, feature_namespaces

from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.exceptions import UndeclaredNamespace
from feedparser.util import FeedParserDict

_Attributes = dict[str, Any]


class _Handlers:
    """What we read otherwise than feedparser; both of its parsers get these."""

    sanitize_html = False  # mark-up leaves as plain text, by bot.parse.markup
    resolve_relative_uris = False  # only links and pictures need it, and get it there

    # What the parser classes beside this one bring.
    push: Any
    pop: Any
    _get_context: Any
    _save: Any

    _picture: _Attributes | None = None

    def _start_guid(self, attributes: _Attributes) -> None:
        self.guidislink = 0
        self._permalink = attributes.get("ispermalink", "true") != "false"
        self.push("id", 1)

    def _end_guid(self) -> None:
        self.pop("id")
        self._save("permalink", self._permalink)

    _start_id = _start_guid
    _end_id = _end_guid

    def _end_author(self) -> None:
        text = self.pop("author")
        self.inauthor = 0
        written = self._get_context().get("authors") or [{}]
        if text:
            written[-1].setdefault("name", text)

    def _sync_author_detail(self, *_: object) -> None:
        # Looks for a mail address with a quadratic pattern that cuts `@site.example` after `exam`.
        pass

    def _start_media_content(self, attributes: _Attributes) -> None:
        self._get_context().setdefault("media_content", []).append(attributes)
        self._picture = attributes

    def _end_media_content(self) -> None:
        self._picture = None

    def _start_media_description(self, _: _Attributes) -> None:
        self.push("media_text", 0)

    def _end_media_description(self) -> None:
        self._caption("description", self.pop("media_text"))

    def _start_media_title(self, _: _Attributes) -> None:
        self.push("media_text", 0)

    def _end_media_title(self) -> None:
        self._caption("title", self.pop("media_text"))

    def _caption(self, kind: str, value: str | None) -> None:
        if value and self._picture is not None:
            self._picture.setdefault(f"caption_{kind}", value)
        elif value:
            self._save(f"caption_{kind}", value)

    def _start_category(self, _: _Attributes) -> None:
        self.push("category", 0)

    def _end_category(self) -> None:
        self.pop("category")

    def _add_tag(self, *_: object) -> None:
        pass

    def _start_hour(self, _: _Attributes) -> None:
        self.push("hour", 0)

    def _end_hour(self) -> None:
        self._get_context().setdefault("skip_hours", []).append(self.pop("hour"))

    def _start_day(self, _: _Attributes) -> None:
        self.push("day", 0)

    def _end_day(self) -> None:
        self._get_context().setdefault("skip_days", []).append(self.pop("day"))


class _Strict(_Handlers, StrictFeedParser):  # type: ignore[misc]  # feedparser has no types
    pass


class _Loose(_Handlers, LooseFeedParser):  # type: ignore[misc]  # feedparser has no types
    pass


@dataclass(frozen=True, slots=True)
class Document:
    """What feedparser read: the feed's own data, its entries and the format (``rss20``, ``atom10``)."""

    feed: FeedParserDict
    entries: list[FeedParserDict]
    version: str


def read(document: str, address: str) -> Document:
    """Read what ``preclean`` made; relative addresses count from ``address`` and any xml:base."""
    parser: Any = _Strict(address, None, "utf-8")
    reader = xml.sax.make_parser()  # noqa: S317 - preclean left no DOCTYPE and no entity declarations
    reader.setFeature(feature_namespaces, True)
    reader.setFeature(feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    try:
        reader.parse(io.BytesIO(document.encode()))
    except (xml.sax.SAXException, UndeclaredNamespace):
        parser = _Loose(address, None, "utf-8", {})
        parser.feed(document)
    return Document(parser.feeddata, parser.entries, parser.version)
