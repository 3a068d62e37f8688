"""Articles against many follows: the index beside folding and stemming alone, and beside an automaton."""

from __future__ import annotations

import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from ahocorasick_rs import AhoCorasick

from bot.grams import Chunks, of_entry
from bot.inflect import speech
from bot.match import Matcher
from bot.models import Entry
from bot.query import parse

WORDS = 85
VOCABULARY = 200_000
SHORT = 3
"""Letters of words that may be too common to follow."""
COMMON = 300
"""The words that everybody uses and nobody follows."""
ARTICLES = 300
ROUNDS = 7
_SYLLABLES = [
    f"{first}{vowel}{last}" for first in "bcdfgklmnprt" for vowel in "aeiou" for last in ("", "n", "r", "l")
]


@dataclass(frozen=True, slots=True)
class Matched:
    """Seconds for an article, at the median of the rounds; bytes for a follow."""

    floor: float
    index: dict[int, float]
    automaton: dict[int, float]
    distinct: dict[int, int]
    hits: dict[int, float]
    bytes_each: float


def matching(sizes: Sequence[int]) -> Matched:
    """Measure all sizes in turns, so that a slow minute of the machine hits each alike."""
    source = random.Random(85)  # noqa: S311 - invented texts, the same each time
    lexicon = _Lexicon(source)
    articles = [lexicon.article() for _ in range(ARTICLES)]
    queries = [parse(lexicon.query()) for _ in range(max(sizes))]
    chunks = Chunks.of(speech("en"))
    works: dict[tuple[str, int], Callable[[Entry], object]] = {
        ("floor", 0): lambda entry: of_entry(entry, chunks)
    }
    distinct, hits = {}, {}
    for size in sizes:
        texts = list(dict.fromkeys(str(query) for query in queries[:size]))
        matcher = _filed(texts)
        automaton = AhoCorasick(list(dict.fromkeys(word for query in queries[:size] for word in query.words)))
        works["index", size] = matcher.match
        works["automaton", size] = partial(_search, automaton)
        distinct[size] = len(texts)
        hits[size] = statistics.mean(len(matcher.match(entry)) for entry in articles)
    times: dict[tuple[str, int], list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            times[name].append(_seconds(work, articles))
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    return Matched(
        medians["floor", 0],
        {size: medians["index", size] for size in sizes},
        {size: medians["automaton", size] for size in sizes},
        distinct,
        hits,
        _weight(queries[: min(100_000, max(sizes))]),
    )


def _search(automaton: AhoCorasick, entry: Entry) -> object:
    """Find every word of the queries as a substring: no word edges, no forms, no booleans."""
    return automaton.find_matches_as_indexes(f"{entry.title} {entry.summary}".casefold(), overlapping=True)


def _filed(texts: Sequence[str]) -> Matcher:
    matcher = Matcher()
    for key, text in enumerate(texts):
        matcher.add_text(key, text)
    matcher.match(Entry("0", "the first article makes the index"))
    return matcher


def _seconds(work: Callable[[Entry], object], articles: Sequence[Entry]) -> float:
    start = time.perf_counter()
    for article in articles:
        work(article)
    return (time.perf_counter() - start) / len(articles)


def _weight(queries: Sequence[object]) -> float:
    """Weigh the index alone, with the texts that it keeps."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    matcher = _filed(list(dict.fromkeys(map(str, queries))))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(matcher)
    return (after - before) / len(queries)


class _Lexicon:
    """Invented words that come as often as words do (Zipf), in articles and in follows."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        made: dict[str, None] = {}
        while len(made) < VOCABULARY:
            made["".join(source.choices(_SYLLABLES, k=source.choice((1, 2, 2, 3, 3, 4))))] = None
        self._words = list(made)
        self._followable = [word for word in self._words[COMMON:] if len(word) > SHORT]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
        self._rarer = list(accumulate(1 / (rank + COMMON) for rank in range(len(self._followable))))

    def article(self) -> Entry:
        """Write a headline and a summary."""
        drawn = self._source.choices(self._words, cum_weights=self._weights, k=WORDS)
        return Entry("a", " ".join(drawn[:12]).title(), summary=" ".join(drawn[12:]) + ".")

    def query(self) -> str:
        """Follow something as people do: mostly a word, sometimes more."""
        one, two, three = self._followed()
        kinds = (
            one,
            f"{one} {two}",
            f'"{one} {two}"',
            f"{one}, {two}, {three}",
            f"{one} -{two}",
            f"{one} {two} {three}",
        )
        (kind,) = self._source.choices(kinds, weights=(50, 15, 15, 10, 5, 5))
        return kind

    def _followed(self) -> Iterator[str]:
        found: dict[str, None] = {}
        while len(found) < 3:  # noqa: PLR2004 - the most that a query here has
            (word,) = self._source.choices(self._followable, cum_weights=self._rarer)
            found[word] = None
        return iter(found)
