"""Entry and the way its feed is shown → Card, the same for every platform."""

from __future__ import annotations

import re
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.models import Card, Correction, Entry, Image
from bot.text import clean, clean_paragraphs, cut

TITLE_LIMIT = 250
"""Discord refuses an embed whose title is longer than 256 characters; Slack takes 3,000 in a section."""
SUMMARY_LIMIT = 320
"""What a card shows of a summary; matching sees the whole."""
NAME_LIMIT = 120
"""Of the feed's name and of the authors': a paper with forty authors still fits on one line or two."""
ALT_LIMIT = 1_000
"""Alt text is read aloud, not looked at: nearly all of it stays (Discord takes 1,024, Slack 2,000)."""

NO_ALT = "Article image; no description supplied by the publisher"
"""Honest, and no repeat of the title: a person who cannot see the picture learns why nothing is said."""

_PLAIN_HTTP = re.compile("http:", re.IGNORECASE)


def card(
    entry: Entry,
    *,
    source: str,
    source_link: str | None,
    now: datetime,
    correction: Correction | None = None,
) -> Card:
    """Make the card of an entry; ``source`` is the feed's name as the channel shows it.

    A date of publication after ``now`` shows as ``now``. An entry that says only when it was
    updated (Atom demands no more) shows that time; one without any date shows none.
    """
    source = _line(source, NAME_LIMIT)
    said = entry.published or entry.updated
    return Card(
        title=_line(entry.title, TITLE_LIMIT) or entry.link or source,
        source=source,
        link=entry.link,
        summary=cut(clean_paragraphs(entry.summary), SUMMARY_LIMIT),
        author=_line(entry.author or "", NAME_LIMIT) or None,
        source_link=source_link,
        image=_image(entry.image),
        published=min(said, now) if said else None,
        correction=_corrected(correction),
    )


def _line(text: str, limit: int) -> str:
    """Cut at a word: a headline's first sentence alone would be another headline."""
    text = clean(text)
    return text if len(text) <= limit else cut(text, limit, least=limit)


def _corrected(correction: Correction | None) -> Correction | None:
    if correction is None or correction.earlier_title is None:
        return correction
    return Correction(correction.at, _line(correction.earlier_title, TITLE_LIMIT))


def _image(image: Image | None) -> Image | None:
    if image is None:
        return None
    return Image(_https(image.url), _line(image.alt or "", ALT_LIMIT) or NO_ALT)


def _https(url: str) -> str:
    """Ask for a public picture over https: chat clients show no other, and nearly every host has it.

    An address that cannot hold a certificate of its own stays what it is: a bare name, a literal
    address, a port that was chosen for plain http. There https would be a dead picture, and what
    the card says would not be true; an adapter whose platform takes only https leaves it out.
    """
    return _PLAIN_HTTP.sub("https:", url, count=1) if _may_speak_https(url) else url


def _may_speak_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme == "http" and port is None and "." in host.strip(".") and not _is_literal(host)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
