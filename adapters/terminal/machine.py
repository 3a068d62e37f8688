"""What this machine tells of the person in front of it: their name, their timezone, whether they can type."""

from __future__ import annotations

import asyncio
import getpass
import os
import signal
import termios
import zoneinfo
from pathlib import Path
from typing import TextIO

from adapters.terminal.settings import NAME
from bot.text import clean

SOMEBODY = "you"
LOCALTIME = Path("/etc/localtime")


def login() -> str:
    """Name the person as they logged in; “you” where that cannot be told, as in many containers."""
    try:
        name = clean(getpass.getuser())
    except (KeyError, OSError):  # 3.13 raises OSError where there is no such user
        return SOMEBODY
    return name if NAME.fullmatch(name) else SOMEBODY


def timezone(localtime: Path = LOCALTIME) -> str | None:
    """Name this machine's timezone (IANA) by TZ, else by where /etc/localtime leads; None: unknown.

    TZ is the C library's variable, not one of wireroom's settings.
    """
    spelt = os.environ.get("TZ", "").removeprefix(":")
    if not spelt and localtime.is_symlink():
        _, _, spelt = str(localtime.resolve()).rpartition("zoneinfo/")
    return spelt if spelt in zoneinfo.available_timezones() else None


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether a stream is there, open, and a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def in_foreground(terminal: TextIO) -> bool:
    """Say whether this process may read from a terminal without being stopped for it.

    A terminal that is not ours to control (a pipe's stand-in, a container's) stops nobody.
    """
    try:
        return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return True


def is_connected(terminal: TextIO) -> bool:
    """Say whether somebody can still be at a terminal: it was not hung up."""
    try:
        termios.tcgetattr(terminal)
    except (termios.error, ValueError):  # ValueError: closed here
        return False
    return True


async def brought_forward(terminal: TextIO, seconds: float) -> None:
    """Wait until this process is in the foreground, or the terminal gone; looks every so many seconds."""
    while is_connected(terminal) and not in_foreground(terminal):  # noqa: ASYNC110 - the shell tells nobody
        await asyncio.sleep(seconds)


def interrupt() -> None:
    """Do what Ctrl-C does."""
    os.kill(os.getpid(), signal.SIGINT)
