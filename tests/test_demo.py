"""`wireroom demo`, as a newcomer runs it."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("wireroom")
SUMMARY = re.compile(
    r"(\d+) polls, (\d+) of them 304, (\d+) new entries, (\d+) cards; "
    r"from publication to card \d+\.\d\d s at the median, \d+\.\d\d s at most\."
)
WAIT_SECONDS = 40


async def test_the_demo_ends_by_itself_with_a_summary(tmp_path: Path) -> None:
    """Without a terminal the demo shows the samples and what is published meanwhile, and exits with 0."""
    running = await asyncio.create_subprocess_exec(
        *(PROGRAM, "demo", "--for", "6s"),
        cwd=tmp_path,
        env={"WIREROOM_TERMINAL_WIDTH": "200", "TZ": "UTC"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(WAIT_SECONDS):
        out, err = await running.communicate()
    said = out.decode()
    assert (running.returncode, err) == (0, b"")
    samples, published = said.index("An old satellite"), said.index("A semiconductor plant")
    assert samples < published
    assert "Harbour cranes" not in said, "an older entry was posted"
    card = said[published:]
    for part in (
        "Norvik Silicon cleans and reuses",
        "Image: Pipes and tanks in a bright factory hall",
        "The Sample Wire · Ines Okafor · ",
        " UTC",
        "/articles/semiconductor-plant-reuses-its-water\n",
        "/pictures/semiconductor-plant-reuses-its-water.png\n",
    ):
        assert part in card
    summary = SUMMARY.search(said)
    assert summary is not None
    polls, unchanged, new, cards = map(int, summary.groups())
    assert polls > unchanged > 0
    assert cards == new + 2 >= 3  # what was published, and a sample of each feed
    assert not os.listdir(tmp_path), "the demo left something behind"  # noqa: PTH208 - pathlib's is held to block


async def test_the_demo_for_programs(tmp_path: Path) -> None:
    """With --json stdout holds one object for each card and nothing else; the sentences are on stderr."""
    running = await asyncio.create_subprocess_exec(
        *(PROGRAM, "demo", "--json", "--for", "5s"),
        cwd=tmp_path,
        env={},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(WAIT_SECONDS):
        out, err = await running.communicate()
    cards = [json.loads(line) for line in out.splitlines()]
    assert running.returncode == 0
    assert {card["event"] for card in cards} == {"card"}
    assert {card["target"] for card in cards} == {"terminal:news", "terminal:releases"}
    assert b"A sample site at " in err
    assert SUMMARY.search(err.decode())


async def test_ctrl_c_ends_the_demo_on_a_terminal(tmp_path: Path) -> None:
    """On a terminal the demo runs until Ctrl-C, and then sums up and exits with 0."""
    master, slave = pty.openpty()
    running = await asyncio.create_subprocess_exec(
        *(PROGRAM, "demo"), cwd=tmp_path, env={"TERM": "xterm"}, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    said = b""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while b"/articles/" not in said:
                said += await asyncio.to_thread(os.read, master, 65_536)
            running.send_signal(signal.SIGINT)
            said += await asyncio.to_thread(_rest, master)
            code = await running.wait()
    finally:
        if running.returncode is None:
            running.kill()
        os.close(master)
    assert code == 0
    assert b"Ctrl-C ends it." in said
    assert b"Type /follow semiconductors" in said
    assert b" polls, " in said
    assert b"Traceback" not in said


def _rest(master: int) -> bytes:
    pieces = []
    while True:
        try:
            piece = os.read(master, 65_536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not piece:
            break
        pieces.append(piece)
    return b"".join(pieces)
