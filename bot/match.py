"""Which entries fit which queries: one query by itself, with its reasons, or all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from bot.find import Field, Pages, Span
from bot.grams import Chunks, Need, of_entry, of_term
from bot.inflect import speech, stem
from bot.models import Entry
from bot.query import Query, QueryError, Term, reread
from bot.words import fold

__all__ = ["Field", "Hit", "Matcher", "Span", "explain"]

PLANS_LIMIT = 20_000
"""Queries that are kept ready to be compared, for each kind of word forms."""
BATCH = 10_000
"""Queries whose grams are counted together before they are filed."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Why an entry matches."""

    spans: tuple[Span, ...]
    """All places: title, summary, author; from left to right in each, without overlap."""
    words: tuple[str, ...]
    """What stands there, each word once."""


def explain(query: Query, entry: Entry, language: str | None = None) -> Hit | None:
    """Compare one query by itself; ``language`` is the entry's own unless given."""
    pages = Pages(entry, Chunks.of(speech(language or entry.language)))
    if any(pages.has(term) for term in query.excluded):
        return None
    groups = [group for group in query.groups if all(pages.has(term) for term in group)]
    if not groups:
        return None
    terms = dict.fromkeys(chain.from_iterable(groups))
    spans = _united(chain.from_iterable(pages.find(term) for term in terms))
    shown: dict[str, str] = {}
    for span in spans:
        text = pages.texts[span.field][span.start : span.end]
        shown.setdefault(fold(text), text)
    return Hit(spans, tuple(shown.values()))


class Matcher:
    """All distinct queries, each filed under something it cannot match without.

    So an article costs by its own words and its hits. There is an index for each kind of word forms,
    built when the first article that needs it comes: seconds for a million queries.
    """

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._indexes: dict[str, _Index] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, key: int, query: Query) -> None:
        """File a query under a key of 0 or more; another one of this key goes."""
        self.add_text(key, query.canonical)

    def add_text(self, key: int, canonical: str) -> None:
        """File a query by its canonical text; another one of this key goes."""
        if self._texts.get(key) == canonical:
            return
        self.discard(key)
        self._texts[key] = canonical
        for index in self._indexes.values():
            index.file([(key, canonical)])

    def discard(self, key: int) -> None:
        """Forget a query, if there is one of this key."""
        canonical = self._texts.pop(key, None)
        if canonical is not None:
            for index in self._indexes.values():
                index.remove(key, canonical)

    def match(self, entry: Entry, language: str | None = None) -> list[int]:
        """Give the keys of all queries that match, ascending; ``language`` as in ``explain``."""
        return self._index(speech(language or entry.language)).match(entry, self._texts)

    def _index(self, speech: str) -> _Index:
        index = self._indexes.get(speech)
        if index is None:
            index = self._indexes[speech] = _Index(speech)
            queries = iter(self._texts.items())
            while batch := list(islice(queries, BATCH)):
                index.file(batch)
        return index


class _Index:
    """Queries by gram, for one kind of word forms."""

    def __init__(self, speech: str) -> None:
        self._chunks = Chunks.of(speech)
        self._sure: dict[str, int | list[int]] = {}
        """By gram the keys of the queries that match whatever holds it.

        Most grams have one; a list of one would take as much room as all the rest.
        """
        self._likely: dict[str, list[int | str]] = {}
        """By gram the queries that need another one too: keys and those grams in turn.

        A key below 0 is ``~key`` of a query that its plan must be asked about even then.
        """
        self._wanted: dict[str, int] = {}
        """How many queries might be filed under a gram: the measure of how common it is."""
        self._plans: dict[int, _Plan] = {}

    def match(self, entry: Entry, texts: dict[int, str]) -> list[int]:
        found = of_entry(entry, self._chunks)
        hits: set[int] = set()
        for gram in self._sure.keys() & found:
            keys = self._sure[gram]
            if isinstance(keys, int):
                hits.add(keys)
            else:
                hits.update(keys)
        pages = Pages(entry, self._chunks)
        doubtful: set[int] = set()
        for gram in self._likely.keys() & found:
            both = iter(self._likely[gram])
            for key, other in zip(both, both, strict=True):
                if other in found:
                    (hits if key >= 0 else doubtful).add(key)  # type: ignore[operator,arg-type] # - keys and grams in turn
        hits.update(
            ~key for key in doubtful if ~key not in hits and self._plan(~key, texts).fits(found, pages)
        )
        return sorted(hits)

    def file(self, queries: Sequence[tuple[int, str]]) -> None:
        likely: list[tuple[int, _Plan]] = []
        for key, canonical in queries:
            plan = _Plan.read(canonical, self._chunks.speech)
            for gram in plan.sure:
                self._put(gram, key)
            if plan.likely:
                likely.append((key, plan))
                for gram in chain.from_iterable(group.grams for group in plan.likely):
                    self._wanted[gram] = self._wanted.get(gram, 0) + 1
        for key, plan in likely:
            for group in plan.likely:
                rarest, other = self._two_rarest(group.grams)
                settled = not (plan.excluded or group.terms) and len(group.grams) <= len((rarest, other))
                self._likely.setdefault(rarest, []).extend((key if settled else ~key, other))
        if len(likely) > 1:  # a word seen once is as rare as one never seen, and there are many
            self._wanted = {gram: times for gram, times in self._wanted.items() if times > 1}

    def remove(self, key: int, canonical: str) -> None:
        self._plans.pop(key, None)
        plan = _Plan.read(canonical, self._chunks.speech)
        for gram in plan.sure:
            self._take(gram, key)
        for gram in set(chain.from_iterable(group.grams for group in plan.likely)):
            both = iter(self._likely.pop(gram, ()))
            kept = [
                part for pair in zip(both, both, strict=True) if pair[0] not in (key, ~key) for part in pair
            ]
            if kept:
                self._likely[gram] = kept

    def _two_rarest(self, grams: frozenset[str]) -> tuple[str, str]:
        """Choose what to file under, and what to look for next; one gram alone is both."""
        rarest = sorted(grams, key=self._commonness)
        return rarest[0], rarest[min(1, len(rarest) - 1)]

    def _plan(self, key: int, texts: dict[int, str]) -> _Plan:
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= PLANS_LIMIT:
                self._plans.clear()
            plan = self._plans[key] = _Plan.read(texts[key], self._chunks.speech)
        return plan

    def _put(self, gram: str, key: int) -> None:
        keys = self._sure.get(gram)
        if keys is None:
            self._sure[gram] = key
        elif isinstance(keys, int):
            self._sure[gram] = [keys, key]
        else:
            keys.append(key)

    def _take(self, gram: str, key: int) -> None:
        keys = self._sure.get(gram)
        if keys == key:
            del self._sure[gram]
        elif isinstance(keys, list) and key in keys:
            keys.remove(key)
            if not keys:
                del self._sure[gram]

    def _commonness(self, gram: str) -> tuple[int, int, str]:
        return self._wanted.get(gram, 1), -len(gram), gram


@dataclass(frozen=True, slots=True)
class _Plan:
    """A query made ready: as far as it goes it compares grams, then it looks at the text."""

    groups: tuple[_Wanted, ...]
    excluded: tuple[_Wanted, ...]

    @classmethod
    def read(cls, canonical: str, speech: str) -> _Plan:
        wanted, *unwanted = canonical.split(" -")
        groups = [group.split(" ") for group in wanted.split(", ")]
        if all(map(_is_bare, (*chain.from_iterable(groups), *unwanted))):
            # Most queries are bare words, which need no reading: that halves the time for a million.
            return cls(
                tuple(_Wanted(frozenset([stem(word, speech) for word in group]), ()) for group in groups),
                tuple(_Wanted(frozenset([stem(word, speech)]), ()) for word in unwanted),
            )
        try:
            query = reread(canonical)
        except QueryError:  # kept by a version that read it; it finds nothing, and does not stop the others
            return cls((), ())
        return cls(
            tuple(_Wanted.of(group, speech) for group in query.groups),
            tuple(_Wanted.of((term,), speech) for term in query.excluded),
        )

    @property
    def sure(self) -> tuple[str, ...]:
        """Grams of which each makes it match."""
        groups = () if self.excluded else self.groups
        return tuple(dict.fromkeys(gram for group in groups if group.is_sure for gram in group.grams))

    @property
    def likely(self) -> tuple[_Wanted, ...]:
        """The other groups, each of which can be filed under any of its grams."""
        return tuple(group for group in self.groups if self.excluded or not group.is_sure)

    def fits(self, found: set[str], pages: Pages) -> bool:
        for group in self.groups:
            if group.fits(found, pages):
                break
        else:
            return False
        return not (self.excluded and any(term.fits(found, pages) for term in self.excluded))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Terms that must all be there: the grams they need, and those terms that grams do not settle."""

    grams: frozenset[str]
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, terms: Sequence[Term], speech: str) -> _Wanted:
        needs: list[Need] = [of_term(term, speech) for term in terms]
        return cls(
            frozenset(chain.from_iterable(need.grams for need in needs)),
            tuple(term for term, need in zip(terms, needs, strict=True) if not need.enough),
        )

    @property
    def is_sure(self) -> bool:
        return len(self.grams) == 1 and not self.terms

    def fits(self, found: set[str], pages: Pages) -> bool:
        return self.grams <= found and (not self.terms or all(map(pages.has, self.terms)))


def _united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort places and make one of those that overlap."""
    united: list[Span] = []
    order = list(Field)
    for span in sorted(spans, key=lambda span: (order.index(span.field), span.start, span.end)):
        last = united[-1] if united else None
        if last and last.field is span.field and span.start < last.end:
            united[-1] = Span(last.field, last.start, max(last.end, span.end))
        else:
            united.append(span)
    return tuple(united)


def _is_bare(word: str) -> bool:
    return word.isascii() and word.isalpha() and word.islower()
