"""Feeds whose posts come to a channel once a day, all together: when, and whose day that is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.models import Habits, Target
from bot.prose import plain
from bot.store import people, subscriptions
from tests.documents import newest_first
from tests.newsroom import JOE, MARIA, NEWS, Newsroom, newsroom


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """Open a newsroom on a platform that knows everybody's timezone; there are two feeds."""
    async with newsroom(tmp_path) as made:
        made.zone = "Asia/Hong_Kong"
        for path in ("/feed.xml", "/other.xml"):
            made.site.respond(path, body=newest_first(1, 2, 3))
        yield made


async def habits(room: Newsroom, target: Target = NEWS) -> Habits:
    """Load what is known of a target's time."""
    return await room.db.write(lambda c: people.habits(c, subscriptions.target_id(c, target)))


async def test_the_day_is_that_of_whoever_chose_it(room: Newsroom) -> None:
    """A channel's first digest takes its timezone from whoever adds it; a later one changes nothing."""
    said = await room.say(f"/feeds add {room.site.url('/feed.xml')} mode:digest")
    assert "will post here once a day, at 08:00 (Asia/Hong_Kong)" in said
    room.zone = "Europe/Berlin"
    said = await room.say(f"/feeds add {room.site.url('/other.xml')} mode:digest", who=JOE)
    assert "at 08:00 (Asia/Hong_Kong)" in said
    assert await habits(room) == Habits(timezone="Asia/Hong_Kong")


async def test_what_a_person_said_outweighs_the_platform(room: Newsroom) -> None:
    """The timezone that a person once chose counts more than the one that the platform tells."""
    await room.db.write(
        lambda c: people.save(c, subscriptions.target_id(c, MARIA), Habits(timezone="Africa/Lagos"))
    )
    said = await room.say(f"/feeds add {room.site.url('/feed.xml')} mode:digest")
    assert "at 08:00 (Africa/Lagos)" in said


async def test_a_channel_of_cards_has_no_day(room: Newsroom) -> None:
    """Nothing is kept of a channel's time as long as nothing comes there together."""
    await room.ask(f"/feeds add {room.site.url('/feed.xml')}")
    assert await habits(room) == Habits()


async def test_settings_say_when_the_posts_come(room: Newsroom) -> None:
    """Choosing the digest in the settings, or for a whole list, settles the time and says it."""
    await room.ask(f"/feeds add {room.site.url('/feed.xml')}")
    said = await room.say("/feeds settings 1 mode:digest")
    assert said.endswith("• Posts come: Together once a day\nThe day's posts come at 08:00 (Asia/Hong_Kong).")
    assert await habits(room) == Habits(timezone="Asia/Hong_Kong")


async def test_a_list_says_when_its_posts_come(room: Newsroom) -> None:
    """A list added as a digest settles the time too."""
    outline = f'<outline text="Wire" xmlUrl="{room.site.url("/feed.xml")}"/>'
    found = await room.ask("/feeds import", list=f"<opml><body>{outline}</body></opml>")
    added = await room.press(found, "Add all as a daily digest")
    assert "together once a day at 08:00 (Asia/Hong_Kong)." in plain(added.text)


async def test_what_waits_is_told_when_the_digest_ends(room: Newsroom) -> None:
    """Posts held for the digest still come with it after the feed posts cards; the answer says so."""
    await room.ask(f"/feeds add {room.site.url('/feed.xml')} mode:digest")
    room.site.respond("/feed.xml", body=newest_first(1, 2, 3, 4, 5))
    room.now += timedelta(minutes=1)
    await room.poll()
    said = await room.say("/feeds settings 1 mode:cards")
    assert said.endswith("\nThe 2 posts that wait still come together at 08:00 (Asia/Hong_Kong).")
    await room.ask("/feeds settings 1 mode:digest")
    assert "still come" not in await room.say("/feeds settings 1 style:compact")
