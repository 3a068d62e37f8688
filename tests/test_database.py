"""One file, one writer: what a write promises, and what a reader sees meanwhile."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.exc import StatementError

from bot.errors import ConfigError, StoreError
from bot.store import database, feeds
from bot.store.database import Database, Row
from bot.store.tables import targets
from tests.stage import START


@pytest.fixture(name="db")
async def _db(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "w.db") as opened:
        yield opened


def add(c: Connection, key: str) -> None:
    """Write something small."""
    c.execute(insert(targets).values(platform="stage", space="", key=key, kind="channel"))


def adding(key: str) -> Callable[[Connection], None]:
    """Make a job that writes something small."""
    return lambda c: add(c, key)


def save(c: Connection, rows: list[Row]) -> None:
    """Write rows that were given to ``later``."""
    for row in rows:
        add(c, row["key"])


def save_badly(c: Connection, rows: list[Row]) -> None:
    """Write and fail."""
    save(c, rows)
    raise KeyError("row")


def keys(c: Connection) -> list[str]:
    """Read what was written."""
    return list(c.execute(select(targets.c.key).order_by(targets.c.id)).scalars())


def count_commits(db: Database) -> list[Connection]:
    """Watch the commits of a database from now on."""
    commits: list[Connection] = []
    event.listen(db._engine.sync_engine, "commit", commits.append)
    return commits


async def test_pragmas(db: Database) -> None:
    """Every connection, of readers and of the writer, is in WAL mode, syncs fully and checks references."""

    def pragmas(c: Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    async with db._reader.connect() as one, db._reader.connect() as two, db._engine.connect() as three:
        for connection in (one, two, three):
            assert await connection.run_sync(pragmas) == ["wal", 2, 1]


async def test_reads_then_writes(tmp_path: Path) -> None:
    """Two processes that read and then write do not fail each other, as deferred transactions would."""

    def count_on(c: Connection) -> None:
        add(c, str(len(keys(c))))

    async with Database(tmp_path / "w.db") as one, Database(tmp_path / "w.db") as other:
        await asyncio.gather(*(each.write(count_on) for each in (one, other) for _ in range(20)))
        assert await one.read(keys) == [str(number) for number in range(40)]


async def test_deferred_would_fail(db: Database) -> None:
    """A transaction that began as a read cannot write once another has written: so writes begin as such."""

    def read_then_write(c: Connection) -> None:
        keys(c)
        with sqlite3.connect(db.path) as other:
            other.execute("INSERT INTO targets (platform, space, key, kind) VALUES ('x', '', 'y', 'z')")
        other.close()
        add(c, "A")

    with pytest.raises(StoreError, match="locked"):
        await db.read(read_then_write)


async def test_times(db: Database) -> None:
    """A time comes back as the same moment, aware and in UTC; a time without a zone is refused."""
    tokyo = START.astimezone(timezone(timedelta(hours=9)))

    feed_id = await db.write(
        lambda c: feeds.add(c, address="https://a.example/", host="a.example", title="", now=tokyo)
    )
    read = (await db.read(lambda c: feeds.get(c, feed_id))).created_at
    assert (read, read.tzinfo) == (START, UTC)
    naive = START.replace(tzinfo=None)
    with pytest.raises(StatementError, match="without a zone"):
        await db.write(
            lambda c: feeds.add(c, address="https://b.example/", host="b.example", title="", now=naive)
        )


async def test_whole_or_not_at_all(db: Database) -> None:
    """What fails half-way leaves nothing behind, and its error reaches whoever asked."""

    def fail(c: Connection) -> None:
        add(c, "A")
        raise KeyError("half-way")

    with pytest.raises(KeyError, match="half-way"):
        await db.write(fail)
    assert await db.read(keys) == []


async def test_references(db: Database) -> None:
    """A row that refers to nothing is refused."""
    orphan = text("INSERT INTO subscriptions (feed_id, target_id, created_at) VALUES (7, 7, '2026-01-01')")
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        await db.write(lambda c: c.execute(orphan))


async def test_shared_commit(db: Database) -> None:
    """Writes that wait at the same moment share a commit, in the order in which they came."""
    commits = count_commits(db)
    await asyncio.gather(*(db.write(adding(str(number))) for number in range(50)))
    assert len(commits) <= 2
    assert await db.read(keys) == [str(number) for number in range(50)]


async def test_failing_neighbour(db: Database) -> None:
    """A write that fails spoils none that share its commit, and leaves nothing behind."""

    def fail(c: Connection) -> None:
        add(c, "bad")
        raise KeyError("mine")

    jobs = [adding(str(number)) for number in range(5)]
    jobs[2:2] = [fail]
    jobs.append(adding("0"))
    done = await asyncio.gather(*map(db.write, jobs), return_exceptions=True)
    assert [type(result) for result in done] == [*[type(None)] * 2, KeyError, *[type(None)] * 3, StoreError]
    assert await db.read(keys) == [str(number) for number in range(5)]


async def test_later_shares(db: Database) -> None:
    """Rows given to ``later`` go with the next commit."""
    commits = count_commits(db)
    for number in range(3):
        db.later(save, {"key": str(number)})
    await db.write(adding("now"))
    assert len(commits) == 1
    assert await db.read(keys) == ["0", "1", "2", "now"]


async def test_later_lingers(db: Database) -> None:
    """Rows given to ``later`` are written within two seconds though nobody else writes."""
    db.later(save, {"key": "A"})
    await asyncio.sleep(database.LINGER + 0.2)
    assert await db.read(keys) == ["A"]


async def test_later_at_the_end(tmp_path: Path) -> None:
    """Rows given to ``later`` are written before the database is closed."""
    async with Database(tmp_path / "w.db") as db:
        db.later(save, {"key": "A"})
    async with Database(tmp_path / "w.db") as db:
        assert await db.read(keys) == ["A"]


async def test_bad_rows(db: Database) -> None:
    """Rows that cannot be written spoil no write beside them, nor the next."""
    db.later(save_badly, {"key": "bad"})
    db.later(save, {"key": "good"})
    await asyncio.gather(*(db.write(adding(key)) for key in "AB"))
    await db.write(adding("C"))
    assert await db.read(keys) == ["good", "A", "B", "C"]


async def test_reading_beside_a_write(db: Database) -> None:
    """A reader does not wait for an open write, and sees nothing of it before its commit."""
    async with db._engine.connect() as writer, writer.begin():
        await writer.run_sync(add, "A")
        async with asyncio.timeout(1):
            assert await db.read(keys) == []
    assert await db.read(keys) == ["A"]


async def test_cancelled_waiter(db: Database) -> None:
    """A write whose caller was cancelled harms no other."""
    first = asyncio.create_task(db.write(adding("A")))
    await asyncio.sleep(0)
    first.cancel()
    await db.write(adding("B"))
    assert "B" in await db.read(keys)


@pytest.mark.parametrize("umask", [0o022, 0o000])
async def test_private(tmp_path: Path, umask: int) -> None:
    """The database and its side files are for its owner's eyes only, whatever the umask."""
    before = os.umask(umask)
    try:
        async with Database(tmp_path / "w.db") as db:
            await db.write(adding("A"))
            found = modes(tmp_path)
    finally:
        os.umask(before)
    assert found == dict.fromkeys(["w.db", "w.db-wal", "w.db-shm"], 0o600)


def modes(directory: Path) -> dict[str, int]:
    """Read the rights of each file of a directory."""
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()}


async def refusal(path: Path) -> str:
    """Return the sentence with which a file is refused."""
    with pytest.raises(ConfigError) as caught:
        async with Database(path):
            pass
    return str(caught.value)


async def test_unusable_path(tmp_path: Path) -> None:
    """A place where no database can be made is refused in a sentence that names the setting."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "missing" / "w.db", tmp_path / "file" / "w.db", tmp_path):
        sentence = await refusal(path)
        assert str(path) in sentence
        assert "WIREROOM_DATABASE" in sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_no_rights(tmp_path: Path) -> None:
    """A directory without rights is refused in a sentence."""
    closed = tmp_path / "closed"
    await asyncio.to_thread(closed.mkdir, 0o500)
    assert "Permission denied" in await refusal(closed / "w.db")


async def test_garbage(tmp_path: Path) -> None:
    """A file that is no database is refused in a sentence and left as it is."""
    path = tmp_path / "w.db"
    garbage = b"Dear diary, " * 1000
    path.write_bytes(garbage)
    assert "not a wireroom database" in await refusal(path)
    assert path.read_bytes() == garbage


async def test_another_programs(tmp_path: Path) -> None:
    """Another program's SQLite database is refused in a sentence and left as it is."""
    path = tmp_path / "w.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    assert "another program" in await refusal(path)
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("bookmarks",)]
    other.close()
