"""/wireroom status: how the feeds of a place fare, and nothing of what one may not see."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, update

from bot.command import Caller
from bot.commands.people import wireroom
from bot.errors import DeliveryError
from bot.prose import Bold, Code, Moment, Prose, plain, prose
from bot.store import subscriptions
from bot.store.tables import deliveries, feeds
from tests.lobby import lobby
from tests.reading import JOE, MARIA, NEWS, SECRET, START, TECH, Room

REFUSES = "The site refuses wireroom (403). The owner may block readers."
TITLES = ["Chips rise", "Chips fall", "Chips rest"]


async def set_feed(room: Room, feed_id: int, **values: object) -> None:
    """Let a feed have fared like this."""
    change = update(feeds).where(feeds.c.id == feed_id).values(**values)
    await room.db.write(lambda c: c.execute(change).rowcount)


async def test_a_place_is_told_of_its_feeds(tmp_path: Path) -> None:
    """Healthy feeds are counted; one in trouble is named with since when, why, and the next try."""
    async with lobby(tmp_path) as room:
        since, soon = START - timedelta(hours=19), START + timedelta(hours=1)
        await set_feed(room, await room.feed("well", TITLES), answered_at=START)
        await set_feed(room, await room.feed("late", TITLES), answered_at=START - timedelta(hours=10))
        ill = await room.feed("ill")
        await set_feed(room, ill, failing_since=since, trouble=REFUSES, next_poll_at=soon)
        reply = await room.ask("/wireroom status")
        assert plain(reply.text) == (
            "3 feeds here, 2 healthy. ill: failing since 15 Apr 2026, 14:00 UTC (403), "
            f"next try 16 Apr 2026, 10:00 UTC. Checked 3 posts today, sent 0. wireroom {version('wireroom')}."
        )
        assert Bold("ill") in reply.text
        assert Moment(since) in reply.text
        await set_feed(room, ill, paused_at=START, pause_reason="It ended.")
        assert "ill: paused. It ended." in await room.say("/wireroom status")


async def test_sent_posts_count_from_the_persons_midnight(tmp_path: Path) -> None:
    """Today begins at midnight in the person's timezone, and only this place's posts count."""
    async with lobby(tmp_path) as room:
        await room.feed("well", TITLES)
        await room.ask("/follow chips")
        evening = {"created_at": START, "due_at": START, "posted_at": START - timedelta(hours=13)}

        def put(c: Connection) -> None:
            there = subscriptions.target_id(c, NEWS)
            c.execute(insert(deliveries).values(entry_id=1, target_id=there, state="sent", **evening))

        await room.db.write(put)
        assert "sent 0." in await room.say("/wireroom status"), "for UTC that was yesterday"
        reply = await room.ask("/wireroom status", timezone="Asia/Hong_Kong")
        assert "sent 1." in plain(reply.text)
        assert "sent 0." in await room.say("/wireroom status", place=TECH)


async def test_a_direct_message_tells_of_what_one_may_see(tmp_path: Path) -> None:
    """In a direct message all feeds within reach count; private ones of others are not even counted."""
    async with lobby(tmp_path) as room:
        await room.feed("news feed", where=NEWS)
        await room.feed("tech feed", where=TECH)
        secret = await room.feed("secret feed", where=SECRET)
        await room.feed("own feed", where=JOE)
        await set_feed(room, secret, failing_since=START, trouble=REFUSES)
        room.chat.closed.add(("maria", "secret"))
        assert (await room.say("/wireroom status", place=MARIA)).startswith(
            "2 feeds within your reach, 2 healthy. Checked"
        )
        assert (await room.say("/wireroom status", place=NEWS)).startswith("1 feed here, 1 healthy.")
        assert (await room.say("/wireroom status", who=JOE, place=JOE)).startswith(
            "4 feeds within your reach"
        )


async def test_no_feeds_and_the_operator(tmp_path: Path) -> None:
    """Without feeds it says so; the operator also hears how much waits in all."""
    async with lobby(tmp_path) as room:
        assert (await room.say("/wireroom status")).startswith("No feeds here. Checked 0 posts today")
        reply = await room.desk.answer(Caller(MARIA, NEWS, operator=True), "/wireroom status")
        assert "0 messages waiting in all." in plain(reply.text)
        assert "waiting" not in await room.say("/wireroom status")


async def test_what_the_platform_was_not_given_stands_below(tmp_path: Path) -> None:
    """Each optional ability that is off has a line of its own below the status, in the adapter's words."""
    off = [prose("Private channels are off. Add ", Code("groups:read"), "."), prose("Files are off.")]

    async def lacking() -> Sequence[Prose]:
        return off

    async with lobby(tmp_path) as room:
        before = await room.say("/wireroom status")
        room.chat.lacking = lacking
        reply = await room.ask("/wireroom status")
        assert plain(reply.text) == (
            f"{before}\n• Private channels are off. Add `groups:read`.\n• Files are off."
        )
        assert Code("groups:read") in reply.text


async def _refused() -> Sequence[Prose]:
    raise DeliveryError("no answer")


async def _broken() -> Sequence[Prose]:
    raise RuntimeError("a fault of the adapter")


async def _slow() -> Sequence[Prose]:
    await asyncio.sleep(3)
    return [prose("Too late.")]


@pytest.mark.parametrize("failure", [_refused, _broken, _slow])
async def test_a_platform_that_cannot_say_spoils_no_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Callable[[], Awaitable[Sequence[Prose]]]
) -> None:
    """Where the adapter fails or takes too long, the status is what it is without such lines."""
    monkeypatch.setattr(wireroom, "PATIENCE", timedelta(milliseconds=20))
    async with lobby(tmp_path) as room:
        before = await room.say("/wireroom status")
        room.chat.lacking = failure
        assert await room.say("/wireroom status") == before


async def test_a_place_that_cannot_be_posted_to_has_a_way_back(tmp_path: Path) -> None:
    """The status says what keeps the bot out, and its button tries again; without trouble there is none."""
    async with lobby(tmp_path) as room:
        await room.feed("well", TITLES)
        assert (await room.ask("/wireroom status")).buttons == ()
        there = await room.db.read(lambda c: subscriptions.target_id(c, NEWS))
        await room.db.write(
            lambda c: subscriptions.pause_target(c, there, reason="I was removed.", now=START)
        )
        reply = await room.ask("/wireroom status")
        assert "I can't post here: I was removed. Checked" in plain(reply.text)
        await room.press(reply, "Resume")
        assert "I can't post here" not in await room.say("/wireroom status")
