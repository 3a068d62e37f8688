"""/change, /phrase and /exclude: a follow made another, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.models import Follow, Rhythm
from bot.store.tables import queries
from tests.reading import JOE, MARIA, NEWS, TECH, Room, labels, reading


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with two feeds, and a follow of Maria's."""
    async with reading(tmp_path) as made:
        await made.feed("Future", ["A solid state battery", "A battery of the solid state", "Rain"])
        await made.feed("Past", ["Old battery"])
        await made.ask("/follow solid state battery")
        yield made


async def the_follow(room: Room) -> Follow:
    """Give the one follow there is."""
    (follow,) = await room.follows()
    return follow


@pytest.mark.parametrize(
    "typed",
    [
        "when:daily",
        "in:Past",
        "to:here",
        "to:tech",
        "paused:yes",
        "lithium, cobalt",
        '"solid state" battery -"old one"',
        "in:2 to:here when:weekly title:battery -rain",
    ],
)
async def test_undo_restores_what_was(room: Room, typed: str) -> None:
    """Every change, of one thing or of several, is taken back whole by one press."""
    before = await the_follow(room)
    reply = await room.ask(f"/change 1 {typed}")
    assert labels(reply) == ["Undo", "Change…"]
    assert await the_follow(room) != before
    undone = await room.press(reply, "Undo")
    assert await the_follow(room) == before
    await room.press(undone, "Undo")
    assert await the_follow(room) != before


async def test_the_answer_is_the_new_state(room: Room) -> None:
    """A change is answered with what the follow is now, and what it would have found."""
    assert await room.say("/change 1 battery in:Past when:hourly") == (
        "Changed. You now follow battery in Past. I'll send you matches every hour.\n"
        "It would have matched 1 of 1 post:\n• Old battery"
    )
    assert await room.say("/change 1 in:all to:tech") == (
        "Changed. You now follow battery in all feeds. I'll post matches in #tech every hour.\n"
        "It would have matched 3 of the last 4 posts:\n"
        "• Old battery\n• A solid state battery\n• A battery of the solid state"
    )
    assert "nothing comes for it until you resume it" in await room.say("/change 1 paused:yes")
    assert await room.say("/change 1 paused:no") == "battery is on again (all feeds, in #tech, every hour)."


async def test_what_is_so_already_is_kept(room: Room) -> None:
    """A change to what is there says Kept and changes nothing."""
    assert await room.say("/change 1 when:now") == "Kept: solid state battery (all feeds, by DM, at once)."


async def test_nothing_given_shows_a_form(room: Room) -> None:
    """Without a change the form shows what is; handed in as it is, it changes nothing."""
    await room.ask("/change 1 in:Past to:tech when:daily")
    reply = await room.ask("/change 1")
    assert reply.form is not None
    shown = {field.name: field.value for field in reply.form.fields}
    assert shown == {"words": "solid state battery", "feed": "Past", "to": "tech", "when": "daily"}
    (places,) = [
        [choice.value for choice in field.choices] for field in reply.form.fields if field.name == "to"
    ]
    assert places == ["me", "tech", "here"]
    said = await room.say(
        reply.form.command, words="solid state battery", feed="Past", to="tech", when="daily"
    )
    assert said.startswith("Kept: ")
    assert labels(reply) == ["Pause", "Exclude a word…", "Unfollow"]
    await room.press(reply, "Pause")
    assert labels(await room.ask("/change 1"))[0] == "Resume"


async def test_a_feed_field_left_empty_means_all(room: Room) -> None:
    """A form that comes back without a feed looks in all feeds again."""
    await room.ask("/change 1 in:Past")
    reply = await room.ask("/change 1")
    assert reply.form is not None
    await room.ask(reply.form.command, words="battery", feed="", to="here", when="weekly")
    follow = await the_follow(room)
    assert (follow.typed, follow.feed_id, follow.target, follow.rhythm) == (
        "battery",
        None,
        NEWS,
        Rhythm.WEEKLY,
    )


async def test_the_form_is_a_line_to_type_too(room: Room) -> None:
    """The form's command with its fields behind it, as a terminal writes them, is understood as typed."""
    await room.ask("/change 1 in:Past")
    reply = await room.ask("/change 1")
    assert reply.form is not None
    assert "Kept: " in await room.say(f"{reply.form.command} solid state battery in:Past to:me when:now")
    await room.ask(f"{reply.form.command} solid state battery to:me when:daily")
    follow = await the_follow(room)
    assert (follow.feed_id, follow.rhythm) == (None, Rhythm.DAILY)


async def test_unreadable_words_change_nothing(room: Room) -> None:
    """Words that cannot be read come back in the form of this follow, with the fix to press."""
    before = await the_follow(room)
    reply = await room.ask('/change 1 when:daily "solid state')
    assert "a quote isn't closed" in room.text(reply)
    opened = (await room.press(reply, "Open the form")).form
    assert opened is not None
    assert opened.command.startswith("/change #1 ")
    assert {field.name: field.value for field in opened.fields} == {
        "words": '"solid state',
        "feed": "",
        "to": "me",
        "when": "daily",
    }
    assert await the_follow(room) == before
    await room.press(reply, "Try that")
    after = await the_follow(room)
    assert (after.typed, after.rhythm) == ('"solid state"', Rhythm.DAILY)


async def test_a_query_that_cannot_be_read_any_more_can_be_changed(room: Room) -> None:
    """A follow kept by a version that could read it is listed and changed like any other."""
    await room.db.write(lambda c: c.execute(update(queries).values(canonical='"solid (state')))
    assert "solid state battery (1): all feeds" in await room.say("/following")
    assert (await room.say("/change 1 in:Past")) == (
        "Changed. You now follow solid state battery in Past. I'll send you a direct message at once."
    )
    assert (await room.say("/phrase 1")).startswith('Changed. You now follow "solid state battery" in Past.')


async def test_nothing_named_shows_a_menu(room: Room) -> None:
    """Without a follow to change, all are listed to choose from; a choice shows its form."""
    reply = await room.ask("/change")
    assert room.text(reply) == "Which one shall I change?"
    assert reply.form is None
    assert (await room.press(reply, "solid state battery")).form is not None


async def test_two_follows_never_become_one(room: Room) -> None:
    """A change that would make two follows the same is refused, and names the other."""
    await room.ask("/follow lithium")
    reply = await room.ask("/change 1 lithium")
    assert room.text(reply) == "You already follow lithium (all feeds, by DM, at once). Nothing changed."
    assert [one.typed for one in await room.follows()] == ["solid state battery", "lithium"]


async def test_a_channel_needs_the_right_to_change_feeds_there(room: Room) -> None:
    """Alerts move to a channel only with the right there, and back to the person without."""
    await room.ask("/change 1 to:here")
    room.chat.guests.add(MARIA)
    assert await room.say("/change 1 to:tech") == "Guests can't change channel feeds."
    assert (await the_follow(room)).target == NEWS
    await room.ask("/change 1 to:me", place=TECH)
    assert (await the_follow(room)).target == MARIA


@pytest.mark.parametrize(
    "command", ["/change 1 when:daily", "/phrase 1", "/exclude 1 rain", "/change 1", "/exclude 1"]
)
async def test_nobody_changes_the_follows_of_others(room: Room, command: str) -> None:
    """Another person's follow is not changed, and its words are not shown."""
    before = await room.follows()
    reply = await room.ask(command, who=JOE)
    assert room.text(reply).startswith("You don't follow 1.")
    assert reply.form is None
    assert await room.follows() == before


async def test_only_several_words_become_a_phrase(room: Room) -> None:
    """Words already quoted, or one word, stay what they are."""
    assert 'Changed. You now follow "solid state battery" in all feeds.' in await room.say("/phrase 1")
    assert (await room.say("/phrase 1")).startswith("Only several words can become a phrase.")


async def test_a_phrase_keeps_what_is_left_out(room: Room) -> None:
    """Making a phrase keeps the words that are left out, and how the others were typed."""
    await room.ask("/change 1 Solid -rain State")
    await room.ask("/phrase 1")
    assert (await the_follow(room)).typed == '"Solid State" -rain'


async def test_a_word_is_left_out(room: Room) -> None:
    """A word or phrase given, with or without its minus, is left out from now on; without one a form asks."""
    await room.ask("/exclude 1 rain")
    await room.ask("/exclude 1 -snow")
    await room.ask("/exclude 1 old news")
    assert (await the_follow(room)).typed == 'solid state battery -rain -snow -"old news"'
    reply = await room.ask("/exclude 1")
    assert reply.form is not None
    await room.ask(reply.form.command, word="hail")
    assert (await the_follow(room)).canonical.count("-") == 4


async def test_an_ended_follow_cannot_be_changed(room: Room) -> None:
    """A button below an old message says that the follow is gone."""
    await room.ask("/unfollow 1")
    assert (await room.say("/change 1 when:daily")).startswith("You don't follow 1.")


WORDS = st.text(st.sampled_from('ab "-,*:()`<in:to'), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS)
async def test_no_words_break_a_change_or_its_undo(room: Room, words: str) -> None:
    """Whatever is typed changes the follow, and Undo restores it, or is refused and changes nothing."""
    before = await the_follow(room)
    reply = await room.ask("/change 1", words=words)
    assert "went wrong" not in room.text(reply)
    if await the_follow(room) != before:
        await room.press(reply, "Undo")
    assert await the_follow(room) == before


async def test_a_lost_right_alerts_no_channel_any_more(room: Room) -> None:
    """Who may not change a channel any more can pause or end a follow for it, and nothing else of it."""
    await room.ask("/follow chip to:here")
    room.chat.guests.add(MARIA)
    refused = "Guests can't change channel feeds."
    assert await room.say("/change #2 ship") == refused
    assert "is paused" in await room.say("/change #2 paused:yes")
    assert await room.say("/change #2 paused:no") == refused
    assert "You no longer follow" in await room.say("/unfollow #2")
    assert await room.say("/refollow 2") == refused
