"""Commands from a pipe or a file, one a line, answered in their order."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress

from adapters.terminal.talk import LONGEST

CHUNK = 65_536
BYTES_A_LETTER = 4


async def listen(descriptor: int, hear: Callable[[str], Awaitable[None]]) -> None:
    """Hand each line on and wait for its answer, until the input ends.

    Empty lines and those that begin with # say nothing. The thread is a daemon and reads past any
    buffer: nobody can wake it from a pipe in which nothing comes, and the bot's end must not wait for it.
    """
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    def read() -> None:
        with suppress(CancelledError, RuntimeError):  # the bot has ended meanwhile
            for line in _lines(descriptor):
                if line.strip() and not line.lstrip().startswith("#"):
                    asyncio.run_coroutine_threadsafe(_one(hear, line), loop).result()
            loop.call_soon_threadsafe(end)

    threading.Thread(target=read, name="commands", daemon=True).start()
    await ended


async def _one(hear: Callable[[str], Awaitable[None]], line: str) -> None:
    await hear(line)


def _lines(descriptor: int) -> Iterator[str]:
    """Read line after line; of one that is too long only as much as shows that it is."""
    most = LONGEST * BYTES_A_LETTER
    rest = b""
    while chunk := _read(descriptor):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
        if len(rest) > most:
            rest = rest[: most + 1]
    if rest:
        yield rest.decode("utf-8", "replace")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, CHUNK)
    except OSError:  # closed, or a folder
        return b""
