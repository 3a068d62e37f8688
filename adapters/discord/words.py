"""Words as Discord's markdown: prose, matched words, times and links, each piece escaped in its own way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from yarl import URL

from adapters.discord.escape import GUARD, code, escape, escape_cleaned, escape_lines, label
from adapters.discord.limits import URL_MOST
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Link, Moment, Named, Piece, Prose, prose
from bot.text import clean, clean_paragraphs

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No sign out of which a masked link could break; % stays, for what is encoded already stays so.
_SAFE = "%/:?#@!$&'*+,;=-._~"
_ADDRESS = re.compile(r"https?://[a-z0-9](?:[a-z0-9_-]|\.(?!\.))*(?::[0-9]{1,5})?(?:[/?#].*)?", re.IGNORECASE)
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
            return escape_cleaned("\n".join(map(_within, piece.split("\n"))))
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


def _within(line: str) -> str:
    """Clean a part of a line, and leave the space by which it stands apart from its neighbours."""
    core = clean(line)
    before = " " if line[:1].isspace() else ""
    after = " " if core and line[-1:].isspace() else ""
    return f"{before}{core}{after}"


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
    target = address(url)
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


def address(url: str | None) -> str | None:
    """Bring a web page's address to ASCII that can stand in a masked link or an embed; None: it cannot."""
    text = clean(url or "")
    if not text.isascii():
        try:
            text = str(URL(text))
        except ValueError:
            return None
    text = quote(text, safe=_SAFE)
    return text if len(text) <= URL_MOST and _ADDRESS.fullmatch(text) else None


def marked(text: str, marks: Sequence[tuple[int, int]]) -> str:
    """Write a card's text with its matched words in bold.

    A text that had to be cleaned is not the one in which the words were counted, so none is bold.
    """
    if clean_paragraphs(text) != text:
        return escape_lines(text)
    parts: list[str] = []
    at = 0
    for start, end in _apart(marks, len(text)):
        parts += [escape_cleaned(text[at:start]), "**", escape_cleaned(text[start:end]), "**"]
        at = end
    return "".join(parts) + escape_cleaned(text[at:])


def _apart(marks: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Join marks that touch, and leave out those that reach beyond what is left of the text."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if not 0 <= start < end <= length:
            continue
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
