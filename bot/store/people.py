"""People: when they want to hear from the bot."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from bot.models import Habits
from bot.store.tables import people

_COLUMNS = [people.c[name] for name in Habits.__dataclass_fields__]


def habits(c: Connection, target_id: int) -> Habits:
    """Load a person's habits; the usual ones where nothing was ever said."""
    row = c.execute(select(*_COLUMNS).where(people.c.target_id == target_id)).one_or_none()
    return Habits(*row) if row else Habits()


def save(c: Connection, target_id: int, habits: Habits) -> None:
    """Write a person's habits."""
    c.execute(delete(people).where(people.c.target_id == target_id))
    c.execute(insert(people).values(target_id=target_id, **asdict(habits)))
