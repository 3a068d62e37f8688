"""What every format has in common: an entry is made of plain text, in one way."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.models import SUMMARY_LIMIT, Entry, Image
from bot.text import clean, cut

_TITLE_LIMIT = 1_000
_MADE_UP_TITLE_LIMIT = 100
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")


def article(
    *,
    guid: object,
    title: str,
    summary: str,
    link: str | None,
    author: str | None,
    image: Image | None,
    times: tuple[datetime | None, datetime | None],
    language: str | None,
) -> Entry | None:
    """Make an entry, with the feed's own id as it stands; None if there is nothing to show.

    Without a title it gets the start of its text, else its address. ``times`` are published and
    updated; what was only ever updated (Atom asks for no more) counts as published then.
    """
    if not (title or summary or link):
        return None
    published, updated = times
    return Entry(
        guid=guid if isinstance(guid, str) else "",
        title=shorten(title, _TITLE_LIMIT) or _made_up_title(summary, link or ""),
        link=link,
        author=author,
        summary=shorten(summary, SUMMARY_LIMIT),
        image=image,
        published=published or updated,
        updated=updated,
        language=language,
    )


def shorten(text: str, limit: int) -> str:
    """Cut only what is too long; whatever else its publisher did to a text stays."""
    return text if len(text) <= limit else cut(text, limit)


def language(*claims: object) -> str | None:
    """Take the first claim that is a language tag (BCP 47), with hyphens."""
    for claim in claims:
        tag = str(claim or "").strip().replace("_", "-")
        if _LANGUAGE.fullmatch(tag):
            return tag
    return None


def utc(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime | None:
    """Make an aware time of what a feed says; None for a day that does not exist."""
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _made_up_title(summary: str, link: str) -> str:
    if summary:
        return cut(clean(summary), _MADE_UP_TITLE_LIMIT)
    parts = urlsplit(link)
    return cut(f"{parts.hostname}{parts.path.rstrip('/')}", _MADE_UP_TITLE_LIMIT)
