"""Standard output as the place where messages go: drawn or as JSON lines, and what became of each."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta, tzinfo
from typing import TextIO

from rich.text import Text

from adapters.terminal import draw, lines
from adapters.terminal.keys import Keys
from adapters.terminal.paper import Paper, page
from adapters.terminal.reply import reply
from adapters.terminal.settings import TerminalSettings
from adapters.terminal.writer import Outlet, Writer, encoding_of, write
from bot.adapter import Found, Sighting
from bot.command import Command
from bot.errors import Busy, DeliveryError
from bot.models import Message, Target
from bot.reply import Reply
from bot.text import clean

REMEMBERED = 1_000
"""Pages of which ``find`` can tell; whoever asks does so within minutes."""
PAUSED = "Whoever reads the output pauses in the middle of a card, so the others wait."

_NOBODY_READS = {errno.EPIPE, errno.EBADF, errno.EIO, errno.ENXIO}


class Output:
    """One stream, to which pages are written whole, one after the other."""

    def __init__(self, stream: TextIO | None, how: TerminalSettings, zone: tzinfo | None) -> None:
        self.stream = stream
        self.keys: Keys | None = None
        """Set while somebody can press the buttons."""
        self._how = how
        self._zone = zone
        self._writer = Writer()
        self._pages: dict[str, Future[None]] = {}
        self._stuck: Future[None] | None = None

    def close(self) -> None:
        """Let the writing thread end."""
        self._writer.close()

    def lead(self, outlet: Outlet = write) -> None:
        """Let pages go by way of a prompt; without one, straight to the stream."""
        self._writer.outlet = outlet

    async def show(
        self,
        target: Target,
        message_id: str,
        message: Message,
        *,
        edited: bool = False,
        key: str | None = None,
    ) -> None:
        """Write a message; with a ``key`` what becomes of it is remembered. Busy once nobody reads."""
        await self._put(
            lambda: lines.of_message(target, message_id, message, edited=edited),
            lambda paper: draw.message(paper, target, message, edited=edited),
            key,
        )

    async def answer(
        self,
        place: Target,
        typed: str,
        answer: Reply,
        commands: Sequence[Command],
        *,
        saved: str = "",
        echo: bool = False,
    ) -> None:
        """Write the answer to what was typed; with ``echo`` below that line, which nobody has seen yet."""

        def drawn(paper: Paper) -> None:
            if echo:
                paper.line(Text(f"> {clean(typed)}", "bold"))
            reply(paper, answer, place, commands, saved)

        await self._put(lambda: lines.of_reply(place, typed, answer, commands, saved), drawn)

    def sighting(self, key: str) -> Found | Sighting:
        """Say what became of a page; Busy while it is still being written.

        One that never had its turn, or broke off in the middle, is ABSENT; what another process
        wrote is UNKNOWN.
        """
        page = self._pages.get(key)
        if self._is_stuck() or (page is not None and not page.done()):
            raise _nobody_reads(PAUSED)
        if page is None:
            return Sighting.UNKNOWN
        return Sighting.ABSENT if page.cancelled() or page.exception() else Found(key)

    def _is_stuck(self) -> bool:
        """Say whether a page is still in writing whose post was cut off: a write cannot be."""
        return self._stuck is not None and not self._stuck.done()

    async def _put(
        self, as_line: Callable[[], dict[str, object]], drawn: Callable[[Paper], None], key: str | None = None
    ) -> None:
        stream = self.stream
        if stream is None or stream.closed:
            raise _nobody_reads("Standard output is closed, so cards wait for a start that has one.")
        if self._is_stuck():
            raise _nobody_reads(PAUSED)
        if self._how.format == "json":
            content = lines.line(as_line(), encoding_of(stream))
        else:
            content = page(stream, drawn, width=self._how.width, zone=self._zone, keys=self.keys)
        done = self._writer.put(stream, content)
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


def _refusal(error: OSError) -> DeliveryError:
    if error.errno in _NOBODY_READS:
        return _nobody_reads("Nobody reads the output any more, so cards wait for the next start.")
    return DeliveryError(f"The card could not be written to standard output: {error.strerror or error}.")


def _nobody_reads(reason: str) -> Busy:
    # The channel is not gone: the same cards are wanted as soon as somebody looks again.
    return Busy(reason, retry_after=timedelta(minutes=1), everywhere=True)
