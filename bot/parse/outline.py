"""OPML → outlines: what a list of feeds names, in the words of the list; nothing is judged here.

listparser is entered below its front door, as feedparser is: ``listparser.parse`` takes a string for an
address and fetches it, reads with lxml where that happens to be installed, and knows UTF-8 only. Entities
of the document's own never get as far as here (see ``preclean``), and listparser resolves none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from listparser.common import SuperDict
from listparser.opml import OpmlMixin

from bot.errors import FeedError, NotAFeed
from bot.parse.article import shorten
from bot.parse.encoding import decode
from bot.parse.preclean import preclean
from bot.text import clean

OUTLINES_LIMIT = 1_000
"""Feeds of one list that are read; of what is longer the rest is only counted."""

NO_LIST = (
    "That is no list of feeds (OPML) that I can read: one begins with `<opml` and ends with `</opml>`. "
    "Export it again from your feed reader and send all of it."
)
PAGE = (
    "That is a web page, not a list of feeds (OPML). Perhaps the site asks to log in: "
    "download the file there and send what is in it."
)

_TITLE_LIMIT = 200
# Nothing that is asked of a list stands in one, and Python's versions disagree about where it ends.
_CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_ELSEWHERE = frozenset({"link", "include"})
"""Types of outlines that lead to a page or another list (OPML 2.0, "Inclusion")."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed as a list names it: the address as written, and the folders it lies in, outermost first.

    ``address`` is "" where the outline stands for a page or another list instead.
    """

    address: str
    title: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlines:
    """What a list holds, each address once: its feeds in its order, then what is none."""

    found: tuple[Outline, ...] = ()
    beyond: int = 0
    """How many more there are that were not read."""


def read_outlines(body: bytes, *, content_type: str | None = None) -> Outlines:
    """Read OPML 1.0, 1.1 or 2.0; raises FeedError where it is none or does not end."""
    try:
        document = preclean(decode(body, content_type), roots={"opml"})
        reader = _Reader()
        reader.feed(_CDATA.sub("", document))
    except NotAFeed:
        raise FeedError(PAGE) from None
    except FeedError:
        raise FeedError(NO_LIST) from None
    except MemoryError:
        raise
    # listparser raises whatever it trips over; none of it may end more than this import.
    except Exception as error:
        raise FeedError(NO_LIST) from error
    if reader.rawdata:  # a quote that never ends, and all after it unread
        raise FeedError(NO_LIST)
    found = reader.found()
    outlines = tuple(_outline(address, read) for address, read in found[:OUTLINES_LIMIT])
    return Outlines(outlines, beyond=len(found) - len(outlines))


class _Reader(OpmlMixin):
    """What we read otherwise than listparser: ``url`` for ``xmlUrl``, one path a feed, stray end tags."""

    def __init__(self) -> None:
        super().__init__()
        self.harvest.update(feeds=[], lists=[], opportunities=[], meta=SuperDict())

    def found(self) -> list[tuple[str, dict[str, Any]]]:
        others = self.harvest["lists"] + self.harvest["opportunities"]
        return [(feed["url"], feed) for feed in self.harvest["feeds"]] + [("", other) for other in others]

    def start_opml_outline(self, attrs: dict[str, str]) -> None:
        given = dict(attrs)
        elsewhere = given.get("type", "").strip().lower() in _ELSEWHERE
        if "xmlurl" not in given and given.get("url") and not elsewhere:
            given["xmlurl"] = given["url"]
        address = given.get("xmlurl") or given.get("url") or given.get("htmlurl") or ""
        if (elsewhere or "xmlurl" in given) and address.strip() in self.found_urls:
            # Its first place counts: listparser would compare each further one with all before it.
            self.hierarchy.append("")
            return
        # Folders are what people see; the attribute cannot even hold a name with a comma in it.
        category = "" if any(self.hierarchy) else given.get("category", "")
        super().start_opml_outline(given | {"category": category.partition(",")[0]})

    def end_opml_outline(self) -> None:
        if self.hierarchy:
            super().end_opml_outline()


def _outline(address: str, read: dict[str, Any]) -> Outline:
    paths = read.get("categories") or [[]]
    names = (shorten(clean(name), _TITLE_LIMIT) for name in paths[0])
    title = shorten(clean(read["title"]), _TITLE_LIMIT)
    return Outline(address, title, tuple(filter(None, names)))
