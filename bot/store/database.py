"""One SQLite file: how it is opened, read, and written by a single writer in shared commits."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import structlog
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import ConfigError, DiskFull, StoreError
from bot.store import migrate

T = TypeVar("T")
Row = dict[str, Any]
Work = Callable[[Connection], T]

BATCH = 200
"""Writes that share a commit at most: a commit stays short enough for those who wait."""
QUEUE = 1_000
"""Writes that may wait; whoever comes after them waits too, which slows polling, not memory."""
LINGER = 2.0
"""Seconds that rows given to ``later`` wait at most for a commit to share."""
BUSY_SECONDS = 5
LOCKED_TRIES = 6

SQLITE_BUSY, SQLITE_IOERR, SQLITE_FULL = 5, 10, 13
SQLITE_CORRUPT, SQLITE_CANTOPEN, SQLITE_NOTADB = 11, 14, 26

Rows = dict[Callable[[Connection, list[Row]], None], list[Row]]

log = structlog.get_logger()


class _Locked(StoreError):
    """Another program held the lock all the time: no job would fare better alone."""


@dataclass(slots=True)
class _Job:
    work: Work[Any]
    done: asyncio.Future[Any]


class Database:
    """The store's file. ``read`` and ``write`` run plain functions over a SQLAlchemy Connection.

    A write is whole or not at all, durable when it returns (WAL, synchronous=FULL), and may share
    its commit with others that wait at the same moment. Open and close it with ``async with``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.full = False
        """True while the disk has no room: nothing may be claimed, what cannot be marked must not be sent."""
        self._engine: AsyncEngine = _engine(path)
        self._reader: AsyncEngine = self._engine.execution_options(read_only=True)
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(QUEUE)
        self._later: Rows = {}
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open the file (made with mode 0600), bring it up to date, start the writer.

        Raises ConfigError in a sentence: no directory, no rights, no database, a newer one.
        """
        try:
            _create_private(self.path)
            await migrate.upgrade(self._engine, self.path)
        except DBAPIError as error:
            await self._engine.dispose()
            raise ConfigError(_cannot_open(self.path, error)) from error
        except BaseException:
            await self._engine.dispose()
            raise
        self._writer = asyncio.create_task(self._serve(), name="store-writer")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what still waits, then close."""
        if self._writer:
            with contextlib.suppress(StoreError):
                await self.write(lambda _: None)
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        await self._engine.dispose()

    async def read(self, work: Work[T]) -> T:
        """Run a function that only reads, on a snapshot of its own."""
        try:
            async with self._reader.connect() as connection:
                return await connection.run_sync(work)
        except DBAPIError as error:
            raise StoreError(f"The database could not be read: {error.orig}") from error

    async def write(self, work: Work[T]) -> T:
        """Run a function in a write transaction; what it raises is raised here, and nothing is kept.

        It may be run again from the start (another process held the lock, a neighbour in the same
        commit failed), so it must not change anything but the database. Raises DiskFull, StoreError.
        """
        job = _Job(work, asyncio.get_running_loop().create_future())
        await self._queue.put(job)
        result: T = await job.done
        return result

    def later(self, save: Callable[[Connection, list[Row]], None], row: Row) -> None:
        """Write a row with the next commit, or within LINGER seconds; a crash before that loses it.

        Rows for one function are handed to it together, so that they share a statement too.
        """
        self._later.setdefault(save, []).append(row)

    async def _serve(self) -> None:
        while True:
            jobs: list[_Job] = []
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    jobs.append(await self._queue.get())
            while len(jobs) < BATCH and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            if jobs or self._later:
                rows, self._later = self._later, {}
                await self._commit(rows, jobs)

    async def _commit(self, rows: Rows, jobs: list[_Job]) -> None:
        """Try all in one transaction; if that fails, each in its own, so none spoils another."""
        try:
            results = await self._transaction(lambda c: _run(c, rows, jobs))
        except (DiskFull, _Locked) as error:
            self._keep(rows)
            for job in jobs:
                _answer(job, error=error)
        except Exception as error:
            if len(rows) + len(jobs) > 1:
                for save, kept in rows.items():
                    await self._commit({save: kept}, [])
                for job in jobs:
                    await self._commit({}, [job])
            elif jobs:
                _answer(jobs[0], error=error)
            else:
                log.exception("store.later_failed", rows=sum(map(len, rows.values())))
        else:
            for job, result in zip(jobs, results, strict=True):
                _answer(job, result=result)

    def _keep(self, rows: Rows) -> None:
        for save, kept in rows.items():
            self._later[save] = kept + self._later.get(save, [])

    async def _transaction(self, work: Work[T]) -> T:
        for attempt in range(LOCKED_TRIES):
            try:
                async with self._connection() as connection, connection.begin():
                    result = await connection.run_sync(work)
            except DBAPIError as error:
                code = _code(error)
                if code in (SQLITE_FULL, SQLITE_IOERR):
                    self.full = True
                    raise DiskFull(
                        f"The database cannot grow: {error.orig}. Make room on its disk."
                    ) from error
                if code != SQLITE_BUSY:
                    raise StoreError(f"The database did not take a write: {error.orig}") from error
                if attempt == LOCKED_TRIES - 1:
                    raise _Locked("The database is locked by another program.") from error
                log.warning("store.locked", attempt=attempt + 1)
            else:
                self.full = False
                return result
        raise AssertionError("unreachable: the last try returns or raises")

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            yield connection


def _run(c: Connection, rows: Rows, jobs: list[_Job]) -> list[Any]:
    for save, kept in rows.items():
        save(c, kept)
    return [job.work(c) for job in jobs]


def _answer(job: _Job, *, result: object = None, error: Exception | None = None) -> None:
    if job.done.done():  # whoever waited was cancelled
        return
    if error is None:
        job.done.set_result(result)
    else:
        job.done.set_exception(error)


def _engine(path: Path) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS}
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # sqlite3 must begin nothing of its own: a deferred transaction that reads and then writes
        # fails at once when another has written meanwhile, whatever the busy timeout.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # NORMAL loses acknowledged commits when the power fails.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _create_private(path: Path) -> None:
    """Make the file for the owner's eyes only; SQLite gives its side files the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigError(
            f"The database {path} cannot be opened: {error.strerror}. Set WIREROOM_DATABASE to a file "
            "that wireroom may write."
        ) from error


def _code(error: DBAPIError) -> int:
    """SQLite's primary error code, 0 where there is none."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF


def _cannot_open(path: Path, error: DBAPIError) -> str:
    if _code(error) in (SQLITE_NOTADB, SQLITE_CORRUPT):
        return (
            f"{path} is not a wireroom database, or is damaged. Restore a backup, or set WIREROOM_DATABASE."
        )
    if _code(error) == SQLITE_BUSY:
        return f"The database {path} is locked by another program. Stop that one and start again."
    room = " Look whether its disk is full." if _code(error) in (SQLITE_FULL, SQLITE_IOERR) else ""
    return f"The database {path} cannot be opened: {error.orig}.{room}"
