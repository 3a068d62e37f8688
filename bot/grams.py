"""What a text can be found by, and what a term can be found by: short texts that are equal or are not.

chip           any form of chip                 "chips       this very word
EV             EV or EVs, in capitals           "EVs         likewise
chi*           a word that starts so            solid state  two words side by side, in any form
半 半导        one or two letters of a run      @ren         a word of the author's name
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from typing import Self

from bot.inflect import stem
from bot.models import Entry
from bot.query import PREFIX, Term
from bot.words import Word, capitals, chunk_words, is_run

CHUNKS_LIMIT = 20_000
"""Pieces of text whose grams are remembered, for each kind of word forms."""
CHUNK_LIMIT = 40
"""Characters of such a piece; a sentence without spaces is not worth remembering."""


def of_word(word: Word, speech: str) -> tuple[str, ...]:
    """Give all by which a word of a text can be found."""
    folded = word.folded
    if not folded:
        return ()
    if word.run:
        return (*folded, *(one + other for one, other in pairwise(folded)))
    found = (_stem(word.cased, speech), f'"{folded}', f"{folded[:PREFIX]}*")
    in_capitals = capitals(word.cased)
    return (*found, in_capitals, f'"{word.cased}') if in_capitals else found


def of_part(term: Term, at: int, speech: str) -> tuple[str, ...]:
    """Give what every word holds that fits a part of a term: one gram, or all the pairs of a run."""
    part = term.parts[at]
    if is_run(part):
        return tuple(one + other for one, other in pairwise(part)) or (part,)
    if term.exact:
        return (f'"{part}',)
    if term.prefix and at == len(term.parts) - 1:
        return (f"{part[:PREFIX]}*",)
    return (capitals(part) or stem(part, speech),)


@dataclass(frozen=True, slots=True)
class Need:
    """What an entry must hold for a term to be in it; ``enough``: then it is, without a closer look."""

    grams: tuple[str, ...]
    enough: bool


def of_term(term: Term, speech: str) -> Need:
    """Give what a term cannot be found without."""
    parts = [of_part(term, at, speech) for at in range(len(term.parts))]
    if term.place == "author":
        # A run of the author's name is filed by its single letters as well, like every run.
        return Need(tuple(f"@{gram}" for gram in chain.from_iterable(parts)), enough=False)
    settled = all(map(_is_settled, term.parts)) and not (term.prefix and len(term.parts[-1]) > PREFIX)
    if len(parts) == 1:
        return Need(parts[0], enough=settled and term.place is None)
    pairs = tuple(_pairs(term, speech))
    plain = not (term.prefix or term.place or any(map(capitals, term.parts)))
    return Need(
        pairs or tuple(chain.from_iterable(parts)), enough=plain and len(pairs) == len(parts) - 1 == 1
    )


@dataclass(frozen=True, slots=True)
class Chunk:
    """What stands between two spaces, taken apart."""

    words: tuple[Word, ...]
    """Placed within the chunk."""
    each: tuple[tuple[str, ...], ...]
    """The grams of each word."""
    grams: tuple[str, ...]
    """The grams of all words."""
    stems: tuple[str, ...]
    """The stem of each word, "" for a run or a gap."""
    folded: tuple[str, ...]
    """Each word as it stands, folded; "" likewise."""


class Chunks(dict[str, Chunk]):
    """Takes pieces of text apart, and remembers the short ones: most words come again."""

    def __init__(self, speech: str) -> None:
        super().__init__()
        self.speech = speech

    @classmethod
    @cache
    def of(cls, speech: str) -> Self:
        """Give the one that all share who need these word forms."""
        return cls(speech)

    def __missing__(self, chunk: str) -> Chunk:
        found = chunk_words(chunk)
        each = tuple(of_word(word, self.speech) for word in found)
        folded = tuple("" if word.run else word.folded for word in found)
        stems = tuple(
            _stem(word.cased, self.speech) if one else "" for word, one in zip(found, folded, strict=True)
        )
        made = Chunk(found, each, tuple(dict.fromkeys(chain.from_iterable(each))), stems, folded)
        if len(chunk) <= CHUNK_LIMIT:
            if len(self) >= CHUNKS_LIMIT:
                self.clear()
            self[chunk] = made
        return made


def of_entry(entry: Entry, chunks: Chunks) -> set[str]:
    """Give all by which an entry can be found: this is the folding and stemming of an article."""
    found: set[str] = set()
    for text in (entry.title, entry.summary):
        pieces = [chunks[chunk] for chunk in text.split()]
        found.update(*[piece.grams for piece in pieces])
        stems = list(chain.from_iterable([piece.stems for piece in pieces]))
        found.update([f"{one} {other}" for one, other in pairwise(stems)])
        folded = list(chain.from_iterable([piece.folded for piece in pieces]))
        found.update([f'"{one} {other}' for one, other in pairwise(folded)])
    for chunk in (entry.author or "").split():
        found.update([f"@{gram}" for gram in chunks[chunk].grams])
    return found


def _stem(cased: str, speech: str) -> str:
    return stem((capitals(cased) or cased).casefold(), speech)


def _pairs(term: Term, speech: str) -> Iterator[str]:
    """Yield the grams of the neighbours in a term, as far as two words stand side by side in it."""
    for one, other in pairwise(term.parts[:-1] if term.prefix else term.parts):
        if is_run(one) or is_run(other):
            continue
        if term.exact:
            yield f'"{one.casefold()} {other.casefold()}'
        else:
            yield f"{_stem(one, speech)} {_stem(other, speech)}"


def _is_settled(part: str) -> bool:
    """Say whether one gram says all of a part: a word, or a run of two letters."""
    return not is_run(part) or len(part) <= len("芯片")
