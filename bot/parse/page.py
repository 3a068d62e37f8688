"""A web page → the feeds it declares (HTML, 4.6.6.1 "alternate"); whether they are any is not looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from bot.parse.address import absolute
from bot.parse.article import shorten
from bot.parse.encoding import decode
from bot.text import clean

FEEDS_LIMIT = 20
"""Feeds of one page that are kept; blogs declare two or three, a portal perhaps a dozen."""

_LONGEST = 1 << 20
"""Characters of a page that are read: its head is far shorter, unless scripts and styles stand in it."""
_TITLE_LIMIT = 200
_CHARSET_WITHIN = 1_024
"""Bytes at the beginning within which a page has to name its encoding (HTML, 4.2.5.4)."""

_TYPES = frozenset(
    f"application/{kind}"
    for kind in ("rss+xml", "atom+xml", "feed+json", "json", "rdf+xml", "rss", "atom", "xml")
) | {"text/xml"}
_CHARSET = re.compile(rb"<meta\s[^>]{0,200}?(charset\s*=\s*[\"']?[A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageFeed:
    """A feed that a page declares: an absolute http(s) address and the page's words for it, if any."""

    address: str
    title: str = ""


def declared_feeds(body: bytes, *, address: str, content_type: str | None = None) -> tuple[PageFeed, ...]:
    """List the feeds a page declares, in its order and each once; ``address`` is where it came from."""
    page = LexborHTMLParser(_decode(body, content_type)[:_LONGEST])
    bases = [node.attributes.get("href") for node in page.css("base[href]")[:1]]
    base = absolute(bases[0], address) or address if bases else address
    found: dict[str, PageFeed] = {}
    for node in page.css("link[rel][type][href]"):
        given = node.attributes
        if not _is_feed(given.get("rel") or "", given.get("type") or ""):
            continue
        target = (absolute(given.get("href"), base) or "").partition("#")[0]
        if target and target not in found:
            found[target] = PageFeed(target, shorten(clean(given.get("title") or ""), _TITLE_LIMIT))
        if len(found) == FEEDS_LIMIT:
            break
    return tuple(found.values())


def _is_feed(rel: str, kind: str) -> bool:
    return "alternate" in rel.lower().split() and kind.partition(";")[0].strip().lower() in _TYPES


def _decode(body: bytes, content_type: str | None) -> str:
    # The header comes before what the page says of itself (HTML, 13.2.3.2).
    named = _CHARSET.search(body[:_CHARSET_WITHIN])
    charset = named[1].decode("ascii") if named else ""
    return decode(body, f"{content_type or ''}; {charset}")
