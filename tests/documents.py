"""Feeds for tests, as small as they can be and still be feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an RSS document; what is None is left out."""

    n: int
    title: str | None = None
    guid: str | None = None
    link: str | None = None
    summary: str = "Something happened, and this is about it."
    image: str | None = None
    dated: bool = True

    def xml(self) -> str:
        """Write it down."""
        title = self.title if self.title is not None else f"Title {self.n}"
        link = self.link if self.link is not None else f"https://news.example/articles/{self.n}"
        guid = self.guid if self.guid is not None else f"guid-{self.n}"
        date = f"<pubDate>{format_datetime(START + timedelta(hours=self.n))}</pubDate>" if self.dated else ""
        image = f'<enclosure url="{escape(self.image)}" type="image/jpeg" length="1"/>' if self.image else ""
        return (
            f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
            f"<guid>{escape(guid)}</guid>{date}<description>{escape(self.summary)}</description>{image}</item>"
        )


def rss(*items: Item, title: str = "Example News", extra: str = "") -> bytes:
    """Write a document with these items, in this order."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>https://news.example/</link><description>For tests</description>{extra}"
        f"{''.join(item.xml() for item in items)}</channel></rss>"
    ).encode()


def newest_first(*numbers: int) -> bytes:
    """Write a document with plain items of these numbers, the highest first."""
    return rss(*(Item(n) for n in sorted(numbers, reverse=True)))
