"""Memory of the bot as it is run, after a round of unchanged polls."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import seed
from bench.site import Site
from bot.clock import utc_now

LOOK = 0.2
PATIENCE = 120.0
"""Seconds in which a round must be over, or it never will be."""
SETTLE = 3.0
"""Seconds after which the last of a round is written."""
_RUN = "from bot.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Resident:
    """Resident memory in MiB."""

    bot: float
    workers: list[float]


def resident(directory: Path, site: Site, *, count: int) -> Resident:
    """Run `wireroom run` over known feeds, all due at once, until each has answered 304."""
    database = directory / "memory.db"
    asyncio.run(seed.known_feeds(database, count=count, port=site.port, page="unchanged", now=utc_now()))
    before = site.counts()["/unchanged", 304]
    with (directory / "memory.log").open("w") as lines:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _RUN, "run"],
            cwd=directory,
            env={**os.environ, **_environment(database, site)},
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
        )
        deadline = time.monotonic() + PATIENCE
        while (polled := site.counts()["/unchanged", 304] - before) < count:
            assert process.poll() is None, (directory / "memory.log").read_text()[-2_000:]
            assert time.monotonic() < deadline, f"only {polled} of {count} feeds were polled"
            time.sleep(LOOK)
        time.sleep(SETTLE)
        seen = _processes()
        process.send_signal(signal.SIGTERM)
        status = process.wait(PATIENCE)
    assert status == 0, (directory / "memory.log").read_text()[-2_000:]
    workers = [size for _, parent, size in seen if parent == process.pid]
    assert workers, "the bot had no workers"
    return Resident(next(size for pid, _, size in seen if pid == process.pid), workers)


def _environment(database: Path, site: Site) -> dict[str, str]:
    return {
        "WIREROOM_DATABASE": str(database),
        "WIREROOM_ALLOW_HOSTS": site.allow,
        "WIREROOM_ADAPTERS": seed.CHANNEL.platform,
        "WIREROOM_LOG_FORMAT": "json",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }


def _processes() -> list[tuple[int, int, float]]:
    """List all processes: id, parent's id, MiB resident."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss="],  # noqa: S607 - wherever the system keeps it
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = (line.split() for line in table.splitlines())
    return [(int(pid), int(parent), int(size) / 1024) for pid, parent, size in rows]
