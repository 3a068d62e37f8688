"""Holds: the night is quiet, a burst comes as one message, and what waits survives whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import Busy, DeliveryError
from bot.models import Card, Digest, Habits, Rhythm
from bot.store import bundles, subscriptions
from bot.store import deliveries as queue
from bot.store.holds import Caps
from tests.readership import ANN, BEN, NEWS, Readership, readership, reasons, titles
from tests.stage import Clock

NIGHT = Habits(timezone="Asia/Hong_Kong", quiet_from=22 * 60, quiet_until=7 * 60)
TEN_PM = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
"""In Hong Kong, as the next one."""
SEVEN = datetime(2026, 4, 15, 23, 0, tzinfo=UTC)


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Readership]:
    async with readership(tmp_path / "w.db", caps=Caps(alerts=5, cards=10)) as opened:
        await opened.follow("chips")
        yield opened


def for_ann(arrived: list[tuple[str, str]]) -> list[str]:
    """Read what came for one person."""
    return [title for target, title in arrived if target == "ann"]


async def test_the_night(here: Readership) -> None:
    """What matches in a person's quiet hours comes together at their end, in other people's hours at once."""
    await here.live_by(NIGHT)
    await here.follow("chips", BEN)
    here.clock.now = TEN_PM
    await here.bring("Chips one", "Chips two")
    assert {target for target, _ in await here.arrived()} == {"news", "ben"}
    here.clock.now = SEVEN - timedelta(minutes=1)
    assert await here.arrived() == []
    here.clock.now = SEVEN
    assert for_ann(await here.arrived()) == ["From your quiet hours: 2 posts"]
    assert titles(here.last()) == ["Chips two", "Chips one"]
    assert set(await here.states()) == {"sent"}


async def test_a_restart_in_the_night(tmp_path: Path) -> None:
    """A bot that was restarted in the night, and again at its end, sends what waited once."""
    clock, path = Clock(), tmp_path / "w.db"
    async with readership(path, clock=clock) as before:
        await before.live_by(NIGHT)
        await before.follow("chips")
        clock.now = TEN_PM
        await before.bring("Chips one", "Chips two")
        await before.deliver()
    clock.now = SEVEN
    async with readership(path, clock=clock) as at_seven:
        await at_seven.deliverer._claim()  # and is killed before the request leaves
    clock.pass_(minutes=2)
    async with readership(path, clock=clock) as after:
        await after.deliver()
        clock.pass_(minutes=1)
        await after.deliver()
        assert after.stage.titles("ann") == ["From your quiet hours: 2 posts"]
        clock.pass_(days=3)
        assert await after.arrived() == []


async def test_one_alone_is_a_card(here: Readership) -> None:
    """A single alert of the night comes as the card that it is, and can be corrected."""
    await here.live_by(NIGHT)
    here.clock.now = TEN_PM
    await here.bring("Chips")
    await here.deliver()
    here.clock.now = SEVEN
    assert for_ann(await here.arrived()) == ["Chips"]
    assert reasons(here.last()) == ["chips"]
    await here.correct(1, "Ships")
    await here.deliver()
    assert "Ships" in [edit.text for edit in here.stage.edits if edit.target == "ann"]


async def test_an_outage_that_ends_in_the_night(here: Readership) -> None:
    """Alerts, and a digest, that could not be sent in the evening wait for the morning too."""
    await here.live_by(NIGHT)
    await here.follow("ships", when=Rhythm.HOURLY)
    here.stage.script["ann"] = [Busy("down", retry_after=timedelta(hours=5))]
    here.clock.now = TEN_PM - timedelta(hours=2)
    await here.bring("Ships one", "Ships two")
    here.clock.pass_(hours=1)
    await here.bring("Chips one", "Chips two")
    await here.deliver()
    here.clock.now = TEN_PM + timedelta(hours=5)
    assert await here.arrived() == []
    here.clock.now = SEVEN
    assert for_ann(await here.arrived()) == ["Hourly digest: 4 posts"]


async def test_a_burst(here: Readership) -> None:
    """Of many alerts in ten minutes five come at once, the others together when the ten minutes are over."""
    await here.bring(*(f"Chips {number}" for number in range(7)))
    await here.deliver()
    here.clock.pass_(minutes=4)
    await here.bring("Chips 7")
    await here.deliver()
    assert here.stage.titles("ann") == [f"Chips {number}" for number in range(5)]
    here.clock.pass_(minutes=5, seconds=59)
    assert await here.arrived() == []
    here.clock.pass_(seconds=1)
    assert for_ann(await here.arrived()) == ["3 more posts"]
    assert titles(here.last()) == ["Chips 7", "Chips 6", "Chips 5"]
    await here.bring("Chips 8")
    assert for_ann(await here.arrived()) == ["Chips 8"]


async def test_a_burst_after_an_outage(here: Readership) -> None:
    """What gathered while the platform was away comes as five alerts and one message, not one by one."""
    here.stage.script["ann"] = [Busy("down", retry_after=timedelta(hours=6))]
    for number in range(12):
        await here.bring(f"Chips {number}")
        await here.deliver()
        here.clock.pass_(minutes=25)
    here.clock.pass_(hours=2)
    assert len(for_ann(await here.arrived())) == 5
    here.clock.pass_(minutes=10)
    assert for_ann(await here.arrived()) == ["7 more posts"]


async def test_a_channel_has_a_cap_of_its_own(here: Readership) -> None:
    """A channel gets ten cards within ten minutes and the rest as one list, without a person's buttons."""
    await here.bring(*(f"Ships {number:02}" for number in range(14)))
    await here.deliver()
    assert here.stage.titles() == [f"Ships {number:02}" for number in range(10)]
    here.clock.pass_(minutes=10)
    assert await here.arrived() == [("news", "4 more posts")]
    rest = here.last("news")
    assert isinstance(rest, Digest)
    assert (rest.subtitle, rest.buttons) == ("From 1 feed", ())


async def test_a_channel_that_wants_one_list_a_day(here: Readership) -> None:
    """A feed in digest mode posts once a day at the channel's time; a follow at once does not wait for it."""
    feed = await here.carry(NEWS, "b", settings={"mode": "digest"})
    await here.live_by(Habits(daily_at=18 * 60), NEWS)
    await here.bring("Ships one", "Ships two", "Chips", feed_id=feed)
    assert await here.arrived() == [("ann", "Chips")]
    here.clock.pass_(hours=6)
    assert await here.arrived() == [("news", "Daily digest: 3 posts")]
    assert titles(here.last("news")) == ["Chips", "Ships two", "Ships one"]


async def test_word_of_the_bot_itself_comes_at_night(here: Readership) -> None:
    """The bot's own sentences wait for nothing and count as no alert."""
    await here.live_by(NIGHT)
    here.clock.now = TEN_PM
    await here.notice("Your feed fails.", to="ann")
    assert for_ann(await here.arrived()) == ["Your feed fails."]


async def test_quiet_hours_changed_in_the_night(here: Readership) -> None:
    """New quiet hours move what is held to their end; without any it comes at once."""
    await here.live_by(NIGHT)
    here.clock.now = TEN_PM
    await here.bring("Chips one", "Chips two")
    await here.deliver()
    for habits, due in (
        (Habits(quiet_from=13 * 60, quiet_until=20 * 60), datetime(2026, 4, 15, 20, 0, tzinfo=UTC)),
        (Habits(), TEN_PM),
    ):
        await here.live_by(habits)
        await rehold(here, habits)
        assert {row["due_at"] for row in await here.rows() if row["state"] == "held"} == {due}
    assert for_ann(await here.arrived()) == ["From your quiet hours: 2 posts"]


async def rehold(here: Readership, habits: Habits) -> None:
    """Move what is held for Ann to other habits."""
    await here.db.write(lambda c: bundles.rehold(c, subscriptions.target_id(c, ANN), habits, here.clock()))


async def test_digest_times_changed(here: Readership) -> None:
    """A new time moves each digest to its own; what waits for the end of a burst stays as it is."""
    await here.follow("ships", when=Rhythm.DAILY)
    await here.follow("docks", when=Rhythm.WEEKLY)
    await here.bring("Ships", "Docks", *(f"Chips {number}" for number in range(6)))
    await here.deliver()
    await rehold(here, Habits(daily_at=13 * 60, weekly_day=3, weekly_at=14 * 60))
    held = {row["hold"]: row["due_at"] for row in await here.rows() if row["state"] == "held"}
    assert held == {
        "daily": datetime(2026, 4, 15, 13, 0, tzinfo=UTC),
        "weekly": datetime(2026, 4, 16, 14, 0, tzinfo=UTC),
        "burst": here.clock() + timedelta(minutes=10),
    }


async def test_now(here: Readership) -> None:
    """Asked for, what is held comes at once, also at night, and one post as its card; then there is none."""
    await here.live_by(NIGHT)
    here.clock.now = TEN_PM
    for news, said in ((["Chips one", "Chips two"], "From your quiet hours: 2 posts"), (["Chips"], "Chips")):
        await here.bring(*news)
        await here.deliver()
        assert await release(here) == len(news)
        assert for_ann(await here.arrived()) == [said]
    assert await release(here) == 0
    assert set(await here.states()) == {"sent"}


async def release(here: Readership) -> int:
    """Let Ann ask for what is held."""
    return await here.db.write(lambda c: bundles.release(c, subscriptions.target_id(c, ANN), here.clock()))


async def test_held_for_a_closed_target(here: Readership) -> None:
    """What is held for a target that is closed for days comes as one digest once it is open again."""
    await here.follow("ships", when=Rhythm.DAILY)
    there = await here.db.write(lambda c: subscriptions.target_id(c, ANN))
    now = here.clock()
    await here.db.write(lambda c: subscriptions.pause_target(c, there, reason="closed", now=now))
    for day in range(3):
        await here.bring(f"Ships {day}")
        await here.deliver()
        here.clock.pass_(days=1)
    await here.db.write(lambda c: subscriptions.resume_target(c, ANN, now=here.clock()))
    assert for_ann(await here.arrived()) == ["Daily digest: 3 posts"]


async def test_held_for_too_long(here: Readership) -> None:
    """What is held for a target that stays closed is given up a week after its time, not before."""
    await here.follow("ships", when=Rhythm.WEEKLY)
    there = await here.db.write(lambda c: subscriptions.target_id(c, ANN))
    now = here.clock()
    await here.db.write(lambda c: subscriptions.pause_target(c, there, reason="closed", now=now))
    await here.bring("Ships")
    await here.deliver()
    for days, states in ((7, ["sent", "held"]), (6, ["sent", "dead"])):
        here.clock.pass_(days=days)
        await here.db.write(lambda c: queue.tidy(c, now=here.clock()))
        assert await here.states() == states


@pytest.mark.parametrize("days", [-3, -400])
async def test_clock_set_back(here: Readership, days: int) -> None:
    """After the clock went back nothing waits longer than a week and some."""
    await here.follow("ships", when=Rhythm.DAILY)
    await here.bring("Ships one", "Ships two")
    await here.bring(*(f"Chips {number}" for number in range(6)))
    await here.deliver()
    here.clock.pass_(days=days)
    for _ in range(9):
        await here.deliver()
        here.clock.pass_(days=1)
    assert set(await here.states()) == {"sent"}


async def test_rest_until_then(here: Readership) -> None:
    """The loop wakes for what is held as for what waits."""
    await here.follow("ships", when=Rhythm.HOURLY)
    await here.bring("Ships")
    await here.deliver()
    here.clock.pass_(minutes=59, seconds=58)
    assert await here.deliverer._until_due() == 2


async def test_a_failed_alert_of_a_burst(here: Readership) -> None:
    """An alert that failed comes again by itself or with the others, once."""
    here.stage.script["ann"] = [DeliveryError("no")]
    await here.bring(*(f"Chips {number}" for number in range(8)))
    for _ in range(20):
        await here.deliver()
        here.clock.pass_(minutes=1)
    shown = [title for post in here.stage.posts if post.target == "ann" for title in titles(post.message)]
    assert sorted(shown) == [f"Chips {number}" for number in range(8)]
    assert isinstance(here.last(), Card | Digest)
