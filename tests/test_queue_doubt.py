"""Requests that left and were never answered, and processes that died or slept in mid-send."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.adapter import Found, Sighting
from bot.deliver import InDoubtPolicy
from bot.deliver.sift import Sifted
from bot.errors import Busy, DeliveryError, InDoubt, LeaseLost, StoreError, TargetGone
from bot.retry import TRIES
from bot.store import claims
from bot.store import deliveries as queue
from tests.stage import Landed, Scene, deliverer_of, scene

LOST = InDoubt("the connection broke")


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path / "w.db") as opened:
        yield opened


async def die_in_post(here: Scene, *, arrived: bool) -> None:
    """Claim as a process that is killed in mid-send, with its request taken by the platform or not."""
    (delivery,) = await here.deliverer._claim()
    if arrived:
        here.stage.script["news"] = [Landed(asyncio.CancelledError())]  # type: ignore[arg-type]  # it is what ends a task
        with pytest.raises(asyncio.CancelledError):
            await here.deliverer._deliver(delivery)


async def wait_and_deliver(here: Scene, seconds: float = 91) -> None:
    """Let a lease and the settling time pass, then deliver what is due."""
    for _ in range(3):
        await here.deliver()
        here.clock.pass_(seconds=seconds)
    await here.deliver()


@pytest.mark.parametrize("arrived", [True, False])
async def test_unanswered(here: Scene, arrived: bool) -> None:  # noqa: FBT001 - a parameter
    """A request that was never answered is looked for once it can no longer arrive, never before."""
    await here.queue("A", "B")
    here.stage.script["news"] = [Landed(LOST) if arrived else LOST]
    await here.deliver()
    assert (await here.states()) == ["doubt", "pending"]
    here.clock.pass_(seconds=29)
    await here.deliver()
    assert here.stage.looks == 0
    here.clock.pass_(seconds=2)
    await here.deliver()
    assert here.stage.looks == 1
    assert here.stage.titles() == ["A", "B"]
    assert await here.states() == ["sent", "sent"]


@pytest.mark.parametrize("arrived", [True, False])
async def test_killed(here: Scene, arrived: bool) -> None:  # noqa: FBT001 - a parameter
    """A card that a dead process had in hand is there once in the end, in its place; the doubt counts."""
    await here.queue("A", "B")
    await die_in_post(here, arrived=arrived)
    here.clock.pass_(seconds=59)
    await here.deliver()
    assert await here.states() == ["sending", "pending"]
    await wait_and_deliver(here)
    assert here.stage.titles() == ["A", "B"]
    assert here.deliverer._metrics.total("wireroom_deliveries_in_doubt") == 1


async def test_time_out(here: Scene) -> None:
    """A post that the platform does not answer in time is cut off and in doubt."""
    await here.queue("A")
    here.stage.script["news"] = [Landed(TimeoutError())]
    await here.deliver()
    assert await here.states() == ["doubt"]
    assert here.deliverer._metrics.total("wireroom_deliveries_in_doubt") == 1


@pytest.mark.parametrize(
    ("policy", "sighting", "posts", "state"),
    [
        ("repost", Found("7"), 0, "sent"),
        ("repost", Sighting.ABSENT, 1, "sent"),
        ("repost", Sighting.UNKNOWN, 1, "sent"),
        ("drop", Found("7"), 0, "sent"),
        ("drop", Sighting.ABSENT, 1, "sent"),
        ("drop", Sighting.UNKNOWN, 0, "dead"),
        ("ask", Sighting.ABSENT, 1, "sent"),
        ("ask", Sighting.UNKNOWN, 0, "dead"),
    ],
)
async def test_policy(
    tmp_path: Path, policy: InDoubtPolicy, sighting: Found | Sighting, posts: int, state: str
) -> None:
    """Only where the platform cannot tell does the operator's choice decide about a card in doubt."""
    async with scene(tmp_path / "w.db", policy, "boss") as here:
        await here.queue("A")
        here.stage.script["news"] = [LOST]
        here.stage.sightings = [sighting]
        await wait_and_deliver(here)
        assert len(here.stage.titles()) == posts
        first = (await here.rows())[0]
        assert first["state"] == state
        if sighting == Found("7"):
            assert first["message_id"] == "7"
        asked = here.stage.titles("boss")
        assert len(asked) == (policy == "ask" and state == "dead")
        assert all("“A”" in question for question in asked)


async def test_asking_ends(tmp_path: Path) -> None:
    """A question to the operator that is lost itself raises no further question."""
    async with scene(tmp_path / "w.db", "ask", "boss") as here:
        await here.queue("A")
        here.stage.script["news"] = [LOST]
        here.stage.script["boss"] = [LOST] * 20
        here.stage.sightings = [Sighting.UNKNOWN] * 20
        for _ in range(5):
            await wait_and_deliver(here)
        assert await here.states() == ["dead", "dead"]


@pytest.mark.parametrize("trouble", [DeliveryError("500"), InDoubt("?"), TimeoutError(), KeyError("x")])
async def test_failed_look_keeps_the_doubt(here: Scene, trouble: Exception) -> None:
    """A look that fails decides nothing: the card is looked for again, and posted no second time."""
    await here.queue("A", "B")
    here.stage.script["news"] = [Landed(LOST)]
    here.stage.sightings = [trouble]
    await here.deliver()
    here.clock.pass_(seconds=31)
    await here.deliver()
    assert (await here.states())[0] == "doubt"
    here.clock.pass_(minutes=10)
    await here.deliver()
    assert here.stage.titles() == ["A", "B"]
    assert here.stage.looks == 2


@pytest.mark.parametrize("trouble", [Busy("wait", retry_after=claims.LEASE), TargetGone("kicked")])
async def test_look_deferred(here: Scene, trouble: DeliveryError) -> None:
    """A look that must wait, or whose target is closed, leaves the doubt standing and uses no try."""
    await here.queue("A")
    here.stage.script["news"] = [Landed(LOST)]
    here.stage.sightings = [trouble]
    await here.deliver()
    here.clock.pass_(seconds=31)
    await here.deliver()
    row = (await here.rows())[0]
    assert (row["state"], row["tries"]) == ("doubt", 1)


async def test_doubt_lets_others_pass(here: Scene) -> None:
    """A card whose look failed too lets the next ones of its target pass."""
    await here.queue("A", "B")
    here.stage.script["news"] = [LOST]
    here.stage.sightings = [DeliveryError("500")]
    await here.deliver()
    here.clock.pass_(seconds=31)
    await here.deliver()
    assert here.stage.titles() == ["B"]


async def test_never_answering_platform(here: Scene) -> None:
    """A platform that takes each message and answers none gets a card ten times at most, then it is dead."""
    await here.queue("A")
    here.stage.script["news"] = [Landed(LOST)] * 100
    here.stage.sightings = [Sighting.UNKNOWN] * 100
    for _ in range(30):
        await here.deliver()
        here.clock.pass_(hours=8)
    assert len(here.stage.posts) == TRIES
    assert await here.states() == ["dead"]


async def test_corrected_while_in_doubt(here: Scene) -> None:
    """A card that is found standing with an older headline is edited to the new one."""
    (entry,) = await here.queue("A")
    await die_in_post(here, arrived=True)
    await here.correct(entry, "B")
    await wait_and_deliver(here)
    assert here.stage.titles() == ["A"]
    assert [edit.text for edit in here.stage.edits] == ["B"]


async def test_slept_before_posting(here: Scene) -> None:
    """A process that slept too long after its claim posts nothing; the card is not lost."""
    await here.queue("A")
    claimed = await here.deliverer._claim()
    here.clock.pass_(seconds=45)
    for delivery in claimed:
        await here.deliverer.deliver(delivery)
    assert here.stage.tickets == []
    await wait_and_deliver(here)
    assert here.stage.titles() == ["A"]


async def test_slept_in_the_look(here: Scene) -> None:
    """A look that took so long that the lease may end before the post is followed by no post."""
    await here.queue("A")
    here.stage.script["news"] = [LOST]
    await here.deliver()
    here.clock.pass_(seconds=31)
    (delivery,) = await here.deliverer._claim()
    late = replace(delivery, claimed_at=here.clock() - claims.LEASE * 0.75)
    await here.deliverer.deliver(late)
    assert here.stage.looks == 1
    assert here.stage.posts == []


async def test_overtaken(tmp_path: Path) -> None:
    """A process that lost its claim to another can no longer mark, whatever it has to say."""
    async with scene(tmp_path / "w.db") as here, scene(tmp_path / "w.db") as other:
        await here.queue("A")
        (old,) = await here.deliverer._claim()
        here.clock.pass_(seconds=61)
        second = deliverer_of(other.db, here.stage, here.clock)
        assert await second._claim() == []
        here.clock.pass_(seconds=31)
        (new,) = await second._claim()
        now = here.clock()
        for attempt in (
            lambda c: claims.mark_sent(c, old, message_id="1", now=now),
            lambda c: claims.mark_dead(c, old, reason="no", now=now),
            lambda c: claims.mark_doubt(c, old, due_at=now, reason="no"),
            lambda c: claims.mark_later(c, old, due_at=now, reason="no", counted=True),
        ):
            with pytest.raises(LeaseLost):
                await here.db.write(attempt)
        await second.deliver(new)
        assert await here.states() == ["sent"]


async def test_late_truth_counts(here: Scene) -> None:
    """What a process knows of its post is believed after its lease too, until somebody claims it."""
    await here.queue("A")
    (delivery,) = await here.deliverer._claim()
    here.clock.pass_(seconds=70)
    await here.deliver()
    assert await here.states() == ["doubt"]
    await here.deliverer._sent(delivery, "1", Sifted())
    assert await here.states() == ["sent"]


async def test_stumble_after_the_lease(here: Scene) -> None:
    """An adapter that breaks after its claim went to another ends in a line of the log, not in an error."""
    await here.queue("A")
    (delivery,) = await here.deliverer._claim()
    await here.db.write(lambda c: claims.mark_sent(c, delivery, message_id="1", now=here.clock()))
    here.stage.script["news"] = [KeyError("ts")]
    await here.deliverer.deliver(delivery)
    assert here.deliverer._metrics.total("wireroom_deliveries", outcome="lease_lost") == 1


async def test_lock_of_minutes_before_the_mark(tmp_path: Path) -> None:
    """A card that is posted while another program holds the database for long is marked, not posted again."""
    async with scene(tmp_path / "w.db") as here:
        # Giving up on the lock is a matter of 30 s; here each try gives up at once.
        event.listen(
            here.db._engine.sync_engine,
            "begin",
            lambda c: c.exec_driver_sql("PRAGMA busy_timeout=1"),
            insert=True,
        )
        holder = sqlite3.connect(tmp_path / "w.db", isolation_level=None)

        async def lock() -> None:
            holder.execute("BEGIN IMMEDIATE")

        here.stage.script["news"] = [lock]
        await here.queue("A")
        running = asyncio.create_task(here.deliverer.run())
        await here.stage.until(lambda: bool(here.stage.posts))
        with pytest.raises(StoreError):
            await here.db.write(lambda _: None)
        await asyncio.sleep(0.1)
        holder.execute("ROLLBACK")
        holder.close()
        here.deliverer.stop()
        await running
        assert await here.states() == ["sent"]
        assert here.stage.titles() == ["A"]


@pytest.mark.parametrize("other_looks", [False, True])
async def test_own_work_is_not_doubted(here: Scene, other_looks: bool) -> None:  # noqa: FBT001 - a parameter
    """What a deliverer has in hand it neither doubts nor claims again, however long it takes."""
    answer = asyncio.Event()

    async def slow() -> None:
        await answer.wait()

    here.stage.script["news"] = [slow]
    await here.queue("A", "B")
    running = asyncio.create_task(here.deliverer.run())
    await here.stage.until(lambda: here.stage.under_way == ["news"])
    for seconds in (70, 40, 40):
        here.clock.pass_(seconds=seconds)
        if other_looks and seconds == 70:
            assert await deliverer_of(here.db, here.stage, here.clock)._claim() == []
        here.deliverer.ring()
        await asyncio.sleep(0.05)
    assert await here.states() == ["doubt" if other_looks else "sending", "pending"]
    assert here.stage.looks == 0
    answer.set()
    await here.stage.until(lambda: len(here.stage.posts) == 2)
    here.deliverer.stop()
    await running
    assert here.stage.titles() == ["A", "B"]
    assert await here.states() == ["sent", "sent"]


async def test_edit_killed(here: Scene) -> None:
    """An edit that a dead process had in hand is made again, unasked, also where doubt means drop."""
    (entry,) = await here.queue("A")
    await here.deliver()
    await here.correct(entry, "B")
    assert len(await here.deliverer._claim()) == 1
    here.deliverer._in_doubt = "drop"
    await wait_and_deliver(here)
    assert [edit.text for edit in here.stage.edits] == ["B"]
    assert here.stage.looks == 0
    (row,) = await here.rows()
    assert (row["state"], row["edits"]) == (queue.State.SENT, 1)
