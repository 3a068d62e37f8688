"""Corrections: what was posted is edited where it stands, seldom and only for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import Busy, DeliveryError, InDoubt, TargetGone, Undeliverable
from bot.models import Card
from bot.retry import TRIES
from bot.store import deliveries as queue
from tests.stage import START, Scene, scene


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path / "w.db") as opened:
        yield opened


async def posted(here: Scene) -> int:
    """Post one card and return its entry."""
    (entry,) = await here.queue("A")
    await here.deliver()
    assert here.stage.titles() == ["A"]
    return entry


async def test_edited_where_it_stands(here: Scene) -> None:
    """A corrected entry changes its card, which says when and what it was; nothing is posted again."""
    entry = await posted(here)
    here.clock.pass_(minutes=20)
    await here.correct(entry, "B")
    await here.deliver()
    (edit,) = here.stage.edits
    assert isinstance(edit.message, Card)
    assert edit.message.title == "B"
    assert edit.message.correction is not None
    assert edit.message.correction.at == START + timedelta(minutes=20)
    assert here.stage.titles() == ["A"]


async def test_five_minutes_apart_and_three_at_most(here: Scene) -> None:
    """However often a publisher changes a headline, its card changes three times, five minutes apart."""
    entry = await posted(here)
    edited_at: list[int] = []
    for minute in range(60):
        await here.correct(entry, f"B{minute}")
        await here.deliver()
        if len(here.stage.edits) > len(edited_at):
            edited_at.append(minute)
        here.clock.pass_(minutes=1)
    assert edited_at == [0, 5, 10]
    assert [edit.text for edit in here.stage.edits] == ["B0", "B5", "B10"]
    assert len({edit.key for edit in here.stage.edits}) == 3


@pytest.mark.parametrize(("hours", "edits"), [(47, 1), (49, 0)])
async def test_two_days(here: Scene, hours: int, edits: int) -> None:
    """A card is edited within 48 hours of its post, and stays as it is after that."""
    entry = await posted(here)
    here.clock.pass_(hours=hours)
    await here.correct(entry, "B")
    await here.deliver()
    assert len(here.stage.edits) == edits


async def test_corrected_before_it_left(here: Scene) -> None:
    """A card that still waits is posted as corrected, once, and not edited after it."""
    (entry,) = await here.queue("A")
    await here.correct(entry, "B")
    await here.deliver()
    assert here.stage.titles() == ["B"]
    assert here.stage.edits == []


async def test_corrected_on_its_way(here: Scene) -> None:
    """A correction that comes while the card is being posted, or edited, is not missed."""
    (entry,) = await here.queue("A")

    async def change_to_b() -> None:
        await here.correct(entry, "B")

    async def change_to_c() -> None:
        await here.correct(entry, "C")

    here.stage.script["news"] = [change_to_b, change_to_c]
    await here.deliver()
    here.clock.pass_(minutes=5)
    await here.deliver()
    assert here.stage.titles() == ["A"]
    assert [edit.text for edit in here.stage.edits] == ["B", "C"]


@pytest.mark.parametrize("trouble", [Undeliverable("deleted"), DeliveryError("no")])
async def test_failed_edit_leaves_the_card_sent(here: Scene, trouble: DeliveryError) -> None:
    """An edit that cannot be made is given up quietly: its card is sent, never dead."""
    entry = await posted(here)
    await here.correct(entry, "B")
    here.stage.script["news"] = [trouble] * TRIES
    for _ in range(TRIES):
        await here.deliver()
        here.clock.pass_(hours=10)
    assert await here.states() == ["sent"]
    await here.deliver()
    assert here.stage.edits == []


@pytest.mark.parametrize("tries", [1, TRIES])
async def test_newer_than_the_edit_given_up(here: Scene, tries: int) -> None:
    """A correction that came while an edit was made for the last time gets an edit of its own."""
    entry = await posted(here)
    await here.correct(entry, "B")

    async def change_and_fail() -> None:
        await here.correct(entry, "C")
        raise Undeliverable("no") if tries == 1 else DeliveryError("no")

    here.stage.script["news"] = [*[DeliveryError("no")] * (tries - 1), change_and_fail]
    for _ in range(tries):
        await here.deliver()
        (row,) = await here.rows()
        here.clock.now = max(here.clock(), row["due_at"])
    await here.deliver()
    assert [edit.text for edit in here.stage.edits] == ["C"]
    assert await here.states() == ["sent"]
    count = here.deliverer._metrics.total
    assert count("wireroom_deliveries", outcome="edit_given_up") == 1
    assert count("wireroom_deliveries", outcome="dead") == 0


async def test_edit_in_doubt_is_repeated(here: Scene) -> None:
    """An edit that was never answered is made again without a look."""
    entry = await posted(here)
    await here.correct(entry, "B")
    here.stage.script["news"] = [InDoubt("?"), TimeoutError()]
    for _ in range(4):
        await here.deliver()
        here.clock.pass_(minutes=5)
    assert [edit.text for edit in here.stage.edits] == ["B"]
    assert here.stage.looks == 0


async def test_edits_hold_up_no_card(here: Scene) -> None:
    """An edit that waits for its next try lets new cards through."""
    entry = await posted(here)
    await here.correct(entry, "B")
    here.stage.script["news"] = [DeliveryError("no")]
    await here.deliver()
    await here.queue("C")
    await here.deliver()
    assert here.stage.titles() == ["A", "C"]


async def test_stale_edit_is_forgotten(here: Scene) -> None:
    """An edit that waited a week for its target is not made any more."""
    entry = await posted(here)
    await here.correct(entry, "B")
    here.stage.script["news"] = [Busy("later", retry_after=timedelta(days=1))]
    await here.deliver()
    here.clock.pass_(days=7, minutes=1)
    await here.db.write(lambda c: queue.tidy(c, now=here.clock()))
    await here.deliver()
    assert here.stage.edits == []
    assert await here.states() == ["sent"]


async def test_an_edit_closes_no_channel(here: Scene) -> None:
    """Where an old message is out of reach its card stays as it is, and the next card is posted."""
    entry = await posted(here)
    await here.correct(entry, "B")
    here.stage.script["news"] = [TargetGone("no such message here")]
    await here.deliver()
    await here.queue("C")
    await here.deliver()
    assert here.stage.titles() == ["A", "C"]
    assert await here.states() == ["sent", "sent"]
