"""Politeness to one host: turns, pauses and rests."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bot.pace import Pace

NOW = datetime(2026, 4, 16, 8, 0, tzinfo=UTC)
PAUSE = timedelta(milliseconds=30)


async def test_two_at_a_time() -> None:
    """No more than the allowed number talk to one host at once, and all get their turn."""
    pace = Pace(per_host=2, pause=timedelta(0))
    inside = most = done = 0

    async def visit() -> None:
        nonlocal inside, most, done
        async with pace.turn("host"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            inside -= 1
            done += 1

    await asyncio.gather(*(visit() for _ in range(20)))
    assert (most, done) == (2, 20)


async def test_pause() -> None:
    """Turns at one host begin at least a pause apart, in the order of asking."""
    pace = Pace(per_host=2, pause=PAUSE)
    began: list[tuple[float, int]] = []

    async def visit(number: int) -> None:
        async with pace.turn("host"):
            began.append((asyncio.get_running_loop().time(), number))

    await asyncio.gather(*(visit(number) for number in range(4)))
    assert [number for _, number in began] == [0, 1, 2, 3]
    gaps = [after[0] - before[0] for before, after in pairwise(began)]
    # The loop may wake within its clock's resolution before the time.
    assert all(gap > PAUSE.total_seconds() * 0.9 for gap in gaps)


async def test_other_hosts_do_not_wait() -> None:
    """A pause at one host holds nobody up elsewhere."""
    pace = Pace(per_host=1, pause=timedelta(hours=1))
    async with asyncio.timeout(5):
        for number in range(100):
            async with pace.turn(f"host{number}"):
                pass


async def test_giving_up_frees_the_turn() -> None:
    """Whoever is cancelled while waiting or talking leaves the host free for the next."""
    pace = Pace(per_host=1, pause=timedelta(0))

    async def visit() -> None:
        async with pace.turn("host"):
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(visit()) for _ in range(3)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5), pace.turn("host") as turn:
        assert not turn.crowded


async def test_crowded() -> None:
    """A turn knows whether others wait for the same host."""
    pace = Pace(per_host=1, pause=timedelta(0))
    async with pace.turn("host") as turn:
        seen = [turn.crowded]
        waiting = asyncio.create_task(pace.turn("host").__aenter__())
        await asyncio.sleep(0)
        seen.append(turn.crowded)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        seen.append(turn.crowded)
    assert seen == [False, True, False]


async def test_ten_thousand_hosts_leave_nothing() -> None:
    """Hosts nobody talks to any more are forgotten once their pause is over."""
    pace = Pace(per_host=2, pause=timedelta(milliseconds=1))
    for number in range(10_000):
        async with pace.turn(f"host{number}"):
            pass
    await asyncio.sleep(0.005)
    async with pace.turn("last"):
        assert len(pace) == 1


def test_rest() -> None:
    """A host that asked for a rest is left alone until then, other hosts are not, and then it is over."""
    pace = Pace(per_host=2, pause=PAUSE)
    pace.rest("host", timedelta(minutes=10), NOW)
    assert pace.resting("host", NOW + timedelta(minutes=4)) == timedelta(minutes=6)
    assert pace.resting("other", NOW) is None
    assert pace.resting("host", NOW + timedelta(minutes=10)) is None
    assert len(pace) == 0


def test_rest_after_the_clock_went_back() -> None:
    """A clock that is set back does not make a rest longer than anyone may ask for."""
    pace = Pace(per_host=2, pause=PAUSE)
    pace.rest("host", timedelta(minutes=10), NOW)
    assert pace.resting("host", NOW - timedelta(days=2)) is None


def test_rests_are_tidied() -> None:
    """Rests that are over do not pile up, even if nobody asks for these hosts again."""
    pace = Pace(per_host=2, pause=PAUSE)
    for number in range(5_000):
        pace.rest(f"host{number}", timedelta(minutes=1), NOW + timedelta(seconds=number))
    assert len(pace) <= 1_000
