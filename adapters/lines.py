"""A sentence as lines, each short enough for one message once it is written in a platform's mark-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from adapters.fit import size
from bot.prose import Bold, Code, Piece, Prose, plain, prose
from bot.text import clean


def lines(text: Prose, write: Callable[[Prose], str], most: int) -> Iterator[str]:
    """Write each line, in ``most`` UTF-16 units (``fit.size``); one that is longer becomes several."""
    rows: list[list[Piece]] = [[]]
    for piece in text:
        if isinstance(piece, str):
            first, *others = piece.split("\n")
            rows[-1].append(first)
            rows += [[other] for other in others]
        else:
            rows[-1].append(piece)
    for row in rows:
        yield from _fitting(prose(*row), write, most)


def _fitting(line: Prose, write: Callable[[Prose], str], most: int) -> Iterator[str]:
    """Halve a line until each part fits: parts of the sentence, not of its mark-up, which would break."""
    drawn = write(line)
    if size(drawn) <= most:
        yield drawn
        return
    for half in _halves(line):
        yield from _fitting(half, write, most)


def _halves(line: Prose) -> tuple[Prose, Prose]:
    middle = len(line) // 2
    if middle:
        return line[:middle], line[middle:]
    piece = line[0]
    match piece:
        case str(text):
            place = _gap(text)
            return prose(text[:place]), prose(text[place:])
        case Bold(text) | Code(text):
            place = _gap(text)
            return prose(replace(piece, text=text[:place])), prose(replace(piece, text=text[place:]))
    return prose(plain(line)), ()  # a link that no message holds


def _gap(text: str) -> int:
    middle = len(text) // 2
    return text.find(" ", middle, middle + 100) + 1 or middle


def kept(text: str) -> str:
    """Clean a part of a sentence, line by line, and leave the space by which it stands apart."""
    return "\n".join(map(_kept, text.split("\n")))


def _kept(line: str) -> str:
    core = clean(line)
    before = " " if line[:1].isspace() else ""
    after = " " if core and line[-1:].isspace() else ""
    return f"{before}{core}{after}"
