"""/follow: where it looks, whom it may alert, when, and how many there may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.command import Caller
from bot.models import Habits, Rhythm
from bot.prose import Named
from bot.store import people, subscriptions
from tests.reading import ELSEWHERE, JOE, MARIA, NEWS, SECRET, TECH, Room, reading


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with a feed in a channel and one in a closed channel."""
    async with reading(tmp_path) as made:
        await made.feed("Future", ["A chip is born", "Rain"])
        await made.feed("Hidden", ["A secret chip plan"], where=SECRET)
        made.chat.closed = {("maria", "secret"), ("news", "secret")}
        yield made


async def test_only_what_the_person_may_see_is_looked_through(room: Room) -> None:
    """A backtest counts no post, and shows no title, of a channel that is closed to the person."""
    assert "1 of the last 2 posts:\n• A chip is born" in await room.say("/follow chip")
    assert "2 of the last 3 posts" in await room.say("/follow chip", who=JOE)


async def test_a_closed_feed_cannot_be_named(room: Room) -> None:
    """A feed of a closed channel is answered like one that does not exist."""
    hidden = await room.say("/follow chip in:Hidden")
    missing = await room.say("/follow chip in:Hudson")
    assert hidden.replace("Hidden", "Hudson") == missing
    assert await room.follows() == []


async def test_one_feed_is_named_in_the_answer(room: Room) -> None:
    """A follow of one feed says its name, and is another follow than that of all feeds."""
    await room.ask("/follow chip")
    assert "You now follow chip in Future. " in await room.say("/follow chip in:future")
    assert [one.feed_id for one in await room.follows()] == [None, 1]
    assert "(Future, by DM, at once)" in await room.say("/follow chip in:1")


async def test_a_channel_is_the_scope_and_a_direct_message_is_everywhere(room: Room) -> None:
    """A follow looks in the workspace where it was made; made in a direct message, in each one shared."""
    await room.feed("Club", ["A chip for the club"], where=ELSEWHERE)
    assert "1 of the last 2" in await room.say("/follow chip")
    assert "2 of the last 3" in await room.say("/follow chip", place=MARIA)
    assert [one.space for one in await room.follows()] == ["office", None]


async def test_without_any_feed_it_is_followed_and_said(tmp_path: Path) -> None:
    """Where no feed is within reach the follow is made, with how to add one."""
    async with reading(tmp_path) as room:
        text = await room.say("/follow chip")
        assert text.startswith("You now follow chip. I'll send you a direct message at once. But no feed is")
        assert "`/feeds add https://…`, in a channel or, for yourself, in a direct message with me." in text
        assert len(await room.follows()) == 1
        await room.feed("Empty")
        assert "No posts are known yet" in await room.say("/follow chips, tsmc")


async def test_where_one_types_for_oneself_is_said_as_the_platform_has_it(tmp_path: Path) -> None:
    """Where nothing can be typed in a direct message with the bot, nobody is sent there to add a feed."""
    async with reading(tmp_path) as room:
        caller = Caller(MARIA, NEWS, alone="with me in the menu")
        text = room.text(await room.desk.answer(caller, "/follow chip"))
        assert text.endswith("in a channel or, for yourself, with me in the menu.")


async def test_a_channel_follow_needs_the_right_to_change_feeds_there(room: Room) -> None:
    """Alerts go to a channel only if the adapter lets the person change feeds in it."""
    reply = await room.ask("/follow chip to:here")
    assert room.text(reply).startswith("You now follow chip in all feeds. I'll post matches in #news.")
    assert Named(NEWS) in reply.text
    assert [one.target for one in await room.follows()] == [NEWS]
    room.chat.guests.add(MARIA)
    assert await room.say("/follow rain to:tech") == "Guests can't change channel feeds."
    assert len(await room.follows()) == 1
    assert "You now follow rain" in await room.say("/follow rain to:me")
    assert "You now follow snow" in await room.say("/follow snow to:here", place=MARIA)
    assert {one.target for one in (await room.follows())[1:]} == {MARIA}


async def test_a_channel_follow_finds_what_owner_and_readers_see(room: Room) -> None:
    """A follow for a channel looks only in feeds that its owner and the channel's readers may see."""
    assert "1 of the last 2" in await room.say("/follow chip to:here", who=JOE)
    assert "2 of the last 3" in await room.say("/follow chip to:tech", who=JOE, place=TECH)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("hourly", "I'll send you matches every hour."),
        ("daily", "I'll send you matches in your daily digest at 07:30 on weekdays."),
        ("weekly", "I'll send you matches in your weekly digest on Wednesday 18:00."),
    ],
)
async def test_the_answer_names_the_persons_own_times(room: Room, when: str, said: str) -> None:
    """A digest is announced with the day and time that the person chose."""
    habits = Habits("Asia/Tokyo", daily_at=450, weekdays_only=True, weekly_day=2, weekly_at=1080)
    await room.db.write(lambda c: people.save(c, subscriptions.target_id(c, MARIA), habits))
    text = await room.say(f"/follow chip when:{when}")
    assert said in text
    assert "UTC" not in text


async def test_a_digest_takes_the_timezone_that_the_platform_knows(room: Room) -> None:
    """The first digest settles the person's timezone if the platform tells it; else the answer says so."""
    assert "I don't know your timezone, so that is UTC" in await room.say("/follow chip when:daily")
    reply = await room.ask("/follow rain when:daily", timezone="Asia/Hong_Kong")
    assert "UTC" not in room.text(reply)
    known = await room.db.write(lambda c: people.habits(c, subscriptions.target_id(c, MARIA)))
    assert known == replace(Habits(), timezone="Asia/Hong_Kong")
    assert "UTC" in room.text(await room.ask("/follow sun when:daily", who=JOE, timezone="Mars/Olympus"))


async def test_the_limit_holds_when_all_come_at_once(tmp_path: Path) -> None:
    """Never more follows than the limit are made, however many are asked for in the same moment."""
    async with reading(tmp_path, follows_per_person=5) as room:
        await room.feed("Future", ["Chip"])
        answers = await asyncio.gather(*(room.say(f"/follow word{number}") for number in range(12)))
        assert len(await room.follows()) == 5
        refused = [text for text in answers if text.startswith("You have 5 follows, the limit here.")]
        assert len(refused) == 7
        assert refused[0] == (
            "You have 5 follows, the limit here. Unfollow one, or join some with commas: "
            "`chips, TSMC, semiconductors` counts once."
        )
        reply = await room.ask("/follow another")
        assert "word" in room.text(await room.press(reply, "Show my follows"))
        await room.ask("/unfollow", follow="1")
        assert "You now follow another" in await room.say("/follow another")
        assert "You now follow chip" in await room.say("/follow chip", who=JOE)


async def test_the_same_asked_twice_at_once_is_followed_once(room: Room) -> None:
    """Two identical requests in the same moment make one follow."""
    answers = await asyncio.gather(*(room.say("/follow chip") for _ in range(4)))
    assert len(await room.follows()) == 1
    assert sum("You already follow" in text for text in answers) == 3


async def test_an_ended_follow_is_no_obstacle(room: Room) -> None:
    """What was unfollowed can be followed anew."""
    await room.ask("/follow chip")
    await room.ask("/unfollow chip")
    room.now += timedelta(hours=1)
    assert "You now follow chip" in await room.say("/follow chip when:hourly")
    assert [(one.id, one.rhythm) for one in await room.follows()] == [(2, Rhythm.HOURLY)]
