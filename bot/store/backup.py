"""A copy of the database that is whole, taken while others write."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from bot.errors import CommandError


def backup(database: Path, file: Path) -> int:
    """Copy a database into a new file (mode 0600), check the copy, and return its size in bytes.

    The file appears whole or not at all. Raises CommandError where there is nothing to copy, or
    the file exists already.
    """
    if not database.exists():
        raise CommandError(f"There is no database at {database} yet.")
    if file.exists():
        raise CommandError(f"{file} exists already. Choose another name.")
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with (
            contextlib.closing(
                sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
            ) as source,
            contextlib.closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            verdict = copy.execute("PRAGMA quick_check").fetchone()[0]
        if verdict != "ok":
            raise CommandError(f"The copy is damaged ({verdict}); the database itself may be too.")
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"The copy could not be made: {error}.") from error
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size
