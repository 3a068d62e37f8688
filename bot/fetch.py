"""One polite conditional GET: what a feed's site answers, or the sentence that says why not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from http import HTTPStatus
from types import TracebackType
from typing import Self

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.decode import ACCEPTED, Decoder, too_big
from bot.errors import FeedError, HostBusy
from bot.guard import AddrInfo, Guard, Refused, canonical
from bot.headers import http_date, max_age, retry_after, sendable
from bot.pace import Pace, Visit
from bot.reasons import LED_INSIDE, explained, in_words, refusal_of

REDIRECTS_LIMIT = 5
BUSY_WAIT = timedelta(minutes=15)
"""How long a host is left alone that says 429 without saying for how long."""

_TIMEOUT = timedelta(seconds=20)
_PAUSE = timedelta(seconds=1)
_MAX_BYTES = 10 * 2**20
_DNS_KEPT_SECONDS = 60
# A connection is kept only for those who wait for the same host (see ``_request_headers``): they come
# within the pause.
_KEEPALIVE_SECONDS = 3
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.3"
)
_MOVED = frozenset({301, 302, 303, 307, 308})
_MOVED_FOR_GOOD = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Validators:
    """What the site said of its last document, to ask whether it has changed since."""

    etag: str | None = None
    last_modified: str | None = None


_NOTHING_KNOWN = Validators()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, unpacked.

    ``url`` is where it came from in the end; ``moved_to`` is the same only where every redirect on the
    way there was permanent. ``body_hash`` tells a document from its successor. ``content_type`` is the
    header as sent, with its charset; ``date`` is what time the site thinks it is.
    """

    body: bytes
    body_hash: bytes
    url: str
    etag: str | None
    last_modified: str | None
    content_type: str | None
    max_age: timedelta | None
    moved_to: str | None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The document is what it was; the validators to keep are these."""

    etag: str | None
    last_modified: str | None
    max_age: timedelta | None
    moved_to: str | None


@dataclass(slots=True)
class _Trip:
    """One fetch under way: where it is now and how it came there."""

    url: URL
    validators: Validators
    now: datetime
    seen: set[URL]
    for_good: bool = True

    @property
    def host(self) -> str:
        """Name and port, as ``bot.pace`` tells hosts apart."""
        return self.url.host_port_subcomponent or ""

    @property
    def moved_to(self) -> str | None:
        return str(self.url) if self.for_good and len(self.seen) > 1 else None


class Fetcher:
    """Fetches for everyone: opened once, with ``async with``, and used by many tasks at a time.

    ``timeout`` covers redirects and the slowest of bodies, but not waiting for a host's turn.
    ``max_bytes`` counts after decompression. ``resolver`` is aiohttp's extension point for DNS; its
    owner closes it.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        user_agent: str,
        timeout: timedelta = _TIMEOUT,
        max_bytes: int = _MAX_BYTES,
        per_host: int = 2,
        pause: timedelta = _PAUSE,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._guard = guard
        self._user_agent = user_agent
        self._timeout = timeout.total_seconds()
        self._max_bytes = max_bytes
        self._pace = Pace(per_host=per_host, pause=pause)
        self._resolver = resolver

    async def __aenter__(self) -> Self:
        self._guarded = self._session(self._guard.open_socket)
        # A connection made for a host the operator named must never serve another, so it has a pool of
        # its own: a socket factory sees addresses only, not for whom they are.
        self._trusted = self._session(None) if self._guard.names_hosts else None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._guarded.close()
        if self._trusted:
            await self._trusted.close()

    def _session(self, factory: Callable[[AddrInfo], socket.socket] | None) -> ClientSession:
        return ClientSession(
            connector=TCPConnector(
                limit=0,  # whoever polls says how many at once; a queue in here would eat the time limit
                ttl_dns_cache=_DNS_KEPT_SECONDS,
                keepalive_timeout=_KEEPALIVE_SECONDS,
                resolver=self._resolver,
                socket_factory=factory,
            ),
            headers={"User-Agent": self._user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED},
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None, sock_connect=None),  # ``_follow`` has one for everything
            auto_decompress=False,
            trust_env=False,
        )

    async def fetch(
        self, address: str, validators: Validators = _NOTHING_KNOWN, *, now: datetime | None = None
    ) -> Fetched | NotModified:
        """Get a document, or learn that it is still the one the validators describe.

        Raises FeedError and its kinds: FeedGone (410), FeedRefused (401, 403), HostBusy for every
        address of a host that asked for a rest, without asking it again.
        """
        url = self._guard.check(address)
        trip = _Trip(url, validators, now or datetime.now(UTC), {url})
        clock = asyncio.get_running_loop().time
        seconds = self._timeout
        while True:
            self._heed_rest(trip)
            async with self._pace.turn(trip.host) as visit:
                self._heed_rest(trip)  # asked for while this waited for its turn
                began = clock()
                answer = await self._follow(trip, visit, seconds)
            if answer is not None:
                return answer
            seconds -= clock() - began

    def _heed_rest(self, trip: _Trip) -> None:
        wait = self._pace.resting(trip.host, trip.now)
        if wait is not None:
            reason = f"The site asked me to wait {in_words(wait)}."
            raise HostBusy(reason, host=trip.host, retry_after=wait)

    async def _follow(self, trip: _Trip, visit: Visit, seconds: float) -> Fetched | NotModified | None:
        """Ask, following redirects while they stay with this host; None: the trip goes on at another."""
        host = trip.host
        try:
            async with asyncio.timeout(seconds):
                while trip.host == host:
                    answer = await self._ask(trip, visit)
                    if answer is not None:
                        return answer
        except TimeoutError:
            raise FeedError(f"The site didn't answer in {self._timeout:g} seconds.") from None
        except (ClientError, OSError) as error:
            # Not chained: aiohttp's texts hold whole addresses, secrets included.
            raise explained(error, trip.url, sent_on=len(trip.seen) > 1) from None
        return None

    async def _ask(self, trip: _Trip, visit: Visit) -> Fetched | NotModified | None:
        trusted = self._trusted is not None and self._guard.trusts(trip.url)
        session = self._trusted if trusted and self._trusted else self._guarded
        headers = _request_headers(trip.validators, alone=not visit.crowded)
        async with session.get(trip.url, headers=headers, allow_redirects=False) as response:
            status = response.status
            if status == HTTPStatus.OK:
                return await self._fetched(response, trip)
            if status == HTTPStatus.NOT_MODIFIED and trip.validators != _NOTHING_KNOWN:
                return _not_modified(response, trip)
            if status in _MOVED:
                self._move(trip, status, response.headers.get("Location", ""))
                return None
            raise self._refused(response, trip)

    async def _fetched(self, response: ClientResponse, trip: _Trip) -> Fetched:
        body = await self._body(response)
        headers = response.headers
        return Fetched(
            body=body,
            body_hash=blake2b(body, digest_size=16).digest(),
            url=str(trip.url),
            etag=sendable(headers.get("ETag")),
            last_modified=sendable(headers.get("Last-Modified")),
            content_type=sendable(headers.get("Content-Type")),
            max_age=_max_age(response, trip.now),
            moved_to=trip.moved_to,
            date=http_date(headers.get("Date")),
        )

    async def _body(self, response: ClientResponse) -> bytes:
        if (response.content_length or 0) > self._max_bytes:
            raise too_big(self._max_bytes)
        decoder = Decoder(",".join(response.headers.getall("Content-Encoding", ())), self._max_bytes)
        pieces: list[bytes] = []
        async for chunk in response.content.iter_any():
            pieces.extend(decoder.feed(chunk))
        decoder.finish()
        return b"".join(pieces)

    def _move(self, trip: _Trip, status: int, location: str) -> None:
        if not location.strip():
            raise FeedError(f"The site sends readers elsewhere without saying where ({status}).")
        try:
            url = self._guard.check(str(next_hop(trip.url, location)))
        except Refused:
            raise FeedError(LED_INSIDE) from None
        if url in trip.seen:
            raise FeedError(
                "The site sends readers round in a circle. It may want cookies, which I don't keep."
            )
        if len(trip.seen) > REDIRECTS_LIMIT:
            raise FeedError(f"The site sends readers on more than {REDIRECTS_LIMIT} times.")
        trip.seen.add(url)
        trip.url = url
        trip.for_good = trip.for_good and status in _MOVED_FOR_GOOD

    def _refused(self, response: ClientResponse, trip: _Trip) -> FeedError:
        status = response.status
        wait = retry_after(response.headers.get("Retry-After"), trip.now)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = wait or BUSY_WAIT
        elif status != HTTPStatus.SERVICE_UNAVAILABLE or wait is None:
            return refusal_of(status, wait)
        self._pace.rest(trip.host, wait, trip.now)
        reason = f"The site asked me to wait {in_words(wait)} ({status})."
        return HostBusy(reason, host=trip.host, retry_after=wait)


def next_hop(url: URL, location: str) -> URL:
    """Read where a redirect leads, in canonical form; from https never to http.

    The FeedError does not quote the address: the site chose it, not the person who reads this.
    """
    try:
        target = canonical(str(url.join(URL(location.strip()))))
    except (ValueError, FeedError):
        raise FeedError("The site sends readers on to an address that can't be read.") from None
    if url.scheme == "https" and target.scheme == "http":
        raise FeedError(
            "The site sends readers from https on to plain http, where others could change what they get. "
            "I don't follow it there."
        )
    return target


def _request_headers(validators: Validators, *, alone: bool) -> dict[str, str]:
    # Validators stay with the trip when it leaves for another host. They came from where it ended last
    # time; without them a feed behind a lasting 302 would never answer 304.
    headers: dict[str, str] = {}
    if etag := sendable(validators.etag):
        headers["If-None-Match"] = etag
    if last_modified := sendable(validators.last_modified):
        headers["If-Modified-Since"] = last_modified
    if alone:
        # The next poll is minutes away, and thousands of idle sockets would use up the open files.
        headers["Connection"] = "close"
    return headers


def _not_modified(response: ClientResponse, trip: _Trip) -> NotModified:
    headers = response.headers
    return NotModified(
        etag=sendable(headers.get("ETag")) or trip.validators.etag,
        last_modified=sendable(headers.get("Last-Modified")) or trip.validators.last_modified,
        max_age=_max_age(response, trip.now),
        moved_to=trip.moved_to,
    )


def _max_age(response: ClientResponse, now: datetime) -> timedelta | None:
    headers = response.headers
    return max_age(
        headers.getall("Cache-Control", ()),
        expires=headers.get("Expires"),
        date=headers.get("Date"),
        age=headers.get("Age"),
        now=now,
    )
