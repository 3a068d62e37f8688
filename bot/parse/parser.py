"""The parser as the rest of the bot sees it: worker processes, which a hostile document cannot outlive.

The processes are our own rather than a library's pool. multiprocessing would import the whole bot
into each of them (it runs the main script again), and pebble's pool gives up for good when one of
its idle workers dies.
"""

from __future__ import annotations

import asyncio
import io
import os
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from bot.errors import FeedError, FeedList, NotAFeed
from bot.models import ParsedFeed
from bot.parse.outline import Outlines
from bot.parse.page import PageFeed
from bot.parse.worker import LENGTH, OUT_OF_MEMORY, Answer, Failure, Job, Limits, Task

TOO_SLOW = (
    "The document took too long to read, so wireroom stopped. If it is a feed, it is damaged or very large: "
    "its publisher has to mend it."
)
TOO_LARGE = (
    "The document needed too much memory to read, so wireroom stopped. If it is a feed, it is damaged or "
    "very large: its publisher has to mend it."
)
CRASHED = "The document ended the program that read it; I am well, and take nothing from it."
CLOSING = "wireroom is stopping; the feed will be read after the restart."

_ROOT = str(Path(__file__).resolve().parents[2])
_START = (
    "import sys; sys.path[:] = sys.argv[1:]; from bot.parse.worker import Limits, serve; serve({limits!r})"
)
_LONGEST_REPLY = 64 * 1024 * 1024
_OURS = frozenset(
    {
        ("bot.models", "ParsedFeed"),
        ("bot.models", "Entry"),
        ("bot.models", "Image"),
        ("bot.models", "Hints"),
        ("bot.parse.page", "PageFeed"),
        ("bot.parse.outline", "Outlines"),
        ("bot.parse.outline", "Outline"),
        ("bot.parse.worker", "Failure"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("builtins", "frozenset"),
    }
)
_Kind = TypeVar("_Kind", bound=Answer)


class Parser:
    """Parses documents in worker processes; opened and closed with ``async with``.

    ``seconds`` and ``memory`` (bytes) are what one document may take. A worker that exceeds them is
    ended and replaced; other documents do not notice. Closing ends all of them at once.
    """

    def __init__(self, workers: int = 2, *, seconds: float = 10.0, memory: int = 1 << 30) -> None:
        """Start nothing yet."""
        limits = Limits(seconds, memory)
        self._workers = [_Worker(limits) for _ in range(workers)]
        # Last in, first out: at rest one warm process does all the work.
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._warming: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Let the processes start while the bot goes on; the first job waits for its own only."""
        self._warming = [asyncio.create_task(self._warm(worker)) for worker in self._workers]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process, also those at work."""
        for task in self._warming:
            task.cancel()
        await asyncio.gather(*self._warming, return_exceptions=True)
        await asyncio.gather(*(worker.close() for worker in self._workers))

    async def parse(
        self, body: bytes, *, address: str, content_type: str | None = None, keep_tracking: bool = False
    ) -> ParsedFeed:
        """Read a document that came from ``address``; FeedError says in plain words why it cannot be.

        NotAFeed says that it is a web page, of which ``links`` tells more. A fault of our own, of which
        the sentence tells nothing, stands in the error's notes.
        """
        return await self._ask(Job(body, address, content_type, keep_tracking), ParsedFeed)

    async def links(
        self, body: bytes, *, address: str, content_type: str | None = None
    ) -> tuple[PageFeed, ...]:
        """List the feeds that a web page declares; whether they are any has to be seen."""
        return await self._ask(Job(body, address, content_type, task=Task.PAGE), tuple)

    async def outlines(self, document: bytes | str, *, content_type: str | None = None) -> Outlines:
        """Read a list of feeds (OPML), from a file or pasted; FeedError says why it cannot be."""
        # Pasted text is in no encoding, whatever its first line declares: the mark overrules that.
        body = document.encode("utf-8-sig", "replace") if isinstance(document, str) else document
        return await self._ask(Job(body, "", content_type, task=Task.LIST), Outlines)

    async def _ask(self, job: Job, kind: type[_Kind]) -> _Kind:
        worker = await self._idle.get()
        try:
            answer = await worker.run(job)
        finally:
            self._idle.put_nowait(worker)
        if not isinstance(answer, kind):
            raise FeedError(CRASHED)
        return answer

    async def _warm(self, worker: _Worker) -> None:
        try:
            await worker.warm()
        finally:
            self._idle.put_nowait(worker)


class _Worker:
    """One process at a time, replaced when it has ended."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: Process | None = None
        self._busy = asyncio.Lock()
        self._closing = False

    async def warm(self) -> None:
        async with self._busy:
            await self._start()

    async def run(self, job: Job) -> Answer:
        async with self._busy:
            process = await self._start()
            try:
                async with asyncio.timeout(self._limits.seconds):
                    reply = await _exchange(process, pickle.dumps(job))
                answer = _Nouns(io.BytesIO(reply)).load()
            except TimeoutError:
                await self._end(process)
                raise FeedError(TOO_SLOW) from None
            except (asyncio.IncompleteReadError, ConnectionError):
                status = await self._bury(process)
                raise FeedError(CLOSING if self._closing else _obituary(status)) from None
            except BaseException:
                # Cancelled: what it would still answer must not be taken for the next job's reply.
                await self._end(process)
                raise
        return _opened(answer)

    async def close(self) -> None:
        """End the process, whatever it does; a job that it was at fails."""
        self._closing = True
        if self._process:
            _kill(self._process)
        async with self._busy:
            if self._process:
                await self._end(self._process)

    async def _start(self) -> Process:
        if self._closing:
            raise FeedError(CLOSING)
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _START.format(limits=self._limits),
                _ROOT,
                *sys.path,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                # Ctrl-C goes to the whole group of the terminal; when to stop is the parent's to say.
                start_new_session=True,
            )
        return self._process

    async def _bury(self, process: Process) -> int:
        """Let it come to its own end first: what it died of is in the exit status."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await process.wait()
        finally:
            await self._end(process)
        return await process.wait()

    async def _end(self, process: Process) -> None:
        self._process = None
        _kill(process)
        if process.stdin:
            process.stdin.close()
        await process.wait()


def _kill(process: Process) -> None:
    # Process.kill would look whether it has ended and so take the exit status from asyncio's watcher.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def _exchange(process: Process, job: bytes) -> bytes:
    jobs, replies = process.stdin, process.stdout
    if jobs is None or replies is None:
        raise ConnectionError
    jobs.write(LENGTH.pack(len(job)))
    jobs.write(job)
    await jobs.drain()
    (length,) = LENGTH.unpack(await replies.readexactly(LENGTH.size))
    if length > _LONGEST_REPLY:
        raise ConnectionError
    return await replies.readexactly(length)


def _obituary(status: int) -> str:
    """Say what a process died of (a negative status is a signal)."""
    # SIGKILL that was not ours is how Linux ends what takes the machine's memory.
    reasons = {OUT_OF_MEMORY: TOO_LARGE, -signal.SIGKILL: TOO_LARGE, -signal.SIGXCPU: TOO_SLOW}
    return reasons.get(status, CRASHED)


_KINDS: dict[str, type[FeedError]] = {kind.__name__: kind for kind in (NotAFeed, FeedList)}


def _opened(answer: object) -> Answer:
    if isinstance(answer, ParsedFeed | tuple | Outlines):
        return answer
    failure = answer if isinstance(answer, Failure) else Failure(CRASHED)
    error = _KINDS.get(failure.kind, FeedError)(failure.reason)
    if failure.trace:
        error.add_note(failure.trace)
    raise error


class _Nouns(pickle.Unpickler):
    """Takes from a worker only the nouns that its answers are made of: the worker met hostile input."""

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401 - as pickle declares it
        if (module, name) not in _OURS:
            raise pickle.UnpicklingError(f"a worker sent {module}.{name}")
        return super().find_class(module, name)
