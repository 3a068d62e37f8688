"""The schema: what the migrations make is what the queries expect, and a failed one changes nothing."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import ConfigError
from bot.store import feeds, migrate
from bot.store.database import Database, _engine
from bot.store.tables import metadata
from tests.stage import START

BROKEN = """
import sqlalchemy as sa
from alembic import op

revision = "0099"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("feeds", sa.Column("colour", sa.String))
    op.execute("UPDATE feeds SET title = 'changed'")
    op.create_table("colours", sa.Column("id", sa.Integer, primary_key=True))
    {end}
"""


def scripts(tmp_path: Path, end: str) -> Path:
    """Copy the migrations and add one of which the last step is ``end``."""
    copy = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, copy)
    (copy / "versions" / "0099_broken.py").write_text(BROKEN.format(head=migrate.HEAD, end=end))
    return copy


async def prepare(path: Path) -> list[Any]:
    """Make a database with one feed in it and return its schema."""
    async with Database(path) as db:
        await db.write(lambda c: feeds.add(c, address="https://a.example/", host="a", title="A", now=START))
    return look(path, "SELECT sql FROM sqlite_schema")


def look(path: Path, query: str) -> list[Any]:
    """Read a database past all of ours."""
    with sqlite3.connect(path) as plain:
        rows = plain.execute(query).fetchall()
    plain.close()
    return rows


async def test_same_as_the_tables(tmp_path: Path) -> None:
    """The migrations make exactly the tables that the queries are written for."""

    def difference(c: Connection) -> object:
        return compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), metadata)

    async with Database(tmp_path / "w.db") as db:
        assert await db.read(difference) == []


def test_head() -> None:
    """The head that the program names is the newest script, and the scripts are one line."""
    assert ScriptDirectory(str(migrate.SCRIPTS)).get_heads() == [migrate.HEAD]


async def test_upgrade_keeps_data(tmp_path: Path) -> None:
    """A migration that works keeps what was there, and runs once."""
    path = tmp_path / "w.db"
    await prepare(path)
    with_more = scripts(tmp_path, "pass")
    engine = _engine(path)
    for _ in range(2):
        await migrate.upgrade(engine, path, scripts=with_more, head="0099")
    await engine.dispose()
    assert look(path, "SELECT title, colour FROM feeds") == [("changed", None)]


@pytest.mark.parametrize(
    "end",
    [
        "raise RuntimeError('half-way')",
        "op.execute('SELECT * FROM nothing')",
        "op.execute(\"INSERT INTO subscriptions (feed_id, target_id, created_at) VALUES (7, 7, '2026')\")",
    ],
)
async def test_failed_half_way(tmp_path: Path, end: str) -> None:
    """A migration that fails half-way, or leaves rows dangling, changes neither schema nor data."""
    path = tmp_path / "w.db"
    schema = await prepare(path)
    engine = _engine(path)
    with pytest.raises(Exception, match=r"half-way|nothing|dangling"):
        await migrate.upgrade(engine, path, scripts=scripts(tmp_path, end), head="0099")
    await engine.dispose()
    assert look(path, "SELECT sql FROM sqlite_schema") == schema
    assert look(path, "SELECT title FROM feeds") == [("A",)]
    async with Database(path) as db:
        assert await db.read(feeds.counts) == (1, 0, 0)


async def test_newer(tmp_path: Path) -> None:
    """A database that a newer program wrote is refused in a sentence, unchanged."""
    path = tmp_path / "w.db"
    await prepare(path)
    engine = _engine(path)
    await migrate.upgrade(engine, path, scripts=scripts(tmp_path, "pass"), head="0099")
    await engine.dispose()
    with pytest.raises(ConfigError, match=r"newer wireroom.*0099"):
        async with Database(path):
            pass
    assert look(path, "SELECT version_num FROM alembic_version") == [("0099",)]


async def test_started_together(tmp_path: Path) -> None:
    """Processes that start on a new file at the same moment all find it in order."""
    both = [Database(tmp_path / "w.db") for _ in range(3)]
    await asyncio.gather(*(db.__aenter__() for db in both))
    for db in both:
        assert await db.read(feeds.counts) == (0, 0, 0)
        await db.__aexit__()
