"""The prompt at the bottom of a terminal, in a thread and event loop of its own; pages come above it."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import termios
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, TextIO, TypeVar

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session, get_app, in_terminal
from prompt_toolkit.filters import Condition
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output.vt100 import Vt100_Output

from adapters.terminal.completer import DeskCompleter
from adapters.terminal.machine import brought_forward, in_foreground, is_connected
from adapters.terminal.talk import Talk
from adapters.terminal.words import named
from adapters.terminal.writer import encoding_of, write

GLANCE_SECONDS = 0.25
"""How often it looks whether this process is in the foreground."""
GOODBYE_SECONDS = 1.0
"""How long the terminal has to take the prompt away; one that nobody reads never does."""

T = TypeVar("T")


class Prompt:
    """Reads lines for a talk, and lets pages come above the line that is being typed.

    prompt_toolkit draws from its event loop, and a write to a terminal that nobody reads blocks. So
    it gets a loop in a daemon thread, which holds up neither the bot nor its end.
    """

    def __init__(self, talk: Talk, stdin: TextIO, stdout: TextIO) -> None:
        self._talk = talk
        self._stdin = stdin
        self._stdout = stdout
        self._bot = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._bot.create_future()
        self._thread = threading.Thread(target=self._run, name="prompt", daemon=True)
        self._reading: asyncio.Task[None] | None = None
        self._context: contextvars.Context | None = None
        self._pages: set[asyncio.Task[None]] = set()
        self._closing = False

    async def run(self) -> None:
        """Read until the person leaves or this is cancelled; raises what prompt_toolkit could not bear."""
        with _never_stopped(), _restored(self._stdin):
            self._thread.start()
            try:
                await self._ended
            finally:
                await asyncio.to_thread(self._close)

    def write(self, stream: TextIO, page: bytes) -> None:
        """Write a page, above the prompt where there is one; called from another thread."""
        done: Future[None] = Future()
        if self._reading and self._context and self._thread.is_alive():
            with suppress(RuntimeError):  # its loop has just been closed
                self._reading.get_loop().call_soon_threadsafe(
                    self._begin, stream, page, done, context=self._context.copy()
                )
                while not done.done() and self._thread.is_alive():
                    with suppress(TimeoutError):
                        done.exception(GLANCE_SECONDS)
        if done.done():
            done.result()
        else:
            write(stream, page)

    def _begin(self, stream: TextIO, page: bytes, done: Future[None]) -> None:
        task = asyncio.get_running_loop().create_task(self._above(stream, page, done))
        self._pages.add(task)
        task.add_done_callback(self._pages.discard)

    async def _above(self, stream: TextIO, page: bytes, done: Future[None]) -> None:
        if not in_foreground(self._stdin):  # the prompt is not shown
            _write(stream, page, done)
            return
        try:
            async with in_terminal():
                _write(stream, page, done)
        except OSError as error:  # the prompt could not be taken away, or drawn again
            if not done.done():
                done.set_exception(error)

    # In the thread.

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            asyncio.run(self._serve())
        except asyncio.CancelledError:
            pass
        except BaseException as raised:  # noqa: BLE001 - it is raised where the bot waits for the prompt
            error = raised if is_connected(self._stdin) else None  # a hang-up may show as any error
        with suppress(RuntimeError):  # the bot has ended meanwhile
            self._bot.call_soon_threadsafe(self._end, error)

    def _end(self, error: BaseException | None) -> None:
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)

    def _close(self) -> None:
        self._closing = True
        if self._reading:
            with suppress(RuntimeError):
                self._reading.get_loop().call_soon_threadsafe(self._reading.cancel)
        self._thread.join(GOODBYE_SECONDS)

    async def _serve(self) -> None:
        # A stream of its own: a thread stuck in a write holds its lock, which the interpreter wants
        # at its end for the standard one.
        copy = os.fdopen(os.dup(self._stdout.fileno()), "w", encoding=encoding_of(self._stdout))
        with copy as stdout:
            output = Vt100_Output.from_pty(stdout, term=os.environ.get("TERM"))
            output.enable_cpr = False  # a terminal that does not answer would get a warning instead
            with create_app_session(input=Vt100Input(self._stdin), output=output):
                session = self._session()
                self._context = contextvars.copy_context()
                watching = asyncio.create_task(self._watch(session))
                self._reading = asyncio.create_task(self._read(session))
                if self._closing:  # before there was anything to cancel
                    self._reading.cancel()
                try:
                    await self._reading
                finally:
                    watching.cancel()

    def _session(self) -> PromptSession[str]:
        keys = KeyBindings()

        @keys.add("c-z")
        def _(event: KeyPressEvent) -> None:
            event.app.create_background_task(self._suspend())

        return PromptSession(
            lambda: f"{named(self._talk.place)}> ",
            completer=DeskCompleter(lambda text: self._on_bot(self._talk.complete(text))),
            complete_while_typing=Condition(lambda: get_app().current_buffer.text.startswith("/")),
            key_bindings=keys,
        )

    async def _read(self, session: PromptSession[str]) -> None:
        unfinished = ""
        while not self._talk.over:
            await brought_forward(self._stdin, GLANCE_SECONDS)
            try:
                line = await session.prompt_async(
                    default=unfinished, set_exception_handler=False, handle_sigint=False
                )
            except (KeyboardInterrupt, EOFError):
                if is_connected(self._stdin):
                    self._bot.call_soon_threadsafe(self._talk.leave)
                return
            unfinished = await self._on_bot(self._talk.hear(line))

    async def _watch(self, session: PromptSession[str]) -> None:
        """Take the prompt away while this process is in the background.

        Keys typed there are the shell's; prompt_toolkit would be refused them again and again.
        """
        while True:
            await asyncio.sleep(GLANCE_SECONDS)
            if session.app.is_running and not in_foreground(self._stdin):
                async with in_terminal():
                    await brought_forward(self._stdin, GLANCE_SECONDS)

    async def _suspend(self) -> None:
        """Do what Ctrl-Z does where there is no prompt."""
        async with in_terminal():
            os.kill(0, signal.SIGTSTP)
            await brought_forward(self._stdin, GLANCE_SECONDS)

    async def _on_bot(self, call: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call, self._bot))


def _write(stream: TextIO, page: bytes, done: Future[None]) -> None:
    try:
        write(stream, page)
    except BaseException as error:  # noqa: BLE001 - it is raised where the page came from
        done.set_exception(error)
    else:
        done.set_result(None)


@contextmanager
def _never_stopped() -> Iterator[None]:
    """Let the kernel refuse what would else stop the whole bot: using the terminal from the background."""
    held = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTTIN, signal.SIGTTOU)}
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)


@contextmanager
def _restored(terminal: TextIO) -> Iterator[None]:
    """Leave a terminal in the mode in which it was found, also where prompt_toolkit is stuck."""
    mode = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        with suppress(termios.error):  # hung up
            termios.tcsetattr(terminal, termios.TCSANOW, mode)
