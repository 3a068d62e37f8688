"""How the terminal adapter writes: to real pipes and devices, whole pages, and never in the bot's way."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.terminal import TerminalAdapter, TerminalSettings
from adapters.terminal.output import REMEMBERED
from bot.adapter import Found, Severity, Sighting, Ticket
from bot.errors import Busy, DeliveryError
from bot.models import Card, Notice

NOW = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
TICKET = Ticket("17", 1, NOW)
NEWS = TerminalAdapter.target("news")


@pytest.fixture
def pipe() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """Give a real pipe: the reading end as a descriptor, the writing end as a text stream."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        yield reading, stream
    with contextlib.suppress(OSError):  # the test may have closed it
        os.close(reading)


async def test_a_reader_that_went_away_makes_cards_wait(pipe: tuple[int, io.TextIOWrapper]) -> None:
    """After a broken pipe cards wait, none is lost or dead, and the program itself goes on."""
    reading, stream = pipe
    os.close(reading)
    async with TerminalAdapter(TerminalSettings(), stream) as adapter:
        with pytest.raises(Busy, match="Nobody reads"):
            await adapter.post(NEWS, Card("T", "S"), TICKET)


async def test_closed_output_makes_cards_wait() -> None:
    """With output that is closed cards wait, and the doctor says so."""
    stream = io.StringIO()
    stream.close()
    async with TerminalAdapter(TerminalSettings(), stream) as adapter:
        with pytest.raises(Busy, match="closed"):
            await adapter.post(NEWS, Card("T", "S"), TICKET)
        (finding,) = await adapter.doctor([])
    assert finding.severity is Severity.PROBLEM


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
async def test_a_full_disk_is_tried_again() -> None:
    """Output that does not fit is an ordinary DeliveryError: there may be room later."""
    with Path("/dev/full").open("w", encoding="utf-8") as stream:  # noqa: ASYNC230 - a device, no disk
        async with TerminalAdapter(TerminalSettings(), stream) as adapter:
            with pytest.raises(DeliveryError, match="No space left") as full:
                await adapter.post(NEWS, Card("T", "S"), TICKET)
    assert not isinstance(full.value, Busy)


async def test_a_slow_reader_holds_nothing_up(pipe: tuple[int, io.TextIOWrapper]) -> None:
    """While nobody reads, the loop runs on, and a post that is cut off before its turn is never written."""
    reading, stream = pipe
    big = Card("Big", "S", summary="word " * 30_000)  # more than a pipe holds
    async with TerminalAdapter(TerminalSettings(), stream) as adapter:
        stuck = asyncio.create_task(adapter.post(NEWS, big, TICKET))
        unlucky = asyncio.create_task(adapter.post(NEWS, Card("Unlucky", "S"), Ticket("18", 1, NOW)))
        begun = time.monotonic()
        await asyncio.wait({stuck, unlucky}, timeout=0.2)
        assert time.monotonic() - begun < 5
        assert not stuck.done()
        unlucky.cancel()
        await asyncio.wait({unlucky}, timeout=5)
        assert unlucky.cancelled()
        last = asyncio.create_task(adapter.post(NEWS, Card("Last", "S"), Ticket("19", 1, NOW)))
        out = await asyncio.to_thread(read_until, reading, "Last")
        assert [await stuck, await last] == ["17", "19"]
    assert "Unlucky" not in out
    assert "Big" in out


async def test_a_card_that_a_pausing_reader_saw_is_found(pipe: tuple[int, io.TextIOWrapper]) -> None:
    """A page cut off in mid-write makes all wait, and is found once it is written, never written twice."""
    reading, stream = pipe
    big = Card("Big", "S", summary="word " * 30_000)
    queued, later = Ticket("18", 1, NOW), Ticket("19", 1, NOW)
    async with TerminalAdapter(TerminalSettings(), stream) as adapter:
        posts = [
            asyncio.create_task(adapter.post(NEWS, big, TICKET)),
            asyncio.create_task(adapter.post(NEWS, Card("Queued", "S"), queued)),
        ]
        await asyncio.to_thread(os.read, reading, 1)  # it is under way
        for post in posts:
            post.cancel()
        await asyncio.wait(posts)
        for waiting in (
            adapter.find(NEWS, big, TICKET),
            adapter.find(NEWS, Card("Queued", "S"), queued),
            adapter.post(NEWS, Card("Later", "S"), later),
        ):
            with pytest.raises(Busy) as busy:
                await waiting
            assert busy.value.everywhere
        out = await asyncio.to_thread(read_until, reading, "Big")
        seen = None
        for _ in range(500):  # the writing thread may not have said yet that it is done
            seen = seen or await sighting(adapter, TICKET)
            await asyncio.sleep(0 if seen else 0.01)
        assert seen == Found("17")
        assert await sighting(adapter, queued) is Sighting.ABSENT
        assert await sighting(adapter, later) is Sighting.UNKNOWN
        assert await adapter.post(NEWS, Card("Later", "S"), later) == "19"
    assert out.count("Big") == 1


async def sighting(adapter: TerminalAdapter, ticket: Ticket) -> Found | Sighting | None:
    """Look for a card; None while it is still being written."""
    try:
        return await adapter.find(NEWS, Card("T", "S"), ticket)
    except Busy:
        return None


async def test_only_the_latest_pages_are_remembered() -> None:
    """However long the bot runs, find knows of the latest pages and forgets the oldest."""
    async with TerminalAdapter(TerminalSettings(), io.StringIO()) as adapter:
        for number in range(REMEMBERED + 1):
            await adapter.post(NEWS, Notice("x"), Ticket(str(number), 1, NOW))
        assert await sighting(adapter, Ticket("0", 1, NOW)) is Sighting.UNKNOWN
        assert await sighting(adapter, Ticket("1", 1, NOW)) == Found("1")


def read_until(descriptor: int, word: str) -> str:
    """Read a pipe until the word has come and its card's last line with it."""
    out = ""
    while word not in out or not out.endswith("\n\n"):
        out += os.read(descriptor, 65_536).decode("utf-8", "replace")
    return out


async def test_cards_never_interleave(pipe: tuple[int, io.TextIOWrapper]) -> None:
    """Cards posted at the same time, some of them cut off, stand one after the other, each whole."""
    reading, stream = pipe
    os.set_blocking(stream.fileno(), False)  # as when another program shares the terminal
    async with TerminalAdapter(TerminalSettings(), stream) as adapter:
        posts = [
            asyncio.create_task(
                adapter.post(
                    adapter.target(f"room-{number}"),
                    Card(f"T{number}", "S", summary=f"s{number} " * 9_000),
                    Ticket(str(number), 1, NOW),
                )
            )
            for number in range(6)
        ]
        posts.append(asyncio.create_task(adapter.post(NEWS, Card("Last", "S"), TICKET)))
        await asyncio.sleep(0.05)
        posts[0].cancel()  # its page is under way, and must come whole all the same
        posts[3].cancel()
        await asyncio.wait({posts[3]})  # before anybody reads, or its turn might come first
        out = await asyncio.to_thread(read_until, reading, "Last")
        await asyncio.gather(*posts, return_exceptions=True)
    frames = re.findall(r"╭─ #(?:room-)?(\w+) (.*?)╰", out, re.DOTALL)
    assert [name for name, _ in frames] == ["0", "1", "2", "4", "5", "news"]
    for name, body in frames[:-1]:
        assert set(re.findall(r"s\d", body)) == {f"s{name}"}
        assert body.count("s") == 9_000


async def test_closing_ends_the_thread() -> None:
    """Once the adapter is closed, its writing thread ends."""
    before = set(threading.enumerate())
    async with TerminalAdapter(TerminalSettings(), io.StringIO()) as adapter:
        await adapter.post(NEWS, Card("T", "S"), TICKET)
        (writer,) = set(threading.enumerate()) - before
    await asyncio.to_thread(writer.join, 5)
    assert not writer.is_alive()
