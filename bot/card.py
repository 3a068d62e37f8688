"""Entry and the way its feed is shown → Card, the same for every platform."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.match import Field, Span
from bot.models import Card, Correction, Entry, Image, Look
from bot.text import ELLIPSIS, clean, clean_paragraphs, cut, cut_at

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

LEFT_OUT = f"{ELLIPSIS} "
"""In front of a summary that does not begin at its beginning."""

_PLAIN_HTTP = re.compile("http:", re.IGNORECASE)


Marks = tuple[tuple[int, int], ...]


def cleaned(entry: Entry) -> Entry:
    """Bring an entry's texts to the form that its card is cut from, the one for which spans are true."""
    return replace(
        entry,
        title=clean(entry.title),
        summary=clean_paragraphs(entry.summary),
        author=clean(entry.author or "") or None,
    )


def card(
    entry: Entry,
    *,
    source: str,
    source_link: str | None,
    now: datetime,
    correction: Correction | None = None,
    look: Look = Look(),  # noqa: B008 - frozen
    spans: Sequence[Span] = (),
) -> Card:
    """Make the card of an entry; ``source`` is the feed's name as the channel shows it.

    A date of publication after ``now`` shows as ``now``. An entry that says only when it was
    updated (Atom demands no more) shows that time; one without any date shows none. ``spans`` are
    the matched words in the entry as ``cleaned``: at least the first of them shows, if it can.
    """
    source = _line(source, NAME_LIMIT)
    entry = cleaned(entry)
    said = entry.published or entry.updated
    title = _line(entry.title, TITLE_LIMIT)
    author = _line(entry.author or "", NAME_LIMIT)
    title_marks = _marks(spans, Field.TITLE, _kept(title, entry.title))
    shown = title_marks or _marks(spans, Field.AUTHOR, _kept(author, entry.author or ""))
    summary, summary_marks = _summary(entry.summary, spans, anyhow=bool(shown))
    if look.compact:
        summary, summary_marks = "", ()
    return Card(
        title=title or entry.link or source,
        source=source,
        link=entry.link,
        summary=summary,
        author=author or None,
        source_link=source_link,
        image=None if look.compact or look.image == "none" else _image(entry.image),
        published=min(said, now) if said else None,
        correction=_corrected(correction),
        title_marks=title_marks,
        summary_marks=summary_marks,
        look=look,
    )


def _summary(text: str, spans: Sequence[Span], *, anyhow: bool) -> tuple[str, Marks]:
    """Cut a summary, from the first matched word's sentence on where otherwise none would show."""
    summary = cut(text, SUMMARY_LIMIT)
    marks = _marks(spans, Field.SUMMARY, _kept(summary, text))
    first = next((span for span in spans if span.field is Field.SUMMARY), None)
    if marks or anyhow or first is None:
        return summary, marks
    start, passage = cut_at(text, SUMMARY_LIMIT - len(LEFT_OUT), first.start)
    marks = _marks(spans, Field.SUMMARY, _kept(passage, text[start:]), begin=start)
    return LEFT_OUT + passage, tuple((a + len(LEFT_OUT), b + len(LEFT_OUT)) for a, b in marks)


def _marks(spans: Sequence[Span], field: Field, length: int, *, begin: int = 0) -> Marks:
    """Give the matched words within ``length`` characters of a field, counted from ``begin``."""
    end = begin + length
    return tuple(
        (span.start - begin, span.end - begin)
        for span in spans
        if span.field is field and begin <= span.start and span.end <= end
    )


def _kept(shown: str, text: str) -> int:
    """Say how much of a text stands in what was cut from it."""
    return len(shown) if text.startswith(shown) else len(shown.removesuffix(ELLIPSIS))


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
