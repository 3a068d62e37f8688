"""People whose direct messages are closed: tried for three days, then left alone until they ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import TargetGone
from bot.models import Target
from bot.store import deliveries as queue
from bot.store import follows, subscriptions
from tests.readership import ANN, BEN, Readership, readership

CLOSED = TargetGone("They take no messages.")


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Readership]:
    async with readership(tmp_path / "w.db") as opened:
        await opened.follow("chips", ANN)
        await opened.follow("chips", BEN)
        yield opened


def closed(here: Readership, who: Target = ANN, times: int = 99) -> None:
    """Let a person take no messages."""
    here.stage.script[who.id] = [CLOSED] * times


async def is_paused(here: Readership, who: Target = ANN) -> bool:
    """Say whether nothing is sent to a person any more."""
    return (await here.db.read(lambda c: follows.addressee(c, who))).paused


def tried(here: Readership) -> int:
    """Count the requests that a closed person refused."""
    return 99 - len(here.stage.script["ann"])


async def test_for_three_days_a_person_is_tried_three_times_a_day(here: Readership) -> None:
    """All that waits for a person waits together for eight hours, ten times, and uses no try up."""
    closed(here)
    await here.bring("Chips 1", "Chips 2", "Chips 3")
    for hour in range(72):
        await here.deliver()
        assert tried(here) == hour // 8 + 1
        assert not await is_paused(here)
        here.clock.pass_(hours=1)
    await here.deliver()
    assert tried(here) == 10
    assert await is_paused(here)
    here.clock.pass_(days=2)
    await here.deliver()
    assert tried(here) == 10
    assert {row["tries"] for row in await here.rows() if row["state"] == "pending"} == {0}


async def test_nobody_else_is_told(here: Readership) -> None:
    """Neither the operator nor who sent them a feed hears that a person takes no messages."""
    own = await here.carry(ANN, "own")
    adder = await here.target("adder")
    await here.db.write(
        lambda c: subscriptions.add(
            c, feed_id=own, target_id=adder, added_by=adder, sample=False, now=here.clock()
        )
    )
    here.deliverer._operator = BEN
    closed(here)
    await here.bring("Chips")
    for _ in range(12):
        await here.deliver()
        here.clock.pass_(hours=8)
    assert await is_paused(here)
    assert {(post.target, post.text) for post in here.stage.posts} == {("news", "Chips"), ("ben", "Chips")}


async def test_one_message_that_arrives_ends_it(here: Readership) -> None:
    """Who takes messages again gets what waited in order, and has three days again the next time."""
    closed(here, times=3)
    await here.bring("Chips 1", "Chips 2")
    for _ in range(3):
        await here.deliver()
        here.clock.pass_(hours=8)
    assert [text for target, text in await here.arrived() if target == "ann"] == ["Chips 1", "Chips 2"]
    here.clock.pass_(days=9)
    closed(here)
    await here.bring("Chips 3")
    await here.deliver()
    assert not await is_paused(here)
    here.clock.pass_(hours=8)
    await here.deliver()
    assert tried(here) == 2


async def test_a_correction_that_gets_through_proves_nothing(here: Readership) -> None:
    """An old message can be edited also where no new one arrives: it does not end the three days."""
    await here.bring("Chips 1")
    await here.deliver()
    (entry,) = {row["entry_id"] for row in await here.rows()}
    closed(here, times=1)
    await here.bring("Chips 2")
    await here.deliver()
    here.clock.pass_(hours=47)
    await here.correct(entry, "Chips one")

    async def let_through() -> None:
        here.clock.pass_(hours=25)

    here.stage.script["ann"] = [let_through, CLOSED]
    await here.deliver()
    assert [edit.text for edit in here.stage.edits if edit.target == "ann"] == ["Chips one"]
    assert await is_paused(here)


async def test_asked_again_a_person_is_tried_once(here: Readership) -> None:
    """Who asks for another try gets what waited if it succeeds, and reads at once if it does not."""
    closed(here)
    await here.bring("Chips")
    for _ in range(10):
        await here.deliver()
        here.clock.pass_(hours=8)
    assert await is_paused(here)
    for succeeds in (False, True):
        here.stage.script["ann"] = [] if succeeds else [CLOSED]
        assert await here.db.write(lambda c: subscriptions.resume_target(c, ANN, now=here.clock()))
        await here.deliver()
        assert await is_paused(here) is not succeeds
    assert [post.text for post in here.stage.posts if post.target == "ann"] == ["Chips"]


async def test_what_waits_is_kept_seven_days(here: Readership) -> None:
    """Alerts of a week wait for a person, as for any channel that cannot be posted to."""
    closed(here)
    await here.bring("Chips")
    for days, dead in ((6.9, 0), (0.2, 1)):
        await here.deliver()
        here.clock.now += timedelta(days=days)
        assert await here.db.write(lambda c: queue.tidy(c, now=here.clock())) == dead
