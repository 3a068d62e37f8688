"""The first direct message: tried while a person follows, so that they hear at once if none can come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from bot.commands.follows import greeting
from bot.models import Button, Target
from bot.prose import Bold, Prose, prose
from bot.store import follows, subscriptions
from tests.reading import MARIA, NEWS, START, TECH, Chat, Room, labels, reading

CURE = prose("I can't send you direct messages from this server. Open ", Bold("Privacy Settings"), ".")
SAID = "I can't send you direct messages from this server. Open Privacy Settings."


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with a feed of three posts."""
    async with reading(tmp_path) as made:
        await made.feed("Future", ["A chip is born", "Rain", "Chips and rain"])
        yield made


async def closed() -> Prose | None:
    """Say that no message can come."""
    return CURE


async def broken() -> Prose | None:
    """Stumble."""
    raise ConnectionError("no answer")


async def slow() -> Prose | None:
    """Never answer."""
    await asyncio.Event().wait()
    return CURE


async def test_who_follows_is_greeted(room: Room) -> None:
    """A new follow sends its first message, and where that arrives the answer is as ever."""
    reply = await room.ask("/follow chip")
    assert room.chat.greeted == [("maria", "You'll get alerts for chip here.")]
    assert room.text(reply).startswith("You now follow chip")
    assert labels(reply) == ["Undo", "Change…"]


async def test_closed_messages_come_first_with_their_cure(room: Room) -> None:
    """The answer begins with the cure, says what is followed all the same, and offers both ways out."""
    room.chat.greeting = closed
    reply = await room.ask("/follow chip")
    assert room.text(reply).startswith(f"{SAID}\nYou now follow chip in all feeds.")
    assert Bold("Privacy Settings") in reply.text
    assert reply.buttons == (
        Button("Try again", "/following retry #1"),
        Button("Use this channel", "/change #1 to:here"),
        Button("Undo", "/unfollow #1"),
        Button("Change…", "/change #1"),
    )
    assert "in #news" in room.text(await room.press(reply, "Use this channel"))
    assert [one.target for one in await room.follows()] == [NEWS]


async def test_in_a_direct_message_there_is_no_channel_to_use(room: Room) -> None:
    """Where the command came by direct message, no channel is offered instead."""
    room.chat.greeting = closed
    assert "Use this channel" not in labels(await room.ask("/follow chip", place=MARIA))


async def test_only_new_ways_to_the_person_greet(room: Room) -> None:
    """What goes to a channel, is there already, or changes otherwise sends no first message; to:me does."""
    await room.ask("/follow chip to:here")
    await room.ask("/follow chip to:here")
    await room.ask("/change #1 when:daily")
    await room.ask("/change #1 to:tech")
    assert room.chat.greeted == []
    room.chat.greeting = closed
    reply = await room.ask("/change #1 to:me")
    assert room.chat.greeted == [("maria", "You'll get alerts for chip here.")]
    assert room.text(reply).startswith(f"{SAID}\nChanged. You now follow chip")
    assert (await room.say("/change #1 when:now")).startswith("Changed.")
    assert len(room.chat.greeted) == 1
    await room.press(reply, "Undo")
    assert [one.target for one in await room.follows()] == [TECH]


async def test_words_that_look_like_mark_up_stay_words(room: Room) -> None:
    """What a person follows stands in the greeting as it was typed, and in no sentence of the answer's."""
    room.chat.greeting = closed
    reply = await room.ask('/follow "*chip* [x](y)"')
    assert room.chat.greeted[0][1] == 'You\'ll get alerts for "*chip* [x](y)" here.'
    assert not any("[x]" in piece for piece in reply.text if isinstance(piece, str))


async def test_trying_again_greets_again(room: Room) -> None:
    """Another try says the cure again, or resumes what was paused."""
    await room.ask("/follow chip")
    person = await room.db.write(lambda c: subscriptions.target_id(c, MARIA))
    await room.db.write(lambda c: subscriptions.pause_target(c, person, reason="closed", now=room.now))
    room.chat.greeting = closed
    reply = await room.ask("/following retry")
    assert (room.text(reply), labels(reply)) == (SAID, ["Try again"])
    assert (await room.db.read(lambda c: follows.addressee(c, MARIA))).paused
    assert room.rung == []
    room.chat.greeting = None
    assert "I'll try again now." in room.text(await room.press(reply, "Try again"))
    assert not (await room.db.read(lambda c: follows.addressee(c, MARIA))).paused
    assert room.rung == [START]


async def test_trying_again_keeps_the_other_ways(room: Room) -> None:
    """Who tries in vain can still choose the channel or undo, and hears so when messages come at last."""
    room.chat.greeting = closed
    reply = await room.ask("/follow chip")
    for _ in range(2):
        reply = await room.press(reply, "Try again")
        assert room.text(reply) == SAID
        assert labels(reply) == ["Try again", "Use this channel", "Undo", "Change…"]
    room.chat.greeting = None
    cured = await room.press(reply, "Try again")
    assert room.text(cured) == "I can send you direct messages now: you follow chip."
    assert labels(cured) == ["Undo", "Change…"]
    assert "in #news" in room.text(await room.press(reply, "Use this channel"))
    await room.press(cured, "Undo")
    assert "any more" in room.text(await room.press(reply, "Try again"))


async def test_a_greeting_that_breaks_keeps_no_answer_back(room: Room) -> None:
    """An adapter that stumbles over the greeting costs nothing: the follow is made and confirmed."""
    room.chat.greeting = broken
    assert (await room.say("/follow chip")).startswith("You now follow chip")
    assert "Nothing is held up" in await room.say("/following retry")


async def test_a_slow_greeting_is_not_waited_for(room: Room) -> None:
    """After the adapter's own time for a post, 8 seconds at most, the answer goes out without it."""

    class Hasty(Chat):
        post_timeout: ClassVar[timedelta] = timedelta(milliseconds=20)

    hasty = Hasty()
    hasty.greeting = slow
    tools = replace(room.tools, adapters={"chat": hasty})
    assert await greeting.greet(tools, MARIA, "Hello.") is None
    assert await greeting.greet(tools, Target("nowhere", "maria"), "Hello.") is None
    assert hasty.greeted == [("maria", "Hello.")]
    assert timedelta(seconds=8) == greeting.PATIENCE
