"""Reach: who may hear of which feed, also while a platform does not say."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from bot.errors import DeliveryError
from bot.models import Target, TargetKind
from bot.reach import Reach
from bot.store.database import Database
from tests.stage import Clock, Stage

ANN = Target("stage", "ann", kind=TargetKind.PERSON)
NEWS, TECH = Target("stage", "news"), Target("stage", "tech")


class Slow(Stage):
    """A platform that answers once it is let."""

    post_timeout: ClassVar[timedelta] = timedelta(seconds=0.05)

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.asked = 0

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Wait, then answer as the stage does."""
        self.asked += 1
        await self.answers.wait()
        return await super().sees(who, channels)


async def test_a_platform_that_hangs_holds_nothing_up(tmp_path: Path) -> None:
    """While a platform hangs a reply takes all as unseen and an alert waits; then it is asked again."""
    async with Database(tmp_path / "w.db") as db:
        slow = Slow()
        reach = Reach(db, {"stage": slow}, clock=Clock())
        async with asyncio.timeout(5):
            assert await reach.sees(ANN, [NEWS]) == set()
            with pytest.raises(DeliveryError):
                await reach.sees(ANN, [NEWS], sure=True)
        slow.answers.set()
        assert await reach.sees(ANN, [NEWS]) == {NEWS}


async def test_a_platform_is_asked_once_an_hour(tmp_path: Path) -> None:
    """What a platform said of a person holds for an hour, for each channel that it was asked about."""
    async with Database(tmp_path / "w.db") as db:
        slow, clock = Slow(), Clock()
        slow.answers.set()
        slow.hidden.add(("ann", "tech"))
        reach = Reach(db, {"stage": slow}, clock=clock)
        for _ in range(2):
            assert await reach.sees(ANN, [NEWS, TECH]) == {NEWS}
        slow.hidden.clear()
        clock.pass_(minutes=59)
        assert await reach.sees(ANN, [NEWS, TECH]) == {NEWS}
        assert slow.asked == 1
        clock.pass_(minutes=1)
        assert await reach.sees(ANN, [NEWS, TECH]) == {NEWS, TECH}
        assert slow.asked == 2
