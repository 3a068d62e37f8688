"""Worker processes: real ones, with limits that a document really runs into."""

from __future__ import annotations

import asyncio
import io
import os
import pickle
import signal
import sys
import time
from asyncio.subprocess import PIPE

import pytest

from bot.errors import FeedError
from bot.models import ParsedFeed
from bot.parse import Parser, parse_document
from bot.parse.parser import CLOSING, CRASHED, TOO_LARGE, TOO_SLOW, _Nouns, _opened
from bot.parse.worker import LENGTH, Failure, Job

ADDRESS = "https://news.example/feed"
SMALL = b"<rss><channel><title>T</title><item><guid>1</guid><title>A</title></item></channel></rss>"
_ATTRIBUTES = b" ".join(b"a%d" % n for n in range(30_000))  # HTML compares each with all before it
_ITEM = b"<item><title>T</title><description>&lt;p %s&gt;</description></item>" % _ATTRIBUTES
SLOW = b"<rss><channel>" + _ITEM * 30 + b"</channel></rss>"
GREEDY = b"<rss><channel><item><title>" + b"word &#8217; " * 700_000 + b"</title></item></channel></rss>"


def processes(parser: Parser) -> list[int]:
    """List the ids of the worker processes that run."""
    return [worker._process.pid for worker in parser._workers if worker._process]


def alive(pid: int) -> bool:
    """Say whether a process is there, zombies included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def refusal(parser: Parser, body: bytes) -> str:
    """Return the sentence with which a document is refused."""
    with pytest.raises(FeedError) as caught:
        await parser.parse(body, address=ADDRESS)
    return caught.value.reason


async def test_same_as_here() -> None:
    """A worker answers what the plain function does, failures included."""
    async with Parser(1) as parser:
        assert await parser.parse(SMALL, address=ADDRESS) == parse_document(SMALL, address=ADDRESS)
        with pytest.raises(FeedError) as here:
            parse_document(b"<html>", address=ADDRESS)
        assert await refusal(parser, b"<html>") == here.value.reason


async def test_opening_does_not_wait() -> None:
    """Opening the parser holds nothing up, and closing it while it starts leaves no process."""
    started = time.perf_counter()
    async with Parser(2) as parser:
        assert time.perf_counter() - started < 0.05
        await asyncio.sleep(0)
    assert processes(parser) == []


async def test_slow_document() -> None:
    """A document that takes too long is refused, its worker replaced, and others go on meanwhile."""
    async with Parser(2, seconds=0.6) as parser:
        await asyncio.gather(*(parser.parse(SMALL, address=ADDRESS) for _ in range(4)))
        before = processes(parser)
        slow = asyncio.create_task(refusal(parser, SLOW))
        await asyncio.sleep(0.05)
        assert len((await parser.parse(SMALL, address=ADDRESS)).entries) == 1
        assert not slow.done()
        assert await slow == TOO_SLOW
        for _ in range(3):
            await parser.parse(SMALL, address=ADDRESS)
        assert sum(alive(pid) for pid in before) == 1


async def alone(job: Job | None) -> int:
    """Give a job to a worker that nobody watches, and return its exit status."""
    code = "from bot.parse.worker import Limits, serve; serve(Limits(seconds=0.5, memory=1 << 30))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=PIPE, stdout=PIPE)
    message = pickle.dumps(job)
    await process.communicate(LENGTH.pack(len(message)) + message if job else b"")
    return await process.wait()


async def test_processor_limit() -> None:
    """A worker ends by itself on its processor time when its parent does not."""
    assert await alone(Job(SLOW, ADDRESS, None, keep_tracking=False)) == -signal.SIGXCPU


async def test_parent_gone() -> None:
    """A worker ends by itself once nobody can send it jobs."""
    assert await alone(None) == 0
    assert await alone(Job(SMALL, ADDRESS, None, keep_tracking=False)) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not keep to RLIMIT_AS")
async def test_greedy_document() -> None:
    """A document that needs too much memory is refused, and the next one is read by a fresh worker."""
    async with Parser(1, memory=96 << 20) as parser:
        assert await refusal(parser, GREEDY) == TOO_LARGE
        assert len((await parser.parse(SMALL, address=ADDRESS)).entries) == 1


async def test_cause_of_death() -> None:
    """What a worker died of reaches the person who added the feed in words."""
    deaths = {signal.SIGKILL: TOO_LARGE, signal.SIGXCPU: TOO_SLOW, signal.SIGSEGV: CRASHED}
    async with Parser(1) as parser:
        for cause, reason in deaths.items():
            await parser.parse(SMALL, address=ADDRESS)
            job = asyncio.create_task(refusal(parser, SLOW))
            await asyncio.sleep(0.05)
            (pid,) = processes(parser)
            os.kill(pid, cause)
            assert await job == reason


async def test_killed_while_idle() -> None:
    """A worker that somebody killed at rest is replaced."""
    async with Parser(1) as parser:
        await parser.parse(SMALL, address=ADDRESS)
        (pid,) = processes(parser)
        worker = parser._workers[0]._process
        assert worker is not None
        os.kill(pid, signal.SIGKILL)
        await worker.wait()
        assert len((await parser.parse(SMALL, address=ADDRESS)).entries) == 1
        assert processes(parser) != [pid]


async def test_cancelled() -> None:
    """A cancelled job ends its worker, and its reply is never taken for another's."""
    async with Parser(1) as parser:
        await parser.parse(SMALL, address=ADDRESS)
        (pid,) = processes(parser)
        job = asyncio.create_task(parser.parse(SLOW, address=ADDRESS))
        await asyncio.sleep(0.05)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert not alive(pid)
        assert (await parser.parse(SMALL, address=ADDRESS)).title == "T"


async def test_closed_at_work() -> None:
    """Closing ends every process at once, those at work and those waited for included."""
    async with Parser(1) as parser:
        await parser.parse(SMALL, address=ADDRESS)
        pids = processes(parser)
        jobs = [asyncio.create_task(refusal(parser, SLOW)) for _ in range(3)]
        await asyncio.sleep(0.05)
        started = time.perf_counter()
    assert time.perf_counter() - started < 1.0
    assert await asyncio.gather(*jobs) == [CLOSING] * 3
    assert not any(map(alive, pids))


async def test_interrupt() -> None:
    """Ctrl-C, which a terminal sends to the whole process group, does not reach a worker."""
    async with Parser(1) as parser:
        await parser.parse(SMALL, address=ADDRESS)
        (pid,) = processes(parser)
        assert os.getpgid(pid) != os.getpgid(0)


async def test_small_job_is_quick() -> None:
    """What a small job costs beyond its parsing is a few milliseconds at most."""
    async with Parser(1) as parser:
        await parser.parse(SMALL, address=ADDRESS)
        started = time.perf_counter()
        for _ in range(20):
            await parser.parse(SMALL, address=ADDRESS)
        assert (time.perf_counter() - started) / 20 < 0.01


async def test_worker_stays_small() -> None:
    """A worker imports neither the network nor the database nor the settings."""
    code = "import sys, bot.parse.worker; print({'aiohttp', 'sqlalchemy', 'pydantic'} & set(sys.modules))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=PIPE, stderr=PIPE)
    out, _ = await process.communicate()
    assert out.strip() == b"set()"


def test_reply_holds_nouns_only() -> None:
    """From a worker's reply comes nothing that could run."""
    feed = ParsedFeed("T", None, None, ())
    assert _Nouns(io.BytesIO(pickle.dumps(feed))).load() == feed
    with pytest.raises(pickle.UnpicklingError):
        _Nouns(io.BytesIO(pickle.dumps(os.system))).load()


def test_fault_of_ours_is_noted() -> None:
    """A fault that nobody foresaw leaves its traceback in the notes and a plain sentence in the reason."""
    with pytest.raises(FeedError) as caught:
        _opened(Failure("A sentence.", "Traceback …"))
    assert (caught.value.reason, caught.value.__notes__) == ("A sentence.", ["Traceback …"])
    with pytest.raises(FeedError, match=CRASHED):
        _opened(None)
