"""A new database as the program makes it: made once, and copied for each test that only wants to begin."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from bot.store.database import Database


def blank(path: Path) -> Path:
    """Put a database in which nothing stands where none is; ten times quicker than the migrations."""
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(_made())
    return path


@cache
def _made() -> bytes:
    # Whoever asks has an event loop that runs already, so this takes a thread of its own.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _make()).result()


async def _make() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "blank.db"
        async with Database(path):
            pass
        return path.read_bytes()
