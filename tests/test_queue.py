"""The queue between the poller and the platforms: order, tries, patience."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapter import Ticket
from bot.errors import Busy, DeliveryError, Undeliverable
from bot.models import Message, Target
from bot.retry import TRIES
from bot.store import deliveries as queue
from bot.store.deliveries import NewDelivery
from tests.stage import START, Scene, Stage, deliverer_of, scene

NO = DeliveryError("no")


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path / "w.db") as opened:
        yield opened


async def test_once_for_each_target(here: Scene) -> None:
    """An entry goes to each target once, however often it is queued."""
    (entry,) = await here.queue("A", to=["news", "tech"])
    await here.deliver()
    there = await here.target()
    again = [NewDelivery(entry, there, None)]
    await here.db.write(lambda c: queue.enqueue(c, again, now=here.clock()))
    await here.deliver()
    assert [(post.target, post.text) for post in here.stage.posts] == [("news", "A"), ("tech", "A")]


async def test_order(here: Scene) -> None:
    """Each target gets its cards in the order in which they were queued, one at a time."""
    titles = [str(number) for number in range(12)]
    await here.queue(*titles, to=["news", "tech"])
    await here.deliver()
    assert here.stage.titles("news") == here.stage.titles("tech") == titles
    assert set(await here.states()) == {"sent"}


async def test_ticket(here: Scene) -> None:
    """All tries of a message carry one key of at most 25 characters, no two messages the same."""
    await here.queue("A", to=["news", "tech"])
    await here.notice("B")
    here.stage.script["news"] = [NO, NO]
    for _ in range(4):
        await here.deliver()
        here.clock.pass_(hours=1)
    keys = [post.key for post in here.stage.posts]
    assert len(set(keys)) == len(keys) == 3
    mine = next(post.key for post in here.stage.posts if (post.target, post.text) == ("news", "A"))
    assert all(len(ticket.key) <= 25 for ticket in here.stage.tickets)
    tries = [ticket for ticket in here.stage.tickets if ticket.key == mine]
    assert [ticket.attempt for ticket in tries] == [1, 2, 3]
    assert {ticket.first_tried for ticket in tries} == {START}


async def test_failed_once_keeps_its_place(here: Scene) -> None:
    """A card that failed once holds the next ones of its target back until its turn comes again."""
    await here.queue("A", "B")
    here.stage.script["news"] = [NO]
    await here.deliver()
    assert here.stage.posts == []
    here.clock.pass_(seconds=20)
    await here.deliver()
    assert here.stage.titles() == ["A", "B"]


async def test_failed_twice_lets_others_pass(here: Scene) -> None:
    """A card that failed twice lets the next ones pass, and comes after them."""
    await here.queue("A", "B", "C")
    here.stage.script["news"] = [NO, NO]
    await here.deliver()
    here.clock.pass_(seconds=20)
    await here.deliver()
    assert here.stage.titles() == ["B", "C"]
    here.clock.pass_(minutes=1)
    await here.deliver()
    assert here.stage.titles() == ["B", "C", "A"]


async def test_ten_tries_then_dead(here: Scene) -> None:
    """A card that fails ten times within a day is dead with the reason, listed, and put back on demand."""
    await here.queue("A")
    here.stage.script["news"] = [DeliveryError(f"no {number}") for number in range(TRIES)]
    for _ in range(TRIES):
        assert await here.states() == ["pending"]
        await here.deliver()
        due = (await here.rows())[0]["due_at"]
        here.clock.now = max(here.clock(), due)
    assert here.clock() - START < timedelta(days=1)
    assert here.stage.posts == []
    (dead,) = await here.db.read(lambda c: queue.listed(c, state=queue.State.DEAD, limit=5))
    assert (dead.title, dead.reason, dead.tries) == ("A", "no 9", TRIES)
    assert await here.db.write(lambda c: queue.revive(c, [dead.id], now=here.clock())) == 1
    await here.deliver()
    assert here.stage.titles() == ["A"]


async def test_undeliverable(here: Scene) -> None:
    """What a platform will never take is dead after one try and holds nothing up."""
    await here.queue("A", "B")
    here.stage.script["news"] = [Undeliverable("too odd")]
    await here.deliver()
    assert here.stage.titles() == ["B"]
    assert [(row["state"], row["reason"]) for row in await here.rows()] == [
        ("dead", "too odd"),
        ("sent", None),
    ]


async def test_adapter_at_fault(here: Scene) -> None:
    """An adapter that breaks its promise costs a try of one card and nothing else."""
    await here.queue("A", to=["news", "tech"])
    here.stage.script["news"] = [KeyError("ts")]
    await here.deliver()
    assert here.stage.titles("tech") == ["A"]
    assert (await here.rows())[0]["tries"] == 1
    here.clock.pass_(minutes=1)
    await here.deliver()
    assert here.stage.titles("news") == ["A"]


async def test_busy_uses_no_try(here: Scene) -> None:
    """A target that is busy for days costs no try, and no request before the time it asked for."""
    await here.queue("A", "B")
    here.stage.script["news"] = [Busy("later", retry_after=timedelta(hours=5))] * 15
    for _ in range(15):
        await here.deliver()
        asked = len(here.stage.tickets)
        here.clock.pass_(hours=4, minutes=59)
        await here.deliver()
        assert len(here.stage.tickets) == asked
        here.clock.pass_(minutes=2)
    await here.deliver()
    assert here.stage.titles() == ["A", "B"]
    assert {ticket.attempt for ticket in here.stage.tickets} == {1}


async def test_busy_target_holds_up_no_other(here: Scene) -> None:
    """A busy target waits alone: its other cards with it, other targets not."""
    await here.queue("A", "B", to=["news", "tech"])
    here.stage.script["news"] = [Busy("later", retry_after=timedelta(minutes=1))]
    await here.deliver()
    assert here.stage.titles("tech") == ["A", "B"]
    assert here.stage.titles("news") == []


@pytest.mark.parametrize("wait", [timedelta(minutes=1), timedelta(days=1), timedelta(days=9)])
async def test_busy_platform(here: Scene, wait: timedelta) -> None:
    """A platform that is busy everywhere is asked nothing until the time it set, a day at most."""
    here.stage.script["news"] = [Busy("later", retry_after=wait, everywhere=True)]
    await here.queue("A")
    await here.deliver()
    await here.queue("A2", to=["tech"])
    await here.deliver()
    here.clock.pass_(seconds=50)
    await here.deliver()
    assert len(here.stage.tickets) == 1
    here.clock.pass_(days=1)
    await here.deliver()
    assert len(here.stage.posts) == 2


async def test_retry_after(here: Scene) -> None:
    """A failure that says when to come again is tried then, not before."""
    await here.queue("A")
    here.stage.script["news"] = [DeliveryError("no", retry_after=timedelta(hours=2))]
    await here.deliver()
    here.clock.pass_(minutes=119)
    await here.deliver()
    assert len(here.stage.tickets) == 1
    here.clock.pass_(minutes=1)
    await here.deliver()
    assert here.stage.titles() == ["A"]


async def test_slow_target_holds_up_no_other(here: Scene) -> None:
    """While one target does not answer, all the others get all their cards."""
    answer = asyncio.Event()

    async def slow() -> None:
        await answer.wait()

    here.stage.script["slow"] = [slow]
    await here.queue("A", "B", "C", to=["slow", "news", "tech"])
    running = asyncio.create_task(here.deliverer.run())
    await here.stage.until(lambda: len(here.stage.posts) == 6)
    assert here.stage.titles("slow") == []
    answer.set()
    await here.stage.until(lambda: len(here.stage.posts) == 9)
    assert here.stage.titles("slow") == ["A", "B", "C"]
    here.deliverer.stop()
    await running


async def test_parallel(here: Scene) -> None:
    """No more targets are posted to at once than the platform takes."""
    everyone = asyncio.Event()

    async def wait() -> None:
        await everyone.wait()

    targets = [f"t{number}" for number in range(12)]
    for target in targets:
        here.stage.script[target] = [wait]
    await here.queue("A", to=targets)
    running = asyncio.create_task(here.deliverer.run())
    await here.stage.until(lambda: len(here.stage.under_way) == here.stage.parallel)
    await asyncio.sleep(0.05)
    assert here.stage.most_at_once == here.stage.parallel
    everyone.set()
    await here.stage.until(lambda: len(here.stage.posts) == len(targets))
    here.deliverer.stop()
    await running


async def test_waiting_is_no_work(here: Scene) -> None:
    """While all that waits is not due, the deliverer rests instead of asking again and again."""
    await here.queue("A", "B", "C")
    here.stage.script["news"] = [NO]
    await here.deliver()
    assert await here.deliverer._until_due() > 4


async def test_rings_for_word(here: Scene) -> None:
    """A deliverer at rest posts as soon as it is rung."""
    running = asyncio.create_task(here.deliverer.run())
    await asyncio.sleep(0.1)
    await here.queue("A")
    here.deliverer.ring()
    await here.stage.until(lambda: bool(here.stage.posts))
    here.deliverer.stop()
    await running


class Narrow(Stage):
    """A platform that takes two targets at a time from each process."""

    parallel = 2

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Keep a message, after a moment in which the other process gets its turn."""
        await asyncio.sleep(0.005)
        return await super().post(target, message, ticket)


async def test_two_deliverers(tmp_path: Path) -> None:
    """Two processes on one file post each card once between them, in order for each target."""
    async with scene(tmp_path / "w.db") as one, scene(tmp_path / "w.db") as other:
        targets = [f"t{number}" for number in range(4)]
        titles = [str(number) for number in range(10)]
        await one.queue(*titles, to=targets)
        stage = Narrow()
        both = [deliverer_of(each.db, stage, one.clock) for each in (one, other)]
        runs = [asyncio.create_task(each.run()) for each in both]
        await stage.until(lambda: len(stage.posts) == len(targets) * len(titles))
        for each in both:
            each.stop()
        await asyncio.gather(*runs)
        assert set(await one.states()) == {"sent"}
        assert all(stage.titles(target) == titles for target in targets)
        assert all(each._metrics.total("wireroom_deliveries") > 1 for each in both)
