"""The sample site: two feeds on 127.0.0.1 that publish while you watch."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

from aiohttp import web

from bot.clock import utc_now
from bot.demo.articles import OLDER, RELEASES, Article, coming


class Site:
    """A newsroom with an RSS feed and a project with an Atom feed."""

    def __init__(self) -> None:
        self.address = ""
        self.published: dict[str, datetime] = {}
        """When each link came up while the bot was looking."""
        start = utc_now()
        self._news = [(article, start - timedelta(hours=5 - n)) for n, article in enumerate(OLDER)]
        self._coming = coming()
        self._releases = [(RELEASES[0], start - timedelta(days=9))]
        self._corrected = False

    @property
    def place(self) -> str:
        """Host and port, as WIREROOM_ALLOW_HOSTS wants them."""
        return self.address.removeprefix("http://")

    def publish(self) -> None:
        """Bring up the next article, and every fourth time a release."""
        article = next(self._coming)
        now = utc_now()
        self._news.append((article, now))
        self.published[self._link(article)] = now
        if len(self.published) % 4 == 0 and len(self._releases) < len(RELEASES):
            release = RELEASES[len(self._releases)]
            self._releases.append((release, now))
            self.published[self._release_link(release[0])] = now

    def correct(self) -> None:
        """Correct the headline that came up last, as publishers do."""
        article, at = self._news[-1]
        title = article.title.replace("A ", "The first ", 1)
        self._news[-1] = (Article(article.slug, title, article.author, article.summary, article.alt), at)

    def _link(self, article: Article) -> str:
        return f"{self.address}/articles/{article.slug}"

    def _release_link(self, title: str) -> str:
        return f"{self.address}/releases/{title.replace(' ', '-').lower()}"

    def rss(self) -> str:
        """Write the newsroom's feed, newest first."""
        items = "".join(self._item(article, at) for article, at in reversed(self._news))
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:media="http://search.yahoo.com/mrss/"><channel>'
            f"<title>The Sample Wire</title><link>{self.address}/</link><language>en</language>"
            f"<description>Invented news for a demo</description>{items}</channel></rss>"
        )

    def _item(self, article: Article, at: datetime) -> str:
        link = self._link(article)
        alt = f"<media:description>{escape(article.alt)}</media:description>" if article.alt else ""
        return (
            f"<item><title>{escape(article.title)}</title><link>{link}?utm_source=rss_feed</link>"
            f'<guid isPermaLink="true">{link}?utm_source=rss_feed</guid>'
            f"<dc:creator>{escape(article.author)}</dc:creator>"
            f"<description>{escape(escape(article.summary))}</description>"
            f"<pubDate>{format_datetime(at)}</pubDate>"
            f'<media:content url="{self.address}/pictures/{article.slug}.png" medium="image" '
            f'type="image/png" width="640" height="360">{alt}</media:content></item>'
        )

    def atom(self) -> str:
        """Write the project's feed."""
        entries = "".join(
            f"<entry><title>{title}</title><id>{self._release_link(title)}</id>"
            f'<link rel="alternate" href="{self._release_link(title)}"/>'
            f"<author><name>The Sparrow project</name></author><updated>{at.isoformat()}</updated>"
            f"<published>{at.isoformat()}</published><summary>{text}</summary></entry>"
            for (title, text), at in reversed(self._releases)
        )
        updated = self._releases[-1][1].isoformat()
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
            f"<title>Sparrow releases</title><id>{self.address}/releases</id>"
            f'<link href="{self.address}/releases"/><updated>{updated}</updated>{entries}</feed>'
        )

    async def serve_news(self, request: web.Request) -> web.Response:
        """Answer for the newsroom's feed."""
        return _document(request, self.rss(), "application/rss+xml")

    async def serve_releases(self, request: web.Request) -> web.Response:
        """Answer for the project's feed."""
        return _document(request, self.atom(), "application/atom+xml")

    async def serve_picture(self, request: web.Request) -> web.Response:
        """Answer with a picture, so that the addresses on the cards lead somewhere."""
        return web.Response(body=_png(request.match_info["name"]), content_type="image/png")

    async def serve_page(self, request: web.Request) -> web.Response:
        """Answer for an article's own page."""
        return web.Response(text=f"Invented for the demo of wireroom: {request.match_info['name']}\n")


def _document(request: web.Request, text: str, content_type: str) -> web.Response:
    body = text.encode()
    etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={"ETag": etag})
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers={"ETag": etag})


def _png(name: str) -> bytes:
    """Paint 64 × 36 pixels in a colour that the name decides."""
    red, green, blue = hashlib.blake2b(name.encode(), digest_size=3).digest()
    rows = (b"\0" + bytes((red, green, blue)) * 64) * 36

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 64, 36, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@asynccontextmanager
async def serving() -> AsyncIterator[Site]:
    """Serve the sample site on a free port of 127.0.0.1 while the context lasts."""
    site = Site()
    app = web.Application()
    app.add_routes(
        [
            web.get("/news.rss", site.serve_news),
            web.get("/releases.atom", site.serve_releases),
            web.get("/pictures/{name}", site.serve_picture),
            web.get("/articles/{name}", site.serve_page),
            web.get("/releases/{name}", site.serve_page),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield site
    finally:
        await runner.cleanup()
