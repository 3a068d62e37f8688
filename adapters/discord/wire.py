"""What a request does on the wire: when it may leave, whether it left, and what Discord said of limits.

discord.py keeps each bucket's headers, repeats what a 5xx or a 429 turned away, and tells nobody
meanwhile. A trace on its HTTP session sees what it does, for the task that asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from adapters.pace import Pace

REQUESTS_A_SECOND = 48.5
"""Discord allows a bot 50 over all its routes; the rest is for what a busy event loop sends late."""
PATIENCE = 2.0
"""A 429 that asks for longer is not waited for in place: the message goes back to the queue."""
HELD_MOST = 600.0
"""All requests are held back no longer than this at a time, whatever a 429 asks for."""
UNSENT_MOST = 8.0
"""A request that has not left by then goes back too: the buckets of a channel last 5 seconds."""
ANSWERED_WITHIN = 18.0
"""Seconds in all; below the adapter's ``post_timeout``, so that it is this module that says what happened."""
UNLIMITED = ("/interactions/", "/webhooks/")
"""Paths that do not count against the 50 a second."""

T = TypeVar("T")


@dataclass(slots=True)
class Trip:
    """What has become of one call, over all requests it took."""

    once: bool = False
    """Whether discord.py must not repeat it: it bears no nonce, and would be done twice."""
    left: bool = False
    """Whether a request has gone out on which Discord may have acted."""
    done: bool = False
    """Whether Discord did what the last request asked; discord.py may yet sleep before it says so."""
    wait: float = 0.0
    """Seconds that the last 429 asked for; 0 where none was drawn since."""
    everywhere: bool = False
    """Whether that 429 was for all routes."""
    blocked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when Discord asks for more patience than there is."""
    failed: bool = False
    """Whether that is so because a request of a call to be made ``once`` has come to nobody knows what."""
    over: bool = False
    """Whether nobody waits for it any more: nothing may leave for it."""


class Blocked(Exception):
    """Discord asked to wait, and the call was not waited for."""

    def __init__(self, seconds: float, *, everywhere: bool) -> None:
        super().__init__(f"Discord asks to wait {seconds:.1f} s")
        self.seconds = seconds
        self.everywhere = everywhere


class Over(Exception):
    """Nobody waits for the call any more."""


class Unanswered(Exception):
    """The request left and no answer came in time."""


_trip: ContextVar[Trip | None] = ContextVar("trip", default=None)
_left_behind: set[asyncio.Task[Any]] = set()


async def travel(call: Coroutine[Any, Any, T], trip: Trip) -> T:
    """Make a call, and note on ``trip`` what becomes of it.

    Raises Blocked where Discord asks for more patience than ``PATIENCE``, or nothing has left within
    ``UNSENT_MOST``; Unanswered after ``ANSWERED_WITHIN``; else whatever the call raises.
    """
    token = _trip.set(trip)
    try:
        task = asyncio.ensure_future(call)  # it takes the trip along in its context
    finally:
        _trip.reset(token)
    stuck = asyncio.ensure_future(trip.blocked.wait())
    try:
        await asyncio.wait({task, stuck}, timeout=UNSENT_MOST, return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and trip.left and not trip.blocked.is_set():
            rest = ANSWERED_WITHIN - UNSENT_MOST
            await asyncio.wait({task, stuck}, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if trip.failed:
            raise Unanswered
        if trip.blocked.is_set():
            raise Blocked(trip.wait, everywhere=trip.everywhere)
        if trip.left:
            raise Unanswered
        raise Blocked(UNSENT_MOST, everywhere=False)
    finally:
        stuck.cancel()
        await _end(task, trip)


async def ask(call: Coroutine[Any, Any, T], *, once: bool = False) -> T:
    """Make a call that leaves no doubt behind, since it changes nothing; TimeoutError after a while.

    What it changes after all (``once``) the caller looks for before the next try.
    """
    try:
        return await travel(call, Trip(once=once))
    except Unanswered as error:
        raise TimeoutError from error


async def _end(task: asyncio.Future[Any], trip: Trip) -> None:
    """Stop a call that nobody waits for any more.

    While discord.py sleeps out a limit over all routes it must not be cancelled, or it would hold
    back every request for ever; it ends when it would send again.
    """
    if task.done():
        return
    if trip.everywhere and isinstance(task, asyncio.Task):
        trip.over = True
        _left_behind.add(task)
        task.add_done_callback(_forget)
        return
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task


def _forget(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody complains


def tracing(pace: Pace) -> aiohttp.TraceConfig:
    """Make the trace of an HTTP session: it paces requests and keeps each caller's ``Trip``."""
    config = aiohttp.TraceConfig()

    async def start(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        del session, context
        if _is_limited(params.url):
            await pace.turn()
        _go_on()

    async def leave(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        del session, context, params
        trip = _trip.get()
        if trip is not None:
            trip.left = True

    async def answer(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        del session, context
        trip, response = _trip.get(), params.response
        wait = _asked_wait(response)
        everywhere = wait > 0 and _is_for_all(response)
        if everywhere:
            pace.hold(min(wait, HELD_MOST))
        if trip is not None:
            trip.wait, trip.everywhere = wait, everywhere
            _answered(trip, response)

    async def fail(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        del session, context, params
        trip = _trip.get()
        if trip is not None and trip.left:
            _failed(trip)

    config.on_request_start.append(start)
    config.on_request_headers_sent.append(leave)
    config.on_request_end.append(answer)
    config.on_request_exception.append(fail)
    return config


def _answered(trip: Trip, response: aiohttp.ClientResponse) -> None:
    trip.done = response.ok
    if trip.wait:
        trip.left = False  # it was turned away
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _failed(trip)
    if trip.wait > PATIENCE and _comes_from_discord(response):
        trip.blocked.set()


def _failed(trip: Trip) -> None:
    """End a call that discord.py would repeat in a moment, where that would do a thing twice."""
    if trip.once:
        trip.failed = True
        trip.blocked.set()


def _go_on() -> None:
    """Let nothing leave for a call that nobody waits for: what waited has put it back into the queue."""
    trip = _trip.get()
    if trip is not None and trip.over:
        raise Over


def _is_limited(url: URL) -> bool:
    return url.path.startswith("/api/") and not any(part in url.path for part in UNLIMITED)


def _is_for_all(response: aiohttp.ClientResponse) -> bool:
    said = response.headers
    return said.get("X-RateLimit-Global", "").lower() == "true" or said.get("X-RateLimit-Scope") == "global"


def _comes_from_discord(response: aiohttp.ClientResponse) -> bool:
    """Say whether discord.py will wait: a 429 of the edge it raises at once, and that says more."""
    return "Via" in response.headers and response.content_type == "application/json"


def _asked_wait(response: aiohttp.ClientResponse) -> float:
    """Say how long a 429 asks to wait; 0 for any other answer."""
    if response.status != HTTPStatus.TOO_MANY_REQUESTS:
        return 0.0
    for name in ("X-RateLimit-Reset-After", "Retry-After"):
        with contextlib.suppress(ValueError, KeyError):
            seconds = float(response.headers[name])
            if math.isfinite(seconds) and seconds > 0:
                return seconds
    return 1.0
