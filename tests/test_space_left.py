"""A server from which the bot is removed: it stops at once, comes back whole, or is forgotten whole."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import tidy
from bot.errors import StoreError, TargetGone
from bot.ledger import StoredLedger
from bot.models import Rhythm, Target
from bot.reach import Reach
from bot.store import subscriptions
from bot.store.tables import metadata
from tests.readership import ANN, BEN, Readership, readership
from tests.stage import Clock
from tests.test_crash import Faults, Mode

CLUB, HALL = (Target("stage", name, "club") for name in ("club-news", "hall"))
ELSEWHERE = Target("stage", "elsewhere", "office")
KEPT_OUT = "Somebody else's reason."


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Readership]:
    async with readership(tmp_path / "w.db") as opened:
        yield opened


def ledger(here: Readership, rung: list[str] | None = None) -> StoredLedger:
    """Open the stage's ledger."""
    heard = [] if rung is None else rung
    return StoredLedger(
        here.db, here.stage, clock=here.clock, operator=BEN, enqueued=lambda: heard.append("rung")
    )


async def rows(here: Readership) -> dict[str, list[dict[str, Any]]]:
    """Read the whole database."""
    return await here.db.read(
        lambda c: {
            table.name: [dict(row) for row in c.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }
    )


async def settle(here: Readership) -> int:
    """Let a feed stand in two channels of the club and elsewhere; give its id."""
    feed_id = await here.carry(CLUB, "b")
    for place in (HALL, ELSEWHERE):
        await here.carry(place, "b")
    return feed_id


async def test_a_removal_stops_all_of_a_space_and_tells_nobody(here: Readership) -> None:
    """What waits there is not sent, nothing more is queued for it, and other spaces notice nothing."""
    feed_id = await settle(here)
    await here.bring("Waiting", feed_id=feed_id)
    rung: list[str] = []
    await ledger(here, rung).left("club")
    before = len(await here.rows())
    await here.bring("Later", feed_id=feed_id)
    assert await here.arrived() == [("elsewhere", "Waiting"), ("elsewhere", "Later")]
    assert len(await here.rows()) == before + 1
    assert rung == []


async def test_follows_bound_to_a_left_space_find_nothing(here: Readership) -> None:
    """Neither a follow whose feed stands there alone nor one that alerts there queues anything."""
    feed_id = await here.carry(CLUB, "b")
    await here.follow("chips", ANN, space="club")
    await here.follow("chips", ANN)
    await here.follow("chips", BEN, to=HALL)
    await ledger(here).left("club")
    await here.bring("Chips", feed_id=feed_id)
    assert await here.rows() == []
    await here.bring("More chips")
    assert await here.arrived() == [("news", "More chips"), ("ann", "More chips")]
    assert len(await here.rows()) == 2
    reach = Reach(here.db, {"stage": here.stage}, clock=here.clock)
    assert await reach.feeds(ANN, "club") == {}
    assert feed_id not in await reach.feeds(ANN, None)


async def test_back_again_goes_on_exactly_where_it_stopped(here: Readership) -> None:
    """What the removal stopped goes on with what waited; what was stopped for another reason stays so."""
    feed_id = await settle(here)
    hall = await here.db.read(lambda c: subscriptions.target_id(c, HALL))
    await here.db.write(lambda c: subscriptions.pause_target(c, hall, reason=KEPT_OUT, now=here.clock()))
    await here.bring("Waiting", feed_id=feed_id)
    rung: list[str] = []
    kept = ledger(here, rung)
    await kept.left("club")
    assert await here.arrived() == [("elsewhere", "Waiting")]
    here.clock.pass_(days=2)
    await kept.joined("club")
    assert rung == ["rung"]
    assert await here.arrived() == [("club-news", "Waiting")]
    assert await kept.paused() == [HALL]
    await here.bring("Later", feed_id=feed_id)
    assert ("club-news", "Later") in await here.arrived()


async def test_a_removal_is_no_word_for_who_set_it_up(here: Readership) -> None:
    """A message that fails because the bot was removed leads to no notice once the removal is known."""
    feed_id = await here.carry(CLUB, "b")
    kept = ledger(here)

    async def removed() -> None:
        await kept.left("club")
        raise TargetGone("I am no member.")

    here.stage.script["club-news"] = [removed]
    await here.bring("Waiting", feed_id=feed_id)
    assert await here.arrived() == []
    await kept.joined("club")
    assert await here.arrived() == [("club-news", "Waiting")]


async def test_said_twice_or_of_nowhere_it_changes_nothing(here: Readership) -> None:
    """Each word about a space may come again, and about one where nothing is set up, or none at all."""
    await settle(here)
    rung: list[str] = []
    kept, before = ledger(here, rung), await rows(here)
    await kept.joined("club")
    await kept.joined("nowhere")
    await kept.left("")
    assert await rows(here) == before
    await kept.left("club")
    once = await rows(here)
    here.clock.pass_(days=1)
    await kept.left("club")
    assert await rows(here) == once
    for _ in range(2):
        await kept.joined("club")
    assert await rows(here) == before
    assert rung == ["rung"]
    assert set(await kept.spaces()) == {"club", "office"}


async def test_thirty_days_later_a_space_is_forgotten_whole(here: Readership) -> None:
    """Its channels, feeds, follows and messages go thirty days after the first word; all else stays."""
    feed_id = await here.carry(CLUB, "b")
    await here.carry(ELSEWHERE, "c")
    await here.carry(CLUB, "c")
    await here.follow("chips", ANN, space="club", made_in=CLUB)
    await here.follow("rain", ANN, made_in=CLUB)
    await here.follow("snow", BEN, to=CLUB, when=Rhythm.DAILY)
    await here.follow("hail", BEN, space="office")
    await here.bring("Chips and rain and snow", feed_id=feed_id)
    await here.deliver()
    kept = ledger(here)
    for _ in range(30):
        await kept.left("club")
        here.clock.pass_(days=1)
        await here.db.write(lambda c: tidy(c, here.clock()))
    whole = await rows(here)
    assert {row["space"] for row in whole["targets"]} == {"", "club", "office"}
    assert len(whole["follows"]) == 4
    here.clock.pass_(minutes=1)
    done = await here.db.write(lambda c: tidy(c, here.clock()))
    assert (done["spaces"], done["feeds"]) == (1, 1)
    left = await rows(here)
    assert {row["space"] for row in left["targets"]} == {"", "office"}
    assert [row["typed"] for row in left["follows"]] == ["rain", "hail"]
    assert [row["made_in"] for row in left["follows"]] == [None, None]
    assert [row["title"] for row in left["feeds"]] == ["A", "C"]
    assert len(left["queries"]) == 2
    assert left["spaces"] == []
    await kept.joined("club")
    assert set(await kept.spaces()) == {"office"}


async def test_back_in_time_nothing_is_forgotten(here: Readership) -> None:
    """A space that takes the bot back within thirty days keeps all that was set up."""
    await settle(here)
    kept, before = ledger(here), await rows(here)
    await kept.left("club")
    here.clock.pass_(days=29)
    await kept.joined("club")
    here.clock.pass_(days=300)
    await here.db.write(lambda c: tidy(c, here.clock()))
    assert await rows(here) == before


@pytest.mark.parametrize("mode", ["once", "from then on"])
@pytest.mark.parametrize("word", ["left", "joined", "gone", "tidy"])
async def test_every_statement_may_fail(tmp_path: Path, word: str, mode: Mode) -> None:
    """Whichever statement fails, nothing is half done, and the same word said again does all of it."""
    clock, start = Clock(), tmp_path / "start.db"

    async def say(here: Readership) -> None:
        match word:
            case "left":
                await ledger(here).left("club")
            case "joined":
                await ledger(here).joined("club")
            case "gone":
                await ledger(here).gone(CLUB)
            case _:
                await here.db.write(lambda c: tidy(c, clock() + timedelta(days=31)))

    async with readership(start, clock=clock) as here:
        feed_id = await settle(here)
        await here.follow("chips", ANN, to=CLUB)
        await here.bring("Chips", feed_id=feed_id)
        if word in {"joined", "tidy"}:
            await ledger(here).left("club")
        before = await rows(here)
    async with readership(Path(shutil.copy(start, tmp_path / "whole.db")), clock=clock) as here:
        await say(here)
        after = await rows(here)
    assert after != before
    outcomes: Counter[str] = Counter()
    while outcomes["came through"] == 0:
        path = Path(shutil.copy(start, tmp_path / f"{outcomes.total()}.db"))
        async with readership(path, clock=clock) as here:
            faults = Faults(here.db, outcomes.total() + 1, mode)
            try:
                await say(here)
            except StoreError:
                outcomes["failed"] += 1
            else:
                outcomes["made up for" if faults.happened else "came through"] += 1
        async with readership(path, clock=clock) as here:
            assert await rows(here) in (before, after), f"operation {outcomes.total()}"
            await say(here)
            assert await rows(here) == after, f"operation {outcomes.total()}"
    assert outcomes.total() > 3


async def test_notes_about_its_channels_go_with_a_server(here: Readership) -> None:
    """What an adapter noted about a channel is forgotten with the channel, or with its whole server."""
    await settle(here)
    book = ledger(here)
    for place in (CLUB, HALL, ELSEWHERE):
        await book.write(f"thread:x:{place.id}", "7")
    await book.gone(HALL)
    assert set(await book.notes("thread:")) == {f"thread:x:{CLUB.id}", f"thread:x:{ELSEWHERE.id}"}
    await book.left("club")
    here.clock.pass_(days=31)
    await here.db.write(lambda c: tidy(c, here.clock()))
    assert set(await book.notes("thread:")) == {f"thread:x:{ELSEWHERE.id}"}
