"""A channel that was deleted, and channels that cannot be posted to until somebody sees the cure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.errors import Busy, TargetGone
from bot.ledger import StoredLedger
from bot.models import Rhythm, Target
from bot.store import follows, subscriptions, tables
from tests.readership import ANN, BEN, NEWS, Readership, entry, readership

TECH = Target("stage", "tech")
BOSS = Target("stage", "boss")
DELETED = "#news was deleted, so"
ALERTS = "your alerts for “{}” no longer come there."


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Readership]:
    async with readership(tmp_path / "w.db") as opened:
        yield opened


def ledger(here: Readership, rung: list[str] | None = None, operator: Target | None = BOSS) -> StoredLedger:
    """Open the stage's ledger."""
    heard = [] if rung is None else rung
    return StoredLedger(
        here.db, here.stage, clock=here.clock, operator=operator, enqueued=lambda: heard.append("rung")
    )


async def by(here: Readership, who: Target, feed_id: int) -> None:
    """Say who added a feed."""
    one = tables.subscriptions
    person = await here.db.write(lambda c: subscriptions.target_id(c, who))
    await here.db.write(
        lambda c: c.execute(update(one).where(one.c.feed_id == feed_id).values(added_by=person))
    )


async def pause(here: Readership, target: Target) -> None:
    """Stop posting to a target."""
    number = await here.db.write(lambda c: subscriptions.target_id(c, target))
    await here.db.write(lambda c: subscriptions.pause_target(c, number, reason="Kept out.", now=here.clock()))


async def test_each_who_set_it_up_is_told_what_ended_once(here: Readership) -> None:
    """Each person hears in one sentence of their own feeds and follows there, the operator of theirs."""
    here.stage.names[NEWS] = "#news"
    await by(here, ANN, await here.carry(NEWS, "b", name="Robots"))
    await by(here, ANN, await here.carry(NEWS, "c"))
    await here.follow("chips", ANN, to=NEWS)
    await here.follow("rain", BEN, to=NEWS)
    await here.follow("mine", BEN, made_in=NEWS)
    rung: list[str] = []
    for _ in range(2):
        await ledger(here, rung).gone(NEWS)
    assert sorted(await here.arrived()) == [
        ("ann", f"{DELETED} Robots and C no longer post there, and {ALERTS.format('chips')}"),
        ("ben", f"{DELETED} {ALERTS.format('rain')}"),
        ("boss", f"{DELETED} A no longer posts there."),
    ]
    assert rung == ["rung"]
    assert [one.typed for one in await here.db.read(lambda c: follows.of_person(c, BEN))] == ["mine"]
    assert await here.db.read(lambda c: follows.of_person(c, ANN)) == []


async def test_a_long_list_is_cut(here: Readership) -> None:
    """Of many feeds five are named."""
    for name in "bcdefg":
        await by(here, ANN, await here.carry(NEWS, name))
    await ledger(here, operator=None).gone(NEWS)
    assert await here.arrived() == [
        ("ann", "stage:news was deleted, so B, C, D, E, F and 1 more no longer post there.")
    ]


async def test_what_waits_for_it_is_dead_with_the_reason(here: Readership) -> None:
    """Cards, digests with their items and corrections that wait end; a card of before stays sent."""
    await here.carry(TECH)
    await here.follow("daily", BEN, to=NEWS, when=Rhythm.DAILY)
    await here.bring(entry("Old", guid="old"))
    await here.deliver()
    (old,) = {row["entry_id"] for row in await here.rows()}
    await here.correct(old, "New")
    here.stage.script["news"] = [Busy("later", retry_after=timedelta(hours=1))]
    await here.bring("Waits", "daily")
    await here.deliver()
    await ledger(here).gone(NEWS)
    states = {(row["target_id"], row["entry_id"]): (row["state"], row["reason"]) for row in await here.rows()}
    assert list(states.values()).count(("dead", "The channel was deleted.")) == 2
    news = await here.target("news")
    assert states[news, old][0] == "sent"
    here.clock.pass_(hours=2)
    before = len(await here.rows())
    await here.bring("Afterwards")
    assert ("news", "Afterwards") not in await here.arrived()
    assert len(await here.rows()) == before + 1


async def test_what_is_in_flight_leads_to_no_other_word(here: Readership) -> None:
    """A card that fails because its channel was deleted just then tells nobody a second time."""
    await by(here, ANN, here.feed_id)
    here.deliverer._operator = BOSS

    async def deleted() -> None:
        await ledger(here).gone(NEWS)
        raise TargetGone("Unknown channel.")

    here.stage.script["news"] = [deleted]
    await here.bring("Card")
    assert await here.arrived() == [("ann", "stage:news was deleted, so A no longer posts there.")]


async def test_an_unknown_channel_leaves_no_trace(here: Readership) -> None:
    """Of a channel that was never of use nothing is written."""
    rung: list[str] = []
    await ledger(here, rung).gone(Target("stage", "nobody's", "club"))
    count = await here.db.read(lambda c: len(c.execute(tables.targets.select()).all()))
    assert (count, rung) == (1, [])


async def test_a_cure_that_is_seen_goes_on_at_once(here: Readership) -> None:
    """Paused targets of use are listed; cured, what waits is posted and the deliverer woken."""
    await here.follow("chips", ANN)
    rung: list[str] = []
    kept = ledger(here, rung)
    await here.bring("Chips")
    for target in (NEWS, ANN, TECH):
        await pause(here, target)
    assert list(await kept.paused()) == [NEWS, ANN]
    assert await here.arrived() == []
    await kept.cured(NEWS)
    assert rung == ["rung"]
    assert await here.arrived() == [("news", "Chips")]
    assert list(await kept.paused()) == [ANN]


async def test_a_cure_does_not_cut_a_wait_short(here: Readership) -> None:
    """Where the platform only asked for patience nothing is cured, nor in a channel that nobody knows."""
    here.stage.script["news"] = [Busy("slowly", retry_after=timedelta(hours=1))]
    await here.bring("Card")
    await here.deliver()
    rung: list[str] = []
    await asyncio.gather(*(ledger(here, rung).cured(target) for target in (NEWS, TECH)))
    assert await here.arrived() == []
    assert rung == []
