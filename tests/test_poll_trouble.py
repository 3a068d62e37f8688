"""Feeds that fail, move, fall silent or end: when they are asked again, and who hears of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.models import Target
from bot.store import feeds
from tests.documents import Item, newest_first, rss
from tests.loopback.site import Answer
from tests.wire import NEWS, PATH, Wire, wire

DAY = timedelta(days=1)
OPERATOR = Target("stage", "operator")
PERSON = Target("stage", "maria")
FAR_OFF = "UPDATE feeds SET next_poll_at = ? WHERE id = 2"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Wire]:
    """The wire, with a feed that has been polled once, and nothing waiting."""
    async with wire(tmp_path) as made:
        made.serve(newest_first(1, 2, 3))
        await made.add()
        await made.poll()
        await made.posted()
        yield made


async def fail_for(here: Wire, time: timedelta) -> list[str]:
    """Poll a failing feed until so much time has passed, and return what anybody was told."""
    end = here.now + time
    told: list[str] = []
    while here.now < end:
        await here.poll()
        told += await here.posted()
    return told


async def test_a_day_of_failure_is_told_once_and_so_is_recovery(here: Wire) -> None:
    """After a day of 404s there is one word with the reason, and one more when the feed is well again."""
    here.serve(b"", status=404)
    assert await fail_for(here, timedelta(hours=10)) == []
    (word,) = await fail_for(here, 10 * DAY)
    assert "There is nothing at that address (404)" in word
    here.serve(newest_first(1, 2, 3))
    await here.poll()
    (word,) = await here.posted()
    assert "can be read again" in word
    here.serve(b"", status=404)
    assert len(await fail_for(here, 2 * DAY)) == 1


async def test_a_short_failure_is_nobodys_business(here: Wire) -> None:
    """A feed that fails and recovers within a day is healed without a word."""
    here.serve(b"", status=500)
    await here.poll()
    here.serve(newest_first(1, 2, 3))
    await here.poll()
    assert await here.posted() == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_is_told_at_once(here: Wire, status: int) -> None:
    """A site that wants a login or keeps programs out will not heal by itself."""
    here.serve(b"", status=status)
    await here.poll()
    (word,) = await here.posted()
    assert f"The site refuses wireroom ({status})" in word
    await here.poll()
    assert await here.posted() == []


async def test_a_feed_that_has_ended_stops_with_word(here: Wire) -> None:
    """410 pauses the feed at once, tells whoever added it, and it is not asked again until resumed."""
    here.serve(b"", status=410)
    assert await here.poll() == "gone"
    (word,) = await here.posted()
    assert "has ended" in word
    assert await here.db.read(lambda c: feeds.next_due(c, now=here.now)) is None
    await here.feeds.resume("1")
    assert await here.db.read(lambda c: feeds.next_due(c, now=here.now)) == here.now


async def test_adding_a_paused_feed_elsewhere_resumes_it(here: Wire) -> None:
    """Whoever adds a feed that had been paused wants it polled."""
    await here.feeds.pause("1")
    await here.add(Target("stage", "other"))
    assert (await here.feed()).pause_reason is None


async def test_a_month_of_failure_makes_polls_weekly_and_half_a_year_pauses(here: Wire) -> None:
    """After 30 days of failure a feed is asked weekly, after 180 it is paused with word."""
    here.serve(b"", status=500)
    await fail_for(here, 31 * DAY)
    before = here.now
    await here.poll()
    await here.poll()
    assert timedelta(days=7) < here.now - before < timedelta(days=20)
    told: list[str] = []
    while (await here.feed()).pause_reason is None:
        await here.poll()
        told += await here.posted()
    assert "so I paused it" in told[-1]
    assert here.now - before < 180 * DAY


async def test_the_person_who_added_a_feed_hears_of_it_else_the_operator(tmp_path: Path) -> None:
    """Word goes to the person who added the feed; what the operator added is told to the operator."""
    async with wire(tmp_path, operator=OPERATOR) as here:
        here.serve(newest_first(1))
        here.site.respond("/theirs.xml", body=newest_first(1))
        await here.add()
        await here.feeds.add(here.site.url("/theirs.xml"), NEWS, added_by=PERSON)
        await here.poll()
        await here.deliveries()
        here.serve(b"", status=403)
        here.site.respond("/theirs.xml", status=403)
        while not (await here.feed(2)).trouble or not (await here.feed(1)).trouble:
            await here.poll()
        told = sorted(str(one.target) for one in await here.deliveries())
        assert told == ["stage:maria", "stage:operator"]


async def test_retry_after_holds_the_whole_host(here: Wire) -> None:
    """After a 429 no feed of the host is asked before the time it named, though none of them failed."""
    here.site.respond("/other.xml", body=newest_first(9))
    await here.add(path="/other.xml")
    here.serve(b"", status=429, headers={"Retry-After": "7200"})
    asked_at = here.now
    while (await here.feed()).trouble is None:
        asked_at = here.now
        await here.poll()
    asked_at = here.now
    due = await here.db.read(lambda c: feeds.next_due(c, now=here.now))
    assert due is not None
    assert due >= asked_at + timedelta(seconds=7200)


async def test_three_alike_permanent_redirects_move_the_address(here: Wire) -> None:
    """A 301 that leads to the same feed three times changes the address; nothing is posted again."""
    here.site.respond("/moved.xml", body=newest_first(1, 2, 3))
    here.serve(b"", status=301, headers={"Location": "/moved.xml"})
    for times in (1, 2, 3):
        assert (await here.feed()).address == here.site.url(PATH), times
        await here.poll()
    assert (await here.feed()).address == here.site.url("/moved.xml")
    assert await here.posted() == []


async def test_a_temporary_redirect_never_moves_the_address(here: Wire) -> None:
    """302 and 307 are followed each time and remembered never."""
    here.site.respond("/elsewhere.xml", body=newest_first(1, 2, 3))
    here.serve(b"", status=302, headers={"Location": "/elsewhere.xml"})
    for _ in range(5):
        await here.poll()
    assert (await here.feed()).address == here.site.url(PATH)


async def test_a_redirect_to_another_feed_never_moves_the_address(here: Wire) -> None:
    """A permanent redirect to something that shares no entry with this feed is not believed."""
    here.site.respond("/parked.xml", body=rss(title="Parked"))
    here.serve(b"", status=301, headers={"Location": "/parked.xml"})
    for n in range(5):
        here.site.respond("/parked.xml", body=rss(title=f"Parked {n}"))
        await here.poll()
    assert (await here.feed()).address == here.site.url(PATH)


async def test_a_permanent_redirect_to_another_feed_is_trouble_not_news(here: Wire) -> None:
    """A document that shares nothing with what is known is not taken for this feed; its posts stay out."""
    here.site.respond("/theirs.xml", body=newest_first(101, 102, 103))
    here.serve(b"", status=301, headers={"Location": "/theirs.xml"})
    for _ in range(5):
        assert await here.poll() == "failed"
    assert "another feed" in ((await here.feed()).trouble or "")
    assert (await here.feed()).address == here.site.url(PATH)
    assert not [one for one in await here.deliveries() if one.entry]


async def test_a_feed_that_moves_onto_a_paused_one_wakes_it(here: Wire) -> None:
    """The channels that are handed over get posts, though the other feed had been paused."""
    here.site.respond("/moved.xml", body=newest_first(1, 2, 3))
    await here.add(Target("stage", "other"), path="/moved.xml")
    await here.poll()
    await here.feeds.pause("2")
    here.serve(b"", status=301, headers={"Location": "/moved.xml"})
    while (await here.feed()).pause_reason is None:
        await here.poll()
    assert (await here.feed(2)).pause_reason is None


async def test_a_feed_that_moves_onto_another_hands_its_channels_over(here: Wire) -> None:
    """Two feeds that turn out to be one become one, which both channels carry."""
    other = Target("stage", "other")
    here.site.respond("/moved.xml", body=newest_first(1, 2, 3))
    await here.add(other, path="/moved.xml")
    await here.poll()
    await here.posted()
    here.serve(b"", status=301, headers={"Location": "/moved.xml"})
    while (await here.feed()).pause_reason is None:
        await here.poll()
    here.site.respond("/moved.xml", body=newest_first(1, 2, 3, 4))
    titles: list[tuple[str, str]] = []
    for _ in range(3):
        await here.poll()
        titles += [(one.target.id, one.entry.title) for one in await here.deliveries() if one.entry]
    assert sorted(titles) == [("news", "Title 4"), ("other", "Title 4")]


async def test_a_feed_silent_far_longer_than_usual_gets_one_word(tmp_path: Path) -> None:
    """A feed that answers but brings nothing for 30 times its gap is mentioned once."""
    async with wire(tmp_path) as here:
        here.now = here.now.replace(month=3, day=2, hour=20)
        here.serve(newest_first(*range(1, 11)))
        await here.add()
        await here.poll()
        here.serve(newest_first(*range(1, 12)))
        await here.poll()
        await here.posted()
        told: list[str] = []
        end = here.now + 12 * DAY
        while here.now < end:
            await here.poll()
            told += await here.posted()
        (word,) = told
        assert "nothing new for" in word


async def test_cache_control_is_obeyed_across_unchanged_answers(here: Wire) -> None:
    """The time that an answer may be kept is the least time until the next poll, also after a 304."""
    here.serve(newest_first(1, 2, 3, 4), etag='"1"', headers={"Cache-Control": "max-age=18000"})
    await here.poll()
    for _ in range(3):
        before = here.now
        await here.poll()
        assert here.now - before >= timedelta(hours=5)


async def test_a_fault_of_our_own_is_a_failed_poll_with_the_next_one_set(here: Wire) -> None:
    """Whatever a poll stumbles over, the feed has its reason and its next time."""
    here.site.respond(PATH, Answer(rss(Item(1, guid="\x00"))))
    await here.poll()
    assert await here.db.read(lambda c: feeds.next_due(c, now=here.now)) is not None


async def test_two_processes_never_poll_one_feed_at_once(here: Wire) -> None:
    """A claimed feed is left alone until its lease ends; a save under a lost lease writes nothing."""
    here.now += DAY
    first = await here.db.write(lambda c: feeds.claim_due(c, now=here.now, limit=9, lease="one"))
    assert len(first) == 1
    assert await here.db.write(lambda c: feeds.claim_due(c, now=here.now, limit=9, lease="two")) == []
    here.now += feeds.LEASE
    second = await here.db.write(lambda c: feeds.claim_due(c, now=here.now, limit=9, lease="three"))
    assert [feed.id for feed in second] == [1]
    here.serve(newest_first(1, 2, 3, 4))
    await here.poller.poll(first[0])
    assert await here.posted() == []
    await here.poller.poll(second[0])
    assert await here.posted() == ["Title 4"]


async def test_a_clock_gone_back_does_not_leave_a_feed_waiting(here: Wire) -> None:
    """A due time further off than the longest interval there is counts as due now."""
    here.now -= 400 * DAY
    claimed = await here.db.write(lambda c: feeds.claim_due(c, now=here.now, limit=9, lease="back"))
    assert len(claimed) == 1


async def test_a_wrong_due_time_does_not_hide_behind_a_right_one(here: Wire) -> None:
    """After the clock went back, one feed due far off is due now though another is due tomorrow."""
    now = here.now
    here.site.respond("/other.xml", body=newest_first(9))
    await here.add(path="/other.xml")
    await here.poll()
    held = here.site.host
    await here.db.write(lambda c: feeds.hold_host(c, host=held, until=now + DAY))
    await here.db.write(lambda c: c.exec_driver_sql(FAR_OFF, ((now + 99 * DAY).isoformat(" ")[:26],)))
    assert await here.db.read(lambda c: feeds.next_due(c, now=now)) == now
