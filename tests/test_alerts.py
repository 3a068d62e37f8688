"""Alerts: who hears of what a feed brings, once, and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.models import Card, Habits, Rhythm, Target
from bot.store import follows, subscriptions
from tests.readership import ANN, BEN, NEWS, Readership, entry, readership, reasons, titles
from tests.stage import Stage, deliverer_of

TECH = Target("stage", "tech")
FAR = Target("stage", "far", space="elsewhere")


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Readership]:
    async with readership(tmp_path / "w.db") as opened:
        yield opened


async def test_one_alert_names_all_follows(here: Readership) -> None:
    """A person gets one alert for an entry, with every follow that it satisfies and the words marked."""
    await here.follow("chips")
    await here.follow("harbour, tariff")
    await here.follow("robots", BEN)
    await here.bring(entry("Tariff on chips", "The harbour waits. Nobody knows why."))
    assert await here.arrived() == [("news", "Tariff on chips"), ("ann", "Tariff on chips")]
    card = here.last()
    assert isinstance(card, Card)
    assert card.why is not None
    assert card.why.words == ("chips", "Tariff", "harbour")
    assert card.why.fields == ("title", "summary")
    assert [(one.query, one.scope) for one in card.why.reasons] == [
        ("chips", "all feeds"),
        ("harbour, tariff", "all feeds"),
    ]
    assert [card.title[a:b] for a, b in card.title_marks] == ["Tariff", "chips"]
    assert [card.summary[a:b] for a, b in card.summary_marks] == ["harbour"]


async def test_the_soonest_rhythm_sends(here: Readership) -> None:
    """Of a daily follow and one at once the one at once sends it, and no digest has it again."""
    await here.follow("chips", when=Rhythm.DAILY)
    await here.follow("tariff")
    await here.bring("Tariff on chips")
    assert ("ann", "Tariff on chips") in await here.arrived()
    assert reasons(here.last()) == ["tariff", "chips"]
    here.clock.pass_(days=2)
    assert await here.arrived() == []


async def test_a_channel_that_carries_the_feed_gets_one_post(here: Readership) -> None:
    """Where a follow's channel carries the feed anyway, one post comes, and says whom it interests."""
    await here.follow("chips", to=NEWS)
    await here.bring("Chips", "Ships")
    assert await here.arrived() == [("news", "Chips"), ("news", "Ships")]
    first, second = (post.message for post in here.stage.posts)
    assert reasons(first) == ["chips"]
    assert reasons(second) == []


@pytest.mark.parametrize(
    ("space", "carrier", "reached"),
    [
        ("", NEWS, True),
        (None, NEWS, True),
        (None, FAR, True),
        ("", FAR, False),
        ("elsewhere", FAR, True),
        ("", BEN, False),
        (None, BEN, False),
        ("elsewhere", ANN, True),
        (None, Target("other", "news"), False),
    ],
)
async def test_scope(here: Readership, space: str | None, carrier: Target, reached: bool) -> None:  # noqa: FBT001 - a parameter
    """A follow reaches channels' feeds in its space, in any where it has none, and the owner's own feeds."""
    feed = await here.carry(carrier, "b")
    await here.follow("chips", space=space)
    await here.bring("Chips", feed_id=feed)
    assert (("ann", "Chips") in await here.arrived()) == reached


async def test_one_feed_only(here: Readership) -> None:
    """A follow of one feed passes over the others, and says the feed's name as its scope."""
    feed = await here.carry(NEWS, "b", name="Harbour News")
    await here.follow("chips", feed_id=feed)
    await here.bring("Chips one")
    await here.bring("Chips two", feed_id=feed)
    assert ("ann", "Chips two") in await here.arrived()
    card = here.last()
    assert isinstance(card, Card)
    assert card.why is not None
    assert (card.source, card.why.reasons[0].scope) == ("Harbour News", "Harbour News")


async def test_who_may_see_is_asked_when_it_is_sent(here: Readership) -> None:
    """An alert from a channel that the person left before it was sent is given up with the reason."""
    await here.follow("chips")
    await here.bring("Chips")
    here.stage.hidden.add(("ann", "news"))
    assert await here.arrived() == [("news", "Chips")]
    assert await here.reasons_of_dead() == ["You can no longer see a channel that carries A."]


async def test_a_name_given_in_a_hidden_channel_stays_there(here: Readership) -> None:
    """An alert calls a feed as a channel that its reader sees calls it, never as one that is hidden."""
    feed = await here.carry(TECH, "b", name="Secret project")
    await here.carry(NEWS, "b", name="Harbour News")
    here.stage.hidden.add(("ann", "tech"))
    await here.follow("chips")
    await here.bring("Chips", feed_id=feed)
    await here.deliver()
    sources = {
        post.message.source
        for post in here.stage.posts
        if isinstance(post.message, Card) and post.target == "ann"
    }
    assert sources == {"Harbour News"}


@pytest.mark.parametrize("what", ["ended", "paused", "snoozed", "muted", "rewritten"])
async def test_what_nobody_wants_any_more_is_not_sent(here: Readership, what: str) -> None:
    """A follow that is ended, paused, snoozed, muted or rewritten before its alert is sent sends none."""
    number = await here.follow("chips")
    await here.bring("Chips")
    now = here.clock()
    match what:
        case "ended":
            await here.change(number, ended_at=now)
        case "paused":
            await here.change(number, paused_at=now)
        case "snoozed":
            await here.change(number, snoozed_until=now + timedelta(hours=24))
        case "muted":
            await here.db.write(lambda c: follows.mute(c, number, here.feed_id, muted=True))
        case _:
            await here.change(number, query_id=await here.db.write(lambda c: follows.query_id(c, "ships")))
    assert await here.arrived() == [("news", "Chips")]
    (reason,) = await here.reasons_of_dead()
    assert reason.startswith(
        "Nobody asks" if what != "rewritten" else "The article or the follow was changed"
    )


async def test_one_reason_less_is_one_reason_less(here: Readership) -> None:
    """Of two follows the one that was ended before the alert was sent is not named in it."""
    gone = await here.follow("tariff")
    await here.follow("chips")
    await here.bring("Tariff on chips")
    await here.change(gone, ended_at=here.clock())
    await here.deliver()
    assert reasons(here.last()) == ["chips"]


async def test_an_article_of_a_second_feed(here: Readership) -> None:
    """An article that a person had within seven days alerts them no more, whichever feed brings it."""
    feed = await here.carry(TECH, "b")
    await here.follow("chips")
    await here.bring("Chips")
    await here.deliver()
    await here.bring("Chips", feed_id=feed)
    assert await here.arrived() == [("tech", "Chips")]


async def test_an_article_wanted_sooner_by_a_second_feed(here: Readership) -> None:
    """An article held for a digest comes at once when a second feed brings it to a follow at once."""
    feed = await here.carry(TECH, "b")
    await here.follow("chips", when=Rhythm.DAILY)
    await here.follow("tariff", feed_id=feed)
    await here.bring("Tariff on chips")
    assert await here.arrived() == [("news", "Tariff on chips")]
    await here.bring("Tariff on chips", feed_id=feed)
    assert ("ann", "Tariff on chips") in await here.arrived()
    assert reasons(here.last()) == ["tariff", "chips"]
    here.clock.pass_(days=2)
    assert await here.arrived() == []


async def test_a_post_wanted_sooner_by_a_second_feed(here: Readership) -> None:
    """An article held as an alert comes as the post of a second feed that its target carries, for good."""
    number = await here.follow("chips", when=Rhythm.DAILY)
    feed = await here.carry(ANN, "b")
    await here.bring("Chips")
    await here.bring("Chips", feed_id=feed)
    await here.change(number, ended_at=here.clock())
    assert ("ann", "Chips") in await here.arrived()
    assert reasons(here.last()) == []


@pytest.mark.parametrize(("skips", "made_in", "alerts"), [(True, NEWS, 0), (True, TECH, 1), (False, NEWS, 1)])
async def test_skip_what_the_channel_shows(
    here: Readership,
    skips: bool,  # noqa: FBT001 - a parameter
    made_in: Target,
    alerts: int,
) -> None:
    """Who does not want alerts for what their channel shows gets none where the follow was made there."""
    await here.live_by(Habits(skip_shown=skips))
    await here.follow("chips", made_in=made_in)
    await here.bring("Chips")
    assert len(await here.arrived()) == 1 + alerts


async def test_a_correction_edits_the_alert(here: Readership) -> None:
    """A corrected headline edits the alert where it stands, which keeps its reason, and alerts nobody."""
    await here.follow("chips")
    await here.follow("ships", BEN)
    await here.bring("Chips")
    await here.deliver()
    await here.correct(1, "Ships")
    assert await here.arrived() == []
    edits = {edit.target: edit.message for edit in here.stage.edits}
    assert set(edits) == {"news", "ann"}
    assert titles(edits["ann"]) == ["Ships"]
    assert reasons(edits["ann"]) == ["chips"]


async def test_corrected_before_it_left(here: Readership) -> None:
    """An alert that still waits comes as corrected where it still matches, and not where it does not."""
    await here.follow("chips")
    await here.follow("tariff", BEN)
    await here.bring("Tariff on chips")
    await here.correct(1, "Tariff on ships")
    assert await here.arrived() == [("news", "Tariff on ships"), ("ben", "Tariff on ships")]


async def test_a_platform_that_does_not_say_who_sees_what(here: Readership) -> None:
    """An alert waits while the platform fails to say whether its reader may see it, and comes afterwards."""
    await here.follow("chips")
    here.stage.speechless = True
    await here.bring("Chips")
    assert await here.arrived() == [("news", "Chips")]
    assert await here.reasons_of_dead() == []
    here.stage.speechless = False
    here.clock.pass_(minutes=5)
    assert await here.arrived() == [("ann", "Chips")]


async def test_a_feed_taken_out_of_its_channel(here: Readership) -> None:
    """What waits in a channel goes with the feed, but not what a follow asked for too."""
    await here.carry(TECH)
    await here.follow("chips", to=NEWS)
    await here.bring("Chips", "Ships")
    there = await here.target()
    await here.db.write(lambda c: subscriptions.remove(c, feed_id=here.feed_id, target_id=there))
    arrived = await here.arrived()
    assert [title for target, title in arrived if target == "news"] == ["Chips"]


async def test_a_paused_channel(here: Readership) -> None:
    """A feed paused in its channel alerts those who follow it, and posts nothing there until its time."""
    await here.follow("chips")
    until = here.clock() + timedelta(days=2)
    await here.pause(until=until)
    await here.bring("Chips one")
    assert await here.arrived() == [("ann", "Chips one")]
    here.clock.now = until
    await here.bring("Chips two")
    assert set(await here.arrived()) == {("news", "Chips two"), ("ann", "Chips two")}


async def test_follows_of_another_process_count_at_once(here: Readership, tmp_path: Path) -> None:
    """A follow made by another process alerts from the next entry on."""
    await here.bring("Chips one")
    async with readership(tmp_path / "w.db") as other:
        await other.follow("chips")
    await here.bring("Chips two")
    assert [title for target, title in await here.arrived() if target == "ann"] == ["Chips two"]


async def test_a_transaction_that_came_to_nothing_leaves_no_query(here: Readership) -> None:
    """The number of a query that was taken back and given to another means the other."""

    def fail(c: Connection) -> None:
        follows.query_id(c, "ships")
        here.watch.look(c, [entry("Chips")])
        raise KeyError

    with pytest.raises(KeyError):
        await here.db.write(fail)
    await here.follow("chips")
    await here.bring("Chips", "Ships")
    assert [title for target, title in await here.arrived() if target == "ann"] == ["Chips"]


async def test_what_can_be_done_about_it(here: Readership) -> None:
    """An alert's buttons act on its first follow and name it, in what is spoken of them as well."""
    number = await here.follow("chips")
    await here.follow("tariff")
    await here.bring("Tariff on chips")
    await here.deliver()
    card = here.last()
    assert isinstance(card, Card)
    assert [(button.label, button.command) for button in card.buttons] == [
        ("Snooze “chips” 24 h", f"/snooze #{number} 24h"),
        ("Unfollow “chips”", f"/unfollow #{number}"),
        ("Daily digest instead", f"/change #{number} when:daily"),
        ("Mute A", f"/mute #{number} {here.feed_id}"),
        ("Exclude a word…", f"/exclude #{number}"),
        ("Edit…", f"/change #{number}"),
    ]
    assert all("“chips”" in button.spoken for button in card.buttons)


async def test_a_platform_that_does_not_say(here: Readership) -> None:
    """Where the platform does not say in time who sees what, the alert waits for another try."""

    class Slow(Stage):
        post_timeout = timedelta(seconds=0.01)

        async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
            del who
            await asyncio.sleep(0.1 if not self.posts else 0)
            return channels

    await here.follow("chips")
    await here.pause(until=here.clock() + timedelta(days=1))
    await here.bring("Chips")
    here.stage = Slow()
    here.deliverer = deliverer_of(here.db, here.stage, here.clock)
    await here.deliver()
    assert (await here.states()) == ["pending"]
