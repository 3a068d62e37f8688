"""The prompt's life beside the bot's: neither stops, spins, blocks nor ends the other."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
import termios
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.terminal import TerminalAdapter
from adapters.terminal.stderr import led_through
from bot.adapter import Ticket
from bot.command import Caller, Values
from bot.errors import Busy
from bot.models import Card
from bot.reply import Reply
from tests.typist import Book, typist

NOW = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
NEWS = TerminalAdapter.target("news")
ROOT = Path(__file__).parent.parent
LISTENER = """
import asyncio, sys
from adapters.terminal import TerminalAdapter, TerminalSettings
from tests.typist import Book

async def main():
    async with TerminalAdapter(TerminalSettings()) as adapter:
        print("begun", flush=True)
        await asyncio.wait({asyncio.ensure_future(adapter.listen(Book()))}, timeout=30)

asyncio.run(main())
"""


SHELL = """
import fcntl, os, signal, subprocess, sys, termios, time

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
bot = subprocess.Popen([sys.executable, "-c", sys.argv[1]], process_group=0)


def look(word):
    time.sleep(0.6)
    seen, status = os.waitpid(bot.pid, os.WNOHANG | os.WUNTRACED)
    print(word if not seen else f"it was stopped or ended: {status}", flush=True)


def bring_forward(group):
    os.tcsetpgrp(0, group)


def send_back(how):
    os.waitpid(bot.pid, os.WUNTRACED)
    bring_forward(os.getpgrp())
    bot.send_signal(signal.SIGCONT)
    look(how)
    bring_forward(bot.pid)


time.sleep(1)
look("runs in the background")
bring_forward(bot.pid)
send_back("goes on after Ctrl-Z")
signal.sigwait({signal.SIGUSR1})
bot.send_signal(signal.SIGSTOP)
send_back("goes on after SIGSTOP")
bot.wait()
"""


class Fragile(Book):
    """A desk that breaks its promise never to raise."""

    async def answer(self, caller: Caller, text: str, values: Values | None = None) -> Reply:
        """Raise."""
        del caller, values
        raise ZeroDivisionError(text)


async def test_a_broken_prompt_ends_nothing() -> None:
    """An error at the prompt ends the prompt alone: listen returns, and cards are still written."""
    async with typist(Fragile(), fails=True) as at:
        await at.until_last("#news>")
        at.type("/follow chips\r")
        await asyncio.wait_for(at.listening, 5)
        await at.adapter.post(NEWS, Card("Ferries run", "S"), Ticket("1", 1, NOW))
        await at.until_shown("Ferries run")


async def test_the_terminal_is_left_as_it_was_found() -> None:
    """While the prompt is up keys are not echoed by the terminal; afterwards its mode is what it was."""
    async with typist() as at:
        before = termios.tcgetattr(at.terminal)
        await at.until_last("#news>")
        assert termios.tcgetattr(at.terminal) != before
        at.listening.cancel()
        await asyncio.wait({at.listening}, timeout=5)
        assert termios.tcgetattr(at.terminal) == before


async def test_a_terminal_that_nobody_reads_holds_up_nothing() -> None:
    """While the screen stands still the loop runs on and cards wait; the prompt's end takes a second."""
    async with typist() as at:
        await at.until_last("#news>")
        big = Card("Big", "S", summary="word " * 30_000)  # more than a pty holds
        post = asyncio.create_task(at.adapter.post(NEWS, big, Ticket("1", 1, NOW)))
        await at.until_shown("Big")  # it is under way, and from here on nobody reads
        begun = time.monotonic()
        await asyncio.wait({post}, timeout=0.2)
        assert not post.done()
        post.cancel()
        await asyncio.wait({post})
        with pytest.raises(Busy):
            await at.adapter.post(NEWS, Card("Later", "S"), Ticket("2", 1, NOW))
        at.listening.cancel()
        await asyncio.wait({at.listening}, timeout=5)
        assert time.monotonic() - begun < 3


async def test_a_terminal_that_is_gone_ends_the_prompt_alone() -> None:
    """When the terminal hangs up the prompt ends without a signal and without asking for input for ever."""
    async with typist() as at:
        await at.until_last("#news>")
        at.hang_up()
        await asyncio.wait_for(at.listening, 5)


async def test_log_lines_come_above_the_prompt() -> None:
    """What goes to standard error while a line is being typed stands above it, in whole lines."""
    before = os.dup(2)
    try:
        async with typist(stderr=True) as at:
            await at.until_last("#news>")
            at.type("/half")
            await at.until_last("#news> /half")
            os.write(2, b"12:00:00 [info] po")
            os.write(2, b"ll\n12:00:01 [info] tidy\n")
            screen = await at.until_shown("12:00:00 [info] poll", "12:00:01 [info] tidy")
            await at.until_last("#news> /half")
            assert len([line for line in screen.lines if "#news>" in line]) == 1
    finally:
        os.dup2(before, 2)
        os.close(before)


def test_standard_error_elsewhere_is_left_alone() -> None:
    """Standard error that is no terminal is not led anywhere."""
    reading, writing = os.pipe()
    before = os.dup(2)
    os.dup2(writing, 2)
    try:
        with led_through(lambda page: pytest.fail(page.decode())):
            os.write(2, b"a log line\n")
    finally:
        os.dup2(before, 2)
        os.close(before)
    assert os.read(reading, 100) == b"a log line\n"
    os.close(reading)
    os.close(writing)


async def test_in_the_background_the_bot_is_never_stopped() -> None:
    """In the background of a shell the bot runs on without a prompt; brought forward, it has one again."""
    master, slave = pty.openpty()
    shell = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SHELL, LISTENER),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    os.close(slave)
    try:
        assert "#news>" not in await _until(master, "runs in the background")
        await _until(master, "#news>")
        os.write(master, b"\x1a")
        await _until(master, "goes on after Ctrl-Z")
        await _until(master, "#news>")
        shell.send_signal(signal.SIGUSR1)
        os.write(master, b"/follow")
        await _until(master, "goes on after SIGSTOP")
        await _until(master, "#news>")
        os.write(master, b" chips\r")
        await _until(master, "You said")
    finally:
        shell.kill()
        await shell.wait()
        os.close(master)


async def _until(master: int, text: str) -> str:
    return await asyncio.wait_for(asyncio.to_thread(_read_until, master, text), 10)


def _read_until(master: int, text: str) -> str:
    said = ""
    while text not in said:
        said += os.read(master, 65_536).decode("utf-8", "replace")
    return said
