"""The adapter that needs no account: cards in a terminal, or one JSON object a line for programs."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import re
import select
import shutil
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta, tzinfo
from queue import SimpleQueue
from types import TracebackType
from typing import ClassVar, Literal, TextIO
from urllib.parse import quote

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from rich.console import Console, Group
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from bot.adapter import Adapter, Finding, Found, Severity, Sighting, Ticket
from bot.errors import Busy, CommandError, DeliveryError
from bot.models import Card, Correction, Message, Notice, Target
from bot.settings import AdapterSettings
from bot.text import clean, clean_paragraphs

WIDTH = 80
"""Columns of a card where no terminal says how many it has."""
WIDEST = 100
"""Longer lines are hard to read, however wide the terminal."""

REMEMBERED = 1_000
"""Pages of which ``find`` can tell; whoever asks does so within minutes."""
PAUSED = "Whoever reads the output pauses in the middle of a card, so the others wait."

_CHANNEL = re.compile(r"\w[\w.-]{0,63}")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_NOBODY_READS = {errno.EPIPE, errno.EBADF, errno.EIO, errno.ENXIO}


class TerminalSettings(AdapterSettings):
    """How cards are written: ``format`` card or json; ``width`` in columns, else the terminal's own."""

    model_config = SettingsConfigDict(env_prefix="WIREROOM_TERMINAL_")

    format: Literal["card", "json"] = "card"
    width: int | None = Field(default=None, ge=20, le=500)


class TerminalAdapter(Adapter):
    """Cards on standard output; a target is the name of a channel, shown in the card's head.

    What was written cannot be read back, so ``find`` knows of no message but this process's own. A
    terminal gives no ids either: the ticket's key, which is unique already, serves as one.
    """

    name: ClassVar[str] = "terminal"
    Settings: ClassVar[type[AdapterSettings]] = TerminalSettings
    settle: ClassVar[timedelta] = timedelta(0)  # nothing is under way once this process has ended

    def __init__(
        self, settings: TerminalSettings, stream: TextIO | None = None, zone: tzinfo | None = None
    ) -> None:
        """Write to ``stream`` (standard output), with times in ``zone`` (this machine's)."""
        super().__init__(settings)
        self._how = settings
        self._stream: TextIO | None = stream or sys.stdout
        self._zone = zone
        self._writer = Writer()
        self._pages: dict[str, Future[None]] = {}
        self._stuck: Future[None] | None = None

    @classmethod
    def target(cls, text: str) -> Target:
        """Read a channel's name, with or without the ``#`` that people put before it."""
        name = text.removeprefix("#")
        if not _CHANNEL.fullmatch(name):
            raise CommandError(
                f"“{clean(text)[:80]}” cannot be a channel of the terminal. Its name is up to 64 letters,"
                " digits, dots, dashes and underscores, for example terminal:news."
            )
        return Target(cls.name, name)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the writing thread end."""
        self._writer.close()

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Write a card, or a notice as a line; Busy once nobody reads the output."""
        event = "card" if isinstance(message, Card) else "notice"
        await self._write(event, target, ticket.key, message, key=ticket.key)
        return ticket.key

    async def edit(self, target: Target, message_id: str, card: Card, ticket: Ticket) -> None:
        """Write the card again, marked as corrected: what is on the screen already stays there."""
        del ticket
        await self._write("edit", target, message_id, card)

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Look what became of a page whose post was cut off; Busy while it is still being written.

        A page that never had its turn, or broke off in the middle, is ABSENT; what another process
        wrote is UNKNOWN.
        """
        del target, message
        page = self._pages.get(ticket.key)
        if self._is_stuck() or (page is not None and not page.done()):
            raise _nobody_reads(PAUSED)
        if page is None:
            return Sighting.UNKNOWN
        return Sighting.ABSENT if page.cancelled() or page.exception() else Found(ticket.key)

    def _is_stuck(self) -> bool:
        """Say whether a page is still in writing whose post was cut off: a write cannot be."""
        return self._stuck is not None and not self._stuck.done()

    async def doctor(self, targets: Sequence[Target]) -> Sequence[Finding]:
        """Say whether standard output takes cards, whole."""
        del targets
        if self._stream is None or self._stream.closed:
            return [
                Finding(
                    Severity.PROBLEM, "Standard output is closed: cards for the terminal have nowhere to go."
                )
            ]
        if not _encoding(self._stream).startswith("utf"):
            return [
                Finding(
                    Severity.WARNING,
                    f"The terminal's encoding is {self._stream.encoding}: letters it does not have show as"
                    " “?”. Set PYTHONUTF8=1 in the environment.",
                )
            ]
        return [Finding(Severity.OK, "Cards for the terminal go to standard output.")]

    async def _write(
        self, event: str, target: Target, message_id: str, message: Message, key: str | None = None
    ) -> None:
        stream = self._stream
        if stream is None or stream.closed:
            raise _nobody_reads("Standard output is closed, so cards wait for a start that has one.")
        if self._is_stuck():
            raise _nobody_reads(PAUSED)
        if self._how.format == "json":
            page = _json_line(as_json(event, target, message_id, message), _encoding(stream))
        else:
            page = self._page(event, target, message, stream)
        done = self._writer.put(stream, page)
        if key is not None:
            self._remember(key, done)
        try:
            await asyncio.wrap_future(done)
        except OSError as error:
            raise _refusal(error) from error
        finally:
            if not done.done():
                self._stuck = done

    def _remember(self, key: str, page: Future[None]) -> None:
        self._pages.pop(key, None)
        self._pages[key] = page
        if len(self._pages) > REMEMBERED:
            del self._pages[next(iter(self._pages))]

    def _page(self, event: str, target: Target, message: Message, stream: TextIO) -> bytes:
        """Draw apart from the stream: rich ends the program itself when a pipe is broken."""
        paper = io.BytesIO()
        encoding = _encoding(stream)
        width = self._how.width or (
            min(shutil.get_terminal_size().columns, WIDEST) if stream.isatty() else WIDTH
        )
        with io.TextIOWrapper(paper, encoding=encoding, errors="replace", newline="\n") as file:
            console = Console(file=file, width=width, force_terminal=True if stream.isatty() else None)
            if isinstance(message, Card):
                head = f"#{target.id} · corrected" if event == "edit" else f"#{target.id}"
                draw(console, message, head=head, zone=self._zone)
            else:
                draw_notice(console, message, head=f"#{target.id}")
            return paper.getvalue()


def draw(console: Console, card: Card, *, head: str = "", zone: tzinfo | None = None) -> None:
    """Draw a card; the addresses stand below the frame, each unbroken, so that they can be copied."""
    when = moment(card.published, zone) if card.published else ""
    facts = Text(" · ", style="dim").join(
        Text(clean(fact), style=Style(link=link))
        for fact, link in (
            (card.source, _hyperlink(card.source_link)),
            (card.author or "", None),
            (when, None),
        )
        if fact
    )
    parts = [Text(clean(card.title), style=Style(bold=True, link=_hyperlink(card.link)))]
    if card.summary:
        parts += [Text(), Text(clean_paragraphs(card.summary)), Text()]
    if card.image and card.image.alt:
        parts.append(Text(f"Image: {clean(card.image.alt)}", style="italic dim"))
    parts.append(facts)
    if card.correction:
        parts.append(Text(corrected(card.correction, zone), style="yellow"))
    console.print(
        Panel(
            Group(*parts),
            title=Text(clean(head), style="bold cyan"),
            title_align="left",
            border_style="dim",
        )
    )
    for name, address in (("Link ", card.link), ("Image", card.image and card.image.url)):
        if address:
            line = Text.assemble((f"  {name} ", "dim"), (clean(address), Style(link=_hyperlink(address))))
            console.print(line, soft_wrap=True)
    console.print()


def draw_notice(console: Console, notice: Notice, *, head: str) -> None:
    """Draw a notice as one line, its buttons as the commands that do the same."""
    line = Text.assemble((clean(head), "bold cyan"), "  ", clean(notice.text))
    for button in notice.buttons:
        line.append(f"  [{clean(button.label)}: {clean(button.command)}]", style="bold")
    console.print(line, soft_wrap=True)
    console.print()


def moment(at: datetime, zone: tzinfo | None = None) -> str:
    """Write a time with its distance from UTC, in ``zone`` or this machine's: 15 Apr 2026, 13:50 UTC."""
    at = _local(at, zone)
    offset = at.strftime("%z")
    away = "" if offset in {"", "+0000"} else f"{offset[:3]}:{offset[3:5]}"
    return f"{at.day} {at:%b} {at.year}, {at:%H:%M} UTC{away}"


def corrected(correction: Correction, zone: tzinfo | None = None) -> str:
    """Say in words what was changed, since nothing else marks it."""
    at = f"{_local(correction.at, zone):%H:%M}"
    if correction.earlier_title is None:
        return f"Corrected {at}."
    return f"Headline corrected {at}. Earlier: “{clean(correction.earlier_title)}”"


def as_json(event: str, target: Target, message_id: str, message: Message) -> dict[str, object]:
    """Make the object of one line; times in ISO 8601 with offset, what is missing as null."""
    start: dict[str, object] = {"event": event, "target": str(target), "id": message_id}
    if isinstance(message, Notice):
        buttons = [{"label": button.label, "command": button.command} for button in message.buttons]
        return {**start, "text": message.text, "buttons": buttons}
    image, correction = message.image, message.correction
    return {
        **start,
        "title": message.title,
        "link": message.link,
        "author": message.author,
        "summary": message.summary,
        "source": message.source,
        "source_link": message.source_link,
        "published": message.published.isoformat() if message.published else None,
        "image": {"url": image.url, "alt": image.alt} if image else None,
        "correction": {"at": correction.at.isoformat(), "earlier_title": correction.earlier_title}
        if correction
        else None,
    }


class Writer:
    """Writes one page after the other, each whole, off the event loop.

    A reader that does not read must hold up neither the bot's other work nor its end, so the thread
    is a daemon (an executor's would be waited for) and goes past the stream's buffer, whose lock a
    thread stuck in a write would still hold when the interpreter ends.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[TextIO, bytes, Future[None]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, stream: TextIO, page: bytes) -> Future[None]:
        """Let a page be written; OSError where that fails. Cancelled before its turn, it never is."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="terminal", daemon=True)
            self._thread.start()
        done: Future[None] = Future()
        self._jobs.put((stream, page, done))
        return done

    def close(self) -> None:
        """Let the thread end after what is queued; a later write begins another."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _run(self) -> None:
        while job := self._jobs.get():
            stream, page, done = job
            if not done.set_running_or_notify_cancel():
                continue
            try:
                _put(stream, page)
            except BaseException as error:  # noqa: BLE001 - it is raised where the page came from
                done.set_exception(error)
            else:
                done.set_result(None)


def _put(stream: TextIO, page: bytes) -> None:
    try:
        stream.flush()
        descriptor = stream.fileno()
    except io.UnsupportedOperation:
        stream.write(page.decode(_encoding(stream)))
        return
    except ValueError as error:  # closed meanwhile
        raise BrokenPipeError(errno.EPIPE, str(error)) from error
    while page:
        try:
            page = page[os.write(descriptor, page) :]
        except BlockingIOError:  # somebody else made the shared descriptor non-blocking
            select.select([], [descriptor], [])


def _refusal(error: OSError) -> DeliveryError:
    if error.errno in _NOBODY_READS:
        return _nobody_reads("Nobody reads the output any more, so cards wait for the next start.")
    return DeliveryError(f"The card could not be written to standard output: {error.strerror or error}.")


def _nobody_reads(reason: str) -> Busy:
    # The channel is not gone: the same cards are wanted as soon as somebody looks again.
    return Busy(reason, retry_after=timedelta(minutes=1), everywhere=True)


def _json_line(value: dict[str, object], encoding: str) -> bytes:
    """Write it for eyes too where the encoding can; DEL and C1, which JSON lets through, are escaped."""
    line = json.dumps(value, ensure_ascii=not encoding.startswith("utf"))
    line = re.sub("[\x7f-\x9f\u2028\u2029\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", line)
    return f"{line}\n".encode(encoding)


def _encoding(stream: TextIO) -> str:
    return (getattr(stream, "encoding", None) or "utf-8").lower()


def _hyperlink(address: str | None) -> str | None:
    """Bring an address to the printable ASCII that OSC 8 allows, out of which nothing can break."""
    address = clean(address or "")
    return quote(address, safe=_PRINTABLE) if address.lower().startswith(("http://", "https://")) else None


def _local(at: datetime, zone: tzinfo | None) -> datetime:
    try:
        return at.astimezone(zone)
    except (OverflowError, OSError, ValueError):  # the first or last day of the calendar
        return at.astimezone(UTC)
