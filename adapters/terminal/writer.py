"""Pages on their way to a stream: each whole, one after the other, and never in the bot's way."""

from __future__ import annotations

import errno
import io
import os
import select
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TextIO

Outlet = Callable[[TextIO, bytes], None]
"""Writes a page whole, or raises OSError."""


class Writer:
    """Writes one page after the other off the event loop, by way of ``outlet``.

    A reader that does not read must hold up neither the bot's other work nor its end, so the thread
    is a daemon (an executor's would be waited for) and goes past the stream's buffer, whose lock a
    thread stuck in a write would still hold when the interpreter ends.
    """

    def __init__(self) -> None:
        self.outlet: Outlet = write
        """Changed while a prompt stands at the bottom of the screen."""
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
                self.outlet(stream, page)
            except BaseException as error:  # noqa: BLE001 - it is raised where the page came from
                done.set_exception(error)
            else:
                done.set_result(None)


def write(stream: TextIO, page: bytes) -> None:
    """Write a page to the stream's descriptor, however long that takes."""
    try:
        stream.flush()
        descriptor = stream.fileno()
    except io.UnsupportedOperation:
        stream.write(page.decode(encoding_of(stream)))
        return
    except ValueError as error:  # closed meanwhile
        raise BrokenPipeError(errno.EPIPE, str(error)) from error
    while page:
        try:
            page = page[os.write(descriptor, page) :]
        except BlockingIOError:  # somebody else made the shared descriptor non-blocking
            select.select([], [descriptor], [])


def encoding_of(stream: TextIO) -> str:
    """Name a stream's encoding in small letters."""
    return (getattr(stream, "encoding", None) or "utf-8").lower()
