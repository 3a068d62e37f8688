"""One document, from bytes to entries: the plain function that a worker process runs."""

from __future__ import annotations

from bot.errors import FeedError
from bot.models import ParsedFeed
from bot.parse.encoding import decode
from bot.parse.feed import read_feed
from bot.parse.jsonfeed import read_json_feed

UNREADABLE = (
    "The feed is damaged in a way that wireroom cannot read. Open its address in a browser: "
    "if it looks right there, report the address to wireroom."
)


def parse_document(
    body: bytes, *, address: str, content_type: str | None = None, keep_tracking: bool = False
) -> ParsedFeed:
    """Read RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 or JSON Feed; touches neither files nor network.

    ``address`` is where the body came from, after redirects. Raises FeedError and nothing else, but
    for MemoryError; how long it takes is for the caller to limit (see ``bot.parse.Parser``).
    """
    try:
        text = decode(body, content_type)
        read = read_json_feed if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["} else read_feed
        return read(text, address=address, keep_tracking=keep_tracking)
    except (FeedError, MemoryError):
        raise
    # feedparser raises whatever its handlers trip over; none of it may end more than this poll.
    except Exception as error:
        raise FeedError(UNREADABLE) from error
