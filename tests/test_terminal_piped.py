"""Commands from a pipe: one a line, answered in their order, and the end of them ends nothing."""

from __future__ import annotations

import asyncio
import io
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import TextIO

import pytest

from adapters.terminal import TerminalAdapter, TerminalSettings
from adapters.terminal.file import TRIES
from adapters.terminal.talk import LONGEST
from bot.models import Button
from bot.prose import Bold, Link, Named, prose
from bot.reply import Attachment, Field, Form, Reply
from tests.typist import Book

FOLLOWED = Reply(prose("You now follow ", Bold("chips"), "."), buttons=(Button("Undo", "/unfollow 12"),))


@asynccontextmanager
async def piped(typed: bytes) -> AsyncIterator[TextIO]:
    """Give a pipe into which somebody writes this, and no more."""
    reading, writing = os.pipe()

    def fill() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(typed)

    with os.fdopen(reading, encoding="utf-8") as stdin:
        filling = asyncio.create_task(asyncio.to_thread(fill))
        yield stdin
        await filling


async def answers(
    typed: bytes, book: dict[str, Reply] | None = None, settings: TerminalSettings | None = None
) -> tuple[str, Sequence[str]]:
    """Pipe this in and read what comes out, and what the desk was asked."""
    desk, out = Book(book), io.StringIO()
    async with (
        piped(typed) as stdin,
        TerminalAdapter(settings or TerminalSettings(), out, UTC, stdin) as adapter,
    ):
        await asyncio.wait_for(adapter.listen(desk), 5)
    return out.getvalue(), desk.texts


async def test_answers_come_in_order() -> None:
    """Each line is shown and answered before the next is read; empty lines and comments are passed over."""
    typed = b"# first follow\n/follow chips\n\n  \n/following\r\n   # and so on\n/unfollow chips"
    said, asked = await answers(typed, {"/follow chips": FOLLOWED})
    assert asked == ["/follow chips", "/following", "/unfollow chips"]
    assert said == (
        "> /follow chips\nYou now follow chips.\n[1] Undo\n\n"
        "> /following\nYou said `/following`.\n\n"
        "> /unfollow chips\nYou said `/unfollow chips`.\n\n"
    )


async def test_a_button_is_pressed_by_its_number() -> None:
    """A line that is a number presses the button which bears it."""
    said, asked = await answers(b"/follow chips\n1\n", {"/follow chips": FOLLOWED})
    assert asked == ["/follow chips", "/unfollow 12"]
    assert "> 1\nYou said `/unfollow 12`." in said


async def test_a_form_is_shown_as_the_line_to_type() -> None:
    """Where nothing can be edited, a form's number shows the line that hands it in."""
    form = Form("Follow a keyword", "/follow", (Field("words", "Words", value="chips"),), submit="Follow")
    said, asked = await answers(b"/follow\n1\n", {"/follow": Reply((), form=form)})
    assert asked == ["/follow"]
    assert "[1] Follow  /follow chips\n" in said
    assert "> 1\nFinish and type: `/follow chips`\n" in said


@pytest.mark.parametrize("length", [LONGEST + 1, 300_000])
async def test_a_line_too_long_is_refused(length: int) -> None:
    """A line of more than 4,000 characters is refused in words, and the next one is read as ever."""
    said, asked = await answers(b"/follow " + b"x" * length + b"\n/following\n")
    assert asked == ["/following"]
    assert "longer than 4,000 characters" in said


async def test_a_long_line_is_read_whole() -> None:
    """A line of 4,000 characters is read, also one of letters of four bytes."""
    line = "/follow " + "😀" * (LONGEST - 8)
    _, asked = await answers(f"{line}\n".encode())
    assert asked == [line]


async def test_bytes_that_are_no_text_do_no_harm() -> None:
    """Bytes that are not UTF-8 and controls are read as they are, and shown cleaned."""
    said, asked = await answers(b"/follow \xff\x1b[2Jx\n")
    assert len(asked) == 1
    assert "\x1b" not in said


@pytest.mark.parametrize("name", ["/dev/null", "."])
async def test_input_that_holds_no_commands_ends_nothing(name: str) -> None:
    """With nothing to read, or nothing readable, listen returns and says nothing."""
    descriptor = os.open(name, os.O_RDONLY)
    out = io.StringIO()
    async with TerminalAdapter(TerminalSettings(), out, UTC, _Input(descriptor)) as adapter:
        await asyncio.wait_for(adapter.listen(Book()), 5)
    os.close(descriptor)
    assert not out.getvalue()


class _Input(io.StringIO):
    """Standard input at any descriptor."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def fileno(self) -> int:
        """Give the descriptor."""
        return self._descriptor


async def test_closed_input_ends_nothing() -> None:
    """With standard input closed, listen returns."""
    stdin = io.StringIO()
    stdin.close()
    async with TerminalAdapter(TerminalSettings(), io.StringIO(), UTC, stdin) as adapter:
        await asyncio.wait_for(adapter.listen(Book()), 5)


async def test_a_pipe_in_which_nothing_comes_holds_nothing_up() -> None:
    """Listening at a silent pipe is cancelled at once."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stdin:
        async with TerminalAdapter(TerminalSettings(), io.StringIO(), UTC, stdin) as adapter:
            listening = asyncio.create_task(adapter.listen(Book()))
            await asyncio.sleep(0.05)
            listening.cancel()
            done, _ = await asyncio.wait({listening}, timeout=2)
        os.close(writing)
    assert done


async def test_answers_for_programs() -> None:
    """In JSON an answer is one object with what was typed, its text, buttons, form and public line."""
    reply = Reply(
        prose("See ", Link("the page", "https://example.org"), "."),
        buttons=(Button("Undo", "/unfollow 12"),),
        form=Form("Follow", "/follow", (Field("words", "Words", value="chips"),)),
        public=prose(Named(TerminalAdapter.target("@ada")), " was here."),
    )
    said, _ = await answers(b"/follow\n", {"/follow": reply}, TerminalSettings(format="json"))
    (event,) = map(json.loads, said.splitlines())
    form = event.pop("form")
    assert event == {
        "event": "reply",
        "target": "terminal:news",
        "command": "/follow",
        "text": "See the page.",
        "cards": [],
        "buttons": [{"label": "Undo", "command": "/unfollow 12"}],
        "choices": [],
        "file": None,
        "public": "@ada was here.",
    }
    assert form["command"] == "/follow chips"
    assert [field["value"] for field in form["fields"]] == ["chips"]


async def test_a_file_is_saved_where_the_bot_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that comes with an answer is saved under a free name, for its owner alone; its path is told."""
    monkeypatch.chdir(tmp_path)
    reply = Reply(("Here it is.",), attachment=Attachment("../data one.json", b"{}", "application/json"))
    said, _ = await answers(b"/wireroom data\n/wireroom data\n", {"/wireroom data": reply})
    assert set(os.listdir(tmp_path)) == {"data-one.json", "data-one-2.json"}  # noqa: PTH208 - pathlib's blocks
    for file in (tmp_path / "data-one.json", tmp_path / "data-one-2.json"):
        assert f"Saved as {file}\n" in said
        assert file.read_bytes() == b"{}"
        assert file.stat().st_mode & 0o077 == 0


async def test_a_file_that_cannot_be_saved_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no name is free, or none is possible, the answer says so, and stays an answer."""
    monkeypatch.chdir(tmp_path)
    for name in ("x", *(f"x-{number}" for number in range(2, TRIES + 1))):
        (tmp_path / name).mkdir()
    for name, reason in (("x", "was not saved"), ("long" * 100, "could not be saved")):
        reply = Reply(("Here it is.",), attachment=Attachment(name, b"{}"))
        said, _ = await answers(b"/wireroom data\n", {"/wireroom data": reply})
        assert "Here it is." in said
        assert reason in said


@pytest.mark.parametrize("name", ["feeds.opml", "./feeds.opml", "~/feeds.opml"])
async def test_a_file_of_this_machine_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Where a command takes a document, a file's name stands for what is in it, and options may follow."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "feeds.opml").write_bytes("\ufeff<opml>山</opml>".encode())
    desk = Book()
    typed = f"/Feeds  import {name} channel:tech\n/wireroom feeds import {name}\n/feeds import none.opml\n"
    async with (
        piped(typed.encode()) as stdin,
        TerminalAdapter(TerminalSettings(), io.StringIO(), UTC, stdin) as adapter,
    ):
        await asyncio.wait_for(adapter.listen(desk), 5)
    assert desk.texts == ["/feeds import channel:tech", "/feeds import", "/feeds import none.opml"]
    assert desk.given == [{"list": "<opml>山</opml>"}, {"list": "<opml>山</opml>"}, {}]


@pytest.mark.parametrize("name", ["/dev/zero", "~nobody-at-all/x", "x" * 500, ".", "a\x00b"])
async def test_what_is_no_file_is_left_as_it_is(name: str) -> None:
    """Folders, devices and impossible names reach the desk as they were typed."""
    _, asked = await answers(f"/feeds import {name}\n".encode())
    assert asked == [f"/feeds import {name}"]
