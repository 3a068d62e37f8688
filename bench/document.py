"""The documents of the benchmark's site: RSS of 50 entries, of the size and make of a newspaper's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b

ENTRIES = 50
TYPE = "application/rss+xml; charset=utf-8"
_START = datetime(2024, 1, 5, 6, tzinfo=UTC)
_GAP = timedelta(hours=1)
_TEXT = (
    "The harbour board said on Thursday that the ferry to the outer islands will run again from Monday, "
    "after a winter in which storms had kept it in port for all but nine days. Islanders &amp; traders "
    "had asked for a second boat; the board’s answer, that one is <b>cheaper</b> than two, did not please "
    "them. A vote on the timetable follows in the spring, and the old pier is to be mended before it, at a "
    "cost which nobody would put a number to on the day..."
)


def host(feed: int) -> str:
    """Give each feed an address of its own in 127.0.0.0/8."""
    return f"127.1.{feed >> 8}.{feed & 255}"


def guid(place: str, number: int) -> str:
    """Name an entry of the feed at a place."""
    return f"http://{place}/article/{number}/ferry-to-the-outer-islands"


def title(place: str, number: int) -> str:
    """Head an entry of the feed at a place."""
    return f"Ferry to the outer islands runs again, says {place} in bulletin {number}"


def published(number: int) -> datetime:
    """Date an entry: one an hour."""
    return _START + number * _GAP


def document(place: str, *, newest: int = ENTRIES) -> bytes:
    """Write a feed whose newest entry has this number, newest first."""
    numbers = range(newest, newest - ENTRIES, -1)
    items = "".join(_item(place, number) for number in numbers)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel><title>The {place} Bulletin</title><link>http://{place}/</link>"
        f"<description>News from the islands</description><language>en</language>{items}</channel></rss>"
    ).encode()


def _item(place: str, number: int) -> str:
    link = f"{guid(place, number)}?utm_source=rss_feed"
    picture = f"http://{place}/pictures/{number}.jpg?itok=v4Rt&amp;v=1"
    return (
        f"<item><title>{title(place, number)}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid>'
        "<dc:creator>Marit Holm</dc:creator><author>Marit Holm</author>"
        f"<description><![CDATA[<p>{_TEXT}</p>]]></description>"
        f"<pubDate>{format_datetime(published(number))}</pubDate>"
        f'<media:content url="{picture}" medium="image" type="image/jpeg" width="1200" height="630">'
        f"<media:description>The ferry at the pier</media:description></media:content>"
        f'<media:thumbnail url="{picture}" width="120" height="63"/></item>'
    )


def body_hash(body: bytes) -> bytes:
    """Digest a body as ``bot.fetch`` does; a benchmark of known bodies stops if the two part ways."""
    return blake2b(body, digest_size=16).digest()
