"""What a document asks of those who poll it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from bot.models import Hints

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def hints(feed: Mapping[str, Any]) -> Hints:
    """Read RSS 2.0 ttl (minutes), skipHours and skipDays, and the syndication module's update period."""
    return Hints(
        ttl=_minutes(feed.get("ttl")),
        update_every=_update_every(feed),
        skip_hours=frozenset(_hours(feed.get("skip_hours", ()))),
        skip_days=frozenset(_days(feed.get("skip_days", ()))),
    )


def _number(value: object) -> int | None:
    found = re.fullmatch(r"\s*(\d{1,6})\s*", value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def _minutes(value: object) -> timedelta | None:
    minutes = _number(value)
    return timedelta(minutes=minutes) if minutes else None


def _update_every(feed: Mapping[str, Any]) -> timedelta | None:
    period = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower())
    return period / (_number(feed.get("sy_updatefrequency")) or 1) if period else None


def _hours(values: Iterable[object]) -> Iterable[int]:
    # RSS 0.91 counted 1 to 24, 2.0 counts 0 to 23.
    return (hour % 24 for hour in map(_number, values) if hour is not None and hour <= 24)  # noqa: PLR2004 - hours


def _days(values: Iterable[object]) -> Iterable[int]:
    names = (str(value).strip()[:3].lower() for value in values)
    return (_DAYS.index(name) for name in names if name in _DAYS)
