"""/why: the follows or the feed behind a message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.models import Rhythm, Target
from bot.prose import Bold, Named
from bot.reply import Reply
from bot.store import Connection, claims, deliveries, entries, subscriptions
from bot.store.deliveries import NewDelivery
from tests.reading import JOE, MARIA, NEWS, SECRET, TECH, Room, labels, reading

POSTS = ("A chip for the grid", "Rain in spring", "Solid state batteries leave the lab")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with a feed of three posts that Joe added to a channel."""
    async with reading(tmp_path) as made:
        await made.feed("Future", POSTS, by=JOE)
        yield made


async def send(
    room: Room, title: str, to: Target, *, because: Sequence[int] = (), message: str = "m"
) -> None:
    """Let a post arrive in a target, as an alert of these follows or as the channel's own."""

    def queue(c: Connection) -> None:
        (entry_id,) = [
            entry_id
            for feed_id in (1, 2)
            for entry_id, entry in entries.newest(c, feed_id, limit=9)
            if entry.title == title
        ]
        rhythm = Rhythm.NOW if because else None
        new = NewDelivery(
            entry_id, subscriptions.target_id(c, to), None, follows=tuple(because), rhythm=rhythm
        )
        deliveries.enqueue(c, [new], now=room.now)

    room.now += timedelta(minutes=1)
    await room.db.write(queue)
    now = room.now
    (claimed,) = await room.db.write(lambda c: claims.claim(c, "chat", now=now, limit=9, lease="test"))
    await room.db.write(lambda c: claims.mark_sent(c, claimed, message_id=message, now=now))


async def test_an_alert_names_follow_words_and_fields(room: Room) -> None:
    """Of an alert it is said which follow found which words where, and what can be done about it."""
    await room.ask("/follow state battery in:Future")
    await send(room, POSTS[2], MARIA, because=[1])
    reply = await room.ask("/why", place=MARIA)
    assert room.text(reply) == (
        f"{POSTS[2]}\n• You follow state battery in Future. Found: state and batteries (title)."
    )
    assert Bold("batteries") in reply.text
    assert labels(reply) == ["Unfollow", "Snooze 24 h"]
    await room.press(reply, "Unfollow")
    assert "You followed state battery" in await room.say("/why", place=MARIA)


async def test_every_follow_behind_an_alert_is_named(room: Room) -> None:
    """An alert of several follows names all of them; its buttons are about the first that is left."""
    await room.ask("/follow chip")
    await room.ask("/follow grid")
    await send(room, POSTS[0], MARIA, because=[1, 2])
    reply = await room.ask("/why chip grid")
    assert room.text(reply).count("\n• You follow") == 2
    assert labels(reply) == ["Unfollow", "Snooze 24 h", "Mute Future"]
    await room.press(reply, "Mute Future")
    assert await room.muted(1) == {1}
    await room.ask("/unfollow 1")
    assert next(one.command for one in (await room.ask("/why chip")).buttons) == "/unfollow #2"


async def test_a_follow_that_changed_says_so(room: Room) -> None:
    """Where the words of the follow no longer fit the post, no words are made up."""
    await room.ask("/follow chip")
    await send(room, POSTS[0], MARIA, because=[1])
    await room.ask("/change 1 tsmc")
    assert "You follow tsmc in all feeds; the follow or the post has changed since." in await room.say("/why")


async def test_a_channels_post_names_who_added_the_feed(room: Room) -> None:
    """Of a channel's own post it is said which feed posts there, who added it and when."""
    await send(room, POSTS[1], NEWS)
    reply = await room.ask("/why", place=NEWS)
    assert room.text(reply) == f"{POSTS[1]}\n• Future posts in this channel; @joe added it on 16 April."
    assert Named(JOE) in reply.text
    assert reply.buttons == ()
    await room.feed("Own", ["Mine"], where=MARIA, by=MARIA)
    await send(room, "Mine", MARIA)
    assert "Own comes to you; you added it on 16 April." in await room.say("/why", place=MARIA)


async def test_a_follow_of_another_person_is_named_as_theirs(room: Room) -> None:
    """An alert that somebody's follow brought into a channel says whose it is, without buttons."""
    await room.ask("/follow chip to:here", who=JOE, place=TECH)
    await send(room, POSTS[0], TECH, because=[1])
    reply = await room.ask("/why", place=TECH)
    assert "@joe follows chip in all feeds. Found: chip (title)." in room.text(reply)
    assert reply.buttons == ()
    assert labels(await room.ask("/why", who=JOE, place=TECH)) == ["Unfollow", "Snooze 24 h", "Mute Future"]


async def test_the_newest_is_meant_unless_named(room: Room) -> None:
    """Without words the newest message here or to the person is meant; words or an id choose another."""
    await send(room, POSTS[0], NEWS, message="m1")
    await send(room, POSTS[1], MARIA, message="m2")
    await send(room, POSTS[2], NEWS, message="m3")
    for text, title in [("", 2), (" m1", 0), (" RAIN", 1), (" m2", 1), (" “solid” lab", 2), (" #1", 0)]:
        assert (await room.say(f"/why{text}")).startswith(POSTS[title]), text
    assert (await room.say("/why", place=MARIA)).startswith(POSTS[1])


async def test_what_others_got_stays_theirs(room: Room) -> None:
    """Neither alerts of others nor posts of channels closed to the person can be asked about."""
    await room.feed("Hidden", ["A secret chip plan"], where=SECRET)
    room.chat.closed.add(("maria", "secret"))
    await room.ask("/follow chip", who=JOE)
    await send(room, POSTS[0], JOE, because=[1], message="m1")
    await send(room, "A secret chip plan", SECRET, message="m2")
    nothing = "I know of no such message to you or in this channel; I remember 30 days."
    for text in ("m1", "m2", "#1", "#2", "chip", "secret"):
        assert (await room.say(f"/why {text}")).startswith(nothing), text
    assert await room.say("/why") == "Nothing was sent to you or posted here in the last 30 days."
    assert (await room.say("/why m1", who=JOE)).startswith(POSTS[0])
    room.chat.closed.clear()
    room.now += timedelta(hours=2)
    assert (await room.say("/why m2")).startswith("A secret chip plan")


async def test_a_digest_offers_its_posts(room: Room) -> None:
    """Of a message with several posts a menu asks which one is meant."""
    await room.ask("/follow chip, rain")
    await send(room, POSTS[0], MARIA, because=[1], message="m1")
    await send(room, POSTS[1], MARIA, because=[1], message="m1")
    reply = await room.ask("/why m1")
    assert room.text(reply) == "That message holds 2 posts. Which one?"
    chosen: Reply = await room.press(reply, POSTS[0])
    assert "Found: chip (title)." in room.text(chosen)


async def test_a_feed_taken_out_since_is_told(room: Room) -> None:
    """Of a post whose feed is no longer in the channel that is said."""
    await room.feed("Past", where=TECH)
    await room.db.write(
        lambda c: subscriptions.add(
            c,
            feed_id=1,
            target_id=subscriptions.target_id(c, TECH),
            added_by=None,
            sample=False,
            now=room.now,
        )
    )
    await send(room, POSTS[1], TECH)
    assert "the operator added it on 16 April." in await room.say("/why", place=TECH)
    await room.db.write(
        lambda c: subscriptions.remove(c, feed_id=1, target_id=subscriptions.target_id(c, TECH))
    )
    assert "Future posted in this channel then; it has been taken out since." in await room.say(
        "/why", place=TECH
    )
