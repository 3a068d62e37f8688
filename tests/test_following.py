"""/following: the list of all that a person follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.models import Habits
from bot.prose import Bold, Moment
from bot.store import people, subscriptions
from tests.reading import JOE, MARIA, SECRET, START, Room, labels, reading


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with a feed of three posts."""
    async with reading(tmp_path) as made:
        await made.feed("Future", ["A chip is born", "Rain", "Chips and rain"])
        yield made


async def test_who_follows_nothing_is_told_how(room: Room) -> None:
    """An empty list is the specification's sentence with one thing to press."""
    reply = await room.ask("/following")
    assert room.text(reply) == "You don't follow anything yet. Try `/follow semiconductors`."
    assert [(button.label, button.command) for button in reply.buttons] == [("Follow a keyword", "/follow")]


async def test_a_row_says_all_of_a_follow(room: Room) -> None:
    """Each row has words, number, scope, rhythm, target if it is not the person, matches, and its state."""
    other = await room.feed("Other", ["Old chip"])
    await room.ask("/follow chip")
    await room.ask("/follow rain in:Future when:daily to:here")
    await room.ask("/follow snow")
    await room.ask("/follow hail")
    await room.ask(f"/mute 1 {other}")
    await room.ask("/change 3 paused:yes")
    await room.ask("/snooze 4 24h")
    reply = await room.ask("/following")
    assert room.text(reply) == (
        "You have 4 follows.\n"
        "Quiet hours: none. Digests: daily at 08:00, weekly on Monday 08:00 (UTC).\n"
        "• chip (1): all feeds, at once, 2 of the last 3 matched, without Other\n"
        "• rain (2): Future, in the daily digest, in #news, 2 of the last 3 matched\n"
        "• snow (3): all feeds, at once, 0 of the last 4 matched, paused\n"
        "• hail (4): all feeds, at once, 0 of the last 4 matched, snoozed until 17 Apr 2026, 09:00 UTC"
    )
    assert Moment(START + timedelta(days=1)) in reply.text
    assert Bold("chip") in reply.text
    assert (await room.press(reply, "chip")).form is not None
    room.now += timedelta(days=2)
    assert "snoozed" not in await room.say("/following")


async def test_the_header_has_the_persons_hours(room: Room) -> None:
    """Quiet hours and digest times stand above the list, with the timezone they are in."""
    habits = Habits("Asia/Hong_Kong", 22 * 60, 7 * 60, 450, weekdays_only=True, weekly_day=4, weekly_at=1080)
    await room.db.write(lambda c: people.save(c, subscriptions.target_id(c, MARIA), habits))
    await room.ask("/follow chip")
    assert (await room.say("/following")).startswith(
        "You have 1 follow.\nQuiet hours: 22:00–07:00. "
        "Digests: daily at 07:30 on weekdays, weekly on Friday 18:00 (Asia/Hong_Kong).\n"
    )


async def test_a_long_list_comes_in_pages(room: Room) -> None:
    """Twenty follows stand on a page, with a way to the next and back; a page beyond is the last."""
    for number in range(45):
        await room.ask(f"/follow word{number}")
    first = await room.ask("/following")
    assert room.text(first).startswith("You have 45 follows, page 1 of 3.")
    assert (room.text(first).count("\n•"), len(first.choices)) == (20, 20)
    second = await room.press(first, "Next page")
    assert "• word20 (21)" in room.text(second)
    third = await room.press(second, "Next page")
    assert room.text(third).count("\n•") == 5
    assert "Next page" not in labels(third)
    assert room.text(await room.press(third, "Previous page")) == room.text(second)
    assert await room.say("/following 99") == room.text(third)


async def test_a_person_who_cannot_be_messaged_sees_it_first(room: Room) -> None:
    """Where messages to a person are paused the list begins with that, and one press tries again."""
    await room.ask("/follow chip")
    assert "Try again" not in labels(await room.ask("/following"))
    person = await room.db.write(lambda c: subscriptions.target_id(c, MARIA))
    await room.db.write(lambda c: subscriptions.pause_target(c, person, reason="closed", now=room.now))
    reply = await room.ask("/following")
    assert room.text(reply).startswith("Paused: I could not message you.\nYou have 1 follow.")
    assert "I'll try again now." in room.text(await room.press(reply, "Try again"))
    assert room.rung == [START]
    assert "Paused" not in await room.say("/following")
    assert await room.say("/following retry") == "Nothing is held up: I can message you, as far as I know."


async def test_a_feed_that_is_closed_now_has_no_name(room: Room) -> None:
    """A follow of a feed that the person cannot see any more shows neither its name nor its posts."""
    await room.feed("Hidden", ["A chip plan"], where=SECRET)
    await room.ask("/follow chip in:Hidden")
    room.chat.closed.add(("maria", "secret"))
    room.now += timedelta(hours=2)
    assert "• chip (1): a feed you can't see now, at once" in await room.say("/following")


async def test_everybody_sees_their_own(room: Room) -> None:
    """The list holds the caller's follows and nobody else's."""
    await room.ask("/follow chip")
    await room.ask("/follow rain", who=JOE)
    assert "rain" not in await room.say("/following")
    assert "chip" not in await room.say("/following", who=JOE)


async def test_a_person_whose_messages_failed_lately_sees_it_too(room: Room) -> None:
    """From the first message that did not come the list says so, and offers to try at once."""
    await room.ask("/follow chip")
    person = await room.db.write(lambda c: subscriptions.target_id(c, MARIA))
    await room.db.write(lambda c: subscriptions.unreached(c, person, now=room.now, until=room.now))
    reply = await room.ask("/following")
    assert room.text(reply).startswith(
        "I could not message you lately. I keep trying for some days.\nYou have"
    )
    assert "Try again" in labels(reply)
