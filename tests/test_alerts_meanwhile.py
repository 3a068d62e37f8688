"""Alerts on their way, while feeds move, follows are changed, and people leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.errors import InDoubt, Undeliverable
from bot.models import Rhythm, Target
from bot.store import deliveries as queue
from bot.store import feeds, follows, moves, person, subscriptions
from bot.store.deliveries import State
from tests.readership import ANN, BEN, NEWS, Readership, readership, reasons, titles
from tests.stage import Landed

TECH = Target("stage", "tech")
LATER = [Rhythm.HOURLY, Rhythm.DAILY, Rhythm.WEEKLY]


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Readership]:
    async with readership(tmp_path / "w.db") as opened:
        yield opened


async def move(here: Readership, to: int, feed_id: int | None = None) -> None:
    """Let a feed, that of NEWS if none is named, turn out to be another."""

    def work(c: Connection) -> None:
        there = feeds.get(c, to)
        moves.move(c, feed_id or here.feed_id, address=there.address, host=there.host, now=here.clock())

    await here.db.write(work)


async def aim(here: Readership, follow_id: int, target: Target) -> None:
    """Let the alerts of a follow go somewhere else."""

    def work(c: Connection) -> None:
        old = follows.get(c, follow_id)
        assert old is not None
        follows.rewrite(c, replace(old, target=target))

    await here.db.write(work)


async def all_that_came(here: Readership, who: str = "ann") -> list[str]:
    """Let a week pass, and read the titles of all that stands in a target."""
    await here.deliver()
    for _ in range(2):
        here.clock.pass_(days=7)
        await here.deliver()
    return sorted(title for post in here.stage.posts if post.target == who for title in titles(post.message))


@pytest.mark.parametrize("when", list(Rhythm))
async def test_a_feed_that_turns_out_to_be_another(here: Readership, when: Rhythm) -> None:
    """What a feed brought before it moved onto another comes all the same, as an alert and as a post."""
    other, third = await here.carry(TECH, "b"), await here.carry(TECH, "c")
    await here.follow("chips", when=when)
    await here.bring("Chips one", "Chips two")
    await move(here, other)
    await move(here, third, other)
    assert await here.db.write(feeds.tidy) == 1
    assert await all_that_came(here) == ["Chips one", "Chips two"]
    assert await all_that_came(here, "news") == ["Chips one", "Chips two"]
    assert await here.db.write(feeds.tidy) == 1


async def test_a_day_of_a_feed_that_turns_out_to_be_another(here: Readership) -> None:
    """A channel's list for the day has what its feed brought before it moved onto another."""
    other = await here.carry(TECH, "b")
    moved = await here.carry(NEWS, "c", settings={"mode": "digest"})
    await here.bring("Chips one", "Chips two", feed_id=moved)
    await move(here, other, moved)
    assert await all_that_came(here, "news") == ["Chips one", "Chips two"]


async def test_what_died_before_its_feed_moved_is_put_back(here: Readership) -> None:
    """A dead post comes back on demand where its channel carries what the feed turned out to be."""
    other = await here.carry(TECH, "b")
    here.stage.script["news"] = [Undeliverable("too odd")]
    await here.bring("Chips")
    await here.deliver()
    await move(here, other)
    assert await here.db.write(lambda c: queue.revive(c, None, now=here.clock())) == 1
    assert await here.arrived() == [("news", "Chips")]


async def test_follows_go_along_with_a_feed(here: Readership) -> None:
    """A follow of one feed looks in what that turned out to be, and what was muted stays muted."""
    other = await here.carry(TECH, "b")
    number = await here.follow("chips", feed_id=here.feed_id)
    muting = [await here.follow("chips", BEN), await here.follow("chip, chips", BEN)]

    def mute(c: Connection) -> None:
        for one in muting:
            follows.mute(c, one, here.feed_id, muted=True)
        follows.mute(c, muting[0], other, muted=True)

    await here.db.write(mute)
    await move(here, other)
    await here.db.write(feeds.tidy)
    await here.bring("Chips", feed_id=other)
    assert {target for target, _ in await here.arrived()} == {"news", "tech", "ann"}
    found = await here.db.read(lambda c: follows.get(c, number))
    assert found is not None
    assert found.feed_id == other


async def test_a_moved_feed_that_is_resumed_is_itself_again(here: Readership) -> None:
    """Added to a channel once more, the feed that moved posts there as any other."""
    other = await here.carry(TECH, "b")
    await move(here, other)
    await here.carry(NEWS)
    await here.db.write(lambda c: feeds.set_paused(c, here.feed_id, reason=None, now=here.clock()))
    await here.db.write(lambda c: subscriptions.remove(c, feed_id=other))
    await here.bring("Chips")
    assert await here.arrived() == [("news", "Chips")]


@pytest.mark.parametrize("when", LATER)
async def test_a_follow_narrowed_to_one_feed(here: Readership, when: Rhythm) -> None:
    """What other feeds brought to a follow that is for one feed now comes no more."""
    other = await here.carry(NEWS, "b")
    number = await here.follow("chips", when=when)
    await here.bring("Chips one")
    await here.bring("Chips two", feed_id=other)
    await here.change(number, feed_id=other)
    assert await all_that_came(here) == ["Chips two"]


@pytest.mark.parametrize("when", list(Rhythm))
async def test_a_follow_for_another_place(here: Readership, when: Rhythm) -> None:
    """What waits for a follow alone goes along to where its alerts go now."""
    number = await here.follow("chips", to=TECH, when=when)
    await here.bring("Chips")
    await aim(here, number, ANN)
    assert await all_that_came(here) == ["Chips"]
    assert here.stage.titles("tech") == []


async def test_what_a_place_has_does_not_come_twice(here: Readership) -> None:
    """An alert does not go along with its follow to where the article is a post."""
    number = await here.follow("chips", when=Rhythm.DAILY)
    await here.bring("Chips")
    await aim(here, number, NEWS)
    await all_that_came(here)
    assert here.stage.titles() == ["Chips"]


async def test_what_another_follow_waits_for_stays(here: Readership) -> None:
    """An alert stays where it goes for another follow too when one of them goes somewhere else."""
    number = await here.follow("chips", when=Rhythm.DAILY)
    await here.follow("chip, chips", when=Rhythm.DAILY)
    await here.bring("Chips")
    await aim(here, number, TECH)
    assert await all_that_came(here) == ["Chips"]
    assert here.stage.titles("tech") == []


@pytest.mark.parametrize("when", list(Rhythm))
async def test_an_article_that_a_hidden_feed_brought_first(here: Readership, when: Rhythm) -> None:
    """An article that waits from a channel that its reader cannot see comes from one that they can."""
    hidden = await here.carry(TECH, "b")
    here.stage.hidden.add(("ann", "tech"))
    await here.follow("chips", when=when)
    await here.follow("chip, chips", feed_id=here.feed_id, when=when)
    await here.bring("Chips", "Chips, again", feed_id=hidden)
    here.clock.pass_(minutes=1)
    await here.bring("Chips")
    assert await all_that_came(here) == ["Chips"]
    assert reasons(here.last()) == ["chips", "chip, chips"]


async def test_what_was_known_before_is_no_news_from_elsewhere(here: Readership) -> None:
    """An article of a hidden channel does not come from a feed that had it before."""
    hidden = await here.carry(TECH, "b")
    here.stage.hidden.add(("ann", "tech"))
    await here.bring("Chips")
    await here.follow("chips", when=Rhythm.DAILY)
    here.clock.pass_(minutes=1)
    await here.bring("Chips", feed_id=hidden)
    assert await all_that_came(here) == []


async def test_a_post_that_waited_as_an_alert(here: Readership) -> None:
    """An article on its way as an alert is the post of a second feed too, whatever becomes of the follow."""
    number = await here.follow("chips")
    feed = await here.carry(ANN, "b")
    await here.bring("Chips")
    await here.bring("Chips", feed_id=feed)
    await here.change(number, ended_at=here.clock())
    assert ("ann", "Chips") in await here.arrived()


async def test_who_left_alerts_no_channel(here: Readership) -> None:
    """A follow alerts its channel of nothing that its owner may not see (any more)."""
    await here.carry(TECH, "b")
    await here.follow("chips", to=TECH)
    here.stage.hidden.add(("ann", "news"))
    await here.bring("Chips")
    assert await here.arrived() == [("news", "Chips")]


async def test_who_left_sees_no_correction(here: Readership) -> None:
    """An alert stays as it is once its reader may not see the feed any more."""
    await here.follow("chips")
    await here.bring("Chips")
    await here.deliver()
    here.stage.hidden.add(("ann", "news"))
    here.clock.pass_(hours=2)
    await here.correct(1, "Chips and more")
    await here.deliver()
    assert [edit.target for edit in here.stage.edits] == ["news"]
    assert await here.states() == ["sent", "sent"]


async def test_who_left_while_it_was_in_doubt(here: Readership) -> None:
    """A digest of which nobody knows whether it arrived is found whole, though its reader has left since."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.bring("Chips one", "Chips two")
    here.clock.pass_(days=1)
    here.stage.script["ann"] = [Landed(InDoubt("?"))]
    await here.deliver()
    here.stage.hidden.add(("ann", "news"))
    here.clock.pass_(hours=2)
    await here.deliver()
    assert set(await here.states()) == {"sent"}


@pytest.mark.parametrize("when", [Rhythm.NOW, Rhythm.DAILY])
async def test_forgotten_while_it_is_sent(here: Readership, when: Rhythm) -> None:
    """A person who is forgotten while an alert or digest is sent gets nothing more, and leaves no row."""
    await here.follow("chips", when=when)
    await here.bring("Chips one", "Chips two")

    async def forget() -> None:
        await here.db.write(lambda c: person.forget(c, ANN))

    here.stage.script["ann"] = [forget]
    await all_that_came(here)
    assert len([post for post in here.stage.posts if post.target == "ann"]) == 1
    assert [row["state"] for row in await here.rows()] == [State.SENT, State.SENT]
