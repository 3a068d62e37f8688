"""Lists of feeds: written as OPML 2.0 (opml.org/spec2.opml), and what a read one asks to add; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from bot.errors import FeedError
from bot.guard import canonical, redact
from bot.parse import Outline, Outlines
from bot.text import clean

FEEDS_LIMIT = 500
"""Feeds of one list that are kept; nobody reads that many in a chat."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed in a list, and the folders it lies in, outermost first.

    ``link`` is the address of its site; it is written for other programs and not read back.
    """

    address: str
    title: str = ""
    path: tuple[str, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a list asks to add: feeds under addresses in one form, each once."""

    feeds: tuple[Listed, ...]
    unreadable: tuple[str, ...] = ()
    """Names of what cannot be a feed here: another list, an address that is none."""
    left_out: int = 0
    """How many more the list names."""


def read(outlines: Outlines) -> FeedList:
    """Take the feeds out of a list; whether they can be fetched is not looked at."""
    feeds: dict[str, Listed] = {}
    unreadable: list[str] = []
    for outline in outlines.found:
        address = _address(outline)
        if address is None:
            unreadable.append(outline.title or redact(outline.address) or "(no name)")
        elif address not in feeds:
            title = "" if outline.title == outline.address else outline.title
            feeds[address] = Listed(address, title, outline.path)
    kept = tuple(feeds.values())[:FEEDS_LIMIT]
    return FeedList(kept, tuple(unreadable), left_out=len(feeds) - len(kept) + outlines.beyond)


def _address(outline: Outline) -> str | None:
    address = outline.address
    scheme, _, rest = address.partition(":")
    if scheme.lower() == "feed":
        # feed://site/x is http://site/x, feed:https://site/x the address within (draft-obasanjo-feed-uri).
        address = f"http:{rest}" if rest.startswith("//") else rest
    try:
        return str(canonical(address))
    except FeedError:
        return None


def write(feeds: Iterable[Listed], *, title: str, now: datetime) -> bytes:
    """Write a list, a folder for each path; ``now`` is an aware time.

    Folders say what ``category`` would, and a name may hold a slash or a comma there.
    """
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = clean(title)
    ET.SubElement(head, "dateCreated").text = format_datetime(now)
    folders: dict[tuple[str, ...], ET.Element] = {(): ET.SubElement(root, "body")}
    for feed in feeds:
        folder = _folder(folders, tuple(filter(None, map(clean, feed.path))))
        name = clean(feed.title) or clean(feed.address)
        outline = ET.SubElement(folder, "outline", type="rss", text=name, title=name)
        outline.set("xmlUrl", clean(feed.address))
        if feed.link:
            outline.set("htmlUrl", clean(feed.link))
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _folder(folders: dict[tuple[str, ...], ET.Element], path: tuple[str, ...]) -> ET.Element:
    """Return the folder of a path, made with all around it where it is new."""
    folder = folders[()]
    for depth, name in enumerate(path, start=1):
        inside = folders.get(path[:depth])
        if inside is None:
            inside = folders[path[:depth]] = ET.SubElement(folder, "outline", text=name, title=name)
        folder = inside
    return folder
