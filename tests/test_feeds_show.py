"""What is told of a channel's feeds: the list, previews, posts, and posting one by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import word
from bot.command import Caller
from bot.models import Button, Notice
from bot.prose import plain
from bot.store import feeds
from tests.documents import Item, newest_first, rss
from tests.newsroom import JOE, NEWS, TECH, Newsroom, newsroom


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """Open a newsroom in which #news carries feed 1."""
    async with newsroom(tmp_path) as made:
        made.site.respond("/feed.xml", body=newest_first(1, 2, 3))
        await made.ask(f"/feeds add {made.site.url('/feed.xml')}?key=secret")
        yield made


async def test_the_list_shows_how_each_feed_fares(room: Newsroom) -> None:
    """A row has number, name, mode, an interval set by hand, health with the last good time, and the rate."""
    await room.ask("/feeds settings 1 interval:30m mode:digest")
    assert await room.say("/feeds list") == (
        "1 feed posts here:\n• 1 Example News · once a day · asked every 30m · "
        "healthy, last good 10 Mar 2026, 12:00 UTC · about 3 posts a week · "
        f"`{room.site.url('/feed.xml')}?key=…`"
    )


async def test_the_rate_is_the_one_told_when_it_was_added(room: Newsroom) -> None:
    """A feed with one fresh post is no lively feed: the list goes by days, as the first answer did."""
    room.site.respond("/one.xml", body=rss(Item(194)))
    added = await room.say(f"/feeds add {room.site.url('/one.xml')}")
    assert "will post here, about once a day." in added
    assert "· about 1 post a day ·" in (await room.say("/feeds list")).splitlines()[-1]


async def test_a_failing_feed_is_listed_with_since_and_last_good(room: Newsroom) -> None:
    """Trouble is shown with its reason, since when, when it was last good, and when the next try is."""
    room.site.respond("/feed.xml", status=403)
    await room.poll()
    said = await room.say("/feeds list")
    assert f"failing since {room.now:%d %b %Y, %H:%M} UTC: The site refuses wireroom (403)." in said
    assert "last good 10 Mar 2026, 12:00 UTC, next try" in said


async def test_addresses_are_for_those_who_may_change_them(room: Newsroom) -> None:
    """A guest sees names and health, but no address, not even with its query hidden."""
    room.chat.guests.add(JOE)
    said = await room.say("/feeds list", who=JOE)
    assert "Example News" in said
    assert "http" not in said


async def test_other_channels_feeds_are_not_told(room: Newsroom) -> None:
    """A channel's list, preview and posts know nothing of a feed that only an unseen channel carries."""
    room.chat.unseen.add(NEWS)
    assert (await room.say("/feeds list", who=JOE, place=TECH)).startswith("No feeds post here yet.")
    for text in ("preview 1", "posts 1", "preview Example"):
        assert "see no feed" in await room.say(f"/feeds {text}", who=JOE, place=TECH)


async def test_a_feed_within_reach_can_be_previewed_from_anywhere(room: Newsroom) -> None:
    """Preview shows the newest posts as cards in the channel's look, as many as asked for, up to 5."""
    await room.ask("/feeds settings 1 style:compact")
    reply = await room.ask("/feeds preview Example 2", who=JOE, place=TECH)
    assert [(card.title, card.look.compact) for card in reply.cards] == [("Title 3", True), ("Title 2", True)]
    assert "from 1 to 5" in await room.say("/feeds preview 1", count="6")


async def test_a_long_list_has_pages(tmp_path: Path) -> None:
    """Twenty feeds stand on a page, and a button leads to the next."""
    async with newsroom(tmp_path, adds_per_minute=99) as room:
        for number in range(21):
            await room.ask(f"/feeds add https://site{number}.example/feed anyway:yes")
        first = await room.ask("/feeds list")
        assert plain(first.text).startswith("21 feeds post here (page 1 of 2):")
        second = await room.press(first, "Next page")
        assert plain(second.text).count("\n") == 1
        assert not second.buttons


async def test_the_posts_of_a_flood_are_listed(room: Newsroom) -> None:
    """The button below a flood's notice lists what was held back, and says how many there are in all."""
    await room.poll()
    room.site.respond("/feed.xml", body=newest_first(*range(4, 80)))
    await room.poll()
    feed = await room.db.read(lambda c: feeds.get(c, 1))
    (button,) = word.flood(feed, new=76, posted=10).buttons
    said = await room.say(button.command)
    assert said.startswith("50 posts of Example News (no more than these are listed):\n• Title 69\n")
    assert said.endswith("\nand 30 more.")


async def test_posts_since_a_time(room: Newsroom) -> None:
    """since: takes a time back from now or a day, and says how to write it otherwise."""
    assert "3 posts" in await room.say("/feeds posts 1 since:1h")
    assert "3 posts" in await room.say("/feeds posts 1 since:2026-03-10")
    room.now += timedelta(hours=2)
    assert await room.say("/feeds posts 1 since:1h") == "No posts of Example News came since then."
    assert "such as 2d" in await room.say("/feeds posts 1 since:yesterday")


async def test_a_hostile_title_stays_a_piece_of_its_own(room: Newsroom) -> None:
    """What a feed writes goes into a list as a link's text, never into the sentence around it."""
    evil = "](https://evil.example) <!channel> @everyone"
    room.site.respond("/feed.xml", body=rss(Item(4, title=evil)))
    await room.poll()
    reply = await room.ask("/feeds posts 1")
    (piece,) = [one for one in reply.text if "evil" in plain((one,))]
    assert not isinstance(piece, str)


async def test_a_post_by_hand_needs_a_post_of_that_feed(room: Newsroom) -> None:
    """An entry that is not there, or another feed's, is not posted."""
    assert await room.say("/feeds post 1 999") == "I don't have that post any more."
    assert await room.queued() == []


async def test_every_button_of_a_notice_about_a_feed_is_understood(room: Newsroom) -> None:
    """What notices offer about a feed or a channel are commands of this desk, with all that they need."""
    feed = await room.db.read(lambda c: feeds.get(c, 1))
    notices: list[Notice] = [
        word.failing(feed, "It fails."),
        word.ended(feed, "It ended."),
        word.given_up(feed, "It fails."),
        word.flood(feed, new=60, posted=10),
        word.flood_paused(feed),
        word.silent(feed, now=room.now),
        word.target_paused("#news", str(NEWS), "It is closed."),
    ]
    buttons: list[Button] = [button for notice in notices for button in notice.buttons]
    for button in sorted(buttons, key=lambda button: "remove" in button.command):
        reply = await room.desk.answer(Caller(JOE, NEWS), button.command)
        said = plain(reply.text)
        assert "know" not in said
        assert "no feed" not in said or "remove" in button.command
