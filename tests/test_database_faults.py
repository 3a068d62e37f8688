"""Full disks, foreign locks, failing statements: a write is lost to nobody unnoticed, and nothing twice."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from bot.deliver import deliverer
from bot.errors import DeliveryError, DiskFull, StoreError
from bot.store.database import LOCKED_TRIES, Database
from bot.store.deliveries import depth
from bot.web.server import Status
from tests.stage import Scene, scene
from tests.test_database import add, adding, keys, save

HOLD = """
import sqlite3, sys, time
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
other.execute("COMMIT")
"""


class Disk:
    """A disk under a database, that can be full: the file may not grow beyond what it has now."""

    def __init__(self, db: Database) -> None:
        self._limit = 2**30
        event.listen(db._engine.sync_engine, "begin", self._set)
        self._used = 0

    def _set(self, c: Connection) -> None:
        # This holds for a connection, not for the file.
        c.exec_driver_sql(f"PRAGMA max_page_count={self._limit}")

    def fill(self, path: Path) -> None:
        """Let there be no room from now on."""
        with sqlite3.connect(path) as plain:
            self._limit = plain.execute("PRAGMA page_count").fetchone()[0]
        plain.close()

    def make_room(self) -> None:
        """Let there be room again."""
        self._limit = 2**30


def large(c: Connection) -> None:
    """Write what needs new pages."""
    add(c, "x" * 50_000)


async def health(here: Scene) -> tuple[int, str]:
    """Ask the health page: its HTTP status and what it says."""
    page = Status(here.db, here.deliverer._metrics, beats={}, clock=here.clock)
    answer = await page.health(make_mocked_request("GET", "/healthz"))
    return answer.status, answer.text or ""


async def test_disk_full(tmp_path: Path) -> None:
    """A full disk is said in a sentence and shown; what waited is not lost, and writing goes on by itself."""
    async with scene(tmp_path / "w.db") as here:
        db, disk = here.db, Disk(here.db)
        disk.fill(db.path)
        db.later(save, {"key": "y" * 50_000})
        done = await asyncio.gather(db.write(large), db.write(large), return_exceptions=True)
        assert [type(error) for error in done] == [DiskFull, DiskFull]
        assert "Make room" in str(done[0])
        assert db.full
        status, said = await health(here)
        assert (status, "the disk is full" in said) == (503, True)
        assert await db.read(keys) == []
        disk.make_room()
        await db.write(adding("A"))
        assert (await health(here))[0] == 200
        assert await db.read(keys) == ["y" * 50_000, "A"]


async def test_nothing_claimed_on_a_full_disk(tmp_path: Path) -> None:
    """A claim that cannot be written sends nothing; with room again the cards come, once each."""
    async with scene(tmp_path / "w.db") as here:
        await here.queue("A", "B")
        codes = failing(here.db, "UPDATE deliveries", sqlite3.SQLITE_FULL)
        await here.deliver()
        assert here.stage.tickets == []
        assert here.db.full
        codes.clear()
        await here.deliver()
        assert here.stage.titles() == ["A", "B"]


async def test_full_before_the_mark(tmp_path: Path) -> None:
    """While a card that was posted cannot be marked, no other is sent, though it could be claimed."""
    async with scene(tmp_path / "w.db") as here:
        await here.queue("A", to=["tech"])
        here.stage.script["tech"] = [DeliveryError("no")]
        await here.deliver()
        await here.queue("B")
        codes = failing(here.db, "message_id=?", sqlite3.SQLITE_FULL)
        running = asyncio.create_task(here.deliverer.run())
        await here.stage.until(lambda: len(here.stage.tickets) == 2)
        await asyncio.sleep(0.1)
        here.clock.pass_(seconds=20)
        here.deliverer.ring()
        await asyncio.sleep(0.1)
        assert len(here.stage.posts) == 1
        codes.clear()
        await here.stage.until(lambda: len(here.stage.posts) == 2)
        here.deliverer.stop()
        await running
        assert await here.states() == ["sent", "sent"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_mark_waits_for_room(tmp_path: Path, when: str) -> None:
    """The mark of a posted card is tried until there is room; told to end, it is left to the lease."""
    async with scene(tmp_path / "w.db") as here:
        await here.queue("A")
        (delivery,) = await here.deliverer._claim()
        codes = failing(here.db, "UPDATE deliveries", sqlite3.SQLITE_FULL)
        task = asyncio.create_task(here.deliverer.deliver(delivery))
        await here.stage.until(lambda: here.stage.titles() == ["A"])
        await asyncio.sleep(0.1)
        assert here.db.full
        assert not task.done()
        if when == "before":
            codes.clear()
            async with asyncio.timeout(deliverer.FULL_DISK_SECONDS + 1):
                await task
            assert await here.states() == ["sent"]
        else:
            task.cancel()
            async with asyncio.timeout(1):
                await asyncio.gather(task, return_exceptions=True)
            assert await here.states() == ["sending"]


def failing(db: Database, statement: str, code: int) -> list[int]:
    """Let statements that hold this text fail, as long as the list that is returned is not empty."""
    codes = [code]

    def fail(_c: object, _cursor: object, sql: str, *_: object) -> None:
        if codes and statement in sql:
            error = sqlite3.OperationalError("told to fail")
            error.sqlite_errorcode = codes[0]
            raise error

    event.listen(db._engine.sync_engine, "before_cursor_execute", fail)
    return codes


async def hold(path: Path) -> asyncio.subprocess.Process:
    """Start another process that holds the write lock until it gets a line."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, path, stdin=PIPE, stdout=PIPE)
    assert process.stdout
    assert await process.stdout.readline() == b"held\n"
    return process


async def make_impatient(db: Database) -> None:
    """Let each try of a transaction wait 50 ms for the lock, instead of five seconds."""

    @event.listens_for(db._engine.sync_engine, "connect")
    def _connect(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=50")
        cursor.close()

    await db._engine.dispose()  # the next connections are new ones


async def test_lock_held_by_another(tmp_path: Path) -> None:
    """While another process holds the lock a write tries again, whole, and goes through after it."""
    async with Database(tmp_path / "w.db") as db:
        await make_impatient(db)
        process = await hold(db.path)
        runs: list[int] = []

        def work(c: Connection) -> None:
            runs.append(1)
            add(c, "A")

        writing = asyncio.create_task(db.write(work))
        await asyncio.sleep(0.12)
        assert not writing.done()
        await process.communicate(b"go\n")
        await writing
        assert await db.read(keys) == ["A"]
        assert len(runs) == 1


async def test_lock_never_given_back(tmp_path: Path) -> None:
    """A lock that is never given back fails all that wait together, in a sentence."""
    async with Database(tmp_path / "w.db") as db:
        await make_impatient(db)
        process = await hold(db.path)
        async with asyncio.timeout(2 * LOCKED_TRIES * 0.05 + 1):
            done = await asyncio.gather(*(db.write(adding(key)) for key in "ABCDEF"), return_exceptions=True)
        assert {str(error) for error in done} == {"The database is locked by another program."}
        await process.communicate(b"go\n")
        await db.write(adding("G"))
        assert await db.read(keys) == ["G"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_IOERR, DiskFull),
        (sqlite3.SQLITE_CORRUPT, StoreError),
        (sqlite3.SQLITE_READONLY, StoreError),
    ],
)
async def test_failing_statement(tmp_path: Path, code: int, kind: type[StoreError]) -> None:
    """Whatever SQLite refuses reaches whoever wrote as a StoreError, and the next write is as before."""
    async with Database(tmp_path / "w.db") as db:
        codes = failing(db, "INSERT INTO targets", code)
        with pytest.raises(kind):
            await db.write(adding("A"))
        codes.clear()
        await db.write(adding("B"))
        assert await db.read(keys) == ["B"]


async def test_unreadable(tmp_path: Path) -> None:
    """A read that fails is a StoreError too."""
    async with Database(tmp_path / "w.db") as db:
        failing(db, "SELECT", sqlite3.SQLITE_IOERR)
        with pytest.raises(StoreError):
            await db.read(depth)
