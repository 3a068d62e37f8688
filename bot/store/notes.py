"""Notes: what an adapter keeps for itself, by key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.models import Target
from bot.store.tables import notes


def note(c: Connection, platform: str, key: str, *, now: datetime) -> str | None:
    """Look up what was noted under a key."""
    found: str | None = c.execute(
        select(notes.c.text).where(notes.c.platform == platform, notes.c.key == key, _kept(now))
    ).scalar()
    return found


def beginning(c: Connection, platform: str, prefix: str, *, now: datetime) -> dict[str, str]:
    """List what was noted under keys that begin so, in capitals and small letters as written."""
    begins = func.substr(notes.c.key, 1, len(prefix)) == prefix
    rows = c.execute(
        select(notes.c.key, notes.c.text)
        .where(notes.c.platform == platform, begins, _kept(now))
        .order_by(notes.c.key)
    )
    return {key: text for key, text in rows}  # noqa: C416 - a row is no pair to a type checker


def write(c: Connection, platform: str, key: str, text: str, *, keep_until: datetime | None) -> None:
    """Note a text under a key, in place of what was noted there."""
    values = {"text": text, "keep_until": keep_until}
    made = upsert(notes).values(platform=platform, key=key, **values)
    c.execute(made.on_conflict_do_update(index_elements=["platform", "key"], set_=values))


def erase(c: Connection, platform: str, key: str) -> None:
    """Forget what was noted under a key."""
    c.execute(delete(notes).where(notes.c.platform == platform, notes.c.key == key))


def about(target: Target) -> ColumnElement[bool]:
    """Tell the notes about a person or a channel: their keys end in a colon and its id."""
    ending = f":{target.id}"
    return and_(notes.c.platform == target.platform, func.substr(notes.c.key, -len(ending)) == ending)


def forget(c: Connection, target: Target) -> None:
    """Forget what was noted about a person or a channel."""
    c.execute(delete(notes).where(about(target)))


def tidy(c: Connection, *, now: datetime) -> int:
    """Forget what was to be kept until now."""
    return c.execute(delete(notes).where(notes.c.keep_until <= now)).rowcount


def _kept(now: datetime) -> ColumnElement[bool]:
    return or_(notes.c.keep_until.is_(None), notes.c.keep_until > now)
