"""Standard error while a prompt stands on the same terminal: its lines come above the prompt too."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

DESCRIPTOR = 2
CHUNK = 65_536
LAST_SECONDS = 1.0
"""How long the last lines may take."""


@contextmanager
def led_through(put: Callable[[bytes], None]) -> Iterator[None]:
    """Let ``put`` write what goes to standard error, whole lines at a time, if that is a terminal.

    At the descriptor, not at ``sys.stderr``: the loggers hold that object already, and child
    processes know nothing else.
    """
    if not os.isatty(DESCRIPTOR):
        yield
        return
    lead = _Lead(put)
    lead.begin()
    try:
        yield
    finally:
        lead.end()


class _Lead:
    """A pipe in the place of standard error, and the thread that empties it."""

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self._put = put
        self._own = os.dup(DESCRIPTOR)
        self._reading, writing = os.pipe()
        os.dup2(writing, DESCRIPTOR)
        os.close(writing)
        self._rest = b""
        self._ended = False
        self._busy = threading.Lock()

    def begin(self) -> None:
        threading.Thread(target=self._run, name="stderr", daemon=True).start()

    def end(self) -> None:
        """Give standard error back, once what was written has been shown."""
        os.dup2(self._own, DESCRIPTOR)
        last = time.monotonic() + LAST_SECONDS
        while time.monotonic() < last:
            with self._busy:
                if self._ended or not _readable(self._reading, 0):
                    break
            time.sleep(0.01)
        self._put = self._directly  # a child process may have the pipe still

    def _run(self) -> None:
        while not self._ended:
            _readable(self._reading, None)
            with self._busy:
                chunk = os.read(self._reading, CHUNK)
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                if not chunk and self._rest:
                    lines.append(self._rest)
                if lines:
                    with suppress(OSError):  # the terminal is gone, and there is nobody left to tell
                        self._put(b"".join(line + b"\n" for line in lines))
                if not chunk:
                    self._ended = True
                    os.close(self._reading)
                    os.close(self._own)

    def _directly(self, page: bytes) -> None:
        os.write(self._own, page)


def _readable(descriptor: int, seconds: float | None) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])
