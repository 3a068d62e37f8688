"""The machine that the figures come from, in a few lines."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import time
from importlib.metadata import version
from pathlib import Path

SYNCS = 50
_PACKAGES = ("aiohttp", "feedparser", "SQLAlchemy", "aiosqlite")


def describe(directory: Path) -> str:
    """Name processor, system, versions, and how long the disk takes to sync."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{_processor()}, {os.cpu_count()} cores; {platform.system()} {platform.release()}; "
        f"{platform.python_implementation()} {platform.python_version()}, {packages}, "
        f"SQLite {sqlite3.sqlite_version}; a disk sync takes {_sync_seconds(directory) * 1000:.1f} ms"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _sync_seconds(directory: Path) -> float:
    took = []
    with (directory / "sync").open("wb") as file:
        for _ in range(SYNCS):
            file.write(bytes(4096))
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - start)
    return statistics.median(took)
