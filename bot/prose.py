"""Sentences as pieces: what a person or a feed wrote stays a piece of its own, so no mark-up comes out of it.

An adapter draws each piece in its platform's way and escapes its text; nobody pastes texts into
mark-up before that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.models import Reason, Target, Why


@dataclass(frozen=True, slots=True)
class Bold:
    """A name or a word that the sentence is about."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Something to type, or as it was typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; ``url`` is absolute http(s)."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Named:
    """A person or a channel, by the name the platform has for it; never a mention that rings."""

    target: Target


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, shown in the reader's own timezone where the platform can."""

    at: datetime


EVERYWHERE = "all feeds"
"""The scope of a follow that is bound to no feed."""

Piece = str | Bold | Code | Link | Named | Moment
Prose = tuple[Piece, ...]
"""Text for a person; a plain string may hold line breaks, and a line that begins with ``• `` is an item."""


def prose(*parts: Piece | Prose) -> Prose:
    """Join pieces and sentences into one; neighbouring strings become one string."""
    joined: list[Piece] = []
    for part in parts:
        for piece in part if isinstance(part, tuple) else (part,):
            if isinstance(piece, str) and joined and isinstance(joined[-1], str):
                joined[-1] += piece
            elif piece != "":
                joined.append(piece)
    return tuple(joined)


def listed(items: Sequence[Piece | Prose], *, between: str = ", ", last: str | None = None) -> Prose:
    """Write items in a row: a, b and c with ``last=" and "``."""
    parts: list[Piece | Prose] = []
    for number, item in enumerate(items):
        if number:
            parts.append(last if last is not None and number == len(items) - 1 else between)
        parts.append(item)
    return prose(*parts)


def because(why: Why) -> Prose:
    """Say in a line why a card comes: what matched and where, and by which follows, whose they are."""
    return listed(grounds(why), between=" · ")


def grounds(why: Why) -> list[Prose]:
    """Say why a card comes in parts: what matched and where, then for each person their follows."""
    found = prose("Matched ", _words(why), f" ({', '.join(why.fields)})") if why.words else ()
    by_owner: dict[Target | None, list[Prose]] = {}
    for reason in why.reasons:
        by_owner.setdefault(reason.owner, []).append(prose(Code(reason.query), " in ", _scope(reason)))
    follows = [_whose(owner, said) for owner, said in by_owner.items()]
    return [part for part in (found, *follows) if part]


def _whose(owner: Target | None, follows: Sequence[Prose]) -> Prose:
    said = listed(follows, last=" and ")
    if owner is not None:
        return prose(Named(owner), " follows ", said)
    return prose("your follow " if len(follows) == 1 else "your follows ", said)


def matched(why: Why) -> Prose:
    """Say it shorter, for a line of a digest; nothing where no word is known."""
    return prose("matched ", _words(why)) if why.words else ()


def _words(why: Why) -> Prose:
    return listed([Bold(word) for word in why.words], last=" and ")


def _scope(reason: Reason) -> Piece:
    return reason.scope if reason.scope == EVERYWHERE else Bold(reason.scope)


def plain(text: Prose) -> str:
    """Write it without any mark-up, for notifications, screen readers and logs; times in UTC."""
    return "".join(map(_plain, text))


def _plain(piece: Piece) -> str:
    match piece:
        case str():
            return piece
        case Bold(text) | Link(text, _):
            return text
        case Code(text):
            return f"`{text}`"
        case Named(target):
            return f"#{target.id}" if target.kind == "channel" else f"@{target.id}"
        case Moment(at):
            return f"{at.astimezone(UTC):%d %b %Y, %H:%M} UTC".lstrip("0")
