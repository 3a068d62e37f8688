"""An adapter's notes: kept by key, for as long as was said, and part of a person's data."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from bot.adapter import Ledger, Scratch
from bot.app import bot, tidy
from bot.clock import utc_now
from bot.deliver.deliverer import LOOK_EVERY
from bot.ledger import StoredLedger
from bot.models import Notice, Target, TargetKind
from bot.settings import Settings
from bot.store import deliveries as queue
from bot.store import subscriptions
from bot.store.database import Database
from tests.lobby import lobby
from tests.reading import JOE, MARIA
from tests.stage import Scene, Stage, scene


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path / "w.db") as opened:
        yield opened


def ledger(here: Scene) -> StoredLedger:
    """Open the stage's ledger."""
    return StoredLedger(here.db, here.stage, clock=here.clock)


@pytest.mark.parametrize("kind", ["stored", "scratch"])
async def test_notes_are_kept_by_key(here: Scene, kind: str) -> None:
    """A note is found under its key alone, replaced by the next one there, and gone once erased."""
    kept: Ledger = ledger(here) if kind == "stored" else Scratch()
    assert await kept.note("dm:1") is None
    await kept.write("dm:1", "old")
    await kept.write("dm:1", "“neu” \n 2", keep=timedelta(days=1))
    await kept.write("DM:1", "other")
    assert await kept.note("dm:1") == "“neu” \n 2"
    await kept.erase("dm:1")
    await kept.erase("dm:1")
    assert await kept.note("dm:1") is None
    assert await kept.note("DM:1") == "other"


@pytest.mark.parametrize("kind", ["stored", "scratch"])
async def test_notes_are_listed_by_how_their_keys_begin(here: Scene, kind: str) -> None:
    """A beginning is taken letter by letter: capitals count, and no sign stands for others."""
    kept: Ledger = ledger(here) if kind == "stored" else Scratch()
    for key in ("tag:a", "tag:B", "Tag:c", "tax:d", "t%:e", "t_g:f", "tag"):
        await kept.write(key, key.upper())
    assert await kept.notes("tag:") == {"tag:a": "TAG:A", "tag:B": "TAG:B"}
    assert await kept.notes("t%") == {"t%:e": "T%:E"}
    assert await kept.notes("t_g") == {"t_g:f": "T_G:F"}
    assert len(await kept.notes("")) == 7


async def test_a_platform_reads_its_own_notes(here: Scene) -> None:
    """What one adapter wrote another does not find."""

    class Other(Stage):
        name = "other"

    await ledger(here).write("key", "mine")
    others = StoredLedger(here.db, Other(), clock=here.clock)
    assert await others.note("key") is None
    assert await others.notes("") == {}
    await others.erase("key")
    assert await ledger(here).note("key") == "mine"


async def test_a_note_ends_when_it_was_to_end(here: Scene) -> None:
    """A note with a time is not found after it, and the housekeeping drops it; one without stays."""
    kept = ledger(here)
    await kept.write("button:1", "/follow", keep=timedelta(days=30))
    await kept.write("for good", "yes")
    here.clock.pass_(days=29)
    assert (await here.db.write(lambda c: tidy(c, here.clock())))["notes"] == 0
    assert set(await kept.notes("")) == {"button:1", "for good"}
    here.clock.pass_(days=1)
    assert await kept.note("button:1") is None
    assert set(await kept.notes("")) == {"for good"}
    assert (await here.db.write(lambda c: tidy(c, here.clock())))["notes"] == 1
    assert await kept.note("for good") == "yes"


async def test_the_bot_gives_each_adapter_its_ledger(tmp_path: Path) -> None:
    """While an adapter opens, its ledger is there already, and what it brings back wakes the deliverer."""

    class Careful(Stage):
        async def __aenter__(self) -> Self:
            await self.ledger.write("opened", "yes")
            return self

    adapter, settings = Careful(), Settings(database=tmp_path / "w.db", parsers=1)
    async with Database(settings.database) as db, bot(settings, [adapter]) as running:
        assert await adapter.ledger.note("opened") == "yes"
        where = Target("stage", "news", "club")
        await adapter.ledger.left("club")
        number = await db.write(lambda c: subscriptions.target_id(c, where))
        await db.write(lambda c: queue.enqueue_notice(c, [number], Notice("Hello."), now=utc_now()))
        await adapter.ledger.left("club")
        work = asyncio.create_task(running.run())
        await asyncio.sleep(0.05)
        assert adapter.posts == []
        await adapter.ledger.joined("club")
        async with asyncio.timeout(LOOK_EVERY / 2):
            await adapter.until(lambda: adapter.titles() == ["Hello."])
        running.stop()
        await work


async def test_a_report_reaches_the_operator(here: Scene) -> None:
    """What an adapter reports is queued for the operator, and what delivers it is woken once that is kept."""
    rung: list[None] = []
    boss = Target("stage", "boss", kind=TargetKind.PERSON)
    kept = StoredLedger(
        here.db, here.stage, clock=here.clock, operator=boss, enqueued=lambda: rung.append(None)
    )
    await kept.report("The token was revoked.")
    assert len(rung) == 1
    await here.deliver()
    (post,) = here.stage.posts
    assert (post.target, post.message) == ("boss", Notice("The token was revoked."))


async def test_a_report_without_an_operator_is_queued_for_nobody(here: Scene) -> None:
    """Where nobody is the operator a report makes no message, and wakes nothing."""
    rung: list[None] = []
    kept = StoredLedger(here.db, here.stage, clock=here.clock, enqueued=lambda: rung.append(None))
    await kept.report("The token was revoked.")
    await Scratch().report("The token was revoked.")
    assert (await here.rows(), rung) == ([], [])


async def test_notes_about_a_person_are_theirs(tmp_path: Path) -> None:
    """What was noted about a person is in their export and in nobody else's, and is forgotten with them."""
    async with lobby(tmp_path) as room:
        kept = StoredLedger(room.db, room.chat, clock=lambda: room.now)
        for key in ("dm:maria", "dm:joe", "maria:commands", "dm:annamaria"):
            await kept.write(key, f"about {key}")
        reply = await room.ask("/wireroom data export", who=MARIA)
        assert reply.attachment is not None
        assert [one["text"] for one in json.loads(reply.attachment.content)["notes"]] == ["about dm:maria"]
        await room.ask("/wireroom data delete", who=MARIA)
        assert set(await kept.notes("")) == {"dm:joe", "maria:commands", "dm:annamaria"}
        await room.ask("/wireroom data delete", who=JOE)
        assert await kept.note("dm:joe") is None
