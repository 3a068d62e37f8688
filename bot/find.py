"""Where the terms of a query stand in the texts of an entry."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import chain

from bot.grams import Chunks, of_part
from bot.models import Entry
from bot.query import Term
from bot.words import Word, capitals, chunks, is_run


class Field(StrEnum):
    """Where in an entry a word was found."""

    TITLE = "title"
    SUMMARY = "summary"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Span:
    """A place in an entry's own text, in code points."""

    field: Field
    start: int
    end: int


class Pages:
    """An entry's texts, taken apart into words when they are first asked for."""

    def __init__(self, entry: Entry, known: Chunks) -> None:
        self.texts = {
            Field.TITLE: entry.title,
            Field.SUMMARY: entry.summary,
            Field.AUTHOR: entry.author or "",
        }
        self._chunks = known
        self._pages: dict[Field, _Page] = {}

    def has(self, term: Term) -> bool:
        """Say whether a term stands anywhere it may."""
        return any(self._page(field).has(term) for field in _fields(term))

    def find(self, term: Term) -> Iterator[Span]:
        """Yield each place where a term stands."""
        for field in _fields(term):
            for start, end in self._page(field).find(term):
                yield Span(field, start, end)

    def _page(self, field: Field) -> _Page:
        page = self._pages.get(field)
        if page is None:
            page = self._pages[field] = _Page(self.texts[field], self._chunks)
        return page


class _Page:
    """The words of one text."""

    def __init__(self, text: str, known: Chunks) -> None:
        self._text, self._speech = text, known.speech
        self._pieces = [known[chunk] for chunk in text.split()]
        self._words = [word for piece in self._pieces for word in piece.words]

    def has(self, term: Term) -> bool:
        """Say whether a term is there; most often a look at the folded line answers that."""
        one = len(term.parts) == 1
        if one and term.prefix:
            return f" {term.parts[0]}" in self._line
        if any(map(is_run, term.parts)):
            return term.parts[0] in self._line if one else next(self._starts(term), None) is not None
        if term.exact and not any(map(capitals, term.parts)):
            return f" {' '.join(term.parts)} " in self._line
        return next(self._starts(term), None) is not None

    def find(self, term: Term) -> Iterator[tuple[int, int]]:
        """Yield from where to where in the text it stands, each time."""
        for first in self._starts(term):
            one, other = self._placed[first], self._placed[first + len(term.parts) - 1]
            if len(term.parts) == 1 and one.run:
                yield from _inside(one, term.parts[0])
                continue
            start = one.places[-1 - len(term.parts[0])] if one.run else one.start
            yield (
                start,
                _run_end(other, len(term.parts[-1])) if other.run else _word_end(other, term.parts[-1]),
            )

    def _starts(self, term: Term) -> Iterator[int]:
        """Yield the numbers of the words at which a term begins."""
        first, *later = [self._fitting(term, at) for at in range(len(term.parts))]
        followed = [set(numbers) for numbers in later]
        for number in first:
            if all(number + step in numbers for step, numbers in enumerate(followed, start=1)):
                yield number

    def _fitting(self, term: Term, at: int) -> list[int]:
        """Give the numbers of the words that fit one part of a term."""
        part, last = term.parts[at], len(term.parts) - 1
        numbers = self._at.get(of_part(term, at, self._speech)[0], [])
        if is_run(part):
            # Side by side: between a run's part and its neighbour there are no other letters.
            folded = ((number, self._words[number].folded) for number in numbers)
            return [
                number
                for number, run in folded
                if part in run and (at == 0 or run.startswith(part)) and (at == last or run.endswith(part))
            ]
        if term.prefix and at == last:
            return [number for number in numbers if self._words[number].folded.startswith(part)]
        return numbers

    @cached_property
    def _line(self) -> str:
        """The folded words, with a space before and after each: two where there is a gap."""
        return f" {' '.join([word.folded for word in self._words])} "

    @cached_property
    def _at(self) -> dict[str, list[int]]:
        """The numbers of the words that have a gram."""
        at: defaultdict[str, list[int]] = defaultdict(list)
        for number, grams in enumerate(chain.from_iterable([piece.each for piece in self._pieces])):
            for gram in dict.fromkeys(grams):
                at[gram].append(number)
        return at

    @cached_property
    def _placed(self) -> list[Word]:
        """The words as they stand in the text."""
        pieces = zip(chunks(self._text), self._pieces, strict=True)
        return [word.moved(start) for (start, _), piece in pieces for word in piece.words]


def _fields(term: Term) -> tuple[Field, ...]:
    return (Field(term.place),) if term.place else (Field.TITLE, Field.SUMMARY)


def _inside(run: Word, part: str) -> Iterator[tuple[int, int]]:
    """Yield where a part stands in a run."""
    at = run.folded.find(part)
    while at >= 0:
        yield run.places[at], _run_end(run, at + len(part))
        at = run.folded.find(part, at + len(part))


def _word_end(word: Word, part: str) -> int:
    """Leave a possessive ending out: of CATL's it is CATL that was looked for."""
    return word.end - len("'s") if word.folded.endswith("'s") and not part.endswith("'s") else word.end


def _run_end(word: Word, at: int) -> int:
    """Find where a folded character ends that may be one of several in one (``㌔``)."""
    return word.places[bisect_right(word.places, word.places[at - 1])]
