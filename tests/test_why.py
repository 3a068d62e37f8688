"""Why a card comes: the marks stand on the words that matched, and one of them shows if it can."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.card import SUMMARY_LIMIT
from bot.models import Card, Entry, Follow, Image, Look, Rhythm, Target, TargetKind
from bot.prose import because, plain
from bot.query import QueryError, parse
from bot.why import alert, matches, standing

NOW = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
ANN = Target("stage", "ann", kind=TargetKind.PERSON)
LONG = "The boats lay in the harbour all day. " * 12


def follow(words: str, number: int = 1, *, rhythm: Rhythm = Rhythm.NOW, feed_id: int | None = None) -> Follow:
    """Make a follow of Ann's."""
    return Follow(number, ANN, ANN, words, str(parse(words)), rhythm, NOW, feed_id=feed_id)


def made(entry: Entry, *follows: Follow, look: Look = Look()) -> Card:  # noqa: B008 - frozen
    """Make the alert of an entry."""
    found = matches(entry, follows)
    return alert(entry, found, feed_id=3, source="Harbour News", source_link=None, now=NOW, look=look)


def marked(card: Card) -> tuple[list[str], list[str]]:
    """Read the words that are marked in title and summary."""
    return [card.title[a:b] for a, b in card.title_marks], [card.summary[a:b] for a, b in card.summary_marks]


def test_marks_stand_in_what_is_shown() -> None:
    """Title and summary carry their marks where the words stand, once cleaned and cut."""
    entry = Entry("1", "Tariffs \u200b on\n chips", summary="Old  chips\n\nand new chips. " + LONG)
    assert marked(made(entry, follow("chips, tariff"))) == (["Tariffs", "chips"], ["chips", "chips"])


def test_the_buttons_are_for_the_follow_that_sent_it() -> None:
    """Of several follows the soonest is named first, and the buttons, which say so, act on it."""
    slow, soon = follow("chips", 1, rhythm=Rhythm.WEEKLY), follow("tariff", 2)
    card = made(Entry("1", "Tariffs on chips"), slow, soon)
    assert card.why is not None
    assert [reason.follow_id for reason in card.why.reasons] == [2, 1]
    labels = {button.label: button.command for button in card.buttons}
    assert labels["Unfollow “tariff”"] == "/unfollow #2"
    assert labels["Snooze “tariff” 24 h"] == "/snooze #2 24h"
    assert "Daily digest instead" in labels


def test_the_first_matched_word_shows() -> None:
    """Where no matched word would show, the summary begins with the sentence of the first one."""
    entry = Entry("1", "Ships", summary=f"{LONG}Then came the tariff on steel. Nobody knew why. {LONG}")
    card = made(entry, follow("tariff"))
    assert card.summary.startswith("… Then came the tariff on steel. Nobody knew why.")
    assert marked(card) == ([], ["tariff"])


def test_a_word_that_shows_moves_nothing() -> None:
    """Where the title or the author shows a matched word, the summary begins at its beginning."""
    entry = Entry("1", "Tariff", author="Ada Lind", summary=LONG + "Then came the tariff on steel.")
    assert made(entry, follow("tariff")).summary.startswith("The boats")
    assert made(entry, follow('author:"Ada Lind" steel')).summary.startswith("The boats")


def test_a_word_deep_in_an_endless_sentence_shows() -> None:
    """In a sentence without end the summary begins a few words before the match."""
    entry = Entry("1", "Ships", summary="boats and " * 100 + "a tariff on steel " + "and boats " * 100)
    card = made(entry, follow("tariff"))
    assert marked(card) == ([], ["tariff"])
    assert card.summary.startswith("… ")
    assert len(card.summary) <= SUMMARY_LIMIT


@given(
    st.lists(
        st.sampled_from(
            ["boats", "and", "tariff", "e.g.", "3.5", "U.S.", "why?", "end.", "电池充电", "x" * 90]
        ),
        max_size=300,
    )
)
def test_a_mark_is_never_beside_the_word(words: list[str]) -> None:
    """Whatever the text, all that is marked is the word, something is marked if it is there, limits hold."""
    card = made(Entry("1", "Ships", summary=" ".join(words)), follow("tariff, 电池"))
    shown = marked(card)[1]
    assert set(shown) <= {"tariff", "电池"}
    assert bool(shown) == bool({"tariff", "电池充电"} & set(words))
    assert len(card.summary) <= SUMMARY_LIMIT


@given(st.text(max_size=900), st.text(max_size=3_000), st.text(min_size=1, max_size=20))
def test_any_text_and_any_query(title: str, summary: str, words: str) -> None:
    """Marks are sorted, do not overlap and lie within their texts, whatever these are."""
    try:
        one = follow(words)
    except QueryError:
        return
    card = made(Entry("1", title, summary=summary), one, follow("00, zz, 电", 2))
    for text, marks in ((card.title, card.title_marks), (card.summary, card.summary_marks)):
        edges = [edge for mark in marks for edge in mark]
        assert edges == sorted(edges)
        assert all(0 <= start < end <= len(text) for start, end in marks)


def test_marks_of_two_follows_are_one() -> None:
    """Words that two follows share are marked once, also where one of them wants more."""
    entry = Entry("1", "Solid state battery")
    card = made(entry, follow('"solid state"'), follow('"state battery"', 2), follow("battery", 3))
    assert card.title_marks == ((0, 19),)
    assert card.why is not None
    assert [reason.follow_id for reason in card.why.reasons] == [1, 2, 3]


def test_scopes() -> None:
    """A reason says all feeds, or the feed's name as the card has it."""
    card = made(Entry("1", "Chips"), follow("chips"), follow("chip*", 2, feed_id=3))
    assert card.why is not None
    assert [reason.scope for reason in card.why.reasons] == ["all feeds", "Harbour News"]


def test_compact() -> None:
    """A compact card has one line: no summary, no picture, and still its marks in the title."""
    entry = Entry("1", "Chips", summary="Of chips.", image=Image("https://example.org/i.png"))
    card = made(entry, follow("chips"), look=Look(compact=True))
    assert (card.summary, card.image, card.summary_marks, card.title_marks) == ("", None, (), ((0, 5),))
    assert made(entry, look=Look(image="none")).image is None
    assert made(entry, look=Look(image="large")).image is not None


def test_in_a_channel_it_is_said_who_follows() -> None:
    """A card that others read too names those who follow, and has no buttons over what is not theirs."""
    news, bob = Target("stage", "news"), replace(ANN, id="bob")
    mine = [replace(follow(words, number), target=news) for number, words in ((1, "chips"), (2, "ship*"))]
    card = made(Entry("1", "Chips and ships"), *mine, replace(follow("ships", 3), target=news, owner=bob))
    assert card.why is not None
    assert plain(because(card.why)) == (
        "Matched Chips and ships (title) · @ann follows `chips` in all feeds and `ship*` in all feeds "
        "· @bob follows `ships` in all feeds"
    )
    assert card.buttons == ()


def test_a_query_that_cannot_be_read_any_more_finds_nothing() -> None:
    """A follow kept by a version that could read it stops no alerts, and a card keeps it as its reason."""
    strange = replace(follow("chips"), canonical='"chips')
    entry = Entry("1", "Chips and ships")
    assert [match.follow.id for match in matches(entry, [strange, follow("ships", 2)])] == [2]
    assert [match.hit.words for match in standing(entry, [strange])] == [()]


@pytest.mark.parametrize("rhythm", list(Rhythm))
def test_a_digest_offers_no_digest(rhythm: Rhythm) -> None:
    """“Daily digest instead” is offered where alerts come sooner than that."""
    labels = [button.label for button in made(Entry("1", "Chips"), follow("chips", rhythm=rhythm)).buttons]
    assert ("Daily digest instead" in labels) == (rhythm in {Rhythm.NOW, Rhythm.HOURLY})


def test_a_long_query_is_cut_in_what_is_spoken() -> None:
    """Buttons stay short, however long the query and the feed's name are."""
    entry = Entry("1", "Chips")
    found = matches(entry, [follow("chips, " + "ships, " * 18)])
    card = alert(entry, found, feed_id=3, source="Harbour " * 30, source_link=None, now=NOW)
    assert max(len(button.label) for button in card.buttons) <= 75
    assert max(len(button.spoken) for button in card.buttons) <= 150


def test_what_stands_keeps_its_reasons() -> None:
    """A card that stands there keeps the reasons for which it came, whether their words are left or not."""
    reasons = standing(Entry("1", "Ships"), [follow("chips"), follow("ships", 2)])
    assert [(match.follow.id, match.hit.words) for match in reasons] == [(1, ()), (2, ("Ships",))]


def test_without_a_match_it_is_a_plain_card() -> None:
    """An entry that satisfies nothing has no why, no marks and no buttons."""
    card = made(Entry("1", "Ships"), follow("chips"))
    assert (card.why, card.title_marks, card.buttons) == (None, (), ())
