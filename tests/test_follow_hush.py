"""Snooze and mute: hear less of a follow, and all of it again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.prose import Moment
from tests.reading import JOE, SECRET, START, Room, reading


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with two feeds, and a follow of Maria's."""
    async with reading(tmp_path) as made:
        await made.feed("Future", ["A chip"])
        await made.feed("Past", ["A chip"])
        await made.ask("/follow chip")
        yield made


async def test_a_follow_sleeps_and_wakes(room: Room) -> None:
    """A snooze holds until its end, and Undo brings back what was: none, or what was left of another."""
    first = await room.ask("/snooze 1")
    assert room.text(first) == "No alerts for chip until 17 Apr 2026, 09:00 UTC."
    assert Moment(START + timedelta(days=1)) in first.text
    room.now += timedelta(minutes=30)
    second = await room.ask("/snooze 1 7d")
    await room.press(second, "Undo")
    assert (await room.follows())[0].snoozed_until == START + timedelta(days=1)
    woken = await room.press(first, "Undo")
    assert room.text(woken) == "Alerts for chip come again."
    assert (await room.follows())[0].snoozed_until is None


@pytest.mark.parametrize("length", ["0s", "soon", "91d", "999999d", "-1h", "24"])
async def test_only_sound_lengths_count(room: Room, length: str) -> None:
    """A length that is none, or longer than 90 days, is refused in a sentence."""
    text = await room.say(f"/snooze 1 {length}")
    assert text.startswith(("Write how long", "A follow can be snoozed"))
    assert (await room.follows())[0].snoozed_until is None


async def test_a_feed_is_muted_and_heard_again(room: Room) -> None:
    """A muted feed no longer counts for the follow; pressing Undo, on either answer, turns it round."""
    muted = await room.ask("/mute 1 past")
    assert room.text(muted) == "You won't be alerted to chip in Past any more."
    assert await room.muted(1) == {2}
    assert "1 of 1 matched, without Past" in await room.say("/following")
    heard = await room.press(muted, "Undo")
    assert room.text(heard) == "chip looks in Past again."
    assert await room.muted(1) == set()
    await room.press(heard, "Undo")
    await room.ask("/mute 1 2")
    assert await room.muted(1) == {2}


async def test_the_only_feed_is_not_muted(room: Room) -> None:
    """A follow that looks in one feed only is not muted there: it would be silent for ever, unseen."""
    await room.ask("/follow rain in:Past")
    reply = await room.ask("/mute 2 2")
    assert room.text(reply) == "rain looks only in Past. Unfollow it, or pause it."
    await room.press(reply, "Pause")
    assert [one.paused_at for one in await room.follows()] == [None, START]
    assert await room.muted(2) == set()


async def test_a_feed_out_of_reach_can_be_heard_again(room: Room) -> None:
    """A mute is taken back even for a feed that the person cannot see now; its name stays hidden."""
    await room.feed("Hidden", ["A chip"], where=SECRET)
    await room.ask("/mute 1 Hidden")
    room.chat.closed.add(("maria", "secret"))
    room.now += timedelta(hours=2)
    assert await room.say("/unmute 1 3") == "chip looks in a feed you can't see now again."
    assert await room.muted(1) == set()


@pytest.mark.parametrize("command", ["/snooze 1 24h", "/mute 1 2", "/unmute 1 2"])
async def test_nobody_touches_the_follows_of_others(room: Room, command: str) -> None:
    """Another person's follow is neither held nor muted."""
    assert (await room.say(command, who=JOE)).startswith("You don't follow 1.")
    assert (await room.follows())[0].snoozed_until is None
    assert await room.muted(1) == set()
