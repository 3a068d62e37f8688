"""Prose on Slack: each piece in its own mark-up, people unrung, times in the reader's timezone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.words import marked, mentioned, moment, mrkdwn
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Link, Moment, Named, Piece
from bot.text import clean, clean_paragraphs
from tests.slack_mrkdwn import kinds, parse, shown
from tests.test_slack_escape import TEXT, WAYS, seen, told

WHEN = datetime(2026, 4, 15, 13, 50, 49, tzinfo=UTC)
MARIA = Target("slack", "U0123", kind=TargetKind.PERSON)
PIECE: st.SearchStrategy[Piece] = st.one_of(
    TEXT,
    st.builds(Bold, TEXT),
    st.builds(Code, TEXT),
    st.builds(Link, TEXT, st.just("https://example.org/a")),
    st.builds(Moment, st.datetimes(timezones=st.just(UTC))),
    st.builds(Named, st.builds(Target, st.just("slack"), st.sampled_from(["C01", "D1", "<!here>", "x*"]))),
    st.just(Named(MARIA)),
)
DRAWN_AS = {Bold: "bold", Code: "code", Link: "link"}


@given(st.lists(PIECE, max_size=6).map(tuple))
def test_prose_holds_its_own_pieces_only(sentence: tuple[Piece, ...]) -> None:
    """Of a sentence Slack draws the bold, code, links, times and channels that stand in it, and no more."""
    expected = []
    for piece in sentence:
        if isinstance(piece, Named):
            expected += ["channel"] if piece.target.id in {"C01", "D1"} else []
        elif isinstance(piece, Moment):
            expected += ["date"] if 1970 <= piece.at.year < 9999 and piece.at.timestamp() > 0 else []
        elif isinstance(piece, Link) or (isinstance(piece, Bold | Code) and clean(piece.text)):
            expected.append(DRAWN_AS[type(piece)])
    drawn = parse(mrkdwn(sentence))
    assert [node.kind for node in drawn if node.kind not in {"text", "emoji"}] == expected
    for node in drawn:
        assert not kinds(node.inside)


@given(st.lists(TEXT.filter(clean).map(Bold) | TEXT.filter(clean).map(Code) | TEXT, max_size=5).map(tuple))
def test_marks_keep_their_texts(sentence: tuple[Piece, ...]) -> None:
    """Bold and code beside letters, signs and each other show exactly their own texts."""
    drawn = parse(mrkdwn(sentence))
    texts = [told(clean(piece.text)) for piece in sentence if isinstance(piece, Bold | Code)]
    assert [seen((node,)) for node in drawn if node.kind in {"bold", "code"}] == texts


@pytest.mark.parametrize(
    ("sentence", "written"),
    [
        (
            ("You follow ", Bold("ai_x"), " by ", Code("/follow ai*, `b`"), "."),
            "You follow *ai_x* by `/follow ai*, ˋbˋ`.",
        ),
        ((Bold("a"), Bold("b")), "*a*\u200b*b*"),
        (("“", Bold("OTL"), "’s"), "“\u200b*OTL*\u200b’s"),
        (("(", Bold("OTL"), ")"), "(*OTL*)"),
        (
            ("1. a\n• b & c\n", Link("a|b", "https://e.org/a?b=c&d")),
            "1. a\n• b &amp; c\n<https://e.org/a?b=c&amp;d|a¦b>",
        ),
        ((Link("x", "javascript:alert(1)"),), "x"),
        ((Named(Target("slack", "C5", "T1")), " ", Named(MARIA), " added it"), "<#C5> somebody added it"),
        ((":jo", Bold(""), "y:"), ":\u200bjoy:"),
        ((Moment(WHEN),), "<!date^1776261049^{date_short_pretty} at {time}|Apr 15, 2026 13:50 UTC>"),
    ],
)
def test_prose_is_written_plainly(sentence: tuple[Piece, ...], written: str) -> None:
    """Each kind of piece has its mark-up; strings that were handed in apart are read as one."""
    assert mrkdwn(sentence) == written


def test_nobody_is_rung_unless_asked_for() -> None:
    """A person is called by the name that is known, or mentioned where that is asked for, else neither."""
    sentence = (Named(MARIA), " added it")
    assert mrkdwn(sentence) == "somebody added it"
    assert mrkdwn(sentence, called=mentioned) == "<@U0123> added it"
    assert mrkdwn(sentence, called=lambda _: "@maria <!here>") == "@maria &lt;!here&gt; added it"
    assert not kinds(parse(mrkdwn(sentence, called=lambda _: "<@U0123>")))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "Jan 1, 1 00:00 UTC"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "Dec 31, 9999 23:59 UTC"),
        (datetime(1969, 12, 31, 23, 59, tzinfo=UTC), "Dec 31, 1969 23:59 UTC"),
    ],
)
def test_a_time_that_slack_does_not_know_stands_in_words(at: datetime, said: str) -> None:
    """Before 1970 and at the calendar's end a time is plain text, whatever its timezone."""
    assert moment(at).replace(", 0001", ", 1") == said
    for hours in (-12, 14):
        assert (
            not kinds(parse(moment(at.replace(tzinfo=timezone(timedelta(hours=hours)))))) or at.year == 1969
        )


@given(
    st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
    )
)
def test_any_time_is_written(at: datetime) -> None:
    """Every time of the calendar is one date or plain text."""
    assert kinds(parse(moment(at))) <= {"date"}


@given(TEXT, st.lists(st.tuples(st.integers(-1, 40), st.integers(-1, 40)), max_size=4))
def test_marks_are_bold_and_nothing_else(text: str, marks: list[tuple[int, int]]) -> None:
    """Matched words are bold in a rich text, the text stays as it is, and marks that miss it are left out."""
    text = clean_paragraphs(text)
    parts = marked(text, marks)
    assert "".join(part["text"] for part in parts) == text
    bold = "".join(part["text"] for part in parts if "style" in part)
    covered = {at for start, end in marks if 0 <= start < end <= len(text) for at in range(start, end)}
    assert bold == "".join(text[at] for at in sorted(covered))


@pytest.mark.parametrize("way", WAYS)
def test_a_date_is_read_as_one(way: str) -> None:
    """The form of a date is the one that Slack's parsers know, with the time in UTC for those that do not."""
    (node,) = parse(moment(WHEN), "package" if way == "package" else "client")
    assert (node.kind, shown(node.inside)) == ("date", "Apr 15, 2026 13:50 UTC")
