"""Plain text: cleaning, folding, cutting, and addresses without tracking."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import clean, clean_paragraphs, cut, fold, strip_tracking

FAMILY = "👩\u200d👩\u200d👧"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
CHARACTERS = st.text(
    st.characters()
    | st.sampled_from("\u200b\u200c\u200d\u202e\u2066\ufe0f\u0301\x1b[31m\n \u0d4d👩🇩🇪🏽ന…. "),
    max_size=80,
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a \t\n\u00a0 b", "a b"),
        ("nul\0 bell\a", "nul bell"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("gnp.exe\u202egpj", "gnp.exegpj"),
        ("\u2066isolate\u2069 \u200fmark", "isolate mark"),
        ("pass\u200bword soft\u00adhyphen \ufeffmark", "password softhyphen mark"),
        ("pass\u200dword", "password"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ന\u0d4d\u200d", "ന\u0d4d\u200d"),
        (FAMILY, FAMILY),
        (SCOTLAND, SCOTLAND),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("a" + "\u0301" * 50, "a" + "\u0301" * 4),
        ("ก" + "\u0e49" * 50, "ก" + "\u0e49" * 8),
        ("semi\U0001d173con\ufff3duc\U0001bca0tors\u180b", "semiconductors"),
        ("ᠠ\u180b", "ᠠ\u180b"),
        ("❤\ufe0f\ufe0f\ufe0f", "❤\ufe0f"),
        ("blank\u3164letter", "blankletter"),
        ("lone \ud83d half", "lone half"),
        ("<!channel> @everyone AT&T <b>", "<!channel> @everyone AT&T <b>"),
    ],
)
def test_clean(raw: str, shown: str) -> None:
    """Nothing invisible that could deceive is left, and nothing that one sees is lost."""
    assert clean(raw) == shown


@given(CHARACTERS)
def test_clean_is_stable(text: str) -> None:
    """A clean text is one line without controls, and cleaning it again changes nothing."""
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in cleaned)
    assert not any("\u202a" <= character <= "\u202e" for character in cleaned)


def test_paragraphs() -> None:
    """Line breaks of any kind separate paragraphs, and empty ones are gone."""
    assert clean_paragraphs(" one  two \r\n\n\u200b\n three\u2028four ") == "one two\nthree\nfour"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("China’s CHIPS", "China's  chips"),
        ("“Straße”", '"STRASSE"'),
        ("ﬁnance ＡＩ", "Finance AI"),
        ("Cafe\u0301", "Café"),
    ],
)
def test_fold(one: str, other: str) -> None:
    """Two spellings of one title are equal once folded."""
    assert fold(one) == fold(other)


@given(CHARACTERS)
def test_fold_is_stable(text: str) -> None:
    """Folding a folded text changes nothing."""
    assert fold(fold(text)) == fold(text)


SENTENCE = (
    "The harbour of Velden will get two new cranes before the summer, "
    "its operator said on Monday in a short note to the press."
)


@pytest.mark.parametrize(
    ("text", "limit", "least", "shown"),
    [
        ("Short.", 320, 120, "Short."),
        (SENTENCE + " More follows here in " + "words " * 60, 320, 120, SENTENCE),
        ("One two. " + "Three four " * 10, 30, 20, "One two. Three four Three…"),
        ("One two. " + "Three four " * 10, 30, 5, "One two."),
        ("storage system (ESS) markets.", 18, 120, "storage system…"),
        ("and so it goes on and...", 320, 120, "and so it goes on and…"),
        ("and so it goes on, [&hellip;]".replace("&hellip;", "…"), 320, 120, "and so it goes on…"),
        ("A whole thought. [...]", 320, 120, "A whole thought."),
        (SENTENCE + " But then the...", 320, 120, SENTENCE),
        (
            "He met Mr. Holm of Velden Ltd. and left the U.S. at 3.5 knots. Then more",
            65,
            20,
            "He met Mr. Holm of Velden Ltd. and left the U.S. at 3.5 knots.",
        ),
        (
            "He met Mr. Holm of Velden Ltd. and left the U.S. at 3.5 knots. Then more",
            50,
            5,
            "He met Mr. Holm of Velden Ltd. and left the U.S.…",
        ),
        ("半导体产业加速。中国出口增长，市场看好。", 12, 5, "半导体产业加速。"),
        ("半导体产业加速中国出口增长市场看好", 12, 120, "半导体产业加速中国出口…"),
        ("“Is it?” he asked. " + "Word " * 20, 40, 10, "“Is it?” he asked."),
        ("x" * 50, 10, 120, "xxxxxxxxx…"),
        ("anything", 0, 120, ""),
    ],
)
def test_cut(text: str, limit: int, least: int, shown: str) -> None:
    """A text is cut after a whole sentence if that leaves enough, else after a word."""
    assert cut(text, limit, least) == shown


@given(CHARACTERS.map(clean), st.integers(1, 60), st.integers(0, 60))
def test_cut_within_limit(text: str, limit: int, least: int) -> None:
    """A cut text fits its limit and begins as the whole does."""
    shown = cut(text, limit, least)
    assert len(shown) <= limit
    assert text.startswith(shown.removesuffix("…"))


@pytest.mark.parametrize("cluster", [FAMILY, SCOTLAND, "🇩🇪", "👍🏽", "e\u0301\u0302", "ക\u0d4dഷ", "각"])
@pytest.mark.parametrize("limit", range(1, 24))
def test_cut_keeps_characters_whole(cluster: str, limit: int) -> None:
    """What one sees as one character is kept or left out as a whole."""
    assert cut(cluster * 20, limit).removesuffix("…").replace(cluster, "") == ""


@pytest.mark.parametrize("unit", ["(...", ". . ", "…", "?!", " ", "a.", "\u0301", "🇩", "[", "\n"])
def test_linear(unit: str) -> None:
    """Whatever a text repeats, working on 100,000 characters of it takes a moment."""
    text = "Start " + unit * (100_000 // len(unit)) + "x"
    started = time.process_time()
    cut(text, 8_000)
    cut(clean(text), 320)
    fold(text)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("url", "stripped"),
    [
        ("https://x.example/a?utm_source=rss", "https://x.example/a"),
        (
            "https://x.example/a?b=%41&UTM_Medium=x&&c=a+b&fbclid=1#top",
            "https://x.example/a?b=%41&&c=a+b#top",
        ),
        ("https://x.example/?ut%6d_source=1&id=3", "https://x.example/?id=3"),
        ("https://x.example/a#xtor=RSS-1", "https://x.example/a"),
        ("https://x.example/?", "https://x.example/?"),
        ("https://x.example/?utm_source", "https://x.example/?utm_source"),
        ("https://x.example/?ref=utm_source=1", "https://x.example/?ref=utm_source=1"),
        ("https://x.example/utm_source=1", "https://x.example/utm_source=1"),
        ("https://x.example/?mc_cid=1&mc_eid=2&gclid=3&igshid=4", "https://x.example/"),
        ("", ""),
    ],
)
def test_strip_tracking(url: str, stripped: str) -> None:
    """Tracking parameters go; order and spelling of all else stay."""
    assert strip_tracking(url) == stripped


@given(st.text(alphabet="ab&=?#%/+;", max_size=40))
def test_strip_tracking_leaves_others(url: str) -> None:
    """An address without tracking parameters is untouched."""
    assert strip_tracking(url) == url
