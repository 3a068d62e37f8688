"""Matching: why an entry fits, the index against each query by itself, and what strange texts cost."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.match import Field, Hit, Matcher, Span, explain
from bot.models import Entry
from bot.query import QueryError, parse

LANGUAGES = st.sampled_from([None, "en", "de", "fr", "zh", "ru", "vi"])
WORD = st.sampled_from(
    [
        *(
            "tide",
            "tides",
            "Power",
            "POWER",
            "EV",
            "EVs",
            "ev",
            "XPUs",
            "xpu",
            "U.N.",
            "un",
            "solid-state",
            "state",
        ),
        *(
            "C++",
            "c",
            "Q&A",
            ".NET",
            "F-35",
            "F-35s",
            "35",
            "氢能",
            "氢",
            "氢能源",
            "EV电池",
            "电池",
            "배터리",
            "Peru’s",
        ),
        *(
            "Peru",
            "l'usine",
            "usines",
            "Malmö",
            "news",
            "new",
            "the",
            "US$4",
            "https://a.example/tide",
            "か",
            "が",
        ),
        *("㈱東", "Häuser", "Haus", "завод", "заводе", "robot", "robots", "robotics", "ﬂood"),
    ]
)
TEXT = st.lists(WORD | st.text(max_size=3), max_size=16).map(" ".join)
TERM = st.tuples(
    st.sampled_from(["", "", "", "", "-", "NOT ", "title:", "author:"]),
    st.one_of(
        WORD,
        WORD.map(lambda word: word + "*"),
        st.tuples(WORD, WORD).map("-".join),
        st.lists(WORD, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    ),
    st.sampled_from(["", "", "", ",", " or"]),
).map("".join)
QUERY = st.lists(TERM, min_size=1, max_size=4).map(" ".join)


def entry(title: str, summary: str = "", author: str | None = None, language: str | None = None) -> Entry:
    """Write an article."""
    return Entry(guid="1", title=title, summary=summary, author=author, language=language)


def found(query: str, of: Entry) -> list[str]:
    """Give the places where a query stands, as field and text."""
    hit = explain(parse(query), of)
    texts = {Field.TITLE: of.title, Field.SUMMARY: of.summary, Field.AUTHOR: of.author or ""}
    return [f"{span.field}: {texts[span.field][span.start : span.end]}" for span in hit.spans] if hit else []


def test_a_hit_says_where_and_what() -> None:
    """Spans count code points of the entry's own text; each word is named once, as it first stands there."""
    article = entry("Tide turns for Peru’s tidal plants", "The TIDE, once more. A plant!")
    assert explain(parse("tide plant, rye"), article) == Hit(
        spans=(
            Span(Field.TITLE, 0, 4),
            Span(Field.TITLE, 28, 34),
            Span(Field.SUMMARY, 4, 8),
            Span(Field.SUMMARY, 23, 28),
        ),
        words=("Tide", "plants", "plant"),
    )


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("peru", ["title: Peru"]),
        ("peru's", ["title: Peru’s"]),
        ('"solid state"', ["title: Solid-state", "summary: solid  state"]),
        ("solid-state, state", ["title: Solid-state", "summary: solid  state"]),
        ("robot*", ["summary: robotics"]),
        ("氢能", ["summary: 氢能"]),
        ("EV电池", ["summary: EV电池"]),
        ("u.n.", ["title: U.N."]),
        ("flood", ["title: ﬂood"]),
        ("ete", ["title: e\u0301te\u0301"]),
        ('author:"Ada Lind" peru', ["title: Peru", "author: Ada Lind"]),
        ("title:state", ["title: state"]),
        ("lind", []),
        ("peru -flood", []),
        ("wheat, flood", ["title: ﬂood"]),
        ("wheat flood, peru", ["title: Peru"]),
    ],
)
def test_a_place_is_what_was_found(query: str, places: list[str]) -> None:
    """A span covers what matched as it stands there: no possessive, no rest of a run, no left-over group."""
    article = entry(
        "Peru’s Solid-state ﬂood: U.N. e\u0301te\u0301",
        "solid  state robotics, 国家氢能与EV电池组",
        "Ada Lind",
    )
    assert found(query, article) == places


def test_an_address_parts_a_phrase() -> None:
    """Words on both sides of an address are no neighbours."""
    article = entry("red https://a.example/ sea")
    assert found("red sea", article) == ["title: red", "title: sea"]
    assert found('"red sea"', article) == []
    assert found("red-sea", article) == []


def test_the_language_is_the_entrys_unless_given() -> None:
    """Word forms are those of the entry's language, of the language given, or English ones."""
    query = parse("Fabrik")
    article = entry("Zwei Fabriken", language="de")
    index = Matcher()
    index.add(3, query)
    assert explain(query, article)
    assert not explain(query, article, "en")
    assert not explain(query, entry("Zwei Fabriken"))
    assert [index.match(article), index.match(article, "en"), index.match(entry("Zwei Fabriken"), "de")] == [
        [3],
        [],
        [3],
    ]


def test_the_index_follows_changes_at_once() -> None:
    """A query is found from when it is added until it is discarded, in indexes that were there before too."""
    index = Matcher()
    article = entry("Tide and wheat")
    assert index.match(article) == []
    for key, text in enumerate(["tide", "tide wheat", "rye, wheat", "tide -wheat", '"and wheat"', "tide"]):
        index.add_text(key, str(parse(text)))
    assert index.match(article) == [0, 1, 2, 4, 5]
    index.add_text(0, "rye")
    index.discard(1)
    index.discard(77)
    assert index.match(article) == [2, 4, 5]
    assert len(index) == 5
    for key in range(6):
        index.discard(key)
    assert index.match(article) == []
    assert len(index) == 0


@settings(max_examples=250)
@given(st.lists(QUERY, max_size=12), TEXT, TEXT, TEXT | st.none(), LANGUAGES)
def test_the_index_finds_what_each_query_finds_by_itself(
    typed: list[str], title: str, summary: str, author: str | None, language: str | None
) -> None:
    """The index gives exactly the queries that match by themselves, built before them or after."""
    article = entry(title, summary, author, language)
    early, late = Matcher(), Matcher()
    early.match(article)
    expected = []
    for key, text in enumerate(typed):
        with suppress(QueryError):
            query = parse(text)
            early.add(key, query)
            late.add_text(key, str(query))
            hit = explain(query, article)
            if hit:
                expected.append(key)
                check(hit, article)
    assert early.match(article) == late.match(article) == expected


def check(hit: Hit, article: Entry) -> None:
    """A hit has places; they lie in the texts, in order and apart."""
    lengths = {Field.TITLE: len(article.title), Field.SUMMARY: len(article.summary)}
    lengths[Field.AUTHOR] = len(article.author or "")
    order = [(list(Field).index(span.field), span.start, span.end) for span in hit.spans]
    assert order
    assert order == sorted(order)
    assert all(0 <= span.start < span.end <= lengths[span.field] for span in hit.spans)
    assert all(one[0] != other[0] or one[2] <= other[1] for one, other in pairwise(order))
    assert hit.words


@given(TEXT, TEXT, LANGUAGES)
def test_folding_a_text_first_changes_no_answer(title: str, typed: str, language: str | None) -> None:
    """A query and its canonical text, folded once more, find the same."""
    with suppress(QueryError):
        query = parse(typed)
        article = entry(title, language=language)
        assert explain(parse(str(query)), article) == explain(query, article)


def test_a_text_that_cannot_be_read_stops_no_other() -> None:
    """A kept text that is no query any more finds nothing; one that is only too common still does."""
    index = Matcher()
    for key, text in enumerate(["(tide", "tide", "the -rye"]):
        index.add_text(key, text)
    assert index.match(entry("The tide")) == [1, 2]
    index.discard(0)
    assert index.match(entry("The tide")) == [1, 2]


def test_an_article_costs_by_its_words_and_hits() -> None:
    """A hundred times the queries that do not concern an article cost it hardly more work."""
    article = entry(
        "Tide power for Peru", "A plant of solid-state cells near the harbour makes power from the tide."
    )
    pool = random.Random(7)  # noqa: S311 - the same queries in every run

    def work(count: int) -> int:
        index = Matcher()
        for key in range(count):
            one, other = (f"word{pool.randrange(count * 3)}" for _ in range(2))
            kind = (
                one,
                f"{one} {other}",
                f'"{one} {other}"',
                f"power {one}",
                f"{one}, {other}",
                f"{one} -power",
            )
            index.add_text(key, str(parse(kind[key % len(kind)])))
        index.add_text(count, "tide")
        assert index.match(article) == [count]
        return calls(lambda: index.match(article))

    assert work(5_000) <= work(50) * 2


def calls(run: Callable[[], object]) -> int:
    """Count the calls that a piece of work makes: its cost, whatever else the machine does."""
    count = 0

    def see(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(see)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


HOSTILE = [
    "a",
    "a.",
    "-",
    "a-",
    "'",
    "l'",
    "a'",
    "+",
    "a@",
    "a/",
    "www.",
    "a.b/",
    "://",
    "氢",
    "\u0301",
    "a\u0323\u0301",
    "é-",
    "㌔",
    "U.",
    "$",
    "a ",
    "氢 ",
    "ﷺ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_strange_text_costs_in_proportion(piece: str) -> None:
    """Sixteen times a strange text takes nowhere near the square of it, and raises nothing."""
    queries = [parse(text) for text in ("aa a", '"a a a a b"', "aaa*", "氢氢氢", "l-a-b", "a.b -c")]

    def spent(length: int) -> float:
        article = entry(piece * (length // len(piece)), piece * (length // len(piece)))
        times = []
        for _ in range(3):
            begin = time.process_time()
            for query in queries:
                explain(query, article)
            times.append(time.process_time() - begin)
        return min(times)

    assert spent(8_000) <= spent(500) * 16 * 6 + 0.02


@pytest.mark.parametrize(
    "piece", [*HOSTILE, '"', "“", "title:", "title ", "not ", "*", "a*", "or ", "(", "in:", 'in:"', "in:a,"]
)
def test_a_strange_query_is_read_in_no_time(piece: str) -> None:
    """A query of whatever repeats is read or refused with little work, however long it is typed."""

    def read(length: int) -> None:
        with suppress(QueryError):
            parse(piece * (length // len(piece)))

    assert calls(lambda: read(300)) <= 60_000
    assert calls(lambda: read(100_000)) <= calls(lambda: read(310)) + 1_000
