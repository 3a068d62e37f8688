"""/follow: what it answers, for each thing that can come of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.command import Caller
from bot.models import Rhythm
from bot.prose import Bold, Code, Link
from bot.query import LIMIT
from bot.store.tables import entries
from tests.reading import MARIA, NEWS, Room, labels, reading

POSTS = (
    "Semiconductors lead a quiet market",
    "A new semiconductor plant opens",
    "Why one semiconductor maker waits",
    "A solid new state of the battery art",
    "Solid-state battery cells leave the lab",
    "Chip prices rise as semiconductor demand grows",
    *(f"AI helps farmers, part {part}" for part in range(20)),
    *(f"Weather report {part}" for part in range(24)),
)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk in a channel whose feed has fifty posts of twelve days."""
    async with reading(tmp_path) as made:
        await made.feed("Future", POSTS)
        yield made


async def test_success_names_the_matches_and_the_other_form(room: Room) -> None:
    """A new follow is confirmed with its scope, its way, three linked titles and the other form it counts."""
    reply = await room.ask("/follow semiconductors")
    assert room.text(reply) == (
        "You now follow semiconductors in all feeds. I'll send you a direct message at once.\n"
        "It would have matched 4 of the last 50 posts:\n"
        "• Semiconductors lead a quiet market\n"
        "• A new semiconductor plant opens\n"
        "• Why one semiconductor maker waits\n"
        "Also counts “semiconductor”. For the exact word use quotes."
    )
    assert Bold("semiconductors") in reply.text
    assert Bold("4 of the last 50") in reply.text
    assert Link(POSTS[0], "https://future.example/1") in reply.text
    assert [(button.label, button.command) for button in reply.buttons] == [
        ("Undo", "/unfollow #1"),
        ("Change…", "/change #1"),
    ]
    (follow,) = await room.follows()
    assert (follow.typed, follow.rhythm, follow.target) == ("semiconductors", Rhythm.NOW, MARIA)


async def test_the_other_form_is_that_of_the_posts_language(room: Room) -> None:
    """Where no post found is English, no English form is said to count."""
    await room.db.write(lambda c: c.execute(update(entries).values(language="de")))
    text = await room.say("/follow semiconductors")
    assert "would have matched" in text
    assert "Also counts" not in text


async def test_several_words_offer_the_phrase(room: Room) -> None:
    """Several words are said to be all wanted; one press makes a phrase of them, and Undo words again."""
    reply = await room.ask("/follow solid state battery")
    assert room.text(reply) == (
        "You now follow posts that mention solid and state and battery (2 of the last 50)."
    )
    assert [piece.text for piece in reply.text if isinstance(piece, Bold)] == ["solid", "state", "battery"]
    assert labels(reply) == ["Make it a phrase", "Undo", "Change…"]
    phrase = await room.press(reply, "Make it a phrase")
    assert "1 of the last 50" in room.text(phrase)
    assert [one.typed for one in await room.follows()] == ['"solid state battery"']
    await room.press(phrase, "Undo")
    assert [one.typed for one in await room.follows()] == ["solid state battery"]


@pytest.mark.parametrize(
    "again", ["semiconductors", "SEMICONDUCTORS", "  semiconductors ", "semiconductors, semiconductors"]
)
async def test_the_same_meaning_is_followed_once(room: Room, again: str) -> None:
    """A query that means the same, in the same scope for the same target, changes nothing."""
    await room.ask("/follow semiconductors")
    reply = await room.ask(f"/follow {again}")
    assert room.text(reply) == (
        "You already follow semiconductors (all feeds, by DM, at once). Nothing changed."
    )
    assert labels(reply) == ["Change…", "Unfollow"]
    assert len(await room.follows()) == 1


async def test_another_rhythm_of_the_same_is_offered(room: Room) -> None:
    """Who asks for the same at another time is told so, and one press changes the time."""
    await room.ask("/follow semiconductors")
    reply = await room.ask("/follow semiconductors when:daily")
    assert "Nothing changed." in room.text(reply)
    await room.press(reply, "Get it in the daily digest")
    assert [one.rhythm for one in await room.follows()] == [Rhythm.DAILY]


async def test_overlap_names_the_other_follow(room: Room) -> None:
    """A follow that finds what another finds too says which one, and how many."""
    await room.ask("/follow chip")
    reply = await room.ask("/follow semiconductors")
    assert room.text(reply).endswith(
        "\nNote that chip already alerts you to 1 of these 4 posts; you'll still get one message per post."
    )


async def test_paused_and_channel_follows_are_no_overlap(room: Room) -> None:
    """Only what really alerts the same target counts as an overlap."""
    await room.ask("/follow chip to:here")
    await room.ask("/follow plant")
    await room.ask("/change 2 paused:yes")
    assert "Note that" not in await room.say("/follow semiconductors")


async def test_nothing_matched_yet(room: Room) -> None:
    """Words that no known post holds are followed, with a way to add more."""
    reply = await room.ask("/follow TSMC")
    assert room.text(reply) == (
        "You now follow TSMC. None of the last 50 posts mention it, so it may be quiet. "
        "You can add words: `/follow TSMC, semiconductors`."
    )
    assert labels(reply) == ["Add words…", "Undo"]
    assert (await room.press(reply, "Add words…")).form is not None


async def test_several_words_are_said_to_be_all_wanted(room: Room) -> None:
    """Also where nothing or too much is found, it is said that several words must all be there."""
    assert (await room.say("/follow weather cake")).startswith(
        "You now follow posts that mention weather and cake. None of the last 50 posts mention them all,"
    )
    assert (await room.say("/follow weather report")).startswith(
        "You now follow posts that mention weather and report: 24 of the last 50 posts match"
    )


async def test_no_query_is_suggested_that_would_be_too_long(room: Room) -> None:
    """Words that leave no room for more are followed without the advice to add some."""
    text = await room.say(f"/follow {'x' * LIMIT}")
    assert text.endswith("so it may be quiet.")


async def test_noisy_words_offer_a_digest(room: Room) -> None:
    """Words that match often say how often, and one press puts them into the daily digest."""
    reply = await room.ask("/follow ai")
    assert room.text(reply) == (
        "You now follow ai: 20 of the last 50 posts match, nearly 2 a day. A daily digest may be calmer."
    )
    assert labels(reply) == ["Daily digest", "Keep at once", "Undo"]
    kept = await room.press(reply, "Keep at once")
    assert room.text(kept) == "Kept: ai (all feeds, by DM, at once)."
    await room.press(reply, "Daily digest")
    assert [one.rhythm for one in await room.follows()] == [Rhythm.DAILY]


async def test_a_digest_is_never_noisy(room: Room) -> None:
    """Who asks for a digest is not told that a digest would be calmer."""
    text = await room.say("/follow ai when:weekly")
    assert "calmer" not in text
    assert "in your weekly digest on Monday 08:00" in text


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/feed?key=secret",
        "feed://a.example/x",
        "www.a.example/rss",
        "htps://a.example/rss",
    ],
)
async def test_an_address_is_answered_with_the_command_for_feeds(room: Room, address: str) -> None:
    """A whole text that is an address follows nothing; what looks like a key in it is not shown."""
    reply = await room.ask(f"/follow {address}")
    text = room.text(reply)
    assert text.startswith("That looks like a feed address. To post it in this channel: `/feeds add ")
    assert "secret" not in text
    assert [(button.label, button.command) for button in reply.buttons] == [
        ("Add this feed here", f"/feeds add {address}")
    ]
    assert await room.follows() == []


async def test_an_unreadable_query_comes_back_in_a_form(room: Room) -> None:
    """What cannot be read is repeated with the fix, a button for that, and one for the form, filled in."""
    reply = await room.ask("/follow battery not tesla in:Future when:daily")
    assert room.text(reply) == "I couldn't read `battery not tesla`. Did you mean `battery -tesla`?"
    assert Code("battery -tesla") in reply.text
    assert reply.form is None
    assert labels(reply) == ["Try that", "Open the form"]
    opened = (await room.press(reply, "Open the form")).form
    assert opened is not None
    assert opened.command == "/follow"
    assert {field.name: field.value for field in opened.fields} == {
        "words": "battery not tesla",
        "feed": "Future",
        "to": "me",
        "when": "daily",
    }
    assert await room.follows() == []
    await room.press(reply, "Try that")
    (follow,) = await room.follows()
    assert (follow.typed, follow.rhythm, follow.feed_id) == ("battery -tesla", Rhythm.DAILY, 1)


async def test_an_open_quote_is_closed_by_the_button(room: Room) -> None:
    """The sentence about an open quote is the specification's, and its fix can be pressed."""
    reply = await room.ask('/follow chips "solid state')
    assert room.text(reply) == (
        'I couldn\'t read `chips "solid state`: a quote isn\'t closed. Try `chips "solid state"`.'
    )
    assert "You now follow" in room.text(await room.press(reply, "Try that"))
    reply = await room.ask('/follow "solid state when:daily')
    assert room.text(reply).endswith('a quote isn\'t closed. Try `"solid state" when:daily`.')
    await room.press(reply, "Try that")
    assert [(one.typed, one.rhythm) for one in await room.follows()][1:] == [('"solid state"', Rhythm.DAILY)]


async def test_nothing_typed_opens_the_form(room: Room) -> None:
    """An empty command asks for everything, and the form handed in follows."""
    reply = await room.ask("/follow")
    assert reply.form is not None
    assert reply.form.command == "/follow"
    told = await room.say(reply.form.command, words="TSMC", feed="Future", to="me", when="hourly")
    assert told.startswith("You now follow TSMC in Future. I'll send you matches every hour.")


async def test_the_form_can_be_tried(room: Room) -> None:
    """The forms of a follow hold a trial that takes the same fields; that of a preview is one itself."""
    for command in ("/follow", "/form for:preview", "/change 1"):
        await room.ask("/follow semiconductors")
        form = (await room.ask(command)).form
        assert form is not None
        if form.command == "/preview":
            assert form.trial is None
            continue
        assert form.trial is not None
        fields = {field.name: field.value for field in form.fields} | {"words": "chip", "feed": ""}
        tried = await room.desk.answer(Caller(MARIA, NEWS), form.trial.command, fields)
        assert room.text(tried).startswith("chip would have matched 1 of the last 50")
    assert [one.typed for one in await room.follows()] == ["semiconductors"]


async def test_a_flag_inside_the_forms_words_is_refused(room: Room) -> None:
    """A flag typed into the field for words is pointed out, not looked for."""
    reply = await room.ask("/follow", words="chips when:daily")
    assert room.text(reply) == "Leave `when:` out of the words: it has a field of its own."
    opened = (await room.press(reply, "Open the form")).form
    assert opened is not None
    assert opened.fields[0].value == "chips"
    assert await room.follows() == []


async def test_preview_saves_nothing(room: Room) -> None:
    """A preview shows what would have matched, and follows only when its button is pressed."""
    empty = await room.ask("/follow preview")
    assert empty.form is not None
    assert (empty.form.command, empty.form.submit) == ("/preview", "Show what would have matched")
    reply = await room.ask(empty.form.command, words="chip", feed="", to="me", when="daily")
    assert room.text(reply).startswith("chip would have matched 1 of the last 50 posts:\n• Chip prices")
    assert await room.follows() == []
    await room.press(reply, "Follow")
    assert [(one.typed, one.rhythm) for one in await room.follows()] == [("chip", Rhythm.DAILY)]


async def test_words_and_titles_are_pieces_of_their_own(room: Room) -> None:
    """Hostile words and titles stand in a reply as pieces, never inside a plain string."""
    await room.feed("Evil", ["<!channel> *x* chip"], where=NEWS)
    reply = await room.ask('/follow "<!channel> chip", chip')
    strings = "".join(piece for piece in reply.text if isinstance(piece, str))
    assert "<!channel>" in room.text(reply)
    assert "<!channel>" not in strings
