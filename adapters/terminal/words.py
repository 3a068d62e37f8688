"""Words on the screen: prose, times and links as rich draws them, and nothing that a terminal obeys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote

from rich.style import Style
from rich.text import Text

from bot.models import Correction, Target, TargetKind
from bot.prose import Bold, Code, Link, Moment, Named, Piece, Prose
from bot.text import clean

MARKED = "bold reverse"
"""Matched words: seen with colours and without."""

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def named(target: Target) -> str:
    """Write a channel with #, a person with @."""
    return f"{'@' if target.kind is TargetKind.PERSON else '#'}{clean(target.id)}"


def moment(at: datetime, zone: tzinfo | None = None) -> str:
    """Write a time with its distance from UTC, in ``zone`` or this machine's: 15 Apr 2026, 13:50 UTC."""
    at = _local(at, zone)
    offset = at.strftime("%z")
    away = "" if offset in {"", "+0000"} else f"{offset[:3]}:{offset[3:5]}"
    return f"{at.day} {at:%b} {at.year}, {at:%H:%M} UTC{away}"


def corrected(correction: Correction, zone: tzinfo | None = None) -> str:
    """Say in words what was changed, since nothing else marks it."""
    at = f"{_local(correction.at, zone):%H:%M}"
    if correction.earlier_title is None:
        return f"Corrected {at}."
    return f"Headline corrected {at}. Earlier: “{clean(correction.earlier_title)}”"


def text_of(prose: Prose, zone: tzinfo | None = None, *, hyperlinks: bool = False) -> Text:
    """Draw a sentence; where there are no ``hyperlinks`` the address of a link stands behind its text."""
    text = Text()
    for piece in prose:
        text.append_text(_piece(piece, zone, hyperlinks=hyperlinks))
    return text


def _piece(piece: Piece, zone: tzinfo | None, *, hyperlinks: bool) -> Text:
    match piece:
        case str():
            return Text("\n".join(map(_within, piece.split("\n"))))
        case Bold(text):
            return Text(clean(text), "bold")
        case Code(text):
            return Text(f"`{clean(text)}`", "cyan")
        case Named(target):
            return Text(named(target), "bold")
        case Moment(at):
            return Text(moment(at, zone))
        case Link(text, url):
            shown = clean(text)
            if not hyperlinks and clean(url) not in {"", shown}:
                shown = f"{shown} ({clean(url)})"
            return Text(shown, Style(underline=True, link=hyperlink(url)))


def _within(line: str) -> str:
    """Clean a part of a line, and leave the space by which it stands apart from its neighbours."""
    core = clean(line)
    before = " " if line[:1].isspace() else ""
    after = " " if core and line[-1:].isspace() else ""
    return f"{before}{core}{after}"


def marked(shown: str, text: str, marks: Sequence[tuple[int, int]], style: str | Style = "") -> Text:
    """Draw a card's text as it is ``shown``, the matched words of ``text`` marked.

    A text that had to be cleaned is not the one in which the words were counted, so none is marked.
    """
    drawn = Text(shown, style)
    if shown == text:
        for start, end in marks:
            drawn.stylize(MARKED, start, end)
    return drawn


def hyperlink(address: str | None) -> str | None:
    """Bring an address to the printable ASCII that OSC 8 allows, out of which nothing can break."""
    address = clean(address or "")
    return quote(address, safe=_PRINTABLE) if address.lower().startswith(("http://", "https://")) else None


def _local(at: datetime, zone: tzinfo | None) -> datetime:
    try:
        return at.astimezone(zone)
    except (OverflowError, OSError, ValueError):  # the first or last day of the calendar
        return at.astimezone(UTC)
