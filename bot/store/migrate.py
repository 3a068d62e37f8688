"""Bring the database's schema up to what this program knows: whole, or not at all."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import ConfigError

HEAD = "0003"
"""The newest file of ``migrations/versions``; a test keeps the two in step."""

SCRIPTS = Path(__file__).with_name("migrations")


async def upgrade(engine: AsyncEngine, path: Path, *, scripts: Path = SCRIPTS, head: str = HEAD) -> None:
    """Run the migrations that the database lacks, in one transaction.

    Raises ConfigError when the database is newer than this program, or is another program's.
    """
    async with engine.connect() as connection:
        found, used = await connection.run_sync(_look)
        await connection.rollback()
        if found == head:
            return
        if found is not None and found not in _known(scripts):
            raise ConfigError(
                f"The database {path} was written by a newer wireroom (its schema is {found}, this program "
                f"knows {head}). Install the newer wireroom, or restore a backup made before the upgrade."
            )
        if found is None and used:
            raise ConfigError(
                f"{path} is a database of another program. Set WIREROOM_DATABASE to a file of its own."
            )
        # Inside a transaction this pragma does nothing; tables are rebuilt by copying, so references
        # dangle until the end, where they are checked.
        await _pragma(connection, "foreign_keys=OFF")
        try:
            async with connection.begin():
                await connection.run_sync(_run, scripts)
        finally:
            await _pragma(connection, "foreign_keys=ON")


async def _pragma(connection: object, pragma: str) -> None:
    raw = await connection.get_raw_connection()  # type: ignore[attr-defined]  # AsyncConnection
    await raw.driver_connection.execute(f"PRAGMA {pragma}")


def _known(scripts: Path) -> set[str]:
    return {file.name.partition("_")[0] for file in (scripts / "versions").glob("[0-9]*.py")}


def _look(connection: Connection) -> tuple[str | None, bool]:
    """Find the schema's version and whether there are tables, at one moment: another may be starting."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        return None, bool(tables)
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version, True


def _run(connection: Connection, scripts: Path) -> None:
    # Alembic is some 10 MB of modules that a database in good order never needs.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise ConfigError(f"The migration would leave {len(broken)} dangling rows; nothing was changed.")
