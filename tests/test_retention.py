"""What is forgotten, and when."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import retry
from bot.models import Target
from bot.store import claims, deliveries, entries, feeds, subscriptions
from tests.documents import Item, newest_first, rss
from tests.wire import NEWS, Wire, wire

DAY = timedelta(days=1)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Wire]:
    """The wire, with a feed of three items that has been polled once."""
    async with wire(tmp_path) as made:
        made.serve(newest_first(1, 2, 3))
        await made.add()
        await made.poll()
        await made.posted()
        yield made


async def poll_daily(here: Wire, days: int) -> None:
    """Let the feed answer with something else each day."""
    for day in range(days):
        here.now += DAY
        here.serve(rss(Item(3), extra=f"<ttl>{day}</ttl>"))
        await here.poll()


async def tidy(here: Wire) -> entries.Forgotten:
    """Forget what is due."""
    return await here.db.write(lambda c: entries.tidy(c, now=here.now))


async def test_an_entry_is_forgotten_180_days_after_it_left_the_document(here: Wire) -> None:
    """Absent entries are kept for 180 days on which the feed answered, present ones for ever."""
    await poll_daily(here, 179)
    assert (await tidy(here)).entries == 0
    await poll_daily(here, 4)
    assert (await tidy(here)).entries == 2
    assert await here.db.read(lambda c: entries.count(c, 1)) == 1


async def test_age_does_not_count_while_the_feed_is_away(here: Wire) -> None:
    """A site that comes back after a year finds its entries known, so nothing old is posted."""
    await poll_daily(here, 2)
    here.now += 400 * DAY
    assert (await tidy(here)).entries == 0
    here.serve(newest_first(1, 2, 3))
    await here.poll()
    assert await here.posted() == []


async def test_entries_of_an_unchanged_document_are_never_forgotten(here: Wire) -> None:
    """A 304 for half a year leaves what stands in the document known."""
    here.serve(newest_first(1, 2, 3, 4), etag='"same"')
    await here.poll()
    for _ in range(200):
        here.now += DAY
        await here.poll()
    assert (await tidy(here)).entries == 0


async def test_a_feed_of_which_nothing_is_known_gets_a_first_poll(here: Wire) -> None:
    """When all of a feed's entries are forgotten, the next document is remembered and not posted."""
    for day in range(185):
        here.now += DAY
        here.serve(rss(extra=f"<ttl>{day}</ttl>"))
        await here.poll()
    assert (await tidy(here)).entries == 3
    here.serve(newest_first(*range(10, 30)))
    assert await here.poll() == "first"
    assert await here.posted() == []


async def test_a_feed_that_never_had_entries_keeps_its_first_one_for_posting(tmp_path: Path) -> None:
    """An alert feed that was empty for a year posts its first alert."""
    async with wire(tmp_path) as here:
        here.serve(rss(), etag='"empty"')
        await here.add()
        for _ in range(200):
            await here.poll()
            here.now += DAY
        await tidy(here)
        here.serve(newest_first(1))
        assert await here.poll() == "new"
        assert await here.posted() == ["Title 1"]


async def test_texts_of_the_newest_fifty_are_kept_and_older_ones_after_a_month_are_not(here: Wire) -> None:
    """After 30 days only the newest 50 entries keep their texts; the others are still known."""
    here.serve(newest_first(*range(1, 61)))
    await here.poll()
    await here.posted()
    assert (await tidy(here)).texts == 0
    here.now += 31 * DAY
    assert (await tidy(here)).texts == 10
    assert len(await here.feeds.posts("1", held=False)) == 50
    here.serve(newest_first(*range(1, 62)))
    await here.poll()
    assert await here.posted() == ["Title 61"]


async def test_what_waited_seven_days_is_given_up_with_its_reason(here: Wire) -> None:
    """A card whose channel stayed closed for 7 days is dead, listed, and can be put back."""
    here.serve(newest_first(1, 2, 3, 4))
    await here.poll()
    here.now += 8 * DAY
    assert await here.db.write(lambda c: deliveries.tidy(c, now=here.now)) == 1
    dead = await here.db.read(lambda c: deliveries.listed(c, state=deliveries.State.DEAD, limit=9))
    assert [one.title for one in dead] == ["Title 4"]
    assert dead[0].reason
    assert await here.db.write(lambda c: deliveries.revive(c, None, now=here.now)) == 1
    assert await here.posted() == ["Title 4"]


async def test_a_feed_that_no_channel_carries_is_forgotten_whole(here: Wire) -> None:
    """Removed from its last channel, a feed goes with all that was known of it."""
    assert await here.db.write(lambda c: subscriptions.remove(c, feed_id=1)) == 1
    assert await here.db.read(feeds.everything) == []
    assert await here.db.read(lambda c: entries.count(c, 1)) == 0


async def test_taking_a_feed_out_of_a_channel_gives_up_what_waits_for_it(here: Wire) -> None:
    """Cards still queued for a channel that no longer wants the feed are dead with that reason."""
    await here.add(Target("stage", "other"))
    await here.posted()
    here.serve(newest_first(1, 2, 3, 4))
    await here.poll()
    await here.feeds.remove("1", NEWS)
    assert [one.target.id for one in await here.deliveries()] == ["other"]
    (dead,) = await here.db.read(lambda c: deliveries.listed(c, state=deliveries.State.DEAD, limit=9))
    assert dead.reason == "The feed was taken out of this channel."


async def expire(here: Wire) -> None:
    """Notice the claims whose leases have ended."""
    soon = timedelta()
    await here.db.write(
        lambda c: claims.doubt_expired(c, "stage", now=here.now, settle=soon, tries=retry.TRIES)
    )


async def test_a_card_that_kills_the_process_each_time_is_given_up(here: Wire) -> None:
    """What was claimed ten times and never marked is dead: it may be what ends the process."""
    here.serve(newest_first(1, 2, 3, 4))
    await here.poll()
    for lap in range(retry.TRIES):
        now = here.now = here.now + claims.LEASE + timedelta(seconds=1)
        await expire(here)
        claimed = await here.db.write(
            lambda c, now=now, lap=lap: claims.claim(c, "stage", now=now, limit=9, lease=f"lap {lap}")  # type: ignore[misc]
        )
        assert [one.tries for one in claimed] == [lap + 1]
    here.now += claims.LEASE
    await expire(here)
    assert await here.deliveries() == []
    (dead,) = await here.db.read(lambda c: deliveries.listed(c, state=deliveries.State.DEAD, limit=9))
    assert dead.title == "Title 4"
