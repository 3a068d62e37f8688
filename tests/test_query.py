"""The keyword language: what is read, how it is written down, and what is said when it cannot be read."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.query import LIMIT, TERMS, Query, QueryError, also_counts, parse, split_flags

PIECES = st.sampled_from(
    [
        *(
            "battery",
            "AI",
            "ai",
            "EVs",
            "U.S.",
            "solid-state",
            "C++",
            ".NET",
            "F-35",
            "氢能",
            "5G基站",
            "L’Oréal",
        ),
        *(
            "or",
            "OR",
            "and",
            "NOT",
            "not",
            "the",
            "x",
            "title:",
            "author:",
            "-",
            "–",
            " - ",
            ",",
            "、",
            '"',
            "“",
            "”",
        ),
        *("*", "(", ")", "https://a.example", "ﬀ", "ﷺ", "\u0301", "\0", "\ud800", "🙂"),
    ]
)
TYPED = st.lists(PIECES | st.text(max_size=4), max_size=24).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda space: space.join(pieces))
)


def read(typed: str) -> Query | QueryError:
    """Read a text, and give an error back like a query."""
    try:
        return parse(typed)
    except QueryError as error:
        return error


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("Turbines", "turbines"),
        ("  tidal   power ", "power tidal"),
        ("power tidal Power", "power tidal"),
        ("wheat, rye OR maize or wheat", "maize, rye, wheat"),
        ("wheat and rye", "rye wheat"),
        ("“Tidal–Power”", '"tidal power"'),
        ("wheat –frost NOT hail", "wheat -frost -hail"),
        ("-frost wheat, rye", "rye, wheat -frost"),
        ("wheat - frost", "frost wheat"),
        ("Solid-State F-35", "f-35 solid-state"),
        ("AI, u.n., EVs, It is ai", "AI, EVs, UN, ai is it"),
        ("#AI $SHEL Citroën", "AI citroen shel"),
        ("Robot*, 水素*", "robot*, 水素"),
        ('"氢能" 5G基站', "5g-基站 氢能"),
        ("Title: Chips author:“Daniel Ren”", 'author:"daniel ren" title:chips'),
        ('"or" chips', '"or" chips'),
        ("chips,,tsmc,", "chips, tsmc"),
        ("C++ R&D .NET node.js", ".net c++ node.js r&d"),
    ],
)
def test_spellings_of_one_query_have_one_text(typed: str, canonical: str) -> None:
    """Order, case, quotes, dashes and doubles that mean nothing leave no trace in the canonical text."""
    assert str(parse(typed)) == canonical
    assert parse(typed) == parse(canonical)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('chips "solid state', ': a quote isn\'t closed. Try `chips "solid state"`.'),
        ('chips "solid when:daily', ': a quote isn\'t closed. Try `chips "solid" when:daily`.'),
        ("“solid state", ": a quote isn't closed. Try `“solid state”`."),
        ("(wheat or rye)", ". Brackets aren't needed. Use commas for any-of. Try `wheat or rye`."),
        (
            "(wheat flour) or rye",
            ". Brackets aren't needed. Use commas for any-of. Try `wheat flour or rye`.",
        ),
        ("(wheat, rye) flour", ". Brackets aren't needed. Use commas for any-of."),
        ("wheat -(frost)", ". Brackets aren't needed. Use commas for any-of."),
        ("wheat NOT (frost ice)", ". Brackets aren't needed. Use commas for any-of."),
        ("title:(wheat rye)", ". Brackets aren't needed. Use commas for any-of."),
        ("-frost", ": it only says what to leave out. Add a word to look for, for example `battery -tesla`."),
        ("wheat not frost", ". Did you mean `wheat -frost`?"),
        ("not frost", ": a minus leaves a word out, for example `battery -tesla`."),
        ("the", ". “the” is too common on its own. Add a rarer word."),
        ("wheat, of it", ". “of it” is too common on its own. Add a rarer word."),
        ("q", ". “q” is too common on its own. Add a rarer word."),
        ("ke*", ": a star needs 3 letters in front of it at least."),
        ("kel*p*", ": a star can only stand at the end of a word. Try `kelp*`."),
        ("wheat NOT", ": no word follows `NOT`."),
        ("wheat NOT, rye", ": no word follows `NOT`."),
        ("wheat -🙂 rye", ": no word follows `-🙂`."),
        ("title:", ": no word follows `title:`."),
        ("🙂", ": there is no word in it to look for."),
        ("https://a.example/", ": there is no word in it to look for."),
    ],
)
def test_an_error_says_what_to_type_instead(typed: str, said: str) -> None:
    """The sentence repeats the text, says what is wrong with it, and offers a query that can be read."""
    with pytest.raises(QueryError) as caught:
        parse(typed)
    assert str(caught.value) == f"I couldn't read `{typed}`{said}"
    if caught.value.fix:
        parse(caught.value.fix)


@pytest.mark.parametrize(
    ("typed", "place"),
    [('chips "solid', 6), ("wheat not frost", 6), ("rye (wheat)", 4), ("wheat NOT", 6), ("rye ab*", 4)],
)
def test_an_error_has_its_place(typed: str, place: int) -> None:
    """The place counts the characters before what is wrong."""
    with pytest.raises(QueryError) as caught:
        parse(typed)
    assert (caught.value.typed, caught.value.place) == (typed, place)


def test_nothing_typed_is_asked_for_a_word() -> None:
    """An empty text is answered with an example, not with the text."""
    with pytest.raises(QueryError, match=r"^Add a word to look for, for example `semiconductors`\.$"):
        parse(" ")


def test_a_query_has_limits() -> None:
    """300 characters and 20 terms are read, one more of either is refused."""
    long = "w" * LIMIT
    assert str(parse(long)) == long
    many = [f"word{number}" for number in range(TERMS + 1)]
    parse(" ".join(many[:-1]))
    for typed in (long + "w", " ".join(many)):
        with pytest.raises(QueryError):
            parse(typed)


@pytest.mark.parametrize(
    ("typed", "prose"),
    [
        ("turbines", "posts that mention turbines"),
        ("solid state battery -tesla", "posts that mention solid and state and battery, not tesla"),
        ("Chips, TSMC", "posts that mention Chips or TSMC"),
        ("wheat price, rye -frost NOT hail", "posts that mention wheat and price, or rye, not frost or hail"),
        ('"tidal power" robot*', "posts that mention “tidal power” and words that start with robot"),
        ("title:chips author:Lind", "posts that mention chips in the title and Lind as author"),
    ],
)
def test_a_query_is_a_sentence(typed: str, prose: str) -> None:
    """A query reads as a sentence, in the words and the order in which it was typed."""
    assert parse(typed).prose() == prose


def test_the_words_of_a_query() -> None:
    """The words looked for are given as typed, each once, without those left out."""
    assert parse('Tidal power, "Red Sea" robot* -frost #AI tidal').words == (
        "Tidal", "power", "Red Sea", "robot*", "AI", "tidal",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("tidal power", '"tidal power"'),
        ("power tidal -frost", '"power tidal" -frost'),
        ("tidal", None),
        ('tidal "power"', None),
        ("tidal, power", None),
        ("title:tidal power", None),
        ("tidal pow*", None),
        ("w" * 150 + " " + "v" * 149, None),
    ],
)
def test_words_can_become_a_phrase(typed: str, phrase: str | None) -> None:
    """A phrase is offered for bare words of one group, in the order typed, where it is not too long."""
    query = parse(typed)
    assert query.plain_words is (phrase is not None)
    if phrase is not None:
        assert str(query.as_phrase()) == phrase


@pytest.mark.parametrize(
    ("typed", "language", "also"),
    [
        ("semiconductors", None, ("semiconductor",)),
        ("ferry", "en", ("ferries",)),
        ("EV", None, ("EVs",)),
        ("EVs", None, ("EV",)),
        ("TSMC", None, ("TSMCs",)),
        ("TSMCs", None, ("TSMC",)),
        ("Ferry", None, ("ferries",)),
        ("news", None, ()),
        ("fishing", None, ()),
        ('"turbines"', None, ()),
        ("turbines -wind", None, ()),
        ("tidal power", None, ()),
        ("turbines", "de", ()),
        ("turbines", "zh", ("turbine",)),
        ("氢能", None, ()),
    ],
)
def test_the_other_forms_are_named(typed: str, language: str | None, also: tuple[str, ...]) -> None:
    """One bare English word has another form to name; anything else has none."""
    assert also_counts(parse(typed), language) == also


@pytest.mark.parametrize(
    ("text", "rest", "flags"),
    [
        ("chips", "chips", {}),
        ("chips in:scmp -tesla", "chips -tesla", {"in": "scmp"}),
        ('IN:"China Tech" chips', "chips", {"in": "China Tech"}),
        ("chips in:“China Tech”, tsmc when:daily", "chips , tsmc", {"in": "China Tech", "when": "daily"}),
        ("chips in:scmp, tsmc", "chips , tsmc", {"in": "scmp"}),
        ('"in:scmp" made in china', '"in:scmp" made in china', {}),
        ("title:chips within:x", "title:chips within:x", {}),
        ('"open in:scmp', '"open in:scmp', {}),
    ],
)
def test_flags_are_taken_out(text: str, rest: str, flags: dict[str, str]) -> None:
    """A flag stands anywhere outside quotes; the rest stays as it was typed."""
    assert split_flags(text, ("in", "to", "when")) == (rest, flags)


@pytest.mark.parametrize("text", ["chips in:", 'in:"" chips', "in:a in:b", 'in:"open', "IN:a in:a"])
def test_a_flag_wants_one_value(text: str) -> None:
    """A flag without a value, or given twice, is refused with a sentence that names it."""
    with pytest.raises(QueryError, match="`in:`"):
        split_flags(text, ("in",))


@settings(max_examples=400)
@given(TYPED)
def test_any_text_is_read_or_refused(typed: str) -> None:
    """Whatever is typed gives a query whose text means the same, or an error whose fix can be read."""
    query = read(typed)
    if isinstance(query, QueryError):
        assert query.typed == typed.strip()
        assert 0 <= query.place <= len(query.typed)
        assert str(query)
        if query.fix:
            parse(query.fix)
        return
    again = parse(str(query))
    assert again == query
    assert str(again) == str(query)
    assert {str(term) for term in again.terms} == {str(term) for term in query.terms}
    assert query.prose()
    assert query.words
    also_counts(query)
    if query.plain_words:
        query.as_phrase()


@given(TYPED)
def test_any_text_is_parted_from_its_flags(typed: str) -> None:
    """No text makes the search for flags raise anything but the query error."""
    with contextlib.suppress(QueryError):
        text = f"{typed} in:x"
        rest, flags = split_flags(text, ("in", "title"))
        assert len(rest) <= len(text)
        assert all(flags.values())
