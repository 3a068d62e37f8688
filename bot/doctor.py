"""`wireroom doctor`: what is well, what is not, and what to do about it, in plain sentences."""

from __future__ import annotations

import asyncio
import importlib.util
import pyexpat
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta

import structlog

from bot.adapter import Adapter, Finding, Severity
from bot.app import Reading, choose_adapters, operator_target, reading
from bot.clock import utc_now
from bot.errors import ConfigError, FeedError, WireroomError
from bot.fetch import Fetched
from bot.guard import Guard, redact
from bot.ledger import StoredLedger
from bot.models import Target
from bot.settings import Settings
from bot.store import deliveries, feeds, spaces, subscriptions
from bot.store.database import Database
from bot.web.server import listen_address

ROOM_LEAST = 100 * 2**20
"""Bytes free on the database's disk below which it is time to make room."""
SKEW_MOST = timedelta(minutes=2)
EXPAT_SAFE = (2, 6, 0)
"""Older ones take quadratic time over large tokens (CVE-2023-52425)."""
AT_ONCE = 8

log = structlog.get_logger()


def ok(text: str) -> Finding:
    """All is well."""
    return Finding(Severity.OK, text)


def warning(text: str) -> Finding:
    """Something to look at; wireroom works all the same."""
    return Finding(Severity.WARNING, text)


def problem(text: str) -> Finding:
    """Something that keeps wireroom from its work."""
    return Finding(Severity.PROBLEM, text)


async def examine(settings: Settings) -> Sequence[Finding]:
    """Check everything, and go on where a check fails."""
    found = [*_settings(settings), *_libraries()]
    try:
        async with Database(settings.database) as db:
            found += [finding async for finding in _database(settings, db)]
            found += await _adapters(settings, db)
            async with reading(settings) as read:
                found += await _feeds(db, read, settings)
    except WireroomError as error:
        found.append(problem(str(error)))
    return found


def _settings(settings: Settings) -> Iterator[Finding]:
    try:
        operator = operator_target(settings)
        Guard(settings.allow_hosts, settings.ports)
        if settings.http:
            listen_address(settings.http)
    except ConfigError as error:
        yield problem(str(error))
        return
    yield ok("The settings can be read.")
    if operator is None:
        yield warning(
            "Nobody is told when something needs the operator. Set WIREROOM_OPERATOR=platform:target, "
            "else look into the log."
        )
    if not settings.contact:
        yield warning(
            "Sites cannot tell whose bot this is. Set WIREROOM_CONTACT to a mail or web address of yours; "
            "some refuse bots without one."
        )


def _libraries() -> Iterator[Finding]:
    if pyexpat.version_info < EXPAT_SAFE:
        yield warning(
            f"This Python has expat {pyexpat.EXPAT_VERSION.removeprefix('expat_')}; hostile feeds can make "
            "it slow, though never for longer than a parse may take. Update Python when you can."
        )
    if importlib.util.find_spec("chardet"):
        yield problem(
            "The package chardet is installed: feeds will be decoded wrongly. Run `pip uninstall chardet`."
        )


async def _database(settings: Settings, db: Database) -> AsyncIterator[Finding]:
    verdict = await db.read(lambda c: c.exec_driver_sql("PRAGMA quick_check").scalar())
    if verdict == "ok":
        yield ok(f"The database {settings.database} is whole.")
    else:
        yield problem(f"The database {settings.database} is damaged ({verdict}). Restore a backup.")
    room = shutil.disk_usage(settings.database.resolve().parent).free
    if room < ROOM_LEAST:
        yield problem(f"Only {room // 2**20} MiB are free on the database's disk. Make room.")
    if settings.database.stat().st_mode & 0o077:
        yield warning(
            f"Others on this machine can read {settings.database}. Run `chmod 600 {settings.database}`."
        )
    waiting, oldest, dead = await db.read(deliveries.depth)
    if oldest is not None and utc_now() - oldest > timedelta(hours=1):
        yield warning(
            f"{waiting} deliveries wait, the oldest since {oldest:%d %b %H:%M} UTC. Is the bot running?"
        )
    if dead:
        yield warning(f"{dead} deliveries were given up. `wireroom deliveries --dead` says why.")


async def _adapters(settings: Settings, db: Database) -> list[Finding]:
    try:
        chosen = choose_adapters(settings)
    except ConfigError as error:
        return [problem(str(error))]
    used = await db.read(subscriptions.platforms)
    found = [
        problem(f"Channels of {name} carry feeds, but {name} is not set up, so they get nothing.")
        for name in sorted(used - set(chosen))
    ]
    for name, adapter in chosen.items():
        adapter.ledger = StoredLedger(db, adapter, clock=utc_now)
        targets = await db.read(lambda c, name=name: subscriptions.served(c, name))  # type: ignore[misc]
        own = await _adapter(name, adapter, targets)
        found += own or [ok(f"The adapter {name} serves {len(targets)} channels.")]
    stopped = {one.target: one.target_paused for one in await db.read(subscriptions.carriers)}
    return found + [_stopped(target, reason) for target, reason in stopped.items() if reason]


def _stopped(target: Target, reason: str) -> Finding:
    if reason == spaces.REMOVED:
        days = spaces.FORGOTTEN_AFTER.days
        return warning(
            f"{target} is stopped: {reason} It is forgotten after {days} days, unless invited back."
        )
    return problem(
        f"{target} is paused: {reason} When that is cured, run `wireroom targets resume {target}`."
    )


async def _adapter(name: str, adapter: Adapter, targets: Sequence[Target]) -> list[Finding]:
    """Ask an adapter, connected as for a run; what it raises is a finding and keeps no other check away."""
    try:
        async with adapter:
            return list(await adapter.doctor(targets))
    except WireroomError as error:
        return [problem(f"{name}: {error}")]
    except Exception as error:
        log.exception("doctor.adapter", platform=name)
        return [
            problem(
                f"The adapter {name} stumbled over itself ({type(error).__name__}); the log has the "
                "details for whoever wrote it."
            )
        ]


async def _feeds(db: Database, read: Reading, settings: Settings) -> list[Finding]:
    everything = await db.read(feeds.everything)
    if not everything:
        return [warning(f"No feeds yet. Add one: wireroom feeds add https://… --to {_place(settings)}")]
    places = asyncio.Semaphore(AT_ONCE)

    async def reach(feed: feeds.Listed) -> tuple[Finding, timedelta | None]:
        async with places:
            return await _reach(feed, read)

    looks = await asyncio.gather(*(reach(feed) for feed in everything))
    return [finding for finding, _ in looks] + list(_clock([skew for _, skew in looks if skew is not None]))


def _place(settings: Settings) -> str:
    """Write a place to which a feed can be added: in the terminal, unless only other platforms run."""
    try:
        running = list(choose_adapters(settings))
    except ConfigError:  # which is told already
        running = []
    return f"{running[0]}:…" if running and "terminal" not in running else "terminal:news"


async def _reach(feed: feeds.Listed, read: Reading) -> tuple[Finding, timedelta | None]:
    name = f"{feed.title or redact(feed.address)} (feed {feed.id})"
    if feed.pause_reason:
        hint = f"`wireroom feeds resume {feed.id}` asks it again."
        return warning(f"{name} is paused: {feed.pause_reason} {hint}"), None
    try:
        answer = await read.fetcher.fetch(feed.address)
        if not isinstance(answer, Fetched):
            return warning(f"{name} answered without a document."), None
        parsed = await read.parser.parse(answer.body, address=answer.url, content_type=answer.content_type)
    except FeedError as error:
        return problem(f"{name} cannot be read: {error.reason}"), None
    skew = utc_now() - answer.date if answer.date else None
    return ok(f"{name} can be read: {len(parsed.entries)} entries."), skew


def _clock(skews: list[timedelta]) -> Iterator[Finding]:
    """Compare this machine's clock with what the sites say: the median, since one of them may be wrong."""
    if not skews:
        yield warning("No site told the time, so this machine's clock could not be compared.")
        return
    skew = sorted(skews)[len(skews) // 2]
    if abs(skew) > SKEW_MOST:
        way = "ahead of" if skew > timedelta() else "behind"
        yield problem(
            f"This machine's clock is {round(abs(skew).total_seconds() / 60)} minutes {way} the sites'. "
            "Turn on time synchronisation (NTP)."
        )
    else:
        yield ok("This machine's clock agrees with the sites'.")
