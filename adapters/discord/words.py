"""Words as Discord's markdown: prose, matched words, times and links, each piece escaped in its own way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from yarl import URL

from adapters.address import address
from adapters.discord.escape import GUARD, code, escape, escape_cleaned, label
from adapters.discord.limits import URL_MOST
from adapters.lines import kept
from adapters.marks import parts as marks_of
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Link, Moment, Named, Piece, Prose, prose

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INVITE = re.compile(r"(?:(?<=discord)|(?<=discordapp))\.(?=(?:gg|com|new|gift)/)", re.IGNORECASE)


def markdown(sentence: Prose) -> str:
    """Write a sentence, its own mark-up and none besides."""
    parts: list[str] = []
    before: Piece = ""
    for piece in prose(*filter(_piece, sentence)):  # where one is empty, its neighbours are one text
        if written := _piece(piece):
            if not isinstance(piece, str) and not isinstance(before, str):
                parts.append(GUARD)  # ``**a****b**`` would be one bold text, likewise code
            parts.append(written)
            before = piece
    return "".join(parts)


def _piece(piece: Piece) -> str:
    match piece:
        case str():
            return escape_cleaned(kept(piece))
        case Bold(text):
            return bold(text)
        case Code(text):
            return code(text)
        case Link(text, url):
            return masked(text, url, unfurls=False)
        case Named(target):
            return named(target)
        case Moment(at):
            return moment(at)


def bold(text: str) -> str:
    """Write a text in bold."""
    shown = escape(text)
    return f"**{shown}**" if shown else ""


def named(target: Target) -> str:
    """Write a person or a channel so that Discord shows its name; it rings nowhere."""
    is_person = target.kind is TargetKind.PERSON
    if target.id.isascii() and target.id.isdecimal():
        return f"<@{target.id}>" if is_person else f"<#{target.id}>"
    return escape(f"{'@' if is_person else '#'}{target.id}")


def moment(at: datetime, style: str = "f") -> str:
    """Write a time that Discord shows in the reader's own timezone, any time of the calendar."""
    return f"<t:{(at - _EPOCH) // timedelta(seconds=1)}:{style}>"


def masked(text: str, url: str | None, *, emoji: bool = True, unfurls: bool = True) -> str:
    """Write a link with its label, or the label alone where the address is no web page's or too long.

    Discord fetches no preview for an address between angle brackets.
    """
    target = address(url, URL_MOST)
    if target is None:
        return escape(text)
    target = _uninviting(target)
    host = URL(target).host or ""
    shown = label(text, emoji=emoji) or host
    return f"[{shown}]({target})" if unfurls else f"[{shown}](<{target}>)"


def _uninviting(target: str) -> str:
    """Write an address so that Discord, which reads the raw text, finds no invite behind its host.

    ``https://e.org/?a=discord.gg/x`` would show one to a server of strangers; ``%2E`` is the same dot.
    """
    host, path = re.split(r"(?<=[^/:])(?=[/?#])|\Z", target, maxsplit=1)
    return host + _INVITE.sub("%2E", path)


def marked(text: str, marks: Sequence[tuple[int, int]]) -> str:
    """Write a card's text with its matched words in bold."""
    written = ((escape_cleaned(part), is_marked) for part, is_marked in marks_of(text, marks))
    return "".join(f"**{part}**" if is_marked else part for part, is_marked in written)
