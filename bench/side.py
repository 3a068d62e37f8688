"""One side of a comparison: a fresh process that does its work a round at a time, when told to."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Protocol, Self, cast


@dataclass(frozen=True, slots=True)
class Spent:
    """What a round came to: CPU seconds of the process and of its workers, and seconds on the clock."""

    done: int
    cpu: float
    workers: float
    wall: float

    @property
    def rate(self) -> float:
        """Pieces of work per CPU second, the workers' included."""
        return self.done / (self.cpu + self.workers)


class Work(Protocol):
    """What a side does."""

    idle: float
    """CPU seconds of a round's workers that are for starting them, not for the work."""

    async def prepare(self) -> None:
        """Make the next round possible, unmeasured."""

    async def run(self) -> int:
        """Do a round's work and say how many pieces it was."""


Opens = Callable[[], AbstractAsyncContextManager[Work]]
"""Opens a side's work; passed to another process, so a function of a module or a partial of one."""


class Side:
    """The process, seen from outside; alive within ``with``."""

    def __init__(self, opens: Opens) -> None:
        self._opens = opens

    def __enter__(self) -> Self:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_work, args=(self._opens, theirs))
        self._process.start()
        theirs.close()  # so that its death ends our waiting
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._pipe.send(False)
        else:
            self._process.kill()
        self._process.join()

    def round(self) -> Spent:
        """Let it do one round."""
        self._pipe.send(True)
        return cast("Spent", self._pipe.recv())


def compare(first: Side, second: Side, *, rounds: int) -> tuple[list[Spent], list[Spent]]:
    """Let two sides take turns, after a round each that does not count."""
    pairs = [(first.round(), second.round()) for _ in range(rounds + 1)][1:]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _work(opens: Opens, pipe: Connection) -> None:
    asyncio.run(_take_turns(opens, pipe))


async def _take_turns(opens: Opens, pipe: Connection) -> None:
    async with opens() as work:
        while await asyncio.to_thread(pipe.recv):
            await work.prepare()
            cpu, workers, wall = time.process_time(), of_workers(), time.perf_counter()
            done = await work.run()
            pipe.send(
                Spent(
                    done,
                    time.process_time() - cpu,
                    max(0.0, of_workers() - workers - work.idle),
                    time.perf_counter() - wall,
                )
            )


def of_workers() -> float:
    """CPU seconds of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
