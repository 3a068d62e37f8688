"""A night and its morning, with each statement in turn failing: nothing of it is lost or comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.models import Rhythm
from tests.readership import readership, titles
from tests.stage import Clock
from tests.test_crash import Faults, Mode

CUT_OFF = 0.2
NEWS = [f"Chips {number}" for number in range(2)]


@pytest.mark.parametrize("mode", ["once", "from then on"])
async def test_every_statement_of_the_morning(tmp_path: Path, mode: Mode) -> None:
    """Whichever statement of gathering, sending and marking fails, all comes once after a restart."""
    clock, start = Clock(), tmp_path / "start.db"
    async with readership(start, clock=clock) as before:
        await before.follow("chips", when=Rhythm.DAILY)
        await before.pause(until=clock() + timedelta(days=2))
        await before.bring(*NEWS)
    clock.pass_(hours=21)
    began, n = clock.now, 0
    while True:
        n += 1
        path = tmp_path / f"{n}.db"
        shutil.copy(start, path)
        clock.now = began
        async with readership(path, clock=clock) as here:
            faults, stage, came_through = Faults(here.db, n, mode), here.stage, False
            # What cannot be marked is marked again and again, until the process ends.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CUT_OFF if mode == "from then on" else None):
                    await here.deliver()
                    came_through = True
        async with readership(path, clock=clock) as after:
            after.stage.posts = stage.posts
            for _ in range(2):
                clock.pass_(minutes=10)
                await after.deliver()
            assert set(await after.states()) == {"sent"}, f"operation {n} failed"
        came = Counter((post.target, title) for post in stage.posts for title in titles(post.message))
        assert came == {("ann", title): 1 for title in NEWS}, f"operation {n}"
        if came_through and not faults.happened:
            break
    assert n > 30
