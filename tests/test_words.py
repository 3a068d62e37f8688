"""Words: how a text is taken apart and folded, and which forms of a word are one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inflect import plural, singular, speech, stem
from bot.words import capitals, fold, words

STRANGE = st.text(
    st.characters()
    | st.sampled_from("aAsS.'’$&+#_-/@:,|ﬁŉİßſ中가かﾞ㈱ﷺ\u0301\u0345\u3099\u200d\xad․ＡＷ\ud800\0 \n"),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Tidal-power plants, off Wales.", "tidal power plants off wales"),
        ("U.N. and E.U.-led", "un and eu led"),
        ("e.g. this", "eg this"),
        ("Next.js .NET C++ C# C++17 Q&A AT&T Canal+", "next.js .net c++ c# c++17 q&a at&t canal+"),
        ("US$4.4 A$AP $SHEL 5%", "us$4.4 a$ap shel 5"),
        ("wait...and see", "wait and see"),
        ("#EV @harbour", "ev harbour"),
        ("Peru’s coast, the companies' losses", "peru's coast the companies losses"),
        ("L’Oréal dell'acqua O’Neill", "l oreal dell acqua o'neill"),
        ("Łódź Ørsted Œuvre Straße ﬂood ＥＶ", "lodz orsted oeuvre strasse flood ev"),
        ("ἈΘῆναι Ёлка край", "αθηναι елка край"),
        ("ﾊﾞｽ ハス", "バス ハス"),
        ("全国5G基站", "全国 5g 基站"),
        ("AI+氢能 C++中", "ai 氢能 c++ 中"),
        ("co\xadop\u200bera\u200dtion iPhone™", "cooperation iphone"),
        ("https://a.example/b?c#d www.a.example a@b.example a.example/b", ""),
        ("（https://a.example/b）见https://a.example，谢谢", "见 谢谢"),
    ],
)
def test_a_text_is_folded(text: str, folded: str) -> None:
    """Spellings of one word fold to one form; punctuation parts words, and addresses are none."""
    assert fold(text) == folded


@given(STRANGE)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    """What is folded stays as it is when it is folded again."""
    assert fold(fold(text)) == fold(text)


@given(STRANGE)
def test_every_word_has_its_place(text: str) -> None:
    """Words stand in order and within the text, and so do the letters of a run."""
    before = 0
    for word in words(text):
        assert before <= word.start < word.end <= len(text)
        assert list(word.places) == sorted(word.places)
        assert len(word.places) == (len(word.folded) + 1 if word.run else 0)
        before = word.start


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Off Peru’s coast", ["Off", "Peru’s", "coast"]),
        ("the U.N. met", ["the", "U.N.", "met"]),
        ("so e\u0301te\u0301 came", ["so", "e\u0301te\u0301", "came"]),
        ("ﬂood ㈱", ["ﬂood", "㈱"]),
        ("全国5G", ["全国", "5G"]),
    ],
)
def test_a_word_is_found_again_in_its_text(text: str, places: list[str]) -> None:
    """Places count the code points of the text as it stands, however folding changes its length."""
    assert [text[word.start : word.end] for word in words(text)] == places


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("IT", "IT"),
        ("EVs", "EV"),
        ("AI's", "AI"),
        ("США", "США"),
        ("It", ""),
        ("A", ""),
        ("NASA", ""),
        ("G7", ""),
    ],
)
def test_two_or_three_capitals_are_an_abbreviation(word: str, kept: str) -> None:
    """Capitals count in words of two or three of them, whose plural and possessive are theirs."""
    assert capitals(word) == kept


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("turbines", "turbine"), ("ferries", "ferry"), ("ties", "tie"), ("taxes", "tax"),
        ("churches", "church"),
        ("prizes", "prize"), ("buses", "bus"), ("houses", "house"), ("viruses", "virus"), ("causes", "cause"),
        ("heroes", "hero"), ("shoes", "shoe"), ("wolves", "wolf"), ("women", "woman"),
        ("firemen", "fireman"),
        ("mice", "mouse"), ("analyses", "analysis"), ("topics", "topic"), ("movies", "movie"),
        ("gpus", "gpu"),
        ("35s", "35"), ("peru's", "peru"),
    ],
)  # fmt: skip
def test_english_plurals_and_possessives(many: str, one: str) -> None:
    """A regular plural, an irregular one and a possessive have the singular as their stem."""
    assert singular(many) == one
    assert singular(one) == one
    assert stem(many) == stem(one)


@pytest.mark.parametrize(
    "word",
    [
        *("news", "gas", "lens", "its", "series", "species", "this", "virus", "analysis", "glass"),
        *("xiamen", "yemen", "omen", "robotics", "next.js", "ios", "was"),
    ],
)
def test_what_only_looks_like_a_plural_is_none(word: str) -> None:
    """Words that end like a plural and are none stay as they are."""
    assert singular(word) == word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("organ", "organic"), ("universe", "university"), ("mining", "miner"), ("policy", "police"),
        ("general", "generation"), ("news", "new"), ("robot", "robotic"), ("ship", "shipment"),
    ],
)  # fmt: skip
def test_english_joins_nothing_else(one: str, other: str) -> None:
    """Two words of one root stay two words in English."""
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("de", "haus", "hauser"), ("fr-CA", "societe", "societes"), ("es", "vehiculo", "vehiculos"),
        ("pt_BR", "acao", "acoes"), ("ru", "завод", "заводе"), ("en", "завод", "заводе"),
        ("zh", "chip", "chips"), (None, "chip", "chips"), ("nonsense", "chip", "chips"),
        ("el", "turbine", "turbines"),
    ],
)  # fmt: skip
def test_the_feed_and_the_script_choose_the_forms(language: str | None, one: str, many: str) -> None:
    """Forms are those of the feed's language in its script, else the usual ones of the word's script."""
    assert stem(one, speech(language)) == stem(many, speech(language))


@pytest.mark.parametrize(("language", "word"), [("vi", "chips"), ("uk", "заводи"), ("de", "氢能")])
def test_what_no_stemmer_knows_stays(language: str, word: str) -> None:
    """A language without a stemmer gets no other language's forms, and a run has none."""
    assert stem(word, speech(language)) == word


@pytest.mark.parametrize("language", [None, "en", "zh-Hant", "ja", "ru", "EL"])
def test_languages_of_usual_forms_share_one_index(language: str | None) -> None:
    """Languages that differ in nothing here have one name."""
    assert speech(language) == ""


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("turbine", "turbines"),
        ("ferry", "ferries"),
        ("box", None),
        ("fishing", None),
        ("mouse", "mice"),
        ("day", None),
    ],
)
def test_a_plural_is_named_where_one_would_say_it(one: str, many: str | None) -> None:
    """The plural named is one that the singular is found by; short words and verbs' nouns have none."""
    assert plural(one) == many


@settings(max_examples=50)
@given(STRANGE, st.sampled_from([None, "de", "fr", "tr", "ru", "ar", "hu", "zh"]))
def test_any_text_has_a_stem(text: str, language: str | None) -> None:
    """No text, however strange, is too strange for word forms."""
    for word in words(text):
        assert isinstance(stem(word.folded, speech(language)), str)
