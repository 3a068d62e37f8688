"""/unfollow and its Undo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import follows
from tests.reading import JOE, Room, labels, reading


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with a feed, and two follows of Maria's."""
    async with reading(tmp_path, follows_per_person=3) as made:
        await made.feed("Future", ["A chip is born"])
        await made.ask("/follow semiconductors")
        await made.ask("/follow solid state when:daily")
        yield made


@pytest.mark.parametrize("named", ["semiconductors", "SEMICONDUCTORS", "1", "#1"])
async def test_it_is_ended_by_words_or_number_and_comes_back(room: Room, named: str) -> None:
    """A follow is ended by its words in any spelling or its number, and Undo restores it as it was."""
    before = await room.follows()
    reply = await room.ask(f"/unfollow {named}")
    assert room.text(reply) == "You no longer follow semiconductors."
    assert [one.id for one in await room.follows()] == [2]
    again = await room.press(reply, "Undo")
    assert room.text(again) == "You follow semiconductors again (all feeds, by DM, at once)."
    assert await room.follows() == before
    await room.press(reply, "Undo")
    assert await room.follows() == before


async def test_the_nearest_is_suggested(room: Room) -> None:
    """Words that are not followed are answered with the most alike, and one press ends that."""
    reply = await room.ask("/unfollow semiconductor")
    assert room.text(reply) == "You don't follow semiconductor. Did you mean semiconductors?"
    assert labels(reply) == ["Unfollow semiconductors"]
    assert len(await room.follows()) == 2
    await room.press(reply, "Unfollow semiconductors")
    assert [one.typed for one in await room.follows()] == ["solid state"]


async def test_nothing_named_shows_a_menu(room: Room) -> None:
    """An empty command lists all follows to choose from, and says so where there are none."""
    reply = await room.ask("/unfollow")
    assert [choice.label for choice in reply.choices] == ["semiconductors", "solid state"]
    await room.press(reply, "solid state")
    assert [one.id for one in await room.follows()] == [1]
    assert (await room.say("/unfollow", who=JOE)).startswith("You don't follow anything yet.")


async def test_the_same_words_elsewhere_are_told(room: Room) -> None:
    """Who unfollows words that another follow of theirs has too is told which one is left."""
    await room.ask("/follow semiconductors in:Future to:here")
    assert await room.say("/unfollow semiconductors") == (
        "You no longer follow semiconductors. You still follow it: Future, in #news, at once."
    )


async def test_nobody_touches_the_follows_of_others(room: Room) -> None:
    """Another person's follow is neither ended nor restored, nor is it told that there is one."""
    told = [await room.say(f"/unfollow {number}", who=JOE) for number in (1, 9)]
    assert told[0] == told[1].replace("9", "1")
    await room.ask("/unfollow 1")
    gone = "That follow is gone for good: follow its words anew."
    assert await room.say("/refollow 1", who=JOE) == gone
    assert await room.say("/refollow 99") == gone
    assert [one.id for one in await room.follows()] == [2]


async def test_undo_respects_the_limit(room: Room) -> None:
    """A follow comes back only where there is room for it."""
    undo = await room.ask("/unfollow 1")
    await room.ask("/follow one")
    await room.ask("/follow two")
    assert (await room.press(undo, "Undo")).text[0] == (
        "You have 3 follows, the limit here. Unfollow one, or join some with commas: "
    )
    assert len(await room.follows()) == 3


async def test_undo_makes_no_second_one(room: Room) -> None:
    """What was followed anew meanwhile does not come back a second time."""
    undo = await room.ask("/unfollow 1")
    await room.ask("/follow semiconductors")
    assert "again" in room.text(await room.press(undo, "Undo"))
    assert [one.id for one in await room.follows()] == [2, 3]


async def test_undo_lasts_thirty_days(room: Room) -> None:
    """An ended follow is kept for 30 days and then forgotten, with its query."""
    await room.ask("/unfollow 1")
    room.now += timedelta(days=29)
    await room.db.write(lambda c: follows.tidy(c, now=room.now))
    assert "again" in await room.say("/refollow 1")
    await room.ask("/unfollow 1")
    room.now += timedelta(days=31)
    await room.db.write(lambda c: follows.tidy(c, now=room.now))
    assert "gone for good" in await room.say("/refollow 1")
    assert await room.db.read(lambda c: follows.queries_after(c, 0)) == [(2, "solid state")]
