"""Where in a text the matched words stand: the text in parts, each marked or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.text import clean_paragraphs


def parts(text: str, marks: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """Divide a card's text into clean parts, each with whether it is a matched word.

    A text that had to be cleaned is not the one in which the words were counted, so none is marked.
    """
    cleaned = clean_paragraphs(text)
    if cleaned != text:
        marks = ()
    at = 0
    for start, end in _apart(marks, len(cleaned)):
        if start > at:
            yield cleaned[at:start], False
        yield cleaned[start:end], True
        at = end
    if at < len(cleaned):
        yield cleaned[at:], False


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
