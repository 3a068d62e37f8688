"""Targets that are gone and come back, clocks that go wrong, and what is kept how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from bot.errors import Busy, DeliveryError, Refused, TargetGone
from bot.models import Button, Notice, Target
from bot.store import deliveries as queue
from bot.store import entries, subscriptions
from bot.store.tables import deliveries
from tests.stage import Scene, deliverer_of, scene

NEWS = Target("stage", "news")


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path / "w.db") as opened:
        yield opened


async def carry(here: Scene, *people: str) -> None:
    """Let the target news carry the feed, set up by these people."""
    target = await here.target()
    whom = [await here.target(person) for person in people]

    def add(c: Connection) -> None:
        for person in whom:
            subscriptions.add(
                c, feed_id=here.feed_id, target_id=target, added_by=person, sample=False, now=here.clock()
            )

    await here.db.write(add)


async def test_gone(here: Scene) -> None:
    """A target that is gone is paused, whoever set it up told once, and all that waits comes in order."""
    await carry(here, "ann")
    await here.queue("A", "B", to=["news", "tech"])
    here.stage.script["news"] = [TargetGone("I was removed.")]
    await here.deliver()
    await here.queue("C")
    here.clock.pass_(days=6)
    await here.db.write(lambda c: queue.tidy(c, now=here.clock()))
    await here.deliver()
    assert here.stage.titles("tech") == ["A", "B"]
    assert here.stage.titles("news") == []
    (told,) = here.stage.titles("ann")
    assert "stage:news" in told
    assert "I was removed." in told
    assert await here.db.write(lambda c: subscriptions.resume_target(c, NEWS, now=here.clock()))
    await here.deliver()
    assert here.stage.titles("news") == ["A", "B", "C"]
    assert {ticket.attempt for ticket in here.stage.tickets} == {1}


async def test_a_notice_says_the_channels_name(here: Scene) -> None:
    """The sentence has the name that the platform knows, the button the channel's exact text."""
    await carry(here, "ann")
    here.stage.names[NEWS] = "#world news"
    here.stage.script["news"] = [TargetGone("I was removed.")]
    await here.queue("A")
    await here.deliver()
    (told,) = [post.message for post in here.stage.posts if post.target == "ann"]
    assert told == Notice(
        "I can't post in #world news any more: I was removed. What comes for it is kept for 7 days.",
        (Button("Resume", "/retry stage:news"),),
    )


async def test_a_refused_post_is_told_once_a_day(here: Scene) -> None:
    """What a channel's rules keep out is dead; whoever set it up hears it once a day; the rest comes."""
    await carry(here, "ann")
    for day in range(2):
        here.stage.script["news"] = [Refused("a filter blocked it."), Refused("a filter blocked it.")]
        await here.queue(f"A{day}", f"B{day}", f"C{day}")
        await here.deliver()
        assert here.stage.titles("news")[-1] == f"C{day}"
        (told,) = here.stage.titles("ann")[day:]
        assert f"“A{day}” could not be posted in stage:news: a filter blocked it." in told
        here.clock.pass_(days=1)


async def test_gone_again(here: Scene) -> None:
    """Resumed too early, a target is paused again and word goes out again."""
    await carry(here, "ann")
    await here.queue("A")
    here.stage.script["news"] = [TargetGone("closed"), TargetGone("closed")]
    for _ in range(2):
        await here.deliver()
        assert await here.db.write(lambda c: subscriptions.resume_target(c, NEWS, now=here.clock()))
    await here.deliver()
    assert here.stage.titles("news") == ["A"]
    assert len(here.stage.titles("ann")) == 2


async def test_operator_is_told(tmp_path: Path) -> None:
    """Where nobody set a target up, the operator hears that it is gone."""
    async with scene(tmp_path / "w.db", operator="boss") as here:
        await here.queue("A", to=["news", "boss"])
        here.stage.script["news"] = [TargetGone("closed")]
        await here.deliver()
        assert len(here.stage.titles("boss")) == 2
        here.stage.script["boss"] = [TargetGone("closed")]
        await here.queue("B", to=["boss"])
        await here.deliver()
        assert (await here.states()).count("pending") == 2


async def test_kept_seven_days(here: Scene) -> None:
    """What waits for its target is kept seven days, then given up with the reason."""
    await here.queue("A", "B")
    here.stage.script["news"] = [TargetGone("kicked")]
    await here.deliver()
    here.clock.pass_(days=6, hours=23)
    assert await here.db.write(lambda c: queue.tidy(c, now=here.clock())) == 0
    here.clock.pass_(hours=2)
    assert await here.db.write(lambda c: queue.tidy(c, now=here.clock())) == 2
    rows = await here.rows()
    assert [row["state"] for row in rows] == ["dead", "dead"]
    assert [row["reason"] for row in rows] == ["kicked", "waited 7 days for its target"]


async def test_outage_of_days(here: Scene) -> None:
    """A platform that is down for six days loses nothing and repeats nothing."""
    await here.queue("A", "B", to=["news", "tech"])
    down = Busy("down", retry_after=timedelta(hours=1), everywhere=True)
    here.stage.script["news"] = [down] * 200
    here.stage.script["tech"] = [down] * 200
    for _ in range(24):
        await here.deliver()
        await here.db.write(lambda c: queue.tidy(c, now=here.clock()))
        here.clock.pass_(hours=6)
    here.stage.script.clear()
    await here.deliver()
    assert here.stage.titles("news") == here.stage.titles("tech") == ["A", "B"]


async def test_done_is_forgotten(here: Scene) -> None:
    """What was sent or given up is kept thirty days, with its entry's text."""
    await here.queue("A")
    await here.deliver()
    for days, left in ((29, 1), (2, 0)):
        here.clock.pass_(days=days)
        await here.db.write(lambda c: queue.tidy(c, now=here.clock()))
        assert len(await here.rows()) == left


async def test_waiting_texts_stay(here: Scene) -> None:
    """An entry that still waits for a target is neither forgotten nor loses its text."""
    await here.queue("waits", to=["news"])
    await here.queue(*map(str, range(60)), to=["tech"])
    await here.db.write(
        lambda c: c.execute(update(deliveries).where(deliveries.c.entry_id > 1).values(state="sent"))
    )
    here.clock.pass_(days=31)
    forgotten = await here.db.write(lambda c: entries.tidy(c, now=here.clock()))
    assert forgotten.texts == 10
    await here.deliver()
    assert here.stage.titles() == ["waits"]


@pytest.mark.parametrize("days", [3, 400])
async def test_clock_set_back(here: Scene, days: int) -> None:
    """After the clock went back, what was due later than the longest wait is due now."""
    await here.queue("A", "B", to=["news", "tech"])
    here.stage.script["news"] = [Busy("later", retry_after=timedelta(hours=1))]
    here.stage.script["tech"] = [DeliveryError("no")]
    await here.deliver()
    here.clock.pass_(days=-days)
    await here.queue("soon", to=["other"])
    here.stage.script["other"] = [DeliveryError("no")]
    await here.deliver()
    assert here.stage.titles("news") == here.stage.titles("tech") == ["A", "B"]


async def test_far_off_beside_soon(here: Scene) -> None:
    """A due time that only a wrong clock can have set does not hide behind another that is right."""
    await here.queue("A", to=["news", "tech"])
    here.stage.script["tech"] = [DeliveryError("no", retry_after=timedelta(hours=20))]
    await here.deliver()
    await here.queue("B")
    far = here.clock() + timedelta(days=30)
    await here.db.write(
        lambda c: c.execute(update(deliveries).where(deliveries.c.id == 3).values(due_at=far))
    )
    await here.deliver()
    assert here.stage.titles() == ["A", "B"]


async def test_clock_set_back_in_mid_send(here: Scene) -> None:
    """A claim left by a dead process does not hold a target for as long as the clock went back."""
    await here.queue("A")
    await here.deliverer._claim()
    here.clock.pass_(hours=-5)
    await here.queue("B")
    await here.deliver()
    here.clock.pass_(seconds=31)
    await here.deliver()
    assert here.stage.titles() == ["A", "B"]


async def test_clock_set_forward(here: Scene) -> None:
    """After the clock went forward and back again, each card still arrives once."""
    await here.queue("A", "B", "C")
    here.stage.script["news"] = [DeliveryError("no")]
    here.clock.pass_(days=900)
    await here.deliver()
    here.clock.pass_(days=-900)
    await here.deliver()
    assert here.stage.titles() == ["A", "B", "C"]


async def test_clean_stop(here: Scene) -> None:
    """Told to stop, a deliverer claims nothing more, lets what is in flight finish, and leaves no claim."""
    answer = asyncio.Event()

    async def slow() -> None:
        await answer.wait()

    here.stage.script["news"] = [slow]
    await here.queue("A", "B")
    running = asyncio.create_task(here.deliverer.run())
    await here.stage.until(lambda: here.stage.under_way == ["news"])
    here.deliverer.stop()
    await asyncio.sleep(0.05)
    assert not running.done()
    answer.set()
    await running
    assert here.stage.titles() == ["A"]
    assert await here.states() == ["sent", "pending"]


@pytest.mark.parametrize("patience", ["cut off", "patient"])
async def test_stop_in_mid_send(here: Scene, patience: str) -> None:
    """What is not answered when the time to stop is over goes into doubt, and is found at the next start."""

    async def never() -> None:
        await asyncio.Event().wait()

    here.stage.script["news"] = [never]
    await here.queue("A", "B")
    running = asyncio.create_task(here.deliverer.run())
    await here.stage.until(lambda: here.stage.under_way == ["news"])
    if patience == "patient":
        here.deliverer.stop(within=0.2)
        async with asyncio.timeout(5):
            await running
    else:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert await here.states() == ["doubt", "pending"]
    here.deliverer = deliverer_of(here.db, here.stage, here.clock)
    here.clock.pass_(seconds=31)
    await here.deliver()
    assert here.stage.titles() == ["A", "B"]
