"""A copy of the database that is whole, taken while the bot writes."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from bot.errors import CommandError
from bot.store.backup import backup
from bot.store.database import Database
from tests.test_database import adding, keys


async def make(path: Path) -> None:
    """Make a database with something in it."""
    async with Database(path) as db:
        await db.write(adding("A"))


async def read(path: Path) -> list[str]:
    """Read what is in a database."""
    async with Database(path) as db:
        return await db.read(keys)


async def test_while_others_write(tmp_path: Path) -> None:
    """A copy taken in the midst of writes is a database of one moment: all up to it and nothing after."""
    async with Database(tmp_path / "w.db") as db:
        await db.write(adding("0"))
        copying = asyncio.create_task(asyncio.to_thread(backup, tmp_path / "w.db", tmp_path / "copy.db"))
        written = 1
        while not copying.done():
            await db.write(adding(str(written)))
            written += 1
        await copying
    copied = await read(tmp_path / "copy.db")
    assert copied == [str(number) for number in range(len(copied))]
    assert 1 <= len(copied) <= written


async def test_not_yet_in_the_main_file(tmp_path: Path) -> None:
    """What was committed a moment ago, and stands in the log only, is in the copy."""
    async with Database(tmp_path / "w.db") as db:
        await db.write(adding("A"))
        await asyncio.to_thread(backup, db.path, tmp_path / "copy.db")
    assert await read(tmp_path / "copy.db") == ["A"]


async def test_one_private_file(tmp_path: Path) -> None:
    """The copy is one file, for its owner's eyes only, of the size that is reported."""
    await make(tmp_path / "w.db")
    there = tmp_path / "there"
    await asyncio.to_thread(there.mkdir)
    size = await asyncio.to_thread(backup, tmp_path / "w.db", there / "copy.db")
    files = await asyncio.to_thread(lambda: [(file.name, file.stat()) for file in there.iterdir()])
    assert [(name, stat.S_IMODE(of.st_mode), of.st_size) for name, of in files] == [("copy.db", 0o600, size)]


@pytest.mark.parametrize("name", ["a b?c#d%20e.db", "ü.db"])
async def test_strange_names(tmp_path: Path, name: str) -> None:
    """A path is a path, whatever its characters mean in an address."""
    await make(tmp_path / name)
    await asyncio.to_thread(backup, tmp_path / name, tmp_path / f"copy of {name}")
    assert await read(tmp_path / f"copy of {name}") == ["A"]


async def test_leftover(tmp_path: Path) -> None:
    """What a copy that was cut off left behind is no hindrance, and its rights are not inherited."""
    await make(tmp_path / "w.db")
    part = tmp_path / "copy.db.part"
    await asyncio.to_thread(part.write_bytes, b"half a copy")
    await asyncio.to_thread(part.chmod, 0o644)
    await asyncio.to_thread(backup, tmp_path / "w.db", tmp_path / "copy.db")
    assert stat.S_IMODE((await asyncio.to_thread((tmp_path / "copy.db").stat)).st_mode) == 0o600


def test_refusals(tmp_path: Path) -> None:
    """What cannot be copied, or not to there, is refused in a sentence, and nothing is left behind."""
    base = tmp_path / "w.db"
    with pytest.raises(CommandError, match="no database"):
        backup(base, tmp_path / "copy.db")
    plain = sqlite3.connect(base)
    plain.execute("CREATE TABLE t (x)")
    plain.close()
    with pytest.raises(CommandError, match="exists already"):
        backup(base, base)
    with pytest.raises(CommandError, match="could not be made"):
        backup(base, tmp_path / "missing" / "copy.db")
    assert [file.name for file in tmp_path.iterdir()] == ["w.db"]


def test_garbage(tmp_path: Path) -> None:
    """A file that is no database is not copied as one."""
    (tmp_path / "w.db").write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(CommandError, match="could not be made"):
        backup(tmp_path / "w.db", tmp_path / "copy.db")
    assert [file.name for file in tmp_path.iterdir()] == ["w.db"]
