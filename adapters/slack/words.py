"""Words as Slack shows them: prose, times and links as mrkdwn, matched words as parts of a rich text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime
from typing import Any, TypeGuard

from yarl import URL

from adapters.address import address
from adapters.lines import kept
from adapters.marks import parts as marks_of
from adapters.slack.escape import GUARD, code, escape, escape_cleaned, href, label
from adapters.slack.limits import URL_MOST
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Link, Moment, Named, Piece, Prose, prose
from bot.text import clean

Element = Mapping[str, Any]
"""A part of a rich text as Slack documents it."""

Called = Callable[[Target], str | Named]
"""How a person is called: by a name, which rings nobody, or ``Named``: by a mention."""

WHEN = "{date_short_pretty} at {time}"
_ID = re.compile(r"[A-Z0-9]{1,30}")
# Where bold and code begin and end: beside white space and these signs, as slack-message-parser has it.
_BEFORE = re.compile(r"[\s.,(\[{!?=-]\Z")
_AFTER = re.compile(r"[\s.,)\]}!?=-]")


def somebody(target: Target) -> str:
    """Call a person nothing.

    Slack notifies whoever a message of an app mentions ("the mentioned user will also be notified",
    docs.slack.dev/messaging/formatting-message-text), and there is no mention that does not; the name
    itself takes the scope users:read. So this is how people are called unless whoever writes knows better.
    """
    del target
    return "somebody"


def mentioned(target: Target) -> Named:
    """Call a person by a mention.

    It rings nobody in what only one person sees: an ephemeral reply, a form, a home. Elsewhere it rings, so
    it is for those alone who did themselves what the sentence says, there and then.
    """
    return Named(target)


def mrkdwn(sentence: Prose, *, called: Called = somebody) -> str:
    """Write a sentence, its own mark-up and none besides; items and line breaks stay."""
    parts: list[str] = []
    before: Piece = ""
    for piece in _pieces(sentence, called):
        part = _piece(piece)
        if parts and (
            (isinstance(piece, Bold | Code) and not _BEFORE.search(parts[-1]))
            or (isinstance(before, Bold | Code) and not _AFTER.match(part))
        ):
            parts.append(GUARD)  # the edge of a word, without which a mark is shown as it is
        parts.append(part)
        before = piece
    return "".join(parts)


def _pieces(sentence: Prose, called: Called) -> Prose:
    """Give the pieces that show something, people called what they are; neighbouring texts are one."""
    people = (called(piece.target) if _is_person(piece) else piece for piece in sentence)
    return prose(*filter(_piece, people))


def _is_person(piece: Piece) -> TypeGuard[Named]:
    return isinstance(piece, Named) and piece.target.kind is TargetKind.PERSON


def _piece(piece: Piece) -> str:
    match piece:
        case str():
            return escape_cleaned(kept(piece))
        case Bold(text):
            return bold(text)
        case Code(text):
            return code(text)
        case Link(text, url):
            return linked(text, url)
        case Named(target):
            return named(target)
        case Moment(at):
            return moment(at)


def bold(text: str) -> str:
    """Write a text in bold; it must stand beside the edge of a word."""
    shown = escape(text)
    return f"*{shown}*" if shown else ""


def named(target: Target) -> str:
    """Write a channel by its name, as Slack shows it, or a person by a mention: that one rings."""
    sign = "@" if target.kind is TargetKind.PERSON else "#"
    return f"<{sign}{target.id}>" if _ID.fullmatch(target.id) else escape(f"{sign}{target.id}")


def moment(at: datetime) -> str:
    """Write a time that Slack shows in the reader's own timezone; in words where Slack knows no such time."""
    if not _is_sendable(at):
        return in_words(at)
    return f"<!date^{int(at.timestamp())}^{WHEN}|{in_words(at)}>"


def _is_sendable(at: datetime) -> bool:
    """Slack counts from 1970; whoever shows the calendar's last day in a timezone falls off its end."""
    return at.year < MAXYEAR and at.timestamp() > 0


def in_words(at: datetime) -> str:
    """Write a time for those who are shown no other: “Apr 15, 2026 13:50 UTC”."""
    at = at.astimezone(UTC) if 1 < at.year < MAXYEAR else at
    zone = at.tzname() or "UTC"
    return f"{at:%b} {at.day}, {at:%Y %H:%M} {zone}"


def linked(text: str, url: str | None) -> str:
    """Write a link with its label, or the label alone where the address is no web page's or too long."""
    target = address(url, URL_MOST)
    if target is None:
        return escape(text)
    return f"<{href(target)}|{label(text) or URL(target).host}>"


def plain(text: str, **style: bool) -> Element:
    """Make a text of a rich text, clean already."""
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def link(text: str, url: str | None, **style: bool) -> Element:
    """Make a link of a rich text, or its label alone where the address is no web page's or too long."""
    target = address(url, URL_MOST)
    if target is None:
        return plain(clean(text), **style)
    element = {"type": "link", "url": target, "text": clean(text) or URL(target).host}
    return element | ({"style": style} if style else {})


def marked(text: str, marks: Sequence[tuple[int, int]]) -> list[Element]:
    """Make the parts of a rich text of a card's text, its matched words in bold."""
    return [plain(part, bold=True) if is_marked else plain(part) for part, is_marked in marks_of(text, marks)]
