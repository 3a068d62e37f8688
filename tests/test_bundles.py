"""Digests: who made one of what, in which order, and that nothing of it is lost or comes twice."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import Busy, InDoubt, Undeliverable
from bot.models import Digest, Rhythm, Target
from bot.store import bundles, entries
from bot.store import deliveries as queue
from tests.readership import ANN, NEWS, Readership, entry, readership, titles
from tests.stage import Landed

EIGHT = timedelta(hours=20)
"""From noon to the digest of the next morning."""


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Readership]:
    async with readership(tmp_path / "w.db") as opened:
        yield opened


async def at_eight(here: Readership) -> list[Digest]:
    """Let the next morning come, and give the digests that it brings to Ann."""
    here.clock.pass_(hours=EIGHT / timedelta(hours=1))
    return await digests(here)


async def digests(here: Readership) -> list[Digest]:
    """Deliver what is due, and give the digests that Ann gets."""
    before = len(here.stage.posts)
    await here.deliver()
    return [
        post.message
        for post in here.stage.posts[before:]
        if post.target == "ann" and isinstance(post.message, Digest)
    ]


async def dated(here: Readership, number: int) -> None:
    """Bring an entry a minute later than the one before."""
    here.clock.pass_(minutes=1)
    await here.bring(f"Chips {number:02}")


async def test_by_follow_then_newest_first(here: Readership) -> None:
    """A digest is in the order of the follows, the newest first in each, and says where it comes from."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.follow("ships", when=Rhythm.DAILY)
    for title in ("Ships one", "Chips one", "Ships two", "Chips and ships", "Chips two"):
        here.clock.pass_(minutes=1)
        await here.bring(title)
    (digest,) = await at_eight(here)
    assert titles(digest) == ["Chips two", "Chips and ships", "Chips one", "Ships two", "Ships one"]
    assert (digest.title, digest.subtitle) == ("Daily digest: 5 posts", "From 2 follows in 1 feed")
    assert [button.command for button in digest.buttons] == ["/digest form", "/following"]
    first = digest.items[0]
    assert first.why is not None
    assert first.why.words == ("Chips",)
    assert (first.summary, first.image, first.buttons) == ("", None, ())


async def test_a_long_digest(here: Readership) -> None:
    """Fifty posts come in three messages of fifteen, numbered on; the rest is counted and can be shown."""
    await here.follow("chips", when=Rhythm.DAILY)
    for number in range(50):
        await dated(here, number)
    one, two, three = await at_eight(here)
    assert [digest.first for digest in (one, two, three)] == [1, 16, 31]
    assert [digest.title for digest in (one, two, three)] == [
        "Daily digest: 50 posts",
        "Daily digest, continued: 16 to 30 of 50",
        "Daily digest, continued: 31 to 45 of 50",
    ]
    shown = [*titles(one), *titles(two), *titles(three)]
    assert shown == [f"Chips {number:02}" for number in range(49, 4, -1)]
    assert (one.more, two.more, three.more) == (0, 0, 5)
    assert one.buttons == two.buttons == ()
    more = three.buttons[0]
    assert more.label == "Show 5 more"
    bundle_id = int(more.command.removeprefix("/digest more "))
    page = await here.db.read(lambda c: bundles.page(c, bundle_id, now=here.clock()))
    assert page is not None
    assert [item.entry.title for item in page.items] == [f"Chips {number:02}" for number in range(4, -1, -1)]
    assert (page.target, page.first, page.total) == (ANN, 46, 50)
    assert set(await here.states()) == {"sent"}


async def test_every_post_can_be_reached(here: Readership) -> None:
    """Of many posts each is in one of the three messages, or on one of the pages behind them."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.pause(until=here.clock() + timedelta(days=9))
    for start in range(0, 150, 50):
        await here.bring(*(f"Chips {start + number}" for number in range(50)))
    found = await at_eight(here)
    shown = [title for digest in found for title in titles(digest)]
    assert found[-1].more == 150 - len(shown)
    bundle_id = int(found[-1].buttons[0].command.removeprefix("/digest more "))
    for skip in range(45, 150, 15):
        page = await page_of(here, bundle_id, skip)
        assert page is not None
        assert page.first == skip + 1
        shown += [item.entry.title for item in page.items]
    assert Counter(shown) == {f"Chips {number}": 1 for number in range(150)}


@pytest.mark.parametrize(
    ("holds", "count", "firsts", "more"),
    [
        (4, 9, [1, 5, 9], 0),
        (12, 20, [1, 13], 0),
        (4, 30, [1, 5, 9], 18),
        (15, 40, [1, 16, 31], 0),
        (1, 2, [1, 2], 0),
    ],
)
async def test_less_than_a_message_may_have(
    here: Readership, holds: int, count: int, firsts: list[int], more: int
) -> None:
    """Where a message holds fewer items, the others go on in the next, numbered on, and none is lost."""
    here.stage.holds = holds
    await here.follow("chips", when=Rhythm.DAILY)
    for number in range(count):
        await dated(here, number)
    found = await at_eight(here)
    assert [digest.first for digest in found] == firsts
    shown = [title for digest in found for title in titles(digest)]
    assert [digest.more for digest in found] == [0] * (len(firsts) - 1) + [more]
    assert [bool(digest.buttons) for digest in found] == [False] * (len(firsts) - 1) + [True]
    if more:
        bundle_id = int(found[-1].buttons[0].command.removeprefix("/digest more "))
        for skip in (0, len(shown) + 15):
            page = await page_of(here, bundle_id, skip)
            assert page is not None
            assert page.first == max(len(shown), skip) + 1
            shown += [item.entry.title for item in page.items]
    assert shown == [f"Chips {number:02}" for number in reversed(range(count))]
    assert set(await here.states()) == {"sent"}


async def page_of(here: Readership, bundle_id: int, skip: int) -> bundles.Page | None:
    """Ask for what comes after a digest's messages."""
    return await here.db.read(lambda c: bundles.page(c, bundle_id, now=here.clock(), skip=skip))


async def test_a_page_of_what_is_no_digest(here: Readership) -> None:
    """Of a message that is no digest, or is known no more, there is no page."""
    await here.bring("Chips")
    for number in (1, 99):
        assert await here.db.read(lambda c, n=number: bundles.page(c, n, now=here.clock())) is None  # type: ignore[misc]


async def test_what_may_not_be_seen_any_more_is_left_out(here: Readership) -> None:
    """Articles of a channel that its reader left are not in the digest, and the numbers are right."""
    feed = await here.carry(Target("stage", "tech"), "b")
    await here.follow("chips", when=Rhythm.DAILY)
    await here.bring("Chips one", "Chips two")
    await here.bring("Chips three", feed_id=feed)
    here.stage.hidden.add(("ann", "tech"))
    (digest,) = await at_eight(here)
    assert digest.title == "Daily digest: 2 posts"
    assert sorted(titles(digest)) == ["Chips one", "Chips two"]
    assert await here.reasons_of_dead() == ["You can no longer see a channel that carries B."]


async def test_the_last_one_is_a_card(here: Readership) -> None:
    """A digest of which one article is left is a card; one of which none is left is given up."""
    feed = await here.carry(Target("stage", "tech"), "b")
    await here.follow("chips", when=Rhythm.DAILY)
    await here.bring("Chips one")
    await here.bring("Chips two", "Chips three", feed_id=feed)
    here.stage.hidden.add(("ann", "tech"))
    assert await at_eight(here) == []
    assert here.stage.titles("ann") == ["Chips one"]
    here.stage.hidden.add(("ann", "news"))
    await here.bring("Chips four", "Chips five")
    here.clock.pass_(days=1)
    await here.deliver()
    assert here.stage.titles("ann") == ["Chips one"]
    assert len(await here.reasons_of_dead()) == 5


async def test_unfollowed_before_its_time(here: Readership) -> None:
    """What was unfollowed while it was held is in no digest."""
    gone = await here.follow("chips", when=Rhythm.DAILY)
    await here.follow("ships", when=Rhythm.DAILY)
    await here.bring("Chips", "Ships one", "Ships two")
    await here.change(gone, ended_at=here.clock())
    (digest,) = await at_eight(here)
    assert titles(digest) == ["Ships two", "Ships one"]
    assert await here.reasons_of_dead() == [bundles.UNWANTED]


async def test_digests_that_meet_are_one(here: Readership) -> None:
    """A daily and a weekly digest of one time come as one message."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.follow("ships", when=Rhythm.WEEKLY)
    here.clock.pass_(days=4)  # a Sunday
    await here.bring("Chips", "Ships")
    (digest,) = await at_eight(here)
    assert digest.title == "Daily and weekly digest: 2 posts"


async def test_corrected_while_held(here: Readership) -> None:
    """A digest shows what the publisher says at last, and is not edited afterwards."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.bring("Chips one", "Chips two")
    await here.deliver()
    await here.correct(1, "Chips first")
    (digest,) = await at_eight(here)
    assert "Chips first" in titles(digest)
    await here.correct(2, "Chips second")
    await here.deliver()
    assert [edit.text for edit in here.stage.edits if edit.target == "ann"] == []


async def test_given_up_and_put_back(here: Readership) -> None:
    """A digest that is given up takes its articles along, with the reason, and brings them back."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.bring("Chips one", "Chips two")
    here.stage.script["ann"] = [Undeliverable("too odd")]
    assert await at_eight(here) == []
    assert await here.reasons_of_dead() == ["too odd"] * 3
    assert await here.db.read(lambda c: queue.count_dead(c, None)) == 1
    assert await here.db.write(lambda c: queue.revive(c, None, now=here.clock())) == 1
    (digest,) = await digests(here)
    assert digest.title == "Daily digest: 2 posts"
    assert set(await here.states()) == {"sent"}


async def test_put_back_without_what_came_meanwhile(here: Readership) -> None:
    """Of a digest that is put back an article is left out that came by another feed meanwhile."""
    feed = await here.carry(Target("stage", "tech"), "b")
    await here.follow("chips", when=Rhythm.DAILY)
    await here.follow("tariff")
    await here.bring("Chips one", "Chips two", entry("Chips three", "No tariff is said here."))
    here.stage.script["ann"] = [Undeliverable("too odd")] * 2
    await here.deliver()
    assert await at_eight(here) == []
    await here.follow("one")
    await here.bring("Chips one", feed_id=feed)
    await here.deliver()
    assert here.stage.titles("ann") == ["Chips one"]
    await here.db.write(lambda c: queue.revive(c, None, now=here.clock()))
    await here.deliver()
    shown = [title for post in here.stage.posts if post.target == "ann" for title in titles(post.message)]
    assert Counter(shown) == {"Chips one": 1, "Chips two": 1, "Chips three": 1}


async def test_a_dead_alert_is_put_back(here: Readership) -> None:
    """An alert that was given up comes back on demand, though its target carries no feed."""
    await here.follow("chips")
    await here.bring("Chips")
    here.stage.script["ann"] = [Undeliverable("too odd")]
    await here.deliver()
    assert await here.db.write(lambda c: queue.revive(c, None, now=here.clock())) == 1
    await here.deliver()
    assert here.stage.titles("ann") == ["Chips"]


async def test_a_digest_in_doubt(here: Readership) -> None:
    """A digest that was never answered is looked for, and counts as sent where it stands."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.bring("Chips one", "Chips two")
    here.stage.script["ann"] = [Landed(InDoubt("?"))]
    assert len(await at_eight(here)) == 1
    here.clock.pass_(minutes=1)
    assert await digests(here) == []
    assert set(await here.states()) == {"sent"}


async def test_listed(here: Readership) -> None:
    """`wireroom deliveries` shows what is held, and a digest by its title."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.bring("Chips one", "Chips two")
    here.clock.pass_(hours=EIGHT / timedelta(hours=1))
    assert {row.state for row in await here.db.read(lambda c: queue.listed(c, state=None, limit=9))} == {
        queue.State.PENDING,
        queue.State.HELD,
    }
    assert (await here.db.read(queue.depth))[0] == 2
    await here.deliver()
    listed = await here.db.read(lambda c: queue.listed(c, state=None, limit=9))
    assert "Daily digest: 2 posts" in {row.title for row in listed}


async def test_texts_of_what_is_held_stay(here: Readership) -> None:
    """An article that is held keeps its text, however many come after it."""
    await here.follow("chips", when=Rhythm.WEEKLY)
    await here.bring("Chips one", "Chips two")
    await here.bring(*map(str, range(60)))
    await here.deliver()
    here.clock.pass_(days=31)
    await here.db.write(lambda c: entries.tidy(c, now=here.clock()))
    (digest,) = await digests(here)
    assert titles(digest) == ["Chips two", "Chips one"]


@pytest.mark.parametrize("step", range(6))
async def test_killed_at_each_step(tmp_path: Path, step: int) -> None:
    """Wherever the bot is killed between a poll and the mark of its digest, all comes once."""
    start, path = tmp_path / "start.db", tmp_path / "w.db"
    async with readership(start) as here:
        await here.follow("chips", when=Rhythm.DAILY)
        clock, stage = here.clock, here.stage
        await here.bring("Chips one", "Chips two")
        if step >= 1:
            await here.deliver()
        clock.pass_(hours=EIGHT / timedelta(hours=1))
        if step >= 2:
            await here.db.write(lambda c: bundles.gather(c, "stage", now=clock()))
        if step >= 3:
            claimed = await here.deliverer._claim()
            if step == 4:
                here.stage.script["ann"] = [Landed(InDoubt("the connection broke"))]
            if step >= 4:
                await here.deliverer.deliver(next(one for one in claimed if one.target == ANN))
        await here.db.write(lambda _: None)
    shutil.copy(start, path)
    async with readership(path, clock=clock) as after:
        after.stage.posts = stage.posts
        for _ in range(4):
            await after.deliver()
            clock.pass_(minutes=2)
        shown = Counter((post.target, title) for post in after.stage.posts for title in titles(post.message))
        assert shown == {(who, title): 1 for who in ("ann", "news") for title in ("Chips one", "Chips two")}
        assert set(await after.states()) == {"sent"}


async def test_two_processes(tmp_path: Path) -> None:
    """Two processes that gather and send at the same time send each article once between them."""
    path = tmp_path / "w.db"
    async with readership(path) as one, readership(path) as other:
        other.stage, other.clock = one.stage, one.clock
        other.deliverer._adapter, other.deliverer._clock = one.stage, one.clock
        await one.follow("chips", when=Rhythm.DAILY)
        for number in range(20):
            await dated(one, number)
        one.clock.pass_(days=1)
        both = (other.deliverer, one.deliverer)
        for _ in range(30):
            claims = await asyncio.gather(*(each._claim() for each in both))
            await asyncio.gather(
                *(each.deliver(one) for each, some in zip(both, claims, strict=True) for one in some)
            )
        shown = Counter((post.target, title) for post in one.stage.posts for title in titles(post.message))
        assert set(shown.values()) == {1}
        assert len(shown) == 40


async def test_a_night_taken_apart_and_put_together(here: Readership) -> None:
    """A digest that waits when its target is busy takes in nothing new, and comes whole."""
    await here.follow("chips", when=Rhythm.HOURLY)
    await here.bring("Chips one", "Chips two")
    here.stage.script["ann"] = [Busy("later", retry_after=timedelta(hours=3))]
    here.clock.pass_(hours=1)
    await here.deliver()
    await here.bring("Chips three", "Chips four")
    here.clock.pass_(hours=4)
    found = await digests(here)
    assert [titles(digest) for digest in found] == [["Chips two", "Chips one"], ["Chips four", "Chips three"]]
    assert NEWS.id in {post.target for post in here.stage.posts}
